"""What happened in the actual run, entry by entry: the acts that a pinned rerun follows.

They are read from the event bytes of the actual run. An act is an order's arrival, by a user or by
the venue, with its fills in their order and its end; a removal or a cut of a resting order; a
position that the venue moved (takeover, deleveraging); a refusal.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.codec import read_word
from seawall.core.model.enums import CancelReason, OrderCause
from seawall.core.model.event_reader import read_event
from seawall.core.model.event_writer import ENTRY_MARKER
from seawall.core.model.events import CommandRejected, EventType
from seawall.core.model.limits import ACCOUNT_ID_SYSTEM
from seawall.core.model.order_events import (
    AmendRejected,
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
)
from seawall.core.model.rejects import RejectReason
from seawall.core.model.risk_events import (
    AlgoRejected,
    AlgoTriggered,
    PositionDeleveraged,
    PositionTakenOver,
    RiskEventType,
)

RESTS: Final = -2  # what was open of the order came to rest
FILLED: Final = -1  # nothing was open

_READ: Final = frozenset(
    [
        EventType.ORDER_ACCEPTED,
        EventType.ORDER_REJECTED,
        EventType.ORDER_FILLED,
        EventType.ORDER_CANCELLED,
        EventType.ORDER_AMENDED,
        EventType.AMEND_REJECTED,
        EventType.COMMAND_REJECTED,
        RiskEventType.ALGO_REJECTED,
        RiskEventType.ALGO_TRIGGERED,
        RiskEventType.POSITION_TAKEN_OVER,
        RiskEventType.POSITION_DELEVERAGED,
    ]
)


@final
@mypyc_attr(acyclic=True)
class Pin:
    """A step of an order's matching: a fill, or (trade id 0) the end of the maker that was met."""

    def __init__(self, *, maker_order_id: i64) -> None:
        self.maker_order_id: i64 = maker_order_id
        self.trade_id: i64 = 0
        self.price: i64 = 0
        self.quantity: i64 = 0
        self.taker_open: i64 = 0
        self.maker_fee: i64 = 0


@final
@mypyc_attr(acyclic=True)
class Act:
    """An order that arrived: a new one, or an amended one that lost its place. `ending` is RESTS,
    FILLED or a CancelReason; `first` and `second` are those of its cause.
    """

    def __init__(
        self, *, order_id: i64, account_id: i64, instrument_id: i64, limit_price: i64, quantity: i64
    ) -> None:
        self.order_id: i64 = order_id
        self.account_id: i64 = account_id
        self.instrument_id: i64 = instrument_id
        self.limit_price: i64 = limit_price
        self.quantity: i64 = quantity
        self.accepted: OrderAccepted | None = None  # None: it was amended
        self.cause: i64 = OrderCause.USER
        self.first: i64 = 0
        self.second: i64 = 0
        self.pins: list[Pin] = []
        self.ending: i64 = RESTS
        self.is_done: bool = False


@final
@mypyc_attr(acyclic=True)
class Move:
    """Lots of a bankrupt account that went to the venue, or to a counterparty that was
    deleveraged.
    """

    def __init__(
        self, *, account_id: i64, instrument_id: i64, other_id: i64, lots: i64, price: i64
    ) -> None:
        self.account_id: i64 = account_id
        self.instrument_id: i64 = instrument_id
        self.other_id: i64 = other_id
        self.lots: i64 = lots
        self.price: i64 = price
        self.is_long: bool = False  # of a takeover: what the account held
        self.is_done: bool = False


# What most entries have none of is shared: there is an `Acts` for every entry of the run.
_NO_MOVES: Final[list[Move]] = []
_NONE_ENDED: Final[dict[int, int]] = {}
_NONE_CUT: Final[dict[int, list[int]]] = {}
_NONE_FIRED: Final[dict[int, int]] = {}


@final
@mypyc_attr(acyclic=True)
class Acts:
    """The acts of one entry. What it has none of is shared: add with the functions below."""

    def __init__(self) -> None:
        self.orders: list[Act] = []
        self.moves: list[Move] = _NO_MOVES
        self.ended: dict[int, int] = _NONE_ENDED  # resting order id -> CancelReason
        self.cut: dict[int, list[int]] = _NONE_CUT  # order id -> its quantities after each cut
        self.algos: dict[int, int] = _NONE_FIRED  # algo id -> RejectReason of its order
        self.refused: i64 = RejectReason.NONE  # of the entry's own command

    def arrival(self, order_id: i64) -> Act | None:
        """The newest arrival of the order in this entry."""
        place: i64 = len(self.orders) - 1
        while place >= 0:
            if self.orders[place].order_id == order_id:
                return self.orders[place]
            place -= 1
        return None


def read_acts(data: bytes, at: i64) -> tuple[Acts, i64]:
    """The acts of the entry whose marker stands at `at`, and where the next entry begins."""
    acts = Acts()
    end: i64 = len(data)
    at += 8 * (read_word(data, at) >> 8 & 0xFF)
    while at < end:
        word = read_word(data, at)
        type_ = word & 0xFF
        if type_ == ENTRY_MARKER:
            break
        if type_ == EventType.BALANCE_CHANGED:  # most of them; it follows from the others
            pass
        elif type_ in _READ:
            _note(acts, data, at)
        elif type_ == RiskEventType.ORDER_CAUSED:
            act = acts.orders[len(acts.orders) - 1]
            act.cause = read_word(data, at + 16)
            act.first = read_word(data, at + 24)
            act.second = read_word(data, at + 32)
        at += 8 * (word >> 8 & 0xFF)
    return acts, at


def _note(acts: Acts, data: bytes, at: i64) -> None:
    event = read_event(data, at)
    if isinstance(event, OrderFilled):
        _note_fill(acts, event)
    elif isinstance(event, OrderAccepted):
        act = Act(
            order_id=event.order_id,
            account_id=event.account_id,
            instrument_id=event.instrument_id,
            limit_price=event.limit_price,
            quantity=event.quantity,
        )
        act.accepted = event
        acts.orders.append(act)
    elif isinstance(event, OrderCancelled):
        _note_end(acts, event)
    elif isinstance(event, OrderAmended):
        _note_amend(acts, event)
    elif isinstance(event, AlgoTriggered):
        if acts.algos is _NONE_FIRED:
            acts.algos = {}
        acts.algos[event.algo_id] = event.reason
    elif isinstance(event, PositionDeleveraged):
        move = Move(
            account_id=event.bankrupt_account_id,
            instrument_id=event.instrument_id,
            other_id=event.account_id,
            lots=event.quantity,
            price=event.price,
        )
        _note_move(acts, move)
    elif isinstance(event, PositionTakenOver):
        if event.size != 0:
            move = Move(
                account_id=event.account_id,
                instrument_id=event.instrument_id,
                other_id=ACCOUNT_ID_SYSTEM,
                lots=event.size if event.size > 0 else -event.size,
                price=event.price,
            )
            move.is_long = event.size > 0
            _note_move(acts, move)
    elif isinstance(event, (OrderRejected, AlgoRejected, CommandRejected, AmendRejected)):
        acts.refused = event.reason


def _note_move(acts: Acts, move: Move) -> None:
    if acts.moves is _NO_MOVES:
        acts.moves = []
    acts.moves.append(move)


def _note_fill(acts: Acts, event: OrderFilled) -> None:
    act = acts.arrival(event.taker_order_id)
    assert act is not None, "who takes has arrived in the same entry"
    pin = Pin(maker_order_id=event.maker_order_id)
    pin.trade_id = event.trade_id
    pin.price = event.price
    pin.quantity = event.quantity
    pin.taker_open = event.taker_open
    pin.maker_fee = event.maker_fee
    act.pins.append(pin)
    if event.taker_open == 0:
        act.ending = FILLED


def _note_end(acts: Acts, event: OrderCancelled) -> None:
    """An order that arrived in this entry ended with it; one that rested was taken out, perhaps by
    the order that met it.
    """
    if not event.was_resting:
        act = acts.arrival(event.order_id)
        if act is not None:
            act.ending = event.reason
            return
    if acts.ended is _NONE_ENDED:
        acts.ended = {}
    acts.ended[event.order_id] = event.reason
    is_met = event.reason == CancelReason.SELF_TRADE or event.reason == CancelReason.MARGIN
    if is_met and len(acts.orders) > 0:
        acts.orders[len(acts.orders) - 1].pins.append(Pin(maker_order_id=event.order_id))


def _note_amend(acts: Acts, event: OrderAmended) -> None:
    if event.kept_priority:
        found = acts.cut.get(event.order_id)
        if found is None:
            found = []
            if acts.cut is _NONE_CUT:
                acts.cut = {}
            acts.cut[event.order_id] = found
        found.append(event.quantity)
        return
    act = Act(
        order_id=event.order_id,
        account_id=event.account_id,
        instrument_id=event.instrument_id,
        limit_price=event.limit_price,
        quantity=event.quantity,
    )
    acts.orders.append(act)
