"""How a data directory comes to be: genesis, first journal file, and last the file VERSION.

A crash on the way leaves a directory without VERSION, which nobody opens and `create_journal` makes
again.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from seawall.core.model.genesis import Genesis
from seawall.core.model.genesis_check import genesis_fault
from seawall.core.model.genesis_codec import encode_genesis
from seawall.errors import BadConfiguration
from seawall.journal.directory import (
    FORMAT_VERSION,
    disk_errors,
    journal_folder,
    snapshots_folder,
    write_durably,
)
from seawall.journal.store import FileAbout, create_file, file_path


def create_journal(directory: Path, genesis: Genesis) -> None:
    """Make the data directory of a new venue. Raises BadConfiguration when there is one already."""
    fault = genesis_fault(genesis)
    if fault:
        raise BadConfiguration(expected="a sound genesis", found=fault, to_do="correct the venue")
    data = encode_genesis(genesis)
    _check_free(directory, data)
    folder = journal_folder(directory)
    with disk_errors(f"making {directory}"):
        for one in (directory, folder, snapshots_folder(directory)):
            one.mkdir(parents=True, exist_ok=True)
    write_durably(directory / "genesis", data)
    genesis_hash = sha256(data).digest()
    first = file_path(folder, 1)
    if not first.exists():
        about = FileAbout(
            file_no=1,
            genesis_hash=genesis_hash,
            first_record_no=1,
            previous_link=genesis_hash,
            is_sealed=False,
        )
        create_file(first, about)
    text = f"seawall data directory, format {FORMAT_VERSION}\n"
    write_durably(directory / "VERSION", text.encode())


def _check_free(directory: Path, genesis: bytes) -> None:
    if (directory / "VERSION").exists():
        raise BadConfiguration(
            expected=f"no venue in {directory}",
            found="one that exists already",
            to_do="choose another directory, or start the one that is there with `seawall up`",
        )
    present = directory / "genesis"
    if present.exists() and present.read_bytes() != genesis:
        raise BadConfiguration(
            expected=f"an empty directory {directory}",
            found="the genesis of another venue, without its VERSION file",
            to_do="choose another directory, or put the file VERSION back",
        )
