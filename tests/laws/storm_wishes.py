"""What traders and operators want in a storm. Whoever acts looks at the venue as it is, so that
orders meet, positions come near their maintenance margin, and what is taken out is exactly what may
go, or a unit more.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from seawall.core.clearing import Position
from seawall.core.engine.health import spendable
from seawall.core.engine.positions import removable
from seawall.core.engine.state import Market
from seawall.core.model.codec import padded
from seawall.core.model.commands import (
    ALL_INSTRUMENTS,
    AcceptClock,
    AdjustMargin,
    AmendOrder,
    CancelAlgo,
    CancelOrder,
    Command,
    CreditDeposit,
    MassCancel,
    OverrideIndex,
    PlaceAlgo,
    PlaceOrder,
    RecordHedge,
    SetAccountState,
    SetFreeze,
    SetLeverage,
    SetParameter,
    SetSource,
    SetTradingState,
    TransferFunds,
)
from seawall.core.model.enums import (
    AlgoType,
    MarginMode,
    OrderType,
    Side,
    TimeInForce,
    TradingState,
)
from seawall.core.model.events import Event
from seawall.core.model.limits import ACCOUNT_ID_SYSTEM, CLIENT_ID_BYTES
from seawall.core.model.order_events import OrderAccepted
from seawall.core.pricing import GUARD_PARAMETER_NAMES
from tests.laws.swap_worlds import BTC, USDC, USDT

if TYPE_CHECKING:
    from tests.laws.storm import Storm

PLAIN, SPOT, BIG, SMALL, OTHER = 0, 10, 20, 21, 22
SWAPS = (BIG, SMALL, OTHER)
MAKERS, GAMBLERS, MIRROR = (1, 2), tuple(range(3, 11)), 11
EVERYBODY = (*MAKERS, *GAMBLERS, MIRROR)
LEVERS = (2, 5, 10, 20, 20, 50, 50, 100, 100, 125, 126)
EXTREMES = (0, -1, 1, 2**31, 2**60, 2**61, 2**62, 2**63 - 1, -(2**63))


def always(command: Command) -> Callable[[], Command]:
    """A wish that is fixed already."""
    return lambda: command


class Wishes:
    """Draws the next command of somebody who looks at the storm's venue."""

    def __init__(self, storm: Storm) -> None:
        self.storm = storm
        self.draw = storm.draw
        self.placed: list[tuple[int, int, int, bytes]] = []
        self.deposits = 0
        modes = (MarginMode.CROSS, MarginMode.ISOLATED)
        self.habits = {(a, i): self.draw.one(modes) for a in EVERYBODY for i in SWAPS}

    def look(self, events: list[Event]) -> None:
        """Remember who placed what."""
        for one in events:
            if isinstance(one, OrderAccepted):
                self.placed.append((one.order_id, one.account_id, one.instrument_id, one.client_id))

    def market(self, instrument_id: int) -> Market:
        """As the engine has it."""
        found: Market = self.storm.engine.state.markets[instrument_id]
        return found

    def openings(self) -> list[Callable[[], Command]]:
        """Everybody chooses a leverage."""
        chosen: list[Callable[[], Command]] = []
        for account_id in GAMBLERS:
            for instrument_id in SWAPS:
                lever = self.draw.one((20, 50, 50, 100))
                mode = self.habits[account_id, instrument_id]
                wish = SetLeverage(account_id, instrument_id, margin_mode=mode, lever=lever)
                chosen.append(always(wish))
        return chosen

    def quotes(self) -> list[Callable[[], Command]]:
        """Makers take their quotes away now and then, and bid and offer around the price."""
        found: list[Callable[[], Command]] = []
        if self.draw.chance(30):
            maker = self.draw.one(MAKERS)
            found.append(lambda: MassCancel(maker, ALL_INSTRUMENTS, 2))
        for instrument_id in (BIG, SMALL, OTHER, SPOT, PLAIN):
            if self.draw.chance(60):
                side = self.draw.below(2)
                found.append(partial(self.quote, instrument_id, side))
                found.append(partial(self.quote, instrument_id, 1 - side))
        return found

    def quote(self, instrument_id: int, side: int) -> PlaceOrder:
        """A maker's offer, at or beside the price."""
        draw = self.draw
        middle = self.middle(instrument_id)
        away = draw.one((0, 1, 1, 2, middle // 100, middle // 60))
        return PlaceOrder(
            account_id=draw.one(MAKERS),
            instrument_id=instrument_id,
            side=side,
            order_type=OrderType.LIMIT,
            limit_price=max(middle + (away if side == Side.SELL else -away), 1),
            quantity=self.lots(instrument_id, draw.one((20, 200, 2_000))),
            time_in_force=draw.one((0, 0, TimeInForce.POST_ONLY)),
            self_trade_prevention=draw.below(3),
            margin_mode=self.mode(MAKERS[0], instrument_id, MarginMode.CROSS),
        )

    def middle(self, instrument_id: int) -> int:
        """The outside price in ticks."""
        weather = self.storm.weather[2 if instrument_id == SMALL else 1]
        return max(weather.price_e8 // (5 * 10**7 if instrument_id == SMALL else 10**7), 2)

    def lots(self, instrument_id: int, whole: int) -> int:
        """Contracts or lots worth about so many whole units of quote at 100 a coin."""
        return max(whole * (10 if instrument_id == SMALL else 1), 1)

    def mode(self, account_id: int, instrument_id: int, default: int = -1) -> int:
        """The margin mode of its orders there."""
        if instrument_id not in SWAPS:
            return MarginMode.CASH
        if default >= 0:
            return default
        position = self.position(account_id, instrument_id)
        if position is not None and position.size != 0:
            return int(position.margin_mode)
        return self.habits[account_id, instrument_id]

    def position(self, account_id: int, instrument_id: int) -> Position | None:
        """The engine's record, or None."""
        account = self.storm.engine.state.account(account_id)
        swap = self.market(instrument_id).swap
        return None if account is None or swap is None else swap.position(account.slot)

    def next(self) -> Command:
        """The next wish; orders most of the time."""
        draw = self.draw
        kind = draw.below(100)
        if kind < 26:
            return self.order()
        if kind < 40:
            return self.gamble()
        if kind < 50:
            return self.reduction()
        if kind < 56:
            return self.amend()
        if kind < 59:
            return self.cancel()
        if kind < 61:
            where = draw.one((*SWAPS, SPOT, ALL_INSTRUMENTS))
            return MassCancel(self.trader(), where, draw.one((0, 1, 2, 2)))
        if kind < 75:
            return self.algo()
        if kind < 77:
            return self.cancel_algo()
        if kind < 81:
            return self.leverage()
        if kind < 86:
            return self.margin()
        if kind < 92:
            return self.transfer()
        return self.operation()

    def trader(self) -> int:
        """Mostly a gambler; at times a maker, the mirror's provider, the venue itself or nobody."""
        kind = self.draw.below(100)
        if kind < 80:
            return self.draw.one(GAMBLERS)
        if kind < 95:
            return self.draw.one(MAKERS)
        return MIRROR if kind < 98 else self.draw.one((0, 12, ACCOUNT_ID_SYSTEM))

    def near(self, instrument_id: int) -> int:
        """A price around the outside price; rarely nonsense."""
        draw = self.draw
        if draw.chance(2):
            return draw.one((*EXTREMES, 10_000, 10_001))
        middle = self.middle(instrument_id)
        room = max(middle // draw.one((400, 200, 60, 25)), 1)
        return middle + draw.between(-room, room)

    def order(self) -> PlaceOrder:
        """Any order anywhere."""
        draw = self.draw
        account_id, instrument_id = self.trader(), draw.one((BIG, BIG, *SWAPS, SPOT, PLAIN))
        is_known = account_id in EVERYBODY
        mode = self.mode(account_id, instrument_id) if is_known else MarginMode.CROSS
        if draw.chance(2):
            mode = draw.below(4)
        command = PlaceOrder(
            account_id=account_id,
            instrument_id=instrument_id,
            side=draw.below(2),
            order_type=OrderType.LIMIT,
            limit_price=self.near(instrument_id),
            quantity=self.lots(instrument_id, draw.between(1, draw.one((5, 80, 800)))),
            time_in_force=draw.one((0, 0, 0, 0, 1, 2, 3, 4)),
            self_trade_prevention=draw.below(3),
            client_id=padded(b"%d" % draw.below(60), CLIENT_ID_BYTES) if draw.chance(20) else b"",
            margin_mode=mode,
            reduce_only=instrument_id in SWAPS and draw.chance(6),
            reprice=draw.chance(30),
        )
        if draw.chance(1):
            command.quantity = draw.one(EXTREMES)
        if draw.chance(20):
            command.order_type, command.limit_price = OrderType.MARKET, 0
            command.time_in_force = draw.one((TimeInForce.IOC, TimeInForce.FOK))
            if instrument_id in (SPOT, PLAIN) and draw.chance(30):
                command.quote_amount, command.quantity = self.some_money(), 0
                command.time_in_force, command.side = TimeInForce.IOC, Side.BUY
        if command.time_in_force == TimeInForce.GTD:
            command.expire_ms = self.storm.wall_ms + draw.one((1, 1_500, 6_000, 20_000))
        return command

    def gamble(self) -> PlaceOrder:
        """As much as the account can open, about, at any price that is allowed."""
        draw = self.draw
        account_id, instrument_id = draw.one(GAMBLERS), draw.one(SWAPS)
        state = self.storm.engine.state
        market = self.market(instrument_id)
        account, swap = state.account(account_id), market.swap
        assert account is not None and swap is not None
        free = int(spendable(state, account, market.instrument.quote_asset_id))
        position = self.position(account_id, instrument_id)
        lever = int(position.lever) if position is not None else 10
        middle = self.middle(instrument_id)
        value = middle * int(market.instrument.unit_value)
        lots = free * lever * draw.one((30, 60, 80, 90)) // (100 * value)
        side, percent = draw.below(2), draw.one((99, 100, 101, 101, 101))
        return PlaceOrder(
            account_id=account_id,
            instrument_id=instrument_id,
            side=side,
            order_type=OrderType.LIMIT,
            limit_price=middle * (percent if side == Side.BUY else 200 - percent) // 100,
            quantity=min(max(lots, 1), 100_000),
            time_in_force=0 if percent < 101 else draw.one((0, 1, 1)),
            margin_mode=self.mode(account_id, instrument_id),
            reprice=True,
        )

    def open_positions(self) -> list[tuple[int, int, int]]:
        """Account, instrument and size of all that is open, the venue's apart."""
        return [
            (int(account.account_id), int(one.instrument_id), int(one.size))
            for account in self.storm.engine.state.accounts
            for one in account.positions
            if one.size != 0 and account.account_id != ACCOUNT_ID_SYSTEM
        ]

    def reduction(self) -> PlaceOrder:
        """An order against an open position, mostly reduce-only, also larger than it."""
        draw, command = self.draw, self.order()
        found = self.open_positions()
        if not found:
            return command
        command.account_id, command.instrument_id, size = draw.one(found)
        command.margin_mode = self.mode(command.account_id, command.instrument_id)
        command.side = Side.SELL if size > 0 else Side.BUY
        command.reduce_only = draw.chance(75)
        command.quantity, command.quote_amount = draw.between(1, 2 * abs(size)), 0
        if command.order_type == OrderType.LIMIT:
            sign = 1 if size > 0 else -1
            middle = self.middle(command.instrument_id)
            command.limit_price = middle + sign * draw.one((-middle // 100, 0, middle // 90))
        return command

    def named(self) -> tuple[int, int, int, bytes]:
        """An order that was placed lately, mostly."""
        if not self.placed or self.draw.chance(3):
            return 2**40, 1, BIG, b""
        return self.draw.one(self.placed[-60:])

    def amend(self) -> AmendOrder:
        """Another price, another quantity, or both."""
        draw = self.draw
        order_id, account_id, instrument_id, client_id = self.named()
        by_client = bool(client_id.strip(b"\0")) and draw.chance(50)
        return AmendOrder(
            account_id=account_id,
            instrument_id=instrument_id,
            order_id=0 if by_client else order_id,
            client_id=client_id if by_client else b"",
            new_price=self.near(instrument_id) if draw.chance(60) else 0,
            new_quantity=self.lots(instrument_id, draw.between(1, 900)) if draw.chance(60) else 0,
            cancel_on_fail=draw.chance(30),
        )

    def cancel(self) -> CancelOrder:
        """One order."""
        order_id, account_id, instrument_id, _ = self.named()
        return CancelOrder(account_id=account_id, instrument_id=instrument_id, order_id=order_id)

    def algo(self) -> PlaceAlgo:
        """A stop, a take-profit, both, a trigger or a trailing order, close to the price."""
        draw = self.draw
        found = self.open_positions()
        account_id, instrument_id, size = self.trader(), draw.one((*SWAPS, SPOT, PLAIN)), 0
        if found and draw.chance(60):
            account_id, instrument_id, size = draw.one(found)
        is_known = account_id in EVERYBODY
        is_swap = instrument_id in SWAPS
        kinds = (0, 0, 1, 2) if is_swap else (0, 0, 0, 2) if instrument_id == SPOT else (0,)
        command = PlaceAlgo(
            account_id=account_id,
            instrument_id=instrument_id,
            algo_type=draw.below(4),
            side=draw.below(2) if size == 0 else int(size > 0),
            quantity=self.lots(instrument_id, draw.between(1, 40)) if size == 0 else abs(size),
            margin_mode=self.mode(account_id, instrument_id) if is_known else MarginMode.CROSS,
            reduce_only=is_swap and draw.chance(60 if size else 10),
            self_trade_prevention=draw.below(3),
            client_id=padded(b"a%d" % draw.below(90), CLIENT_ID_BYTES) if draw.chance(20) else b"",
        )
        if command.algo_type == AlgoType.TRAILING:
            if draw.chance(50):
                command.callback_e8 = draw.one((100_000, 1_000_000, 1_234_567))
            else:
                command.callback_ticks = draw.between(1, 20)
            command.active_price = 0 if draw.chance(50) else self.near(instrument_id)
            command.trigger_by = draw.one(kinds)
            return command
        command.trigger_by = draw.one(kinds)
        command.trigger_price = self.near(instrument_id)
        command.order_price = 0 if draw.chance(50) else self.near(instrument_id)
        if command.algo_type == AlgoType.OCO:
            command.second_trigger_by = draw.one(kinds)
            command.second_trigger_price = self.near(instrument_id)
            command.second_order_price = 0 if draw.chance(50) else self.near(instrument_id)
        return command

    def cancel_algo(self) -> CancelAlgo:
        """One that waits."""
        waiting = self.storm.engine.state.algo_book.by_id
        if not waiting:
            return CancelAlgo(account_id=3, instrument_id=BIG, algo_id=1)
        algo_id = self.draw.one(sorted(waiting))
        terms = waiting[algo_id].terms
        return CancelAlgo(
            account_id=terms.account_id, instrument_id=terms.instrument_id, algo_id=algo_id
        )

    def leverage(self) -> SetLeverage:
        """Another leverage, mostly in the mode that the account uses."""
        draw = self.draw
        account_id, instrument_id = self.trader(), draw.one((*SWAPS, *SWAPS, SPOT))
        is_usual = account_id in EVERYBODY and not draw.chance(10)
        mode = self.mode(account_id, instrument_id) if is_usual else draw.below(4)
        lever = draw.one(LEVERS) if not draw.chance(3) else draw.one(EXTREMES)
        return SetLeverage(account_id, instrument_id, margin_mode=mode, lever=lever)

    def margin(self) -> AdjustMargin:
        """More or less margin of an isolated position; often all that may go, or a unit more."""
        draw = self.draw
        found = self.open_positions()
        isolated = [
            (account_id, instrument_id)
            for account_id, instrument_id, _ in found
            if self.mode(account_id, instrument_id) == MarginMode.ISOLATED
        ]
        amount = self.some_money() * draw.one((1, -1))
        if not isolated or draw.chance(10):
            return AdjustMargin(self.trader(), draw.one((*SWAPS, SPOT)), amount)
        account_id, instrument_id = draw.one(isolated)
        if draw.chance(40):
            market = self.market(instrument_id)
            assert market.swap is not None
            position = self.position(account_id, instrument_id)
            assert position is not None
            most = int(removable(market, market.swap, position))
            amount = -most + draw.one((0, 0, 1, -1))
        return AdjustMargin(account_id, instrument_id, amount)

    def some_money(self) -> int:
        """A part of what people have, rarely nonsense."""
        if self.draw.chance(3):
            return max(self.draw.one(EXTREMES), -(2**63) + 1)
        return self.draw.between(1, 10 ** self.draw.between(4, 11))

    def transfer(self) -> TransferFunds:
        """Some money in or out; often exactly what may go, or a unit more."""
        draw, state = self.draw, self.storm.engine.state
        command = TransferFunds(
            account_id=self.trader(),
            asset_id=draw.one((USDT, USDT, USDC, BTC)),
            amount=self.some_money(),
            to_trading=draw.chance(40),
        )
        account = state.account(command.account_id)
        if not command.to_trading and account is not None and draw.chance(50):
            most = int(spendable(state, account, command.asset_id))
            part = draw.one((1, 1, 1, 2))
            command.amount = most // part + draw.one((0, 0, 0, 1, -1))
        return command

    def operation(self) -> Command:
        """Operators interfere, and put right again what they did."""
        draw, storm = self.draw, self.storm
        state = storm.engine.state
        first, second = draw.one(((1, 2), (1, 2), (2, 1), (1, 1), (1, 9)))
        kind = draw.below(24)
        if kind < 7:
            return self.repair()
        if kind < 9:
            return SetTradingState(draw.one((*SWAPS, SPOT, PLAIN)), draw.one((1, 2, 2, 4, 5)))
        if kind == 9:
            return SetFreeze(draw.one((0, 1, 2)), True, first, second)
        if kind < 12:
            index_id = draw.one((1, 2))
            price = storm.weather[index_id].price_e8 * draw.one((100, 100, 100, 97, 104)) // 100
            return OverrideIndex(index_id, price, first, second)
        if kind < 14:
            return SetSource(draw.one((1, 2)), draw.between(1, 7), draw.chance(40), 1)
        if kind < 16:
            value = draw.one((100_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 20_000_000))
            name = draw.one(GUARD_PARAMETER_NAMES)
            return SetParameter(draw.one((*SWAPS, SPOT)), name, value, first, second)
        if kind == 16:
            return SetAccountState(self.trader(), draw.chance(50))
        if kind == 17:
            return AcceptClock(storm.wall_ms + draw.one((0, 1, -5)), first, second)
        if kind < 20:
            hedge_id = draw.below(50).to_bytes(32, "little")
            return RecordHedge(MIRROR, draw.one((BIG, SPOT, SMALL)), 5, 10**10, hedge_id)
        assert state.assets
        self.deposits += 1
        deposit_id = (self.deposits - draw.below(2)).to_bytes(32, "little")
        amount = self.some_money()
        return CreditDeposit(draw.one(GAMBLERS), draw.one((USDT, USDC)), amount, deposit_id)

    def repair(self) -> Command:
        """Put something right again."""
        state = self.storm.engine.state
        if state.is_frozen:
            return SetFreeze(0, False, 1, 2)
        for index_id in sorted(state.frozen_indices):
            return SetFreeze(index_id, False, 1, 2)
        for instrument_id, market in state.markets.items():
            if market.instrument.trading_state != TradingState.LIVE:
                return SetTradingState(instrument_id, TradingState.LIVE)
        for account in state.accounts:
            if account.is_frozen:
                return SetAccountState(account.account_id, False)
        return SetSource(self.draw.one((1, 2)), self.draw.between(1, 7), False, 1)
