"""The day with fewer lies: what the venue would have done, had it not heard a part of them.

    python -m seawall.simulation.drills.fewer_lies FOLDER

runs the day of FOLDER/order.json again in a process of its own, with some lies dropped, and has it
judged by the clean day. More and more of them are dropped, and nobody may be worse off for it: who
is liquidated although healthy on the clean tape was wronged with more lies too. To be wronged is
to be liquidated or to have a trigger fire, for the lies that remain may find somebody who has
escaped an earlier one with a stop. When all are dropped, nobody is wronged at all.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

import seawall
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import EntryEvents
from seawall.journal.directory import open_directory
from seawall.journal.reader import JournalReader
from seawall.journal.replica import without_collector
from seawall.replay.processes import (
    ORDER_FILE,
    RESULT_FILE,
    Job,
    OnFresh,
    exit_code_of,
    run_jobs,
    say_progress,
    unheard_of,
)
from seawall.replay.rerun import Followed
from seawall.replay.start import start_at_or_below
from seawall.simulation.draws import Draws
from seawall.simulation.drills.feeds import Fault
from seawall.simulation.drills.judge import Judge
from seawall.simulation.drills.picture import entries_of
from seawall.simulation.drills.verdict import WrongfulAct

MODULE: Final = "seawall.simulation.drills.fewer_lies"
PROGRESS_EVERY: Final = 16  # records


class FewerOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The worlds of a day, its fault, and the seqs that are not heard."""

    actual: str
    clean: str
    fault: Fault
    drops: list[int]


class Wronged(msgspec.Struct, frozen=True, kw_only=True):
    """Accounts, ascending: liquidated although healthy on the clean tape; and these with those of
    whom a trigger fired that does not fire there.
    """

    liquidated: list[int]
    any: list[int]


def fewer_lies_fault(
    homes: dict[str, Path],
    folder: Path,
    *,
    fault: Fault,
    lies: Sequence[int],
    acts: Iterable[WrongfulAct],
    on_fresh: OnFresh = unheard_of,
) -> str:
    """Who is liquidated because more was dropped, as a sentence, or "". `lies`: the seqs of all;
    `acts`: what the venue did wrongly when it heard them all. Raises what `run_jobs` raises.
    """
    if not lies:
        return "no source has lied: nothing was shown"
    parts = nested_parts(lies)
    results = run_jobs(
        {
            name: Job(
                folder=folder / name,
                module=MODULE,
                order=FewerOrder(
                    actual=str(homes["actual"]),
                    clean=str(homes["clean"]),
                    fault=fault,
                    drops=drops,
                ),
            )
            for name, drops in parts.items()
        },
        on_fresh=on_fresh,
    )
    found = {name: msgspec.json.decode(results[name], type=Wronged) for name in parts}
    return first_worse(wronged_by(acts), found)


def nested_parts(lies: Sequence[int]) -> dict[str, list[int]]:
    """Parts of the lies by name, none empty, each within the next, up to all of them: drawn, so
    that the lies that remain come at other moments in each.
    """
    draws = Draws(len(lies), "fewer lies")
    drawn = sorted(lies, key=lambda seq: (draws.below(1 << 32), seq))
    counts = {"half": len(lies) // 2, "nine of ten": len(lies) * 9 // 10, "all": len(lies)}
    return {name: sorted(drawn[:count]) for name, count in counts.items() if count}


def wronged_by(acts: Iterable[WrongfulAct]) -> Wronged:
    """The accounts of a judge's findings."""
    kept = list(acts)
    return Wronged(
        liquidated=sorted({one.account_id for one in kept if one.kind == "liquidation"}),
        any=sorted({one.account_id for one in kept}),
    )


def first_worse(before: Wronged, parts: dict[str, Wronged]) -> str:
    """The first whom a further part harms, in the order of the parts; the last is all lies."""
    for name, after in parts.items():
        worse = sorted(set(after.liquidated) - set(before.any))
        if worse:
            return (
                f"account {worse[0]} is healthy on the clean tape and is liquidated once {name} of "
                "the bad observations are dropped; with more of them it was not"
            )
        before = after
    if before.any:
        return (
            f"account {before.any[0]} is wronged although no bad observation is heard; "
            f"{len(before.any)} are"
        )
    return ""


def main(arguments: Sequence[str]) -> int:
    """Run what the folder named orders; the exit code says how it ended."""
    seawall.require_assertions()
    return exit_code_of(lambda: _run_order(Path(arguments[0])))


def _run_order(folder: Path) -> None:
    order = msgspec.json.decode((folder / ORDER_FILE).read_bytes(), type=FewerOrder)
    (folder / RESULT_FILE).write_bytes(msgspec.json.encode(run_with_fewer(order)))


def run_with_fewer(order: FewerOrder) -> Wronged:
    """The run and its judgement, in this process."""
    actual, clean = Path(order.actual), Path(order.clean)
    with without_collector():
        judge = Judge(
            genesis=open_directory(actual).genesis,
            clean_genesis=open_directory(clean).genesis,
            clean=entries_of(clean),
            fault=order.fault,
        )
        verdict = judge.judge(_entries(actual, order.drops))
    return wronged_by(verdict.acts)


def _entries(directory: Path, drops: Sequence[int]) -> Iterator[EntryEvents]:
    """What the venue answers when it does not hear these seqs, from the first entry on."""
    home = open_directory(directory)
    blocks: list[bytes] = []
    with JournalReader(directory) as reader:
        start = start_at_or_below(home, reader, seq=drops[0] - 1)
        for entry in entries_of(directory):
            if entry.seq > start.seq:
                break
            yield entry
        replica = start.replica(home)
        replica.chain.on_block = lambda _number, _hash, events: blocks.append(events)
        followed = Followed(replica, {seq: [] for seq in drops}, until=None)
        last = reader.tail().record_no
        begin = start.place.record_no + 1
        for record_no, payload in reader.read_from(begin, after=start.place.link):
            followed.apply_record(payload)
            for events in blocks:
                yield from _behind(events, start.seq)
            blocks.clear()
            if record_no % PROGRESS_EVERY == 0:
                say_progress(record_no - begin + 1, last - begin + 1)
    yield from _behind(replica.chain.open_block(), start.seq)


def _behind(events: bytes, seq: int) -> Iterator[EntryEvents]:
    """A block that was open when the run began holds what came before, too."""
    return (entry for entry in read_entries(events) if entry.seq > seq)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
