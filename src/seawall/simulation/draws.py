"""Random draws by integer arithmetic only, so that equal seeds give equal worlds on any machine.

Only `random.Random.getrandbits` is used (decision: other methods use floats, whose sums differ
between versions of Python). A quantile table is a list of equally spaced quantiles, smallest
first, at least two.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence

MILLION = 1_000_000


class Draws:
    """A stream of random integers, named by a seed and a label; streams are independent."""

    def __init__(self, seed: int, label: str) -> None:
        digest = hashlib.sha256(f"{seed}|{label}".encode()).digest()
        number = int.from_bytes(digest, "little")
        self._bits = random.Random(number).getrandbits  # noqa: S311 - a test world, no secret

    def below(self, bound: int) -> int:
        """Draw uniformly from 0 to `bound` - 1."""
        assert bound > 0
        # 32 bits more than needed: the bias of the remainder stays below 2^-32.
        return self._bits(bound.bit_length() + 32) % bound

    def happens(self, chance_ppm: int) -> bool:
        """Draw true with a chance in parts per million."""
        return self._bits(32) * MILLION < chance_ppm << 32

    def sign(self) -> int:
        """Draw -1 or 1."""
        return 1 if self._bits(1) else -1

    def bell(self, deviation: int) -> int:
        """Draw around 0 with the standard deviation `deviation`, bell-shaped: of 64 coins, heads
        less tails.
        """
        heads_less_tails = 2 * self._bits(64).bit_count() - 64  # standard deviation 8
        return heads_less_tails * deviation // 8

    def from_quantiles(self, table: Sequence[int]) -> int:
        """Draw from the distribution of a quantile table, linear between its points."""
        place = self._bits(32) * (len(table) - 1)
        index, within = place >> 32, place & 0xFFFFFFFF
        return table[index] + ((table[index + 1] - table[index]) * within >> 32)
