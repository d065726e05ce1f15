"""Every remedy of random worlds keeps the laws when it is posted, and a planted flaw shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.core.engine import Engine
from seawall.core.model.commands import Command, CreditDeposit, PostRepair
from seawall.core.model.enums import LedgerKind
from seawall.core.model.rejects import RejectReason
from seawall.core.model.repair import LedgerRow, RepairRows
from seawall.journal.creation import create_journal
from seawall.journal.writer import JournalWriter
from seawall.repair import scratch
from seawall.repair.judging import Judged, Window, judge, scratch_laws
from seawall.repair.parts import Standing, standing_of
from seawall.repair.plan import LAWS, LEDGER, POSTING, TWICE
from seawall.repair.worlds import ActualWorld, actual_world
from tests.laws.undo_worlds import UndoWorld, undo_world
from tests.laws.worlds import seeds

pytestmark = pytest.mark.slow


def unwatched(_done: int, _total: int) -> None:
    """Nobody watches."""


def on_disk(world: UndoWorld, directory: Path) -> Path:
    """The journal of a world."""
    create_journal(directory, world.genesis)
    with JournalWriter(directory, holder="the test") as writer:
        for batch in world.batches:
            writer.append([batch])
    return directory


def actual_of(world: UndoWorld, directory: Path) -> ActualWorld:
    """The world as it happened."""
    return actual_world(
        directory, world.genesis, first_seq=world.window[0], cut_seq=None, progress=unwatched
    )


def judged(world: UndoWorld, directory: Path, actual: ActualWorld, policy_id: str) -> Judged:
    """What a policy comes to in the world."""
    first_seq, last_seq = world.window
    window = Window(first_seq=first_seq, last_seq=last_seq, commands=world.drops)
    return judge(directory, actual, window, policy_id=policy_id, progress=unwatched)


@pytest.mark.parametrize("seed", seeds(3, 100))
@pytest.mark.parametrize("policy_id", ["compensate", "band", "cause", "strict"])
def test_every_law_holds_in_random_worlds(seed: int, policy_id: str, tmp_path: Path) -> None:
    """Through the journal on disk, to a posting in a copy of the venue."""
    world = undo_world(seed)
    if not world.drops:
        return  # everybody told the truth
    directory = on_disk(world, tmp_path / "venue")
    found = judged(world, directory, actual_of(world, directory), policy_id)

    assert found.laws == dict.fromkeys(LAWS, "")
    assert found.remedy.accounts_touched == len(found.made.classes)


@pytest.fixture(scope="module")
def repaired(tmp_path_factory: pytest.TempPathFactory) -> tuple[ActualWorld, RepairRows, Standing]:
    """A world with much to repair: as it was, its rows, and what its rerun has found."""
    world = undo_world(7)
    directory = on_disk(world, tmp_path_factory.mktemp("world") / "venue")
    actual = actual_of(world, directory)
    found = judged(world, directory, actual, "cause")
    return actual, found.rows, standing_of(found.world.rerun.engine.describe())


def test_the_copy_ends_as_the_rerun_did(
    repaired: tuple[ActualWorld, RepairRows, Standing],
) -> None:
    """Else the flaws below would mean nothing."""
    assert scratch_laws(*repaired) == {LEDGER: "", POSTING: "", TWICE: ""}


def with_ledger(rows: RepairRows, ledger: list[LedgerRow]) -> RepairRows:
    """The rows with other money."""
    return RepairRows(ledger=ledger, positions=rows.positions, algos=rows.algos, orders=rows.orders)


def of_house(rows: list[LedgerRow], asset_id: int, amount: int) -> list[LedgerRow]:
    """The rows with so much more for house:error, so that they sum to zero again."""
    key = (LedgerKind.HOUSE_ERROR, asset_id)
    kept = [one for one in rows if (one.kind, one.asset_id) != key]
    had = sum(int(one.amount) for one in rows if (one.kind, one.asset_id) == key)
    if had + amount:
        kept.append(LedgerRow(key[0], 0, asset_id, 0, had + amount))
    return sorted(kept, key=lambda one: (one.kind, one.account_id, one.asset_id))


def test_a_dropped_row_shows(repaired: tuple[ActualWorld, RepairRows, Standing]) -> None:
    """Somebody is left without what he is due; the sums are zero all the same."""
    actual, rows, found = repaired
    dropped = next(one for one in rows.ledger if one.kind == LedgerKind.TRADING)
    ledger = of_house(
        [one for one in rows.ledger if one is not dropped],
        int(dropped.asset_id),
        int(dropped.amount),
    )
    laws = scratch_laws(actual, with_ledger(rows, ledger), found)

    assert f"account {dropped.account_id} ends with" in laws[POSTING]
    assert laws[LEDGER] == ""


def test_rows_that_the_engine_refuses_say_so(
    repaired: tuple[ActualWorld, RepairRows, Standing],
) -> None:
    """Money of somebody who does not exist."""
    actual, rows, found = repaired
    ledger = of_house([*rows.ledger, LedgerRow(LedgerKind.TRADING, 999_999, 1, 0, 5)], 1, -5)
    laws = scratch_laws(actual, with_ledger(rows, ledger), found)

    assert "breaks a rule" in laws[LEDGER]
    assert laws[LEDGER] == laws[POSTING] == laws[TWICE]


def test_a_second_posting_that_books_a_unit_shows(
    repaired: tuple[ActualWorld, RepairRows, Standing], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine refuses it, as it should, and one unit has come in all the same."""
    actual, rows, found = repaired
    apply, posted = scratch._apply, []

    def flawed(engine: Engine, command: Command) -> int:
        reason = apply(engine, command)
        if isinstance(command, PostRepair):
            posted.append(reason)
            if len(posted) > 1:
                account_id = int(actual.genesis.accounts[0].account_id)
                credit = CreditDeposit(
                    account_id=account_id, asset_id=1, amount=1, deposit_id=b"once more"
                )
                assert apply(engine, credit) == RejectReason.NONE
        return reason

    monkeypatch.setattr(scratch, "_apply", flawed)
    laws = scratch_laws(actual, rows, found)

    assert posted == [RejectReason.NONE, RejectReason.REPAIR_POSTED]
    assert laws[TWICE] == "the second posting changed something"
