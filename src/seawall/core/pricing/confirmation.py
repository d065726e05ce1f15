"""When a candidate may become the index: how far it may move at once, and what a jump must show."""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.enums import IndexQuality
from seawall.core.model.units import E8
from seawall.core.pricing.parameters import (
    DISSENT_E8,
    HISTORY_MS,
    UPDATES_WANTED,
    IndexParameters,
)
from seawall.core.pricing.reading import Reading
from seawall.core.pricing.sources import Source
from seawall.core.pricing.weighting import distance_e8

_SECOND_MS: Final = 1_000


@final
@mypyc_attr(acyclic=True)
class AcceptedValues:
    """The index values of the last minute, oldest first."""

    def __init__(self) -> None:
        self.times_ms: list[i64] = []
        self.values_e8: list[int] = []

    def add(self, second_ms: i64, value_e8: int) -> None:
        """Remember an accepted value."""
        self.times_ms.append(second_ms)
        self.values_e8.append(value_e8)

    def forget(self, second_ms: i64) -> None:
        """Drop what no window reaches any more."""
        while len(self.times_ms) > 0 and second_ms - self.times_ms[0] > HISTORY_MS:
            self.times_ms.pop(0)
            self.values_e8.pop(0)

    def clear(self) -> None:
        """After a confirmed jump the values before it are no measure any more."""
        self.times_ms = []
        self.values_e8 = []

    def is_within(
        self, candidate_e8: int, parameters: IndexParameters, *, second_ms: i64, value_e8: int
    ) -> bool:
        """Whether a candidate is near all values of each velocity window; the index `value_e8`
        stands in for an empty window.
        """
        for velocity in parameters.velocities:
            highest = 0
            lowest = 0
            for place, accepted_e8 in enumerate(self.values_e8):
                if second_ms - self.times_ms[place] <= velocity.window_ms:
                    highest = max(highest, accepted_e8)
                    lowest = accepted_e8 if lowest == 0 else min(lowest, accepted_e8)
            if highest == 0:
                highest = value_e8
                lowest = value_e8
            if candidate_e8 * E8 < (E8 - velocity.move_e8) * highest:
                return False
            if candidate_e8 * E8 > (E8 + velocity.move_e8) * lowest:
                return False
        return True


def confirm_ms(parameters: IndexParameters, jump_e8: int, *, is_strong: bool) -> i64:
    """How long a jump of this size must stand; 0 when no time is enough."""
    for row in parameters.confirm_times:
        if jump_e8 <= row.jump_e8:
            return row.strong_ms if is_strong else row.weak_ms
    return 0


def is_strong_evidence(
    reading: Reading,
    parameters: IndexParameters,
    *,
    value_e8: int,
    weight_all: int,
    jump_e8: int,
    stood_ms: i64,
) -> bool:
    """Whether the market visibly trades at the new price in enough places, and not at the old.

    A jump beyond the nearness that counts as dissent also needs that those who stay at the old
    value hold less than a quarter of all weight, or come from a single domain.
    """
    p = parameters
    if reading.quality != IndexQuality.FULL or reading.agreement_e8 > p.agreement_strong_e8:
        return False
    wanted = min(UPDATES_WANTED, stood_ms // _SECOND_MS + 1)
    trading: i64 = 0
    for source in reading.inside:
        if source.updates_confirming >= wanted:
            trading += 1
    if trading < p.full_sources or domain_count(reading.inside) < p.full_domains:
        return False
    if jump_e8 <= p.old_value_e8:
        return True
    dissenting: list[Source] = []
    weight = 0
    for source in reading.live:
        if distance_e8(source.price_e8, value_e8) <= p.old_value_e8:
            dissenting.append(source)
            weight += source.weight
    return weight * E8 < DISSENT_E8 * weight_all or domain_count(dissenting) < 2


def domain_count(sources: list[Source]) -> i64:
    """How many failure domains these sources come from."""
    domains: list[i64] = []
    for source in sources:
        if source.domain not in domains:
            domains.append(source.domain)
    return len(domains)
