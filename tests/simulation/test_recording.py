"""Recordings are read line by line; what cannot be read is counted, and a wrong directory is
said.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seawall.errors import BadConfiguration
from seawall.simulation.recording import (
    Levels,
    Print,
    RecordedBook,
    Recording,
    Touch,
    find_recordings,
)
from tests.simulation.tapes import (
    DEPTH_LINE,
    SNAPSHOT_LINE,
    perpetual_line,
    touch_line,
    trade_line,
    write_tape,
)

E8 = 10**8


def test_each_kind_of_line_is_read(tmp_path: Path) -> None:
    """Best bid and offer, trade, snapshot and changes of the book."""
    lines = [touch_line(0, "100.0", "101.0"), trade_line(1, "100.0", 7), SNAPSHOT_LINE, DEPTH_LINE]
    recording = Recording(write_tape(tmp_path / "a.gz", lines))
    touch, trade, snapshot, depth = [line.what for line in recording.read()]

    assert Touch(100 * E8, 101 * E8, 150_000_000, 250_000_000) == touch
    assert Print(100 * E8, 25_000_000, 7, is_buy=False) == trade
    assert isinstance(snapshot, Levels) and snapshot.is_snapshot
    assert Levels([(99 * E8, 0)], [(10_150_000_000, 7 * E8)], is_snapshot=False) == depth


def test_the_book_follows_its_changes(tmp_path: Path) -> None:
    """Size 0 takes a level away; what is near the touch is summed on the thinner side."""
    recording = Recording(write_tape(tmp_path / "a.gz", [SNAPSHOT_LINE, DEPTH_LINE]))
    book = RecordedBook()
    for line in recording.read():
        assert isinstance(line.what, Levels)
        book.apply(line.what)
    touch = Touch(100 * E8, 101 * E8, E8, E8)

    assert {100 * E8: 50 * E8} == book.bids
    assert 5_000 == book.value_within(20_000, touch)


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "hello",
        "1700 ",
        "1700 {",
        "x {}",
        "-5 {}",
        "99999999999999999999 {}",
        "1700 []",
        '1700 {"stream":"btcusdt@bookTicker","data":{"b":"x","a":"1","A":"1","B":"1"}}',
        '1700 {"stream":"btcusdt@bookTicker","data":{"b":[],"a":[]}}',
        '1700 {"stream":"btcusdt@trade","data":{"p":"0","q":"1","t":1}}',
        '1700 {"stream":"btcusdt@trade","data":{"p":"1","q":"1","t":"one"}}',
        '1700 {"stream":"btcusdt@kline","data":{}}',
        '1700 {"stream":"btcusdt@depth","data":{"b":[["1"]],"a":[]}}',
        '1700 {"bids":[["a","b"]],"asks":[]}',
        "1700 \udcff".encode("utf-8", "surrogateescape").decode("latin-1"),
    ],
)
def test_a_broken_line_is_counted_and_skipped(tmp_path: Path, broken: str) -> None:
    """One bad line must not end the replay of a long tape."""
    lines = [touch_line(0, "1", "2"), broken, touch_line(1, "1", "2")]
    recording = Recording(write_tape(tmp_path / "a.gz", lines))

    assert 2 == len(list(recording.read()))
    assert (3, 1) == (recording.lines, recording.broken)


def test_a_file_that_is_cut_off_gives_what_is_there(tmp_path: Path) -> None:
    """A recorder that was killed leaves such files."""
    lines = [touch_line(number, f"{number + 1}.5", f"{number + 2}.5") for number in range(5_000)]
    recording = Recording(write_tape(tmp_path / "a.gz", lines, cut_bytes=2_000))
    read = list(recording.read())

    assert 1_000 < len(read) < 5_000
    assert recording.is_cut_off


def test_perpetuals_are_left_out(tmp_path: Path) -> None:
    """A perpetual's price is not a spot price, however close."""
    write_tape(tmp_path / "perp.gz", [perpetual_line(number) for number in range(10)])
    write_tape(tmp_path / "spot.gz", [touch_line(0, "1", "2")])
    (found,) = find_recordings(tmp_path)

    assert ("spot.gz", {"BTCUSDT": 10**8}) == (found.path.name, found.symbols)


def test_a_directory_without_spot_is_refused(tmp_path: Path) -> None:
    """Starting without prices would be worse than not starting."""
    write_tape(tmp_path / "perp.gz", [perpetual_line(0)])
    with pytest.raises(BadConfiguration, match="a recording of a perpetual never stands in"):
        find_recordings(tmp_path)


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    """The person reads what was expected, what was found and what to do."""
    with pytest.raises(BadConfiguration, match="nowhere; found nothing there"):
        find_recordings(tmp_path / "nowhere")


def test_a_file_where_a_directory_should_be_is_named(tmp_path: Path) -> None:
    """The usual slip: naming the recording itself."""
    path = write_tape(tmp_path / "a.gz", [touch_line(0, "1", "2")])
    with pytest.raises(BadConfiguration, match="found a file"):
        find_recordings(path)


@pytest.mark.parametrize("content", [b"", b"not compressed", b"\x1f\x8b\x08\x00cut"])
def test_a_file_that_is_no_tape_is_named(tmp_path: Path, content: bytes) -> None:
    """A wrong file in the directory is a slip that must not pass in silence."""
    (tmp_path / "wrong.gz").write_bytes(content)
    with pytest.raises(BadConfiguration, match=r"wrong\.gz"):
        find_recordings(tmp_path)


@pytest.mark.slow
@pytest.mark.skipif("SEAWALL_TAPES" not in os.environ, reason="SEAWALL_TAPES names no recordings")
def test_the_real_recordings_are_read_whole() -> None:
    """Six minutes of spot; the two perpetuals beside it stay out."""
    (recording,) = find_recordings(Path(os.environ["SEAWALL_TAPES"]))
    kinds: dict[str, int] = {}
    for line in recording.read():
        name = type(line.what).__name__
        kinds[name] = kinds.get(name, 0) + 1

    assert {"Touch": 28_040, "Print": 9_757, "Levels": 3_452} == kinds
    assert (0, 0, False) == (recording.broken, recording.perpetual, recording.is_cut_off)
