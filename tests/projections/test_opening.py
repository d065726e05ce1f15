"""Opening read models: made when missing, dropped when old, else refused with one clear line."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import create_mock_engine
from sqlalchemy.dialects import postgresql

from seawall.errors import (
    DataDirectoryInUse,
    DiskFailure,
    NewerFormat,
    ReadModelDamaged,
    SeawallError,
)
from seawall.projections import Projector, opening
from seawall.projections.statements import Statements
from seawall.projections.tables import METADATA, SCHEMA_VERSION
from tests.projections.past import begun, dump, opened, project, random_past

FILE = "readmodel.db"


def change(folder: Path, statement: str) -> None:
    """What another release, or an accident, does to the file."""
    connection = sqlite3.connect(folder / FILE)
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_whoever_comes_first_makes_them(tmp_path: Path) -> None:
    """Follower and edge start at the same time; neither may need the other."""
    first, second = opened(tmp_path), opened(tmp_path)

    assert dump(first) == dump(second)
    assert -1 == Projector(second).applied_seq
    first.close()
    second.close()


def test_older_ones_are_dropped_and_rebuilt(tmp_path: Path) -> None:
    """They are caches: nobody writes a migration for them."""
    past = random_past("plain", 3, steps=100)
    models = opened(tmp_path)
    project(begun(models, past), past)
    expected = dump(models)
    models.close()
    change(tmp_path, f"UPDATE schema SET version = {SCHEMA_VERSION - 1}")
    change(tmp_path, "CREATE TABLE forgotten (a INTEGER)")
    models = opened(tmp_path)

    assert -1 == Projector(models).applied_seq
    project(begun(models, past), past)
    assert expected == dump(models)
    models.close()
    connection = sqlite3.connect(tmp_path / FILE)

    assert not connection.execute("SELECT * FROM sqlite_master WHERE name='forgotten'").fetchall()
    connection.close()


def check_refused(folder: Path, error: type[SeawallError], words: str) -> None:
    """One error, which says what to do; and what is there is as it was."""
    before = (folder / FILE).read_bytes()
    with pytest.raises(error, match=words) as caught:
        opened(folder)

    assert "To do:" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert before == (folder / FILE).read_bytes()


def test_newer_ones_are_refused(tmp_path: Path) -> None:
    """After a rollback of the software the old release must not misread them."""
    opened(tmp_path).close()
    change(tmp_path, f"UPDATE schema SET version = {SCHEMA_VERSION + 1}")
    check_refused(tmp_path, NewerFormat, "newer release")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE schema SET version = 'one'",
        "DELETE FROM schema",
        "INSERT INTO schema VALUES (1, x'00')",
    ],
)
def test_an_unreadable_version_is_refused(statement: str, tmp_path: Path) -> None:
    """What cannot be understood is not touched."""
    opened(tmp_path).close()
    change(tmp_path, statement)
    check_refused(tmp_path, ReadModelDamaged, "no readable version")


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    """A wrong path must not cost somebody else's tables."""
    change(tmp_path, "CREATE TABLE poems (line TEXT)")
    check_refused(tmp_path, ReadModelDamaged, "poems")


def test_a_schema_table_of_something_else_is_refused(tmp_path: Path) -> None:
    """The same name does not make it ours."""
    change(tmp_path, "CREATE TABLE schema (line TEXT)")
    check_refused(tmp_path, ReadModelDamaged, "version")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """One line instead of a trace."""
    (tmp_path / FILE).write_bytes(b"These are not the rows you are looking for. " * 100)
    check_refused(tmp_path, ReadModelDamaged, "not a database")


def test_read_models_of_another_venue_are_refused(tmp_path: Path) -> None:
    """A copied file must not show one venue's trades as another's."""
    opened(tmp_path, genesis_hash=b"x" * 32).close()
    check_refused(tmp_path, ReadModelDamaged, "another venue")


def test_a_lock_that_another_process_keeps_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Busy is not damaged: nobody must move the file away for it."""
    opened(tmp_path).close()
    monkeypatch.setattr(opening, "BUSY_TIMEOUT_MS", 1)
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DataDirectoryInUse, match="locked"):
        opened(tmp_path)
    other.close()
    opened(tmp_path).close()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """No folder, no file."""
    with pytest.raises(DiskFailure, match="unable to open"):
        opened(tmp_path / "nowhere")


def test_the_same_tables_and_statements_exist_in_the_other_dialect() -> None:
    """Nothing here may be of SQLite only; the server itself is not needed to find that out."""
    told: list[str] = []
    engine = create_mock_engine("postgresql+psycopg2://", lambda sql, *_: told.append(str(sql)))
    METADATA.create_all(engine, checkfirst=False)
    statements = Statements(postgresql.dialect())

    assert len(told) >= len(METADATA.tables)
    assert "ON CONFLICT" in statements.minutes.text
    assert "excluded.close" in statements.hours.text
