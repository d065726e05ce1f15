"""Compare two journals: the block by its hash, the entry by its bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.core.model.commands import SetTradingState
from seawall.core.model.enums import TradingState
from seawall.core.model.events import TradingStateChanged
from seawall.journal.chain import BLOCK_SEQS
from seawall.replay.compare import compare, first_difference, trace
from tests.journal.test_chain import events_of
from tests.journal.venue import Venue

ENTRIES_PER_RECORD = 5
RECORDS = BLOCK_SEQS // ENTRIES_PER_RECORD + 30


def venue_of(folder: Path, *, records: int, halt_after: int = 0) -> Venue:
    """A stopped venue; after record `halt_after` an operator halts trading."""
    venue = Venue(folder, records_per_file=10**6)
    for number in range(1, records + 1):
        venue.step()
        if number == halt_after:
            halt = SetTradingState(instrument_id=0, trading_state=TradingState.HALTED)
            batch = venue.flow.from_engine([halt])
            venue.writer.append([batch])
            venue.replica.apply_record(batch)
    venue.writer.close()
    return venue


@pytest.mark.slow
@pytest.mark.parametrize("halt_after", [3, RECORDS - 2])
def test_difference_is_found_at_its_entry(tmp_path: Path, halt_after: int) -> None:
    """In the first block, and in the open one at the end."""
    one = venue_of(tmp_path / "one", records=RECORDS)
    other = venue_of(tmp_path / "other", records=RECORDS, halt_after=halt_after)

    found = compare(one.directory, other.directory)

    assert found is not None
    marks = 1 if halt_after > BLOCK_SEQS // ENTRIES_PER_RECORD else 0
    assert found.seq == halt_after * ENTRIES_PER_RECORD + marks + 1
    assert found.block == (found.seq - 1) // BLOCK_SEQS + 1
    assert found.other is not None
    (event,) = found.other.events
    assert event == TradingStateChanged(
        instrument_id=0, old_state=TradingState.LIVE, new_state=TradingState.HALTED
    )


@pytest.mark.slow
def test_equal_journals_have_no_difference(tmp_path: Path) -> None:
    """Two venues that were told the same."""
    one = venue_of(tmp_path / "one", records=RECORDS)
    other = venue_of(tmp_path / "other", records=RECORDS)

    assert compare(one.directory, other.directory) is None
    assert len(trace(one.directory).blocks) == 1


def test_journal_that_ends_earlier_differs_at_the_first_entry_it_lacks(tmp_path: Path) -> None:
    """A mirror that stopped is not equal."""
    one = venue_of(tmp_path / "one", records=4)
    other = venue_of(tmp_path / "other", records=3)

    found = compare(one.directory, other.directory)

    assert found is not None
    assert found.seq > other.replica.seq
    assert found.other is None


def test_entry_without_events_on_one_side_is_a_difference() -> None:
    """None stands for: nothing happened there."""
    found = first_difference(events_of(1, 2, 4), events_of(1, 2, 3, 4), block=1)

    assert found is not None
    assert (found.seq, found.one) == (3, None)
    assert found.other is not None
    assert first_difference(events_of(1), events_of(1), block=1) is None
