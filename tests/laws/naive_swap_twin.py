"""The naive twin of a venue with swaps: what is refused, and how orders, leverage, margin and
transfers are answered. Positions and money are in `naive_swaps`.
"""

from __future__ import annotations

from seawall.core.engine import Engine
from seawall.core.model.commands import (
    AdjustMargin,
    AmendOrder,
    Command,
    CommandType,
    PlaceOrder,
    SetLeverage,
    SetTradingState,
    TransferFunds,
)
from seawall.core.model.enums import (
    IndexState,
    LedgerKind,
    MarginMode,
    OrderType,
    RiskTier,
    Side,
    SystemMode,
    TimeInForce,
    TradingState,
)
from seawall.core.model.events import CommandRejected, Event, TradingStateChanged
from seawall.core.model.genesis import Genesis
from seawall.core.model.limits import AMOUNT_MAX, VALID_FOR_MS_DEFAULT
from seawall.core.model.order_events import OrderCancelled
from seawall.core.model.rejects import RejectReason
from seawall.core.model.risk_events import FundingSettled, LeverageChanged, MarginAdjusted
from tests.laws.naive_ledger import E8, NaiveOrder
from tests.laws.naive_matching import Taker, crossing
from tests.laws.naive_reserves import GivenIndex, GivenMarket, Wish, stricter
from tests.laws.naive_swaps import NaiveSwaps
from tests.laws.naive_twin import NaiveTwin, refused

CONFIRM_SHORT_MS, HOLD_SHORT_MS = 5_000, 30_000
LIMIT_WHOLE_MAX, MARKET_WHOLE_MAX = 20_000_000, 1_000_000
DEGRADED_LEVER_MAX = 20
MARKET_CAPS = {RiskTier.MAJOR: 1_000_000, RiskTier.ALT: 2_000_000, RiskTier.TAIL: 5_000_000}
GOOD = ("normal", "degraded")
# What is not possible at a grade of the price (domain 10).
MAY_TAKE_MORE = (*GOOD, "confirm")
MAY_WITHDRAW = (*GOOD, "confirm")


class NaiveSwapTwin(NaiveSwaps, NaiveTwin):
    """The venue on paper, with swaps."""

    def __init__(self, genesis: Genesis) -> None:
        super().__init__(genesis)
        self.start_swaps()
        self.is_protected = genesis.parameters.protections != 0

    def answer(self, stamp_ms: int, command: Command) -> list[Event]:
        """Two commands more than without swaps."""
        if isinstance(command, SetLeverage):
            return self.set_leverage(stamp_ms, command)
        if isinstance(command, AdjustMargin):
            return self.adjust_margin(stamp_ms, command)
        return super().answer(stamp_ms, command)

    # What the venue says of prices

    def grade(self, instrument_id: int) -> str:
        """The column of the capability matrix."""
        index_id = self.instruments[instrument_id].index_id
        if index_id == 0 or not self.is_protected:
            return "normal"
        index = self.indices[index_id]
        if index.state in (IndexState.NORMAL, IndexState.DEGRADED):
            return "normal" if index.state == IndexState.NORMAL else "degraded"
        if index.state == IndexState.INIT:
            return "none"
        if index.state == IndexState.CONFIRM:
            is_short = self.clock_ms - index.since_ms <= CONFIRM_SHORT_MS
            return "confirm" if is_short else "long confirm"
        return "hold" if self.clock_ms - index.hold_ms <= HOLD_SHORT_MS else "long hold"

    def effective_state(self, instrument_id: int) -> int:
        """The most restrictive of operator, guards and the venue's recovery."""
        of_mode = {
            SystemMode.NORMAL: TradingState.LIVE,
            SystemMode.RECOVERY_CANCEL_ONLY: TradingState.CANCEL_ONLY,
            SystemMode.RECOVERY_POST_ONLY: TradingState.POST_ONLY,
        }
        return stricter(of_mode[self.mode], self.shown_state(instrument_id))

    def shown_state(self, instrument_id: int) -> int:
        """What readers are told that the instrument accepts."""
        given = self.markets.get(instrument_id)
        guard = TradingState.LIVE if given is None else given.guard
        return stricter(guard, self.states[instrument_id])

    def set_trading_state(self, command: SetTradingState) -> list[Event]:
        """What is told is what is accepted, guards included."""
        id_ = command.instrument_id
        before = self.shown_state(id_) if id_ in self.states else 0
        events = super().set_trading_state(command)
        if isinstance(events[0], TradingStateChanged):
            return [TradingStateChanged(id_, before, self.shown_state(id_))]
        return events

    # Orders

    def new_risk_refusals(self, order: NaiveOrder, lots: int) -> list[int]:
        """Why an order may not do more than reduce, now."""
        id_ = order.instrument_id
        is_post_only = order.time_in_force == TimeInForce.POST_ONLY
        state = self.effective_state(id_)
        if not self.is_swap(id_):
            is_refused = state == TradingState.REDUCE_ONLY and not is_post_only
            return [RejectReason.REDUCE_ONLY_MODE] if is_refused else []
        reasons: list[int] = []
        if order.is_reduce_only or lots <= self.reducible(order.account_id, id_, order.side):
            return reasons
        if state == TradingState.REDUCE_ONLY and not is_post_only:
            reasons.append(RejectReason.REDUCE_ONLY_MODE)
        has_no_price = self.markets[id_].mark == 0 or self.grade(id_) == "none"
        if has_no_price or (not is_post_only and self.grade(id_) not in MAY_TAKE_MORE):
            reasons.append(RejectReason.PRICE_UNCERTAIN)
        return reasons

    def place_refusal(self, stamp_ms: int, command: PlaceOrder) -> int:
        """The smallest reason that applies, 0 for none."""
        id_, account_id = command.instrument_id, command.account_id
        reasons = self.reasons_at_the_door(
            stamp_ms=stamp_ms,
            valid_for_ms=command.valid_for_ms,
            account_id=account_id,
            instrument_id=id_,
        )
        if reasons:
            return min(reasons)
        is_post_only = command.time_in_force == TimeInForce.POST_ONLY
        if self.effective_state(id_) == TradingState.POST_ONLY and not is_post_only:
            reasons.append(RejectReason.POST_ONLY_MODE)
        reasons += self.new_risk_refusals(self.order_of(command, 0), command.quantity)
        reasons += self.malformed(command) + self.wrong_mode(command)
        if command.client_id and self.is_client_id_used(account_id, command.client_id):
            reasons.append(RejectReason.DUPLICATE_CLIENT_ORDER_ID)
        if reasons:
            return min(reasons)
        other_side = Side.SELL if command.side == Side.BUY else Side.BUY
        is_market = command.order_type == OrderType.MARKET
        if is_market and not self.side_of_book(id_, other_side):
            return RejectReason.NO_MARKET
        price = self.market_cap(command) if is_market else self.inside(command)
        if not is_market and not command.reprice and price != command.limit_price:
            return RejectReason.PRICE_LIMIT
        reasons += self.too_much(self.order_of(command, price), is_market=is_market)
        reasons += self.unaffordable(command, price)
        return min(reasons, default=RejectReason.NONE)

    def wrong_mode(self, command: PlaceOrder) -> list[int]:
        """Cash for spot, cross or isolated for swaps, and one at a time."""
        mode, id_ = command.margin_mode, command.instrument_id
        if not self.is_swap(id_):
            is_fine = mode == MarginMode.CASH and not command.reduce_only
            return [] if is_fine else [RejectReason.BAD_MARGIN_MODE]
        reasons = []
        if command.quote_amount != 0:
            reasons.append(RejectReason.BAD_FLAGS)
        if mode not in (MarginMode.CROSS, MarginMode.ISOLATED):
            reasons.append(RejectReason.BAD_MARGIN_MODE)
        is_used = self.is_in_use(command.account_id, id_)
        if is_used and self.position(command.account_id, id_).mode != mode:
            reasons.append(RejectReason.MARGIN_MODE_CONFLICT)
        return reasons

    def inside(self, command: PlaceOrder) -> int:
        """The limit, or the price limit where it lies beyond that."""
        given = self.markets.get(command.instrument_id)
        if given is None:
            return command.limit_price
        if command.side == Side.BUY:
            return min(command.limit_price, given.high)
        return max(command.limit_price, given.low)

    def too_much(self, order: NaiveOrder, *, is_market: bool, replaced: int = 0) -> list[int]:
        """Too large an order, position or open interest, or too much leverage. `replaced` lots of
        the account's orders give way to it.
        """
        id_, account_id = order.instrument_id, order.account_id
        instrument = self.instruments[id_]
        if instrument.index_id == 0:
            return []
        reasons = []
        lots = order.quantity_open()
        whole = 10 ** self.assets[instrument.quote_asset_id].scale
        largest = MARKET_WHOLE_MAX if is_market else LIMIT_WHOLE_MAX
        value = self.value(id_, lots, order.limit_price)
        if self.is_protected and value > largest * whole:
            reasons.append(RejectReason.ORDER_TOO_LARGE)
        if not self.is_swap(id_) or order.is_reduce_only:
            return reasons
        position = self.position(account_id, id_)
        waiting = (
            lots
            - replaced
            + sum(
                one.quantity_open()
                for one in self.orders_of(account_id, id_)
                if one.side == order.side and not one.is_reduce_only
            )
        )
        size = position.size if order.side == Side.BUY else -position.size
        most = self.size_max(id_)
        worst = self.value(id_, size + waiting, self.endpoints(id_)[1])
        if max(size + waiting, waiting) > most or worst > self.notional_max(id_):
            reasons.append(RejectReason.POSITION_LIMIT)
        if lots > self.reducible(account_id, id_, order.side):
            if self.open_interest(id_) + lots > self.markets[id_].open_interest_max:
                reasons.append(RejectReason.OPEN_INTEREST_LIMIT)
            if self.grade(id_) == "degraded" and position.lever > DEGRADED_LEVER_MAX:
                reasons.append(RejectReason.DEGRADED_LEVERAGE)
        return reasons

    def unaffordable(self, command: PlaceOrder, price: int) -> list[int]:
        """Why the order's owner cannot pay for it."""
        account_id, id_ = command.account_id, command.instrument_id
        instrument = self.instruments[id_]
        if not self.is_swap(id_):
            is_buy = command.side == Side.BUY
            asset_id = instrument.quote_asset_id if is_buy else instrument.base_asset_id
            is_short = self.funds_needed(command) > self.spendable(account_id, asset_id)
            return [RejectReason.INSUFFICIENT_BALANCE] if is_short else []
        order = self.order_of(command, price)
        if command.reduce_only:  # it can only make the account safer
            return [] if order.quantity > 0 else [RejectReason.NOTHING_TO_REDUCE]
        wish = Wish(id_, order, mode=command.margin_mode)
        if self.free_margin(account_id, instrument.quote_asset_id, wish) < 0:
            return [RejectReason.INSUFFICIENT_MARGIN]
        return []

    def order_of(self, command: PlaceOrder, price: int) -> NaiveOrder:
        """The order that a command would make; a reduce-only one is cut to the position."""
        lots = command.quantity
        if command.reduce_only and self.is_swap(command.instrument_id):
            most = self.reducible(command.account_id, command.instrument_id, command.side)
            lots = min(lots, most)
        return NaiveOrder(
            order_id=0,
            account_id=command.account_id,
            instrument_id=command.instrument_id,
            side=command.side,
            time_in_force=command.time_in_force,
            self_trade_prevention=command.self_trade_prevention,
            limit_price=price,
            quantity=lots,
            expire_ms=command.expire_ms,
            client_id=command.client_id,
            is_reduce_only=command.reduce_only,
        )

    def taker_of(self, command: PlaceOrder) -> Taker:
        """With its price moved inside the limits, and its margin mode fixed."""
        taker = super().taker_of(command)
        taker.order.is_reduce_only = command.reduce_only
        if command.order_type == OrderType.LIMIT:
            taker.order.limit_price = self.inside(command)
        return taker

    def place(self, stamp_ms: int, command: PlaceOrder) -> list[Event]:
        """A reduce-only quantity is cut before anything is told of the order."""
        id_ = command.instrument_id
        is_fine = self.place_refusal(stamp_ms, command) == RejectReason.NONE
        if is_fine and self.is_swap(id_):
            command.quantity = self.order_of(command, 0).quantity
            if not self.is_in_use(command.account_id, id_):
                self.position(command.account_id, id_).mode = command.margin_mode
        return super().place(stamp_ms, command)

    def market_cap(self, command: PlaceOrder) -> int:
        """By the tier of the instrument's index, and inside the price limits."""
        instrument = self.instruments[command.instrument_id]
        sigma = MARKET_CAPS.get(instrument.risk_tier, instrument.market_cap_e8)
        given = self.markets.get(command.instrument_id)
        if command.side == Side.BUY:
            best = self.side_of_book(command.instrument_id, Side.SELL)[0].limit_price
            cap = min(best * (E8 + sigma) // E8, instrument.price_max)
            return cap if given is None else min(cap, given.high)
        best = self.side_of_book(command.instrument_id, Side.BUY)[0].limit_price
        cap = max(-(-best * (E8 - sigma) // E8), 1)
        return cap if given is None else max(cap, given.low)

    def amend_refusal(self, stamp_ms: int, command: AmendOrder, order: NaiveOrder | None) -> int:
        """New risk, prices beyond the limits and sizes are looked at as for a new order."""
        reason = super().amend_refusal(stamp_ms, command, order)
        if order is None or 0 < reason < RejectReason.BAD_FLAGS:
            return reason
        new = self.changed(command, order)
        if new.quantity <= order.filled or self.keeps_priority(order, new):
            return reason
        reasons = self.new_risk_refusals(new, new.quantity_open())
        return min([*reasons, *([reason] if reason else [])], default=RejectReason.NONE)

    def changed_refusal(self, order: NaiveOrder, new: NaiveOrder) -> int:
        """What a new order of these terms would be refused for; less of it is always fine."""
        if new.quantity <= order.filled or self.keeps_priority(order, new):
            return RejectReason.NONE
        id_, account_id = order.instrument_id, order.account_id
        given = self.markets.get(id_)
        if given is not None:
            is_buy = new.side == Side.BUY
            if new.limit_price > given.high if is_buy else new.limit_price < given.low:
                return RejectReason.PRICE_LIMIT
        replaced = 0 if order.is_reduce_only else order.quantity_open()
        reasons = self.too_much(new, is_market=False, replaced=replaced)
        most = self.reducible(account_id, id_, order.side) if self.is_swap(id_) else 0
        if order.is_reduce_only and new.quantity_open() > most:
            reasons.append(RejectReason.NOTHING_TO_REDUCE)
        must_not_take = (
            order.time_in_force == TimeInForce.POST_ONLY
            or self.effective_state(id_) == TradingState.POST_ONLY
        )
        if must_not_take and crossing(self, Taker(new)):
            reasons.append(RejectReason.POST_ONLY_WOULD_TAKE)
        if self.is_swap(id_):
            wish = Wish(id_, new, without=order.order_id)
            asset_id = self.instruments[id_].quote_asset_id
            is_free = order.is_reduce_only or self.free_margin(account_id, asset_id, wish) >= 0
            reasons += [] if is_free else [RejectReason.INSUFFICIENT_MARGIN]
        else:
            asset_id, old_hold = self.hold_of(order)
            if self.hold_of(new)[1] > self.spendable(account_id, asset_id) + old_hold:
                reasons.append(RejectReason.INSUFFICIENT_BALANCE)
        return min(reasons, default=RejectReason.NONE)

    # Leverage, margin, transfers

    def margin_door(self, stamp_ms: int, account_id: int, instrument_id: int) -> list[int]:
        """As for orders; but these also work while only cancels are accepted, and where guards have
        halted the instrument.
        """
        reasons = self.reasons_at_the_door(
            stamp_ms=stamp_ms,
            valid_for_ms=VALID_FOR_MS_DEFAULT,
            account_id=account_id,
            instrument_id=instrument_id,
        )
        is_halted = self.states.get(instrument_id) == TradingState.HALTED
        fine = [RejectReason.CANCEL_ONLY]
        fine += [] if is_halted else [RejectReason.INSTRUMENT_HALTED]
        return [one for one in reasons if one not in fine]

    def set_leverage(self, stamp_ms: int, command: SetLeverage) -> list[Event]:
        """Another leverage, if position and orders are covered then."""
        account_id, id_, lever = command.account_id, command.instrument_id, command.lever
        reasons = self.margin_door(stamp_ms, account_id, id_)
        if not reasons:
            reasons = self.leverage_refusals(command)
        if reasons:
            return [refused(account_id, id_, CommandType.SET_LEVERAGE, min(reasons))]
        position = self.position(account_id, id_)
        if not self.is_in_use(account_id, id_):
            position.mode = command.margin_mode
        asset_id = self.instruments[id_].quote_asset_id
        trading, isolated = (LedgerKind.TRADING, account_id), (LedgerKind.ISOLATED, account_id, id_)
        self.move(asset_id, self.lacking_margin(account_id, id_, lever), trading, isolated)
        position.lever = lever
        self.touched.add((account_id, id_))
        return [LeverageChanged(account_id, id_, command.margin_mode, lever)]

    def leverage_refusals(self, command: SetLeverage) -> list[int]:
        """Every reason that applies behind the door."""
        account_id, id_, lever = command.account_id, command.instrument_id, command.lever
        if not self.is_swap(id_) or command.margin_mode not in (1, 2):
            return [RejectReason.BAD_MARGIN_MODE]
        reasons = []
        position = self.position(account_id, id_)
        is_used = self.is_in_use(account_id, id_)
        if lever > position.lever and self.grade(id_) not in GOOD:
            reasons.append(RejectReason.PRICE_UNCERTAIN)
        if is_used and position.mode != command.margin_mode:
            reasons.append(RejectReason.MARGIN_MODE_CONFLICT)
        notional = self.value(id_, abs(position.size), self.endpoints(id_)[1])
        if not 1 <= lever <= min(self.lever_max(id_, notional), 125):
            reasons.append(RejectReason.BAD_LEVERAGE)
        if not reasons and is_used:
            asset_id = self.instruments[id_].quote_asset_id
            pulled = self.lacking_margin(account_id, id_, lever)
            wish = Wish(id_, lever=lever, margin=pulled)
            is_short = pulled > self.spendable(account_id, asset_id)
            if is_short or self.free_margin(account_id, asset_id, wish) < 0:
                reasons.append(RejectReason.INSUFFICIENT_MARGIN)
        return reasons

    def lacking_margin(self, account_id: int, instrument_id: int, lever: int) -> int:
        """What an isolated position lacks of its initial margin at another leverage."""
        position = self.position(account_id, instrument_id)
        if position.mode != MarginMode.ISOLATED or position.size == 0:
            return 0
        mark = self.markets[instrument_id].mark
        held = self.value(instrument_id, abs(position.size), mark)
        wanted = self.tiers(instrument_id).initial(held, lever)
        return max(wanted - self.isolated_margin(account_id, instrument_id), 0)

    def adjust_margin(self, stamp_ms: int, command: AdjustMargin) -> list[Event]:
        """Cash into an isolated position, or out of it."""
        account_id, id_, amount = command.account_id, command.instrument_id, command.amount
        reasons = self.margin_door(stamp_ms, account_id, id_)
        if not reasons:
            reasons = self.margin_refusals(account_id, id_, amount)
        if reasons:
            return [refused(account_id, id_, CommandType.ADJUST_MARGIN, min(reasons))]
        asset_id = self.instruments[id_].quote_asset_id
        trading, isolated = (LedgerKind.TRADING, account_id), (LedgerKind.ISOLATED, account_id, id_)
        self.move(asset_id, amount, trading, isolated)
        self.touched.add((account_id, id_))
        return [MarginAdjusted(account_id, id_, amount)]

    def margin_refusals(self, account_id: int, id_: int, amount: int) -> list[int]:
        """Every reason that applies behind the door."""
        if not self.is_swap(id_):
            return [RejectReason.NO_POSITION]
        position = self.position(account_id, id_)
        if position.size == 0 or position.mode != MarginMode.ISOLATED:
            return [RejectReason.NO_POSITION]
        asset_id = self.instruments[id_].quote_asset_id
        reasons = []
        if amount < 0 and self.grade(id_) not in GOOD:
            reasons.append(RejectReason.PRICE_UNCERTAIN)
        if amount > self.spendable(account_id, asset_id):
            reasons.append(RejectReason.INSUFFICIENT_BALANCE)
        if abs(amount) > AMOUNT_MAX:
            reasons.append(RejectReason.AMOUNT_TOO_LARGE)
        if amount == 0:
            reasons.append(RejectReason.BAD_AMOUNT)
        if -amount > self.removable(account_id, id_):
            reasons.append(RejectReason.MARGIN_NOT_REMOVABLE)
        return reasons

    def transfer(self, stamp_ms: int, command: TransferFunds) -> list[Event]:
        """Out of trading goes only what positions do not need, and nothing in doubtful times."""
        account_id, asset_id = command.account_id, command.asset_id
        account = self.accounts.get(account_id)
        reasons = []
        if not command.to_trading and account is not None and asset_id in self.assets:
            exposed = [
                self.grade(id_)
                for id_ in self.swaps_of(asset_id)
                if self.position(account_id, id_).size != 0
            ]
            if any(one not in MAY_WITHDRAW for one in exposed):
                reasons.append(RejectReason.PRICE_UNCERTAIN)
            if command.amount > self.spendable(account_id, asset_id):
                reasons.append(RejectReason.INSUFFICIENT_MARGIN)
        if reasons:  # what is refused anyway is refused for the smallest reason
            balances = dict(self.balances)
            events = super().transfer(stamp_ms, command)
            self.balances = balances
            if isinstance(events[0], CommandRejected):
                reasons.append(events[0].reason)
            return [refused(account_id, asset_id, CommandType.TRANSFER_FUNDS, min(reasons))]
        return super().transfer(stamp_ms, command)


def take_given(twin: NaiveSwapTwin, engine: Engine, events: list[Event]) -> None:
    """Tell the twin what the engine says of prices in this entry."""
    state = engine.state
    for index_id, index in state.indices.items():
        twin.indices[index_id] = GivenIndex(
            state=index.state,
            reason=index.reason,
            low_e8=index.low_e8,
            high_e8=index.high_e8,
            since_ms=index.since_ms,
            hold_ms=index.hold_ms,
        )
    for id_, market in state.markets.items():
        if market.swap is None:
            continue
        guard = TradingState.POST_ONLY if market.paused_until_ms != 0 else TradingState.LIVE
        twin.markets[id_] = GivenMarket(
            mark=market.swap.mark,
            low=market.low,
            high=market.high,
            band_low=market.band_low,
            band_high=market.band_high,
            open_interest_max=market.swap.open_interest_max,
            guard=TradingState.HALTED if market.is_hold_halted else guard,
        )
    twin.settled = [one for one in events if isinstance(one, FundingSettled)]
    ended = [one for one in events if isinstance(one, OrderCancelled)]
    twin.says_killed = any(one.reason == 2 for one in ended)
