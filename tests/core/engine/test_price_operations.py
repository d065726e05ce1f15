"""What operators may do about prices, and what they may not."""

from __future__ import annotations

import pytest

from seawall.core.model.commands import (
    Command,
    OverrideIndex,
    RecordHedge,
    SetFreeze,
    SetLeverage,
    SetParameter,
    SetSource,
    TransferFunds,
)
from seawall.core.model.enums import IndexState, MarginMode, SourceStatus
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import Event
from seawall.core.model.order_events import OrderAccepted, OrderCancelled
from seawall.core.model.rejects import RejectReason
from seawall.core.model.risk_events import (
    FreezeChanged,
    HedgeRecorded,
    IndexOverridden,
    ParameterSet,
    SourceStatusChanged,
)
from seawall.core.pricing import GUARD_PARAMETER_NAMES, PRICE_MAX_E8
from tests.core.engine.outside_world import (
    ALICE,
    BOB,
    E8,
    INDEX,
    LEA,
    OLGA,
    OTTO,
    PRICE,
    SPOT,
    SWAP,
    USDT,
    World,
    genesis,
    mirror,
    of_kind,
    reason_of,
    running,
)

NOBODY = 9
HEDGE = b"h" * 32


def two(kind: type, *subject: object) -> Command:
    """A command that two operators approve."""
    command: Command = kind(*subject, first_operator_id=OLGA, second_operator_id=OTTO)
    return command


@pytest.mark.parametrize("is_protected", [True, False])
def test_a_frozen_venue_accepts_cancels_and_nothing_that_trades_or_takes_money_out(
    is_protected: bool,
) -> None:
    """The point of a freeze is that nothing gets worse."""
    world = running(genesis(is_protected=is_protected))
    resting = world.buy(ALICE, 1, PRICE - 100)
    made = of_kind(resting, OrderAccepted)[0]

    frozen = of_kind(world.freeze(0), FreezeChanged)

    assert [(one.index_id, one.is_frozen, one.operator_id) for one in frozen] == [(0, True, OLGA)]
    assert reason_of(world.sell(BOB, 1, PRICE - 100)) == RejectReason.VENUE_FROZEN
    assert reason_of(world.buy(BOB, 1, None)) == RejectReason.VENUE_FROZEN
    assert reason_of(world.order(BOB, 0, 10, 59_000, SPOT)) == RejectReason.VENUE_FROZEN
    lever = SetLeverage(account_id=ALICE, instrument_id=SWAP, margin_mode=MarginMode.CROSS, lever=2)
    assert reason_of(world.do(lever)) == RejectReason.VENUE_FROZEN
    assert reason_of(world.do(TransferFunds(ALICE, USDT, 1, False))) == RejectReason.VENUE_FROZEN
    cancelled = of_kind(world.cancel(resting), OrderCancelled)
    assert [one.order_id for one in cancelled] == [made.order_id]
    world.release(0)
    assert reason_of(world.buy(ALICE, 1, PRICE - 100)) == 0


def test_freezing_needs_one_operator_and_releasing_two_different_ones() -> None:
    """Whoever sees fire may pull the lever; letting go takes a second pair of eyes."""
    world = running()

    assert reason_of(world.freeze(INDEX, NOBODY)) == RejectReason.NOT_APPROVED
    assert reason_of(world.freeze(INDEX)) == 0
    assert reason_of(world.freeze(INDEX)) == RejectReason.BAD_FREEZE
    for first, second in ((OLGA, OLGA), (OLGA, 0), (OLGA, NOBODY), (NOBODY, OTTO)):
        assert reason_of(world.release(INDEX, first, second)) == RejectReason.NOT_APPROVED
    assert reason_of(world.release(INDEX)) == 0
    assert reason_of(world.release(INDEX)) == RejectReason.BAD_FREEZE
    assert reason_of(world.release(0)) == RejectReason.BAD_FREEZE
    assert reason_of(world.freeze(7)) == RejectReason.UNKNOWN_INDEX
    unknown = SetFreeze(7, is_frozen=False, operator_id=NOBODY)
    assert reason_of(world.do(unknown)) == RejectReason.UNKNOWN_INDEX


def test_a_frozen_index_goes_on_trading() -> None:
    """Only what would happen because of its price stops."""
    world = running()
    world.freeze(INDEX)

    assert reason_of(world.trade(ALICE, BOB, 5, PRICE)) == 0
    assert world.size(ALICE) == 5


def test_two_operators_set_an_index_and_the_rules_judge_what_follows() -> None:
    """After a real fall of more than half nobody but people can decide."""
    world = running()
    world.outside(20_000)
    world.tick(30)
    index = world.engine.state.indices[INDEX]
    assert index.state == IndexState.CONFIRM
    value_e8 = 20_000 * E8

    same = OverrideIndex(INDEX, value_e8, first_operator_id=OLGA, second_operator_id=OLGA)
    assert reason_of(world.do(same)) == RejectReason.NOT_APPROVED
    for bad in (0, -1, PRICE_MAX_E8 + 1):
        assert reason_of(world.do(two(OverrideIndex, INDEX, bad))) == RejectReason.BAD_PARAMETER
    assert reason_of(world.do(two(OverrideIndex, 7, value_e8))) == RejectReason.UNKNOWN_INDEX
    events = world.do(two(OverrideIndex, INDEX, value_e8))

    assert len(of_kind(events, IndexOverridden)) == 1
    assert (index.state, index.value_e8) == (IndexState.NORMAL, value_e8)
    assert world.engine.state.armed_ms[INDEX] == world.now_ms + 3_000
    world.tick()
    assert index.state == IndexState.NORMAL
    assert world.swap.mark == 200_000


def test_an_operator_takes_a_source_out_and_lets_it_back_in() -> None:
    """A source that people distrust does not count, however sane it looks."""
    world = running()

    events = world.do(SetSource(INDEX, 3, is_quarantined=True, operator_id=OLGA))

    said = [(one.source_id, one.new_status) for one in of_kind(events, SourceStatusChanged)]
    assert said == [(3, SourceStatus.QUARANTINED)]
    world.tick(2)
    source = world.engine.state.indices[INDEX].source(3)
    assert source is not None and source.status == SourceStatus.QUARANTINED
    world.do(SetSource(INDEX, 3, is_quarantined=False, operator_id=OTTO))
    assert source.status == SourceStatus.LIVE
    for index_id, source_id, who, reason in (
        (INDEX, 3, NOBODY, RejectReason.NOT_APPROVED),
        (INDEX, 44, OLGA, RejectReason.BAD_SOURCE),
        (7, 3, OLGA, RejectReason.UNKNOWN_INDEX),
    ):
        command = SetSource(index_id, source_id, is_quarantined=True, operator_id=who)
        assert reason_of(world.do(command)) == reason


def test_a_parameter_holds_from_the_next_tick_on() -> None:
    """Also for the mark's own clamps."""
    world = running()
    before = (world.market.band_low, world.market.band_high)

    events = world.do(two(SetParameter, SWAP, b"band_e8", E8 // 100))
    world.do(two(SetParameter, SWAP, b"basis_clamp_e8", E8 // 500))
    world.do(two(SetParameter, SWAP, b"mark_clamp_e8", E8 // 400))
    world.tick()

    assert [(one.name, one.value) for one in of_kind(events, ParameterSet)] == [
        (b"band_e8", E8 // 100)
    ]
    assert before == (582_000, 618_000)
    assert (world.market.band_low, world.market.band_high) == (594_000, 606_000)
    assert world.swap.mark_price.clamp_e8 == E8 // 400
    assert world.swap.mark_price.basis_clamp_e8 == E8 // 500


@pytest.mark.parametrize("name", GUARD_PARAMETER_NAMES)
def test_a_fat_finger_in_a_parameter_is_refused_unless_the_genesis_is_unsafe(name: bytes) -> None:
    """Scenario S41: one and a half times the price is no bound, whoever signs it."""
    safe, unsafe = running(), running(genesis(is_protected=False))

    for value in (-1, 0, 9 * E8 // 10, 3 * E8 // 2):
        command = two(SetParameter, SWAP, name, value)
        assert reason_of(safe.do(command)) == RejectReason.BAD_PARAMETER
        is_share = 0 <= value <= E8
        expected = RejectReason.NONE if is_share else RejectReason.BAD_PARAMETER
        assert reason_of(unsafe.do(command)) == expected
    safe.tick(2)
    unsafe.tick(2)


def test_a_parameter_that_does_not_exist_is_refused() -> None:
    """Nor may one person change one that does."""
    world = running()

    assert reason_of(world.do(two(SetParameter, SWAP, b"none", 1))) == RejectReason.BAD_PARAMETER
    unknown = two(SetParameter, 77, b"band_e8", E8 // 100)
    assert reason_of(world.do(unknown)) == RejectReason.UNKNOWN_INSTRUMENT
    alone = SetParameter(SWAP, b"band_e8", E8 // 100, OLGA, OLGA)
    assert reason_of(world.do(alone)) == RejectReason.NOT_APPROVED


def test_a_hedge_is_recorded_once_and_only_of_who_mirrors() -> None:
    """It is a fact from outside; it moves nothing here."""
    world = running(genesis(mirrors=[mirror()]))
    hash_before = world.engine.state.ledger.accounts.copy()

    events = world.do(RecordHedge(LEA, SWAP, -5, PRICE * E8, HEDGE))

    assert [one.quantity for one in of_kind(events, HedgeRecorded)] == [-5]
    assert hash_before == world.engine.state.ledger.accounts
    for command, reason in (
        (RecordHedge(LEA, SWAP, -5, PRICE * E8, HEDGE), RejectReason.BAD_HEDGE),
        (RecordHedge(ALICE, SWAP, 5, PRICE * E8, b"a" * 32), RejectReason.BAD_HEDGE),
        (RecordHedge(LEA, SPOT, 5, PRICE * E8, b"a" * 32), RejectReason.BAD_HEDGE),
        (RecordHedge(LEA, SWAP, 0, PRICE * E8, b"a" * 32), RejectReason.BAD_HEDGE),
        (RecordHedge(LEA, SWAP, 5, 0, b"a" * 32), RejectReason.BAD_HEDGE),
        (RecordHedge(88, SWAP, 5, PRICE * E8, b"a" * 32), RejectReason.UNKNOWN_ACCOUNT),
        (RecordHedge(LEA, 88, 5, PRICE * E8, b"a" * 32), RejectReason.UNKNOWN_INSTRUMENT),
    ):
        assert reason_of(world.do(command)) == reason
    again = RecordHedge(LEA, SWAP, -5, PRICE * E8, HEDGE)
    assert reason_of(world.restored().do(again)) == RejectReason.BAD_HEDGE


def test_freezes_parameters_and_sources_survive_a_restart_and_are_told_to_late_readers() -> None:
    """Nobody may believe that a frozen venue is open because he came late."""
    world = running()
    world.freeze(0)
    world.freeze(INDEX, OTTO)
    world.do(two(SetParameter, SWAP, b"band_e8", E8 // 100))
    world.do(SetSource(INDEX, 2, is_quarantined=True, operator_id=OLGA))

    copy = world.restored()

    assert copy.engine.state_hash() == world.engine.state_hash()
    assert copy.engine.describe() == world.engine.describe()
    told = told_by(copy)
    assert [(one.index_id, one.operator_id) for one in of_kind(told, FreezeChanged)] == [
        (0, OLGA),
        (INDEX, OTTO),
    ]
    assert [(one.name, one.value) for one in of_kind(told, ParameterSet)] == [
        (b"band_e8", E8 // 100)
    ]
    statuses = {one.source_id: one.new_status for one in of_kind(told, SourceStatusChanged)}
    assert statuses[2] == SourceStatus.QUARANTINED
    assert statuses[1] == SourceStatus.LIVE
    assert copy.tick(3) == world.tick(3)


def told_by(world: World) -> list[Event]:
    """What a reader hears who starts now."""
    return [event for entry in read_entries(world.engine.describe()) for event in entry.events]
