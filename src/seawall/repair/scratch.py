"""A scratch copy of the venue in which a remedy is posted, to see whether the laws hold there.

It is the venue at the cut, in memory. The same commands that a posting sends are applied to it as
entries, so a refusal of the engine shows here, before anybody is asked to approve.
"""

from __future__ import annotations

from hashlib import sha256

import msgspec

from seawall.core.engine import Engine, Entry
from seawall.core.model.codec import read_word
from seawall.core.model.commands import Command, OpenRepair, PostRepair, RepairPart
from seawall.core.model.events import CommandRejected
from seawall.core.model.genesis import Genesis
from seawall.core.model.rejects import RejectReason, reject_sentence
from seawall.core.model.repair import RepairRows
from seawall.core.model.repair_codec import encode_rows
from seawall.errors import OperatorFault
from seawall.repair.posting import PART_BYTES

SCRATCH_CASE = b"scratch"


class Scratch(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the copy. `fault` says why the engine refused the rows, or ""."""

    engine: Engine
    fault: str
    faults: list[str]  # of the ledger and the books afterwards
    is_same_when_posted_twice: bool


def post_in_scratch(engine: Engine, rows: RepairRows) -> Scratch:
    """Post the rows in this copy, twice."""
    data = encode_rows(rows)
    first, second = two_operators(engine.genesis)
    shares = [data[at : at + PART_BYTES] for at in range(0, len(data), PART_BYTES)]
    closing = PostRepair(
        case_id=SCRATCH_CASE,
        overlay_hash=sha256(data).digest(),
        first_operator_id=first,
        second_operator_id=second,
    )
    opening = OpenRepair(
        case_id=SCRATCH_CASE,
        cut_seq=engine.seq,
        plan_hash=sha256(data).digest(),
        parts=len(shares),
        first_operator_id=first,
        second_operator_id=second,
    )
    parts = [
        RepairPart(case_id=SCRATCH_CASE, index=index, count=len(shares), data=share)
        for index, share in enumerate(shares)
    ]
    if engine.state.repair is not None:
        return _refused(engine, "another case of repair is open in the venue")
    commands: list[Command] = [opening, *parts, closing]
    for command in commands:
        reason = _apply(engine, command)
        if reason != RejectReason.NONE:
            return _refused(engine, reject_sentence(reason))
    once = _said(engine)
    reason = _apply(engine, closing)
    is_same = reason == RejectReason.REPAIR_POSTED and once == _said(engine)
    return Scratch(
        engine=engine,
        fault="",
        faults=list(engine.ledger_faults()),
        is_same_when_posted_twice=is_same,
    )


def two_operators(genesis: Genesis) -> tuple[int, int]:
    """Two who may approve. Raises OperatorFault in a venue without."""
    ids = [int(one.operator_id) for one in genesis.operators]
    if len(ids) < 2:
        raise OperatorFault(
            expected="a venue with two operators, who approve a repair",
            found=f"{len(ids)} in its genesis",
            to_do="name operators when the venue is made",
        )
    return ids[0], ids[1]


def _apply(engine: Engine, command: Command) -> int:
    entry = Entry(seq=engine.seq + 1, time_ns=engine.time_ns, command=command)
    for event in engine.apply(entry):
        if isinstance(event, CommandRejected):
            return int(event.reason)
    return RejectReason.NONE


def _said(engine: Engine) -> bytes:
    """What the engine says of its state, without the place in the journal where it says so."""
    described = bytes(engine.describe())
    marker_words = read_word(described, 0) >> 8 & 0xFF
    return described[8 * marker_words :]


def _refused(engine: Engine, fault: str) -> Scratch:
    return Scratch(engine=engine, fault=fault, faults=[fault], is_same_when_posted_twice=False)
