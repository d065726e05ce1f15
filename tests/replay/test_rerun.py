"""Reruns: without edits they are the actual run, with edits the world that would have been."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from seawall.core.model.commands import TransferFunds
from seawall.core.model.enums import LedgerKind
from seawall.errors import BadConfiguration, CheckpointDamaged, DataFault, OperatorFault
from seawall.journal.checkpoints import read_checkpoint
from seawall.journal.directory import DataDirectory, open_directory
from seawall.replay.economics import (
    HOUSE,
    Holdings,
    differing_accounts,
    economic_state,
    economic_state_of,
)
from seawall.replay.edits import Drop, Edit, Seqs, encode_edits
from seawall.replay.fresh import FreshRerun, difference, plain_null_test, run_fresh
from seawall.replay.rerun import RerunOrder, RerunResult, main, rerun
from seawall.replay.run import run
from seawall.replay.start import earliest_begin
from tests.core.engine.swap_venue import BTC_SWAP, SELL, USDT
from tests.replay.bad_day import ALICE, CAROL, DAVE, BadDay
from tests.replay.told import LANE, ToldVenue, grounds


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> BadDay:
    """A stopped venue."""
    return BadDay(tmp_path_factory.mktemp("rerun") / "venue")


@pytest.mark.parametrize("begin", ["genesis", "before", "within", "behind"])
def test_a_rerun_without_edits_is_the_actual_run_from_every_checkpoint(
    day: BadDay, begin: str
) -> None:
    """Law 1: bit for bit, events included."""
    seq = 0 if begin == "genesis" else int(getattr(day, begin).stem)
    done = rerun(day.directory, begin=seq)
    engine, chain = day.venue.replica.engine, day.venue.replica.chain

    assert done.result.from_seq == seq
    assert done.result.seq == day.end
    assert done.engine.snapshot() == engine.snapshot()
    assert done.result.state_hash == engine.state_hash().hex()
    assert done.result.events_hash == chain.events_hash_so_far().hex()
    assert done.result.faults == []


@pytest.mark.parametrize("place", ["first", "in a batch", "last"])
def test_a_rerun_stops_exactly_at_the_cut(day: BadDay, place: str) -> None:
    """Wherever it begins, and with edits too."""
    until = {"first": day.first_bad, "in a batch": day.first_bad + 9, "last": day.end}[place]
    far, near = rerun(day.directory, begin=0, until=until), rerun(day.directory, until=until)

    assert near.result.seq == until == far.result.seq
    assert (
        near.result.state_hash
        == far.result.state_hash
        == run(day.directory, until=until).state_hash
    )
    assert near.result.events_hash == far.result.events_hash
    assert rerun(day.directory, edits=[day.drop()], until=until).result.seq == until


def test_a_rerun_with_edits_begins_below_the_first_of_them(day: BadDay) -> None:
    """A checkpoint behind it already contains what is to be undone."""
    done = rerun(day.directory, edits=[day.drop()])

    assert done.result.from_seq == int(day.before.stem)
    assert done.result.notes == []


def test_dropped_observations_undo_what_followed_from_them(day: BadDay) -> None:
    """Alice keeps her position, Carol her bid; Dave, whom nothing happened to, is the same."""
    actual = economic_state(day.venue.replica.engine)
    done = rerun(day.directory, edits=[day.drop()])
    counterfactual = economic_state(done.engine)
    differing = differing_accounts(actual, counterfactual)

    assert (BTC_SWAP, 1, 40_000) not in [row[:3] for row in actual[ALICE].positions]
    assert (BTC_SWAP, 40_000) in [(row[0], row[2]) for row in counterfactual[ALICE].positions]
    assert {ALICE, CAROL} <= set(differing)
    assert DAVE not in differing
    assert "orders" in differing[CAROL]
    assert done.result.faults == []


def test_true_observations_give_the_clean_world_bit_for_bit(day: BadDay, tmp_path: Path) -> None:
    """Law 6, with a clean world that is told the truth from the beginning."""
    clean = BadDay(tmp_path / "clean", is_clean=True)
    edits = day.truth(clean)
    done = rerun(day.directory, edits=edits)

    assert len(edits) == 8  # two sources, four seconds
    assert done.engine.snapshot() == clean.venue.replica.engine.snapshot()
    assert done.result.events_hash == clean.venue.replica.chain.events_hash_so_far().hex()


@pytest.mark.slow
def test_the_null_test_compares_two_processes_that_begin_apart(day: BadDay, tmp_path: Path) -> None:
    """One from the checkpoint below the first edit, one from genesis; both have said the same."""
    heard: set[str] = set()
    done = plain_null_test(
        day.directory,
        tmp_path,
        first_seq=day.first_bad,
        until=day.end,
        on_fresh=lambda name, _done, _total: heard.add(name),
    )

    assert done.is_equal, done.fault
    assert (done.near.from_seq, done.far.from_seq) == (int(day.before.stem), 0)
    assert done.near.state_hash == day.venue.replica.engine.state_hash().hex()
    assert done.notes == []
    assert heard == {"near", "far"}


@pytest.mark.slow
def test_a_skipped_beat_turns_the_null_test_red_and_is_named(day: BadDay, tmp_path: Path) -> None:
    """Planted: one of the processes does not hear a beat of the clock."""
    beat = day.venue.beats[-1]
    skipped = Drop(from_seq=beat, to_seq=beat, selects=Seqs(seqs=(beat,)), grounds=grounds())

    fault, _ = planted(day.directory, tmp_path, skipped)
    assert "the events differ" in fault
    assert f"the states differ at seq {day.end}" in fault


@pytest.mark.slow
def test_a_dropped_posting_turns_the_null_test_red_and_names_the_accounts(
    tmp_path: Path,
) -> None:
    """Planted: money that was moved is not moved in one of the processes."""
    venue = ToldVenue(tmp_path / "venue")
    venue.tick(1)
    transfer = TransferFunds(account_id=CAROL, asset_id=USDT, amount=7, to_trading=False)
    seq = venue.tell(LANE, transfer)
    venue.close()
    drop = Drop(from_seq=seq, to_seq=seq, selects=Seqs(seqs=(seq,)), grounds=grounds())

    fault, runs = planted(venue.directory, tmp_path, drop)
    assert "the events differ" in fault
    assert f"the states differ at seq {seq}, in account {CAROL} (balances)" in fault
    amounts = [
        economic_state_of(open_directory(venue.directory).genesis, one.state())[CAROL].balances
        for one in runs
    ]
    assert (LedgerKind.FUNDING, USDT, 0, 7) in amounts[0]
    assert all(row[0] != LedgerKind.FUNDING for row in amounts[1])


def planted(directory: Path, folder: Path, edit: Edit) -> tuple[str, list[FreshRerun]]:
    """Two processes, one with a planted edit: what `difference` says, and what they left."""
    path = folder / "edits.json"
    path.write_bytes(encode_edits([edit]))
    sound = RerunOrder(directory=str(directory))
    broken = RerunOrder(directory=str(directory), edits=str(path))
    runs = run_fresh({"sound": (folder / "sound", sound), "broken": (folder / "broken", broken)})
    return difference(*runs, genesis=open_directory(directory).genesis), runs


def copied(day: BadDay, folder: Path) -> Path:
    """The venue's directory, to be damaged."""
    return Path(shutil.copytree(day.directory, folder / "copy"))


def flip_bit(path: Path, at: int) -> None:
    """One bit of a file."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_a_flipped_bit_in_a_checkpoint_is_refused_and_an_older_one_is_taken(
    day: BadDay, tmp_path: Path
) -> None:
    """Planted: the reason is said, and the outcome is the same."""
    directory = copied(day, tmp_path)
    flip_bit(directory / "snapshots" / day.within.name, 5_000)
    done = rerun(directory, begin=int(day.within.stem))
    both = rerun(day.directory, begin=int(day.within.stem))

    assert (done.result.from_seq, both.result.from_seq) == (
        int(day.before.stem),
        int(day.within.stem),
    )
    name = day.within.name
    assert done.result.notes == [
        f"passed over a checkpoint: {name}: its hash does not fit its content"
    ]
    assert done.result.state_hash == both.result.state_hash


def test_a_run_that_nothing_leads_to_is_refused(tmp_path: Path) -> None:
    """The only low checkpoint is damaged and the first archive is gone: no figure is better than a
    wrong one.
    """
    venue = ToldVenue(tmp_path / "venue", records_per_file=8)
    venue.tick(6)
    low = venue.checkpoint()
    venue.tick(2)
    end = venue.replica.seq
    venue.close()
    (venue.directory / "journal" / "00000001.db").unlink()
    assert rerun(venue.directory).result.from_seq == int(low.stem)
    assert earliest_begin(venue.directory) == int(low.stem)

    flip_bit(low, 5_000)
    with pytest.raises(CheckpointDamaged, match="its hash does not fit its content"):
        rerun(venue.directory, until=end)


@pytest.mark.slow
def test_a_forged_checkpoint_turns_the_null_test_red(day: BadDay, tmp_path: Path) -> None:
    """Planted: a bit of a balance is flipped and the hash made to fit; only running from further
    back shows it.
    """
    directory = copied(day, tmp_path)
    path = directory / "snapshots" / day.before.name
    cash = economic_state_of(
        open_directory(directory).genesis, snapshot_in(path, open_directory(directory))
    )[DAVE].balances
    amount = next(row[3] for row in cash if row[1] == USDT)
    data = path.read_bytes()[:-32].replace(
        amount.to_bytes(8, "little"), (amount + 1).to_bytes(8, "little"), 1
    )
    path.write_bytes(data + sha256(data).digest())

    done = plain_null_test(directory, tmp_path / "null", first_seq=day.first_bad, until=day.end)
    assert not done.is_equal
    assert "a law of the books is broken" in done.fault


def snapshot_in(path: Path, home: DataDirectory) -> bytes:
    """The engine's snapshot in a checkpoint."""
    checkpoint, fault = read_checkpoint(path, genesis_hash=home.genesis_hash)
    assert checkpoint is not None, fault
    return checkpoint.snapshot


@pytest.mark.slow
def test_a_process_that_refuses_says_why(day: BadDay, tmp_path: Path) -> None:
    """Its last words reach the caller."""
    directory = copied(day, tmp_path)
    (directory / "genesis").write_bytes(b"another")
    order = RerunOrder(directory=str(directory))

    with pytest.raises(DataFault, match="genesis"):
        run_fresh({"only": (tmp_path / "only", order)})
    wrong = RerunOrder(directory=str(tmp_path / "nowhere"))
    with pytest.raises(OperatorFault, match="no file VERSION"):
        run_fresh({"only": (tmp_path / "only", wrong)})


def test_the_entry_of_a_process_leaves_its_files(day: BadDay, tmp_path: Path) -> None:
    """What the parent reads, without a process."""
    path = tmp_path / "edits.json"
    path.write_bytes(encode_edits([day.drop()]))
    order = RerunOrder(directory=str(day.directory), edits=str(path), until=day.end)
    (tmp_path / "order.json").write_bytes(msgspec.json.encode(order))

    assert main([str(tmp_path)]) == 0
    done = rerun(day.directory, edits=[day.drop()], until=day.end)
    assert (tmp_path / "state").read_bytes() == done.engine.snapshot()
    left = msgspec.json.decode((tmp_path / "result.json").read_bytes(), type=RerunResult)
    assert left.state_hash == done.result.state_hash


def test_edits_with_a_fault_are_not_run(day: BadDay) -> None:
    """The sentence of `edits_fault` reaches whoever asked."""
    drop = msgspec.structs.replace(day.drop(), from_seq=day.end + 1, to_seq=day.end + 2)

    with pytest.raises(BadConfiguration, match="the journal ends with"):
        rerun(day.directory, edits=[drop])


def test_holdings_leave_out_what_people_do_not_own(day: BadDay) -> None:
    """Accounts are compared by what they own and owe, the house as one of them."""
    state = economic_state(day.venue.replica.engine)

    assert [row[:3] for row in state[DAVE].orders] == [(b"", BTC_SWAP, SELL)]
    assert state[DAVE].holds == []
    assert {row[0] for row in state[HOUSE].balances} >= {LedgerKind.EXT_CUSTODY}
    assert differing_accounts(state, state) == {}
    assert differing_accounts(state, {}) == {
        account_id: [
            name for name in Holdings.__struct_fields__ if getattr(state[account_id], name)
        ]
        for account_id in state
    }
