"""Venue files: what a good one means, and what each mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.core.engine import open_engine
from seawall.core.model.enums import InstrumentKind, RiskTier
from seawall.core.model.genesis import Genesis
from seawall.core.model.genesis_codec import decode_genesis, encode_genesis
from seawall.errors import BadConfiguration
from seawall.node.config import demo_venue_text, parse_venue, read_venue
from seawall.node.numbers import rate_e8, scaled

GOOD = """
[venue]
name = "Test"
[[assets]]
name = "USDT"
[[assets]]
name = "BTC"
[[instruments]]
name = "BTC-USDT"
tick_size = "0.1"
lot_size = "0.00001"
quantity_min = "0.00001"
quantity_max = "1000"
price_max = "1000000"
[[fee_tiers]]
maker = "0.08%"
taker = "0.10%"
[[sources]]
name = "north"
domain = "one"
[[operators]]
name = "olivia"
[[accounts]]
name = "alice"
balances = { BTC = "1.5", USDT = "100" }
[house]
capital = { USDT = "5" }
[parameters]
outage_ms = 3000
"""


def parsed(text: str) -> Genesis:
    """The genesis of a venue file's text."""
    return parse_venue(text, name="venue.toml", created_ms=1).genesis


def test_good_file_means_what_it_says() -> None:
    """Ticks, lots, rates and amounts arrive as exact integers."""
    genesis = parsed(GOOD)

    instrument = genesis.instruments[0]
    assert (instrument.tick_size_e8, instrument.lot_size) == (10_000_000, 1_000)
    assert (instrument.quantity_min, instrument.quantity_max) == (1, 100_000_000)
    assert (instrument.price_max, instrument.market_cap_e8) == (10_000_000, 5_000_000)
    assert (genesis.fee_tiers[0].maker_e8, genesis.fee_tiers[0].taker_e8) == (80_000, 100_000)
    assert [(one.account_id, one.asset_id, one.amount) for one in genesis.amounts] == [
        (0, 0, 500_000_000),
        (1, 1, 150_000_000),
        (1, 0, 10_000_000_000),
    ]


def test_genesis_of_a_file_survives_its_bytes() -> None:
    """What the engine starts with is what was written beside the journal."""
    data = encode_genesis(parsed(GOOD))

    decoded, fault = decode_genesis(data)

    assert fault == ""
    assert decoded is not None
    assert encode_genesis(decoded) == data


def test_demo_venue_is_simulated_and_its_sources_fail_apart() -> None:
    """Seven sources in four domains, so that no domain carries more than a third of the weight."""
    venue = read_venue(None, created_ms=1)

    domains = [source.domain for source in venue.genesis.sources]
    assert venue.genesis.is_simulated
    assert not venue.genesis.is_unsafe
    assert sorted(domains.count(domain) for domain in set(domains)) == [1, 2, 2, 2]
    assert all(source.is_synthetic for source in venue.genesis.sources)
    assert venue.account_names[1] == "demo"
    assert open_engine(venue.genesis).ledger_faults() == []


def test_demo_venue_comes_back_from_a_restart_within_seconds() -> None:
    """Its recovery is short and has no post-only phase."""
    parameters = read_venue(None, created_ms=1).genesis.parameters

    assert (parameters.short_cancel_only_ms, parameters.long_cancel_only_ms) == (2_000, 2_000)
    assert parameters.long_post_only_ms == 0


def test_demo_file_is_the_example_to_copy(tmp_path: Path) -> None:
    """`init --from` of its text makes the same venue."""
    path = tmp_path / "mine.toml"
    path.write_text(demo_venue_text())

    mine = read_venue(path, created_ms=7)

    assert encode_genesis(mine.genesis) == encode_genesis(read_venue(None, created_ms=7).genesis)


PRICED = GOOD.replace(
    "[parameters]",
    """[fund]
seeds = { USDT = "4.5" }
[[sources]]
name = "south"
domain = "two"
owner = "the south house"
[[sources]]
name = "west"
domain = "three"
[[indices]]
name = "BTC-USDT"
tier = "tail"
sources = ["north", { name = "south", weight = 1, conversion = "USDT-USD" }, "west"]
[[indices]]
name = "USDT-USD"
tier = "tail"
sources = ["north", "south", "west"]
[[instruments]]
name = "BTC-USDT-SWAP"
kind = "swap"
tick_size = "0.1"
contract_value = "0.001"
quantity_min = "1"
quantity_max = "5000"
price_max = "1000000"
index = "BTC-USDT"
tier = "major"
[[mirrors]]
account = "alice"
instrument = "BTC-USDT-SWAP"
source = "west"
spread = "0.1%"
quantity = "20"
[[mirrors]]
account = "alice"
instrument = "BTC-USDT-SWAP"
source = "north"
spread = "0%"
quantity = "1"
[parameters]""",
)


def test_swap_is_priced_by_an_index_and_counted_in_contracts() -> None:
    """Its lot is what one contract stands for; quantities are whole contracts."""
    swap = parsed(PRICED).instruments[1]

    assert (swap.kind, swap.index_id, swap.risk_tier) == (InstrumentKind.SWAP, 1, RiskTier.MAJOR)
    assert (swap.tick_size_e8, swap.lot_size, swap.unit_value) == (10_000_000, 100_000, 10_000)
    assert (swap.quantity_min, swap.quantity_max) == (1, 5_000)
    assert (swap.base_asset_id, swap.quote_asset_id) == (1, 0)


def test_indices_name_their_sources() -> None:
    """A source may weigh more, or speak in another quote, which another index turns into ours."""
    genesis = parsed(PRICED)
    first = genesis.indices[0]

    assert [(one.index_id, one.name, one.risk_tier) for one in genesis.indices] == [
        (1, b"BTC-USDT", RiskTier.TAIL),
        (2, b"USDT-USD", RiskTier.TAIL),
    ]
    assert [(one.source_id, one.weight, one.conversion_id) for one in first.sources] == [
        (0, 1, 0),
        (1, 1, 2),
        (2, 1, 0),
    ]
    assert [source.owner for source in genesis.sources] == [b"", b"the south house", b""]


def test_fund_and_mirrors_are_whole_assets_and_contracts() -> None:
    """What the fund starts with is part of the house's capital; a mirror has a size and a
    distance.
    """
    genesis = parsed(PRICED)
    (seed,) = genesis.fund_seeds
    first = genesis.mirrors[0]

    assert (seed.account_id, seed.asset_id, seed.amount) == (0, 0, 450_000_000)
    assert (first.account_id, first.instrument_id, first.source_id) == (1, 1, 2)
    assert (first.spread_e8, first.quantity) == (100_000, 20)
    assert open_engine(genesis).ledger_faults() == []


def test_protections_are_on_unless_an_unsafe_file_says_otherwise() -> None:
    """The switch that plays an incident cannot be met by accident."""
    off = GOOD.replace("outage_ms = 3000", "protections = false")
    unsafe = off.replace('name = "Test"', 'name = "Test"\nis_unsafe = true')

    assert parsed(GOOD).parameters.protections == 1
    assert parsed(unsafe).parameters.protections == 0
    with pytest.raises(BadConfiguration, match="marked unsafe"):
        parsed(off)


def test_demo_venue_has_an_index_for_each_market() -> None:
    """All seven sources count in each, and none of their domains more than a third."""
    genesis = read_venue(None, created_ms=1).genesis

    spot = [one for one in genesis.instruments if one.kind == InstrumentKind.SPOT]
    names = {one.index_id: one.name for one in genesis.indices}

    assert [one.name for one in genesis.indices] == [one.name for one in spot]
    assert all(names[one.index_id] == one.name for one in spot)
    assert all(len(one.sources) == 7 for one in genesis.indices)


def test_demo_venue_lists_swaps_with_a_fund_behind_them() -> None:
    """A contract is a hundredth of a bitcoin, a tenth of an ether."""
    genesis = read_venue(None, created_ms=1).genesis
    swaps = {one.name: one for one in genesis.instruments if one.kind == InstrumentKind.SWAP}

    assert {b"BTC-USDT-SWAP": 10**6, b"ETH-USDT-SWAP": 10**7} == {
        name: one.lot_size for name, one in swaps.items()
    }
    assert [one.amount for one in genesis.fund_seeds] == [2_000_000 * 10**8]


MISTAKES = {
    "unknown key": ('name = "Test"', 'name = "Test"\ncolour = 1', "`colour` - at `venue`"),
    "missing key": ('tick_size = "0.1"\n', "", "`tick_size` - at `instruments[0]`"),
    "missing table": ("[venue]", "[parameters2]", "`parameters2`"),
    "no TOML": ("[venue]", "[venue", "venue.toml:"),
    "number for text": ('name = "Test"', "name = 1", "`venue.name`"),
    "bare number": ('tick_size = "0.1"', "tick_size = 0.1", "`instruments[0].tick_size`"),
    "venue name": ('name = "Test"', 'name = ""', "venue.name"),
    "tick size word": ('tick_size = "0.1"', 'tick_size = "small"', "instruments[0].tick_size"),
    "tick size zero": ('tick_size = "0.1"', 'tick_size = "0"', "must be above zero"),
    "tick size negative": ('tick_size = "0.1"', 'tick_size = "-1"', "instruments[0].tick_size"),
    "tick size exponent": ('tick_size = "0.1"', 'tick_size = "1e-1"', "instruments[0].tick_size"),
    "tick size digits": ('"0.1"', '"0.000000001"', "more than 8 decimal digits"),
    "lot size": ('"0.00001"\nquantity_min', '"x"\nquantity_min', "instruments[0].lot_size"),
    "not exact": ('tick_size = "0.1"', 'tick_size = "0.0001"', "must be whole units of USDT"),
    "quantity_min": ('quantity_min = "0.00001"', 'quantity_min = "0"', "quantity_min"),
    "quantity_max": ('quantity_max = "1000"', 'quantity_max = "0.000001"', "quantity_max"),
    "price_max": ('price_max = "1000000"', 'price_max = "0.05"', "price_max"),
    "too large": ('price_max = "1000000"', 'price_max = "100000000"', "must stay below 2^60"),
    "huge": ('price_max = "1000000"', f'price_max = "{"9" * 41}"', "price_max"),
    "unlisted asset": ('"BTC-USDT"', '"ETH-USDT"', "instruments[0].name"),
    "no pair": ('"BTC-USDT"', '"BTC"', "instruments[0].name"),
    "rate": ('maker = "0.08%"', 'maker = "0.0008"', "fee_tiers[0].maker"),
    "rate too high": ('taker = "0.10%"', 'taker = "50%"', "fee tiers"),
    "rebate above fee": ('maker = "0.08%"', 'maker = "-0.20%"', "fee tiers"),
    "asset twice": ('name = "BTC"', 'name = "USDT"', "assets[1].name"),
    "asset scale": ('name = "BTC"', 'name = "BTC"\nscale = 9', "asset BTC: scale"),
    "balance asset": ('BTC = "1.5"', 'DOGE = "1.5"', "accounts[0].balances.DOGE"),
    "balance number": ('BTC = "1.5"', 'BTC = "lots"', "accounts[0].balances.BTC"),
    "balance digits": ('BTC = "1.5"', 'BTC = "0.000000001"', "accounts[0].balances.BTC"),
    "balance too large": ('BTC = "1.5"', 'BTC = "99999999999999"', "above what the ledger"),
    "capital": ('USDT = "5"', "USDT = 5", "house.capital"),
    "fee tier": ('name = "alice"', 'name = "alice"\nfee_tier = 3', "fee tier is out of range"),
    "account name": ('name = "alice"', 'name = "Ærik"', "accounts[0].name"),
    "account twice": ("[house]", '[[accounts]]\nname = "alice"\n[house]', "is there already"),
    "outage_ms": ("outage_ms = 3000", "outage_ms = 3", "outage_ms: 1000 to 10000"),
    "negative duration": ("outage_ms = 3000", "outage_ms = -1", "parameters.outage_ms"),
    "source domain": ('domain = "one"', 'domain = ""', "sources[0].domain"),
    "operator": ('name = "olivia"', 'name = ""', "operators[0].name"),
}


NAMELESS = '[[indices]]\nname = ""\ntier = "tail"\nsources = []\n'
PRICE_MISTAKES = {
    "kind": ('kind = "swap"', 'kind = "future"', "instruments[1].kind"),
    "swap name": ('"BTC-USDT-SWAP"\nkind', '"BTC-USDT-PERP"\nkind', "BASE-QUOTE-SWAP"),
    "swap lot": ('contract_value = "0.001"', 'lot_size = "0.001"', "needs `contract_value`"),
    "swap both": (
        'contract_value = "0.001"',
        'contract_value = "1"\nlot_size = "1"',
        "no `lot_size`",
    ),
    "spot contract": ('lot_size = "0.00001"', 'contract_value = "1"', "needs `lot_size`"),
    "spot no lot": ('lot_size = "0.00001"\n', "", "needs `lot_size`"),
    "contract number": ('contract_value = "0.001"', 'contract_value = "x"', "[1].contract_value"),
    "contract zero": ('contract_value = "0.001"', 'contract_value = "0"', "must be above zero"),
    "contract digits": ('contract_value = "0.001"', 'contract_value = "1e-9"', "contract_value"),
    "half a contract": ('quantity_min = "1"', 'quantity_min = "0.5"', "more than 0 decimal"),
    "swap index": ('index = "BTC-USDT"', 'index = "ETH-USDT"', "no index 'ETH-USDT'"),
    "swap no index": ('index = "BTC-USDT"\n', "", "a swap needs the name of an index"),
    "swap no tier": ('index = "BTC-USDT"\ntier = "major"', 'index = "BTC-USDT"', "go together"),
    "swap tier": ('tier = "major"', 'tier = "huge"', "instruments[1].tier"),
    "index tier": ('name = "BTC-USDT"\ntier = "tail"', 'name = "BTC-USDT"\ntier = "x"', "[0].tier"),
    "index tier none": (
        '"BTC-USDT"\ntier = "tail"',
        '"BTC-USDT"\ntier = "none"',
        "indices[0].tier",
    ),
    "index source": ('sources = ["north", {', 'sources = ["east", {', "indices[0].sources[0]"),
    "index few": (
        'sources = ["north", "south", "west"]',
        'sources = ["north"]',
        "at least 3 sources",
    ),
    "index name": ("[[mirrors]]", f"{NAMELESS}[[mirrors]]", "indices[2].name"),
    "index twice": ('name = "USDT-USD"', 'name = "BTC-USDT"', "indices[1].name"),
    "conversion": (
        'conversion = "USDT-USD"',
        'conversion = "X"',
        "indices[0].sources[1].conversion",
    ),
    "weight": ("weight = 1", "weight = 0", "indices[0].sources[1].weight"),
    "weight too high": ("weight = 1", "weight = 3", "more than a third"),
    "source key": ("weight = 1", "wait = 1", "`wait`"),
    "owner": ('owner = "the south house"', 'owner = "Ærik"', "sources[1].owner"),
    "source twice": ('name = "south"\ndomain', 'name = "north"\ndomain', "sources[1].name"),
    "seed asset": ('seeds = { USDT = "4.5" }', 'seeds = { DOGE = "1" }', "fund.seeds.DOGE"),
    "seed too large": ('USDT = "4.5"', 'USDT = "5.1"', "within the house's own capital"),
    "mirror account": ('account = "alice"', 'account = "bob"', "mirrors[0].account"),
    "mirror instrument": (
        'instrument = "BTC-USDT-SWAP"',
        'instrument = "X"',
        "mirrors[0].instrument",
    ),
    "mirror spot": (
        'instrument = "BTC-USDT-SWAP"',
        'instrument = "BTC-USDT"',
        "no index to mirror",
    ),
    "mirror source": ('source = "west"', 'source = "east"', "mirrors[0].source"),
    "mirror spread": ('spread = "0.1%"', 'spread = "11%"', "0 to 10 %"),
    "mirror quantity": ('quantity = "20"', 'quantity = "0.5"', "mirrors[0].quantity"),
    "protections word": ("outage_ms = 3000", "protections = 0", "parameters.protections"),
}


@pytest.mark.parametrize("mistake", PRICE_MISTAKES)
def test_mistake_about_prices_is_told_with_its_place(mistake: str) -> None:
    """The same for sources, indices, swaps, the fund and mirrors."""
    old, new, words = PRICE_MISTAKES[mistake]
    text = PRICED.replace(old, new, 1)
    assert text != PRICED

    with pytest.raises(BadConfiguration) as caught:
        parsed(text)

    message = str(caught.value)
    assert "found venue.toml: " in message
    assert words in message
    assert "\n" not in message


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_told_with_its_place(mistake: str) -> None:
    """One clear line names the file, the key and what was expected."""
    old, new, words = MISTAKES[mistake]
    text = GOOD.replace(old, new, 1)
    assert text != GOOD

    with pytest.raises(BadConfiguration) as caught:
        parsed(text)

    message = str(caught.value)
    assert "found venue.toml: " in message
    assert words in message
    assert "\n" not in message


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A mistyped path is the most common mistake."""
    with pytest.raises(BadConfiguration, match="No such file"):
        read_venue(tmp_path / "nowhere.toml", created_ms=1)


def test_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    """Bytes of something else must not raise a decoding error."""
    path = tmp_path / "venue.toml"
    path.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(BadConfiguration, match="UTF-8"):
        read_venue(path, created_ms=1)


@pytest.mark.parametrize(
    ("text", "expected"), [("0.1", 10_000_000), ("1_000.50", 100_050_000_000), ("007", 700_000_000)]
)
def test_decimal_numbers_are_scaled_exactly(text: str, expected: int) -> None:
    """No float stands between a person and the ledger."""
    assert scaled(text, digits=8, key="here") == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("0.10%", 100_000), ("-0.005%", -5_000), ("5 %", 5_000_000)]
)
def test_percentages_are_scaled_exactly(text: str, expected: int) -> None:
    """One percent is 1,000,000 in e8."""
    assert rate_e8(text, key="here") == expected
