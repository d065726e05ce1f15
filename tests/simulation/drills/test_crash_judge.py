"""The judge of the crash turns red for each claim that is broken on purpose."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.core.model.enums import IndexState, LedgerKind, Side
from seawall.core.model.events import BalanceChanged, EntryEvents, TradingStateChanged
from seawall.simulation.drills.crash import CrashSettings, Truth, make_crash
from seawall.simulation.drills.crash_judge import MILLION, CrashJudge, Tally
from seawall.simulation.drills.play import Measured
from seawall.simulation.drills.play_crash import CrashResult
from seawall.simulation.drills.venue import BTC_SWAP, E8, USDT
from tests.simulation.drills.planted import START_S, accepted, fill, forced, frozen, prices, world

TRUTHS = [Truth((START_S + second) * 1_000, 10_000 * E8) for second in range(100)]
GENESIS = make_crash(CrashSettings(accounts=4, hours=1)).genesis


def tally(entries: list[EntryEvents]) -> Tally:
    """What the judge counts."""
    return CrashJudge(genesis=GENESIS, truths=TRUTHS).judge(entries)


def test_the_index_is_compared_with_the_truth_of_its_second() -> None:
    """The largest error of the day counts, rounded up."""
    counted = tally(world(prices(10_000), prices(9_850), prices(10_100)))

    assert counted.index_error_max_ppm == 15_000
    assert counted.index_ticks == 3


def test_seconds_of_confirming_are_counted_and_holding_is_a_stop() -> None:
    """Confirming is what a crash may cost; holding is what it must not."""
    confirming = prices(10_000, state=IndexState.CONFIRM)
    holding = prices(10_000, state=IndexState.HOLD)
    counted = tally(world(confirming, confirming, holding))

    assert (counted.confirm_seconds, counted.hold_seconds) == (2, 1)
    assert len(counted.frozen) == 1


@pytest.mark.parametrize(("lots", "expected"), [(500, MILLION), (501, MILLION + 2_000)])
def test_forced_flow_is_held_against_a_floor_of_allowance(lots: int, expected: int) -> None:
    """With little depth near the mark 50,000 USDT may be sold in a tick: 500 contracts."""
    tick = [forced(7), fill(10_000, quantity=lots, taker_order_id=7)]
    counted = tally(
        world(
            prices(10_000),
            [accepted(5, side=Side.BUY, dollars=9_900, quantity=5)],
            [accepted(7, side=Side.SELL, dollars=9_900, quantity=lots), *tick],
        )
    )

    assert counted.limiter_share_max_ppm == expected
    assert counted.forced_ticks == 1


def test_depth_near_the_mark_raises_the_allowance() -> None:
    """A tenth of what is bid within one percent; a bid below that does not count."""
    bids = [
        accepted(5, side=Side.BUY, dollars=9_900, quantity=10_000),  # 990,000 USDT
        accepted(6, side=Side.BUY, dollars=9_899, quantity=10_000),
    ]
    sale = [
        accepted(7, side=Side.SELL, dollars=9_900, quantity=990),
        forced(7),
        fill(9_900, quantity=990, taker_order_id=7),
    ]
    counted = tally(world(prices(10_000), bids, sale))

    assert counted.limiter_share_max_ppm == MILLION


def test_flow_of_users_is_not_forced() -> None:
    """Only orders that the venue says it made are held against the limiter."""
    counted = tally(world(prices(10_000), [fill(10_000, quantity=100_000)]))

    assert (counted.forced_ticks, counted.limiter_share_max_ppm) == (0, 0)


def test_the_lowest_state_of_the_fund_is_kept() -> None:
    """It may recover later; the claim is about every moment."""
    states = [
        [
            BalanceChanged(
                kind=LedgerKind.INSURANCE,
                account_id=0,
                asset_id=USDT,
                balance=balance,
                held=0,
                instrument_id=0,
            )
        ]
        for balance in (5, -1, 9)
    ]
    counted = tally(world(*states))

    assert (counted.fund_min, counted.fund_end) == (-1, 9)


def test_whatever_keeps_people_from_trading_is_told() -> None:
    """Frozen prices and restricted instruments: each with its seq."""
    halt = TradingStateChanged(instrument_id=BTC_SWAP, old_state=0, new_state=4)
    counted = tally(world([frozen(1)], [halt]))

    assert counted.frozen == ["seq 1: index 1 frozen", "seq 2: instrument 1 cancel_only"]


SOUND: dict[str, Any] = {
    "drill": "crash",
    "seed": 7,
    "scale": 1,
    "hours": 48,
    "venue_seconds": 1,
    "commands": 1,
    "fills": 10,
    "index_error_max_ppm": 15_000,
    "confirm_seconds": 5,
    "hold_seconds": 0,
    "jumps": 0,
    "liquidations": 10,
    "taken_over": 0,
    "deleveraged": 0,
    "triggers": 0,
    "triggers_refused": 0,
    "forced_ticks": 1,
    "limiter_share_max_ppm": MILLION,
    "fund_start": 1,
    "fund_min": 0,
    "fund_end": 1,
    "frozen": [],
    "pinned_null_test_fault": "",
    "laws": {},
    "events_hash": "",
    "state_hash": "",
    "measured": Measured(
        script_seconds=0, world_seconds=0, judge_seconds=0, commands_per_s=0, core=""
    ),
}


def test_a_day_that_holds_every_claim_is_green() -> None:
    """Each figure stands exactly at its bound."""
    assert CrashResult(**SOUND).failure() == ""


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"index_error_max_ppm": 15_001}, "index"),
        ({"limiter_share_max_ppm": MILLION + 1}, "limiter"),
        ({"fund_min": -1}, "fund"),
        ({"frozen": ["seq 1: index 1 frozen"]}, "frozen"),
        ({"pinned_null_test_fault": "2 claims"}, "to be repaired in a true crash; 2 claims"),
        ({"liquidations": 0}, "nothing was shown"),
    ],
)
def test_each_broken_claim_is_named(broken: dict[str, Any], words: str) -> None:
    """One sentence, and a command that fails."""
    assert words in CrashResult(**{**SOUND, **broken}).failure()
