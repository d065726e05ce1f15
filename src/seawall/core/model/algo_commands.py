"""Commands about orders that wait for a price. `commands` offers them with all others."""

from typing import final

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.enums import SelfTradePrevention
from seawall.core.model.limits import VALID_FOR_MS_DEFAULT


@final
@mypyc_attr(acyclic=True)
class PlaceAlgo:
    """Place an order that waits for a price.

    A leg is a trigger price, the price that is watched, and the limit of the order it becomes (0: a
    market order). `trigger` has one leg; `conditional` one, the first; `oco` two, a take-profit and
    a stop-loss; `trailing` none: it follows the best price since `active_price` was reached (0: at
    once) at a distance of `callback_e8` (a ratio) or `callback_ticks`, one of them 0.
    """

    def __init__(
        self,
        *,
        account_id: i64,
        instrument_id: i64,
        algo_type: i64,
        side: i64,
        quantity: i64,
        margin_mode: i64,
        reduce_only: bool,
        self_trade_prevention: i64 = SelfTradePrevention.CANCEL_MAKER,
        trigger_price: i64 = 0,
        trigger_by: i64 = 0,
        order_price: i64 = 0,
        second_trigger_price: i64 = 0,
        second_trigger_by: i64 = 0,
        second_order_price: i64 = 0,
        callback_e8: i64 = 0,
        callback_ticks: i64 = 0,
        active_price: i64 = 0,
        valid_for_ms: i64 = VALID_FOR_MS_DEFAULT,
        client_id: bytes = b"",
        tag: bytes = b"",
    ) -> None:
        self.account_id: i64 = account_id
        self.instrument_id: i64 = instrument_id
        self.algo_type: i64 = algo_type
        self.side: i64 = side
        self.quantity: i64 = quantity  # lots
        self.margin_mode: i64 = margin_mode
        self.reduce_only: bool = reduce_only
        self.self_trade_prevention: i64 = self_trade_prevention
        self.trigger_price: i64 = trigger_price  # ticks; an index trigger: tick * tick_size_e8
        self.trigger_by: i64 = trigger_by  # TriggerPrice
        self.order_price: i64 = order_price  # ticks
        self.second_trigger_price: i64 = second_trigger_price
        self.second_trigger_by: i64 = second_trigger_by
        self.second_order_price: i64 = second_order_price
        self.callback_e8: i64 = callback_e8
        self.callback_ticks: i64 = callback_ticks
        self.active_price: i64 = active_price
        self.valid_for_ms: i64 = valid_for_ms
        self.client_id: bytes = client_id
        self.tag: bytes = tag


@final
@mypyc_attr(acyclic=True, free_list_len=1)
class CancelAlgo:
    """Cancel one algo order, named by its id or, when that is 0, by its client id."""

    def __init__(
        self, *, account_id: i64, instrument_id: i64, algo_id: i64 = 0, client_id: bytes = b""
    ) -> None:
        self.account_id: i64 = account_id
        self.instrument_id: i64 = instrument_id
        self.algo_id: i64 = algo_id
        self.client_id: bytes = client_id
