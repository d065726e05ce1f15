"""A small recording that tests write, so that none has to be in the repository."""

from __future__ import annotations

import gzip
from pathlib import Path

START_NS = 1_700_000_000_000_000_000
CLOCK_SLOW_MS = 1_270  # the recorder's clock is behind the venue's


def touch_line(at_ms: int, bid: str, ask: str) -> str:
    """A line of best bid and offer."""
    return (
        f'{START_NS + at_ms * 1_000_000} {{"stream":"btcusdt@bookTicker","data":{{"u":1,'
        f'"s":"BTCUSDT","b":"{bid}","B":"1.5","a":"{ask}","A":"2.5"}}}}'
    )


def trade_line(at_ms: int, price: str, trade_id: int, *, lag_ms: int = 2) -> str:
    """A line of a trade that happened `lag_ms` before it came."""
    event_ms = START_NS // 1_000_000 + at_ms - lag_ms + CLOCK_SLOW_MS
    return (
        f'{START_NS + at_ms * 1_000_000} {{"stream":"btcusdt@trade","data":{{"e":"trade",'
        f'"E":{event_ms},"s":"BTCUSDT","t":{trade_id},"p":"{price}","q":"0.25","T":{event_ms},'
        f'"m":true,"M":true}}}}'
    )


def perpetual_line(at_ms: int) -> str:
    """A line of a perpetual's stream."""
    return (
        f'{START_NS + at_ms * 1_000_000} {{"stream":"btcusdt@bookTicker","data":'
        '{"e":"bookTicker","u":1,"s":"BTCUSDT","b":"9","B":"1","a":"10","A":"1","T":1,"E":1}}'
    )


SNAPSHOT_LINE = (
    f'{START_NS + 5_000_000} {{"lastUpdateId":1,"bids":[["100.0","50"],["99.0","100"]],'
    '"asks":[["101.0","60"],["102.0","100"]]}'
)
DEPTH_LINE = (
    f'{START_NS + 6_000_000} {{"stream":"btcusdt@depth@100ms","data":{{"e":"depthUpdate","E":1,'
    '"s":"BTCUSDT","U":1,"u":2,"b":[["99.0","0.0"]],"a":[["101.5","7"]]}}'
)


def write_tape(path: Path, lines: list[str], *, cut_bytes: int = 0) -> Path:
    """Write lines as a recording; with `cut_bytes`, without its last bytes."""
    packed = gzip.compress("".join(line + "\n" for line in lines).encode(), mtime=0)
    path.write_bytes(packed[: len(packed) - cut_bytes])
    return path
