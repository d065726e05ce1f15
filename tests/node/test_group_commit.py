"""Nothing is applied, and so nothing can be told, before it is durable."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest

from seawall.errors import DiskFull
from seawall.node.group_commit import GROUP_BYTES_MAX, GroupCommit, Submission
from tests.node.waiting import until

DEADLINE_SECONDS = 10.0


class GatedJournal:
    """A journal whose appends wait for permission, and that remembers the order of all that
    happens.
    """

    def __init__(self) -> None:
        self.happened: list[tuple[str, bytes]] = []
        self.gate = threading.Semaphore(0)
        self.waiting = threading.Semaphore(0)
        self.is_full = False

    def append(self, batches: list[bytes]) -> None:
        """Wait for the gate, then count the group as durable, or find the disk full."""
        data = b"".join(batches)
        self.happened.append(("begin", data))
        self.waiting.release()
        assert self.gate.acquire(timeout=DEADLINE_SECONDS)
        if self.is_full:
            raise DiskFull(expected="room", found="none", to_do="make room")
        self.happened.append(("durable", data))

    def apply(self, data: bytes) -> None:
        """Remember that the group was applied."""
        self.happened.append(("applied", data))

    async def begun(self) -> None:
        """Wait until one more append has begun."""
        loop = asyncio.get_running_loop()
        assert await loop.run_in_executor(None, self.waiting.acquire, True, DEADLINE_SECONDS)


def play(
    journal: GatedJournal, body: Callable[[GroupCommit, list[str]], Awaitable[None]]
) -> list[str]:
    """Run the pipeline around `body`; returns what was told to refused senders."""
    refusals: list[str] = []

    async def main() -> None:
        commit = GroupCommit(append=journal.append, apply=journal.apply)
        running = asyncio.create_task(commit.run())
        await body(commit, refusals)
        commit.close()
        journal.gate.release(100)
        await running

    asyncio.run(main())
    return refusals


def submission(data: bytes, refusals: list[str]) -> Submission:
    """A batch whose refusal is remembered."""
    return Submission(data=data, received_s=0.0, refuse=refusals.append)


def test_nothing_is_applied_before_it_is_durable() -> None:
    """A reply that leaves before the sync can be a lie."""
    journal = GatedJournal()

    async def body(commit: GroupCommit, refusals: list[str]) -> None:
        commit.submit(submission(b"a", refusals))
        await journal.begun()
        await asyncio.sleep(0)
        assert journal.happened == [("begin", b"a")]

    play(journal, body)

    assert journal.happened == [("begin", b"a"), ("durable", b"a"), ("applied", b"a")]


def test_what_queues_during_a_commit_is_one_group_and_waits_for_its_own() -> None:
    """The next commit begins before the last group is applied, and takes all that came."""
    journal = GatedJournal()

    async def body(commit: GroupCommit, refusals: list[str]) -> None:
        commit.submit(submission(b"a", refusals))
        await journal.begun()
        for data in (b"b", b"c", b"d"):
            commit.submit(submission(data, refusals))
        journal.gate.release()
        await journal.begun()

    play(journal, body)

    assert journal.happened.count(("begin", b"bcd")) == 1
    places = {one: journal.happened.index(one) for one in journal.happened}
    assert places["durable", b"a"] < places["begin", b"bcd"]
    assert places["applied", b"a"] < places["durable", b"bcd"] < places["applied", b"bcd"]


def test_group_that_finds_the_disk_full_is_refused_and_not_applied() -> None:
    """Nothing of it was kept, so its senders may be told so."""
    journal = GatedJournal()

    async def body(commit: GroupCommit, refusals: list[str]) -> None:
        journal.is_full = True
        commit.submit(submission(b"a", refusals))
        await journal.begun()
        journal.gate.release()
        await until(lambda: commit.is_disk_full)
        journal.is_full = False
        commit.submit(submission(b"b", refusals))
        await journal.begun()
        journal.gate.release()
        await until(lambda: not commit.is_disk_full)

    refusals = play(journal, body)

    assert len(refusals) == 1
    assert "make room" in refusals[0]
    assert [one for one in journal.happened if one[0] == "applied"] == [("applied", b"b")]


def test_close_finishes_what_was_taken() -> None:
    """A clean stop keeps every promise made before it."""
    journal = GatedJournal()

    async def body(commit: GroupCommit, refusals: list[str]) -> None:
        for data in (b"a", b"b"):
            commit.submit(submission(data, refusals))

    assert play(journal, body) == []
    assert journal.happened[-1] == ("applied", b"ab")


def test_group_is_bounded_and_the_rest_follows_in_order() -> None:
    """One commit must not hold the next for seconds."""
    journal = GatedJournal()
    large = b"x" * (GROUP_BYTES_MAX // 2 + 1)

    async def body(commit: GroupCommit, refusals: list[str]) -> None:
        for end in (b"1", b"2", b"3"):
            commit.submit(submission(large + end, refusals))

    play(journal, body)

    applied = [data[-1:] for what, data in journal.happened if what == "applied"]
    assert applied == [b"1", b"2", b"3"]


def test_failure_to_apply_ends_the_pipeline() -> None:
    """After it the state in memory may be wrong; nothing more may be applied."""
    journal = GatedJournal()
    journal.gate.release(100)

    def fail(data: bytes) -> None:
        raise AssertionError(data.decode())

    async def main() -> None:
        commit = GroupCommit(append=journal.append, apply=fail)
        commit.submit(submission(b"a", []))
        await commit.run()

    with pytest.raises(AssertionError, match="a"):
        asyncio.run(main())


def test_lag_is_the_age_of_the_oldest_batch_that_is_not_applied() -> None:
    """The engine beats only while it is caught up."""
    journal = GatedJournal()

    async def body(commit: GroupCommit, refusals: list[str]) -> None:
        assert commit.lag_s() == 0.0
        commit.submit(submission(b"a", refusals))  # received at 0.0, long ago
        assert commit.lag_s() > 1.0
        await journal.begun()
        assert commit.lag_s() > 1.0
        journal.gate.release()
        await until(lambda: journal.happened[-1] == ("applied", b"a"))
        assert commit.lag_s() == 0.0

    play(journal, body)
