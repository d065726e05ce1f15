"""kill -9 at random moments under load: what was acknowledged is there after every restart.

SEAWALL_KILLS sets the number of kills (30; 300 in a long run), SEAWALL_SEED the moments.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest

from seawall.journal.creation import create_journal
from seawall.journal.reader import JournalReader
from seawall.journal.writer import JournalWriter
from seawall.replay.verify import verify
from tests.journal.load import ORDERS_PER_BATCH
from tests.journal.venue import genesis

KILLS = int(os.environ.get("SEAWALL_KILLS", "30"))
SEED = int(os.environ.get("SEAWALL_SEED", "1"))
ROOT = Path(__file__).resolve().parents[2]
COMMANDS_PER_S_MIN = 1_000


class Judge:
    """The client's own log of acknowledgements, against what the journal holds."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.acknowledged: dict[int, str] = {}
        self.judged = 0
        self.seq = 0

    def hear(self, line: bytes) -> None:
        """One line of the writer; the last one may be cut by the kill."""
        words = line.decode().split()
        if line.endswith(b"\n") and words[0] == "ready":
            assert int(words[1]) >= self.seq, "the venue went back"
            self.seq = int(words[1])
        elif line.endswith(b"\n"):
            self.acknowledged[int(words[0])] = words[1]

    def look(self) -> None:
        """Every acknowledged record is there as it was; at most one more was on its way."""
        with JournalWriter(self.directory), JournalReader(self.directory) as reader:
            for record_no, payload in reader.read_from(self.judged + 1):
                expected = self.acknowledged.get(record_no)
                if expected is not None:
                    assert sha256(payload).hexdigest() == expected, record_no
                self.judged = record_no
        newest = max(self.acknowledged, default=0)
        assert newest <= self.judged <= newest + 1, f"acknowledged {newest}, held {self.judged}"


def kill_one(judge: Judge, draw: random.Random) -> tuple[int, float]:
    """Run the writer until a random moment: acknowledgements heard, and seconds under load."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.journal.load", str(judge.directory)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    with process.stdout:
        judge.hear(process.stdout.readline())
        started = time.perf_counter()
        heard = 1 + draw.getrandbits(7)
        for _ in range(heard):
            judge.hear(process.stdout.readline())
        time.sleep(draw.getrandbits(12) / 1_000_000)  # the moment of the fault: 0 to 4 ms later
        process.send_signal(signal.SIGKILL)
        for line in process.stdout:
            judge.hear(line)
            heard += 1
        seconds = time.perf_counter() - started
    assert process.wait() == -signal.SIGKILL, "the writer ended before it was killed"
    return heard, seconds


@pytest.mark.slow
@pytest.mark.timeout(60 + 10 * KILLS)
def test_nothing_acknowledged_is_lost_by_kill_9(tmp_path: Path) -> None:
    """Promise 2, at the level of the journal: durable before it is acknowledged."""
    draw = random.Random(SEED)
    create_journal(tmp_path / "venue", genesis())
    judge = Judge(tmp_path / "venue")
    acknowledged, load_s = 0, 0.0
    for number in range(KILLS):
        heard, seconds = kill_one(judge, draw)
        acknowledged += heard
        load_s += seconds
        try:
            judge.look()
        except AssertionError as error:
            raise AssertionError(f"kill {number + 1}, SEAWALL_SEED={SEED}: {error}") from error

    assert acknowledged == len(judge.acknowledged) > KILLS
    assert acknowledged * (ORDERS_PER_BATCH + 2) / load_s >= COMMANDS_PER_S_MIN
    result = verify(judge.directory)
    assert result.findings == []
    assert result.records == judge.judged
    assert result.marks > 0
    assert result.checkpoints > 0
