"""What happens to orders, as readers see it: see `events.py`.

The four that every run makes by the million have their `__init__` written out: mypyc compiles it,
while the one that `dataclass` makes is interpreted and takes thirteen times as long.
"""

from dataclasses import dataclass
from typing import final

from mypy_extensions import i64


@final
@dataclass(init=False)
class OrderAccepted:
    """The order passed every check; what follows of it stands in later events."""

    order_id: i64
    account_id: i64
    instrument_id: i64
    side: i64
    order_type: i64
    time_in_force: i64
    self_trade_prevention: i64
    limit_price: i64  # ticks; a market order's worst price (its cap)
    quantity: i64  # lots; 0 when sized in quote
    quote_amount: i64
    expire_ms: i64
    client_id: bytes  # padded to 32, or empty
    tag: bytes
    margin_mode: i64
    reduce_only: bool

    def __init__(
        self,
        order_id: i64,
        account_id: i64,
        instrument_id: i64,
        side: i64,
        order_type: i64,
        time_in_force: i64,
        self_trade_prevention: i64,
        limit_price: i64,
        quantity: i64,
        quote_amount: i64,
        expire_ms: i64,
        client_id: bytes,
        tag: bytes,
        margin_mode: i64,
        reduce_only: bool,
    ) -> None:
        self.order_id = order_id
        self.account_id = account_id
        self.instrument_id = instrument_id
        self.side = side
        self.order_type = order_type
        self.time_in_force = time_in_force
        self.self_trade_prevention = self_trade_prevention
        self.limit_price = limit_price
        self.quantity = quantity
        self.quote_amount = quote_amount
        self.expire_ms = expire_ms
        self.client_id = client_id
        self.tag = tag
        self.margin_mode = margin_mode
        self.reduce_only = reduce_only


@final
@dataclass
class OrderRejected:
    """The order was refused; nothing changed."""

    account_id: i64
    instrument_id: i64
    reason: i64
    client_id: bytes


@final
@dataclass(init=False)
class OrderFilled:
    """One trade, seen from both of its orders. Fees are in the asset each side receives, of a swap
    in its settlement asset; negative is a rebate.
    """

    trade_id: i64
    instrument_id: i64
    price: i64  # ticks: the maker's price
    quantity: i64  # lots
    taker_side: i64
    taker_order_id: i64
    taker_account_id: i64
    taker_fee: i64
    taker_open: i64  # lots still open after this fill; of a quote-sized order, quote units left
    maker_order_id: i64
    maker_account_id: i64
    maker_fee: i64
    maker_open: i64

    def __init__(
        self,
        trade_id: i64,
        instrument_id: i64,
        price: i64,
        quantity: i64,
        taker_side: i64,
        taker_order_id: i64,
        taker_account_id: i64,
        taker_fee: i64,
        taker_open: i64,
        maker_order_id: i64,
        maker_account_id: i64,
        maker_fee: i64,
        maker_open: i64,
    ) -> None:
        self.trade_id = trade_id
        self.instrument_id = instrument_id
        self.price = price
        self.quantity = quantity
        self.taker_side = taker_side
        self.taker_order_id = taker_order_id
        self.taker_account_id = taker_account_id
        self.taker_fee = taker_fee
        self.taker_open = taker_open
        self.maker_order_id = maker_order_id
        self.maker_account_id = maker_account_id
        self.maker_fee = maker_fee
        self.maker_open = maker_open


@final
@dataclass(init=False)
class OrderCancelled:
    """The order, or what was open of it, ended."""

    order_id: i64
    account_id: i64
    instrument_id: i64
    reason: i64
    quantity_open: i64  # lots that will not be filled
    was_resting: bool  # whether the book has to forget it

    def __init__(
        self,
        order_id: i64,
        account_id: i64,
        instrument_id: i64,
        reason: i64,
        quantity_open: i64,
        was_resting: bool,
    ) -> None:
        self.order_id = order_id
        self.account_id = account_id
        self.instrument_id = instrument_id
        self.reason = reason
        self.quantity_open = quantity_open
        self.was_resting = was_resting


@final
@dataclass(init=False)
class OrderAmended:
    """The order changed. It kept its place in the queue, or stands at the end of its (new) price
    level.
    """

    order_id: i64
    account_id: i64
    instrument_id: i64
    limit_price: i64
    quantity: i64
    quantity_open: i64
    kept_priority: bool

    def __init__(
        self,
        order_id: i64,
        account_id: i64,
        instrument_id: i64,
        limit_price: i64,
        quantity: i64,
        quantity_open: i64,
        kept_priority: bool,
    ) -> None:
        self.order_id = order_id
        self.account_id = account_id
        self.instrument_id = instrument_id
        self.limit_price = limit_price
        self.quantity = quantity
        self.quantity_open = quantity_open
        self.kept_priority = kept_priority


@final
@dataclass
class AmendRejected:
    """The amend was refused; the order is as it was, unless a cancel follows because its sender
    asked for that.
    """

    order_id: i64
    account_id: i64
    instrument_id: i64
    reason: i64


@final
@dataclass
class CancelRejected:
    """The cancel was refused."""

    order_id: i64
    account_id: i64
    instrument_id: i64
    reason: i64


@final
@dataclass
class MassCancelled:
    """A mass cancel is complete; the cancels precede it one by one."""

    account_id: i64
    instrument_id: i64
    cancelled: i64
