"""Events into rows: what a run of entries adds to the read models, folded in memory.

Each order, candle and balance that the entries touch becomes one row, however often it was touched.
Orders that were there before become changes (so much more filled), so nothing has to be read first.
"""

from typing import Any, Final, TypeAlias, cast, final

import msgspec

from seawall.core.model.codec import unpadded
from seawall.core.model.enums import CancelReason, InstrumentKind, OrderCause, Side
from seawall.core.model.events import (
    AccountOpened,
    AccountStateChanged,
    BalanceChanged,
    DepositCredited,
    EntryEvents,
    Event,
    EventType,
    FundsTransferred,
    InstrumentListed,
    KeyRegistered,
    KeyRevoked,
)
from seawall.core.model.order_events import (
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
)
from seawall.core.model.risk_events import OrderCaused
from seawall.projections.risk_rows import RiskRows
from seawall.projections.tables import NO_REASON, VOLUME_LOW_BITS, OrderState

Row: TypeAlias = dict[str, Any]

NS_PER_MS: Final = 1_000_000
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
LOW_MASK: Final = (1 << VOLUME_LOW_BITS) - 1


class Terms(msgspec.Struct, frozen=True):
    """What rows need of an instrument; `unit_value` is quote units of one tick times one lot."""

    base_asset_id: int
    quote_asset_id: int
    unit_value: int
    kind: int = InstrumentKind.SPOT

    def received(self, side: int) -> int:
        """The asset that an order of this side receives and pays its fee in."""
        is_base = side == Side.BUY and self.kind == InstrumentKind.SPOT
        return self.base_asset_id if is_base else self.quote_asset_id


@final
class OrderChange:
    """What happened to one order in these entries; `accepted` is set if they created it."""

    __slots__ = (
        "accepted",
        "cancel_reason",
        "cause",
        "created_ns",
        "ended_ns",
        "fee",
        "last",
        "limit_price",
        "notional_filled",
        "quantity",
        "quantity_filled",
        "state",
        "updated_ns",
        "updated_seq",
    )

    def __init__(self) -> None:
        self.accepted: OrderAccepted | None = None
        self.cause: tuple[int, int] = (OrderCause.USER, 0)
        self.created_ns = 0
        self.limit_price: int | None = None  # None: as it was
        self.quantity: int | None = None
        self.state: int = OrderState.OPEN
        self.cancel_reason: int = NO_REASON
        self.quantity_filled = 0  # these three: in these entries
        self.notional_filled = 0
        self.fee = 0
        self.last: tuple[int, int, int, int, int] | None = None  # price, lots, trade, ns, is_maker
        self.updated_ns = 0
        self.ended_ns = 0
        self.updated_seq = 0

    def fill(self, event: OrderFilled, *, notional: int, time_ns: int, is_maker: bool) -> None:
        """Count one fill. The cancel that ends every quote-sized order comes later and decides."""
        self.quantity_filled += event.quantity
        self.notional_filled += notional
        self.fee += event.maker_fee if is_maker else event.taker_fee
        self.last = (event.price, event.quantity, event.trade_id, time_ns, int(is_maker))
        if (event.maker_open if is_maker else event.taker_open) == 0:
            self.state = OrderState.FILLED
            self.ended_ns = time_ns

    def end(self, reason: int, *, time_ns: int) -> None:
        """Note how it ended. A quote-sized buy that bought all it could is filled."""
        is_bought = reason == CancelReason.QUOTE_LEFTOVER and self.quantity_filled > 0
        self.state = OrderState.FILLED if is_bought else OrderState.CANCELLED
        self.cancel_reason = NO_REASON if is_bought else reason
        self.ended_ns = time_ns

    def inserted(self, terms: Terms) -> Row:
        """The whole row of an order that these entries created."""
        accepted = self.accepted
        assert accepted is not None
        price, quantity, trade_id, fill_ns, is_maker = self.last or (0, 0, 0, 0, 0)
        return {
            "order_id": accepted.order_id,
            "account_id": accepted.account_id,
            "instrument_id": accepted.instrument_id,
            "client_id": unpadded(accepted.client_id),
            "tag": unpadded(accepted.tag),
            "side": accepted.side,
            "order_type": accepted.order_type,
            "time_in_force": accepted.time_in_force,
            "self_trade_prevention": accepted.self_trade_prevention,
            "margin_mode": accepted.margin_mode,
            "reduce_only": int(accepted.reduce_only),
            "limit_price": accepted.limit_price if self.limit_price is None else self.limit_price,
            "quantity": accepted.quantity if self.quantity is None else self.quantity,
            "quote_amount": accepted.quote_amount,
            "expire_ms": accepted.expire_ms,
            "state": self.state,
            "quantity_filled": self.quantity_filled,
            "notional_filled": self.notional_filled,
            "fee": self.fee,
            "fee_asset_id": terms.received(accepted.side),
            "last_price": price,
            "last_quantity": quantity,
            "last_trade_id": trade_id,
            "last_fill_ns": fill_ns,
            "last_is_maker": is_maker,
            "cancel_reason": self.cancel_reason,
            "created_ns": self.created_ns,
            "updated_ns": self.updated_ns,
            "ended_ns": self.ended_ns,
            "updated_seq": self.updated_seq,
            "cause": self.cause[0],
            "cause_id": self.cause[1],
        }

    def updated(self, order_id: int) -> Row:
        """The parameters of the update of an order that was there before."""
        price, quantity, trade_id, fill_ns, is_maker = self.last or (None, None, None, None, None)
        return {
            "of_order": order_id,
            "new_limit_price": self.limit_price,
            "new_quantity": self.quantity,
            "new_state": self.state,
            "more_filled": self.quantity_filled,
            "more_notional": self.notional_filled,
            "more_fee": self.fee,
            "new_last_price": price,
            "new_last_quantity": quantity,
            "new_last_trade_id": trade_id,
            "new_last_fill_ns": fill_ns,
            "new_last_is_maker": is_maker,
            "new_cancel_reason": self.cancel_reason,
            "new_updated_ns": self.updated_ns,
            "new_ended_ns": self.ended_ns,
            "new_updated_seq": self.updated_seq,
        }


@final
class RowBatch:
    """The rows of a run of entries. `terms` are the instruments known; listings join them."""

    def __init__(self, terms: dict[int, Terms]) -> None:
        self.terms = dict(terms)
        self.orders: dict[int, OrderChange] = {}
        self.trades: list[Row] = []
        self.fills: list[Row] = []
        self.rejections: list[Row] = []
        self.account_events: list[Row] = []
        self.instruments: list[Row] = []
        self.balances: dict[tuple[int, int, int, int], Row] = {}
        self.minutes: dict[tuple[int, int], Row] = {}
        self.hours: dict[tuple[int, int], Row] = {}
        self.risk = RiskRows(lambda instrument_id: self.terms[instrument_id].quote_asset_id)

    def add(self, entry: EntryEvents) -> None:
        """Fold in the events of one entry; entries come in order."""
        seq = entry.seq
        time_ns = entry.time_ns
        for position, event in enumerate(entry.events):
            kind = type(event)
            if kind is BalanceChanged:
                self._on_balance(cast(BalanceChanged, event), seq)
            elif kind is OrderAccepted:
                change = self._change(cast(OrderAccepted, event).order_id, seq, time_ns)
                change.accepted = cast(OrderAccepted, event)
                change.created_ns = time_ns
            elif kind is OrderFilled:
                self._on_filled(cast(OrderFilled, event), seq, time_ns)
            elif kind is OrderCancelled:
                ended = cast(OrderCancelled, event)
                self._change(ended.order_id, seq, time_ns).end(ended.reason, time_ns=time_ns)
            elif kind is OrderAmended:
                amended = cast(OrderAmended, event)
                change = self._change(amended.order_id, seq, time_ns)
                change.limit_price = amended.limit_price
                change.quantity = amended.quantity
            elif kind is OrderRejected:
                self._on_rejected(cast(OrderRejected, event), seq, time_ns)
            elif kind is InstrumentListed:
                self._on_listed(cast(InstrumentListed, event))
            elif kind is OrderCaused:
                caused = cast(OrderCaused, event)
                change = self._change(caused.order_id, seq, time_ns)
                change.cause = (caused.cause, caused.first)
            elif not self.risk.add(event, seq=seq, position=position, time_ns=time_ns):
                self._on_account_event(event, seq, position, time_ns)

    def order_rows(self) -> tuple[list[Row], list[Row]]:
        """The rows of new orders, and the updates of those that were there before."""
        new: list[Row] = []
        changed: list[Row] = []
        for order_id, change in self.orders.items():
            if change.accepted is not None:
                new.append(change.inserted(self.terms[change.accepted.instrument_id]))
            else:
                changed.append(change.updated(order_id))
        return new, changed

    def _change(self, order_id: int, seq: int, time_ns: int) -> OrderChange:
        change = self.orders.get(order_id)
        if change is None:
            change = self.orders[order_id] = OrderChange()
        change.updated_ns = time_ns
        change.updated_seq = seq
        return change

    def _on_balance(self, event: BalanceChanged, seq: int) -> None:
        key = (event.account_id, event.kind, event.asset_id, event.instrument_id)
        self.balances[key] = {
            "kind": event.kind,
            "account_id": event.account_id,
            "asset_id": event.asset_id,
            "instrument_id": event.instrument_id,
            "balance": event.balance,
            "held": event.held,
            "seq": seq,
        }

    def _on_filled(self, event: OrderFilled, seq: int, time_ns: int) -> None:
        terms = self.terms[event.instrument_id]
        notional = event.price * event.quantity * terms.unit_value
        maker = self._change(event.maker_order_id, seq, time_ns)
        maker.fill(event, notional=notional, time_ns=time_ns, is_maker=True)
        taker = self._change(event.taker_order_id, seq, time_ns)
        taker.fill(event, notional=notional, time_ns=time_ns, is_maker=False)
        self.trades.append(
            {
                "trade_id": event.trade_id,
                "instrument_id": event.instrument_id,
                "price": event.price,
                "quantity": event.quantity,
                "side": event.taker_side,
                "time_ns": time_ns,
                "seq": seq,
            }
        )
        is_taker_buying = event.taker_side == Side.BUY
        maker_side = Side.SELL if is_taker_buying else Side.BUY
        self.fills.append(
            {
                "trade_id": event.trade_id,
                "is_maker": 1,
                "account_id": event.maker_account_id,
                "order_id": event.maker_order_id,
                "side": maker_side,
                "fee": event.maker_fee,
                "fee_asset_id": terms.received(maker_side),
            }
        )
        self.fills.append(
            {
                "trade_id": event.trade_id,
                "is_maker": 0,
                "account_id": event.taker_account_id,
                "order_id": event.taker_order_id,
                "side": event.taker_side,
                "fee": event.taker_fee,
                "fee_asset_id": terms.received(event.taker_side),
            }
        )
        time_ms = time_ns // NS_PER_MS
        _add_to_candle(self.minutes, event, time_ms // MINUTE_MS * MINUTE_MS, notional)
        _add_to_candle(self.hours, event, time_ms // HOUR_MS * HOUR_MS, notional)

    def _on_rejected(self, event: OrderRejected, seq: int, time_ns: int) -> None:
        client_id = unpadded(event.client_id)
        if client_id:  # without one nobody can ask for it
            self.rejections.append(
                {
                    "seq": seq,
                    "account_id": event.account_id,
                    "instrument_id": event.instrument_id,
                    "client_id": client_id,
                    "reason": event.reason,
                    "time_ns": time_ns,
                }
            )

    def _on_listed(self, event: InstrumentListed) -> None:
        self.terms[event.instrument_id] = Terms(
            base_asset_id=event.base_asset_id,
            quote_asset_id=event.quote_asset_id,
            unit_value=event.unit_value,
            kind=event.kind,
        )
        self.instruments.append(
            {
                "instrument_id": event.instrument_id,
                "name": event.name,
                "base_asset_id": event.base_asset_id,
                "quote_asset_id": event.quote_asset_id,
                "unit_value": event.unit_value,
                "kind": event.kind,
            }
        )

    def _on_account_event(self, event: Event, seq: int, position: int, time_ns: int) -> None:
        found = account_event_row(event)
        if found is not None:
            self.account_events.append(
                {**found, "seq": seq, "position": position, "time_ns": time_ns}
            )


def _add_to_candle(
    candles: dict[tuple[int, int], Row], event: OrderFilled, open_ms: int, notional: int
) -> None:
    price = event.price
    key = (event.instrument_id, open_ms)
    candle = candles.get(key)
    if candle is None:
        candle = candles[key] = {
            "instrument_id": event.instrument_id,
            "open_ms": open_ms,
            "open": price,
            "high": price,
            "low": price,
            "close": price,
            "volume_high": 0,
            "volume_low": 0,
            "quote_volume_high": 0,
            "quote_volume_low": 0,
        }
    candle["high"] = max(candle["high"], price)
    candle["low"] = min(candle["low"], price)
    candle["close"] = price
    candle["volume_high"] += event.quantity >> VOLUME_LOW_BITS
    candle["volume_low"] += event.quantity & LOW_MASK
    candle["quote_volume_high"] += notional >> VOLUME_LOW_BITS
    candle["quote_volume_low"] += notional & LOW_MASK


def account_event_row(event: Event) -> Row | None:
    """An account's event that history tells, without its place; None for any other event."""
    if isinstance(event, DepositCredited):
        return _told(
            event.account_id,
            EventType.DEPOSIT_CREDITED,
            asset_id=event.asset_id,
            amount=event.amount,
            reference=unpadded(event.deposit_id),
        )
    if isinstance(event, FundsTransferred):
        return _told(
            event.account_id,
            EventType.FUNDS_TRANSFERRED,
            asset_id=event.asset_id,
            amount=event.amount,
            detail=int(event.to_trading),
        )
    if isinstance(event, AccountOpened):
        return _told(event.account_id, EventType.ACCOUNT_OPENED, detail=event.fee_tier)
    if isinstance(event, AccountStateChanged):
        return _told(event.account_id, EventType.ACCOUNT_STATE_CHANGED, detail=int(event.is_frozen))
    if isinstance(event, KeyRegistered):
        return _told(
            event.account_id,
            EventType.KEY_REGISTERED,
            detail=event.scopes,
            reference=event.key_id,
        )
    if isinstance(event, KeyRevoked):
        return _told(event.account_id, EventType.KEY_REVOKED, reference=event.key_id)
    return None


def _told(
    account_id: int,
    event_type: int,
    *,
    asset_id: int = 0,
    amount: int = 0,
    detail: int = 0,
    reference: bytes = b"",
) -> Row:
    return {
        "account_id": account_id,
        "event_type": event_type,
        "asset_id": asset_id,
        "amount": amount,
        "detail": detail,
        "reference": reference,
    }
