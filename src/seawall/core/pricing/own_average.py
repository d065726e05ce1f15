"""The average of an instrument's own trades: what bounds its fills when no outside price does.

Each second with trades gives one sample, the last price of that second, which moves the average by
one Nth of the distance. So N seconds of trading carry the average most of the way, and a single
trade never far; while nobody trades it stays.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.codec import WORD, Writer, read_word, write_word
from seawall.core.pricing.states import PRICE_MAX_E8

SPOT_AVERAGE_SECONDS: Final = 300
SWAP_AVERAGE_SECONDS: Final = 60
OWN_AVERAGE_BYTES: Final = 2 * WORD
_SCALE: Final = 2**20  # parts of a tick
_LOW62: Final = 2**62 - 1


@final
@mypyc_attr(acyclic=True)
class OwnAverage:
    """An exponential average over `seconds` samples; `parts` is it in 2^-20 ticks, 0 before any.

    Each step rounds down, so the average comes to stand at most `seconds` parts below a price that
    does not change.
    """

    def __init__(self, *, seconds: int) -> None:
        self.seconds: int = seconds
        self.parts: int = 0

    def sample(self, price: i64) -> None:
        """Take the last price of a second, in ticks."""
        assert price > 0
        target: int = int(price) * _SCALE
        if self.parts == 0:
            self.parts = target
        else:
            self.parts += (target - self.parts) // self.seconds

    def price_e8(self, tick_e8: i64) -> i64:
        """The average in e8 of the quote, rounded down, at most PRICE_MAX_E8; 0 before the first
        sample.
        """
        price: int = self.parts * int(tick_e8) // _SCALE
        return price if price < PRICE_MAX_E8 else PRICE_MAX_E8


def write_own_average(out: Writer, average: OwnAverage) -> None:
    """OWN_AVERAGE_BYTES bytes."""
    write_word(out, average.parts >> 62)
    write_word(out, average.parts & _LOW62)


def read_own_average(data: bytes, at: i64, *, seconds: int) -> OwnAverage:
    """What was written at `at`."""
    average = OwnAverage(seconds=seconds)
    high: int = read_word(data, at)
    low: int = read_word(data, at + WORD)
    assert high >= 0 and low >= 0
    average.parts = high << 62 | low
    return average
