"""One source of an index: its newest sample, whether it counts, and what keeps it out.

A sample is bid, ask and last as the source said them. Its price is their median, which survives a
stale last and a one-sided spike. An invalid sample is not taken; the source lives on by its last
valid one until that is too old. Only a missing conversion ends it at once, for then its price means
nothing.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.commands import ObservePrices
from seawall.core.model.enums import SourceStatus
from seawall.core.model.limits import STAMP_AHEAD_MS_MAX
from seawall.core.model.units import E8
from seawall.core.pricing.parameters import (
    CLOCKS_APART_MS_MAX,
    RESUME_RUN,
    SPREAD_MAX_E8,
    UPDATES_WANTED,
    IndexParameters,
)
from seawall.core.pricing.states import NEVER, PRICE_MAX_E8, InvalidReason, Quarantine

WALL_MS_MAX: Final = 1 << 43  # the year 2248
_SECOND_MS: Final = 1_000
_RECENT_MS: Final = RESUME_RUN * _SECOND_MS  # confirmation after a hold looks back this far


@final
@mypyc_attr(acyclic=True)
class Source:
    """State of one constituent of one index.

    `domain` numbers the failure domain from 0; `conversion_id` names the index that turns its quote
    into ours, 0 for none. Both, and the weight, are configuration; the rest is state.
    """

    def __init__(self, *, source_id: i64, weight: int, domain: i64, conversion_id: i64) -> None:
        self.source_id: i64 = source_id
        self.weight: int = weight
        self.domain: i64 = domain
        self.conversion_id: i64 = conversion_id

        # The newest valid sample, prices as the source said them; 0 before the first.
        self.bid_e8: int = 0
        self.ask_e8: int = 0
        self.last_e8: int = 0
        self.trade_id: i64 = 0
        self.venue_ms: i64 = 0
        self.receive_ms: i64 = 0
        self.price_e8: int = 0  # median of the three, converted
        self.seen_ms: i64 = 0  # when it was received, at most our clock then
        self.changed_ms: i64 = 0  # when something in it last changed
        self.invalid_reason: i64 = InvalidReason.NONE  # of the newest sample, valid or not
        self.offered_e8: int = 0  # ask of the newest sample of all, unguarded; 0 before the first

        self.status: i64 = SourceStatus.STALE
        # Distinct updates: since the tick, per tick of the last ten seconds, and since confirmation
        # of a jump began. Three are as good as a thousand, so counts stop there.
        self.updates_new: i64 = 0
        self.recent_ms: list[i64] = []
        self.recent_updates: list[i64] = []
        self.updates_confirming: i64 = 0

        self.quarantine: i64 = Quarantine.NONE
        self.quarantined_ms: i64 = NEVER
        self.agrees_ms: i64 = NEVER  # since when it agrees with the index while kept out
        self.paused_ms: i64 = NEVER  # when it last made the index pause
        self.is_far: bool = False  # as the detector saw it last
        self.is_outlier: bool = False  # at the last accepted value
        self.excluded_ms: list[i64] = []  # exclusions of the last 30 minutes


def judge_sample(
    source: Source,
    *,
    clock_ms: i64,
    observation: ObservePrices,
    conversion_e8: i64,
    conversion_is_normal: bool,
) -> i64:
    """Why the sample does not count: an InvalidReason, NONE for a valid one.

    `conversion_e8` is the value of the conversion index, E8 for a source in our own quote.
    """
    bid: int = observation.bid_e8
    ask: int = observation.ask_e8
    last: int = observation.last_e8
    if bid <= 0 or ask <= 0:
        return InvalidReason.NO_PRICE
    if bid > PRICE_MAX_E8 or ask > PRICE_MAX_E8 or last > PRICE_MAX_E8:
        return InvalidReason.OUT_OF_RANGE
    if bid >= ask:
        return InvalidReason.CROSSED
    if (ask - bid) * E8 > bid * SPREAD_MAX_E8:
        return InvalidReason.TOO_WIDE
    reason = _judge_times(source, clock_ms, observation.venue_ms, observation.receive_ms)
    if reason != InvalidReason.NONE:
        return reason
    if not observation.is_deep:
        return InvalidReason.NOT_DEEP
    if not conversion_is_normal or conversion_e8 <= 0:
        return InvalidReason.NO_CONVERSION
    if not (1 <= convert(median_of_three(bid, ask, last), conversion_e8) <= PRICE_MAX_E8):
        return InvalidReason.OUT_OF_RANGE
    return InvalidReason.NONE


def _judge_times(source: Source, clock_ms: i64, venue_ms: i64, receive_ms: i64) -> i64:
    if not (0 <= venue_ms < WALL_MS_MAX and 0 <= receive_ms < WALL_MS_MAX):
        return InvalidReason.BAD_TIME
    apart_ms = receive_ms - venue_ms
    if not (-CLOCKS_APART_MS_MAX <= apart_ms <= CLOCKS_APART_MS_MAX):
        return InvalidReason.CLOCKS_APART
    if receive_ms > clock_ms + STAMP_AHEAD_MS_MAX:
        return InvalidReason.FROM_THE_FUTURE
    if source.price_e8 > 0 and (venue_ms < source.venue_ms or receive_ms < source.receive_ms):
        return InvalidReason.WENT_BACK
    return InvalidReason.NONE


def median_of_three(a: int, b: int, c: int) -> int:
    """The middle one."""
    return max(min(a, b), min(max(a, b), c))


def convert(price_e8: int, conversion_e8: int) -> int:
    """A price in our quote, floored."""
    return price_e8 * conversion_e8 // E8


def take_sample(
    source: Source,
    *,
    clock_ms: i64,
    observation: ObservePrices,
    conversion_e8: i64,
    conversion_is_normal: bool,
) -> None:
    """Judge a sample and, when it is valid, let it be the source's newest."""
    _take_offer(source, observation.ask_e8, conversion_e8)
    reason = judge_sample(
        source,
        clock_ms=clock_ms,
        observation=observation,
        conversion_e8=conversion_e8,
        conversion_is_normal=conversion_is_normal,
    )
    source.invalid_reason = reason
    if reason != InvalidReason.NONE:
        return
    receive_ms = observation.receive_ms
    source.seen_ms = receive_ms if receive_ms < clock_ms else clock_ms
    if _is_changed(source, observation):
        source.changed_ms = source.seen_ms
        counted = max(1, min(observation.updates, UPDATES_WANTED))
        source.updates_new = min(source.updates_new + counted, UPDATES_WANTED)
    middle = median_of_three(observation.bid_e8, observation.ask_e8, observation.last_e8)
    source.price_e8 = convert(middle, conversion_e8)
    source.bid_e8 = observation.bid_e8
    source.ask_e8 = observation.ask_e8
    source.last_e8 = observation.last_e8
    source.trade_id = observation.trade_id
    source.venue_ms = observation.venue_ms
    source.receive_ms = receive_ms


def _take_offer(source: Source, ask_e8: i64, conversion_e8: i64) -> None:
    """Believe an ask without any guard; only what cannot be counted with is passed over."""
    if not (0 < ask_e8 <= PRICE_MAX_E8) or conversion_e8 <= 0:
        return
    converted = convert(ask_e8, conversion_e8)
    if 1 <= converted <= PRICE_MAX_E8:
        source.offered_e8 = converted


def _is_changed(source: Source, observation: ObservePrices) -> bool:
    return (
        source.price_e8 == 0
        or observation.bid_e8 != source.bid_e8
        or observation.ask_e8 != source.ask_e8
        or observation.last_e8 != source.last_e8
        or observation.trade_id != source.trade_id
    )


def is_fresh(source: Source, parameters: IndexParameters, clock_ms: i64) -> bool:
    """Whether its last valid sample is young, and changed lately."""
    return (
        source.price_e8 > 0
        and source.invalid_reason != InvalidReason.NO_CONVERSION
        and clock_ms - source.seen_ms <= parameters.stale_ms
        and clock_ms - source.changed_ms <= parameters.frozen_ms
    )


def status_now(source: Source, parameters: IndexParameters, clock_ms: i64) -> i64:
    """The SourceStatus at this moment."""
    if source.quarantine != Quarantine.NONE:
        return SourceStatus.QUARANTINED
    if is_fresh(source, parameters, clock_ms):
        return SourceStatus.LIVE
    if source.invalid_reason != InvalidReason.NONE:
        return SourceStatus.INVALID
    if source.price_e8 == 0 or clock_ms - source.seen_ms > parameters.stale_ms:
        return SourceStatus.STALE
    return SourceStatus.FROZEN


def count_updates(source: Source, second_ms: i64, *, is_confirming: bool) -> None:
    """Book the updates that came since the last tick to this one."""
    fresh = source.updates_new
    source.updates_new = 0
    while len(source.recent_ms) > 0 and source.recent_ms[0] < second_ms - _RECENT_MS:
        source.recent_ms.pop(0)
        source.recent_updates.pop(0)
    if fresh > 0:
        source.recent_ms.append(second_ms)
        source.recent_updates.append(fresh)
    if is_confirming:
        source.updates_confirming = min(source.updates_confirming + fresh, UPDATES_WANTED)
    else:
        source.updates_confirming = 0


def begin_confirming(source: Source, from_ms: i64) -> None:
    """Count updates from a moment of the last ten seconds on."""
    counted: i64 = 0
    place: i64 = 0
    while place < len(source.recent_ms):
        if source.recent_ms[place] >= from_ms:
            counted += source.recent_updates[place]
        place += 1
    source.updates_confirming = min(counted, UPDATES_WANTED)
