"""The truth about a scripted day, as edits: what only a drill can know.

A venue that repairs itself can drop what it does not trust; a drill has the clean day and can put
back what the sources should have said. The day run again with the truth, and without the freeze,
must be the clean day: bit for bit up to the last seq before the freeze, and in everything that
people own and owe at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import msgspec

from seawall.core.model.batch import BATCH_HEADER_BYTES, BatchHeader
from seawall.core.model.codec import read_word
from seawall.core.model.command_codec import decode_command
from seawall.core.model.commands import SetFreeze
from seawall.journal.directory import open_directory
from seawall.journal.reader import JournalReader
from seawall.journal.replica import batches_of
from seawall.replay.economics import differing_accounts, economic_state_of
from seawall.replay.edits import Drop, Edit, Grounds, Replace, Seqs, write_edits
from seawall.replay.fresh import run_fresh
from seawall.replay.processes import OnFresh, unheard_of
from seawall.replay.rerun import RerunOrder
from seawall.simulation.drills.venue import OPERATORS

Batch = tuple[int, BatchHeader, bytes]  # its first seq


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """The edits that turn a day into its clean day. `seq` and `clean_seq` are where both end, or
    the last seq before the freeze in both.
    """

    edits: list[Edit]
    first_seq: int  # the first that is edited; 0 when nothing differs
    freeze_seq: int  # 0 without a freeze
    seq: int
    clean_seq: int

    @property
    def cut(self) -> int:
        """The last seq that means the same in both."""
        return self.freeze_seq - 1 if self.freeze_seq else self.seq


class CleanComparison(msgspec.Struct, frozen=True, kw_only=True):
    """A day run again with the truth beside the clean day."""

    cut: int
    is_same_state: bool  # at the cut, bit for bit
    differing_at_cut: dict[int, list[str]]  # by account, 0 the house: what differs
    differing_at_end: dict[int, list[str]]
    faults: list[str]  # broken laws of ledger and book in any of the runs
    seconds: float


def truth_of(actual: Path, clean: Path) -> Truth:
    """Compare the journals of a scripted day and its clean day, batch by batch."""
    drops: list[int] = []
    replaced: list[tuple[int, bytes]] = []
    freeze_seq = 0
    theirs = _batches(clean)
    other = next(theirs, None)
    seq = clean_seq = 0
    for first, header, batch in _batches(actual):
        seq = first + int(header.count) - 1
        if other is None or not _are_alike(header, other[1]):
            assert _is_freeze(batch), "only a freeze is told in one world and not in the other"
            drops += range(first, seq + 1)
            freeze_seq = freeze_seq or first
            continue
        clean_seq = other[0] + int(header.count) - 1
        if batch != other[2]:
            pairs = zip(_commands(header, batch), _commands(header, other[2]), strict=True)
            replaced += [
                (first + place, true) for place, (said, true) in enumerate(pairs) if said != true
            ]
        other = next(theirs, None)
    assert other is None, "the clean day is told nothing of its own"
    seqs = [*drops, *(one for one, _ in replaced)]
    return Truth(
        edits=_edits(drops, replaced),
        first_seq=min(seqs, default=0),
        freeze_seq=freeze_seq,
        seq=seq,
        clean_seq=clean_seq,
    )


def compare_with_clean(
    actual: Path, clean: Path, folder: Path, *, on_fresh: OnFresh = unheard_of
) -> CleanComparison:
    """Run the day again with the truth, and the clean day, each to the cut and to the end, in fresh
    processes; compare what they came to. Raises what `run_fresh` raises.
    """
    truth = truth_of(actual, clean)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "truth.json"
    write_edits(path, truth.edits)
    edited = RerunOrder(directory=str(actual), edits=str(path), until=truth.cut)
    plain = RerunOrder(directory=str(clean), until=truth.cut)
    at_cut = run_fresh(
        {"truth": (folder / "truth", edited), "clean": (folder / "clean", plain)},
        on_fresh=on_fresh,
    )
    at_end = run_fresh(
        {
            "truth": (folder / "truth-end", msgspec.structs.replace(edited, until=truth.seq)),
            "clean": (folder / "clean-end", msgspec.structs.replace(plain, until=truth.clean_seq)),
        },
        on_fresh=on_fresh,
    )
    genesis = open_directory(actual).genesis
    states = [economic_state_of(genesis, one.state()) for one in (*at_cut, *at_end)]
    return CleanComparison(
        cut=truth.cut,
        is_same_state=at_cut[0].state() == at_cut[1].state()
        and at_cut[0].result.events_hash == at_cut[1].result.events_hash,
        differing_at_cut=differing_accounts(states[0], states[1]),
        differing_at_end=differing_accounts(states[2], states[3]),
        faults=[fault for one in (*at_cut, *at_end) for fault in one.result.faults],
        seconds=sum(one.result.seconds for one in (*at_cut, *at_end)),
    )


def _edits(drops: list[int], replaced: list[tuple[int, bytes]]) -> list[Edit]:
    tape = sha256(b"".join(true for _, true in replaced)).hexdigest()
    grounds = Grounds(evidence=tape, author=OPERATORS[0], approvals=OPERATORS)
    edits: list[Edit] = [Replace(seq=seq, command=true, grounds=grounds) for seq, true in replaced]
    if drops:
        edits.append(
            Drop(
                from_seq=drops[0],
                to_seq=drops[-1],
                selects=Seqs(seqs=tuple(drops)),
                grounds=grounds,
            )
        )
    return edits


def _batches(directory: Path) -> Iterator[Batch]:
    """The batches of a script, each of which takes effect once."""
    seq = 1
    with JournalReader(directory) as reader:
        for _, payload in reader.read_from(1):
            for at, header in batches_of(payload):
                yield seq, header, payload[at : at + header.length]
                seq += int(header.count)


def _are_alike(header: BatchHeader, other: BatchHeader) -> bool:
    return (header.publisher_id, header.batch_number, header.count) == (
        other.publisher_id,
        other.batch_number,
        other.count,
    )


def _is_freeze(batch: bytes) -> bool:
    length = read_word(batch, BATCH_HEADER_BYTES + 8)
    command = decode_command(batch, BATCH_HEADER_BYTES + 16, length)
    return isinstance(command, SetFreeze) and command.is_frozen


def _commands(header: BatchHeader, batch: bytes) -> Iterator[bytes]:
    at = BATCH_HEADER_BYTES
    for _ in range(header.count):
        length = read_word(batch, at + 8)
        yield batch[at + 16 : at + 16 + length]
        at += 16 + length
