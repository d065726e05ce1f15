"""The actual run beside a pinned one: the same batches and events, in this process or piped."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.core.engine import Engine, open_engine, restore_engine
from seawall.core.engine.pinned_engine import PinnedEngine, open_pinned
from seawall.core.engine.review import ReviewPolicy
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import SetFreeze
from seawall.core.model.genesis import Genesis
from seawall.core.model.limits import ACCOUNT_ID_ERROR
from seawall.errors import DataFault, EnvironmentFault, OperatorFault
from seawall.replay.actual import ActualEvents, Answered, PipedEvents, main
from seawall.replay.economics import differing_accounts, economic_state
from seawall.replay.edits import Annul, Drop, Insert, Seqs, write_edits
from seawall.replay.fresh import plain_null_test
from seawall.replay.pinned import pinned_rerun
from seawall.replay.pinned_null import PinnedNullOrder, pinned_null_test, run_pinned_null
from seawall.replay.processes import RerunStopped, stopped
from seawall.replay.rerun import rerun
from seawall.replay.resolution import edited_commands
from tests.core.engine.swap_venue import BUY, SELL
from tests.replay.bad_day import CAROL, DAVE, BadDay
from tests.replay.told import OLGA, ToldVenue, grounds


class Plain:
    """Pins nothing: applies what is heard, and compares what it says with the actual run."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.differing: list[int] = []

    def apply(self, data: bytes, events: bytes, edits: dict[int, list[bytes]]) -> None:
        """One batch."""
        first_seq = self.engine.apply_edited(data, 0, edits)
        assert first_seq > 0, "every batch given is the next"
        if self.engine.take_events() != events:
            self.differing.append(int(first_seq))


def open_plain(genesis: Genesis, snapshot: bytes | None) -> Plain:
    """From the snapshot, or from genesis."""
    if snapshot is None:
        return Plain(open_engine(genesis))
    engine, fault = restore_engine(genesis, snapshot)
    assert engine is not None, fault
    return Plain(engine)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> BadDay:
    """A stopped venue."""
    return BadDay(tmp_path_factory.mktemp("pinned") / "venue")


@pytest.mark.slow
def test_piped_frames_are_those_of_the_run_itself(day: BadDay) -> None:
    """Batches, events and the hashes at the end; from a seq between two checkpoints too."""
    for begin in (0, day.first_bad + 3):
        own = ActualEvents(day.directory, begin=begin, until=day.end - 1)
        expected: list[Answered] = list(own)
        with PipedEvents(day.directory, begin=begin, until=day.end - 1) as piped:
            found = list(piped)
            end = piped.end()

        assert found == expected
        assert found[0][0] > begin
        assert end == own.end()


@pytest.mark.parametrize("is_piped", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_without_edits_what_follows_says_what_the_actual_run_said(
    day: BadDay, is_piped: bool
) -> None:
    """Both begin at the same checkpoint and stop at the same cut."""
    done = pinned_rerun(
        day.directory,
        commands={},
        begin=day.first_bad - 1,
        until=day.end,
        open_pinned=open_plain,
        is_piped=is_piped,
    )

    assert done.from_seq == int(day.before.stem)
    assert done.seq == day.end == done.pinned.engine.seq
    assert done.pinned.differing == []
    assert done.actual.snapshot == done.pinned.engine.snapshot()
    assert done.actual.events_hash == day.venue.replica.chain.events_hash_so_far().hex()


def test_with_edits_what_follows_hears_them_and_the_actual_run_does_not(day: BadDay) -> None:
    """It begins below the first edit without being told to."""
    seq = day.venue.beats[-3]
    commands: dict[int, list[bytes]] = {seq: []}
    seen: list[tuple[int, int]] = []
    done = pinned_rerun(
        day.directory,
        commands=commands,
        until=day.end,
        open_pinned=open_plain,
        is_piped=False,
        progress=lambda *where: seen.append(where),
    )

    assert done.from_seq < seq
    assert done.pinned.differing[0] == seq
    assert done.actual.snapshot == rerun(day.directory).engine.snapshot()
    assert done.pinned.engine.snapshot() != done.actual.snapshot
    assert seen[-1][0] == seen[-1][1] > 0


@pytest.mark.slow
def test_a_run_that_ends_early_is_never_taken_for_whole(day: BadDay, tmp_path: Path) -> None:
    """Neither when it refuses nor when it is killed."""
    with (
        PipedEvents(tmp_path, begin=0, until=5) as piped,
        pytest.raises(OperatorFault, match="no file VERSION"),
    ):
        list(piped)
    with PipedEvents(day.directory, begin=0, until=day.end) as piped:
        first = next(iter(piped))
    assert first[0] == 1  # and the process is gone
    assert isinstance(stopped("a run", -9, "nothing said"), RerunStopped)
    assert isinstance(stopped("a run", 74, "no room"), EnvironmentFault)

    (tmp_path / "VERSION").write_bytes((day.directory / "VERSION").read_bytes())
    with (
        PipedEvents(tmp_path, begin=0, until=5) as piped,
        pytest.raises(DataFault, match="genesis"),
    ):
        list(piped)
    assert main([str(tmp_path), "0", "5"]) == DataFault.exit_code


@pytest.mark.slow
def test_the_pinned_null_test_is_equal_in_a_fresh_process(day: BadDay, tmp_path: Path) -> None:
    """Law 2: nothing is void, split, open or claimed, and every batch is answered as it was."""
    done = pinned_null_test(day.directory, tmp_path, first_seq=day.first_bad, until=day.end)

    assert done.is_equal, done.fault
    assert (done.from_seq, done.seq) == (int(day.before.stem), day.end)


@pytest.mark.parametrize("what", ["a beat", "a freeze"])
def test_what_is_planted_turns_the_pinned_null_test_red(
    day: BadDay, tmp_path: Path, what: str
) -> None:
    """A null test has no edits: one that is slipped in is found and named."""
    seq = day.venue.beats[-1]
    skipped = Drop(from_seq=seq, to_seq=seq, selects=Seqs(seqs=(seq,)), grounds=grounds())
    freeze = encode_command(SetFreeze(index_id=0, is_frozen=True, operator_id=OLGA))
    frozen = Insert(after_seq=seq, command=freeze, grounds=grounds())
    path = tmp_path / "planted.json"
    write_edits(path, [skipped if what == "a beat" else frozen])
    order = PinnedNullOrder(
        directory=str(day.directory), begin=day.first_bad - 1, until=day.end, planted=str(path)
    )
    done = run_pinned_null(order)

    assert not done.is_equal
    assert f"the events differ, first in seqs {seq} to {seq}" in done.fault
    assert f"the states differ at seq {day.end}" in done.fault


@pytest.mark.slow
def test_a_fault_is_planted_from_outside_too(day: BadDay, tmp_path: Path) -> None:
    """As a drill does it on itself, in both null tests."""
    seq = day.venue.beats[-1]
    skipped = Drop(from_seq=seq, to_seq=seq, selects=Seqs(seqs=(seq,)), grounds=grounds())
    plain = plain_null_test(
        day.directory, tmp_path, first_seq=day.first_bad, until=day.end, planted=[skipped]
    )
    pinned = pinned_null_test(
        day.directory, tmp_path, first_seq=day.first_bad, until=day.end, planted=[skipped]
    )

    assert "the states differ" in plain.fault
    assert "the states differ" in pinned.fault


@pytest.mark.slow
def test_a_null_test_to_a_cut_that_is_not_reached_is_red(day: BadDay, tmp_path: Path) -> None:
    """Two equal runs that both stop early have shown nothing about the cut."""
    cut = day.end + 1
    plain = plain_null_test(day.directory, tmp_path, first_seq=day.first_bad, until=cut)
    pinned = pinned_null_test(day.directory, tmp_path, first_seq=day.first_bad, until=cut)

    for fault in (plain.fault, pinned.fault):
        assert fault == f"the journal ends with seq {day.end}, below the cut at {cut}"


def test_what_came_of_annulled_wishes_has_no_licence(tmp_path: Path) -> None:
    """A thief sells with Dave's key, as taker and as maker: Carol keeps her trades, the house takes
    Dave's side, and what of his rests stays in the book.
    """
    venue = ToldVenue(tmp_path / "venue")
    venue.tick(15)
    venue.order(CAROL, BUY, 10, 59_990)
    first = venue.order(DAVE, SELL, 4, 59_990)
    venue.order(DAVE, SELL, 7, 60_100)
    last = venue.order(CAROL, BUY, 5, 60_100)
    venue.close()
    annul = Annul(account_id=DAVE, from_seq=first, to_seq=last, grounds=grounds())
    commands = edited_commands(venue.directory, [annul])

    def open_windowed(genesis: Genesis, snapshot: bytes | None) -> PinnedEngine:
        pinned, fault = open_pinned(
            genesis, snapshot, window_from=first, window_to=last, policy=ReviewPolicy()
        )
        assert pinned is not None, fault
        return pinned

    done = pinned_rerun(
        venue.directory, commands=commands, until=last, open_pinned=open_windowed, is_piped=False
    )
    settled = done.pinned.pinned.settlement
    actual = economic_state(venue.replica.engine)
    counterfactual = economic_state(done.pinned.engine)

    assert [(one.quantity, one.stood, one.split) for one in settled.verdicts] == [
        (4, 0, 4),
        (5, 0, 5),
    ]
    assert list(settled.gaps.gaps.values()) == [-9]
    assert differing_accounts(actual, counterfactual) == {
        DAVE: ["positions"],
        ACCOUNT_ID_ERROR: ["positions"],
    }
    assert counterfactual[DAVE].positions == []
    assert counterfactual[DAVE].orders == actual[DAVE].orders != []
