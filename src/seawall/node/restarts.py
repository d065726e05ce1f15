"""When a process that died is started again, and when it stays down. Pure: time is handed in."""

from __future__ import annotations

from collections import deque
from typing import Final

WINDOW_SECONDS: Final = 60.0
DELAYS_SECONDS: Final = (0.0, 0.2, 0.5, 1.0, 2.0)  # the first restart is at once
# Exit codes that a restart cannot change: what a person set is wrong, or what lies on disk is.
HOPELESS_CODES: Final = frozenset({64, 65, 78})


class RestartPolicy:
    """Restarts of one process: a growing delay, at most so many in a minute, none when hopeless."""

    def __init__(self, *, restarts_per_minute: int) -> None:
        self.restarts_per_minute = restarts_per_minute
        self._restarts: deque[float] = deque()
        self._fault_seq: int | None = None

    def delay_after(
        self, *, code: int, fault_seq: int | None, now_seconds: float
    ) -> tuple[float | None, str]:
        """Seconds to wait before the next start, or None and the reason why it stays down."""
        if code in HOPELESS_CODES:
            return None, f"exit code {code} needs a person"
        if fault_seq is not None and fault_seq == self._fault_seq:
            return None, f"it failed again at seq {fault_seq}; see `seawall verify`"
        self._fault_seq = fault_seq
        while self._restarts and now_seconds - self._restarts[0] >= WINDOW_SECONDS:
            self._restarts.popleft()
        count = len(self._restarts)
        if count >= self.restarts_per_minute:
            return None, f"it was restarted {count} times within a minute"
        self._restarts.append(now_seconds)
        return DELAYS_SECONDS[min(count, len(DELAYS_SECONDS) - 1)], ""
