"""Hourly prices of bitcoin on 12 and 13 March 2020: a table of facts.

BTC/USD of one spot venue, UTC, rounded to whole dollars. Such prices are public; these were written
down from memory of the charts and not checked against an archive. This table is what the drill is
drawn from, and nothing else of those days is in the repository. In hour 4 of the 13th
the venue itself stood still.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import msgspec

START_MS: Final = 1_583_971_200_000  # 2020-03-12 00:00:00 UTC


class Hour(msgspec.Struct, frozen=True):
    """Open, high, low and close of an hour, in whole dollars."""

    day: int  # of March 2020
    hour: int
    open: int
    high: int
    low: int
    close: int

    def way(self) -> list[int]:
        """The corners of the hour's path: against its direction first, as is usual to assume."""
        if self.close < self.open:
            return [self.open, self.high, self.low, self.close]
        return [self.open, self.low, self.high, self.close]

    def way_ppm(self) -> int:
        """How far the price ran within the hour, of its opening price."""
        corners = self.way()
        steps = pairwise(corners)
        return sum(abs(there - here) for here, there in steps) * 10**6 // self.open


_ROWS: Final = (
    # day, hour, open, high, low, close
    (12, 0, 7935, 7966, 7901, 7924),
    (12, 1, 7924, 7943, 7700, 7712),
    (12, 2, 7712, 7756, 7575, 7635),
    (12, 3, 7635, 7698, 7596, 7657),
    (12, 4, 7657, 7665, 7561, 7611),
    (12, 5, 7611, 7649, 7588, 7635),
    (12, 6, 7635, 7645, 7456, 7493),
    (12, 7, 7493, 7493, 7350, 7381),
    (12, 8, 7381, 7465, 7308, 7365),
    (12, 9, 7365, 7384, 7329, 7351),
    (12, 10, 7351, 7351, 5569, 6092),
    (12, 11, 6092, 6479, 5700, 6000),
    (12, 12, 6000, 6273, 5855, 6008),
    (12, 13, 6008, 6072, 5706, 5970),
    (12, 14, 5970, 6200, 5877, 6099),
    (12, 15, 6099, 6158, 6021, 6127),
    (12, 16, 6127, 6196, 5954, 6088),
    (12, 17, 6088, 6242, 6063, 6114),
    (12, 18, 6114, 6159, 5976, 5986),
    (12, 19, 5986, 6097, 5980, 6030),
    (12, 20, 6030, 6056, 5600, 5723),
    (12, 21, 5723, 5855, 5568, 5795),
    (12, 22, 5795, 5936, 5722, 5792),
    (12, 23, 5792, 5802, 4600, 4830),
    (13, 0, 4830, 5082, 4466, 4681),
    (13, 1, 4681, 4775, 4100, 4160),
    (13, 2, 4160, 5400, 3901, 4998),
    (13, 3, 4998, 5730, 4931, 5301),
    (13, 4, 5301, 5301, 5301, 5301),
    (13, 5, 5301, 5342, 4930, 4965),
    (13, 6, 4965, 5263, 4857, 5263),
    (13, 7, 5263, 5494, 5081, 5464),
    (13, 8, 5464, 5671, 5222, 5350),
    (13, 9, 5350, 5821, 5350, 5756),
    (13, 10, 5756, 5821, 5556, 5683),
    (13, 11, 5683, 5683, 5334, 5468),
    (13, 12, 5468, 5763, 5425, 5607),
    (13, 13, 5607, 6000, 5549, 5669),
    (13, 14, 5669, 5889, 5350, 5428),
    (13, 15, 5428, 5499, 4950, 5237),
    (13, 16, 5237, 5427, 5067, 5207),
    (13, 17, 5207, 5333, 5130, 5216),
    (13, 18, 5216, 5217, 4813, 5005),
    (13, 19, 5005, 5665, 4950, 5476),
    (13, 20, 5476, 5630, 5323, 5465),
    (13, 21, 5465, 5725, 5450, 5563),
    (13, 22, 5563, 5732, 5512, 5674),
    (13, 23, 5674, 5836, 5500, 5653),
)
HOURS: Final = tuple(Hour(*row) for row in _ROWS)
