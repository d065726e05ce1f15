"""What works at which grade of the price, for documents and readers: the table of `pricing`."""

from seawall.core.pricing import (
    ACTION_NAMES,
    ALLOWANCE_NAMES,
    CAPABILITIES,
    DEGRADED_LEVER_MAX,
    GRADE_NAMES,
)

__all__ = [
    "ACTION_NAMES",
    "ALLOWANCE_NAMES",
    "CAPABILITIES",
    "DEGRADED_LEVER_MAX",
    "GRADE_NAMES",
]
