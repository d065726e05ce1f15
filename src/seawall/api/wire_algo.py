"""What is asked and answered about algo orders: orders that wait for a price."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from seawall.api.wire_market import Row, camel
from seawall.api.wire_trade import LinkedAlgoOrder


class AlgoRequest(msgspec.Struct, frozen=True, rename=camel, gc=False):
    """One algo order to place."""

    inst_id: Any = None
    td_mode: Any = None
    ccy: Any = None
    side: Any = None
    pos_side: Any = None
    ord_type: Any = None
    sz: Any = None
    tag: Any = None
    tgt_ccy: Any = None
    algo_cl_ord_id: Any = None
    cl_ord_id: Any = None
    close_fraction: Any = None
    reduce_only: Any = None
    stp_mode: Any = None
    attach_algo_ords: Any = None
    tp_trigger_px: Any = None
    tp_trigger_px_type: Any = None
    tp_ord_px: Any = None
    tp_ord_kind: Any = None
    sl_trigger_px: Any = None
    sl_trigger_px_type: Any = None
    sl_ord_px: Any = None
    trigger_px: Any = None
    trigger_px_type: Any = None
    order_px: Any = None
    callback_ratio: Any = None
    callback_spread: Any = None
    active_px: Any = None


class CancelAlgoRequest(msgspec.Struct, frozen=True, rename=camel, gc=False):
    """One algo order to cancel."""

    inst_id: Any = None
    algo_id: Any = None
    algo_cl_ord_id: Any = None


class AlgoAnswerRow(Row, frozen=True):
    """What became of one algo order to place or to cancel."""

    algo_id: str
    algo_cl_ord_id: str
    cl_ord_id: str
    tag: str
    s_code: str
    s_msg: str


class AlgoOrderRow(Row, frozen=True):
    """An algo order; an order price of -1 is a market order."""

    inst_type: str
    inst_id: str
    algo_id: str
    algo_cl_ord_id: str
    ord_id: str
    ord_type: str
    side: str
    sz: str
    td_mode: str
    state: str
    reduce_only: str
    tag: str
    tp_trigger_px: str
    tp_trigger_px_type: str
    tp_ord_px: str
    sl_trigger_px: str
    sl_trigger_px_type: str
    sl_ord_px: str
    trigger_px: str
    trigger_px_type: str
    ord_px: str
    callback_ratio: str
    callback_spread: str
    active_px: str
    actual_side: str
    actual_px: str
    trigger_time: str
    fail_code: str
    c_time: str
    u_time: str
    ord_id_list: tuple[str, ...] = ()
    ccy: str = ""
    cl_ord_id: str = ""
    pos_side: str = "net"
    tgt_ccy: str = ""
    lever: str = ""
    close_fraction: str = ""
    actual_sz: str = ""
    px_var: str = ""
    px_spread: str = ""
    sz_limit: str = ""
    px_limit: str = ""
    time_interval: str = ""
    move_trigger_px: str = ""
    quick_mgn_type: str = ""
    last: str = ""
    amend_px_on_trigger_type: str = "0"
    attach_algo_ords: tuple[str, ...] = ()
    linked_ord: LinkedAlgoOrder = LinkedAlgoOrder()
    linked_algo_ord: LinkedAlgoOrder = LinkedAlgoOrder()
    is_trade_borrow_mode: str = ""
    trade_quote_ccy: str = ""
    chase_type: str = ""
    chase_val: str = ""
    max_chase_type: str = ""
    max_chase_val: str = ""


ALGO: Final = msgspec.json.Decoder(AlgoRequest, float_hook=str)
CANCEL_ALGOS: Final = msgspec.json.Decoder(list[CancelAlgoRequest], float_hook=str)
