"""The generated market is the same for a seed and behaves as the recorded one did."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from seawall.feeds.updates import OutsideBbo, OutsideTrade
from seawall.simulation import calibration
from seawall.simulation.generator import GeneratedMarket, OutsideInstrument, OutsideVenue
from tools.measure_recordings import Figures, generated_figures

E8 = 10**8
NAMES = ("BTC-USDT", "ETH-USDT", "ETH-BTC")


def market(seed: int) -> GeneratedMarket:
    """Seven venues, two coins and their cross."""
    return GeneratedMarket(
        seed=seed,
        origin_ms=1_000_000,
        venues=[OutsideVenue(source_id=place, name=f"v{place}") for place in range(1, 8)],
        instruments=[
            OutsideInstrument(instrument_id=place, name=name) for place, name in enumerate(NAMES)
        ],
    )


PRINT_HASH = """
import hashlib
from tests.simulation.test_generator import market
print(hashlib.sha256(repr(market(7).advance(20_000)).encode()).hexdigest())
"""


@pytest.mark.slow
def test_a_seed_gives_the_same_market_in_any_process() -> None:
    """Two fresh processes with different hash seeds print the same."""
    printed = [
        subprocess.run(
            [sys.executable, "-c", PRINT_HASH],
            env={
                **os.environ,
                "PYTHONHASHSEED": hash_seed,
                "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            },
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for hash_seed in ("1", "2")
    ]

    assert printed[0] == printed[1] != ""


def test_another_seed_gives_another_market() -> None:
    """Else every drill would play the same day."""
    assert market(1).advance(2_000) != market(2).advance(2_000)


def test_small_and_large_steps_of_time_give_the_same() -> None:
    """The pace of the caller is not part of the market."""
    stepwise = market(3)
    many = [update for at_ms in range(0, 3_001, 50) for update in stepwise.advance(at_ms)]

    assert market(3).advance(3_000) == many


@pytest.mark.slow
def test_every_update_is_sound_and_close_to_the_truth() -> None:
    """Bid below ask, times in order, prices within a percent of the hidden path, ids growing."""
    generated = market(4)
    received: dict[int, int] = {}
    trade_ids: dict[tuple[int, int], int] = {}
    for at_ms in range(0, 60_000, 50):
        for update in generated.advance(at_ms):
            assert received.get(update.source_id, 0) <= update.receive_ms <= 1_000_000 + at_ms
            received[update.source_id] = update.receive_ms
            assert update.venue_ms <= update.receive_ms
            true = generated.true_price_e8(NAMES[update.instrument_id])
            if isinstance(update, OutsideBbo):
                assert 0 < update.bid_e8 < update.ask_e8
                assert abs(update.bid_e8 - true) * 100 < true
            else:
                key = (update.source_id, update.instrument_id)
                assert isinstance(update, OutsideTrade)
                assert trade_ids.get(key, 0) < update.trade_id
                trade_ids[key] = update.trade_id
                assert update.size_e8 > 0

    assert list(range(1, 8)) == sorted(received)


def test_the_default_world_starts_in_august_2019() -> None:
    """The price level of the first incident."""
    generated = market(5)

    assert [10_100 * E8, 190 * E8, 190 * E8 // 10_100] == [
        generated.true_price_e8(name) for name in NAMES
    ]


@pytest.fixture(scope="module")
def figures() -> Figures:
    """An hour of the first venue."""
    return generated_figures(60, 1)


# Figure -> how far it may be from the recorded one, percent. Volatility comes from few large
# moves, so an hour of it varies by itself.
TOLERANCES = {
    "touch_changes_per_1000s": 15,
    "moves_per_1000s": 10,
    "taker_orders_per_1000s": 10,
    "buy_share_ppm": 5,
    "volatility_100ms_ppb": 25,
    "volatility_1s_ppb": 25,
    "volatility_10s_ppb": 25,
    "spread_narrowest_ppm": 10,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", TOLERANCES)
def test_the_generated_market_behaves_as_recorded(figures: Figures, name: str) -> None:
    """A drill on a market that does not behave like one proves nothing."""
    recorded = getattr(calibration, name.upper())
    generated = getattr(figures, name)

    assert abs(generated - recorded) * 100 <= recorded * TOLERANCES[name], (generated, recorded)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["taker_size_e8", "touch_size_e8", "move_size_ppb", "taker_gap_us"]
)
def test_generated_quantiles_are_as_recorded(figures: Figures, name: str) -> None:
    """Heavy tails included: the median and the upper percent, within 15 %."""
    recorded = getattr(calibration, name.upper())
    generated = getattr(figures, name)
    for place in (50, 90, 99):
        off = abs(generated[place] - recorded[place])

        assert off * 100 <= recorded[place] * 15, (place, generated[place], recorded[place])
