"""Commands on one case of a venue, as people type them; for tests of repairs and receipts."""

from __future__ import annotations

import json
from pathlib import Path

from seawall.identity import IdentityStore
from seawall.journal.recovery import open_replica
from tests.core.engine.swap_venue import USDT
from tests.node.venue import Done, seawall
from tests.repair.wrong_day import ALICE

CASE = "case-1"


def repair(venue: Path, name: str, *arguments: str, case: str = CASE) -> Done:
    """A command on a case of the venue."""
    return seawall("repair", name, case, "--dir", str(venue), *arguments)


def hash_of(venue: Path, case: str = CASE) -> str:
    """The plan's hash, as `show` prints it."""
    shown = repair(venue, "show", "--json", "-", case=case)
    assert shown.returncode == 0, shown.stderr
    return str(json.loads(shown.stdout)["plan_hash"])


def approve(venue: Path, *names: str, case: str = CASE) -> None:
    """Let these people approve."""
    digest = hash_of(venue, case)
    for name in names:
        words = ("--operator", name, "--hash", digest[:8])
        done = repair(venue, "approve", *words, case=case)
        assert done.returncode == 0, done.stderr


def cash(venue: Path, account_id: int = ALICE) -> int:
    """The account's trading balance by the journal, units."""
    state = open_replica(venue).replica.engine.state
    account = state.account(account_id)
    assert account is not None
    return int(state.trading_account(account, USDT).balance)


def change(path: Path, **fields: object) -> None:
    """Write a file with other fields."""
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, **fields}, indent=2))


def posted_seq(venue: Path, case: str = CASE) -> int:
    """Where the case was posted, as `show` says it."""
    return int(json.loads(repair(venue, "show", "--json", "-", case=case).stdout)["posted_seq"])


def make_identity(venue: Path) -> None:
    """Nobody has a key; the store is made before the venue is complete."""
    version = (venue / "VERSION").read_bytes()
    (venue / "VERSION").unlink()
    IdentityStore.open(venue).close()
    (venue / "VERSION").write_bytes(version)
