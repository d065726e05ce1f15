"""Laws of undoing in storms: worlds in which everything happens, outages, freezes, overrides and
listings of leverage included, and some of what sources said is dropped afterwards.
"""

from __future__ import annotations

import pytest

from seawall.core.model.command_codec import decode_command
from seawall.core.model.commands import ObservePrices
from tests.laws.storm import Storm
from tests.laws.undo_laws import (
    Repair,
    book_faults,
    cut_off,
    gap_faults,
    null_faults,
    repaired,
    sum_faults,
    untouched_faults,
)
from tests.laws.undo_values import again_faults, licence_faults, posting_faults, rule_faults
from tests.laws.undo_worlds import UndoWorld
from tests.laws.worlds import seeds

ENTRIES = 2_500
COMMAND_AT = 48  # in a batch of one
LAWS = (
    *(sum_faults, gap_faults, untouched_faults, book_faults),
    *(rule_faults, licence_faults),
)
POSTED = (sum_faults, posting_faults, again_faults)
# An account is liquidated short in one run and long in the other; a rightful takeover leaves other
# equity; a rightful liquidation costs another fee.
HARD = (43, 81, 74)


def storm_world(seed: int) -> UndoWorld:
    """A storm; of a sixth of its observations, in the middle, two in three are dropped."""
    storm = Storm(seed)
    world = UndoWorld(seed, "storm", storm.genesis)
    observed = []
    for seq in range(1, ENTRIES + 1):
        batch, said, _ = storm.step()
        world.batches.append(batch)
        world.events.append(said)
        length = int.from_bytes(batch[40:48], "little")
        if isinstance(decode_command(batch, COMMAND_AT, length), ObservePrices):
            observed.append(seq)
    world.engine = storm.engine
    late = [seq for seq in observed if seq > ENTRIES // 2]
    world.drops = {seq: [] for seq in late[: len(late) // 3] if (seq * 7 + seed) % 3}
    world.freeze_seq = max(world.drops) + 50
    return world


def faults_of(repair: Repair) -> list[str]:
    """Everything that a law says of it."""
    faults = [one for law in LAWS for one in law(repair)]
    cut_off(repair)
    return faults + [one for law in POSTED for one in law(repair)]


@pytest.mark.slow
def test_no_storm_breaks_a_law_of_undoing() -> None:
    """Without edits nothing changes; with some gone, the books balance all the same."""
    for seed in (*seeds(few=2, many=300), *HARD):
        world = storm_world(seed)

        assert null_faults(world) == [], f"storm {seed}"
        assert faults_of(repaired(world)) == [], f"storm {seed}"
