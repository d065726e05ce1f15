"""A day on which two of seven sources lied, Alice was liquidated for it, and operators froze the
venue; on disk, as a stopped venue.

Operators are Olga, Otto and Ada; Ada writes the edits. Carol bought what Alice lost, far below the
true price. Nobody else is concerned.
"""

from __future__ import annotations

from pathlib import Path

from seawall.core.model.commands import SetFreeze
from seawall.core.model.genesis import Operator
from seawall.replay.edits import Drop, Edit, Observations, encode_edits
from tests.core.engine.swap_venue import BUY, SELL, swap_genesis
from tests.replay.told import BTC_INDEX, FAULTY, OPERATOR, ToldVenue, grounds

ALICE, BOB, CAROL, DAVE = 1, 2, 3, 4
OLGA, OTTO, ADA = 1, 2, 3


class WrongDay:
    """The venue stands still; `end` is its last seq."""

    def __init__(self, directory: Path, *, is_frozen: bool = True) -> None:
        genesis = swap_genesis(is_protected=False, people=range(1, 7))
        genesis.operators.append(Operator(operator_id=ADA, name=b"ada"))
        venue = ToldVenue(directory, genesis)
        venue.tick(3)
        venue.order(BOB, SELL, 40_000, 60_000)
        venue.order(ALICE, BUY, 40_000, 60_000)
        venue.order(CAROL, BUY, 9_000, 29_900)
        venue.tick(2)
        venue.checkpoint()
        self.first_bad = venue.replica.seq + 1
        venue.tick(4, faulty=30_000)
        self.last_bad = venue.replica.seq
        if is_frozen:
            venue.tell(
                OPERATOR,
                SetFreeze(index_id=0, is_frozen=True, operator_id=OLGA, second_operator_id=OTTO),
            )
        self.frozen_at = venue.replica.seq
        venue.tick(2)
        venue.close()
        self.end = venue.replica.seq
        self.directory = directory

    def edits(self) -> list[Edit]:
        """What the liars said is not heard."""
        return [
            Drop(
                from_seq=self.first_bad,
                to_seq=self.last_bad,
                selects=Observations(index_id=BTC_INDEX, source_ids=FAULTY),
                grounds=grounds(author=ADA),
            )
        ]

    def edits_file(self) -> Path:
        """The same in a file beside the venue."""
        path = self.directory.parent / f"{self.directory.name}.edits.json"
        path.write_bytes(encode_edits(self.edits()))
        return path
