"""The naive twin's answers to orders, amends and cancels: every reason that applies is listed, the
smallest is told.
"""

from __future__ import annotations

from copy import copy

from seawall.core.model.commands import (
    ALL_INSTRUMENTS,
    BOTH_SIDES,
    AmendOrder,
    CancelOrder,
    CommandType,
    MassCancel,
    PlaceOrder,
)
from seawall.core.model.enums import (
    CancelReason,
    OrderType,
    SelfTradePrevention,
    Side,
    SystemMode,
    TimeInForce,
    TradingState,
)
from seawall.core.model.events import CommandRejected, Event
from seawall.core.model.ids import order_id_of, seq_of_order_id, shard_of_order_id
from seawall.core.model.instruments import Instrument
from seawall.core.model.limits import (
    FILLS_PER_ENTRY_MAX,
    NOTIONAL_MAX,
    OPEN_ORDERS_PER_ACCOUNT_MAX,
    STAMP_AHEAD_MS_MAX,
    VALID_FOR_MS_MAX,
)
from seawall.core.model.order_events import (
    AmendRejected,
    CancelRejected,
    MassCancelled,
    OrderAccepted,
    OrderAmended,
    OrderRejected,
)
from seawall.core.model.rejects import RejectReason
from tests.laws.naive_ledger import E8, NaiveLedger, NaiveOrder
from tests.laws.naive_matching import Taker, crossing, take


class NaiveOrders(NaiveLedger):
    """The part of the twin that answers traders."""

    mode = SystemMode.NORMAL

    def reasons_at_the_door(
        self, *, stamp_ms: int, valid_for_ms: int, account_id: int, instrument_id: int
    ) -> list[int]:
        """Why a command that is no cancel is not looked at."""
        reasons = []
        if not 0 <= valid_for_ms <= VALID_FOR_MS_MAX:
            valid_for_ms = VALID_FOR_MS_MAX  # refused below as bad flags, unless it is late anyway
        if stamp_ms + valid_for_ms < self.clock_ms:
            reasons.append(RejectReason.TOO_LATE)
        if stamp_ms > self.clock_ms + STAMP_AHEAD_MS_MAX:
            reasons.append(RejectReason.VENUE_PAUSED)
        account = self.accounts.get(account_id)
        if account is None:
            reasons.append(RejectReason.UNKNOWN_ACCOUNT)
        elif account.is_frozen:
            reasons.append(RejectReason.ACCOUNT_FROZEN)
        if instrument_id not in self.instruments:
            reasons.append(RejectReason.UNKNOWN_INSTRUMENT)
        elif self.effective_state(instrument_id) == TradingState.HALTED:
            reasons.append(RejectReason.INSTRUMENT_HALTED)
        elif self.effective_state(instrument_id) == TradingState.CANCEL_ONLY:
            reasons.append(RejectReason.CANCEL_ONLY)
        return reasons

    def effective_state(self, instrument_id: int) -> int:
        """The more restrictive of what the instrument and the venue's recovery allow."""
        of_mode = {
            SystemMode.NORMAL: TradingState.LIVE,
            SystemMode.RECOVERY_CANCEL_ONLY: TradingState.CANCEL_ONLY,
            SystemMode.RECOVERY_POST_ONLY: TradingState.POST_ONLY,
        }
        return max(self.states[instrument_id], of_mode[self.mode])

    # PlaceOrder

    def place(self, stamp_ms: int, command: PlaceOrder) -> list[Event]:
        """Refuse with the smallest reason, or accept and match."""
        reason = self.place_refusal(stamp_ms, command)
        if reason != RejectReason.NONE:
            return [
                OrderRejected(
                    account_id=command.account_id,
                    instrument_id=command.instrument_id,
                    reason=reason,
                    client_id=command.client_id,
                )
            ]
        taker = self.taker_of(command)
        order = taker.order
        taker.events.append(
            OrderAccepted(
                order_id=order.order_id,
                account_id=command.account_id,
                instrument_id=command.instrument_id,
                side=command.side,
                order_type=command.order_type,
                time_in_force=command.time_in_force,
                self_trade_prevention=command.self_trade_prevention,
                limit_price=order.limit_price,
                quantity=command.quantity,
                quote_amount=command.quote_amount,
                expire_ms=command.expire_ms,
                client_id=command.client_id,
                tag=command.tag,
                margin_mode=command.margin_mode,
                reduce_only=command.reduce_only,
            )
        )
        take(self, taker)
        return taker.events

    def taker_of(self, command: PlaceOrder) -> Taker:
        """The order on its way into the book; a market order has its cap for a limit."""
        is_market = command.order_type == OrderType.MARKET
        price = self.market_cap(command) if is_market else command.limit_price
        order = NaiveOrder(
            order_id=order_id_of(shard=self.genesis.shard, seq=self.seq, counter=0),
            account_id=command.account_id,
            instrument_id=command.instrument_id,
            side=command.side,
            time_in_force=command.time_in_force,
            self_trade_prevention=command.self_trade_prevention,
            limit_price=price,
            quantity=command.quantity,
            expire_ms=command.expire_ms,
            client_id=command.client_id,
        )
        return Taker(
            order,
            is_market=is_market,
            is_quote_sized=command.quote_amount != 0,
            quote_left=command.quote_amount,
        )

    def market_cap(self, command: PlaceOrder) -> int:
        """The worst price of a market order, in ticks; somebody stands on the other side."""
        instrument = self.instruments[command.instrument_id]
        sigma = instrument.market_cap_e8
        if command.side == Side.BUY:
            best = self.side_of_book(command.instrument_id, Side.SELL)[0].limit_price
            return min(best * (E8 + sigma) // E8, instrument.price_max)
        best = self.side_of_book(command.instrument_id, Side.BUY)[0].limit_price
        return max(-(-best * (E8 - sigma) // E8), 1)

    def place_refusal(self, stamp_ms: int, command: PlaceOrder) -> int:
        """The smallest reason that applies, 0 for none."""
        reasons = self.reasons_at_the_door(
            stamp_ms=stamp_ms,
            valid_for_ms=command.valid_for_ms,
            account_id=command.account_id,
            instrument_id=command.instrument_id,
        )
        if reasons:
            return min(reasons)
        if (
            self.effective_state(command.instrument_id) == TradingState.POST_ONLY
            and command.time_in_force != TimeInForce.POST_ONLY
        ):
            return RejectReason.POST_ONLY_MODE
        reasons = self.malformed(command)
        if command.client_id and self.is_client_id_used(command.account_id, command.client_id):
            reasons.append(RejectReason.DUPLICATE_CLIENT_ORDER_ID)
        open_orders = [one for one in self.orders if one.account_id == command.account_id]
        if len(open_orders) >= OPEN_ORDERS_PER_ACCOUNT_MAX:
            reasons.append(RejectReason.TOO_MANY_OPEN_ORDERS)
        if reasons:
            return min(reasons)
        other_side = Side.SELL if command.side == Side.BUY else Side.BUY
        if command.order_type == OrderType.MARKET and not self.side_of_book(
            command.instrument_id, other_side
        ):
            return RejectReason.NO_MARKET
        instrument = self.instruments[command.instrument_id]
        asset = instrument.quote_asset_id if command.side == Side.BUY else instrument.base_asset_id
        if self.funds_needed(command) > self.available(command.account_id, asset):
            return RejectReason.INSUFFICIENT_BALANCE
        return RejectReason.NONE

    def malformed(self, command: PlaceOrder) -> list[int]:
        """What is wrong with the order itself."""
        instrument = self.instruments[command.instrument_id]
        is_market = command.order_type == OrderType.MARKET
        is_quote_sized = command.quote_amount != 0
        is_gtd = command.time_in_force == TimeInForce.GTD
        reasons = []
        if (
            command.time_in_force > TimeInForce.POST_ONLY
            or command.self_trade_prevention > SelfTradePrevention.CANCEL_BOTH
            or (is_market and command.time_in_force not in (TimeInForce.IOC, TimeInForce.FOK))
            or command.valid_for_ms > VALID_FOR_MS_MAX
        ):
            reasons.append(RejectReason.BAD_FLAGS)
        if is_quote_sized and not (
            is_market
            and command.side == Side.BUY
            and command.time_in_force == TimeInForce.IOC
            and command.quantity == 0
        ):
            reasons.append(RejectReason.BAD_FLAGS)
        if is_market and command.limit_price != 0:
            reasons.append(RejectReason.BAD_PRICE)
        if not is_market and command.limit_price <= 0:
            reasons.append(RejectReason.BAD_PRICE)
        if command.limit_price > instrument.price_max:
            reasons.append(RejectReason.PRICE_TOO_HIGH)
        if is_quote_sized:
            if command.quote_amount < 0:
                reasons.append(RejectReason.BAD_QUANTITY)
            if command.quote_amount > NOTIONAL_MAX:
                reasons.append(RejectReason.QUANTITY_TOO_LARGE)
        else:
            reasons += self.bad_quantity(instrument, command.quantity)
        if (is_gtd and command.expire_ms <= 0) or (not is_gtd and command.expire_ms != 0):
            reasons.append(RejectReason.BAD_EXPIRY)
        if is_gtd and command.expire_ms <= self.clock_ms:
            reasons.append(RejectReason.EXPIRY_IN_THE_PAST)
        return reasons

    def bad_quantity(self, instrument: Instrument, quantity: int) -> list[int]:
        """What is wrong with a number of lots."""
        reasons = []
        if quantity <= 0:
            reasons.append(RejectReason.BAD_QUANTITY)
        if quantity < instrument.quantity_min:
            reasons.append(RejectReason.QUANTITY_TOO_SMALL)
        if quantity > instrument.quantity_max:
            reasons.append(RejectReason.QUANTITY_TOO_LARGE)
        return reasons

    def is_client_id_used(self, account_id: int, client_id: bytes) -> bool:
        """Whether the id names an open order of the account, or one that ended lately."""
        is_open = any(
            one.account_id == account_id and one.client_id == client_id for one in self.orders
        )
        return is_open or self.has_ended(account_id, client_id)

    def funds_needed(self, command: PlaceOrder) -> int:
        """What the order may spend at most, of the asset that it spends."""
        instrument = self.instruments[command.instrument_id]
        if command.side == Side.SELL:
            return command.quantity * instrument.lot_size
        if command.quote_amount != 0:
            return command.quote_amount
        if command.order_type == OrderType.LIMIT:
            return command.limit_price * command.quantity * instrument.unit_value
        taker = self.taker_of(command)
        cost, left = 0, command.quantity
        for maker in crossing(self, taker)[:FILLS_PER_ENTRY_MAX]:
            if self.are_of_one_owner(command.account_id, maker.account_id):
                if command.self_trade_prevention == SelfTradePrevention.CANCEL_MAKER:
                    continue
                break
            lots = min(left, maker.quantity_open())
            cost += maker.limit_price * lots * instrument.unit_value
            left -= lots
        return cost

    # AmendOrder

    def amend(self, stamp_ms: int, command: AmendOrder) -> list[Event]:
        """Refuse, change in place, or take the order out and match it as a new taker."""
        order = self.find(command)
        reason = self.amend_refusal(stamp_ms, command, order)
        if reason == RejectReason.NONE:
            assert order is not None
            return self.change(command, order)
        rejected = AmendRejected(
            order_id=command.order_id if order is None else order.order_id,
            account_id=command.account_id,
            instrument_id=command.instrument_id,
            reason=reason,
        )
        if order is not None and command.cancel_on_fail:
            return [rejected, *self.cancel(order, CancelReason.AMEND_FAILED)]
        return [rejected]

    def find(self, command: AmendOrder | CancelOrder) -> NaiveOrder | None:
        """The open order that the command names, if it is of the account and the instrument."""
        for one in self.orders:
            if (one.account_id, one.instrument_id) != (command.account_id, command.instrument_id):
                continue
            if command.order_id != 0 and one.order_id == command.order_id:
                return one
            if command.order_id == 0 and command.client_id and one.client_id == command.client_id:
                return one
        return None

    def why_not_found(self, command: AmendOrder | CancelOrder) -> int:
        """Whether the order that was named has ended, or never was."""
        if command.order_id == 0:
            has_ended = bool(command.client_id) and self.has_ended(
                command.account_id, command.client_id
            )
            return RejectReason.ORDER_DONE if has_ended else RejectReason.ORDER_NOT_FOUND
        is_live = any(one.order_id == command.order_id for one in self.orders)
        is_ours = command.order_id > 0 and shard_of_order_id(command.order_id) == self.genesis.shard
        was_applied = 1 <= seq_of_order_id(command.order_id) <= self.seq
        if is_ours and was_applied and not is_live:
            return RejectReason.ORDER_DONE
        return RejectReason.ORDER_NOT_FOUND

    def amend_refusal(self, stamp_ms: int, command: AmendOrder, order: NaiveOrder | None) -> int:
        """The smallest reason that applies, 0 for none."""
        reasons = self.reasons_at_the_door(
            stamp_ms=stamp_ms,
            valid_for_ms=command.valid_for_ms,
            account_id=command.account_id,
            instrument_id=command.instrument_id,
        )
        if reasons:
            return min(reasons)
        instrument = self.instruments[command.instrument_id]
        if not 0 <= command.valid_for_ms <= VALID_FOR_MS_MAX:
            reasons.append(RejectReason.BAD_FLAGS)
        if command.new_price < 0:
            reasons.append(RejectReason.BAD_PRICE)
        if command.new_price > instrument.price_max:
            reasons.append(RejectReason.PRICE_TOO_HIGH)
        if command.new_quantity != 0:
            reasons += self.bad_quantity(instrument, command.new_quantity)
        if order is None:
            reasons.append(self.why_not_found(command))
        if command.new_price == 0 and command.new_quantity == 0:
            reasons.append(RejectReason.NOTHING_TO_AMEND)
        if reasons:
            return min(reasons)
        assert order is not None
        return self.changed_refusal(order, self.changed(command, order))

    def changed(self, command: AmendOrder, order: NaiveOrder) -> NaiveOrder:
        """The order as the amend wants it."""
        new = copy(order)
        new.limit_price = command.new_price or order.limit_price
        new.quantity = command.new_quantity or order.quantity
        return new

    def keeps_priority(self, order: NaiveOrder, new: NaiveOrder) -> bool:
        """Only less of it at the same price (or no change at all) keeps its place."""
        return new.limit_price == order.limit_price and new.quantity <= order.quantity

    def changed_refusal(self, order: NaiveOrder, new: NaiveOrder) -> int:
        """Whether the changed order would take although it must not, or cannot be paid."""
        if new.quantity <= order.filled or self.keeps_priority(order, new):
            return RejectReason.NONE
        must_not_take = (
            order.time_in_force == TimeInForce.POST_ONLY
            or self.effective_state(order.instrument_id) == TradingState.POST_ONLY
        )
        if must_not_take and crossing(self, Taker(new)):
            return RejectReason.POST_ONLY_WOULD_TAKE
        asset_id, old_hold = self.hold_of(order)
        _, new_hold = self.hold_of(new)
        if new_hold > self.available(order.account_id, asset_id) + old_hold:
            return RejectReason.INSUFFICIENT_BALANCE
        return RejectReason.NONE

    def change(self, command: AmendOrder, order: NaiveOrder) -> list[Event]:
        """Carry out an amend that was not refused."""
        new = self.changed(command, order)
        if new.quantity <= order.filled:
            return self.cancel(order, CancelReason.AMENDED_TO_DONE)
        keeps = self.keeps_priority(order, new)
        self.orders = [one for one in self.orders if one.order_id != order.order_id]
        taker = Taker(new)
        taker.events.append(
            OrderAmended(
                order_id=new.order_id,
                account_id=new.account_id,
                instrument_id=new.instrument_id,
                limit_price=new.limit_price,
                quantity=new.quantity,
                quantity_open=new.quantity_open(),
                kept_priority=keeps,
            )
        )
        if keeps:
            self.orders.append(new)  # with its old arrival
        else:
            take(self, taker)
        return taker.events

    # CancelOrder, MassCancel

    def cancel_one(self, command: CancelOrder) -> list[Event]:
        """Cancels are never late and never frozen."""
        order = self.find(command)
        if order is not None:
            return self.cancel(order, CancelReason.USER)
        if command.account_id not in self.accounts:
            reason = RejectReason.UNKNOWN_ACCOUNT
        elif command.instrument_id not in self.instruments:
            reason = RejectReason.UNKNOWN_INSTRUMENT
        else:
            reason = self.why_not_found(command)
        return [
            CancelRejected(
                order_id=command.order_id,
                account_id=command.account_id,
                instrument_id=command.instrument_id,
                reason=reason,
            )
        ]

    def mass_cancel(self, command: MassCancel) -> list[Event]:
        """Every order of the account, of one instrument or side when it says so, by order id."""
        is_everywhere = command.instrument_id == ALL_INSTRUMENTS
        reasons = []
        if command.account_id not in self.accounts:
            reasons.append(RejectReason.UNKNOWN_ACCOUNT)
        if not is_everywhere and command.instrument_id not in self.instruments:
            reasons.append(RejectReason.UNKNOWN_INSTRUMENT)
        if command.side not in (Side.BUY, Side.SELL, BOTH_SIDES):
            reasons.append(RejectReason.BAD_FLAGS)
        if reasons:
            return [
                CommandRejected(
                    account_id=command.account_id,
                    instrument_id=command.instrument_id,
                    command_type=CommandType.MASS_CANCEL,
                    reason=min(reasons),
                )
            ]
        found = [
            one
            for one in sorted(self.orders, key=lambda one: one.order_id)
            if one.account_id == command.account_id
            and (is_everywhere or one.instrument_id == command.instrument_id)
            and command.side in (BOTH_SIDES, one.side)
        ]
        events: list[Event] = []
        for order in found:
            events += self.cancel(order, CancelReason.MASS_CANCEL)
        return [*events, MassCancelled(command.account_id, command.instrument_id, len(found))]
