"""Bounded memories: at the limit and one above, and fair between accounts."""

from __future__ import annotations

from seawall.gateway.client_ids import HOUR_NS, ClientIdMemory
from seawall.gateway.limits import DAY_NS
from seawall.gateway.recent_memory import RecentMemory


def new_memory(
    forgotten: list[str], *, per_account_max: int = 3, total_max: int = 5
) -> RecentMemory[str]:
    """A small memory that says what it forgets."""
    return RecentMemory(
        per_account_max=per_account_max,
        total_max=total_max,
        age_ns_max=100,
        on_forget=lambda _account_id, value: forgotten.append(value),
    )


def test_an_account_forgets_its_own_oldest_first() -> None:
    forgotten: list[str] = []
    memory = new_memory(forgotten)
    memory.put(account_id=2, key=90, value="other", time_ns=0)
    for key in range(3):
        memory.put(account_id=1, key=key, value=f"v{key}", time_ns=key)
    assert forgotten == []

    memory.put(account_id=1, key=3, value="v3", time_ns=3)

    assert forgotten == ["v0"]
    assert list(memory.of_account(1)) == [1, 2, 3]
    assert memory.get(account_id=2, key=90) == "other"
    assert memory.get(account_id=1, key=90) is None, "not this account's"


def test_all_together_forget_the_oldest_of_all() -> None:
    forgotten: list[str] = []
    memory = new_memory(forgotten)
    for account_id in range(5):
        memory.put(account_id=account_id, key=account_id, value=str(account_id), time_ns=account_id)
    assert forgotten == []

    memory.put(account_id=9, key=9, value="9", time_ns=9)

    assert forgotten == ["0"]
    assert len(memory) == 5
    assert list(memory.of_account(0)) == []


def test_what_is_too_old_is_forgotten() -> None:
    forgotten: list[str] = []
    memory = new_memory(forgotten)
    memory.put(account_id=1, key=1, value="old", time_ns=0)
    memory.put(account_id=2, key=2, value="at the limit", time_ns=100)
    assert forgotten == []

    memory.put(account_id=3, key=3, value="new", time_ns=101)

    assert forgotten == ["old"]


def test_a_client_id_is_kept_a_whole_day_and_less_than_twenty_five_hours() -> None:
    memory = ClientIdMemory()
    ended_ns = 10 * HOUR_NS - 1  # the last nanosecond of an hour
    memory.remember(account_id=1, client_id=b"a", time_ns=ended_ns)

    memory.remember(account_id=2, client_id=b"x", time_ns=ended_ns + DAY_NS)
    assert memory.is_remembered(account_id=1, client_id=b"a")
    memory.remember(account_id=2, client_id=b"y", time_ns=ended_ns + DAY_NS + HOUR_NS)
    assert not memory.is_remembered(account_id=1, client_id=b"a")
    assert memory.is_remembered(account_id=2, client_id=b"x")
    assert not memory.is_remembered(account_id=1, client_id=b"x")


def test_an_account_above_its_hourly_limit_is_not_remembered_and_others_are() -> None:
    memory = ClientIdMemory(per_account_and_hour_max=2)
    for client_id in (b"a", b"b", b"c"):
        memory.remember(account_id=1, client_id=client_id, time_ns=0)
    memory.remember(account_id=2, client_id=b"c", time_ns=0)

    assert memory.is_remembered(account_id=1, client_id=b"b")
    assert not memory.is_remembered(account_id=1, client_id=b"c")
    assert memory.is_remembered(account_id=2, client_id=b"c")


def test_above_the_total_the_oldest_hour_goes_and_a_single_hour_takes_no_more() -> None:
    memory = ClientIdMemory(total_max=2)
    memory.remember(account_id=1, client_id=b"a", time_ns=0)
    memory.remember(account_id=1, client_id=b"b", time_ns=1)
    memory.remember(account_id=1, client_id=b"c", time_ns=2)
    assert len(memory) == 2
    assert not memory.is_remembered(account_id=1, client_id=b"c")

    memory.remember(account_id=1, client_id=b"d", time_ns=HOUR_NS)

    assert len(memory) == 1
    assert memory.is_remembered(account_id=1, client_id=b"d")
    assert not memory.is_remembered(account_id=1, client_id=b"a")
