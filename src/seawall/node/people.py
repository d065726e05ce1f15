"""People and keys: in identity first, then announced to the journal.

A crash between the two leaves an account or a key that does not work yet, never one that should
not: the edge announces at its start whatever identity has and the journal lacks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Protocol

from seawall.core.model.batch import encode_batch
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import Command, OpenAccount, RegisterKey
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import AccountOpened, CommandRejected, InternalFault
from seawall.core.model.limits import SEQ_MAX
from seawall.core.model.rejects import RejectReason, reject_sentence
from seawall.errors import EngineUnreachable, OperatorFault
from seawall.identity import KeyRecord, Person
from seawall.journal.channel import unix_socket
from seawall.journal.directory import DataDirectory, socket_path
from seawall.journal.frames import Behind, EventsFrame, Refused
from seawall.journal.link import EngineLink
from seawall.journal.reader import JournalReader
from seawall.journal.replica import Replica
from seawall.node.clock import NS_PER_MS
from seawall.node.starting import starting_replica

COMMAND_LINE_PUBLISHER: Final = 5
CONNECT_SECONDS: Final = 3.0
ANSWER_SECONDS: Final = 10.0

Answer = tuple[int, int]  # the seq of a command, and the RejectReason of its refusal or NONE


class JournalView(Protocol):
    """What has to be known of the journal to see what it lacks."""

    def is_account_open(self, account_id: int) -> bool:
        """Whether the account was opened."""

    def is_key_announced(self, key_id: str) -> bool:
        """Whether the key was announced and not taken back."""


def missing_announcements(
    people: Iterable[Person], keys: Iterable[KeyRecord], journal: JournalView
) -> list[Command]:
    """The commands that tell the journal of people and keys that only identity knows, in order."""
    commands: list[Command] = [
        open_account(person) for person in people if not journal.is_account_open(person.account_id)
    ]
    commands += [
        register_key(key.key_id, account_id=key.account_id, scopes=key.scopes)
        for key in keys
        if not journal.is_key_announced(key.key_id)
    ]
    return commands


def highest_account_id(home: DataDirectory) -> int:
    """The highest account id that is open by the journal; may be asked beside a running venue."""
    return max(
        (
            event.account_id
            for entry in read_entries(present_replica(home).engine.describe())
            for event in entry.events
            if isinstance(event, AccountOpened)
        ),
        default=0,
    )


def present_replica(home: DataDirectory) -> Replica:
    """The state at the end of the journal; may be made beside a running venue."""
    replica, place = starting_replica(home, seq_max=SEQ_MAX)
    with JournalReader(home.path) as reader:
        for _, payload in reader.read_from(place.record_no + 1, after=place.link):
            replica.apply_record(payload)
    return replica


def open_account(person: Person) -> OpenAccount:
    """The command that opens a person's account, with the fees of everybody."""
    return OpenAccount(account_id=person.account_id, owner_id=person.owner_id, fee_tier=0)


def register_key(key_id: str, *, account_id: int, scopes: int) -> RegisterKey:
    """The command that announces a key; its secret stays in identity."""
    return RegisterKey(account_id=account_id, key_id=key_id.encode(), scopes=scopes)


def is_running(directory: Path) -> bool:
    """Whether an engine listens for this data directory."""

    async def probe() -> bool:
        try:
            _, writer = await asyncio.open_unix_connection(socket_path(directory))
        except OSError:
            return False
        writer.close()
        return True

    return asyncio.run(probe())


def publish(data: DataDirectory, commands: list[Command]) -> None:
    """Publish commands as the command line and wait for their events.

    Raises what `publish_for_reasons` raises, and OperatorFault when the venue refuses one. An
    account that is open already, because the edge was quicker, is no refusal.
    """
    for reason in publish_for_reasons(data, commands):
        if reason not in (RejectReason.NONE, RejectReason.ACCOUNT_EXISTS):
            raise OperatorFault(
                expected="the venue to carry out the command",
                found=reject_sentence(reason),
                to_do="correct the command",
            )


def publish_for_reasons(data: DataDirectory, commands: Sequence[Command]) -> list[int]:
    """Publish commands as the command line; for each the RejectReason of its refusal, or NONE.

    Raises what `publish_for_answers` raises.
    """
    answers = publish_for_answers(data, commands, answer_s=ANSWER_SECONDS)
    return [reason for _, reason in answers]


def publish_for_answers(
    data: DataDirectory, commands: Sequence[Command], *, answer_s: float
) -> list[Answer]:
    """Publish commands as the command line, and wait for what came of each.

    Raises EngineUnreachable when no engine listens or none answers, OperatorFault when a bug of
    ours kept a command from being carried out.
    """
    frame = asyncio.run(_publish(data, commands, answer_s=answer_s))
    return answers_of(frame.events, first_seq=frame.first_seq, count=len(commands))


def answers_of(events: bytes, *, first_seq: int, count: int) -> list[Answer]:
    """What came of each command of a batch that was applied, from its events.

    Raises OperatorFault when a bug of ours kept a command from being carried out.
    """
    reasons = [RejectReason.NONE] * count
    for entry in read_entries(events):
        for event in entry.events:
            if isinstance(event, CommandRejected):
                reasons[entry.seq - first_seq] = event.reason
            elif isinstance(event, InternalFault):
                raise OperatorFault(
                    expected="the venue to carry out the command",
                    found=f"a bug of Seawall's own at seq {entry.seq}, which kept it from having "
                    "any effect",
                    to_do="report it",
                )
    return list(enumerate(reasons, first_seq))


async def _publish(
    data: DataDirectory, commands: Sequence[Command], *, answer_s: float
) -> EventsFrame:
    answers: asyncio.Queue[EventsFrame | Refused | Behind] = asyncio.Queue()
    link = EngineLink(
        unix_socket(socket_path(data.path)),
        on_events=answers.put_nowait,
        on_refused=answers.put_nowait,
        on_behind=answers.put_nowait,
    )
    await link.connect(timeout_s=CONNECT_SECONDS)
    try:
        welcome = await link.hello(COMMAND_LINE_PUBLISHER)
        await link.subscribe(welcome.seq + 1)
        link.send_batch(
            encode_batch(
                shard=data.genesis.shard,
                publisher_id=COMMAND_LINE_PUBLISHER,
                incarnation=welcome.incarnation,
                batch_number=1,
                # The venue's own clock: this machine's may have been moved since it started.
                stamps_ns=[welcome.clock_ms * NS_PER_MS] * len(commands),
                commands=[encode_command(command) for command in commands],
            )
        )
        async with asyncio.timeout(answer_s):
            frame = await answers.get()
            while not isinstance(frame, Behind) and (frame.publisher_id, frame.incarnation) != (
                COMMAND_LINE_PUBLISHER,
                welcome.incarnation,
            ):
                frame = await answers.get()
    except TimeoutError:
        raise EngineUnreachable(
            expected=f"an answer of the engine within {answer_s:g} s",
            found="none; the command may have been carried out",
            to_do="look with `seawall status`, and run the command again if it was not",
        ) from None
    finally:
        await link.close()
    if isinstance(frame, EventsFrame):
        return frame
    lost = "that more happened than can be answered; the command may have been carried out"
    raise EngineUnreachable(
        expected="the engine to accept the command",
        found=frame.text if isinstance(frame, Refused) else lost,
        to_do="try again when the venue is running",
    )
