"""A venue whose disk is full: it says so, keeps what it had, and goes on when there is room."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.node.venue import Venue, seawall, wait_for

pytestmark = pytest.mark.slow

DISK_BYTES = 8 * 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes; skips where this user may not mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(place)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode != 0:
        pytest.skip("needs the right to mount a small disk, such as root has")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(ballast: Path) -> None:
    """Write until there is no room at all."""
    with ballast.open("wb", buffering=0) as file:
        for size in (65_536, 1_024, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue


def test_full_disk_is_told_truthfully_and_survived(small_disk: Path, free_port: int) -> None:
    """Nothing refused is kept, nothing acknowledged is lost, and nobody has to restart anything."""
    assert os.geteuid() == 0
    directory = small_disk / "data"
    with Venue(directory, free_port, log_directory=small_disk.parent) as venue:
        demo = venue.client()
        demo.wait_until_trading("warm")
        assert demo.place("before", price="2", size="0.00001")[1]["sCode"] == "0"
        ballast = small_disk / "ballast"
        fill(ballast)
        refused: list[str] = []

        def is_refused() -> bool:
            fill(ballast)  # what the venue freed in the meantime
            client_id = f"full{len(refused)}"
            refused.append(client_id)
            status, row = demo.place(client_id, price="2", size="0.00001")
            return (status, row["code"]) == (500, "50026")

        wait_for(is_refused, what="a refusal for want of room")
        assert demo.order(refused[-1])[1]["code"] != "0"
        assert "disk" in venue.log
        assert venue.process.poll() is None

        ballast.unlink()
        demo.wait_until_trading("after")
        assert demo.order("before")[1]["state"] == "live"
        assert demo.order(refused[-1])[1]["code"] != "0"
        demo.close()
        assert venue.stop() == 0

    checked = seawall("verify", str(directory))
    assert checked.returncode == 0, checked.stdout + checked.stderr
