"""Which client order ids ended within the last day: the gateway's half of idempotency.

The engine refuses an id that is open or ended within ten minutes; a client that retries after an
hour must be refused too. Only a 64-bit hash of (account, id) is kept, in one set per hour, so
that a day of a busy market maker fits and a whole hour is forgotten at once. The hash is keyed
per process, so nobody can aim at a collision; by chance one in 10^13 ids is refused wrongly,
which is an honest refusal.
"""

from __future__ import annotations

from collections import deque

from seawall.gateway.limits import (
    CLIENT_ID_MEMORY_NS,
    CLIENT_IDS_MAX,
    CLIENT_IDS_PER_ACCOUNT_AND_HOUR_MAX,
    SECOND_NS,
)

HOUR_NS = 3_600 * SECOND_NS


class _Hour:
    __slots__ = ("by_account", "hashes", "hour")

    def __init__(self, hour: int) -> None:
        self.hour = hour
        self.hashes: set[int] = set()
        self.by_account: dict[int, int] = {}  # how many of each account


class ClientIdMemory:
    """Ids of ended orders, kept for at least 24 and less than 25 hours, and at most
    CLIENT_IDS_MAX.
    """

    def __init__(
        self,
        *,
        total_max: int = CLIENT_IDS_MAX,
        per_account_and_hour_max: int = CLIENT_IDS_PER_ACCOUNT_AND_HOUR_MAX,
    ) -> None:
        self._total_max = total_max
        self._per_account_and_hour_max = per_account_and_hour_max
        self._hours: deque[_Hour] = deque()  # newest last
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def remember(self, *, account_id: int, client_id: bytes, time_ns: int) -> None:
        """An order with this id ended at `time_ns`; an account's ids above its hourly limit are
        not kept.
        """
        hour = time_ns // HOUR_NS
        hours = self._hours
        if not hours or hours[-1].hour < hour:
            hours.append(_Hour(hour))
            self._forget_before(time_ns)
        if self._count >= self._total_max and len(hours) > 1:
            self._forget_oldest_hour()
        newest = hours[-1]
        mine = newest.by_account.get(account_id, 0)
        if mine >= self._per_account_and_hour_max or self._count >= self._total_max:
            return
        newest.by_account[account_id] = mine + 1
        newest.hashes.add(hash((account_id, client_id)))
        self._count += 1

    def is_remembered(self, *, account_id: int, client_id: bytes) -> bool:
        """Whether an order of this account with this id ended within the last day."""
        value = hash((account_id, client_id))
        for hour in self._hours:  # noqa: SIM110 - asked for every order; a generator costs more
            if value in hour.hashes:
                return True
        return False

    def _forget_before(self, now_ns: int) -> None:
        oldest_hour = (now_ns - CLIENT_ID_MEMORY_NS) // HOUR_NS
        while self._hours and self._hours[0].hour < oldest_hour:
            self._forget_oldest_hour()

    def _forget_oldest_hour(self) -> None:
        self._count -= sum(self._hours.popleft().by_account.values())
