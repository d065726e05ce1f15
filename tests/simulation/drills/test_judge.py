"""The judge finds each kind of wrong that is planted, and lets pass what is right by a hair."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from seawall.core.model.enums import AlgoType, MarginMode, TriggerPrice
from seawall.core.model.events import EntryEvents, Event
from seawall.core.model.risk_events import DetectorFired
from seawall.simulation.drills.day import make_day
from seawall.simulation.drills.feeds import Fault
from seawall.simulation.drills.judge import Judge
from seawall.simulation.drills.venue import BTC_INDEX, BTC_SWAP, E8
from seawall.simulation.drills.verdict import Verdict
from tests.simulation.drills.planted import (
    ALICE,
    START_S,
    algo,
    cash,
    fill,
    fired,
    frozen,
    liquidation,
    observed,
    position,
    prices,
    world,
)
from tests.simulation.drills.small import small_day

GENESIS = make_day(small_day()).genesis
FAULT = Fault(
    source_ids=(0, 1),
    index_id=BTC_INDEX,
    from_ms=(START_S + 2) * 1_000,
    to_ms=(START_S + 90) * 1_000,
    bid_e8=31_900_000,
    ask_e8=32_000_000,
)
QUIET: Sequence[Event] = ()


def judged(actual: list[EntryEvents], clean: list[EntryEvents]) -> Verdict:
    """What the judge says of two worlds."""
    judge = Judge(genesis=GENESIS, clean_genesis=GENESIS, clean=clean, fault=FAULT)
    return judge.judge(actual)


def judged_after(before: Sequence[Event], last: Event, *, clean_dollars: int) -> Verdict:
    """A day in which `before` happens in both worlds at $10,000, and then `last` in one."""
    start = [*prices(10_000), *before]
    return judged(world(start, QUIET, [last]), world(start, prices(clean_dollars), QUIET))


@pytest.mark.parametrize(
    ("dollars", "expected"), [(9_700, 0), (9_699, 1), (10_300, 0), (10_301, 1)]
)
def test_a_fill_beyond_the_band_of_the_clean_index_is_found(dollars: int, expected: int) -> None:
    """Three percent to either side, whatever the day's own index said."""
    verdict = judged(
        world([*prices(1), fill(dollars)], QUIET), world([*prices(10_000), fill(10_000)], QUIET)
    )

    assert verdict.fills_out_of_band == expected
    assert (verdict.fills, verdict.clean_fills) == (1, 1)


@pytest.mark.parametrize(
    ("clean_dollars", "expected"),
    [
        pytest.param(10_000, 1, id="healthy-on-true-prices"),
        # 100 contracts at 10,000 with 1,000 cash: at 9,045 even the clamp leaves a bit ...
        pytest.param(9_096, 1, id="healthy-by-a-hair"),
        # ... and here equity at the price less 0.5 % is below maintenance margin.
        pytest.param(9_094, 0, id="due-within-the-clamp"),
        pytest.param(8_000, 0, id="due"),
    ],
)
def test_a_liquidation_is_wrongful_when_its_condition_does_not_hold(
    clean_dollars: int, expected: int
) -> None:
    """At 9,095 less 0.5 % a long of 1 BTC from 10,000 has as much equity as it must have."""
    verdict = judged_after(
        [cash(1_000 - 5), position(100, 10_000)], liquidation(), clean_dollars=clean_dollars
    )

    assert (verdict.liquidations, verdict.wrongful_liquidations) == (1, expected)


def test_a_short_is_judged_with_the_price_moved_up() -> None:
    """The clamp goes against the account on either side."""
    start = [cash(1_000), position(-100, 10_000)]

    assert judged_after(start, liquidation(), clean_dollars=10_850).wrongful_liquidations == 1
    assert judged_after(start, liquidation(), clean_dollars=10_950).wrongful_liquidations == 0


def test_an_isolated_position_is_judged_by_its_own_margin() -> None:
    """Cash beside it does not help it, in the venue and so not before the judge."""
    held = [cash(90_000), position(100, 10_000, mode=MarginMode.ISOLATED, margin_dollars=500)]
    wish = liquidation(instrument_id=BTC_SWAP)

    assert judged_after(held, wish, clean_dollars=9_000).wrongful_liquidations == 0
    assert judged_after(held, wish, clean_dollars=9_900).wrongful_liquidations == 1


def test_steps_of_one_episode_are_one_liquidation() -> None:
    """Later steps go on until the account is healthier than the condition asks."""
    start = [*prices(10_000), cash(1_000), position(100, 10_000)]
    verdict = judged(
        world(start, [liquidation()], [liquidation()], [liquidation(episode=2)]),
        world(start, QUIET, QUIET, QUIET),
    )

    assert (verdict.liquidations, verdict.wrongful_liquidations) == (2, 2)


@pytest.mark.parametrize(("clean_dollars", "expected"), [(9_550, 1), (9_540, 0), (9_000, 0)])
def test_a_stop_is_wrongful_when_the_true_price_never_fell_so_far(
    clean_dollars: int, expected: int
) -> None:
    """A stop at 9,500 may fire while the true index is within 0.5 % of it."""
    verdict = judged_after([algo(dollars=9_500)], fired(1), clean_dollars=clean_dollars)

    assert (verdict.triggers, verdict.wrongful_triggers) == (1, expected)


@pytest.mark.parametrize(("clean_dollars", "expected"), [(10_440, 1), (10_460, 0)])
def test_a_target_above_is_judged_upwards(clean_dollars: int, expected: int) -> None:
    """Which way an order waits is told by the price when it was accepted."""
    verdict = judged_after([algo(dollars=10_500)], fired(10_500), clean_dollars=clean_dollars)

    assert verdict.wrongful_triggers == expected


@pytest.mark.parametrize(
    ("leg", "clean_dollars", "expected"),
    [(0, 10_000, 1), (0, 11_000, 0), (1, 10_000, 1), (1, 9_000, 0)],
)
def test_the_leg_that_fired_is_judged(leg: int, clean_dollars: int, expected: int) -> None:
    """Of a selling pair the first leg waits for a rise and the second for a fall."""
    pair = algo(algo_type=AlgoType.OCO, dollars=11_000, second_dollars=9_000)
    verdict = judged_after([pair], fired(1, leg=leg), clean_dollars=clean_dollars)

    assert verdict.wrongful_triggers == expected


@pytest.mark.parametrize(("clean_dollars", "expected"), [(9_800, 1), (9_500, 0)])
def test_a_trailing_stop_follows_the_true_price(clean_dollars: int, expected: int) -> None:
    """Five percent below the highest true price since it was accepted."""
    trailing = algo(algo_type=AlgoType.TRAILING, callback_e8=5 * E8 // 100)
    verdict = judged_after([trailing], fired(1), clean_dollars=clean_dollars)

    assert verdict.wrongful_triggers == expected


def test_a_last_price_is_compared_with_trades_of_the_last_seconds() -> None:
    """Trades of the two worlds interleave differently; an old trade is no excuse."""
    start = [*prices(10_000), fill(10_000), algo(dollars=9_500, by=TriggerPrice.LAST)]
    shot = [QUIET, QUIET, QUIET, [fired(9_500)]]
    recent = judged(world(start, *shot), world(start, QUIET, QUIET, [fill(9_500)], [fill(10_000)]))
    old = judged(world(start, *shot), world(start, [fill(9_500)], [fill(9_990)], QUIET, QUIET))

    assert recent.wrongful_triggers == 0
    assert old.wrongful_triggers == 1


def test_affected_accounts_are_those_whose_state_differs() -> None:
    """Equal balances in both worlds, one of them later: not affected."""
    start = [*prices(10_000), cash(500)]
    same = judged(world(start, [cash(400)], QUIET), world(start, QUIET, [cash(400)]))
    other = judged(world(start, [cash(400)]), world(start, [cash(399)]))

    assert same.accounts_affected == 0
    assert other.accounts_affected == 1


def test_states_are_compared_before_the_freeze() -> None:
    """What an operator's freeze kept from happening is no damage of the fault."""
    start = [*prices(10_000), cash(500)]
    verdict = judged(world(start, [frozen(0)], QUIET), world(start, [cash(400, account_id=ALICE)]))

    assert verdict.accounts_affected == 0


def test_the_time_to_freeze_runs_from_the_first_bad_observation() -> None:
    """True words of the same sources before it, and other freezes after it, do not count."""
    bad_ms = FAULT.from_ms + 20
    told = [
        [observed(10_000, source_id=0, receive_ms=FAULT.from_ms - 1)],
        [observed(10_000, source_id=6, receive_ms=bad_ms)],
        [observed(1, source_id=1, receive_ms=bad_ms)],
        QUIET,
        [frozen(BTC_INDEX)],
        [frozen(0)],
    ]
    verdict = judged(world(*told), world(*[QUIET] * 6))

    assert verdict.freeze_ms == 2_000


def test_without_a_freeze_there_is_no_time_to_it() -> None:
    """None, and not zero, which would read as at once."""
    bad = [observed(1, source_id=1, receive_ms=FAULT.from_ms)]

    assert judged(world(bad), world(QUIET)).freeze_ms is None


def test_a_freeze_in_the_entry_of_a_detection_is_the_detectors() -> None:
    """Operator 0 is a person too: who froze is told by what else the entry says."""
    bad = [observed(1, source_id=1, receive_ms=FAULT.from_ms)]
    found = DetectorFired(detector=1, index_id=BTC_INDEX, source_id=1, value_e8=1, others_e8=2)
    for entry, is_by_operator in (([frozen(0)], True), ([found, frozen(BTC_INDEX)], False)):
        freeze = judged(world(bad, entry), world(QUIET, QUIET)).freeze

        assert freeze is not None
        assert (freeze.seq, freeze.is_by_operator) == (2, is_by_operator)


def test_each_wrong_is_kept_with_its_second_and_what_was_held() -> None:
    """Right acts count in the ticks and are not kept; of the whole account all positions are."""
    start = [*prices(10_000), cash(1_000), position(100, 10_000), algo(dollars=9_500)]
    verdict = judged(
        world(start, [fired(9_500)], [liquidation()], [liquidation(episode=2)]),
        world(start, QUIET, QUIET, prices(5_000)),
    )

    assert [(one.kind, one.seq, one.algo_id) for one in verdict.acts] == [
        ("trigger", 2, 9),
        ("liquidation", 3, 0),
    ]
    assert all([held.size for held in one.positions] == [100] for one in verdict.acts)
    ticks = {
        second - START_S: (one.wrongful_triggers, one.liquidations, one.wrongful_liquidations)
        for second, one in verdict.ticks.items()
    }
    assert ticks == {2: (1, 0, 0), 3: (0, 1, 1), 4: (0, 1, 0)}


def test_the_lowest_index_is_that_of_the_lie() -> None:
    """Neither what was published before it, nor what comes after it."""
    lie = [observed(1, source_id=0, receive_ms=FAULT.from_ms)]
    told = [prices(7), [*lie, *prices(9)], prices(8)]

    assert judged(world(*told), world(*[QUIET] * 3)).index_low_e8 == 8 * E8
    late = world(prices(7), first_second=100)
    assert judged([*world(lie), *late], world(QUIET)).index_low_e8 == 0
