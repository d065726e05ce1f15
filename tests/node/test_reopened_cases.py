"""A settled case is opened anew by an edit that drops its posting: whatever was posted first,
people end with what the second repair alone would have given them.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from seawall.core.model.commands import MassCancel
from seawall.errors import OperatorFault
from seawall.journal.directory import open_directory
from seawall.journal.recovery import open_replica
from seawall.node.command_door import open_door
from seawall.node.repairs import PlanOrder, apply_repair, approve_repair, plan_repair
from seawall.repair.parts import standing_of
from seawall.repair.plan import plan_hash
from seawall.replay.edits import Drop, Edit, Seqs, encode_edits
from seawall.replay.run import no_progress
from tests.core.engine.swap_venue import USDT
from tests.repair.wrong_day import ADA, CAROL, WrongDay
from tests.replay.told import grounds

pytestmark = pytest.mark.slow

POLICIES = ("compensate", "band", "cause", "strict")
Wealth = dict[int, tuple[int, int]]  # cash less cost, and lots, by account; 0: the house


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> WrongDay:
    """A stopped venue in which nothing has been repaired."""
    return WrongDay(tmp_path_factory.mktemp("wrong") / "venue")


def posted(venue: Path, case: str, edits: list[Edit], policy: str, freeze_seq: int) -> int:
    """Repair the venue; the seq of the posting."""
    data = open_directory(venue)
    path = venue.parent / f"{venue.name}.{case}.json"
    path.write_bytes(encode_edits(edits))
    order = PlanOrder(edits=path, policy=policy, case_id=case, freeze_seq=freeze_seq)
    plan = plan_repair(data, order, on_stage=lambda *_: None)
    assert set(plan.laws.values()) == {True}
    for name in ("olga", "otto"):
        prefix = plan_hash(plan).hex()[:12]
        approve_repair(data, case, operator=name, prefix=prefix, now_ms=0)
    return apply_repair(data, case, progress=no_progress).posted_seq


def wealth(venue: Path) -> Wealth:
    """What everybody has, however it is spread over his ledger accounts."""
    standing = standing_of(open_replica(venue).replica.engine.describe())
    found: Wealth = {}
    for (_, account_id, asset_id, _), units in standing.balances.items():
        if asset_id == USDT:
            cash, lots = found.get(account_id, (0, 0))
            found[account_id] = (cash + units, lots)
    for (account_id, _), figures in standing.positions.items():
        cash, lots = found.get(account_id, (0, 0))
        found[account_id] = (cash - figures[1], lots + figures[0])
    return {one: rest for one, rest in found.items() if one}


def without(seq: int) -> Drop:
    """The posting at that seq is not heard."""
    return Drop(from_seq=seq, to_seq=seq, selects=Seqs(seqs=(seq,)), grounds=grounds(author=ADA))


@pytest.fixture(scope="module")
def alone(day: WrongDay, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Wealth]:
    """What each policy gives in a venue that was never repaired before."""
    found = {}
    for policy in POLICIES:
        venue = Path(shutil.copytree(day.directory, tmp_path_factory.mktemp("alone") / "venue"))
        posted(venue, "first", day.edits(), policy, day.frozen_at)
        found[policy] = wealth(venue)
    return found


@pytest.mark.parametrize("second", POLICIES)
@pytest.mark.parametrize("first", POLICIES)
def test_a_case_opened_anew_gives_what_it_would_have_given_at_first(
    day: WrongDay, alone: dict[str, Wealth], tmp_path: Path, first: str, second: str
) -> None:
    """Nobody is paid twice: what the first posting gave is no part of what happened to a victim."""
    venue = Path(shutil.copytree(day.directory, tmp_path / "venue"))
    seq = posted(venue, "first", day.edits(), first, day.frozen_at)
    assert wealth(venue) == alone[first] != wealth(day.directory)
    anew = [*day.edits(), without(seq)]
    if alone[first] == alone[second]:
        with pytest.raises(OperatorFault, match="no rows: there is nothing to repair"):
            posted(venue, "second", anew, second, day.frozen_at)
    else:
        posted(venue, "second", anew, second, day.frozen_at)

    assert wealth(venue) == alone[second]


def test_a_posting_that_was_taken_back_leaves_what_happened(day: WrongDay, tmp_path: Path) -> None:
    """And opened anew behind that, the case gives the same as at first."""
    venue = Path(shutil.copytree(day.directory, tmp_path / "venue"))
    before = wealth(venue)
    seq = posted(venue, "first", day.edits(), "cause", day.frozen_at)
    after = wealth(venue)
    back = posted(venue, "back", [without(seq)], "cause", seq)
    assert wealth(venue) == before != after
    posted(venue, "again", [*day.edits(), without(seq), without(back)], "cause", day.frozen_at)

    assert wealth(venue) == after


def test_an_order_that_was_offered_back_is_not_offered_again(day: WrongDay, tmp_path: Path) -> None:
    """Its owner has cancelled it meanwhile, and that is his wish."""
    venue = Path(shutil.copytree(day.directory, tmp_path / "venue"))
    seq = posted(venue, "first", day.edits(), "cause", day.frozen_at)
    with open_door(open_directory(venue)) as door:
        carol = door.engine().state.account(CAROL)
        assert carol is not None and carol.open_orders == 1
        assert [reason for _, reason in door.send([MassCancel(account_id=CAROL)])] == [0]
    posted(venue, "second", [*day.edits(), without(seq)], "compensate", day.frozen_at)

    carol = open_replica(venue).replica.engine.state.account(CAROL)
    assert carol is not None and carol.open_orders == 0
