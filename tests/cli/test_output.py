"""What commands write beside their results."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path

import pytest

from seawall.cli.output import stage_line, write_file
from seawall.errors import BadConfiguration, DiskFull


class Terminal(io.StringIO):
    """A standard error that people look at."""

    def isatty(self) -> bool:
        """It is."""
        return True


def test_a_stage_is_said_when_it_changes_and_wiped_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing moves by itself beside a measurement, and no line stays behind."""
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with stage_line() as on_stage:
        for done in (0, 1, 1, 100, 200):
            on_stage("both runs", done, 200)
        on_stage("cut", 0, 0)

    wipe = "\r\x1b[K"
    lines = ["both runs: 0 %", "both runs: 50 %", "both runs: 100 %", "cut: 0 %", ""]
    assert terminal.getvalue() == "".join(f"{wipe}{line}" for line in lines)


def test_where_nobody_looks_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that reads standard error finds faults there, and nothing else."""
    nobody = io.StringIO()
    monkeypatch.setattr("sys.stderr", nobody)
    with stage_line() as on_stage:
        on_stage("both runs", 1, 2)

    assert nobody.getvalue() == ""


def test_a_full_disk_leaves_the_file_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A receipt is not lost for one that could not be written."""
    file = tmp_path / "receipt.json"
    write_file(str(file), b"the first", option="--out")

    def full(_fd: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("seawall.journal.directory.os.fsync", full)
    with pytest.raises(DiskFull, match=r"receipt\.json"):
        write_file(str(file), b"the second", option="--out")
    assert file.read_bytes() == b"the first"
    assert [one.name for one in tmp_path.iterdir()] == ["receipt.json"]


def test_a_link_stays_a_link_and_a_pipe_a_pipe(tmp_path: Path) -> None:
    """Renaming a file over them would take them away."""
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write_file(str(tmp_path / "link"), b"words", option="--out")
    write_file("/dev/null", b"words", option="--out")

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"words"
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("name", ["", ".", "/", "none/file", "/dev/full"])
def test_what_cannot_be_written_is_said(name: str) -> None:
    """With the option that named it."""
    with pytest.raises(BadConfiguration, match="after --json"):
        write_file(name, b"words", option="--json")
