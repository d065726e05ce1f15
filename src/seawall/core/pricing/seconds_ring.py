"""Samples of the last so many seconds, by the second they were taken in.

A slot belongs to one second of the venue clock. When a tick steps over several seconds, those
between had no sample, and their slots are empty: old samples leave by age, never by count, so that
what a book said before an outage or a thin spell does not speak for the present.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.codec import WORD, Writer, read_word, vec, write_word

_NO_SAMPLE: Final = -(2**62)
_SAMPLE_MAX: Final = 2**61


@final
@mypyc_attr(acyclic=True)
class SecondsRing:
    """One value per second of the last `size` seconds; their sum and count are kept."""

    def __init__(self, *, size: i64) -> None:
        assert size > 0
        self.size: i64 = size
        self.values: vec[i64] = vec[i64]([_NO_SAMPLE] * int(size))
        self.newest: i64 = 0  # second of the clock
        self.count: i64 = 0
        self.total: int = 0  # may pass 64 bits

    def advance(self, second: i64) -> None:
        """Forget what is older than `size` seconds at that second; going back does nothing."""
        steps = second - self.newest
        if steps <= 0:
            return
        if steps > self.size:
            steps = self.size
        step: i64 = 0
        while step < steps:
            self._clear((second - step) % self.size)
            step += 1
        self.newest = second

    def put(self, second: i64, value: i64) -> None:
        """Keep the sample of the newest second; a later one of the same second replaces it."""
        assert -_SAMPLE_MAX <= value <= _SAMPLE_MAX
        self.advance(second)
        if second != self.newest:
            return  # a sample of the past: the clock never gives one
        place = second % self.size
        self._clear(place)
        self.values[place] = value
        self.count += 1
        self.total += int(value)

    def mean(self) -> i64:
        """The mean of the samples, rounded down; 0 when there is none."""
        if self.count == 0:
            return 0
        return self.total // int(self.count)

    def _clear(self, place: i64) -> None:
        value = self.values[place]
        if value != _NO_SAMPLE:
            self.values[place] = _NO_SAMPLE
            self.count -= 1
            self.total -= int(value)


def ring_bytes(size: i64) -> i64:
    """How many bytes a ring of that size takes in a snapshot."""
    return (1 + size) * WORD


def write_ring(out: Writer, ring: SecondsRing) -> None:
    """Write the newest second, then every slot; the same samples give the same bytes."""
    write_word(out, ring.newest)
    place: i64 = 0
    while place < ring.size:
        write_word(out, ring.values[place])
        place += 1


def read_ring(data: bytes, at: i64, *, size: i64) -> SecondsRing:
    """The ring written at `at`."""
    ring = SecondsRing(size=size)
    ring.newest = read_word(data, at)
    assert ring.newest >= 0
    place: i64 = 0
    while place < size:
        value = read_word(data, at + (1 + place) * WORD)
        if value != _NO_SAMPLE:
            assert -_SAMPLE_MAX <= value <= _SAMPLE_MAX
            ring.values[place] = value
            ring.count += 1
            ring.total += int(value)
        place += 1
    return ring
