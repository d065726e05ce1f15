"""Events in words."""

from __future__ import annotations

from fractions import Fraction
from itertools import groupby

from seawall.core.model.enums import (
    CANCEL_REASON_NAMES,
    HOLD_REASON_NAMES,
    INDEX_STATE_NAMES,
    JUMP_STEP_NAMES,
    MARGIN_MODE_NAMES,
    SOURCE_STATUS_NAMES,
    SYSTEM_MODE_NAMES,
    TRADING_STATE_NAMES,
    HoldReason,
    InstrumentKind,
    OrderCause,
    OrderType,
    Side,
)
from seawall.core.model.events import (
    AccountOpened,
    AccountStateChanged,
    BalanceChanged,
    CommandRejected,
    DepositCredited,
    Event,
    FundsTransferred,
    OutageEnded,
    PricesObserved,
    SystemModeChanged,
    TradingStateChanged,
)
from seawall.core.model.order_events import (
    AmendRejected,
    CancelRejected,
    MassCancelled,
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
)
from seawall.core.model.rejects import reject_name
from seawall.core.model.risk_events import (
    DetectorFired,
    FreezeChanged,
    FundingPaid,
    FundingSettled,
    IndexJumped,
    IndexPublished,
    MarkPublished,
    OrderCaused,
    PositionChanged,
    PriceLimitsChanged,
    SourceStatusChanged,
)
from tests.scenarios.algos import told_of_algos
from tests.scenarios.repairs import told_of_repairs
from tests.scenarios.stage import ASSETS, E8, INDICES, PEOPLE, Stage, lot, shown, tick

UNIT = Fraction(1, E8)
ASSET_NAMES = {number: name for name, number in ASSETS.items()}
INDEX_NAMES = {number: name for name, number in INDICES.items()}
# Told when somebody asks (`balance`, `position`, `index`, `mark`), not each time they change.
ASKED_FOR = (BalanceChanged, PositionChanged, IndexPublished, MarkPublished, PriceLimitsChanged)


def told(stage: Stage, events: list[Event]) -> str:
    """What happened, each event a phrase; equal phrases in a row are counted."""
    told = [event for event in events if not isinstance(event, ASKED_FOR) and not is_user(event)]
    phrases = [phrase(stage, event) for event in told]
    counted = [(text, len(list(same))) for text, same in groupby(phrases)]
    return "; ".join(
        text if count == 1 else f"{count:,} times: {text}" for text, count in counted
    ) or ("nothing")


def is_user(event: Event) -> bool:
    """Whether the event only says that a user, or his algo order, made an order."""
    is_cause = isinstance(event, OrderCaused)
    return is_cause and event.cause in (OrderCause.USER, OrderCause.ALGO)


def passing(stage: Stage, events: list[Event]) -> list[Event]:
    """What is told of time that passes: not that sources speak, and not that Lea quotes."""
    lea = PEOPLE["lea"]
    return [
        event
        for event in events
        if not isinstance(event, (*ASKED_FOR, PricesObserved, OrderCaused))
        and not (isinstance(event, OrderAccepted | OrderCancelled) and event.account_id == lea)
    ]


def phrase(stage: Stage, event: Event) -> str:
    """One event."""
    if isinstance(event, OrderAccepted):
        return accepted(stage, event)
    if isinstance(event, OrderRejected | CommandRejected):
        return f"rejected: {reject_name(event.reason)}"
    if isinstance(event, OrderFilled):
        return filled(stage, event)
    if isinstance(event, OrderCancelled):
        return cancelled(stage, event)
    if isinstance(event, OrderAmended):
        return amended(stage, event)
    if isinstance(event, AmendRejected | CancelRejected):
        return f"rejected: {reject_name(event.reason)}"
    if isinstance(event, MassCancelled):
        return f"{event.cancelled} cancelled in all"
    return (
        told_of_algos(stage, event) or told_of_repairs(stage, event) or of_the_venue(stage, event)
    )


def of_the_venue(stage: Stage, event: Event) -> str:
    """Events that are not about orders."""
    if isinstance(event, AccountStateChanged):
        word = "frozen" if event.is_frozen else "released"
        if event.is_reduce_only:
            word = "restricted"
        return f"{stage.person(event.account_id)} {word}"
    if isinstance(event, TradingStateChanged):
        old, new = (TRADING_STATE_NAMES[one] for one in (event.old_state, event.new_state))
        return f"{old} becomes {new}"
    if isinstance(event, OutageEnded):
        return f"outage of {span(event.to_ms - event.from_ms)} ended"
    if isinstance(event, SystemModeChanged):
        mode = SYSTEM_MODE_NAMES[event.new_mode]
        return (
            f"{mode} for {span(event.until_ms - int(stage.engine.clock_ms))}"
            if event.until_ms
            else mode
        )
    if isinstance(event, DepositCredited):
        return f"credited {shown(event.amount, UNIT)} {ASSET_NAMES[event.asset_id]}"
    if isinstance(event, FundsTransferred):
        return f"transferred {shown(event.amount, UNIT)} {ASSET_NAMES[event.asset_id]}"
    if isinstance(event, AccountOpened):
        return f"account {event.account_id} opened"
    return of_prices(stage, event)


def of_prices(stage: Stage, event: Event) -> str:
    """Events about indices, freezes and funding."""
    if isinstance(event, FreezeChanged):
        name = INDEX_NAMES[event.index_id] if event.index_id else "venue"
        until = event.until_ms - int(stage.engine.clock_ms)
        length = f" for {span(until)}" if event.until_ms else ""
        return f"{name} {'frozen' if event.is_frozen else 'released'}{length}"
    if isinstance(event, SourceStatusChanged):
        old, new = (SOURCE_STATUS_NAMES[one] for one in (event.old_status, event.new_status))
        return f"source of {INDEX_NAMES[event.index_id]} {old} becomes {new}"
    if isinstance(event, IndexJumped):
        return f"{INDEX_NAMES[event.index_id]} jump {JUMP_STEP_NAMES[event.step]}"
    if isinstance(event, DetectorFired):
        return f"source {event.source_id} found far from the others"
    if isinstance(event, FundingSettled):
        return f"funding settled at {shown(event.rate_e8 * 100, UNIT)} %"
    if isinstance(event, FundingPaid):
        verb = "receives" if event.amount > 0 else "pays"
        return f"{stage.person(event.account_id)} {verb} {shown(abs(event.amount), UNIT)} funding"
    return spaced(type(event).__name__)


def spaced(name: str) -> str:
    """`ClockStarted` as `clock started`."""
    return "".join(f" {one.lower()}" if one.isupper() else one for one in name).strip()


def accepted(stage: Stage, event: OrderAccepted) -> str:
    """A market order also tells how far it may go."""
    if event.order_type == OrderType.LIMIT:
        return "accepted"
    instrument = stage.instrument_of(event.instrument_id)
    bound = "at most" if event.side == Side.BUY else "at least"
    return f"accepted, {bound} {shown(event.limit_price, tick(instrument))}"


def filled(stage: Stage, event: OrderFilled) -> str:
    """A trade, as the taker sees it."""
    instrument = stage.instrument_of(event.instrument_id)
    taker_asset, maker_asset = instrument.base_asset_id, instrument.quote_asset_id
    if event.taker_side == Side.SELL:
        taker_asset, maker_asset = maker_asset, taker_asset
    if instrument.kind == InstrumentKind.SWAP:
        taker_asset = maker_asset = instrument.quote_asset_id
    for order_id, asset_id, fee in (
        (event.taker_order_id, taker_asset, event.taker_fee),
        (event.maker_order_id, maker_asset, event.maker_fee),
    ):
        paid = stage.fees.setdefault(order_id, {})
        paid[asset_id] = paid.get(asset_id, 0) + fee
    quantity, price = shown(event.quantity, lot(instrument)), shown(event.price, tick(instrument))
    return f"fills {quantity} @ {price} with {stage.label_of(event.maker_order_id)}"


def cancelled(stage: Stage, event: OrderCancelled) -> str:
    """Of a resting order its label, of an arriving one what is left."""
    reason = CANCEL_REASON_NAMES[event.reason]
    if event.was_resting:
        return f"{stage.label_of(event.order_id)} cancelled: {reason}"
    if event.quantity_open == 0:
        return f"ends: {reason}"
    left = shown(event.quantity_open, lot(stage.instrument_of(event.instrument_id)))
    return f"{left} cancelled: {reason}"


def amended(stage: Stage, event: OrderAmended) -> str:
    """The new terms, and whether the place in the queue was kept."""
    instrument = stage.instrument_of(event.instrument_id)
    quantity = shown(event.quantity, lot(instrument))
    left = shown(event.quantity_open, lot(instrument))
    of_it = "" if left == quantity else f" ({left} open)"
    place = "keeps its place" if event.kept_priority else "goes to the end of its price"
    price = shown(event.limit_price, tick(instrument))
    return f"amended to {quantity} @ {price}{of_it}, {place}"


def span(duration_ms: int) -> str:
    """A duration as people write it."""
    if duration_ms % 60_000 == 0 and duration_ms:
        return f"{duration_ms // 60_000}m"
    return f"{duration_ms // 1_000}s" if duration_ms % 1_000 == 0 else f"{duration_ms}ms"


def book(stage: Stage, name: str) -> str:
    """Both sides, best first; each order with its label, so that the queue can be seen."""
    instrument = stage.instrument(name)
    sides = []
    for side, word in ((Side.BUY, "bid"), (Side.SELL, "ask")):
        orders = []
        for order_id in stage.witness.queue(instrument.instrument_id, side):
            order = stage.witness.orders[order_id]
            quantity = shown(order.quantity_open(), lot(instrument))
            price = shown(order.limit_price, tick(instrument))
            orders.append(f"{quantity} @ {price} {stage.label_of(order_id)}")
        if orders:
            sides.append(f"{word} {', '.join(orders)}")
    return "; ".join(sides) or "empty"


def balance(stage: Stage, account_id: int, asset: str, *, kind: int) -> str:
    """Balance of a ledger account, and what of it is held."""
    amount, held = stage.witness.balances.get((kind, account_id, ASSETS[asset], 0), (0, 0))
    text = f"{shown(amount, UNIT)} {asset}"
    return f"{text}, {shown(held, UNIT)} held" if held else text


def fees(stage: Stage, label: str) -> str:
    """What an order has paid in fees; a rebate is negative."""
    paid = stage.fees.get(stage.labels[label], {})
    parts = [f"{shown(amount, UNIT)} {ASSET_NAMES[asset_id]}" for asset_id, amount in paid.items()]
    return ", ".join(parts) or "none"


def index(stage: Stage, name: str) -> str:
    """Its grade and value, and what it may be when that is not sure."""
    found = stage.witness.indices[INDICES[name]]
    grade = INDEX_STATE_NAMES[found.state]
    if found.reason != HoldReason.NONE:
        grade += f" ({HOLD_REASON_NAMES[found.reason]})"
    text = f"{grade} {shown(found.value_e8, UNIT)}"
    if found.low_e8 == found.high_e8:
        return text
    return f"{text}, {shown(found.low_e8, UNIT)} to {shown(found.high_e8, UNIT)}"


def mark(stage: Stage, name: str) -> str:
    """The mark of a swap, and whether it is held."""
    instrument = stage.instrument(name)
    found = stage.witness.marks[instrument.instrument_id]
    return shown(found.mark, tick(instrument)) + (" held" if found.is_held else "")


def position(stage: Stage, account_id: int, name: str) -> str:
    """Size, mode and what was realised of it."""
    instrument = stage.instrument(name)
    found = stage.witness.positions.get((account_id, instrument.instrument_id))
    if found is None:
        return "none"
    realised = f"realised {shown(found.realised, UNIT)}, fees {shown(found.fees, UNIT)}"
    if found.funding:
        realised += f", funding {shown(found.funding, UNIT)}"
    if found.size == 0:
        return f"flat, {realised}"
    size = shown(found.size, lot(instrument))
    entry = Fraction(found.cost, found.size * instrument.unit_value)
    price = shown(round(entry * 1_000), tick(instrument) / 1_000)
    mode = f"{MARGIN_MODE_NAMES[found.margin_mode]} {found.lever}x"
    margin = f", margin {shown(found.margin, UNIT)}" if found.margin else ""
    return f"{size} from {price}, {mode}{margin}, {realised}"
