"""Who wanted what: the venue's own activations, and whether the rerun makes them too.

A user's order is always wanted by its user. An order that the venue made (a trigger, a liquidation,
an unwinding, a mirror) is wanted as far as the rerun's own activation of the same cause asks for it
now: that is its licence, a quantity in lots, assigned and never added. Causes are compared, never
order ids.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.engine.liquidation_state import unit_key
from seawall.core.engine.state import State
from seawall.core.matching import Order
from seawall.core.model.commands import ALL_INSTRUMENTS, BOTH_SIDES
from seawall.core.model.enums import CancelReason, LiquidationPhase, OrderCause, Side
from seawall.core.model.ids import seq_of_order_id

_OFFERED: Final = frozenset(
    [CancelReason.LIQUIDATION, CancelReason.DELEVERAGED, CancelReason.MARGIN]
)


@final
@mypyc_attr(acyclic=True)
class Cause:
    """Why the venue makes an order: an algo order; on one side, an account's liquidation in an
    instrument, the unwinding of an instrument's inventory, or the mirror of a source.
    """

    def __init__(self, kind: i64, first: i64, second: i64, third: i64) -> None:
        self.kind: i64 = kind
        self.first: i64 = first
        self.second: i64 = second
        self.third: i64 = third

    def is_same(self, other: "Cause") -> bool:
        """Whether both are the same cause."""
        return self.key() == other.key()

    def key(self) -> tuple[int, int, int, int]:
        """To find it by."""
        return int(self.kind), int(self.first), int(self.second), int(self.third)


def cause_of(kind: i64, account_id: i64, instrument_id: i64, first: i64, side: i64) -> Cause:
    """The cause of an order as OrderCaused says it; episodes and steps are no part of it. To close
    a long position is another cause than to close a short one, which the other run may have.
    """
    if kind == OrderCause.ALGO:
        return Cause(kind, first, 0, 0)
    if kind == OrderCause.MIRROR:
        return Cause(kind, first, instrument_id, side)
    return Cause(kind, account_id, instrument_id, side)


@final
@mypyc_attr(acyclic=True)
class Verdict:
    """What became of a fill: `stood` lots stand for both sides, `split` for one of them, the rest
    is void. `taker_lots` and `maker_lots`: what each side had a licence for.
    """

    def __init__(
        self,
        *,
        seq: i64,
        trade_id: i64,
        instrument_id: i64,
        price: i64,
        quantity: i64,
        reference_e8: i64,
    ) -> None:
        self.seq: i64 = seq
        self.trade_id: i64 = trade_id
        self.instrument_id: i64 = instrument_id
        self.price: i64 = price
        self.quantity: i64 = quantity
        self.reference_e8: i64 = reference_e8  # 0: not reviewed, or there is no reference
        self.taker_id: i64 = 0
        self.maker_id: i64 = 0
        self.taker_side: i64 = 0
        self.taker_lots: i64 = 0
        self.maker_lots: i64 = 0
        self.is_taker_larger: bool = False  # of what was split, the taker's side stands
        self.is_fair: bool = True
        self.stood: i64 = 0
        self.adjusted: i64 = 0  # ticks: what stands does so at the edge of the band
        self.split: i64 = 0


@final
@mypyc_attr(acyclic=True)
class Spent:
    """A resting order of a user, or a part of it, that the incident used up."""

    def __init__(self, order: Order, lots: i64) -> None:
        self.order: Order = order
        self.lots: i64 = lots


@final
@mypyc_attr(acyclic=True)
class Licences:
    """The licences, the venue-made orders by cause, and what the incident kept from users."""

    def __init__(self, *, window_from: i64) -> None:
        self.window_from: i64 = window_from
        self.causes: dict[int, Cause] = {}  # by order id
        self.spent: dict[int, Spent] = {}  # by order id
        self._lots: dict[tuple[int, int, int, int], int] = {}
        # What may end before it is used: a liquidation in a tick only, an unwinding at any time.
        self._liquidating: dict[tuple[int, int, int, int], bool] = {}
        self._unwinding: dict[tuple[int, int, int, int], bool] = {}
        self._asked_ms: i64 = -1  # the clock when liquidations were looked at
        self._quotes: dict[tuple[int, int, int, int], int] = {}  # of mirrors: the price
        self._annulled: dict[int, bool] = {}
        self._fired: dict[int, bool] = {}  # algo orders that fired in the actual run
        self._adopted: dict[int, bool] = {}

    def assign(self, cause: Cause, lots: i64) -> None:
        """The rerun wants so many lots now."""
        if cause.kind == OrderCause.MIRROR:
            return
        self._lots[cause.key()] = lots
        if cause.kind == OrderCause.LIQUIDATION:
            self._liquidating[cause.key()] = True
            self._asked_ms = -1
        elif cause.kind == OrderCause.UNWIND:
            self._unwinding[cause.key()] = True

    def spend(self, cause: Cause, lots: i64) -> None:
        """So many of them are done."""
        left = self._lots.get(cause.key(), 0) - lots
        self._lots[cause.key()] = left if left > 0 else 0

    def quote(self, source_id: i64, instrument_id: i64, buy_price: i64, sell_price: i64) -> None:
        """What a mirror would quote now; 0: nothing."""
        for side, price in ((Side.BUY, buy_price), (Side.SELL, sell_price)):
            self._quotes[cause_of(OrderCause.MIRROR, 0, instrument_id, source_id, side).key()] = (
                price
            )

    def annul(self, order_id: i64) -> None:
        """The order's intent was annulled."""
        self._annulled[order_id] = True

    def note_fired(self, algo_id: i64) -> None:
        """The algo order has fired in the actual run."""
        if self.window_from != 0:
            self._fired[algo_id] = True

    def has_fired(self, algo_id: i64) -> bool:
        """Whether it has, up to now."""
        return algo_id in self._fired

    def adopt(self, order_id: i64) -> None:
        """Its owner amended an order that the venue had made for him: it is his own now."""
        self._adopted[order_id] = True

    def take(self, order: Order, quantity: i64) -> i64:
        """How many of the lots this side of a fill has a licence for; they are used up."""
        if order.order_id in self._annulled:
            return 0
        if order.cause == OrderCause.USER or order.order_id in self._adopted:
            return quantity
        cause = self.causes.get(order.order_id)
        if cause is None:  # it was made before the rerun began
            return quantity
        if cause.kind == OrderCause.MIRROR:
            return quantity if self._is_quoted(cause, order) else 0
        left: i64 = self._lots.get(cause.key(), 0)
        taken = quantity if quantity < left else left
        if taken > 0:
            self._lots[cause.key()] = left - taken
        return taken

    def _is_quoted(self, cause: Cause, order: Order) -> bool:
        """Whether the rerun's mirror stands at least as far forward."""
        price = self._quotes.get(cause.key(), -1)
        if price < 0:
            return True
        if price == 0:
            return False
        if order.side == Side.BUY:
            return order.limit_price <= price
        return order.limit_price >= price

    def drop_unwanted(self, state: State) -> None:
        """What the rerun no longer wants has no licence: a liquidation that is over. Between two
        ticks none ends, so it is asked once for each stand of the clock.
        """
        if len(self._unwinding) > 0:
            self._drop_ended(state, self._unwinding)
        if self._asked_ms != state.clock_ms:
            self._asked_ms = state.clock_ms
            self._drop_ended(state, self._liquidating)

    def _drop_ended(self, state: State, passing: dict[tuple[int, int, int, int], bool]) -> None:
        for key in list(passing):
            if self._lots[key] > 0:
                if _is_running(state, account_id=key[1], instrument_id=key[2], kind=key[0]):
                    continue
                self._lots[key] = 0
            del passing[key]

    def note_spent(self, order: Order, lots: i64, reason: i64) -> None:
        """The incident used up lots of a resting order (reason below 0), or ended it."""
        if lots == 0 or order.cause != OrderCause.USER or self.window_from == 0:
            return
        if reason >= 0 and reason not in _OFFERED:
            return
        if seq_of_order_id(order.order_id) >= self.window_from:
            return
        known = self.spent.get(order.order_id)
        if known is None:
            self.spent[order.order_id] = Spent(order, lots)
        else:
            known.lots += lots

    def note_unwanted(self, account_id: i64, *, order_id: i64, client_id: bytes) -> None:
        """The owner wanted to cancel an order that was gone: it is not offered back."""
        for known in list(self.spent):
            order = self.spent[known].order
            if order.account_id == account_id and _is_named(
                order, order_id=order_id, client_id=client_id
            ):
                del self.spent[known]

    def note_all_unwanted(self, account_id: i64, *, instrument_id: i64, side: i64) -> None:
        """The same for a mass cancel."""
        for known in list(self.spent):
            order = self.spent[known].order
            in_instrument = instrument_id in (ALL_INSTRUMENTS, order.instrument_id)
            is_meant = order.account_id == account_id and in_instrument
            if is_meant and side in (BOTH_SIDES, order.side):
                del self.spent[known]


def _is_named(order: Order, *, order_id: i64, client_id: bytes) -> bool:
    """Whether a cancel by id, or where that is 0 by client id, means the order."""
    if order_id != 0:
        return order.order_id == order_id
    return len(client_id) > 0 and order.client_id == client_id


def _is_running(state: State, *, account_id: i64, instrument_id: i64, kind: i64) -> bool:
    account = state.account(account_id)
    if account is None:
        account = state.system_account
    market = state.markets.get(instrument_id)
    if account is None or market is None:
        return False
    if kind == OrderCause.UNWIND:
        swap = market.swap
        position = swap.position(account.slot) if swap is not None else None
        return position is not None and position.size != 0
    standings = state.liquidations.standings
    for key_id, is_cross in ((instrument_id, False), (market.instrument.quote_asset_id, True)):
        key = unit_key(account_slot=account.slot, key_id=key_id, is_cross=is_cross)
        found = standings.get(key)
        if found is not None and found.phase != LiquidationPhase.HEALTHY:
            return True
    return False
