"""Exactly once: killed in between, the same entries again, two projectors, a full disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from seawall.errors import DiskFull, ProjectorFenced
from seawall.projections import MarketQueries, Projector, ReadModels
from tests.projections.past import Past, begun, dump, opened, project, projected, random_past

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 60.0
STATEMENTS = 11  # of one call: how durable, begin, the fence, and eight kinds of rows

CHILD = """
import sys
from pathlib import Path
from tests.projections.past import begun, opened, project, random_past
past = random_past("plain", 8, steps=800)
models = opened(Path(sys.argv[1]))
projector = begun(models, past)
first = next((n for n, one in enumerate(past.batches) if one[1] > projector.applied_seq), None)
if first is not None:
    print("going", flush=True)
    project(projector, past, first=first)
"""


class Stumble(Exception):
    """What the test lets go wrong."""


@contextmanager
def stumbling(models: ReadModels, number: int) -> Iterator[None]:
    """Inside, the `number`-th statement fails."""
    left = [number]

    def fail(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Stumble

    event.listen(models.engine, "before_cursor_execute", fail)
    yield
    event.remove(models.engine, "before_cursor_execute", fail)


def apply_all(projector: Projector, past: Past) -> None:
    """Everything in one call."""
    project(projector, past, group=len(past.batches))


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, STATEMENTS + 1))
def test_a_failure_at_any_statement_leaves_nothing_and_can_be_repeated(
    number: int, tmp_path: Path
) -> None:
    """Half of an entry's rows would be a lie that nobody finds."""
    past = random_past("plain", 3, steps=800)
    models = opened(tmp_path)
    projector = begun(models, past)
    half = len(past.batches) // 2
    project(projector, Past(past.genesis, past.engine, [], past.batches[:half]))
    before = dump(models)
    with stumbling(models, number), pytest.raises(Stumble):
        apply_all(projector, past)

    assert before == dump(models)
    apply_all(projector, past)
    actual = dump(models)
    models.close()
    (tmp_path / "whole").mkdir()
    whole = projected(tmp_path / "whole", past, group=len(past.batches))
    expected = dump(whole)
    whole.close()

    assert expected == actual


@pytest.mark.slow
def test_killed_again_and_again_it_ends_with_the_same_rows(tmp_path: Path) -> None:
    """SIGKILL at whatever moment: what was committed stays, the rest is applied again, once."""
    past = random_past("plain", 8, steps=800)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    delays = iter([0.0, 0.03, 0.1, 0.06])
    kills = 0
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(tmp_path)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
        )
        assert child.stdout is not None
        child.stdout.readline()
        try:
            code = child.wait(next(delays, DEADLINE_S))
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            child.wait()
            kills += 1
            continue
        finally:
            child.stdout.close()
        assert code == 0
        break
    models = opened(tmp_path)
    actual = dump(models)
    models.close()
    (tmp_path / "whole").mkdir()
    whole = opened(tmp_path / "whole")
    project(begun(whole, past), past)
    expected = dump(whole)
    whole.close()

    assert kills > 0
    assert expected == actual


def test_the_same_entries_twice_count_once(tmp_path: Path) -> None:
    """A follower that starts from an older checkpoint sees again what the read models have."""
    past = random_past("plain", 3)
    models = projected(tmp_path, past)
    before = dump(models)
    projector = Projector(models)
    project(projector, past, group=3)
    overlap = past.batches[-5:]
    projector.apply(
        [entry for entries, _, _ in overlap for entry in entries],
        seq=overlap[-1][1],
        record_no=99,
        clock_ms=overlap[-1][2],
    )

    assert before == dump(models)
    models.close()


def test_an_overlap_is_applied_from_where_it_is_new(tmp_path: Path) -> None:
    """Entries at or below the progress are left out, the rest of the same call counts."""
    past = random_past("plain", 3)
    models = opened(tmp_path)
    projector = begun(models, past)
    half = len(past.batches) // 2
    project(projector, Past(past.genesis, past.engine, [], past.batches[:half]))
    apply_all(projector, past)
    actual = dump(models)
    models.close()
    (tmp_path / "whole").mkdir()
    whole = opened(tmp_path / "whole")
    apply_all(begun(whole, past), past)

    assert dump(whole) == actual
    whole.close()


def test_of_two_projectors_the_slower_one_is_fenced(tmp_path: Path) -> None:
    """Two followers on one database must not count anything twice; the loser is told."""
    past = random_past("plain", 3)
    models = opened(tmp_path)
    slow = begun(models, past)
    other = opened(tmp_path)
    fast = Projector(other)
    apply_all(fast, past)
    before = dump(models)

    with pytest.raises(ProjectorFenced, match=f"seq {past.batches[-1][1]}"):
        project(slow, past)
    with pytest.raises(ProjectorFenced):
        slow.sync()
    assert before == dump(models)
    for one in (models, other):
        one.close()


def test_two_cannot_begin(tmp_path: Path) -> None:
    """The first description is in; a second would double the instruments."""
    past = random_past("plain", 3)
    models = opened(tmp_path)
    late = Projector(models)
    begun(models, past)

    with pytest.raises(ProjectorFenced):
        late.begin(past.description)
    models.close()


@pytest.mark.slow
def test_a_full_disk_is_told_and_nothing_of_the_call_is_kept(tmp_path: Path) -> None:
    """When there is room again, the same call goes through."""
    past = random_past("plain", 3, steps=800)
    models = opened(tmp_path)
    projector = begun(models, past)
    before = dump(models)
    models.engine.dispose()

    def limit(connection: Any, record: object) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 1}")

    event.listen(models.engine, "connect", limit)
    with pytest.raises(DiskFull, match="free space"):
        apply_all(projector, past)

    assert before == dump(models)
    event.remove(models.engine, "connect", limit)
    models.engine.dispose()
    apply_all(projector, past)

    assert projector.applied_seq == past.batches[-1][1]
    models.close()


def test_progress_tells_seq_record_and_clock(tmp_path: Path) -> None:
    """A follower goes on from there, and recovery compares it with the journal."""
    past = random_past("plain", 3)
    models = projected(tmp_path, past, group=1)
    progress = MarketQueries(models).progress()
    again = Projector(models)
    assert progress is not None
    expected = (past.batches[-1][1], len(past.batches), past.batches[-1][2])

    assert expected == (progress.applied_seq, progress.applied_record, progress.clock_ms)
    assert expected == (again.applied_seq, again.applied_record, again.clock_ms)
    models.close()


def test_sync_commits_with_a_synced_log(tmp_path: Path) -> None:
    """A checkpoint may say that the read models are as far only when a power cut cannot undo it."""
    past = random_past("plain", 3, steps=20)
    models = projected(tmp_path, past)
    levels = []
    for transaction in (models.writing, models.writing_durably, models.writing):
        with transaction() as connection:
            levels.append(connection.execute(text("PRAGMA synchronous")).scalar())
    projector = Projector(models)
    seq = projector.applied_seq
    projector.sync()
    with models.writing_durably() as connection:
        mode = connection.execute(text("PRAGMA journal_mode")).scalar()

    assert [1, 2, 1] == levels
    assert "wal" == mode
    assert seq == Projector(models).applied_seq
    models.close()
