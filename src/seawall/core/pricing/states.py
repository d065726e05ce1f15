"""Numbers and words of pricing that no event carries: grades, why a sample does not count, who
keeps a source out.

What events carry (IndexState, HoldReason, IndexQuality, SourceStatus, JumpStep) stands in
`model.enums`. These numbers are part of snapshots and never change.
"""

from typing import Final

PRICE_MAX_E8: Final = 1 << 60  # no outside price is believed above it
AGREEMENT_MAX_E8: Final = 1 << 60  # a published agreement radius is cut here, to fit a word
NEVER: Final = -1  # in place of a time


class Grade:
    """How far a price may be relied on: a column of the capability matrix (domain 10)."""

    NORMAL: Final = 0
    DEGRADED: Final = 1
    CONFIRM_SHORT: Final = 2  # a jump waits for confirmation, up to 5 s
    CONFIRM_LONG: Final = 3
    HOLD_SHORT: Final = 4  # held for up to 30 s
    HOLD_STALE: Final = 5  # longer, too few live sources
    HOLD_DISPUTED: Final = 6  # longer, live sources contradict each other
    NO_INDEX: Final = 7  # no value was ever accepted


class InvalidReason:
    """Why a sample does not count (domain 1.2)."""

    NONE: Final = 0
    NO_PRICE: Final = 1  # bid or ask is not positive
    OUT_OF_RANGE: Final = 2  # a price above PRICE_MAX_E8, or nothing left after conversion
    CROSSED: Final = 3  # bid at or above ask
    TOO_WIDE: Final = 4  # spread above 5 % of the bid
    BAD_TIME: Final = 5  # a time before 1970 or absurdly late
    CLOCKS_APART: Final = 6  # the venue's time and ours differ by more than 5 s
    FROM_THE_FUTURE: Final = 7  # received later than our clock can explain
    WENT_BACK: Final = 8  # older than a sample that was taken already
    NOT_DEEP: Final = 9  # the source's book is too empty: exactly how $0.32 gets printed
    NO_CONVERSION: Final = 10  # the conversion index is not NORMAL


class Quarantine:
    """Who keeps a source out."""

    NONE: Final = 0
    DETECTOR: Final = 1  # until it agrees again, at most 30 minutes
    EXCLUSIONS: Final = 2  # excluded four times in 30 minutes: until an operator looked at it
    OPERATOR: Final = 3


GRADE_NAMES: Final = (
    "normal",
    "degraded",
    "confirm_short",
    "confirm_long",
    "hold_short",
    "hold_stale",
    "hold_disputed",
    "no_index",
)
INVALID_REASON_NAMES: Final = (
    "none",
    "no_price",
    "out_of_range",
    "crossed",
    "too_wide",
    "bad_time",
    "clocks_apart",
    "from_the_future",
    "went_back",
    "not_deep",
    "no_conversion",
)
QUARANTINE_NAMES: Final = ("none", "detector", "exclusions", "operator")
