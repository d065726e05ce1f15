"""Measure recordings of an outside spot venue, and the generated market by the same yardstick.

    python tools/measure_recordings.py DIR                 print the figures of the recordings in
    DIR python tools/measure_recordings.py DIR --write         also write calibration.py and its
    document python tools/measure_recordings.py --generated         print the figures of the
    generated market

All figures are integers: prices relative to the mid in parts per billion (ppb), rates per 1,000
seconds, times in us. A quantile table has 101 points; its last is the 99.9th percentile, because
one wild value must not pull the whole upper percent towards it. Best bid and offer changes less
than 20 ms apart are one *move*. Trades of the same venue millisecond and side are one *taker
order*.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise
from math import isqrt
from pathlib import Path

from seawall.simulation.recording import (
    Levels,
    Print,
    Recorded,
    RecordedBook,
    Touch,
    find_recordings,
)

ROOT = Path(__file__).resolve().parent.parent
PPB = 10**9
MOVE_GAP_US = 20_000
SECOND_US = 1_000_000
DEPTH_LEVELS = 10


@dataclass
class Seen:
    """What the figures are made of, in order of time."""

    touches: list[tuple[int, Touch]] = field(default_factory=list)  # (time_us, ...)
    prints: list[tuple[int, int, Print]] = field(default_factory=list)  # (time_us, venue_ms, ...)
    lags_us: list[int] = field(default_factory=list)
    depths: list[tuple[list[int], list[int]]] = field(default_factory=list)  # (sizes, distances)


@dataclass(frozen=True)
class Figures:
    """The measured figures; names and units are those of the constants in `calibration.py`."""

    span_ms: int
    mid_e8: int
    touch_updates_per_1000s: int
    touch_changes_per_1000s: int
    moves_per_1000s: int
    trades_per_1000s: int
    taker_orders_per_1000s: int
    buy_share_ppm: int
    move_persistence_ppm: int
    volatility_100ms_ppb: int
    volatility_1s_ppb: int
    volatility_10s_ppb: int
    spread_narrowest_ppm: int
    change_gap_us: list[int]
    move_gap_us: list[int]
    move_size_ppb: list[int]
    changes_per_move: list[int]
    spread_ppb: list[int]
    taker_gap_us: list[int]
    taker_size_e8: list[int]
    touch_size_e8: list[int]
    lag_us: list[int]
    level_size_e8: list[int]
    level_distance_ppb: list[int]


def collect(recorded: Iterable[Recorded]) -> Seen:
    """Sort a recording's lines by kind."""
    seen = Seen()
    book = RecordedBook()
    touch: Touch | None = None
    next_depth_us = 0
    for line in recorded:
        time_us = line.receive_ns // 1_000
        if line.event_ms:
            seen.lags_us.append(time_us - line.event_ms * 1_000)
        if isinstance(line.what, Touch):
            touch = line.what
            seen.touches.append((time_us, touch))
        elif isinstance(line.what, Print):
            seen.prints.append((time_us, line.event_ms, line.what))
        elif isinstance(line.what, Levels):
            book.apply(line.what)
            if touch is not None and book.bids and time_us >= next_depth_us:
                next_depth_us = time_us + SECOND_US
                seen.depths.append(near_touch(book, touch))
    return seen


def near_touch(book: RecordedBook, touch: Touch) -> tuple[list[int], list[int]]:
    """Return sizes and distances (ppb of the touch) of the nearest levels, both sides averaged."""
    bids = sorted((p for p in book.bids if p <= touch.bid_e8), reverse=True)[:DEPTH_LEVELS]
    asks = sorted(p for p in book.asks if p >= touch.ask_e8)[:DEPTH_LEVELS]
    sizes = [(book.bids[b] + book.asks[a]) // 2 for b, a in zip(bids, asks, strict=False)]
    distances = [
        (touch.bid_e8 - b + a - touch.ask_e8) * PPB // (2 * touch.bid_e8)
        for b, a in zip(bids, asks, strict=False)
    ]
    return sizes, distances


def quantiles(values: Sequence[int]) -> list[int]:
    """Return 101 equally spaced quantiles, the last one being the 99.9th percentile."""
    ordered = sorted(values)
    last = len(ordered) - 1
    return [ordered[last * place // 1_000] for place in (*range(0, 1_000, 10), 999)]


def measure(seen: Seen) -> Figures:
    """Compute every figure; raises ValueError when there is too little to measure."""
    if len(seen.touches) < 100 or len(seen.prints) < 100:
        raise ValueError("too short to measure: expected at least 100 quotes and 100 trades")
    start_us, end_us = seen.touches[0][0], seen.touches[-1][0]
    span_us = end_us - start_us
    changes = [seen.touches[0]]
    for time_us, touch in seen.touches:
        if (touch.bid_e8, touch.ask_e8) != (changes[-1][1].bid_e8, changes[-1][1].ask_e8):
            changes.append((time_us, touch))
    moves = moves_of(changes)
    sizes = [(b[1] - a[1]) * PPB // b[1] for a, b in pairwise(moves)]
    sizes = [size for size in sizes if size]
    same_way = sum(a * b > 0 for a, b in pairwise(sizes))
    takers = taker_orders(seen)
    spreads = [t.ask_e8 - t.bid_e8 for _, t in seen.touches]
    mid = (seen.touches[0][1].bid_e8 + seen.touches[0][1].ask_e8) // 2
    least_lag = min(seen.lags_us)

    def rate(count: int) -> int:
        return count * 1_000 * SECOND_US // span_us

    return Figures(
        span_ms=span_us // 1_000,
        mid_e8=mid,
        touch_updates_per_1000s=rate(len(seen.touches)),
        touch_changes_per_1000s=rate(len(changes)),
        moves_per_1000s=rate(len(moves)),
        trades_per_1000s=rate(len(seen.prints)),
        taker_orders_per_1000s=rate(len(takers)),
        buy_share_ppm=sum(p.is_buy for _, _, p in seen.prints) * 10**6 // len(seen.prints),
        move_persistence_ppm=same_way * 10**6 // max(1, len(sizes) - 1),
        volatility_100ms_ppb=volatility(changes, end_us, 100_000),
        volatility_1s_ppb=volatility(changes, end_us, SECOND_US),
        volatility_10s_ppb=volatility(changes, end_us, 10 * SECOND_US),
        spread_narrowest_ppm=spreads.count(min(spreads)) * 10**6 // len(spreads),
        change_gap_us=gaps([time_us for time_us, _ in changes]),
        move_gap_us=gaps([time_us for time_us, _, _ in moves]),
        move_size_ppb=quantiles([abs(size) for size in sizes]),
        changes_per_move=quantiles([count for _, _, count in moves]),
        spread_ppb=quantiles([spread * PPB // mid for spread in spreads]),
        taker_gap_us=gaps([time_us for time_us, _ in takers]),
        taker_size_e8=quantiles([size for _, size in takers]),
        touch_size_e8=quantiles([t.bid_size_e8 for _, t in seen.touches]),
        lag_us=quantiles([lag - least_lag for lag in seen.lags_us]),
        level_size_e8=means([sizes for sizes, _ in seen.depths]),
        level_distance_ppb=means([distances for _, distances in seen.depths]),
    )


def moves_of(changes: Sequence[tuple[int, Touch]]) -> list[tuple[int, int, int]]:
    """Group changes less than 20 ms apart: (start time, mid after, number of changes)."""
    moves: list[tuple[int, int, int]] = []
    last_us = -MOVE_GAP_US - 1
    for time_us, touch in changes:
        mid = (touch.bid_e8 + touch.ask_e8) // 2
        if moves and time_us - last_us <= MOVE_GAP_US:
            moves[-1] = (moves[-1][0], mid, moves[-1][2] + 1)
        else:
            moves.append((time_us, mid, 1))
        last_us = time_us
    return moves


def taker_orders(seen: Seen) -> list[tuple[int, int]]:
    """Group trades of one millisecond and side: (time, size)."""
    orders: dict[tuple[int, bool], tuple[int, int]] = {}
    for time_us, venue_ms, trade in seen.prints:
        first_us, size = orders.get((venue_ms, trade.is_buy), (time_us, 0))
        orders[venue_ms, trade.is_buy] = (first_us, size + trade.size_e8)
    return list(orders.values())


def volatility(changes: Sequence[tuple[int, Touch]], end_us: int, step_us: int) -> int:
    """Root mean square of the mid's relative change over `step_us`, ppb."""
    mids: list[int] = []
    index = 0
    for time_us in range(changes[0][0], end_us, step_us):
        while index + 1 < len(changes) and changes[index + 1][0] <= time_us:
            index += 1
        mids.append((changes[index][1].bid_e8 + changes[index][1].ask_e8) // 2)
    squares = [((b - a) * PPB // a) ** 2 for a, b in pairwise(mids)]
    return isqrt(sum(squares) // len(squares))


def gaps(times: Sequence[int]) -> list[int]:
    """Return the quantiles of the gaps between times."""
    return quantiles([max(0, b - a) for a, b in pairwise(times)])


def means(rows: Sequence[Sequence[int]]) -> list[int]:
    """Return the mean of each column of the full rows."""
    full = [row for row in rows if len(row) == DEPTH_LEVELS]
    return [sum(column) // len(full) for column in zip(*full, strict=True)]


def recorded_figures(directory: Path) -> Figures:
    """Measure the first spot recording of a directory."""
    recording = find_recordings(directory)[0]
    seen = collect(recording.read())
    if recording.broken or recording.is_cut_off:
        print(f"{recording.path.name}: {recording.broken} broken lines skipped", file=sys.stderr)
    return measure(seen)


def generated_figures(minutes: int, seed: int) -> Figures:
    """Measure the first source of the generated market at the price level of the recording."""
    from seawall.simulation import calibration
    from seawall.simulation.generator import GeneratedMarket, OutsideInstrument, OutsideVenue

    market = GeneratedMarket(
        seed=seed,
        origin_ms=0,
        venues=[OutsideVenue(source_id=1, name="one")],
        instruments=[OutsideInstrument(instrument_id=1, name="BTC-USDT")],
        levels_e8={"BTC": calibration.MID_E8},
    )
    return measure(collect(market.recorded(minutes * 60_000)))


def shown(figures: Figures) -> Iterator[tuple[str, int]]:
    """Flatten figures to rows: a table of quantiles becomes its 10th, 50th, 90th and 99th."""
    for each in fields(figures):
        value = getattr(figures, each.name)
        if isinstance(value, int):
            yield each.name, value
        elif len(value) == DEPTH_LEVELS:
            yield f"{each.name}, levels 1 to 10, mean", sum(value) // DEPTH_LEVELS
        elif value:
            for place in (10, 50, 90, 99):
                yield f"{each.name}, p{place}", value[place]


def constants(figures: Figures) -> str:
    """Return the source of `calibration.py`."""
    lines = [
        '"""Figures of an outside spot market: six minutes of BTCUSDT, 8 August 2024.',
        "",
        "Written by `python tools/measure_recordings.py DIR --write`, whose docstring defines",
        "each figure; do not edit. Rates are per 1,000 s, `_ppb` is relative to the mid, `_e8` is",
        "base or quote times 1e8. A tuple of 101 is a quantile table; `LEVEL_*` are means of the",
        "ten levels nearest to the touch.",
        '"""',
        "",
        "from typing import Final",
        "",
        "# fmt: off",
    ]
    for each in fields(figures):
        value = getattr(figures, each.name)
        if isinstance(value, int):
            lines.append(f"{each.name.upper()}: Final = {value}")
        else:
            lines.append(f"{each.name.upper()}: Final = (")
            row = "   "
            for number in value:
                if len(row) + len(str(number)) + 2 > 100:
                    lines.append(row)
                    row = "   "
                row += f" {number},"
            lines += [row, ")"]
    return "\n".join(lines) + "\n"


INTRODUCTION = """\
# How the generated market compares with a recorded one

The outside venues that `seawall up` generates take their parameters from six minutes of a recorded
spot market (BTCUSDT, 8 August 2024): how often and how far prices move, how wide the spread is, how
large trades are and how they cluster, and how late messages arrive. The repository holds no
recording, only the figures measured on it, in `src/seawall/simulation/calibration.py`. The table is
written by

    python tools/measure_recordings.py DIR --write

where DIR holds the recordings; the column *generated* is four hours of the first generated source
at the recorded price level, measured by the same functions.

Some figures differ on purpose. Updates that change only a size are thinned to one in sixteen,
because nothing here reads them and each costs time. Trades are generated as whole taker orders, one
trade each. In the recording small moves follow each other and large ones do not; the generator
draws sizes independently and takes a smaller persistence, fitted so that the volatility over a
second and over ten is as recorded. Six minutes are too short to measure how volatility clusters
over minutes; the generator's slow regimes are a choice, made so that the mean square stays as
measured. Depth is not generated: the sources say only best bid and offer, and the makers of our own
book take their sizes from the recorded levels.

| figure | recorded | generated |
|---|--:|--:|
"""


def document(recorded: Figures, generated: Figures) -> str:
    """Return the text of the comparison."""
    other = dict(shown(generated))
    rows = [
        f"| {name} | {value:,} | {other[name]:,} |"
        for name, value in shown(recorded)
        if name in other
    ]
    return INTRODUCTION + "\n".join(rows) + "\n"


def main() -> None:
    """Print figures, or write them where the generator and the documents take them from."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("directory", nargs="?", type=Path, help="directory of recordings (*.gz)")
    parser.add_argument(
        "--write", action="store_true", help="write calibration.py and its document"
    )
    parser.add_argument("--generated", action="store_true", help="print the generated figures")
    parser.add_argument("--minutes", type=int, default=240, help="length of the generated market")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.directory is None:
        figures = generated_figures(arguments.minutes, arguments.seed)
    else:
        figures = recorded_figures(arguments.directory)
    for name, value in shown(figures):
        print(f"{name:48} {value:>20,}")
    if arguments.write and arguments.directory is not None:
        (ROOT / "src/seawall/simulation/calibration.py").write_text(constants(figures))
        text = document(figures, generated_figures(arguments.minutes, arguments.seed))
        (ROOT / "docs/reference/calibration.md").write_text(text)


if __name__ == "__main__":
    main()
