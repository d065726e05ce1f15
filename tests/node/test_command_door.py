"""Commands reach a venue whether it runs or stands still, durable as a start would find them."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.core.model.commands import Command, CreditDeposit, OpenAccount
from seawall.core.model.rejects import RejectReason
from seawall.errors import DataDirectoryInUse
from seawall.journal.directory import DataDirectory, open_directory
from seawall.journal.recovery import open_replica
from seawall.journal.writer import JournalWriter
from seawall.node.command_door import StoppedVenue, open_door
from seawall.node.people import Answer
from tests.node.venue import Venue, seawall

pytestmark = pytest.mark.slow

NEW_ACCOUNT = 4_000_000


@pytest.fixture
def data(tmp_path: Path) -> DataDirectory:
    """A demo venue that nobody has started."""
    assert seawall("init", str(tmp_path / "data")).returncode == 0
    return open_directory(tmp_path / "data")


def open_account(account_id: int = NEW_ACCOUNT) -> OpenAccount:
    """A command that is accepted once."""
    return OpenAccount(account_id=account_id, owner_id=account_id, fee_tier=0)


def ends(answers: list[Answer]) -> list[int]:
    """How each command ended, wherever it came to stand."""
    return [reason for _, reason in answers]


def test_a_venue_that_stands_still_takes_commands(data: DataDirectory) -> None:
    """Durable when the call returns; the clock stays where it was."""
    with open_door(data) as door:
        assert ends(door.send([open_account()])) == [RejectReason.NONE]
        assert ends(door.send([open_account(), open_account(NEW_ACCOUNT + 1)])) == [
            RejectReason.ACCOUNT_EXISTS,
            RejectReason.NONE,
        ]

    engine = open_replica(data.path).replica.engine
    assert engine.seq == 3
    assert engine.clock_ms == 0
    assert seawall("verify", str(data.path)).returncode == 0


def test_another_opening_goes_on(data: DataDirectory) -> None:
    """A new life of the publisher: nothing is dropped as a repetition."""
    for number in range(3):
        with open_door(data) as door:
            assert door.send([open_account(NEW_ACCOUNT + number)]) == [
                (number + 1, RejectReason.NONE)
            ]

    assert open_replica(data.path).replica.seq == 3


def test_marks_that_are_due_are_published(data: DataDirectory) -> None:
    """A verification expects one soon after every 1,024 entries."""
    with open_door(data) as door:
        for number in range(40):
            commands: list[Command] = [
                open_account(NEW_ACCOUNT + number * 60 + one) for one in range(60)
            ]
            door.send(commands)

    checked = seawall("verify", str(data.path))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_nobody_writes_beside_another(data: DataDirectory) -> None:
    """An engine that is just starting holds the directory, though its socket is not there yet."""
    with JournalWriter(data.path, holder="an engine"), pytest.raises(DataDirectoryInUse):
        StoppedVenue(data)


def test_the_directory_is_given_back_when_recovery_fails(data: DataDirectory) -> None:
    """What is damaged can be looked at by the next command."""
    (data.path / "snapshots" / "0000000000000009.snap").write_bytes(b"")
    for _ in range(2):
        with pytest.raises(Exception, match="9"):
            StoppedVenue(data)


def test_a_venue_that_runs_takes_commands(data: DataDirectory, free_port: int) -> None:
    """The same words, over the engine's socket; a later start finds both."""
    with open_door(data) as door:
        door.send([open_account()])
    with Venue(data.path, free_port) as venue, open_door(data) as door:
        assert ends(door.send([open_account(), open_account(NEW_ACCOUNT + 1)])) == [
            RejectReason.ACCOUNT_EXISTS,
            RejectReason.NONE,
        ]
        credit = CreditDeposit(account_id=1, asset_id=99, amount=1, deposit_id=b"d")
        assert ends(door.send([credit])) != [RejectReason.NONE]
        assert venue.stop() == 0

    with open_door(data) as door:
        assert ends(door.send([open_account(NEW_ACCOUNT + 1)])) == [RejectReason.ACCOUNT_EXISTS]
    assert seawall("verify", str(data.path)).returncode == 0
