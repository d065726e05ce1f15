"""A bounded memory of recent things by account: at most so many of one account, of all, and so old.

One busy account forgets its own oldest first, so it cannot push out what others did. `OrderedDict`
rather than `dict`, whose first key takes longer to find the more keys in front of it were deleted.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

V = TypeVar("V")


class RecentMemory(Generic[V]):
    """Values of one kind by account and a key that is unique in the whole venue."""

    def __init__(
        self,
        *,
        per_account_max: int,
        total_max: int,
        age_ns_max: int,
        on_forget: Callable[[int, V], None],
    ) -> None:
        self._per_account_max = per_account_max
        self._total_max = total_max
        self._age_ns_max = age_ns_max
        self._on_forget = on_forget  # account id, value
        self._by_account: dict[int, OrderedDict[int, V]] = {}
        self._order: OrderedDict[int, tuple[int, int]] = OrderedDict()  # key: account, time

    def __len__(self) -> int:
        return len(self._order)

    def put(self, *, account_id: int, key: int, value: V, time_ns: int) -> None:
        """Remember a value, and forget what no longer fits."""
        mine = self._by_account.get(account_id)
        if mine is None:
            mine = self._by_account[account_id] = OrderedDict()
        mine[key] = value
        self._order[key] = (account_id, time_ns)
        if len(mine) > self._per_account_max:
            self._forget(account_id, next(iter(mine)))
        self._forget_old(time_ns)

    def get(self, *, account_id: int, key: int) -> V | None:
        """The value, when it is remembered for this account."""
        mine = self._by_account.get(account_id)
        return None if mine is None else mine.get(key)

    def of_account(self, account_id: int) -> OrderedDict[int, V]:
        """Everything remembered for an account, oldest first; to be read only."""
        return self._by_account.get(account_id) or OrderedDict()

    def forget(self, *, account_id: int, key: int) -> None:
        """Forget a value before its time, if it is remembered."""
        if self.get(account_id=account_id, key=key) is not None:
            self._forget(account_id, key)

    def _forget_old(self, now_ns: int) -> None:
        order = self._order
        oldest_ns = now_ns - self._age_ns_max
        while order:
            key = next(iter(order))
            account_id, time_ns = order[key]
            if len(order) <= self._total_max and time_ns >= oldest_ns:
                return
            self._forget(account_id, key)

    def _forget(self, account_id: int, key: int) -> None:
        mine = self._by_account[account_id]
        value = mine.pop(key)
        del self._order[key]
        if not mine:
            del self._by_account[account_id]
        self._on_forget(account_id, value)
