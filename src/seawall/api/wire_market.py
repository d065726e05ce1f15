"""What the public endpoints answer: one struct per row of `data`, named as on the wire (camel
case).

All numbers are decimal strings, times are millisecond strings. A key that does not apply to spot is
there and empty: strict clients lose the whole answer when a key is missing.
"""

from __future__ import annotations

import msgspec


def camel(name: str) -> str:
    """A field's name on the wire: `vol_ccy24h` is volCcy24h, and `from_` is from."""
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


class Row(msgspec.Struct, frozen=True, rename=camel, gc=False):
    """A row of `data`; its fields are written in camel case."""


class Time(Row, frozen=True):
    """The venue's time."""

    ts: str


class InstrumentRow(Row, frozen=True):
    """An instrument with its trading rules; sizes in base, of a swap in contracts."""

    inst_id: str
    inst_id_code: int
    base_ccy: str
    quote_ccy: str
    list_time: str
    tick_sz: str
    lot_sz: str
    min_sz: str
    state: str  # live, post_only, suspend
    max_lmt_sz: str
    max_mkt_sz: str
    max_lmt_amt: str
    max_mkt_amt: str
    inst_type: str = "SPOT"
    uly: str = ""
    inst_family: str = ""
    settle_ccy: str = ""
    ct_val: str = ""
    ct_mult: str = ""
    ct_val_ccy: str = ""
    opt_type: str = ""
    stk: str = ""
    exp_time: str = ""
    lever: str = ""
    ct_type: str = ""
    rule_type: str = "normal"
    max_twap_sz: str = ""
    max_iceberg_sz: str = ""
    max_trigger_sz: str = ""
    max_stop_sz: str = ""
    cont_td_sw_time: str = ""
    alias: str = ""
    category: str = "1"


class TickerRow(Row, frozen=True):
    """Last trade, best bid and ask, and the last 24 hours; volumes in base (`vol24h`) and quote
    (`volCcy24h`).
    """

    inst_id: str
    last: str
    last_sz: str
    ask_px: str
    ask_sz: str
    bid_px: str
    bid_sz: str
    open24h: str
    high24h: str
    low24h: str
    vol_ccy24h: str
    vol24h: str
    sod_utc0: str
    sod_utc8: str
    ts: str
    inst_type: str = "SPOT"


class BookRow(Row, frozen=True):
    """Price levels from the best: price, size, "0", number of orders."""

    asks: list[tuple[str, str, str, str]]
    bids: list[tuple[str, str, str, str]]
    ts: str
    seq_id: int


class TradeRow(Row, frozen=True):
    """One trade; `side` is the taker's."""

    inst_id: str
    trade_id: str
    px: str
    sz: str
    side: str
    ts: str
    count: str = "1"
    source: str = "0"
    seq_id: int = 0


class StatusRow(Row, frozen=True):
    """A maintenance or a recovery that concerns every client."""

    title: str
    state: str  # scheduled, ongoing, pre_open, completed, canceled
    begin: str
    end: str
    ts: str
    sche_desc: str
    pre_open_begin: str = ""
    href: str = ""
    service_type: str = "1"
    system: str = "unified"
    maint_type: str = "2"  # 1 planned, 2 temporary
    env: str = "1"


CandleRow = tuple[str, str, str, str, str, str, str, str, str]
