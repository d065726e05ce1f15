"""Who trades in a world that is to be undone: makers, people who bid far below and offer far above,
gamblers with leverage and stops; and what they do when prices go mad.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from seawall.core.clearing import Position
from seawall.core.engine import Engine
from seawall.core.engine.health import spendable
from seawall.core.engine.positions import removable
from seawall.core.engine.state import Account, Market
from seawall.core.model.codec import padded
from seawall.core.model.commands import (
    ALL_INSTRUMENTS,
    BOTH_SIDES,
    AdjustMargin,
    AmendOrder,
    CancelAlgo,
    CancelOrder,
    Command,
    CreditDeposit,
    MassCancel,
    PlaceAlgo,
    PlaceOrder,
    SetLeverage,
    TransferFunds,
)
from seawall.core.model.enums import (
    AlgoType,
    InstrumentKind,
    MarginMode,
    OrderType,
    Side,
    TimeInForce,
)
from seawall.core.model.events import Event
from seawall.core.model.genesis import Genesis
from seawall.core.model.limits import ACCOUNT_ID_SYSTEM, CLIENT_ID_BYTES
from seawall.core.model.order_events import OrderAccepted, OrderFilled
from seawall.core.model.risk_events import LiquidationStepped, PositionTakenOver
from tests.laws.undo_venue import (
    BIDDERS,
    BIG,
    BTC,
    FIRST,
    MAKERS,
    MIRROR,
    PLAIN,
    SECOND,
    SMALL,
    SWAPS,
    TICKS_E8,
    USDT,
)
from tests.laws.worlds import Draw

LEVERS: Final = (5, 10, 20, 20, 50, 50)
REMEMBERED: Final = 40


class People:
    """Draws what people want; they see the venue, and know the true prices outside."""

    def __init__(
        self, draw: Draw, engine: Engine, price_e8: dict[int, int], genesis: Genesis
    ) -> None:
        self.draw = draw
        self.state = engine.state
        self.price_e8 = price_e8
        fixed = (*MAKERS, MIRROR, *BIDDERS)
        self.gamblers = [int(one.account_id) for one in genesis.accounts][len(fixed) :]
        modes = (MarginMode.CROSS, MarginMode.ISOLATED)
        self.mode_of = {one: draw.one(modes) for one in self.gamblers}
        self.markets = sorted(int(one.instrument_id) for one in genesis.instruments)
        self.spots = [one for one in self.markets if one not in SWAPS]
        self.placed: list[tuple[int, int, int]] = []  # account, instrument, order
        self.hit: list[tuple[int, int]] = []  # account, instrument that a liquidation closed
        self.lucky: list[tuple[int, int, int]] = []  # account, instrument, signed lots
        self.deposits = 0
        self.clients = 0
        self.opened = 0

    def hear(self, events: Sequence[Event]) -> None:
        """Remember who was hit, who was lucky, and what rests."""
        for one in events:
            if isinstance(one, OrderAccepted):
                self.placed.append((one.account_id, one.instrument_id, one.order_id))
            elif isinstance(one, LiquidationStepped | PositionTakenOver):
                if one.account_id != ACCOUNT_ID_SYSTEM:
                    self.hit.append((one.account_id, one.instrument_id or BIG))
            elif isinstance(one, OrderFilled) and self.is_odd(one):
                sign = -1 if one.taker_side == Side.BUY else 1
                lots = sign * one.quantity
                self.lucky.append((one.maker_account_id, one.instrument_id, lots))
        del self.placed[:-REMEMBERED]

    def is_odd(self, fill: OrderFilled) -> bool:
        """Whether it traded more than three percent off the truth."""
        middle = self.middle(fill.instrument_id)
        return abs(int(fill.price) - middle) * 100 > 3 * middle

    def middle(self, instrument_id: int) -> int:
        """The true price, in ticks."""
        price_e8 = self.price_e8[SECOND if instrument_id == SMALL else FIRST]
        return price_e8 // TICKS_E8[instrument_id]

    def opening_second(self) -> list[Command]:
        """Part of the opening: quotes, deep bids, then leverage, positions and stops."""
        draw, number = self.draw, self.opened
        self.opened += 1
        if number == 0:
            return [one for where in self.markets for one in self.quotes(draw.one(MAKERS), where)]
        if number == 1:
            return [self.deep(one, where) for one in BIDDERS for where in self.markets * 2]
        found: list[Command] = []
        for _ in range(4):
            maker, where = draw.one(MAKERS), draw.one(self.markets)
            found += self.quotes(maker, where)
        share = max(len(self.gamblers) // 6, 1)
        for account_id in self.gamblers[(number - 2) * share : (number - 1) * share]:
            where = draw.one((BIG, BIG, SMALL))
            mode = self.mode_of[account_id]
            found.append(SetLeverage(account_id, where, margin_mode=mode, lever=draw.one(LEVERS)))
            found.append(self.gamble(account_id, where))
        if number > 3:
            found += [self.algo() for _ in range(12)]
        return found

    def some(self) -> list[Command]:
        """What one or a few people want next."""
        draw = self.draw
        kind = draw.below(100)
        if kind < 32:
            return list(self.quotes(draw.one(MAKERS), draw.one(self.markets)))
        if kind < 70:
            return [self.order() for _ in range(draw.between(1, 3))]
        wishes: tuple[Callable[[], Command], ...] = (
            *(self.sell_on, self.sell_on, self.sell_on, self.reopen, self.reopen),
            *(self.algo, self.algo, self.algo, self.amend, self.amend, self.transfer),
            *(self.transfer, self.deposit, self.leverage, self.margin, self.cancel_algo),
            *(self.reduce, self.reduce, self.deep_one),
        )
        return [draw.one(wishes)() for _ in range(draw.between(1, 3))]

    def quotes(self, maker: int, instrument_id: int) -> list[Command]:
        """A maker takes his quotes there away and bids and offers again."""
        draw, middle = self.draw, self.middle(instrument_id)
        found: list[Command] = [MassCancel(maker, instrument_id, BOTH_SIDES)]
        for side in (Side.BUY, Side.SELL):
            for bps in (draw.between(2, 5), draw.between(8, 60), draw.between(60, 200)):
                away = max(middle * bps // 10_000, 1)
                price = middle - away if side == Side.BUY else middle + away
                lots = self.lots(instrument_id, draw.between(5, 120))
                found.append(self.limit(maker, instrument_id, side, lots, price))
        return found

    def lots(self, instrument_id: int, contracts: int) -> int:
        """About so many times 100 USDT."""
        return contracts * {SMALL: 5}.get(instrument_id, 1 if instrument_id == BIG else 100)

    def deep(self, account_id: int, instrument_id: int) -> PlaceOrder:
        """Somebody waits for a miracle: a bid down to 30 cents, or an offer up to the triple."""
        draw, middle = self.draw, self.middle(instrument_id)
        lots = self.lots(instrument_id, draw.between(1, 8))
        if draw.chance(30):
            price = middle * draw.one((101, 104, 110, 125, 180, 300)) // 100
            return self.limit(account_id, instrument_id, Side.SELL, lots, price)
        per_mille = draw.one((992, 985, 975, 960, 900, 700, 300, 30, 1))
        price = max(middle * per_mille // 1_000, 3)
        return self.limit(account_id, instrument_id, Side.BUY, lots, price)

    def deep_one(self) -> PlaceOrder:
        """One more of them, by anybody."""
        account_id = self.draw.one((*BIDDERS, self.draw.one(self.gamblers)))
        return self.deep(account_id, self.draw.one(self.markets))

    def limit(
        self, account_id: int, instrument_id: int, side: int, lots: int, price: int
    ) -> PlaceOrder:
        """A limit order that stays."""
        return PlaceOrder(
            account_id=account_id,
            instrument_id=instrument_id,
            side=side,
            order_type=OrderType.LIMIT,
            limit_price=max(price, 1),
            quantity=max(lots, 1),
            self_trade_prevention=self.draw.below(3),
            margin_mode=self.mode(account_id, instrument_id),
            client_id=self.client_id(),
            reprice=instrument_id in SWAPS,
        )

    def client_id(self) -> bytes:
        """Some orders have one."""
        if self.draw.chance(50):
            return b""
        self.clients += 1
        return padded(b"c%d" % self.clients, CLIENT_ID_BYTES)

    def mode(self, account_id: int, instrument_id: int) -> int:
        """The margin mode of its orders there."""
        if instrument_id not in SWAPS:
            return MarginMode.CASH
        return self.mode_of.get(account_id, MarginMode.CROSS)

    def account(self, account_id: int) -> Account:
        """As the engine has it."""
        found: Account | None = self.state.account(account_id)
        assert found is not None
        return found

    def market(self, instrument_id: int) -> Market:
        """As the engine has it."""
        found: Market = self.state.markets[instrument_id]
        return found

    def position(self, account_id: int, instrument_id: int) -> Position | None:
        """The engine's record, or None."""
        swap = self.market(instrument_id).swap
        return None if swap is None else swap.position(self.account(account_id).slot)

    def gamble(self, account_id: int, instrument_id: int) -> PlaceOrder:
        """About as much as the account can open, through the price."""
        draw = self.draw
        market, position = self.market(instrument_id), self.position(account_id, instrument_id)
        free = int(spendable(self.state, self.account(account_id), USDT))
        lever = int(position.lever) if position is not None else 10
        middle = self.middle(instrument_id)
        value = middle * int(market.instrument.unit_value)
        lots = free * lever * draw.one((40, 70, 90)) // (100 * value)
        side = draw.one((Side.BUY, Side.BUY, Side.SELL))
        price = middle * (1_006 if side == Side.BUY else 994) // 1_000
        return self.limit(account_id, instrument_id, side, lots, price)

    def order(self) -> PlaceOrder:
        """An order near the true price, in any form."""
        draw = self.draw
        account_id = draw.one((draw.one(self.gamblers), draw.one(self.gamblers), 5, 6, 7, 8))
        instrument_id = draw.one((*self.markets, BIG, SMALL))
        if instrument_id in SWAPS and draw.chance(25):
            return self.gamble(account_id, instrument_id)
        middle = self.middle(instrument_id)
        room = middle * draw.one((3, 20, 60)) // 10_000
        command = self.limit(
            account_id,
            instrument_id,
            draw.below(2),
            self.lots(instrument_id, draw.between(1, draw.one((3, 20)))),
            middle + draw.between(-room, room),
        )
        command.time_in_force = draw.one((0, 0, 0, 1, 1, 2, 4))
        if draw.chance(30):
            command.order_type, command.limit_price = OrderType.MARKET, 0
            command.time_in_force, command.reprice = TimeInForce.IOC, False
        return command

    def closing(self, account_id: int, instrument_id: int, size: int, lots: int) -> PlaceOrder:
        """A market order against `size`."""
        side = Side.SELL if size > 0 else Side.BUY
        command = self.limit(account_id, instrument_id, side, lots, 0)
        command.order_type, command.limit_price = OrderType.MARKET, 0
        command.time_in_force, command.reprice = TimeInForce.IOC, False
        return command

    def sell_on(self) -> Command:
        """Whoever got something at a mad price passes it on, in part, or more than it."""
        if not self.lucky:
            return self.order()
        account_id, instrument_id, lots = self.draw.one(self.lucky)
        part = max(abs(lots) * self.draw.one((30, 60, 100, 100, 130)) // 100, 1)
        return self.closing(account_id, instrument_id, lots, part)

    def reopen(self) -> Command:
        """Whoever was closed opens again, the same way or the other."""
        if not self.hit:
            return self.order()
        account_id, instrument_id = self.draw.one(self.hit)
        return self.gamble(account_id, instrument_id)

    def open_positions(self) -> list[Position]:
        """All that is open, the venue's and makers' apart."""
        return [
            position
            for account in self.state.accounts
            for position in account.positions
            if position.size != 0 and account.account_id in self.mode_of
        ]

    def reduce(self) -> Command:
        """An order against an open position that may only reduce it."""
        draw, found = self.draw, self.open_positions()
        if not found:
            return self.order()
        position = draw.one(found)
        size, where = int(position.size), int(position.instrument_id)
        command = self.closing(int(position.account_id), where, size, abs(size))
        if draw.chance(60):  # waits for a gain
            middle = self.middle(where)
            per_mille = draw.one((1_002, 1_010, 1_040))
            command.limit_price = middle * (per_mille if size > 0 else 2_000 - per_mille) // 1_000
            command.order_type, command.time_in_force = OrderType.LIMIT, TimeInForce.GTC
        command.margin_mode, command.reduce_only = position.margin_mode, True
        return command

    def algo(self) -> Command:
        """A stop, a target, both, or one that follows: of a position, or of coins."""
        draw, found = self.draw, self.open_positions()
        if found and draw.chance(75):
            position = draw.one(found)
            account_id, where = int(position.account_id), int(position.instrument_id)
            size, mode = int(position.size), int(position.margin_mode)
        else:
            account_id, where = draw.one((*BIDDERS, draw.one(self.gamblers))), draw.one(self.spots)
            size, mode = draw.between(1, 800), MarginMode.CASH
        middle = self.middle(where)
        sign = 1 if size > 0 else -1
        loss = middle - sign * middle * draw.one((8, 15, 30, 80, 200, 500)) // 1_000
        gain = middle + sign * middle * draw.one((10, 30, 100)) // 1_000
        kind = draw.one((AlgoType.CONDITIONAL,) * 3 + (AlgoType.OCO, AlgoType.TRAILING))
        command = PlaceAlgo(
            account_id=account_id,
            instrument_id=where,
            algo_type=kind,
            side=Side.SELL if size > 0 else Side.BUY,
            quantity=max(abs(size) * draw.one((50, 100, 100)) // 100, 1),
            margin_mode=mode,
            reduce_only=where in SWAPS and draw.chance(80),
            self_trade_prevention=draw.below(3),
            client_id=self.client_id(),
        )
        watched = (0, 1, 2) if where in SWAPS else (0,) if where == PLAIN else (0, 2)
        command.trigger_by = draw.one(watched)
        if kind == AlgoType.TRAILING:
            command.callback_e8 = draw.one((500_000, 1_000_000, 3_000_000))
            return command
        command.trigger_price = gain if kind == AlgoType.OCO or draw.chance(15) else loss
        if draw.chance(20):
            command.order_price = middle
        if kind == AlgoType.OCO:
            command.second_trigger_price, command.second_trigger_by = loss, draw.one(watched)
        return command

    def cancel_algo(self) -> Command:
        """One that waits."""
        waiting = self.state.algo_book.by_id
        if not waiting:
            return self.algo()
        algo_id = self.draw.one(sorted(waiting))
        terms = waiting[algo_id].terms
        return CancelAlgo(
            account_id=terms.account_id, instrument_id=terms.instrument_id, algo_id=algo_id
        )

    def cancel(self) -> Command:
        """One order, or all of an account."""
        draw = self.draw
        if not self.placed or draw.chance(15):
            return MassCancel(draw.one((*BIDDERS, *self.gamblers)), ALL_INSTRUMENTS, BOTH_SIDES)
        account_id, instrument_id, order_id = draw.one(self.placed)
        return CancelOrder(account_id=account_id, instrument_id=instrument_id, order_id=order_id)

    def amend(self) -> Command:
        """Another price or quantity."""
        draw = self.draw
        if not self.placed:
            return self.order()
        account_id, instrument_id, order_id = draw.one(self.placed)
        middle = self.middle(instrument_id)
        return AmendOrder(
            account_id=account_id,
            instrument_id=instrument_id,
            order_id=order_id,
            new_price=middle + draw.between(-30, 30) * middle // 10_000 if draw.chance(60) else 0,
            new_quantity=self.lots(instrument_id, draw.between(1, 30)) if draw.chance(60) else 0,
            cancel_on_fail=draw.chance(30),
        )

    def someone(self) -> int:
        """Mostly somebody to whom something happened."""
        draw = self.draw
        known = [one[0] for one in self.lucky[-8:]] + [one[0] for one in self.hit[-8:]]
        return draw.one(known) if known and draw.chance(70) else draw.one(self.gamblers)

    def transfer(self) -> Command:
        """Money in or out of trading; often all that may go."""
        draw, account_id = self.draw, self.someone()
        asset_id = draw.one((USDT, USDT, BTC))
        most = int(spendable(self.state, self.account(account_id), asset_id))
        if draw.chance(70):
            return TransferFunds(account_id, asset_id, max(most // draw.one((1, 1, 2)), 1), False)
        return TransferFunds(account_id, asset_id, draw.between(1, 10**10), True)

    def deposit(self) -> Command:
        """Somebody defends what he has."""
        self.deposits += 1
        deposit_id = self.deposits.to_bytes(32, "little")
        return CreditDeposit(self.someone(), USDT, self.draw.between(1, 10**11), deposit_id)

    def leverage(self) -> Command:
        """Another leverage."""
        draw, account_id = self.draw, self.draw.one(self.gamblers)
        where = draw.one(SWAPS)
        mode = self.mode_of[account_id]
        return SetLeverage(account_id, where, margin_mode=mode, lever=draw.one(LEVERS))

    def margin(self) -> Command:
        """More or less margin of an isolated position."""
        draw = self.draw
        found = [one for one in self.open_positions() if one.margin_mode == MarginMode.ISOLATED]
        if not found:
            return self.transfer()
        position = draw.one(found)
        account_id, where = int(position.account_id), int(position.instrument_id)
        amount = draw.between(1, 10**10)
        if draw.chance(40):
            market = self.market(where)
            assert market.instrument.kind == InstrumentKind.SWAP and market.swap is not None
            amount = -max(int(removable(market, market.swap, position)), 1)
        return AdjustMargin(account_id, where, amount)
