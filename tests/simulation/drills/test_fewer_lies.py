"""Law 10, asked of a day: to drop more of the lies harms nobody, to drop all spares everybody."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from seawall.simulation.drills.feeds import Fault
from seawall.simulation.drills.fewer_lies import (
    FewerOrder,
    Wronged,
    fewer_lies_fault,
    first_worse,
    nested_parts,
    run_with_fewer,
    wronged_by,
)
from seawall.simulation.drills.play import Played, play_day
from seawall.simulation.drills.undoing import Lies, lies_of
from tests.simulation.drills.small import small_day, unseen_line, unseen_stage


def wronged(*liquidated: int, fired: tuple[int, ...] = ()) -> Wronged:
    """Who was liquidated, and of whom a trigger fired."""
    return Wronged(liquidated=sorted(liquidated), any=sorted({*liquidated, *fired}))


@pytest.mark.parametrize("count", [1, 2, 3, 10, 11, 360])
def test_each_part_lies_within_the_next_and_the_last_is_all(count: int) -> None:
    """However few there are, no part is empty: a run without drops is the day itself."""
    lies = list(range(40, 40 + count))
    parts = list(nested_parts(lies).values())

    assert parts[-1] == lies
    assert all(part for part in parts)
    assert all(set(part) <= set(more) for part, more in pairwise(parts))


@pytest.mark.parametrize(
    ("day", "half", "every", "words"),
    [
        (wronged(1, 2), wronged(1, 2), wronged(), ""),
        (wronged(1, 2), wronged(), wronged(), ""),
        (wronged(1, fired=(2,)), wronged(2), wronged(), ""),  # a stop had saved it from worse
        (wronged(1), wronged(1, fired=(2,)), wronged(), ""),  # the law speaks of liquidations
        (wronged(1), wronged(1, 2), wronged(), "account 2 is healthy .* once half of"),
        (wronged(), wronged(), wronged(7), "account 7 is healthy .* once all of"),
        (wronged(1, 2), wronged(1), wronged(2), "account 2 is healthy .* once all of"),
        (wronged(3, 4), wronged(3, 4), wronged(3, 4), "account 3 is wronged .*; 2 are"),
        (wronged(), wronged(fired=(5,)), wronged(fired=(5,)), "account 5 is wronged"),
    ],
)
def test_whoever_is_harmed_by_dropping_is_named(
    day: Wronged, half: Wronged, every: Wronged, words: str
) -> None:
    """The first, in the order of the parts; with all lies dropped nobody may be wronged."""
    found = first_worse(day, {"half": half, "all": every})

    assert re.search(words, found) if words else found == ""


class Day:
    """A small day without protections, played and judged."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.played: Played = play_day(
            small_day(has_protections=False), folder, on_stage=unseen_stage, on_line=unseen_line
        )
        self.lies: Lies = lies_of(self.played.homes["actual"], self.played.day.fault)

    def wronged(self, drops: list[int]) -> Wronged:
        """By the day with these lies dropped."""
        homes = self.played.homes
        order = FewerOrder(
            actual=str(homes["actual"]),
            clean=str(homes["clean"]),
            fault=self.played.day.fault,
            drops=drops,
        )
        return run_with_fewer(order)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """Much goes wrong on it."""
    return Day(tmp_path_factory.mktemp("fewer"))


@pytest.mark.slow
def test_a_day_with_one_lie_less_is_still_a_bad_day(day: Day) -> None:
    """The run is judged as the day was: a lie behind the freeze changes nothing that counts."""
    was = wronged_by(day.played.verdict.acts)

    assert len(was.liquidated) > 20
    assert day.wronged([day.lies.seqs[-1]]) == was


@pytest.mark.slow
def test_the_more_is_dropped_the_fewer_are_wronged(day: Day, tmp_path: Path) -> None:
    """In fresh processes, as the drill does it."""
    fault = fewer_lies_fault(
        day.played.homes,
        tmp_path,
        fault=day.played.day.fault,
        lies=day.lies.seqs,
        acts=day.played.verdict.acts,
    )

    assert fault == ""
    results = [
        msgspec.json.decode((tmp_path / name / "result.json").read_bytes(), type=Wronged)
        for name in nested_parts(day.lies.seqs)
    ]
    assert len(results[0].liquidated) > 20
    assert results[-1] == wronged()


@pytest.mark.slow
def test_a_lie_that_nobody_knows_of_turns_it_red(day: Day, tmp_path: Path) -> None:
    """Planted: the lies up to the freeze are all dropped, but one."""
    known = [seq for seq in day.lies.seqs if seq != day.lies.first_seq]
    fault = fewer_lies_fault(
        day.played.homes,
        tmp_path,
        fault=day.played.day.fault,
        lies=known,
        acts=day.played.verdict.acts,
    )

    assert "although no bad observation is heard" in fault


@pytest.mark.slow
def test_somebody_who_was_well_with_more_lies_turns_it_red(day: Day, tmp_path: Path) -> None:
    """Planted: the day is said to have wronged nobody."""
    fault = fewer_lies_fault(
        day.played.homes, tmp_path, fault=day.played.day.fault, lies=day.lies.seqs, acts=()
    )

    assert "is liquidated once half of the bad observations are dropped" in fault


def test_without_a_lie_nothing_is_shown(tmp_path: Path) -> None:
    """Green by emptiness would be no result."""
    fault = Fault(source_ids=(1,), index_id=1, from_ms=0, to_ms=1, bid_e8=1, ask_e8=1)

    assert "nothing was shown" in fewer_lies_fault({}, tmp_path, fault=fault, lies=(), acts=())
