"""Laws of liquidation over drawn worlds: leveraged people, makers, falling and rising prices, lying
sources, funding, a fund that is large, small or empty (I1 to I4, I9 to I12, I23, I24, I28 to I37).
"""

from __future__ import annotations

import pytest

from seawall.core.engine import Engine, Entry, open_engine, restore_engine
from seawall.core.engine.unit_health import MARK, measure_unit
from seawall.core.model.commands import (
    AdjustMargin,
    Command,
    ObservePrices,
    PlaceOrder,
    SetLeverage,
    TimerBeat,
    TransferFunds,
)
from seawall.core.model.enums import (
    LedgerKind,
    LiquidationPhase,
    MarginMode,
    OrderCause,
    OrderType,
    Side,
    TimeInForce,
)
from seawall.core.model.events import Event
from seawall.core.model.genesis import Genesis
from seawall.core.model.instruments import FeeTier
from seawall.core.model.limits import ACCOUNT_ID_SYSTEM, TICK_EVENTS_MAX
from seawall.core.model.order_events import OrderFilled
from seawall.core.model.risk_events import (
    FundingPaid,
    LiquidationStepped,
    MarkPublished,
    OrderCaused,
    PositionDeleveraged,
    PositionTakenOver,
)
from tests.core.engine.swap_venue import (
    BTC_SPOT,
    BTC_SWAP,
    DOLLAR,
    E8,
    ETH_SWAP,
    SOURCES,
    START_MS,
    TICKS_E8,
    USDT,
    swap_genesis,
)
from tests.laws.worlds import Draw, seeds

PEOPLE = range(1, 13)
MAKERS = (11, 12)
FUNDS = (0, 50 * DOLLAR, 2_000 * DOLLAR, 1_000_000 * DOLLAR)
BOUNDARY_MS = 4 * 3_600_000  # funding is settled then
OPENING_E8 = {1: 60_000 * E8, 2: 3_000 * E8}
INDEX_OF = {BTC_SWAP: 1, ETH_SWAP: 2, BTC_SPOT: 1}


class LeveragedWorld:
    """Draws what comes next. Prices walk, now and then they run or jump; a source may lie."""

    def __init__(self, seed: int) -> None:
        self.draw = Draw(seed)
        draw = self.draw
        self.genesis: Genesis = swap_genesis(
            fund=draw.one(FUNDS),
            capital=draw.one((0, 10_000 * DOLLAR)),
            cash=draw.one((3_000, 20_000, 200_000)),
            is_protected=not draw.chance(25),
            fees=draw.one((None, FeeTier(maker_e8=20_000, taker_e8=50_000))),
            people=PEOPLE,
        )
        self.prices = dict(OPENING_E8)
        self.drift = {1: 0, 2: 0}
        self.clock_ms = START_MS + BOUNDARY_MS - 1_000 * draw.between(20, 300)
        self.liar = 0

    def second(self) -> list[Command]:
        """The commands of one second: observations, a beat, and what people do then."""
        draw = self.draw
        self.clock_ms += 1_000 if not draw.chance(2) else 1_000 * draw.between(2, 4)
        commands: list[Command] = []
        if draw.chance(3):
            self.liar = draw.one((0, 0, *SOURCES))
        for index_id in (1, 2):
            self._walk(index_id)
            for source_id in SOURCES:
                if not draw.chance(2):
                    commands.append(self._observation(index_id, source_id))
        commands.append(TimerBeat(timer_id=0, wall_ms=self.clock_ms))
        for _ in range(draw.below(5)):
            commands.append(self._deed())
        return commands

    def _walk(self, index_id: int) -> None:
        draw = self.draw
        if draw.chance(4):
            self.drift[index_id] = draw.between(-60, 60) if draw.chance(60) else 0
        move = self.drift[index_id] + draw.between(-8, 8)
        if draw.chance(1):
            move = draw.between(-1_500, 1_500)
        price = self.prices[index_id]
        floor, top = OPENING_E8[index_id] // 50, OPENING_E8[index_id] * 2
        self.prices[index_id] = min(max(price + price * move // 10_000, floor), top)

    def _observation(self, index_id: int, source_id: int) -> ObservePrices:
        price = self.prices[index_id]
        if source_id == self.liar:
            price = price * 7 // 10
        price += price * self.draw.between(-3, 3) // 10_000
        return ObservePrices(
            source_id=source_id,
            index_id=index_id,
            bid_e8=price - price // 20_000,
            ask_e8=price + price // 20_000,
            last_e8=price,
            low_e8=price,
            high_e8=price,
            trade_id=self.clock_ms,
            venue_ms=self.clock_ms,
            receive_ms=self.clock_ms,
            updates=5,
            is_deep=True,
            is_synthetic=True,
            stream_hash=b"",
        )

    def _deed(self) -> Command:
        draw = self.draw
        account_id = draw.one(PEOPLE)
        instrument_id = draw.one((BTC_SWAP, BTC_SWAP, ETH_SWAP))
        mode = MarginMode.ISOLATED if account_id % 3 == 0 else MarginMode.CROSS
        what = draw.below(20)
        if what == 0:
            return SetLeverage(
                account_id=account_id,
                instrument_id=instrument_id,
                margin_mode=mode,
                lever=draw.one((2, 10, 20, 50, 50, 100)),
            )
        if what == 1:
            return AdjustMargin(
                account_id=account_id,
                instrument_id=instrument_id,
                amount=draw.between(-500, 500) * DOLLAR,
            )
        if what == 2:
            return TransferFunds(
                account_id=account_id,
                asset_id=USDT,
                amount=draw.between(1, 20_000) * DOLLAR,
                to_trading=draw.chance(50),
            )
        if what == 3:
            return self._order(account_id, BTC_SPOT, MarginMode.CASH)
        return self._order(account_id, instrument_id, mode)

    def _order(self, account_id: int, instrument_id: int, mode: int) -> PlaceOrder:
        draw = self.draw
        ticks = self.prices[INDEX_OF[instrument_id]] // TICKS_E8[instrument_id]
        is_maker = account_id in MAKERS
        away = draw.between(5, 150) if is_maker else draw.between(-40, 60)
        side = draw.one((Side.BUY, Side.SELL))
        price = ticks - ticks * away // 10_000 * (1 if side == Side.BUY else -1)
        return PlaceOrder(
            account_id=account_id,
            instrument_id=instrument_id,
            side=side,
            order_type=OrderType.LIMIT,
            limit_price=max(1, price),
            quantity=draw.one((1, 7, 40, 200, 900)),
            time_in_force=TimeInForce.GTC if draw.chance(70) else TimeInForce.IOC,
            margin_mode=mode,
            reduce_only=mode != MarginMode.CASH and draw.chance(10),
        )


class Watcher:
    """Keeps what the laws compare: who was healthy at the last marks, and which episodes began."""

    def __init__(self, engine: Engine, *, is_protected: bool) -> None:
        self.engine = engine
        self.is_protected = is_protected
        self.healthy: set[tuple[int, int]] = set()  # units above their margin at the last marks
        self.begun: set[tuple[int, int, int]] = set()
        self.seen = {"steps": 0, "fills": 0, "taken": 0, "shed": 0}

    def units(self) -> list[tuple[int, int]]:
        """Account and instrument (0: cross) of every unit with a position."""
        found = set()
        for instrument_id, market in self.engine.state.markets.items():
            positions = market.swap.positions if market.swap is not None else []
            for one in positions:
                if one is None or one.size == 0 or one.account_id == ACCOUNT_ID_SYSTEM:
                    continue
                is_isolated = one.margin_mode == MarginMode.ISOLATED
                found.add((int(one.account_id), int(instrument_id) if is_isolated else 0))
        return sorted(found)

    def equity_and_margin(self, account_id: int, instrument_id: int) -> tuple[int, int]:
        """Of a unit, at the mark."""
        account = self.engine.state.account(account_id)
        assert account is not None
        health = measure_unit(
            self.engine.state,
            account,
            key_id=instrument_id or USDT,
            is_cross=instrument_id == 0,
            prices=MARK,
        )
        return int(health.equity), int(health.maintenance)

    def take(self, events: list[Event]) -> None:
        """Judge what an entry said, and what it left behind."""
        if any(isinstance(one, MarkPublished) for one in events):
            self._take_tick(events)
        assert self.engine.ledger_faults() == []
        for one in self.engine.state.ledger.accounts.values():
            if one.kind in (LedgerKind.TRADING, LedgerKind.ISOLATED, LedgerKind.INSURANCE):
                assert one.balance >= 0

    def _take_tick(self, events: list[Event]) -> None:
        causes = {one.order_id: one for one in events if isinstance(one, OrderCaused)}
        touched: set[int] = set()
        for event in events:
            if isinstance(event, LiquidationStepped):
                self._take_step(event)
            elif isinstance(event, PositionTakenOver):
                self.seen["taken"] += 1
                self._take_takeover(event)
            elif isinstance(event, PositionDeleveraged):
                self.seen["shed"] += 1
                touched.add(event.account_id)
            elif isinstance(event, OrderFilled) and event.taker_order_id in causes:
                if causes[event.taker_order_id].cause == OrderCause.LIQUIDATION:
                    self.seen["fills"] += 1
                    assert event.taker_fee == 0
                touched |= {event.maker_account_id, event.taker_account_id}
        assert len(events) <= 2 * TICK_EVENTS_MAX
        self.healthy = set()
        for unit in self.units():
            equity, margin = self.equity_and_margin(*unit)
            if equity > margin and unit[0] not in touched:
                self.healthy.add(unit)

    def _take_step(self, event: LiquidationStepped) -> None:
        self.seen["steps"] += 1
        key = (event.account_id, event.instrument_id, event.episode)
        if event.phase != LiquidationPhase.CANCEL:
            assert key in self.begun
            return
        assert key not in self.begun
        self.begun.add(key)
        assert event.equity <= event.maintenance
        if self.is_protected:  # I30
            assert (event.account_id, event.instrument_id) not in self.healthy

    def _take_takeover(self, event: PositionTakenOver) -> None:
        """I32: nothing is left of the unit, unless it went on in the same tick with nothing."""
        account = self.engine.state.account(event.account_id)
        assert account is not None
        market = self.engine.state.markets[event.instrument_id]
        assert market.swap is not None
        position = market.swap.position(account.slot)
        assert position is not None and position.size == 0
        if position.margin_mode == MarginMode.ISOLATED and position.isolated is not None:
            assert position.isolated.balance == 0


def script(seed: int, seconds: int) -> tuple[Genesis, list[tuple[int, Command]]]:
    """A world's commands with their stamps."""
    world = LeveragedWorld(seed)
    found: list[tuple[int, Command]] = []
    for _ in range(seconds):
        commands = world.second()
        found += [(world.clock_ms * 1_000_000, one) for one in commands]
    return world.genesis, found


def apply(engine: Engine, stamped: tuple[int, Command]) -> list[Event]:
    """One command as the next entry."""
    time_ns, command = stamped
    return engine.apply(Entry(seq=engine.seq + 1, time_ns=time_ns, command=command))


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(9, 400))
def test_no_liquidation_breaks_a_law(seed: int) -> None:
    """After every entry of a drawn world: sums, floors, reserves, a sound watch, and no unit
    liquidated that was healthy at either of the last two marks.
    """
    genesis, commands = script(seed, 150)
    engine = open_engine(genesis)
    watcher = Watcher(engine, is_protected=genesis.parameters.protections == 1)
    for one in commands:
        watcher.take(apply(engine, one))


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(4, 100))
def test_a_restart_amid_liquidations_changes_nothing(seed: int) -> None:
    """An engine that is restored again and again says and becomes the same: nothing depends on who
    is watched, or due.
    """
    genesis, commands = script(seed, 150)
    engine, other = open_engine(genesis), open_engine(genesis)
    draw = Draw(seed)
    for one in commands:
        assert apply(engine, one) == apply(other, one)
        if draw.chance(4):
            restored, fault = restore_engine(genesis, other.snapshot())
            assert restored is not None, fault
            other = restored

    assert engine.state_hash() == other.state_hash()


@pytest.mark.slow
def test_the_worlds_are_not_tame() -> None:
    """The worlds of the normal run hold steps, fills, takeovers and deleveragings: laws that
    nothing tests are no result.
    """
    seen = {"steps": 0, "fills": 0, "taken": 0, "shed": 0, "funding": 0}
    for seed in range(9):
        genesis, commands = script(seed, 150)
        engine = open_engine(genesis)
        for one in commands:
            for event in apply(engine, one):
                if isinstance(event, LiquidationStepped):
                    seen["steps"] += 1
                elif isinstance(event, PositionTakenOver):
                    seen["taken"] += 1
                elif isinstance(event, PositionDeleveraged):
                    seen["shed"] += 1
                elif isinstance(event, FundingPaid):
                    seen["funding"] += 1
                elif isinstance(event, OrderCaused) and event.cause == OrderCause.LIQUIDATION:
                    seen["fills"] += 1

    assert min(seen.values()) > 0, seen
