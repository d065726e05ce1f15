"""Venue files: what a good one means, and what each mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.core.engine import open_engine
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
