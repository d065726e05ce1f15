"""The archive keeps raw streams, bounded, and says when it cannot."""

from __future__ import annotations

import hashlib
from pathlib import Path

from seawall.feeds.archive import FILE_MS, NO_DIGEST, StreamArchive, read_archive
from tests.feeds.outside import bbo


def test_a_file_that_was_not_ended_gives_its_lines(tmp_path: Path) -> None:
    """The process may be killed at any moment; what was flushed is there."""
    archive = StreamArchive(tmp_path, note=print)
    for number in range(100):
        archive.write(bbo(100, 101, raw=b'{"n":%d}' % number))
    archive.flush()
    (file,) = tmp_path.glob("source-01/*.gz")
    lines = [line for line, _ in read_archive(file)]
    archive.close()

    assert b'1000000000 {"n":99}' == lines[-1]
    assert 101 == len(lines)


def test_files_are_chained(tmp_path: Path) -> None:
    """A file that is missing between two others shows."""
    archive = StreamArchive(tmp_path, note=print)
    archive.write(bbo(100, 101, receive_ms=1_000))
    end_of_first = archive.digest(1)
    archive.write(bbo(100, 102, receive_ms=1_000 + FILE_MS))
    archive.close()
    first, second = sorted(tmp_path.glob("source-01/*.gz"), key=lambda path: int(path.stem))

    assert end_of_first == list(read_archive(first))[-1][1]
    assert b"chain " + end_of_first.hex().encode() == next(iter(read_archive(second)))[0]


def test_the_digest_is_the_hash_of_the_lines(tmp_path: Path) -> None:
    """Anyone with sha256sum can check it."""
    archive = StreamArchive(tmp_path, note=print)
    archive.write(bbo(100, 101, raw=b"{}"))
    text = b"chain " + b"0" * 64 + b"\n1000000000 {}\n"

    assert hashlib.sha256(text).digest() == archive.digest(1)

    archive.close()


def test_a_line_break_in_a_message_cannot_forge_a_line(tmp_path: Path) -> None:
    """What a venue sends must not look like two messages."""
    archive = StreamArchive(tmp_path, note=print)
    archive.write(bbo(100, 101, raw=b"{}\n9 {}"))
    archive.close()
    (file,) = tmp_path.glob("source-01/*.gz")

    assert 2 == len(list(read_archive(file)))


def test_the_oldest_files_go_first(tmp_path: Path) -> None:
    """An archive must not fill the disk that the journal needs."""
    archive = StreamArchive(tmp_path, note=print, bytes_max=600)
    for hour in range(20):
        archive.write(bbo(100, 101, receive_ms=1_000 + hour * FILE_MS, raw=b"x" * 50))
    archive.close()
    kept = sorted(int(path.stem) for path in tmp_path.glob("source-01/*.gz"))

    assert 1 < len(kept) < 10
    assert 1_000 + 19 * FILE_MS == kept[-1]


def test_a_disk_that_refuses_costs_the_hash_and_not_the_price(tmp_path: Path) -> None:
    """Prices go on without evidence, and it is said once."""
    (tmp_path / "feeds").write_text("a file where the directory should be")
    notes: list[str] = []
    archive = StreamArchive(tmp_path / "feeds", note=notes.append)
    for _ in range(3):
        archive.write(bbo(100, 101))
    archive.flush()
    archive.close()

    assert NO_DIGEST == archive.digest(1)
    assert 1 == len(notes)
