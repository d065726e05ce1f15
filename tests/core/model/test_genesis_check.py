"""What a genesis must not be: each fault is found, and its sentence says what was expected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from seawall.core.engine import open_engine
from seawall.core.model.enums import InstrumentKind, LedgerKind, RiskTier, TradingState
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import BalanceChanged
from seawall.core.model.genesis import (
    Genesis,
    GenesisAccount,
    GenesisAmount,
    IndexDefinition,
    IndexSource,
    Mirror,
    Parameters,
    PriceSource,
)
from seawall.core.model.genesis_check import genesis_fault
from seawall.core.model.genesis_codec import decode_genesis, encode_genesis
from seawall.core.model.limits import (
    ACCOUNT_ID_ERROR,
    INDICES_MAX,
    MIRRORS_MAX,
    NAME_BYTES,
    SOURCES_MAX,
)
from tests.laws.venue import ALICE, BTC, USDT, genesis, instrument

DOMAINS = (b"harbour", b"harbour", b"hill", b"hill", b"island", b"island", b"plain")
SEVEN = tuple(range(11, 18))
CAPITAL = 1_000


def priced() -> Genesis:
    """A venue of seven sources in domains of 2, 2, 2 and 1, an index of all, a swap that it
    prices, a fund and a mirror.
    """
    found = genesis(house=CAPITAL)
    found.sources = [
        PriceSource(source_id=number, name=b"source %d" % number, domain=domain, is_synthetic=True)
        for number, domain in zip(SEVEN, DOMAINS, strict=True)
    ]
    found.indices = [index(1, b"BTC-USDT")]
    swap = instrument()
    swap.instrument_id, swap.name = 1, b"BTC-USDT-SWAP"
    swap.kind, swap.index_id, swap.risk_tier = InstrumentKind.SWAP, 1, RiskTier.MAJOR
    found.instruments.append(swap)
    found.fund_seeds = [GenesisAmount(account_id=0, asset_id=USDT, amount=CAPITAL)]
    found.mirrors = [mirror()]
    return found


def index(index_id: int, name: bytes, sources: tuple[int, ...] = SEVEN) -> IndexDefinition:
    """A major index of these sources."""
    return IndexDefinition(
        index_id=index_id,
        name=name,
        risk_tier=RiskTier.MAJOR,
        sources=[IndexSource(source_id=one) for one in sources],
    )


def mirror(spread_e8: int = 0, quantity: int = 5, source_id: int = 11) -> Mirror:
    """Alice follows a source in the swap."""
    return Mirror(
        account_id=ALICE,
        instrument_id=1,
        source_id=source_id,
        spread_e8=spread_e8,
        quantity=quantity,
    )


def put(path: str, value: object) -> Callable[[Genesis], None]:
    """Set what stands at a path like `indices.0.name`."""

    def change(found: Genesis) -> None:
        *way, last = path.split(".")
        at: Any = found
        for step in way:
            at = at[int(step)] if step.isdigit() else getattr(at, step)
        setattr(at, last, value)

    return change


def add(path: str, value: object) -> Callable[[Genesis], None]:
    """Add to a list."""
    return lambda found: getattr(found, path).append(value)


def tail_index(found: Genesis) -> None:
    """An index of the tail over three sources of three domains, one of them heavier."""
    found.indices[0].risk_tier = RiskTier.TAIL
    found.indices[0].sources = [IndexSource(source_id=one) for one in (11, 13, 15)]


def heavy_source(found: Genesis) -> None:
    """The same with one source above its third."""
    tail_index(found)
    found.indices[0].sources[0].weight = 2
    found.mirrors = []


def heavy_owner(found: Genesis) -> None:
    """Three of seven sources, in three domains, belong to one house."""
    for place in (0, 2, 4):
        found.sources[place].owner = b"one house"


def two_domains(found: Genesis) -> None:
    """Seven sources behind two hosts."""
    for place, source in enumerate(found.sources):
        source.domain = b"a" if place < 3 else b"b"


def four_sources(found: Genesis) -> None:
    """A major index of four."""
    del found.indices[0].sources[4:]


def circle(found: Genesis) -> None:
    """1 needs 2, which needs 3, which needs 1."""
    found.indices += [index(2, b"A"), index(3, b"B")]
    for one, needed in zip(found.indices, (2, 3, 1), strict=True):
        one.sources[0].conversion_id = needed


def own_conversion(found: Genesis) -> None:
    """An index that converts by itself."""
    found.indices[0].sources[0].conversion_id = 1


def many_mirrors(found: Genesis) -> None:
    """One more than may be."""
    found.mirrors = [mirror(quantity=one + 1) for one in range(MIRRORS_MAX + 1)]


SEED = GenesisAmount(account_id=0, asset_id=USDT, amount=1)
ACCOUNT = GenesisAccount(account_id=ACCOUNT_ID_ERROR, owner_id=1, fee_tier=0)

# What is changed, and words of the sentence that must say so.
FAULTS: dict[str, tuple[Callable[[Genesis], None], str]] = {
    "protections off": (put("parameters.protections", 0), "marked unsafe"),
    "protections 2": (put("parameters.protections", 2), "protections: 0 (off) or 1 (on)"),
    "protections -1": (put("parameters.protections", -1), "protections: 0 (off) or 1 (on)"),
    "source name": (put("sources.0.name", b""), "name and domain have 1 to 32 bytes"),
    "source domain": (put("sources.0.domain", b""), "name and domain have 1 to 32 bytes"),
    "source name twice": (put("sources.0.name", b"source 12"), "names are unique"),
    "source owner": (put("sources.0.owner", b"x" * (NAME_BYTES + 1)), "at most 32 bytes"),
    "source id": (put("sources.0.source_id", SOURCES_MAX), "below 64"),
    "index name": (put("indices.0.name", b""), "names are unique and have 1 to 32"),
    "index name long": (put("indices.0.name", b"x" * (NAME_BYTES + 1)), "1 to 32 bytes"),
    "index name twice": (add("indices", index(2, b"BTC-USDT")), "names are unique"),
    "index id 0": (add("indices", index(0, b"A")), "from 1 to 1024"),
    "index id high": (add("indices", index(INDICES_MAX + 1, b"A")), "from 1 to 1024"),
    "index id twice": (add("indices", index(1, b"A")), "ids are unique"),
    "index tier none": (put("indices.0.risk_tier", 0), "major, alt or tail"),
    "index tier 4": (put("indices.0.risk_tier", 4), "major, alt or tail"),
    "constituent missing": (put("indices.0.sources.0.source_id", 9), "source 9 does not exist"),
    "constituent twice": (put("indices.0.sources.0.source_id", 12), "named twice"),
    "weight 0": (put("indices.0.sources.0.weight", 0), "is 1 to 1000000"),
    "weight high": (put("indices.0.sources.0.weight", 1_000_001), "is 1 to 1000000"),
    "conversion": (put("indices.0.sources.0.conversion_id", 2), "converted by index 2"),
    "conversion circle": (circle, "converted by itself"),
    "conversion by itself": (own_conversion, "converted by itself"),
    "heavy source": (heavy_source, "host domain b'harbour' carries more than a third"),
    "heavy domain": (put("sources.2.domain", b"harbour"), "b'harbour' carries more than a third"),
    "heavy owner": (heavy_owner, "owner b'one house' carries more than a third"),
    "two domains": (two_domains, "at least 3 host domains, found 2"),
    "few sources": (four_sources, "at least 5 sources for its risk tier, found 4"),
    "kind": (put("instruments.1.kind", 2), "spot or swap"),
    "swap without index": (put("instruments.1.index_id", 0), "a swap needs an index"),
    "tier without index": (put("instruments.0.risk_tier", 1), "go together"),
    "index without tier": (put("instruments.0.index_id", 1), "go together"),
    "instrument tier": (put("instruments.1.risk_tier", 4), "none, major, alt or tail"),
    "instrument index": (put("instruments.1.index_id", 2), "index 2 does not exist"),
    "trading state": (put("instruments.0.trading_state", 6), "no such trading state"),
    "auction": (put("instruments.0.trading_state", TradingState.AUCTION), "no such trading state"),
    "system account": (add("accounts", ACCOUNT), f"from 1 to {ACCOUNT_ID_ERROR - 1}"),
    "seed of a user": (put("fund_seeds.0.account_id", ALICE), "comes from the house"),
    "seed of 0": (put("fund_seeds.0.amount", 0), "within the house's own capital"),
    "seed too large": (put("fund_seeds.0.amount", CAPITAL + 1), "within the house's own capital"),
    "seeds too large": (add("fund_seeds", SEED), "within the house's own capital"),
    "seed asset": (put("fund_seeds.0.asset_id", 9), "within the house's own capital"),
    "mirror account": (put("mirrors.0.account_id", 9), "the account does not exist"),
    "mirror instrument": (put("mirrors.0.instrument_id", 9), "instrument 9 does not exist"),
    "mirror spot": (put("mirrors.0.instrument_id", 0), "has no index to mirror"),
    "mirror source": (put("mirrors.0.source_id", 9), "source 9 is not in index"),
    "mirror spread": (put("mirrors.0.spread_e8", 10_000_001), "0 to 10 %"),
    "mirror spread below": (put("mirrors.0.spread_e8", -1), "0 to 10 %"),
    "mirror quantity": (put("mirrors.0.quantity", 0), "its quantity is 1 to 1000000000 lots"),
    "mirror quantity high": (put("mirrors.0.quantity", 10**9 + 1), "1 to 1000000000 lots"),
    "mirror twice": (add("mirrors", mirror()), "there twice"),
    "mirrors": (many_mirrors, "at most 64, found 65"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_told(fault: str) -> None:
    """The venue does not start, and its operator knows why."""
    change, words = FAULTS[fault]
    found = priced()
    change(found)

    assert words in genesis_fault(found)


def test_a_sound_genesis_has_no_fault_and_survives_its_bytes() -> None:
    """Seven sources in domains of 2, 2, 2 and 1 carry 2/7 a domain, which is less than a third."""
    found = priced()
    data = encode_genesis(found)
    again, fault = decode_genesis(data)

    assert genesis_fault(found) == fault == ""
    assert again is not None
    assert (again.indices, again.mirrors) == (found.indices, found.mirrors)
    assert (again.sources, again.fund_seeds) == (found.sources, found.fund_seeds)
    assert again.parameters == found.parameters
    assert encode_genesis(again) == data


def test_exactly_a_third_may_stand_in_one_domain() -> None:
    """The bound is more than a third."""
    found = priced()
    tail_index(found)

    assert genesis_fault(found) == ""


@pytest.mark.parametrize(("tier", "needed"), [(1, 5), (2, 4), (3, 3)])
def test_each_tier_needs_its_number_of_sources(tier: int, needed: int) -> None:
    """Fewer would be outvoted by too few."""
    found = priced()
    found.mirrors = []
    chosen = (11, 13, 15, 17, 12)
    found.sources[1].domain = b"own"
    found.indices[0].risk_tier = tier
    for count in (needed - 1, needed):
        found.indices[0].sources = [IndexSource(source_id=one) for one in chosen[:count]]

        assert (genesis_fault(found) == "") == (count == needed)


def test_an_unsafe_genesis_may_have_what_plays_an_incident() -> None:
    """Protections off, one domain, one owner, three sources of a major index; not two."""
    found = priced()
    found.is_unsafe = True
    found.parameters = Parameters(protections=0)
    for source in found.sources:
        source.domain = source.owner = b"one"
    del found.indices[0].sources[3:]

    assert genesis_fault(found) == ""
    del found.indices[0].sources[2:]
    assert "at least 3 sources, found 2" in genesis_fault(found)


def test_the_fund_starts_with_its_seeds_from_the_house() -> None:
    """The treasury gives them; what is left of it is what rebates may be paid from."""
    found = priced()
    found.fund_seeds[0].amount = CAPITAL - 1
    engine = open_engine(found)
    told = {
        (event.kind, event.asset_id): event.balance
        for event in read_entries(engine.describe())[0].events
        if isinstance(event, BalanceChanged) and event.account_id == 0
    }
    fee = engine.state.ledger.account(kind=LedgerKind.HOUSE_FEE, account_id=0, asset_id=USDT)

    assert told[LedgerKind.INSURANCE, USDT] == CAPITAL - 1
    assert told[LedgerKind.HOUSE_TREASURY, USDT] == 1
    assert told[LedgerKind.HOUSE_TREASURY, BTC] == CAPITAL
    assert fee.floor == -1
    assert engine.ledger_faults() == []


def test_bytes_that_are_not_the_canonical_ones_are_refused() -> None:
    """Two replicas of one genesis have one hash, so it has one spelling."""
    data = bytearray(encode_genesis(priced()))
    flags_at = 24
    data[flags_at + 1] = 1  # a flag that nobody reads

    assert decode_genesis(bytes(data)) == (
        None,
        "the bytes are not the canonical ones of this genesis",
    )


def test_sources_counted_wrong_are_refused() -> None:
    """The indices share one list of constituents; each says how many are its own."""
    found = priced()
    found.indices.append(index(2, b"A"))
    data = bytearray(encode_genesis(found))
    own_count = (7).to_bytes(8, "little")
    first = data.index(b"BTC-USDT" + bytes(24), data.index(b"BTC-USDT-SWAP")) - 8
    assert data[first : first + 8] == own_count
    for wrong in (6, 8, 15, 2**63 - 1):
        data[first : first + 8] = wrong.to_bytes(8, "little")

        assert decode_genesis(bytes(data))[0] is None
