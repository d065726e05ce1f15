"""What holds whatever sources, traders and operators do together: bounds of fills, freezes, marks,
mirrors, and a restart in the middle.
"""

from __future__ import annotations

from random import Random

import pytest

from seawall.core.engine.guards import may_add_risk
from seawall.core.engine.mirrors import is_frozen, is_trusted, mirrored
from seawall.core.model.commands import (
    AdjustMargin,
    Command,
    MassCancel,
    OverrideIndex,
    RecordHedge,
    SetFreeze,
    SetLeverage,
    SetParameter,
    SetSource,
    SetTradingState,
    TimerBeat,
)
from seawall.core.model.enums import IndexState, TimeInForce, TradingState
from seawall.core.model.events import CommandRejected, Event
from seawall.core.model.order_events import OrderFilled, OrderRejected
from seawall.core.pricing import GUARD_PARAMETER_NAMES
from tests.core.engine.outside_world import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    E8,
    INDEX,
    LEA,
    OLGA,
    OTTO,
    PRICE,
    SOURCES,
    SPOT,
    SWAP,
    World,
    genesis,
    mirror,
    of_kind,
    running,
)

STEPS = 250
SEEDS = range(4)


class Storm:
    """Draws what happens next, from bits alone."""

    def __init__(self, seed: int, world: World) -> None:
        self.random = Random(seed)
        self.world = world
        self.near = PRICE

    def below(self, most: int) -> int:
        """A number from 0 up to, not including, `most`."""
        return self.random.getrandbits(30) % most

    def one_of(self, things: list[int]) -> int:
        """One of them."""
        return things[self.below(len(things))]

    def step(self) -> list[Event]:
        """Something happens."""
        kind = self.below(20)
        if kind < 7:
            return self.world.tick(1 + self.below(3))
        if kind < 13:
            return self.order()
        if kind == 13:
            self.move()
            return []
        if kind == 14:
            return self.world.say(1 + self.below(7), self.one_of([1, PRICE // 2, PRICE, 2 * PRICE]))
        if kind == 15 and self.below(4) == 0:
            return self.world.jump(self.one_of([2_000, 2_000, 4_000, 15_000]))
        if kind == 16:
            return self.calm()
        return self.world.do(self.act())

    def calm(self) -> list[Event]:
        """People put everything right; else a storm soon blows over a venue that stands still."""
        self.world.silent = set()
        self.world.outside(self.near)
        for index_id in (0, INDEX):
            self.world.release(index_id)
        for where in (SPOT, SWAP):
            self.world.do(SetTradingState(where, TradingState.LIVE))
        return self.world.tick(12)

    def move(self) -> None:
        """Outside prices go somewhere, all or some, or fall silent, or speak again."""
        kind = self.below(6)
        if kind < 3:
            self.near = self.near * (995 + self.below(11)) // 1_000
            self.world.outside(self.near)
        elif kind == 3:
            self.world.outside(self.near * (80 + self.below(41)) // 100, *self.some())
        elif kind == 4:
            self.world.silent = set(self.some())
        else:
            self.world.silent = set()
            self.world.outside(self.near)

    def some(self) -> list[int]:
        """Some sources."""
        return [one for one in SOURCES if self.below(2)]

    def order(self) -> list[Event]:
        """Somebody trades."""
        price = self.near * (970 + self.below(61)) // 1_000
        where = SWAP if self.below(3) else SPOT
        flags: dict[str, int] = {"time_in_force": self.one_of([0, 0, 1, TimeInForce.POST_ONLY])}
        if where == SWAP and self.below(4) == 0:
            flags["reduce_only"] = True
        who = self.one_of([ALICE, BOB, CAROL, DAVE, LEA])
        is_market = self.below(6) == 0
        if is_market:
            flags["time_in_force"] = 1
        return self.world.order(
            who, self.below(2), 1 + self.below(400), None if is_market else price, where, **flags
        )

    def act(self) -> Command:
        """Operators and careful people."""
        operators = [OLGA, OLGA, OTTO, OTTO, 9]
        first, second = self.one_of(operators), self.one_of(operators)
        who = self.one_of([ALICE, BOB, CAROL, DAVE, LEA])
        kind = self.below(9)
        if kind < 2:
            is_frozen = self.below(5) == 0
            return SetFreeze(self.one_of([0, INDEX]), is_frozen, first, second)
        if kind == 2:
            return OverrideIndex(INDEX, self.near * E8, first, second)
        if kind == 3:
            return SetSource(INDEX, 1 + self.below(8), self.below(3) == 0, first)
        if kind == 4:
            name = GUARD_PARAMETER_NAMES[self.below(len(GUARD_PARAMETER_NAMES))]
            value = self.below(E8 // 10)
            return SetParameter(self.one_of([SPOT, SWAP]), name, value, first, second)
        if kind == 5:
            states = [TradingState.LIVE] * 4 + [self.below(TradingState.HALTED + 1)]
            return SetTradingState(self.one_of([SPOT, SWAP]), self.one_of(states))
        if kind == 6:
            return SetLeverage(who, SWAP, 1, 1 + self.below(120))
        if kind == 7:
            return RecordHedge(LEA, SWAP, self.below(5), PRICE * E8, bytes([self.below(9)]) * 32)
        return MassCancel(who) if self.below(2) else AdjustMargin(who, SWAP, self.below(E8))


def stormy(*, is_protected: bool) -> World:
    """Lea mirrors on both markets."""
    mirrors = [mirror(SWAP, 1), mirror(SPOT, 6)]
    return running(genesis(is_protected=is_protected, mirrors=mirrors))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("is_protected", [True, False], ids=["protected", "unprotected"])
@pytest.mark.slow
def test_every_law_holds_in_a_storm(seed: int, is_protected: bool) -> None:
    """After each entry."""
    world = stormy(is_protected=is_protected)
    storm = Storm(seed, world)
    filled = 0
    for _ in range(STEPS):
        before = Before(world)
        logged = len(world.log)
        events = storm.step()
        filled += len(of_kind(events, OrderFilled))
        if len(world.log) == logged + 1:
            before.check(world, events)
        assert world.engine.ledger_faults() == []
    assert filled > 10


class Before:
    """What was so before one entry."""

    def __init__(self, world: World) -> None:
        state = world.engine.state
        self.was_frozen = state.is_frozen
        self.marks = (int(world.swap.mark), world.swap.is_held)
        self.bands = {
            number: (int(one.band_low), int(one.band_high)) for number, one in state.markets.items()
        }
        self.may_take = may_add_risk(state, world.market, is_post_only=False)
        self.sizes = {who: world.size(who) for who in (ALICE, BOB, CAROL, DAVE, LEA)}

    def check(self, world: World, events: list[Event]) -> None:
        """The laws of one entry."""
        state = world.engine.state
        command = world.log[-1][1]
        is_tick = isinstance(command, TimerBeat)
        fills = of_kind(events, OrderFilled)
        if self.was_frozen:
            assert fills == []
        if not is_tick:
            assert self.marks == (int(world.swap.mark), world.swap.is_held)
        for one in fills:
            low, high = self.bands[int(one.instrument_id)]
            if not is_tick:
                assert low <= one.price <= high
        if state.is_protected and not self.may_take:
            for one in fills:
                if one.instrument_id == SWAP and not is_tick:
                    who = int(one.taker_account_id)
                    assert abs(world.size(who)) < abs(self.sizes[who])
        check_mirrors(world)
        if is_tick and state.is_protected and not world.swap.is_held:
            guards = world.market.guards
            assert guards is not None
            index_e8 = int(state.indices[INDEX].value_e8)
            away_e8 = abs(int(world.swap.mark) * E8 // 10 - index_e8)
            assert away_e8 * E8 <= index_e8 * int(guards.mark_clamp_e8) + E8 * E8 // 10
        refused = [one for one in events if isinstance(one, CommandRejected)]
        if refused:
            assert len(events) == 1


def check_mirrors(world: World) -> None:
    """Mirrored orders stand only where they may, one on each side."""
    state = world.engine.state
    for one in state.genesis.mirrors:
        found = mirrored(state, one)
        assert len({int(order.side) for order in found}) == len(found)
        index = state.indices[INDEX]
        source = index.source(one.source_id)
        assert source is not None
        if found:
            assert not is_frozen(state, index)
            if state.is_protected:
                assert index.state in (IndexState.NORMAL, IndexState.DEGRADED)
                assert is_trusted(state, index, source, source.bid_e8, source.ask_e8)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("is_protected", [True, False], ids=["protected", "unprotected"])
@pytest.mark.slow
def test_a_storm_goes_on_the_same_after_a_restart_anywhere(seed: int, is_protected: bool) -> None:
    """Same events, same bytes: whatever was frozen, paused, armed, half swept or averaged."""
    world = stormy(is_protected=is_protected)
    storm = Storm(100 + seed, world)
    copies: list[World] = []
    for step in range(STEPS):
        if step % 17 == seed % 17 or not copies:
            copy = world.restored()
            assert copy.engine.state_hash() == world.engine.state_hash()
            assert copy.engine.describe() == world.engine.describe()
            copies = [copy]
        logged = len(world.log)
        storm.step()
        for now_ms, command in world.log[logged:]:
            for copy in copies:
                copy.now_ms = now_ms
                copy.do(command)
        for copy in copies:
            assert copy.engine.state_hash() == world.engine.state_hash()


@pytest.mark.slow
def test_two_engines_make_the_same_of_a_storm() -> None:
    """Determinism, entry for entry."""
    world, twin = stormy(is_protected=True), stormy(is_protected=True)
    storm = Storm(7, world)
    logged = len(world.log)
    for _ in range(STEPS):
        storm.step()
    for now_ms, command in world.log[logged:]:
        twin.now_ms = now_ms
        twin.do(command)

    assert twin.engine.snapshot() == world.engine.snapshot()


def test_refusals_change_nothing_but_counters() -> None:
    """Invariant I49, for what operators are refused."""
    world = running()
    for command in (
        SetFreeze(INDEX, is_frozen=True, operator_id=9),
        OverrideIndex(INDEX, 1, OLGA, OLGA),
        SetSource(INDEX, 1, is_quarantined=True, operator_id=9),
        SetParameter(SWAP, b"band_e8", 0, OLGA, OTTO),
        RecordHedge(ALICE, SWAP, 1, 1, b"x" * 32),
    ):
        before = world.engine.snapshot()
        events = world.do(command)
        assert [type(one) for one in events] == [CommandRejected]
        after = world.engine.snapshot()
        changed = [
            place
            for place in range(0, len(after), 8)
            if before[place : place + 8] != after[place : place + 8]
        ]
        assert len(before) == len(after)
        assert len(changed) <= 2  # seq and stamp
    assert of_kind(world.buy(ALICE, 1, 1_000_000), OrderRejected) != []


# Planted breaches: each check of this module, broken on purpose.


def test_a_mirror_that_outlives_its_index_is_found() -> None:
    """The index loses its grade behind the engine's back."""
    world = stormy(is_protected=True)
    check_mirrors(world)
    world.engine.state.indices[INDEX].state = IndexState.HOLD

    with pytest.raises(AssertionError):
        check_mirrors(world)


def test_a_mirror_that_outlives_a_freeze_is_found() -> None:
    """Frozen without the command that also withdraws."""
    world = stormy(is_protected=False)
    world.engine.state.is_frozen = True

    with pytest.raises(AssertionError):
        check_mirrors(world)


@pytest.mark.parametrize("breach", ["band", "freeze", "taker", "mark"])
def test_a_fill_or_a_mark_that_must_not_be_is_found(breach: str) -> None:
    """A trade that was allowed, told to a reader who thinks that it was not."""
    world = stormy(is_protected=True)
    world.sell(BOB, 1, PRICE)
    before = Before(world)
    if breach == "band":
        before.bands[SWAP] = (PRICE * 10 + 1, PRICE * 11)
    elif breach == "freeze":
        before.was_frozen = True
    elif breach == "taker":
        before.may_take = False
    else:
        before.marks = (1, False)
    events = world.buy(ALICE, 1, PRICE)
    assert of_kind(events, OrderFilled) != []

    with pytest.raises(AssertionError):
        before.check(world, events)
