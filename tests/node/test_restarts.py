"""When a process is started again, and when it must stay down."""

from __future__ import annotations

import pytest

from seawall.node.restarts import DELAYS_SECONDS, WINDOW_SECONDS, RestartPolicy


def test_first_restart_is_at_once_and_later_ones_wait_longer() -> None:
    """A venue whose engine was killed must be back before its clients notice."""
    policy = RestartPolicy(restarts_per_minute=10)

    delays = [policy.delay_after(code=-9, fault_seq=None, now_seconds=0.0)[0] for _ in range(6)]

    assert [*DELAYS_SECONDS, DELAYS_SECONDS[-1]] == delays
    assert delays[0] == 0.0


def test_process_that_dies_too_often_stays_down_and_says_so() -> None:
    """Endless restarts hide a fault."""
    policy = RestartPolicy(restarts_per_minute=3)
    for _ in range(3):
        assert policy.delay_after(code=1, fault_seq=None, now_seconds=10.0)[0] is not None

    delay, why = policy.delay_after(code=1, fault_seq=None, now_seconds=10.0 + WINDOW_SECONDS - 0.1)

    assert delay is None
    assert "3 times within a minute" in why


def test_restarts_of_more_than_a_minute_ago_are_forgotten() -> None:
    """A fault a day must not add up."""
    policy = RestartPolicy(restarts_per_minute=1)
    assert policy.delay_after(code=1, fault_seq=None, now_seconds=0.0)[0] == 0.0

    delay, _ = policy.delay_after(code=1, fault_seq=None, now_seconds=WINDOW_SECONDS)

    assert delay == 0.0


def test_engine_that_fails_again_at_the_same_seq_stays_down() -> None:
    """The same entry would fail a third time; a person must look at it."""
    policy = RestartPolicy(restarts_per_minute=10)
    assert policy.delay_after(code=70, fault_seq=7, now_seconds=0.0)[0] == 0.0

    delay, why = policy.delay_after(code=70, fault_seq=7, now_seconds=100.0)

    assert delay is None
    assert "seq 7" in why


def test_engine_that_fails_at_another_seq_is_started_again() -> None:
    """Two different faults are two chances."""
    policy = RestartPolicy(restarts_per_minute=10)
    assert policy.delay_after(code=70, fault_seq=7, now_seconds=0.0)[0] is not None

    assert policy.delay_after(code=70, fault_seq=8, now_seconds=0.0)[0] is not None


@pytest.mark.parametrize("code", [64, 65, 78])
def test_process_that_needs_a_person_is_not_restarted(code: int) -> None:
    """A wrong setting and a damaged journal do not heal by trying."""
    delay, why = RestartPolicy(restarts_per_minute=10).delay_after(
        code=code, fault_seq=None, now_seconds=0.0
    )

    assert delay is None
    assert str(code) in why
