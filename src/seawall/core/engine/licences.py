"""Who wanted what: the venue's own activations, and whether the rerun makes them too.

A user's order is always wanted by its user. An order that the venue made (a trigger, a liquidation,
an unwinding, a mirror) is wanted as far as the rerun's own activation of the same cause asks for it
now: that is its licence, a quantity in lots, assigned and never added. Causes are compared, never
order ids.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.engine.liquidation_state import unit_key
from seawall.core.engine.state import Market, State
from seawall.core.matching import Order
from seawall.core.model.commands import PlaceOrder
from seawall.core.model.enums import CancelReason, LiquidationPhase, OrderCause, Side
from seawall.core.model.ids import seq_of_order_id

_OFFERED: Final = frozenset(
    [CancelReason.LIQUIDATION, CancelReason.DELEVERAGED, CancelReason.MARGIN]
)
REFUSED_MAX: Final = 100_000  # refused orders that are remembered for claims


@final
@mypyc_attr(acyclic=True)
class Cause:
    """Why the venue makes an order: an algo order; an account's liquidation in an instrument; the
    unwinding of an instrument's inventory; the mirror of a source on one side.
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
    """The cause of an order as OrderCaused says it; episodes and steps are no part of it."""
    if kind == OrderCause.ALGO:
        return Cause(kind, first, 0, 0)
    if kind == OrderCause.MIRROR:
        return Cause(kind, first, instrument_id, side)
    return Cause(kind, account_id, instrument_id, 0)


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
class Claim:
    """Cash for what should have been done and was not: `signed` lots at `price` ticks. `left` lots
    have not been made up for by later fills; `value` is what those that were lost, in ticks times
    lots.
    """

    def __init__(
        self, *, account_id: i64, instrument_id: i64, signed: i64, price: i64, seq: i64
    ) -> None:
        self.account_id: i64 = account_id
        self.instrument_id: i64 = instrument_id
        self.signed: i64 = signed
        self.price: i64 = price
        self.seq: i64 = seq
        self.left: i64 = signed if signed > 0 else -signed
        self.value: int = 0
        self.cap: i64 = -1  # the margin the account had, in units of the quote; -1: no cap

    def note(self, *, price: i64, lots: i64) -> None:
        """The account did it later at `price`."""
        done = lots if lots < self.left else self.left
        self.left -= done
        worse = int(price) - int(self.price)
        if self.signed < 0:
            worse = -worse
        self.value += worse * int(done)


@final
@mypyc_attr(acyclic=True)
class Refused:
    """A user's order that the venue refused and the rerun would not have refused."""

    def __init__(
        self, *, seq: i64, account_id: i64, instrument_id: i64, side: i64, price: i64, lots: i64
    ) -> None:
        self.seq: i64 = seq
        self.account_id: i64 = account_id
        self.instrument_id: i64 = instrument_id
        self.side: i64 = side
        self.price: i64 = price
        self.lots: i64 = lots


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
        self.refused: list[Refused] = []
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
        self._claims: dict[int, list[Claim]] = {}  # open ones, by account and instrument

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

    def note_refused(self, seq: i64, command: PlaceOrder, limit_price: i64) -> None:
        """Remember an order that should not have been refused."""
        if len(self.refused) < REFUSED_MAX:
            self.refused.append(
                Refused(
                    seq=seq,
                    account_id=command.account_id,
                    instrument_id=command.instrument_id,
                    side=command.side,
                    price=limit_price,
                    lots=command.quantity,
                )
            )

    def through(self, seq: i64, market: Market, price: i64) -> list[Claim]:
        """The claims of refused orders that a standing fill at `price` trades through by at least
        a tick.
        """
        found: list[Claim] = []
        kept: list[Refused] = []
        for one in self.refused:
            is_through = price < one.price if one.side == Side.BUY else price > one.price
            if one.instrument_id != market.instrument.instrument_id or not is_through:
                kept.append(one)
                continue
            found.append(
                Claim(
                    account_id=one.account_id,
                    instrument_id=one.instrument_id,
                    signed=one.lots if one.side == Side.BUY else -one.lots,
                    price=one.price,
                    seq=seq,
                )
            )
        self.refused = kept
        return found

    def open_claim(self, claim: Claim) -> None:
        """Later fills of the account make up for it."""
        key: int = claim.account_id << 16 | claim.instrument_id
        known = self._claims.get(key)
        if known is None:
            known = []
            self._claims[key] = known
        known.append(claim)

    def note_fill(self, order: Order, *, price: i64, lots: i64) -> None:
        """The order's account traded: in the direction of an open claim it did later what it should
        have done then.
        """
        if len(self._claims) == 0:
            return
        known = self._claims.get(order.account_id << 16 | order.instrument_id)
        if known is None:
            return
        is_buy = order.side == Side.BUY
        for claim in known:
            if claim.left > 0 and (claim.signed > 0) == is_buy and lots > 0:
                before = claim.left
                claim.note(price=price, lots=lots)
                lots -= before - claim.left

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
