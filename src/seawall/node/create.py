"""Making a venue: its genesis, its people, and, when it is a demo, their keys."""

from __future__ import annotations

from pathlib import Path

from seawall.errors import BadConfiguration, NotAJournal
from seawall.identity import DemoKey, IdentityStore, ensure_demo_keys
from seawall.journal.creation import create_journal
from seawall.journal.directory import DataDirectory, disk_errors, open_directory
from seawall.node.config import Venue, read_venue


def create_venue(directory: Path, venue_file: Path | None, *, now_ms: int) -> DataDirectory:
    """Make a venue in `directory` from a venue file, or the demo venue.

    Raises BadConfiguration for a file that is not sound or a directory that holds a venue already.
    An attempt that was interrupted may be made again: VERSION is written last.
    """
    venue = read_venue(venue_file, created_ms=now_ms)
    if (directory / "VERSION").exists():
        raise BadConfiguration(
            expected=f"no venue in {directory}",
            found="one that exists already",
            to_do="choose another directory, or start the one that is there with `seawall up`",
        )
    with disk_errors(f"making {directory}"):
        directory.mkdir(parents=True, exist_ok=True)
    write_people(directory, venue, now_ms=now_ms)
    create_journal(directory, venue.genesis)
    return open_directory(directory)


def open_or_create_demo(directory: Path, *, now_ms: int) -> tuple[DataDirectory, bool]:
    """The venue of a directory, made as the demo venue when the directory is empty or missing.

    The second figure says whether it was made. Raises NotAJournal when something else lies there.
    """
    is_new = not directory.exists() or (directory.is_dir() and not any(directory.iterdir()))
    if not is_new and not (directory / "VERSION").exists() and _was_interrupted(directory):
        is_new = True
    if is_new:
        return create_venue(directory, None, now_ms=now_ms), True
    return open_directory(directory), False


def _was_interrupted(directory: Path) -> bool:
    """Whether an earlier making of a venue did not end, and nothing else is there."""
    if not directory.is_dir():
        return False
    known = {"genesis", "journal", "snapshots", "identity.db", "identity.key", "demo-keys.json"}
    return {path.name.removesuffix(".new") for path in directory.iterdir()} <= known


def write_people(directory: Path, venue: Venue, *, now_ms: int) -> list[DemoKey]:
    """Remember who owns the genesis's accounts; in a simulated venue everybody gets a demo key."""
    store = IdentityStore.open(directory)
    try:
        for account_id, name in venue.account_names.items():
            if store.person(name) is None:
                store.create_user(
                    name=name, now_ms=now_ms, account_id=account_id, owner_id=account_id
                )
        if not venue.genesis.is_simulated:
            return []
        accounts = {name: account_id for account_id, name in venue.account_names.items()}
        return ensure_demo_keys(store, directory, accounts=accounts, now_ms=now_ms)
    finally:
        store.close()


def ensure_demo(home: DataDirectory, *, now_ms: int) -> None:
    """Give a simulated venue's people demo keys: the same at each start, new when lost."""
    if not home.genesis.is_simulated:
        return
    ours = {account.account_id for account in home.genesis.accounts}
    store = IdentityStore.open(home.path)
    try:
        people = {one.name: one.account_id for one in store.people() if one.account_id in ours}
        if people:
            ensure_demo_keys(store, home.path, accounts=people, now_ms=now_ms)
    finally:
        store.close()


def require_venue(directory: Path) -> DataDirectory:
    """The venue of a directory, for commands that need one."""
    if not directory.is_dir():
        raise NotAJournal(
            expected=f"the data directory of a venue at {directory}",
            found="no such directory",
            to_do="name another, or make one with `seawall init`",
        )
    return open_directory(directory)
