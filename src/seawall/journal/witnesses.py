"""Witnesses: whoever has applied the journal knows how long it must be.

A journal that has lost its end looks sound from inside. A checkpoint, a read model or a mirror that
has applied more than the journal holds is the proof of a loss, and the venue does not start over
it.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from seawall.errors import WitnessAhead


class Witness(msgspec.Struct, frozen=True, kw_only=True):
    """Something that has applied the journal up to a record and its last seq; 0 is not known."""

    name: str
    applied_record: int
    applied_seq: int


def check_records(witnesses: Sequence[Witness], *, record_no: int) -> None:
    """Raise WitnessAhead when somebody has applied a record beyond the newest, `record_no`."""
    for witness in witnesses:
        if witness.applied_record > record_no:
            raise _ahead(witness, f"record {witness.applied_record}", f"record {record_no}")


def check_seqs(witnesses: Sequence[Witness], *, seq: int) -> None:
    """Raise WitnessAhead when somebody has applied an entry beyond the newest, `seq`."""
    for witness in witnesses:
        if witness.applied_seq > seq:
            raise _ahead(witness, f"seq {witness.applied_seq}", f"seq {seq}")


def _ahead(witness: Witness, theirs: str, ours: str) -> WitnessAhead:
    return WitnessAhead(
        witness=witness.name,
        expected=f"the journal to hold all that {witness.name} has applied",
        found=f"{witness.name} at {theirs} and the end of the journal at {ours}",
        to_do="acknowledged entries are missing: restore the journal from a replica or a backup; "
        f"only if {witness.name} belongs to another venue, remove it",
    )
