"""A repair is posted once and whole, whatever dies on the way, and only as it was approved."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec
import pytest

from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import OpenRepair
from seawall.core.model.enums import LedgerKind
from seawall.core.model.genesis import Genesis, Operator
from seawall.core.model.limits import ENTRY_BYTES_MAX
from seawall.core.model.repair import LedgerRow, RepairRows
from seawall.core.model.repair_codec import encode_rows
from seawall.errors import OperatorFault
from seawall.repair.approvals import Approval
from seawall.repair.cases import Case
from seawall.repair.plan import plan_hash
from seawall.repair.posting import Posting, post, posting_of
from tests.repair.naive_venue import Dead, NaiveVenue
from tests.repair.plans import VENUE_HASH, encoded_rows, sound_case

GENESIS = Genesis(
    venue=b"small",
    created_ms=0,
    operators=[
        Operator(operator_id=1, name=b"olga"),
        Operator(operator_id=2, name=b"otto"),
        Operator(operator_id=7, name=b"ada"),
    ],
)


def approved(case: Case) -> Case:
    """The case with the word of two."""
    digest = plan_hash(case.plan).hex()
    approvals = tuple(
        Approval(operator_id=id_, operator=name, plan_hash=digest, approved_ms=0)
        for id_, name in ((1, "olga"), (2, "otto"))
    )
    return msgspec.structs.replace(case, approvals=approvals)


def posting(case: Case | None = None) -> Posting:
    """The commands of a case that may be posted."""
    found = approved(sound_case()) if case is None else case
    return posting_of(found, genesis=GENESIS, venue_hash=VENUE_HASH)


def large_case(accounts: int = 30_000) -> Case:
    """A case whose rows need several entries."""
    ledger = [LedgerRow(LedgerKind.TRADING, id_, 1, 0, 5) for id_ in range(1, accounts + 1)]
    ledger.append(LedgerRow(LedgerKind.HOUSE_ERROR, 0, 1, 0, -5 * accounts))
    data = encode_rows(RepairRows(ledger=ledger, positions=[], algos=[], orders=[]))
    return approved(sound_case(data=data, rows=accounts + 1))


def no_progress(_done: int, _total: int) -> None:
    """Nobody watches."""


def test_a_repair_is_posted() -> None:
    """With the two who approved, and the rows as they were approved."""
    venue = NaiveVenue()
    steps: list[tuple[int, int]] = []
    done = post(posting(), door=venue, progress=lambda *step: steps.append(step))

    assert done.is_new and done.rows == 2 and done.parts == 1
    assert venue.posted == {b"c-1": encoded_rows()}
    assert steps == [(1, 3), (2, 3), (3, 3)]


def test_the_commands_name_what_was_approved() -> None:
    """The journal can be read by itself."""
    case = approved(sound_case())
    found = posting(case)

    assert found.opening.plan_hash == plan_hash(case.plan)
    assert found.closing.overlay_hash == sha256(case.rows).digest()
    for command in (found.opening, found.closing):
        assert (command.first_operator_id, command.second_operator_id) == (1, 2)


def test_a_second_posting_changes_nothing_and_says_so() -> None:
    """Who is not sure may ask again."""
    venue = NaiveVenue()
    first = post(posting(), door=venue, progress=no_progress)
    second = post(posting(), door=venue, progress=no_progress)

    assert (first.posted_seq, second.posted_seq) == (3, 0)
    assert venue.postings == 1


@pytest.mark.slow
def test_large_rows_go_in_parts_that_the_journal_takes() -> None:
    """And come together again."""
    case = large_case()
    found = posting(case)
    venue = NaiveVenue()
    done = post(found, door=venue, progress=no_progress)

    assert done.parts == len(found.parts) > 1
    assert all(len(encode_command(part)) <= ENTRY_BYTES_MAX for part in found.parts)
    assert venue.posted[b"c-1"] == case.rows


@pytest.mark.slow
@pytest.mark.parametrize("when", ["dies_before", "dies_after"])
def test_a_death_at_any_step_leaves_nothing_or_all(when: str) -> None:
    """And the next attempt posts once, whatever had arrived."""
    found = posting(large_case())
    for step in range(1, len(found.parts) + 3):
        venue = NaiveVenue()
        setattr(venue, when, step)
        with pytest.raises(Dead):
            post(found, door=venue, progress=no_progress)
        was_last = when == "dies_after" and step == len(found.parts) + 2
        assert venue.postings == (1 if was_last else 0), step

        venue.restart()
        again = post(found, door=venue, progress=no_progress)

        assert venue.postings == 1, step
        assert again.is_new != was_last


def test_another_plan_of_the_name_that_was_posted_is_not_taken_for_this_one() -> None:
    """Nor is it advised to post this one under another name."""
    venue = NaiveVenue()
    earlier = posting(approved(sound_case(accounts_affected=3)))
    post(earlier, door=venue, progress=no_progress)
    words = f"posted at seq 3, with hash {earlier.plan_hash.hex()}"

    with pytest.raises(OperatorFault, match=words) as refused:
        post(posting(), door=venue, progress=no_progress)
    assert "--case" not in str(refused.value)
    assert venue.postings == 1


def test_another_open_case_is_not_touched() -> None:
    """Its people have not decided yet."""
    venue = NaiveVenue()
    other = approved(sound_case(case_id="c-2"))
    venue.send([posting(other).opening])

    with pytest.raises(OperatorFault, match="close c-2 --operator A --operator B"):
        post(posting(), door=venue, progress=no_progress)
    assert venue.postings == 0


@pytest.mark.parametrize(
    "earlier", [sound_case(data=encoded_rows(amount=9)), sound_case(accounts_affected=3)]
)
def test_an_earlier_plan_of_the_case_that_is_open_is_not_mixed(earlier: Case) -> None:
    """Neither its parts nor, with equal rows, its hash in the journal."""
    venue = NaiveVenue()
    opened = posting(approved(earlier))
    venue.send([opened.opening, *opened.parts])

    with pytest.raises(OperatorFault, match="case c-1 is open, with the plan"):
        post(posting(), door=venue, progress=no_progress)
    assert venue.postings == 0


def test_a_posted_case_says_so_even_while_another_is_open() -> None:
    """Asking again is always safe."""
    venue = NaiveVenue()
    post(posting(), door=venue, progress=no_progress)
    venue.send([posting(approved(sound_case(case_id="c-2"))).opening])

    assert not post(posting(), door=venue, progress=no_progress).is_new


def test_without_two_approvals_nothing_is_sent() -> None:
    """Nor with the word of one."""
    case = approved(sound_case())
    for approvals in ((), case.approvals[:1]):
        with pytest.raises(OperatorFault, match="approvals of 2 operators"):
            posting(msgspec.structs.replace(case, approvals=approvals))


def test_a_plan_that_was_changed_after_its_approval_is_refused() -> None:
    """By one unit."""
    case = approved(sound_case())
    plan = msgspec.structs.replace(case.plan, cut_seq=case.plan.cut_seq + 1)

    with pytest.raises(OperatorFault, match="2 of another plan, which are void"):
        posting(msgspec.structs.replace(case, plan=plan))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"null_tests": {"plain": True, "pinned": False}}, "null test pinned fails"),
        ({"laws": {}}, "was not run"),
        ({"sum_by_asset": {"USDT": 1}}, "sum to 1"),
        ({"policy": "window"}, "policy"),
        ({"venue_hash": "0" * 64}, "another venue"),
    ],
)
def test_an_unsound_plan_is_refused_even_with_approvals(
    changes: dict[str, Any], words: str
) -> None:
    """Nobody can approve what does not hold."""
    with pytest.raises(OperatorFault, match=words):
        posting(approved(sound_case(**changes)))


def test_rows_that_were_exchanged_are_refused() -> None:
    """The plan names them."""
    case = approved(sound_case())

    with pytest.raises(OperatorFault, match="rows are not those"):
        posting(msgspec.structs.replace(case, rows=encoded_rows(amount=6)))


def test_a_refusal_of_the_venue_is_told() -> None:
    """In the venue's own words."""
    found = posting()
    opening = OpenRepair(
        case_id=found.opening.case_id,
        cut_seq=found.opening.cut_seq,
        plan_hash=found.opening.plan_hash,
        parts=found.opening.parts,
        first_operator_id=1,
        second_operator_id=1,
    )

    with pytest.raises(OperatorFault, match="two different operators"):
        post(
            msgspec.structs.replace(found, opening=opening),
            door=NaiveVenue(),
            progress=no_progress,
        )
