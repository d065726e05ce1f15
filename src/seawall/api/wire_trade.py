"""What the trade endpoints are asked and what they answer.

Requests are liberal: each field may be a string, a number, a boolean, empty or null;
`order_requests.py` judges them. Unknown fields are ignored. Floats never arise: a JSON number keeps
its digits as text.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from seawall.api.wire_market import Row, camel


class OrderRequest(msgspec.Struct, frozen=True, rename=camel, gc=False):
    """One order to place."""

    inst_id: Any = None
    inst_id_code: Any = None
    td_mode: Any = None
    side: Any = None
    ord_type: Any = None
    sz: Any = None
    px: Any = None
    ccy: Any = None
    cl_ord_id: Any = None
    tag: Any = None
    pos_side: Any = None
    reduce_only: Any = None
    tgt_ccy: Any = None
    stp_mode: Any = None
    ban_amend: Any = None
    px_amend_type: Any = None
    attach_algo_ords: Any = None
    exp_time: Any = None


class CancelRequest(msgspec.Struct, frozen=True, rename=camel, gc=False):
    """One order to cancel."""

    inst_id: Any = None
    inst_id_code: Any = None
    ord_id: Any = None
    cl_ord_id: Any = None


class AmendRequest(msgspec.Struct, frozen=True, rename=camel, gc=False):
    """One order to amend."""

    inst_id: Any = None
    inst_id_code: Any = None
    ord_id: Any = None
    cl_ord_id: Any = None
    cxl_on_fail: Any = None
    req_id: Any = None
    new_sz: Any = None
    new_px: Any = None
    exp_time: Any = None


class MassCancelRequest(msgspec.Struct, frozen=True, rename=camel):
    """All orders of an instrument, or of the account."""

    inst_type: Any = None
    inst_id: Any = None
    inst_family: Any = None


class TransferRequest(msgspec.Struct, frozen=True, rename=camel):
    """An amount to move between the funding (6) and the trading account (18)."""

    ccy: Any = None
    amt: Any = None
    from_: Any = None
    to: Any = None
    type: Any = None
    client_id: Any = None


class PlaceRow(Row, frozen=True):
    """What became of one order to place."""

    ord_id: str
    cl_ord_id: str
    tag: str
    ts: str
    s_code: str
    s_msg: str


class CancelRow(Row, frozen=True):
    """What became of one cancel."""

    ord_id: str
    cl_ord_id: str
    ts: str
    s_code: str
    s_msg: str


class AmendRow(Row, frozen=True):
    """What became of one amend."""

    ord_id: str
    cl_ord_id: str
    req_id: str
    ts: str
    s_code: str
    s_msg: str


class MassCancelRow(Row, frozen=True):
    """Whether the mass cancel was done."""

    result: bool


class LinkedAlgoOrder(Row, frozen=True):
    """Spot orders have none."""

    algo_id: str = ""


class OrderRow(Row, frozen=True):
    """An order. `sz` is in base, in quote when `tgtCcy` is quote_ccy, or in contracts; `fee` is
    negative when paid. What a swap order realised stands in its account's position.
    """

    inst_id: str
    ord_id: str
    cl_ord_id: str
    tag: str
    px: str
    sz: str
    ord_type: str
    side: str
    td_mode: str
    acc_fill_sz: str
    fill_px: str
    trade_id: str
    fill_sz: str
    fill_time: str
    avg_px: str
    state: str
    stp_mode: str
    fee_ccy: str
    fee: str
    rebate_ccy: str
    rebate: str
    tgt_ccy: str
    cancel_source: str
    cancel_source_reason: str
    u_time: str
    c_time: str
    inst_type: str = "SPOT"
    ccy: str = ""
    pnl: str = "0"
    pos_side: str = "net"
    lever: str = ""
    reduce_only: str = "false"
    category: str = "normal"
    source: str = ""
    quick_mgn_type: str = ""
    algo_id: str = ""
    algo_cl_ord_id: str = ""
    attach_algo_cl_ord_id: str = ""
    attach_algo_ords: tuple[str, ...] = ()
    linked_algo_ord: LinkedAlgoOrder = LinkedAlgoOrder()
    is_tp_limit: str = "false"
    stp_id: str = ""
    px_usd: str = ""
    px_vol: str = ""
    px_type: str = ""
    tp_trigger_px: str = ""
    tp_trigger_px_type: str = ""
    tp_ord_px: str = ""
    sl_trigger_px: str = ""
    sl_trigger_px_type: str = ""
    sl_ord_px: str = ""
    trade_quote_ccy: str = ""


class FillRow(Row, frozen=True):
    """One fill of an order of the account; `execType` is T for taker, M for maker."""

    inst_id: str
    trade_id: str
    ord_id: str
    cl_ord_id: str
    bill_id: str
    tag: str
    fill_px: str
    fill_sz: str
    side: str
    exec_type: str
    fee_ccy: str
    fee: str
    ts: str
    fill_time: str
    inst_type: str = "SPOT"
    sub_type: str = ""
    pos_side: str = "net"
    fill_pnl: str = "0"
    fill_idx_px: str = ""
    fill_mark_px: str = ""
    fee_rate: str = ""
    trade_quote_ccy: str = ""


# `float_hook=str`: a number keeps every digit it was written with.
PLACE_ONE: Final = msgspec.json.Decoder(OrderRequest, float_hook=str)
PLACE_MANY: Final = msgspec.json.Decoder(list[OrderRequest], float_hook=str)
CANCEL_ONE: Final = msgspec.json.Decoder(CancelRequest, float_hook=str)
CANCEL_MANY: Final = msgspec.json.Decoder(list[CancelRequest], float_hook=str)
AMEND_ONE: Final = msgspec.json.Decoder(AmendRequest, float_hook=str)
AMEND_MANY: Final = msgspec.json.Decoder(list[AmendRequest], float_hook=str)
MASS_CANCEL: Final = msgspec.json.Decoder(MassCancelRequest, float_hook=str)
TRANSFER: Final = msgspec.json.Decoder(TransferRequest, float_hook=str)
