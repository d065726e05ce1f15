"""Which drills there are: what happened, where that is told, and what the drill shows."""

from __future__ import annotations

from typing import Final

import msgspec


class Drill(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `seawall drill list`."""

    name: str
    happened: str
    source: str
    shows: str


DRILLS: Final = (
    Drill(
        name="primexbt",
        happened=(
            "23 August 2019: a cloud outage made sources print bitcoin at $0.32; a broker that "
            "mixes outside prices executed thousands of orders and positions at it"
        ),
        source="PrimeXBT, 'Unexpected Maintenance' (no figures were ever published)",
        shows=(
            "the same script with protections off and on: what breaks, and that nothing does; "
            "the clean day in a process of its own is the measure; then the day is put right"
        ),
    ),
    Drill(
        name="crash",
        happened=(
            "12 and 13 March 2020: bitcoin fell from $7,900 to $3,900 in 26 hours, in truth and "
            "everywhere, and longs were liquidated all the way"
        ),
        source="hourly prices of one spot venue, rounded; the seconds between are synthetic",
        shows=(
            "a real crash gets through: the index follows within 1.5 %, liquidations keep to their "
            "limiter, the insurance fund stays above zero, nothing is frozen, a rerun repairs "
            "nothing"
        ),
    ),
)


def drill_names() -> list[str]:
    """The names that `seawall drill` takes."""
    return [drill.name for drill in DRILLS]
