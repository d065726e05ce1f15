"""The pinned rerun: the venue again with edited inputs, while what people traded stays as it was.

It is an ordinary engine with other ports. Its clock, indices, marks, funding, triggers and
liquidations come from its own numbers. But every order meets the fills it had in the actual run
(the pins), in the same book; nobody trades what did not happen. Of each fill, each side is booked,
or taken by house:error, or not booked, by who wanted it (`licences.py`), at what price, and what
the account holds that it should not (`gap_rule.py`).

Invariant: the book of the rerun is the book of the actual run after every entry. Invariant: without
edits the rerun is the actual run, bit for bit.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.engine.acts import Act, Acts, Move, Pin, read_acts
from seawall.core.engine.band import note_band_stop
from seawall.core.engine.execution import finish
from seawall.core.engine.licences import Cause, cause_of
from seawall.core.engine.pin_settlement import PinSettlement
from seawall.core.engine.ports import Ports
from seawall.core.engine.resting import change_reserve, cut_resting, end_resting
from seawall.core.engine.review import ReviewPolicy
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.swap_fill import settle_funding
from seawall.core.engine.triggers import fire_by_trades
from seawall.core.matching import Order
from seawall.core.model.codec import read_word
from seawall.core.model.commands import PlaceOrder
from seawall.core.model.enums import CancelReason, OrderCause, TimeInForce
from seawall.core.model.rejects import RejectReason

_NOTHING: Final = Acts()
# What does not end a fired algo order here: the book is that of the actual run, where others had
# other reasons to bid.
_NOT_HIS: Final = (RejectReason.NONE, RejectReason.NO_MARKET, RejectReason.NOTHING_TO_REDUCE)


@final
@mypyc_attr(acyclic=True)
class Pinned(Ports):
    """The ports of a pinned rerun. `feed` gives it the events of the actual run for the entries
    that follow.
    """

    def __init__(self, *, window_from: i64, window_to: i64, policy: ReviewPolicy) -> None:
        self.settlement: PinSettlement = PinSettlement(
            window_from=window_from, window_to=window_to, policy=policy
        )
        self._events: bytes = b""
        self._at: i64 = 0
        self._acts: Acts = _NOTHING
        self._act: Act | None = None  # of the order that is about to arrive
        self._is_forced: bool = False  # what the actual run did besides is being done

    def feed(self, events: bytes) -> None:
        """The events of the actual run for the entries that are applied next."""
        assert self._at == len(self._events), "the events fed before were not used up"
        self._events = events
        self._at = 0

    # Port 1: admit.

    def begin_entry(self, state: State) -> None:
        self._acts = _NOTHING
        if self._at < len(self._events):
            seq = read_word(self._events, self._at + 8)
            assert seq >= state.seq, "the events of the actual run belong to an earlier entry"
            if seq == state.seq:
                self._acts, self._at = read_acts(self._events, self._at)
                if len(self._acts.algos) > 0:
                    for algo_id in self._acts.algos:
                        self.settlement.licences.note_fired(algo_id)
        self.settlement.references.begin_entry(state)
        self.settlement.gaps.is_clamped = state.seq > self.settlement.references.window_to

    def admit(self) -> i64:
        return self._acts.refused

    def admit_order(
        self, state: State, account: Account, command: PlaceOrder, reason: i64, limit_price: i64
    ) -> tuple[i64, i64]:
        act = self._own_arrival(account.account_id)
        if act is None:
            if reason == RejectReason.NONE and limit_price > 0:
                self.settlement.note_refused(
                    state, command, refused=self._acts.refused, limit_price=limit_price
                )
            return self._acts.refused, 0
        command.quantity = act.quantity
        return RejectReason.NONE, act.limit_price

    def admit_fired(
        self,
        algo_id: i64,
        command: PlaceOrder,
        reason: i64,
        limit_price: i64,
    ) -> tuple[i64, i64]:
        known = self._acts.algos.get(algo_id)
        if known is not None and known != RejectReason.NONE:
            return known, 0
        is_refused = reason not in _NOT_HIS
        if known is None and is_refused:
            return reason, 0  # it would have come to nothing
        if reason == RejectReason.NOTHING_TO_REDUCE:
            command.quantity = 0
        if limit_price == 0:
            limit_price = command.limit_price
        return RejectReason.NONE, limit_price

    def may_end(self, order: Order) -> bool:
        if self._is_forced:
            return True
        if order.order_id not in self._acts.ended:
            return False
        del self._acts.ended[order.order_id]
        return True

    def lots_cut(self, order: Order, wanted: i64) -> i64:
        if self._is_forced:
            return wanted
        left = self._acts.cut.get(order.order_id)
        while left is not None and len(left) > 0:
            quantity = left.pop(0)
            if quantity < order.quantity:
                return order.quantity - quantity
        return order.quantity_open if order.order_id in self._acts.ended else 0

    # Port 2: match.

    def wants(
        self,
        state: State,
        account: Account,
        market: Market,
        command: PlaceOrder,
        limit_price: i64,
        cause: i64,
        first: i64,
    ) -> tuple[i64, i64]:
        if cause == OrderCause.USER:
            act = self._own_arrival(account.account_id)
        else:
            key = cause_of(cause, account.account_id, command.instrument_id, first, command.side)
            act = self._arrival_of(key)
            self.settlement.license(state, account, market, command, limit_price, key)
        if act is None:
            return 0, 0
        command.quantity = act.quantity
        self._act = act
        return act.order_id, act.limit_price

    def match(
        self, state: State, market: Market, account: Account, order: Order, quote_amount: i64
    ) -> i64:
        act = self._act
        self._act = None
        if act is None or act.order_id != order.order_id:
            act = self._acts.arrival(order.order_id)
        assert act is not None, "an order that arrives has arrived in the actual run"
        act.is_done = True
        if act.accepted is None:
            self.settlement.licences.adopt(order.order_id)
        if act.cause != OrderCause.USER:
            key = cause_of(act.cause, act.account_id, act.instrument_id, act.first, order.side)
            self.settlement.licences.causes[order.order_id] = key
        for pin in act.pins:
            self._settle_pin(state, market, order, pin, is_quote_sized=quote_amount > 0)
        if act.ending == CancelReason.BAND_PROTECT:
            note_band_stop(state, market)
        elif act.ending == CancelReason.MARGIN and market.swap is not None:
            self._settle_short(state, market, account, order)
        return act.ending

    def _own_arrival(self, account_id: i64) -> Act | None:
        """The order that the entry's own command placed."""
        if len(self._acts.orders) == 0:
            return None
        act = self._acts.orders[0]
        is_own = act.cause == OrderCause.USER and act.account_id == account_id
        return act if is_own and not act.is_done else None

    def _arrival_of(self, key: Cause) -> Act | None:
        """The first order of that cause that arrived in this entry of the actual run."""
        for act in self._acts.orders:
            if act.is_done or act.cause != key.kind or act.accepted is None:
                continue
            side = act.accepted.side
            found = cause_of(act.cause, act.account_id, act.instrument_id, act.first, side)
            if found.is_same(key):
                return act
        return None

    def _settle_short(self, state: State, market: Market, account: Account, order: Order) -> None:
        """Who stopped for want of cash had met a maker: both paid their funding first."""
        best = market.book.opposite_side(order.side).best()
        if best is None or best.head is None:
            return
        other = state.accounts[best.head.account_slot]
        settle_funding(state, market, other, state.position(other, market))
        settle_funding(state, market, account, state.position(account, market))

    # Port 3: settle.

    def _settle_pin(
        self, state: State, market: Market, taker: Order, pin: Pin, *, is_quote_sized: bool
    ) -> None:
        maker = state.orders.get(pin.maker_order_id)
        assert maker is not None, "who was met rested in the book"
        if pin.trade_id == 0:
            self._end_met(state, market, taker, maker)
            return
        if not is_quote_sized:
            taker.quantity_open -= pin.quantity
        self.settlement.settle(state, market, taker, maker, pin)

    def _end_met(self, state: State, market: Market, taker: Order, maker: Order) -> None:
        reason = self._acts.ended.get(maker.order_id)
        assert reason is not None
        if reason == CancelReason.MARGIN and market.swap is not None:
            for order in (maker, taker):
                account = state.accounts[order.account_slot]
                settle_funding(state, market, account, state.position(account, market))
        self.settlement.licences.note_spent(maker, maker.quantity_open, reason)
        end_resting(state, market, maker, reason)

    def has_moves(self, account: Account) -> bool:
        for move in self._acts.moves:
            if move.account_id == account.account_id and not move.is_done:
                return True
        return False

    def settle_move(
        self,
        state: State,
        market: Market,
        account: Account,
        other: Account,
        lots: i64,
        price: i64,
    ) -> tuple[i64, i64]:
        for move in self._acts.moves:
            if (
                move.is_done
                or move.account_id != account.account_id
                or move.other_id != other.account_id
                or move.instrument_id != market.instrument.instrument_id
            ):
                continue
            move.is_done = True
            allowed = self.settlement.allow_move(state, market, account, other, move, lots)
            return allowed, move.price
        return 0, price

    def note_left(self, state: State, account: Account, asset_id: i64) -> None:
        self.settlement.close_at_exit(state, account, asset_id)

    def note_cancel(self, account: Account, order_id: i64, client_id: bytes) -> None:
        self.settlement.licences.note_unwanted(
            account.account_id, order_id=order_id, client_id=client_id
        )

    def note_mass_cancel(self, account: Account, instrument_id: i64, side: i64) -> None:
        self.settlement.licences.note_all_unwanted(
            account.account_id, instrument_id=instrument_id, side=side
        )

    def quote_mirror(
        self, source_id: i64, instrument_id: i64, buy_price: i64, sell_price: i64
    ) -> None:
        self.settlement.licences.quote(source_id, instrument_id, buy_price, sell_price)

    def is_polluted(self, state: State) -> bool:
        return self.settlement.references.is_polluted(state)

    def basis_e8(self, market: Market) -> i64:
        return self.settlement.references.basis_e8(market)

    # What the actual run did besides.

    def end_entry(self, state: State) -> None:
        acts = self._acts
        if acts is _NOTHING:
            return
        self.settlement.licences.drop_unwanted(state)
        for act in acts.orders:
            if not act.is_done:
                self._arrive_unwanted(state, act)
        for move in acts.moves:
            if not move.is_done:
                move.is_done = True
                self._void_unwanted(state, move)
        if len(acts.ended) > 0 or len(acts.cut) > 0:
            self._end_forced(state, acts)
        if state.traded_count > 0:
            fire_by_trades(state)

    def _end_forced(self, state: State, acts: Acts) -> None:
        """Resting orders that ended or were cut in the actual run, and here not yet."""
        self._is_forced = True
        for order_id in sorted(acts.ended):
            order = state.orders.get(order_id)
            if order is not None:
                self.settlement.licences.note_spent(
                    order, order.quantity_open, acts.ended[order_id]
                )
                market = state.markets[order.instrument_id]
                end_resting(state, market, order, acts.ended[order_id])
        for order_id in sorted(acts.cut):
            order = state.orders.get(order_id)
            for quantity in acts.cut[order_id]:
                if order is not None and quantity < order.quantity:
                    market = state.markets[order.instrument_id]
                    cut_resting(state, market, order, order.quantity - quantity)
        self._is_forced = False

    def _arrive_unwanted(self, state: State, act: Act) -> None:
        """An order that the actual run made and this one did not: its fills have no licence, but
        the book sees them, and what rested rests.
        """
        accepted = act.accepted
        account = state.account(act.account_id)
        if account is None:
            account = state.system_account
        assert account is not None
        market = state.markets[act.instrument_id]
        if accepted is None:
            self._move_unwanted(state, market, account, act)
            return
        order = Order(
            order_id=act.order_id,
            account_slot=account.slot,
            account_id=account.account_id,
            owner_id=account.owner_id,
            instrument_id=act.instrument_id,
            side=accepted.side,
            limit_price=act.limit_price,
            quantity=act.quantity,
            time_in_force=accepted.time_in_force,
            self_trade_prevention=accepted.self_trade_prevention,
            expire_ms=accepted.expire_ms,
            client_id=accepted.client_id,
            tag=accepted.tag,
            is_reduce_only=accepted.reduce_only,
            cause=act.cause,
        )
        self._act = act
        if act.cause == OrderCause.USER:
            self.settlement.licences.annul(order.order_id)
        ending = self.match(state, market, account, order, accepted.quote_amount)
        finish(state, market, account, order, ending)
        if order.time_in_force == TimeInForce.GTD and order.level is not None:
            state.add_expiry(order)

    def _move_unwanted(self, state: State, market: Market, account: Account, act: Act) -> None:
        """A resting order that the actual run amended and that lost its place there."""
        order = state.orders.get(act.order_id)
        if order is None:
            return
        change_reserve(state, market, account, order, before=order.quantity_open, after=0)
        market.book.remove(order)
        state.take_out(account, order)
        order.quantity_open += act.quantity - order.quantity
        order.quantity = act.quantity
        order.limit_price = act.limit_price
        self.settlement.licences.annul(order.order_id)
        ending = self.match(state, market, account, order, 0)
        finish(state, market, account, order, ending)

    def _void_unwanted(self, state: State, move: Move) -> None:
        account = state.account(move.account_id)
        if account is None:
            account = state.system_account
        other = state.account(move.other_id)
        if other is None:
            other = state.system_account
        assert account is not None and other is not None
        market = state.markets[move.instrument_id]
        self.settlement.allow_move(state, market, account, other, move, 0)
