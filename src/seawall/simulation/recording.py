"""Reading recordings of an outside venue's public stream.

A line is the receive time in ns, a space, and one JSON message: `{"stream": ..., "data": ...}` of
the streams bookTicker, trade, aggTrade and depth, or one snapshot of the book (`lastUpdateId`,
bids, asks). Prices and sizes come as decimal strings. A perpetual's stream carries fields that
spot lacks; it is recognised by them and never read as spot.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from seawall.errors import BadConfiguration
from seawall.feeds.updates import e8_of

PEEK_LINES = 200  # a recording shows what it is within these
LINE_BYTES_MAX = 4 * 1024 * 1024  # a snapshot of a deep book has about 100 KB
NS_PER_MS = 1_000_000


class Levels(msgspec.Struct, frozen=True):
    """Sizes at prices of a book: changes (size 0 deletes), or the whole book for a snapshot."""

    bids: list[tuple[int, int]]  # (price_e8, size_e8)
    asks: list[tuple[int, int]]
    is_snapshot: bool


class Touch(msgspec.Struct, frozen=True):
    """Best bid and offer with their sizes."""

    bid_e8: int
    ask_e8: int
    bid_size_e8: int
    ask_size_e8: int


class Print(msgspec.Struct, frozen=True):
    """One trade."""

    price_e8: int
    size_e8: int
    trade_id: int
    is_buy: bool


class Recorded(msgspec.Struct, frozen=True):
    """One line: when it came, when the venue says it happened (0: it does not say), and what it
    says.
    """

    receive_ns: int
    event_ms: int
    symbol: str  # as the venue writes it, e.g. BTCUSDT; empty for a snapshot
    what: Touch | Print | Levels
    raw: bytes


Side = list[tuple[str, str]]


class _Data(msgspec.Struct):
    e: str = ""
    E: int = 0
    s: str = ""
    b: str | Side | int = ""
    a: str | Side | int = ""
    B: str = ""
    A: str = ""
    p: str = ""
    q: str = ""
    t: int = 0
    m: bool = False
    pu: int | None = None
    ps: str | None = None
    X: str | None = None


class _Message(msgspec.Struct):
    stream: str = ""
    data: _Data | None = None
    bids: Side | None = None
    asks: Side | None = None


_decode = msgspec.json.Decoder(_Message).decode


@dataclass
class Recording:
    """A file of recorded lines. The counts cover what has been read so far in the current pass."""

    path: Path
    lines: int = 0
    broken: int = 0
    perpetual: int = 0  # lines of a perpetual's stream, left out
    is_cut_off: bool = False  # the compressed data ends early
    symbols: dict[str, int] = field(default_factory=dict)  # symbol -> its first price, e8

    def read(self, lines_max: int = 2**62) -> Iterator[Recorded]:
        """Yield the spot lines in the order of the file; count and skip what cannot be read."""
        self.lines = self.broken = self.perpetual = 0
        self.is_cut_off = False
        try:
            with gzip.open(self.path, "rb") as file:
                while self.lines < lines_max and (line := file.readline(LINE_BYTES_MAX)):
                    self.lines += 1
                    recorded = self._parse(line.rstrip(b"\n"))
                    if recorded is not None:
                        yield recorded
        except (EOFError, zlib.error, gzip.BadGzipFile):
            self.is_cut_off = True
        except OSError as error:
            raise BadConfiguration(
                expected=f"a readable recording at {self.path}",
                found=error.strerror or type(error).__name__,
                to_do="check the file and its permissions",
            ) from error

    def _parse(self, line: bytes) -> Recorded | None:
        stamp, _, body = line.partition(b" ")
        if not stamp.isdigit() or len(stamp) > 19:
            self.broken += 1
            return None
        try:
            message = _decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.broken += 1
            return None
        data = message.data or _Data()
        if data.pu is not None or data.ps is not None or data.X is not None or data.e == TICKER:
            self.perpetual += 1
            return None
        what = _snapshot(message) if message.data is None else _what(message.stream, data)
        if what is None:
            self.broken += 1
            return None
        return Recorded(int(stamp), data.E, data.s, what, body)


# Spot sends best bid and offer without an event name; a perpetual sends them with this one.
TICKER = "bookTicker"


def _what(stream: str, data: _Data) -> Touch | Print | Levels | None:
    kind = stream.partition("@")[2].partition("@")[0]
    if kind == TICKER:
        if not isinstance(data.b, str) or not isinstance(data.a, str):
            return None
        prices = e8_of(data.b), e8_of(data.a), e8_of(data.B), e8_of(data.A)
        bid, ask, bid_size, ask_size = prices
        if bid is None or ask is None or bid_size is None or ask_size is None:
            return None
        return Touch(bid, ask, bid_size, ask_size)
    if kind in ("trade", "aggTrade"):
        price, size = e8_of(data.p), e8_of(data.q)
        trade_id = data.a if kind == "aggTrade" else data.t
        if not price or not size or not isinstance(trade_id, int):
            return None
        return Print(price, size, trade_id, not data.m)
    if kind == "depth" and isinstance(data.b, list) and isinstance(data.a, list):
        return _levels(data.b, data.a, is_snapshot=False)
    return None


def _snapshot(message: _Message) -> Levels | None:
    if message.bids is None or message.asks is None:
        return None
    return _levels(message.bids, message.asks, is_snapshot=True)


def _levels(bids: Side, asks: Side, *, is_snapshot: bool) -> Levels | None:
    sides: list[list[tuple[int, int]]] = []
    for side in (bids, asks):
        levels = []
        for price_text, size_text in side:
            price, size = e8_of(price_text), e8_of(size_text)
            if not price or size is None:
                return None
            levels.append((price, size))
        sides.append(levels)
    return Levels(sides[0], sides[1], is_snapshot)


@dataclass
class RecordedBook:
    """The visible book of a recording: its snapshot and the changes since."""

    bids: dict[int, int] = field(default_factory=dict)
    asks: dict[int, int] = field(default_factory=dict)

    def apply(self, levels: Levels) -> None:
        """Take over a snapshot or changes."""
        for book, side in ((self.bids, levels.bids), (self.asks, levels.asks)):
            if levels.is_snapshot:
                book.clear()
            for price, size in side:
                if size == 0:
                    book.pop(price, None)
                else:
                    book[price] = size

    def value_within(self, share_ppm: int, touch: Touch) -> int:
        """Quote (whole units) that the thinner side shows within `share_ppm` of the touch."""
        lowest = touch.bid_e8 - touch.bid_e8 * share_ppm // 10**6
        highest = touch.ask_e8 + touch.ask_e8 * share_ppm // 10**6
        bids = sum(p * s for p, s in self.bids.items() if lowest <= p <= touch.bid_e8)
        asks = sum(p * s for p, s in self.asks.items() if touch.ask_e8 <= p <= highest)
        return min(bids, asks) // 10**16


def find_recordings(directory: Path) -> list[Recording]:
    """Return the spot recordings of a directory, by name; perpetuals are left out.

    Raises BadConfiguration, saying what was expected, when the directory is not there, holds no
    recording of spot, or holds a compressed file that is no recording.
    """
    if not directory.is_dir():
        raise BadConfiguration(
            expected=f"a directory with recordings (*.gz) at {directory}",
            found="a file" if directory.exists() else "nothing there",
            to_do="name the directory that holds the recordings",
        )
    found = []
    for path in sorted(directory.glob("*.gz")):
        recording = Recording(path)
        symbols = _peek(recording)
        if symbols:
            recording.symbols = symbols
            found.append(recording)
        elif recording.perpetual == 0:
            raise BadConfiguration(
                expected=f"{path} to be a recording: per line a receive time in ns, a space and "
                'one JSON message {"stream", "data"}',
                found=f"none such among its first {recording.lines} lines",
                to_do="move it out of the directory",
            )
    if not found:
        raise BadConfiguration(
            expected=f"a recording of spot in {directory}: *.gz with bookTicker and trade streams",
            found="none (a recording of a perpetual never stands in for spot)",
            to_do="add one, or start without a tape",
        )
    return found


def _peek(recording: Recording) -> dict[str, int]:
    symbols: dict[str, int] = {}
    for recorded in recording.read(PEEK_LINES):
        if recorded.symbol and isinstance(recorded.what, Touch):
            symbols.setdefault(recorded.symbol, recorded.what.bid_e8)
        elif recorded.symbol and isinstance(recorded.what, Print):
            symbols.setdefault(recorded.symbol, recorded.what.price_e8)
    return symbols
