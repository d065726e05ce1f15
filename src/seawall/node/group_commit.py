"""Group commit: durable, then applied, then told; never in another order.

Whatever queued while the last commit was under way makes up the next one. The commit of a group
runs in a thread while the group before it is applied on the loop, so disk and engine work at the
same time, and yet nothing is applied, and so nothing can be told, before its group is durable.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec

from seawall.errors import DiskFull

GROUP_BYTES_MAX: Final = 4 * 1024 * 1024  # what a commit takes at most; the rest waits for the next


class Submission(msgspec.Struct, frozen=True):
    """A sound batch on its way into the journal, when it came, and who is told when it cannot."""

    data: bytes
    received_s: float  # monotonic
    refuse: Callable[[str], None]


class GroupCommit:
    """The pipeline. `append` makes a group's batches durable and may block; it runs in a thread.

    `apply` gets the group's bytes afterwards, on the loop; what it raises ends `run`. A group that
    finds the disk full is refused as a whole: nothing of it was kept.
    """

    def __init__(
        self, *, append: Callable[[list[bytes]], object], apply: Callable[[bytes], None]
    ) -> None:
        self._append = append
        self._apply = apply
        self._queue: deque[Submission] = deque()
        self._in_flight: list[Submission] = []
        self._durable: list[Submission] = []
        self._wake = asyncio.Event()
        self._is_closing = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self.is_disk_full = False

    def submit(self, submission: Submission) -> None:
        """Queue a batch for the next group."""
        assert not self._is_closing, "nothing is taken after close"
        self._queue.append(submission)
        self._wake.set()

    def lag_s(self) -> float:
        """How long the oldest batch has been waiting to be applied; 0 when there is none."""
        for waiting in (self._durable, self._in_flight, self._queue):
            if waiting:
                return time.monotonic() - waiting[0].received_s
        return 0.0

    def close(self) -> None:
        """Take nothing more; `run` ends when all that was taken is applied or refused."""
        self._is_closing = True
        self._wake.set()

    async def run(self) -> None:
        """Commit and apply until closed."""
        loop = asyncio.get_running_loop()
        try:
            while self._queue or self._durable or not self._is_closing:
                if not self._queue and not self._durable:
                    self._wake.clear()
                    await self._wake.wait()
                    continue
                self._in_flight = self._take_group()
                if not self._in_flight:
                    self._apply_durable()
                    await asyncio.sleep(0)
                    continue
                data = [one.data for one in self._in_flight]
                commit = loop.run_in_executor(self._thread, self._append, data)
                self._apply_durable()
                await self._finish(commit)
        finally:
            self._thread.shutdown()

    def _take_group(self) -> list[Submission]:
        group: list[Submission] = []
        size = 0
        while self._queue and (not group or size + len(self._queue[0].data) <= GROUP_BYTES_MAX):
            group.append(self._queue.popleft())
            size += len(group[-1].data)
        return group

    def _apply_durable(self) -> None:
        if self._durable:
            data = b"".join([one.data for one in self._durable])
            self._apply(data)
            self._durable = []

    async def _finish(self, commit: asyncio.Future[object]) -> None:
        """Wait for the commit; only then is its group durable."""
        try:
            await commit
        except DiskFull as error:
            self.is_disk_full = True
            for submission in self._in_flight:
                submission.refuse(str(error))
        else:
            self.is_disk_full = False
            self._durable = self._in_flight
        self._in_flight = []
