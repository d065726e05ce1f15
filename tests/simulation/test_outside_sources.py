"""Which outside markets a venue's instruments and indices follow."""

from __future__ import annotations

import pytest

from seawall.core.model.genesis import Genesis
from seawall.node.config import read_venue
from seawall.simulation.outside_sources import (
    followed_markets,
    indices_by_instrument,
    market_names,
    outside_sources,
)
from seawall.simulation.population import traded_instruments


@pytest.fixture(scope="module")
def demo() -> Genesis:
    """The demo venue's."""
    return read_venue(None, created_ms=1).genesis


def without(genesis: Genesis, name: bytes) -> Genesis:
    """The same venue without one instrument."""
    kept = [one for one in genesis.instruments if one.name != name]
    return Genesis(
        venue=genesis.venue,
        created_ms=1,
        assets=genesis.assets,
        instruments=kept,
        sources=genesis.sources,
        indices=genesis.indices,
    )


def test_a_swap_follows_the_market_of_its_index(demo: Genesis) -> None:
    """No outside venue trades our swaps: its market is the spot one, which is there once."""
    by_name = {one.name: one.instrument_id for one in demo.instruments}
    followed = followed_markets(demo)

    assert "BTC-USDT" == followed[by_name[b"BTC-USDT-SWAP"]]
    assert "ETH-BTC" == followed[by_name[b"ETH-BTC"]]
    assert by_name[b"BTC-USDT-SWAP"] not in market_names(demo)
    assert len(demo.indices) == len(market_names(demo)) == len(indices_by_instrument(demo))


def test_a_swap_without_spot_brings_its_market_along(demo: Genesis) -> None:
    """Its index needs prices, and its traders too."""
    only_swap = without(demo, b"BTC-USDT")
    swap = next(one for one in only_swap.instruments if one.name == b"BTC-USDT-SWAP")

    assert "BTC-USDT" == market_names(only_swap)[swap.instrument_id]
    assert swap.index_id == indices_by_instrument(only_swap)[swap.instrument_id]


def test_the_generated_market_has_a_price_for_every_market(demo: Genesis) -> None:
    """One source object stands for all generated venues."""
    notes: list[str] = []
    (source,) = outside_sources(demo, seed=1, tape=None, origin_ms=0, note=notes.append)

    assert source is not None
    assert [] == notes


def test_traders_know_what_a_contract_stands_for(demo: Genesis) -> None:
    """One of BTC is 0.01, so that sizes in lots mean the same notional in spot and swap."""
    found = {one.name: one for one in traded_instruments(demo)}
    swap, spot = found["BTC-USDT-SWAP"], found["BTC-USDT"]

    assert (10**6, 1_000) == (swap.lot_size_e8, spot.lot_size_e8)
    assert swap.lots(10**8) * swap.lot_size_e8 == spot.lots(10**8) * spot.lot_size_e8
    assert ("BTC", "USDT", True, False) == (swap.base, swap.settle, swap.is_swap, spot.is_swap)
