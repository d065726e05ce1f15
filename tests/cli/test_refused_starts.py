"""`seawall up` finds what is wrong before it starts anything, and says it in one line."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from seawall.cli.app import run
from seawall.journal.directory import DirectoryLock
from seawall.node.create import open_or_create_demo

SMALL = """
[venue]
name = "Small"
[[assets]]
name = "USDT"
[[assets]]
name = "BTC"
[[instruments]]
name = "BTC-USDT"
tick_size = "0.1"
lot_size = "0.001"
quantity_min = "0.001"
quantity_max = "1000"
price_max = "1000000"
[[fee_tiers]]
maker = "0.08%"
taker = "0.10%"
[[accounts]]
name = "alice"
balances = { USDT = "1000" }
"""


def make_venue(directory: Path) -> Path:
    """A small venue that nobody has started."""
    path = directory.parent / "small.toml"
    path.write_text(SMALL)
    assert run(["init", str(directory), "--from", str(path)]) == 0
    return directory


def refused(
    capsys: pytest.CaptureFixture[str], directory: Path, port: int, *options: str
) -> tuple[int, str]:
    """Start a venue that must not start; its exit code and its one line."""
    capsys.readouterr()
    code = run(["up", str(directory), "--port", str(port), "--no-world", *options])
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1, captured.err
    return code, captured.err


def test_taken_port_is_named_before_anything_starts(
    tmp_path: Path, free_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing may be left behind, not even a data directory."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", free_port))
        other.listen()

        code, line = refused(capsys, tmp_path / "venue", free_port)

    assert code == 64
    assert str(free_port) in line
    assert "--port" in line
    assert not (tmp_path / "venue").exists()


@pytest.mark.parametrize("place", ["", "run"], ids=["engine", "supervisor"])
def test_data_directory_in_use_names_its_holder(
    place: str, tmp_path: Path, free_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two writers would ruin a journal."""
    venue = make_venue(tmp_path / "venue")
    (venue / place).mkdir(exist_ok=True)
    lock = DirectoryLock(venue / place, holder="somebody else")
    try:
        code, line = refused(capsys, venue, free_port)
    finally:
        lock.release()

    assert code == 64
    assert "another data directory" in line


def _newer(venue: Path) -> None:
    (venue / "VERSION").write_text("seawall data directory, format 99\n")


def _no_version(venue: Path) -> None:
    (venue / "VERSION").write_text("a diary\n")


def _broken_genesis(venue: Path) -> None:
    data = bytearray((venue / "genesis").read_bytes())
    data[0] ^= 1
    (venue / "genesis").write_bytes(bytes(data))


def _no_genesis(venue: Path) -> None:
    (venue / "genesis").unlink()


def _empty_genesis(venue: Path) -> None:
    (venue / "genesis").write_bytes(b"")


def _genesis_of_nobody(venue: Path) -> None:
    (venue / "genesis").unlink()
    (venue / "genesis").mkdir()


def _no_identity(venue: Path) -> None:
    (venue / "identity.db").unlink()


def _other_identity(venue: Path) -> None:
    (venue / "identity.db").write_bytes(b"a diary, not a database" * 100)


DAMAGES: dict[str, tuple[Callable[[Path], None], int, str]] = {
    "a newer release's": (_newer, 64, "format 99"),
    "not a venue's": (_no_version, 64, "a diary"),
    "broken genesis": (_broken_genesis, 65, "genesis"),
    "no genesis": (_no_genesis, 65, "No such file"),
    "empty genesis": (_empty_genesis, 65, "not the bytes of a genesis"),
    "genesis that cannot be read": (_genesis_of_nobody, 65, "Is a directory"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_directory_that_cannot_be_used_is_refused(
    damage: str, tmp_path: Path, free_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is repaired in silence."""
    venue = make_venue(tmp_path / "venue")
    spoil, expected_code, words = DAMAGES[damage]
    spoil(venue)

    code, line = refused(capsys, venue, free_port)

    assert code == expected_code
    assert words in line


@pytest.mark.parametrize("damage", [_no_identity, _other_identity])
def test_lost_identity_is_never_replaced_by_an_empty_one(
    damage: Callable[[Path], None],
    tmp_path: Path,
    free_port: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nobody could sign in, and the next new person would get an old account."""
    venue = tmp_path / "venue"
    open_or_create_demo(venue, now_ms=1)
    damage(venue)
    found = (venue / "identity.db").exists()

    code, line = refused(capsys, venue, free_port)

    assert code == 65
    assert "restore identity.db and identity.key" in line
    assert (venue / "identity.db").exists() == found


def test_file_in_place_of_a_directory_is_refused(
    tmp_path: Path, free_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistyped path is one clear line."""
    (tmp_path / "thesis.txt").write_text("chapter one")

    code, line = refused(capsys, tmp_path / "thesis.txt", free_port)

    assert code == 64
    assert "no file VERSION" in line


def test_tape_that_cannot_be_played_is_refused_before_anything_starts(
    tmp_path: Path, free_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """A venue that starts all the same would have no market."""
    code = run(
        ["up", str(tmp_path / "venue"), "--port", str(free_port), "--tape", str(tmp_path / "none")]
    )

    captured = capsys.readouterr()
    assert code == 78
    assert captured.out == ""
    assert captured.err.count("\n") == 1, captured.err
    assert "a directory with recordings" in captured.err
    assert not (tmp_path / "venue").exists()


def test_directory_of_other_files_is_not_taken_over(
    tmp_path: Path, free_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistyped path must not fill somebody's folder with a demo."""
    (tmp_path / "thesis.txt").write_text("chapter one")

    code, line = refused(capsys, tmp_path, free_port)

    assert code == 64
    assert "no file VERSION" in line
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.slow
def test_interrupted_making_of_a_demo_is_finished(tmp_path: Path) -> None:
    """VERSION is written last, so a directory without it was never used."""
    venue = tmp_path / "venue"
    open_or_create_demo(venue, now_ms=1)
    keys = (venue / "demo-keys.json").read_bytes()
    (venue / "VERSION").unlink()
    genesis = (venue / "genesis").read_bytes()
    (venue / "genesis").unlink()

    home, is_new = open_or_create_demo(venue, now_ms=2)

    assert is_new
    assert home.genesis_bytes != genesis
    assert (venue / "demo-keys.json").read_bytes() == keys


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["--version"], ["up", "--role", "engine"]])
def test_python_without_assertions_is_refused(arguments: list[str]) -> None:
    """They guard every movement of money."""
    done = subprocess.run(
        [sys.executable, "-O", "-m", "seawall", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=dict(os.environ),
    )

    assert done.returncode != 0
    assert "without assertions" in done.stderr
