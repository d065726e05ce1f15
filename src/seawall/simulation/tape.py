"""A recorded market: source 1 says what was recorded, the others are derived from it and synthetic.

A recording is one venue. The other sources repeat its best bid and offer after a stated lag and
with a stated error (`PROFILES`), and are labelled synthetic; so an index over seven sources can
run on one recording, and nobody can mistake it for seven witnesses. At the end the recording
starts again at its first price; the seam is counted, logged with the size of the step, and is not
part of the recording.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence

import msgspec

from seawall.feeds.updates import OutsideBbo, OutsideTrade, Update
from seawall.simulation.draws import Draws
from seawall.simulation.recording import (
    NS_PER_MS,
    Levels,
    Print,
    Recorded,
    RecordedBook,
    Recording,
    Touch,
)
from seawall.simulation.venue_lines import PPB, update_of

SEAM_PAUSE_MS = 1_000  # quiet between the last line and the first of the next pass
DEPTH_SHARE_PPM = 20_000  # an update is deep when within 2 % of the touch ...
DEPTH_QUOTE_MIN = 10_000  # ... the thinner side shows this many whole quote units
DEPTH_EVERY_MS = 1_000  # summing a whole book is slow, and depth changes slowly
PASS_OF_IDS = 10**12  # trade ids go on growing over passes


class DerivedProfile(msgspec.Struct, frozen=True):
    """How a derived source differs from the recorded one."""

    lag_ms: int
    error_ppb: int  # standard deviation of one step of its slowly changing error


# By place among the sources after the first.
PROFILES = (
    DerivedProfile(15, 4_000),
    DerivedProfile(40, 8_000),
    DerivedProfile(60, 10_000),
    DerivedProfile(90, 14_000),
    DerivedProfile(130, 18_000),
    DerivedProfile(180, 25_000),
)


class Derived:
    """A derived source of one instrument, with its present error."""

    def __init__(self, source_id: int, profile: DerivedProfile, draws: Draws) -> None:
        self.source_id = source_id
        self.profile = profile
        self._draws = draws
        self._error_ppb = 0

    def follow(self, what: Touch | Print) -> Touch | Print:
        """Return what this source says of what was recorded."""
        self._error_ppb = self._error_ppb * 7 // 8 + self._draws.bell(self.profile.error_ppb)
        if isinstance(what, Print):
            return Print(self._moved(what.price_e8), what.size_e8, what.trade_id, what.is_buy)
        bid = self._moved(what.bid_e8)
        # The spread stays as recorded: both sides move alike.
        return Touch(bid, bid + what.ask_e8 - what.bid_e8, what.bid_size_e8, what.ask_size_e8)

    def _moved(self, price_e8: int) -> int:
        return max(1, price_e8 + price_e8 * self._error_ppb // PPB)


class TapedInstrument(msgspec.Struct, frozen=True, kw_only=True):
    """An instrument of ours and the recording that speaks of it."""

    instrument_id: int
    symbol: str
    recording: Recording


class TapeMarket:
    """Recorded and derived updates, by time since `origin_ms`, the wall time of the start."""

    def __init__(
        self,
        *,
        seed: int,
        origin_ms: int,
        source_ids: Sequence[int],
        instruments: Sequence[TapedInstrument],
        note: Callable[[str], None],
    ) -> None:
        assert 0 < len(source_ids) <= len(PROFILES) + 1, "one recorded, at most six derived"
        assert instruments, "a tape speaks of something"
        self.origin_ms = origin_ms
        self._queue: list[tuple[int, int, Update]] = []  # (receive_ms since the start, serial, ...)
        self._serial = 0
        self._tracks = [
            _Track(
                instrument,
                source_ids[0],
                [
                    Derived(source_id, profile, Draws(seed, f"{source_id} {instrument.symbol}"))
                    for source_id, profile in zip(source_ids[1:], PROFILES, strict=False)
                ],
                note,
            )
            for instrument in instruments
        ]

    def advance(self, until_ms: int) -> list[Update]:
        """Return what is received until `until_ms` after the start, in order."""
        for track in self._tracks:
            for at_ms, update in track.until(until_ms, self.origin_ms):
                self._serial += 1
                heapq.heappush(self._queue, (at_ms, self._serial, update))
        due = []
        while self._queue and self._queue[0][0] <= until_ms:
            due.append(heapq.heappop(self._queue)[2])
        return due


class _Track:
    """One recording, pass after pass."""

    def __init__(
        self,
        instrument: TapedInstrument,
        source_id: int,
        derived: Sequence[Derived],
        note: Callable[[str], None],
    ) -> None:
        self._instrument = instrument
        self._source_id = source_id
        self._derived = derived
        self._note = note
        self._pass = 0
        self._pass_starts_ms = 0
        self._first_ns = 0
        self._next: Recorded | None = None
        self._lines: Iterator[Recorded] = iter(())
        self._touch: Touch | None = None
        self._book = RecordedBook()
        self._is_deep = True
        self._depth_due_ms = 0
        self._least_lag_ms = 2**62
        self._lag_ms = 0
        self._bid_at_seam_e8 = 0
        self._rewind()

    def until(self, until_ms: int, origin_ms: int) -> Iterator[tuple[int, Update]]:
        """Yield the updates of the recording received until then, and those derived from them."""
        while self._next is not None:
            at_ms = self._pass_starts_ms + (self._next.receive_ns - self._first_ns) // NS_PER_MS
            if at_ms > until_ms:
                return
            yield from self._updates(self._next, at_ms, origin_ms)
            self._next = next(self._lines, None)
            if self._next is None:
                self._seam(at_ms)

    def _rewind(self) -> None:
        self._lines = self._instrument.recording.read()
        self._next = next(self._lines, None)
        assert self._next is not None, "a recording was found by its lines"
        self._first_ns = self._next.receive_ns

    def _seam(self, at_ms: int) -> None:
        recording = self._instrument.recording
        last = self._touch
        self._pass += 1
        self._pass_starts_ms = at_ms + SEAM_PAUSE_MS
        self._note(
            f"{recording.path.name}: end of pass {self._pass} after {recording.lines} lines"
            f" ({recording.broken} broken lines skipped"
            f"{', cut off at the end' if recording.is_cut_off else ''});"
            " starts again"
        )
        self._bid_at_seam_e8 = last.bid_e8 if last is not None else 0
        self._book = RecordedBook()
        self._touch = None
        self._rewind()

    def _updates(self, line: Recorded, at_ms: int, origin_ms: int) -> Iterator[tuple[int, Update]]:
        if line.event_ms:
            # The recorder's clock is not the venue's: only the excess over the least lag is lag.
            lag_ms = line.receive_ns // NS_PER_MS - line.event_ms
            self._least_lag_ms = min(self._least_lag_ms, lag_ms)
            self._lag_ms = lag_ms - self._least_lag_ms
        if isinstance(line.what, Levels):
            self._book.apply(line.what)
            return
        if line.symbol != self._instrument.symbol:
            return
        moved = True
        if isinstance(line.what, Touch):
            if self._touch is None and self._bid_at_seam_e8:
                step_ppm = (line.what.bid_e8 - self._bid_at_seam_e8) * 10**6
                self._note(f"seam: bid steps by {step_ppm // self._bid_at_seam_e8} ppm")
            moved = self._touch is None or (line.what.bid_e8, line.what.ask_e8) != (
                self._touch.bid_e8,
                self._touch.ask_e8,
            )
            self._touch = line.what
            self._measure_depth(at_ms)
        yield at_ms, self._recorded(line, line.what, origin_ms + at_ms)
        if not moved:
            return  # derived sources follow prices, not every size
        for derived in self._derived:
            later_ms = at_ms + derived.profile.lag_ms
            update = update_of(
                derived.follow(line.what),
                source_id=derived.source_id,
                instrument_id=self._instrument.instrument_id,
                symbol=self._instrument.symbol,
                is_deep=self._is_deep,
                venue_ms=origin_ms + at_ms - self._lag_ms,
                receive_ms=origin_ms + later_ms,
            )
            yield later_ms, self._aged(update)

    def _measure_depth(self, at_ms: int) -> None:
        if at_ms >= self._depth_due_ms and self._touch is not None and self._book.bids:
            self._depth_due_ms = at_ms + DEPTH_EVERY_MS
            shown = self._book.value_within(DEPTH_SHARE_PPM, self._touch)
            self._is_deep = shown >= DEPTH_QUOTE_MIN

    def _recorded(self, line: Recorded, what: Touch | Print, receive_ms: int) -> Update:
        venue_ms = receive_ms - self._lag_ms
        if isinstance(what, Print):
            return self._aged(
                OutsideTrade(
                    source_id=self._source_id,
                    instrument_id=self._instrument.instrument_id,
                    price_e8=what.price_e8,
                    size_e8=what.size_e8,
                    trade_id=what.trade_id,
                    is_buy=what.is_buy,
                    venue_ms=venue_ms,
                    receive_ms=receive_ms,
                    raw=line.raw,
                )
            )
        return OutsideBbo(
            source_id=self._source_id,
            instrument_id=self._instrument.instrument_id,
            bid_e8=what.bid_e8,
            ask_e8=what.ask_e8,
            bid_size_e8=what.bid_size_e8,
            ask_size_e8=what.ask_size_e8,
            is_deep=self._is_deep,
            venue_ms=venue_ms,
            receive_ms=receive_ms,
            raw=line.raw,
        )

    def _aged(self, update: Update) -> Update:
        """Trade ids of later passes are larger than all before, as a venue's are."""
        if isinstance(update, OutsideBbo) or self._pass == 0:
            return update
        return msgspec.structs.replace(update, trade_id=update.trade_id + self._pass * PASS_OF_IDS)
