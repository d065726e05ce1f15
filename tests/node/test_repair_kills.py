"""A repair whose posting is killed at any step is posted afterwards, once and whole."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from seawall.core.model.event_reader import read_entries
from seawall.core.model.repair_events import RepairPosted
from seawall.journal.recovery import open_replica
from seawall.replay.actual import ActualEvents
from tests.core.engine.swap_venue import DOLLAR, USDT
from tests.node.venue import seawall
from tests.repair.wrong_day import ALICE, WrongDay

pytestmark = pytest.mark.slow

CASE = "case-1"
STEPS = 3  # the opening, one part, the posting


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stopped venue whose repair may be posted."""
    day = WrongDay(tmp_path_factory.mktemp("approved") / "venue")
    done = seawall(
        *("repair", "plan", str(day.directory), "--edits", str(day.edits_file()), "--json", "-")
    )
    digest = json.loads(done.stdout)["plan_hash"]
    for name in ("olga", "otto"):
        where = ("--dir", str(day.directory), "--operator", name, "--hash", digest)
        assert seawall("repair", "approve", CASE, *where).returncode == 0
    return day.directory


def postings(venue: Path) -> int:
    """How often a repair was posted, by the journal."""
    end = open_replica(venue).replica.seq
    return sum(
        isinstance(event, RepairPosted)
        for _, _, events in ActualEvents(venue, begin=0, until=end)
        for entry in read_entries(events)
        for event in entry.events
    )


def cash(venue: Path) -> int:
    """What Alice has."""
    state = open_replica(venue).replica.engine.state
    account = state.account(ALICE)
    assert account is not None
    return int(state.trading_account(account, USDT).balance)


@pytest.mark.parametrize("when", ["before", "durable"])
@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_a_killed_posting_leaves_nothing_or_all(
    approved: Path, tmp_path: Path, step: int, when: str
) -> None:
    """All only when the posting itself was durable; asked again, it is posted once."""
    venue = Path(shutil.copytree(approved, tmp_path / "venue"))
    killed = subprocess.run(
        [sys.executable, "-m", "tests.node.dying_repair", str(venue), CASE, str(step), when],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    is_posted = (step, when) == (STEPS, "durable")

    assert postings(venue) == (1 if is_posted else 0)
    assert cash(venue) == (10_000_000 if is_posted else 7_291_000) * DOLLAR

    done = seawall("repair", "apply", CASE, "--dir", str(venue), "--json", "-")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["is_new"] is not is_posted
    assert postings(venue) == 1
    assert cash(venue) == 10_000_000 * DOLLAR
    assert seawall("verify", str(venue)).returncode == 0
