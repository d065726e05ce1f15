"""`seawall repair find`: the seqs of what a source said, and the edit that drops it."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from seawall.replay.edits import Drop, Grounds, Observations, read_edits
from tests.node.venue import seawall
from tests.repair.wrong_day import ADA, WrongDay
from tests.replay.told import BTC_INDEX, FAULTY

SOURCES = ("--index", "BTC-USDT", "--source", "S11", "--source", "12")


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> WrongDay:
    """A stopped venue on which two sources lied."""
    return WrongDay(tmp_path_factory.mktemp("day") / "venue")


def test_what_sources_said_is_listed(day: WrongDay) -> None:
    """Every word of the range with its seq; the hash of the lines is that of the output."""
    done = seawall(
        *("repair", "find", str(day.directory), *SOURCES),
        *("--from", str(day.first_bad), "--to", str(day.last_bad)),
    )
    lines = done.stdout.splitlines()

    assert done.returncode == 0, done.stderr
    assert len(lines) == 8
    seqs = [int(one.split()[1]) for one in lines]
    assert day.first_bad <= seqs[0] < seqs[-1] <= day.last_bad
    assert all(one.endswith("bid 29998.5 ask 30001.5") for one in lines)
    assert [one.split()[3] for one in lines] == ["S11", "S12"] * 4
    assert sha256(done.stdout.encode()).hexdigest() in done.stderr


def test_without_a_range_all_is_listed(day: WrongDay) -> None:
    """Eleven seconds of one source."""
    done = seawall("repair", "find", str(day.directory), "--index", "1", "--source", "11")

    assert len(done.stdout.splitlines()) == 11


def test_the_edit_is_written_ready_to_be_planned(day: WrongDay, tmp_path: Path) -> None:
    """With the range that was found and the lines as evidence; it drops the same seqs."""
    out = tmp_path / "edits.json"
    done = seawall(
        *("repair", "find", str(day.directory), *SOURCES, "--from", str(day.first_bad)),
        *("--to", str(day.last_bad), "--out", str(out), "--author", "ada"),
    )
    seqs = [int(one.split()[1]) for one in done.stdout.splitlines()]

    assert done.returncode == 0, done.stderr
    assert read_edits(out) == [
        Drop(
            from_seq=seqs[0],
            to_seq=seqs[-1],
            selects=Observations(index_id=BTC_INDEX, source_ids=FAULTY),
            grounds=Grounds(
                evidence=sha256(done.stdout.encode()).hexdigest(),
                author=ADA,
            ),
        )
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--index", "DOGE", "--source", "S11"), 64, "1 BTC-USDT, 2 ETH-USDT); found 'DOGE'"),
        (("--index", "1", "--source", "S99"), 64, "found 'S99'"),
        ((*SOURCES, "--from", "9999"), 64, "nothing from seq 9999"),
        ((*SOURCES, "--out", "{tmp}/x"), 78, "--out with --author"),
        ((*SOURCES, "--author", "ada"), 78, "--out with --author"),
        ((*SOURCES, "--out", "{tmp}/x", "--author", "zoe"), 64, "'zoe'"),
        (("--index", "1"), 2, "--source"),
    ],
)
def test_a_mistake_gets_one_clear_line(
    day: WrongDay, tmp_path: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    """And nothing is listed or written."""
    named = [one.format(tmp=tmp_path) for one in arguments]
    done = seawall("repair", "find", str(day.directory), *named)

    assert done.returncode == code
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
    assert not list(tmp_path.iterdir())
