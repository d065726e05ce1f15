"""An order as the maps keep it: what was accepted, and what happened to it since."""

from __future__ import annotations

from seawall.core.model.codec import unpadded
from seawall.core.model.enums import CancelReason, OrderCause, Side
from seawall.core.model.order_events import OrderAccepted
from seawall.gateway.views import InstrumentView, OrderState, OrderView


class OrderRecord:
    """A mutable order; readers get `view()`."""

    __slots__ = (
        "accepted",
        "cancel_reason",
        "cause",
        "cause_id",
        "client_id",
        "created_ns",
        "ended_ns",
        "fee",
        "fee_asset_id",
        "last_fill_ns",
        "last_is_maker",
        "last_price",
        "last_quantity",
        "last_trade_id",
        "limit_price",
        "notional_filled",
        "quantity",
        "quantity_filled",
        "unit_value",
        "updated_ns",
        "updated_seq",
    )

    def __init__(
        self, accepted: OrderAccepted, instrument: InstrumentView, *, seq: int, time_ns: int
    ) -> None:
        self.accepted = accepted
        self.client_id: bytes = unpadded(accepted.client_id)
        self.limit_price: int = accepted.limit_price
        self.quantity: int = accepted.quantity
        self.unit_value: int = instrument.unit_value
        receives_base = accepted.side == Side.BUY and not instrument.is_swap
        self.fee_asset_id: int = (
            instrument.base_asset_id if receives_base else instrument.quote_asset_id
        )
        self.cause: int = OrderCause.USER
        self.cause_id: int = 0
        self.quantity_filled: int = 0
        self.notional_filled: int = 0
        self.fee: int = 0
        self.last_price: int = 0
        self.last_quantity: int = 0
        self.last_trade_id: int = 0
        self.last_fill_ns: int = 0
        self.last_is_maker: bool = False
        self.cancel_reason: int = -1
        self.created_ns: int = time_ns
        self.updated_ns: int = time_ns
        self.ended_ns: int = 0  # 0 while it is open
        self.updated_seq: int = seq

    def state(self) -> OrderState:
        """Where the order is in its life. A quote-sized buy that ends with leftover money is
        filled.
        """
        if self.ended_ns == 0:
            return OrderState.PARTIALLY_FILLED if self.quantity_filled else OrderState.LIVE
        if self.cancel_reason < 0:
            return OrderState.FILLED
        if self.cancel_reason == CancelReason.QUOTE_LEFTOVER and self.quantity_filled:
            return OrderState.FILLED
        return OrderState.CANCELLED

    def view(self) -> OrderView:
        """The order as it is now."""
        accepted = self.accepted
        state = self.state()
        is_open = self.ended_ns == 0
        return OrderView(
            order_id=accepted.order_id,
            account_id=accepted.account_id,
            instrument_id=accepted.instrument_id,
            client_id=self.client_id,
            tag=unpadded(accepted.tag),
            side=accepted.side,
            order_type=accepted.order_type,
            time_in_force=accepted.time_in_force,
            self_trade_prevention=accepted.self_trade_prevention,
            margin_mode=accepted.margin_mode,
            reduce_only=accepted.reduce_only,
            limit_price=self.limit_price,
            quantity=self.quantity,
            quote_amount=accepted.quote_amount,
            expire_ms=accepted.expire_ms,
            state=state,
            quantity_filled=self.quantity_filled,
            quantity_open=self.quantity - self.quantity_filled if is_open else 0,
            notional_filled=self.notional_filled,
            fee=self.fee,
            fee_asset_id=self.fee_asset_id,
            last_price=self.last_price,
            last_quantity=self.last_quantity,
            last_trade_id=self.last_trade_id,
            last_fill_ns=self.last_fill_ns,
            last_is_maker=self.last_is_maker,
            cancel_reason=self.cancel_reason if state is OrderState.CANCELLED else None,
            created_ns=self.created_ns,
            updated_ns=self.updated_ns,
            updated_seq=self.updated_seq,
            cause=self.cause,
            cause_id=self.cause_id,
        )


def record_of(view: OrderView, instrument: InstrumentView) -> OrderRecord:
    """The record of an order that a read model remembers, as of `view.updated_seq`."""
    accepted = OrderAccepted(
        order_id=view.order_id,
        account_id=view.account_id,
        instrument_id=view.instrument_id,
        side=view.side,
        order_type=view.order_type,
        time_in_force=view.time_in_force,
        self_trade_prevention=view.self_trade_prevention,
        limit_price=view.limit_price,
        quantity=view.quantity,
        quote_amount=view.quote_amount,
        expire_ms=view.expire_ms,
        client_id=view.client_id,
        tag=view.tag,
        margin_mode=view.margin_mode,
        reduce_only=view.reduce_only,
    )
    record = OrderRecord(accepted, instrument, seq=view.updated_seq, time_ns=view.created_ns)
    record.quantity_filled = view.quantity_filled
    record.notional_filled = view.notional_filled
    record.fee = view.fee
    record.last_price = view.last_price
    record.last_quantity = view.last_quantity
    record.last_trade_id = view.last_trade_id
    record.last_fill_ns = view.last_fill_ns
    record.last_is_maker = view.last_is_maker
    record.updated_ns = view.updated_ns
    record.cause = view.cause
    record.cause_id = view.cause_id
    if view.state is OrderState.FILLED or view.state is OrderState.CANCELLED:
        record.ended_ns = view.updated_ns
        record.cancel_reason = -1 if view.cancel_reason is None else view.cancel_reason
    return record
