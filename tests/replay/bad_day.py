"""A day on which two sources lied, and the same day without: for tests of reruns."""

from __future__ import annotations

from pathlib import Path

from seawall.replay.edits import Drop, Edit, Observations, Replace
from tests.core.engine.swap_venue import BUY, SELL, swap_genesis
from tests.replay.told import BTC_INDEX, FAULTY, ToldVenue, grounds

ALICE, BOB, CAROL, DAVE = 1, 2, 3, 4


class BadDay:
    """Without protections: Alice is liquidated at half the true price. Checkpoints before, in and
    behind the fault; names for the seqs. The clean day is the same without the fault.
    """

    def __init__(self, directory: Path, *, is_clean: bool = False) -> None:
        faulty = 0 if is_clean else 30_000
        venue = ToldVenue(directory, swap_genesis(is_protected=False, people=range(1, 7)))
        venue.tick(3)
        venue.order(BOB, SELL, 40_000, 60_000, client_id=b"bob1".ljust(32, b"\0"))
        venue.order(ALICE, BUY, 40_000, 60_000)
        venue.order(CAROL, BUY, 9_000, 29_900, client_id=b"carol1".ljust(32, b"\0"))
        venue.tick(2)
        self.before = venue.checkpoint()
        self.first_bad = venue.replica.seq + 1
        venue.tick(2, faulty=faulty)
        self.within = venue.checkpoint()
        venue.tick(2, faulty=faulty)
        self.last_bad = venue.replica.seq
        self.behind = venue.checkpoint()
        venue.order(DAVE, SELL, 5, 60_100)
        venue.tick(2)
        venue.close()
        self.end = venue.replica.seq
        self.venue = venue
        self.directory = directory

    def drop(self) -> Drop:
        """What the faulty sources said is not heard."""
        return Drop(
            from_seq=self.first_bad,
            to_seq=self.last_bad,
            selects=Observations(index_id=BTC_INDEX, source_ids=FAULTY),
            grounds=grounds(),
        )

    def truth(self, clean: BadDay) -> list[Edit]:
        """What they should have said is heard instead: only a drill knows it."""
        return [
            Replace(seq=seq, command=command, grounds=grounds())
            for seq, command in clean.venue.commands.items()
            if command != self.venue.commands[seq]
        ]
