"""A disk that is really full: a small file system of its own, where we may make one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from seawall.errors import DiskFull
from seawall.journal.checkpoints import newest_checkpoint, write_checkpoint
from seawall.journal.recovery import open_replica
from tests.journal.venue import Venue, hashes_of, read_all

MEGABYTES = 3


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes; skipped where we may not mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting a tmpfs needs root; max_page_count is tested in test_writer.py")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(path: Path, *, leave_bytes: int) -> None:
    """Take all room but some."""
    stats = os.statvfs(path.parent)
    path.write_bytes(bytes(stats.f_bavail * stats.f_frsize - leave_bytes))


@pytest.mark.slow
@pytest.mark.parametrize("leave_bytes", [0, 4_096, 8_192, 20_000, 60_000, 200_000])
def test_writer_survives_a_full_disk_and_loses_nothing(small_disk: Path, leave_bytes: int) -> None:
    """Whichever write is the first to fail, every acknowledged record is there, and it goes on."""
    venue = Venue(small_disk / "venue")
    venue.steps(5)
    fill(small_disk / "ballast", leave_bytes=leave_bytes)
    with pytest.raises(DiskFull):
        venue.steps(500)
    refused = venue.flow
    acknowledged = list(venue.payloads)
    assert read_all(venue.directory) == acknowledged

    (small_disk / "ballast").unlink()
    venue.writer.append([refused.beat()])  # the batches that were refused are simply not there
    venue.writer.close()

    assert read_all(venue.directory)[:-1] == acknowledged


@pytest.mark.slow
def test_venue_killed_on_a_full_disk_comes_back(small_disk: Path) -> None:
    """What a failed write left behind is cut at the next start, not taken for damage."""
    venue = Venue(small_disk / "venue")
    venue.steps(5)
    fill(small_disk / "ballast", leave_bytes=30_000)
    with pytest.raises(DiskFull):
        venue.steps(500)
    acknowledged = list(venue.payloads)
    (small_disk / "ballast").unlink()
    killed = small_disk / "killed"
    subprocess.run(["cp", "-r", str(venue.directory), str(killed)], check=True)
    venue.writer.close()

    again = Venue(killed)

    assert read_all(killed) == acknowledged
    assert hashes_of(open_replica(killed).replica) == hashes_of(venue.replica)
    again.writer.close()


@pytest.mark.slow
def test_checkpoint_on_a_full_disk_keeps_the_older_one(small_disk: Path) -> None:
    """A half-written checkpoint must not count, nor cost the one before."""
    venue = Venue(small_disk / "venue")
    venue.steps(30)
    chain = venue.replica.chain
    engine = venue.replica.engine
    old = write_checkpoint(venue.directory, engine=engine, chain=chain, place=venue.place())
    venue.steps(5)
    fill(small_disk / "ballast", leave_bytes=4_096)

    with pytest.raises(DiskFull):
        write_checkpoint(venue.directory, engine=engine, chain=chain, place=venue.place())

    newest = newest_checkpoint(venue.directory, genesis_hash=engine.genesis_hash).checkpoint
    assert newest is not None
    assert newest.path == old
    assert [path.name for path in old.parent.iterdir()] == [old.name]
    (small_disk / "ballast").unlink()
    venue.writer.close()
