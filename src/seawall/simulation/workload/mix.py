"""What a stream consists of: kinds of command and their shares, parts per million."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from seawall.simulation.draws import MILLION, Draws

OrderKind = Literal["place_rest", "place_fill", "cancel", "amend", "ioc"]
AlgoKind = Literal["algo_place", "algo_cancel"]
Kind = OrderKind | AlgoKind

BATCH: Final = 256
BATCH_NS: Final = 10_000_000  # virtual time between batches: 25,600 commands a second


@dataclass(frozen=True, kw_only=True)
class Mix:
    """Shares of a stream. Each order that is placed takes with a chance of its own.

    swap_ppm: of the orders, how many are for a swap. beat_ms: venue time between timer beats.
    """

    shares_ppm: tuple[tuple[Kind, int], ...]
    taking_ppm: int
    swap_ppm: int = 0
    beat_ms: int = 250

    def draw(self, draws: Draws) -> Kind:
        """Draw the kind of one command."""
        place = draws.below(MILLION)
        for kind, share_ppm in self.shares_ppm:
            if place < share_ppm:
                if kind == "place_rest" and draws.happens(self.taking_ppm):
                    return "place_fill"
                return kind
            place -= share_ppm
        raise AssertionError("the shares of a mix are a million in all")

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Every kind that occurs."""
        return ("place_fill", *(kind for kind, _ in self.shares_ppm))

    def exact_shares_ppm(self) -> dict[Kind, int]:
        """The share of every kind, orders that rest and orders that take told apart."""
        shares = dict(self.shares_ppm)
        placed = shares["place_rest"]
        taking = placed * self.taking_ppm // MILLION
        return {**shares, "place_rest": placed - taking, "place_fill": taking}


SPOT: Final = Mix(
    shares_ppm=(
        ("place_rest", 480_000),
        ("cancel", 420_000),
        ("ioc", 50_000),
        ("amend", 50_000),
    ),
    taking_ppm=85_000,
)
WHOLE: Final = Mix(
    shares_ppm=(
        ("place_rest", 460_000),
        ("cancel", 400_000),
        ("ioc", 50_000),
        ("amend", 50_000),
        ("algo_place", 20_000),
        ("algo_cancel", 20_000),
    ),
    taking_ppm=85_000,
    swap_ppm=750_000,
    beat_ms=1_000,
)
