"""A day run again with the truth is the clean day: "as if there had been no issue", exactly."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.core.model.commands import ObservePrices, SetFreeze
from seawall.replay.economics import differing_accounts, economic_state
from seawall.replay.edits import Drop, Replace, Seqs, write_edits
from seawall.replay.rerun import rerun
from seawall.replay.resolution import edits_fault
from seawall.simulation.drills.truth import Truth, compare_with_clean, truth_of
from tests.simulation.drills.small import read, small_day, told_in, write_day


class Days:
    """A small day, its clean day and the truth about it."""

    def __init__(self, folder: Path, *, has_mirror: bool) -> None:
        day = small_day(has_protections=False, has_mirror=has_mirror)
        self.actual, self.clean = write_day(day, folder)
        self.truth: Truth = truth_of(self.actual, self.clean)


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "mirror"])
def days(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Days:
    """Without protections, so that much goes wrong."""
    return Days(tmp_path_factory.mktemp("truth"), has_mirror=request.param)


@pytest.mark.slow
def test_the_truth_replaces_the_lies_and_drops_the_freeze(days: Days) -> None:
    """Nothing else of the script is touched."""
    truth = days.truth
    told = told_in(days.actual)
    lies = [edit for edit in truth.edits if isinstance(edit, Replace)]
    drops = [edit for edit in truth.edits if isinstance(edit, Drop)]

    assert edits_fault(days.actual, truth.edits) == ""
    assert len(lies) == 2 * 2 * 90  # sources, times a second, seconds
    assert truth.first_seq == lies[0].seq
    for lie in lies:
        said, true = read(told[lie.seq - 1][2]), read(lie.command)
        assert isinstance(said, ObservePrices)
        assert isinstance(true, ObservePrices)
        assert (said.source_id, said.receive_ms) == (true.source_id, true.receive_ms)
        assert said.ask_e8 * 1_000 < true.ask_e8
    assert [one.selects for one in drops] == [Seqs(seqs=(truth.freeze_seq,))]
    assert isinstance(read(told[truth.freeze_seq - 1][2]), SetFreeze)
    assert truth.seq == len(told) == truth.clean_seq + 1


@pytest.mark.slow
def test_a_day_run_again_with_the_truth_is_the_clean_day(days: Days, tmp_path: Path) -> None:
    """Law 6, in fresh processes: the same state before the freeze, the same holdings at the end."""
    actual = economic_state(rerun(days.actual, until=days.truth.cut).engine)
    clean = economic_state(rerun(days.clean, until=days.truth.cut).engine)
    done = compare_with_clean(days.actual, days.clean, tmp_path)

    assert len(differing_accounts(actual, clean)) > 20  # of a hundred: there was much to undo
    assert done.is_same_state
    assert done.differing_at_cut == {}
    assert done.differing_at_end == {}
    assert done.faults == []


@pytest.mark.slow
def test_one_lie_left_in_is_found_out(days: Days, tmp_path: Path) -> None:
    """The comparison bites: the last lie before the freeze was heard by everybody."""
    lies = [edit for edit in days.truth.edits if isinstance(edit, Replace)]
    last = max(edit.seq for edit in lies if edit.seq < days.truth.cut)
    few = [edit for edit in lies if edit.seq != last]
    write_edits(tmp_path / "edits.json", few)
    until = days.truth.cut
    clean = rerun(days.clean, until=until)
    done = rerun(days.actual, edits=few, until=until)

    assert done.result.events_hash != clean.result.events_hash
    assert done.engine.snapshot() != clean.engine.snapshot()
