"""Opening the read models: connections, transactions, and whether what is there can be used."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, final

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, inspect, select
from sqlalchemy.exc import DatabaseError, OperationalError

from seawall.errors import (
    DataDirectoryInUse,
    DiskFailure,
    DiskFull,
    NewerFormat,
    ReadModelDamaged,
)
from seawall.projections.tables import METADATA, SCHEMA, SCHEMA_VERSION

BUSY_TIMEOUT_MS: Final = 10_000  # how long a writer waits for another to finish its transaction
WRITES: Final = "seawall_writes"  # execution option: how durable


def bindable(number: int) -> int:
    """The nearest number that a database can compare with: bounds come from outside, unbounded."""
    return max(-(2**63), min(number, 2**63 - 1))


@final
class ReadModels:
    """Prepared read models. Queries may run in any thread; one Projector writes."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = engine.execution_options(**{WRITES: "NORMAL"})
        self._durable_writer = engine.execution_options(**{WRITES: "FULL"})

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that writes, wholly or not at all.

        Raises DiskFull, DiskFailure, and DataDirectoryInUse when another process keeps its lock.
        """
        with _disk_faults(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def writing_durably(self) -> Iterator[Connection]:
        """The same; after it neither this transaction nor an earlier one can be lost."""
        with _disk_faults(), self._durable_writer.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction that reads one state of everything."""
        with _disk_faults(), self.engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def open_read_models(url: str, *, genesis_hash: bytes) -> ReadModels:
    """The read models at a database URL, made if there are none; any process may be the first.

    Those of an older release are dropped: the projector then begins anew and rebuilds them. Raises
    NewerFormat when a newer release made them, ReadModelDamaged when what is there is something
    else or belongs to another venue, DataDirectoryInUse, DiskFull and DiskFailure.
    """
    engine = create_engine(url)
    is_sqlite = engine.dialect.name == "sqlite"
    if is_sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    models = ReadModels(engine)
    try:
        # Look before touching: even the switch to a write-ahead log would change the file.
        with models.reading() as connection:
            _is_current(connection, genesis_hash)
        if is_sqlite:
            _keep_a_log(engine)
        with models.writing() as connection:
            if not _is_current(connection, genesis_hash):
                _drop_all(connection)
                _create(connection, genesis_hash)
    except DatabaseError as error:
        models.close()
        raise _damaged(f"the database says: {error.orig}") from error
    except BaseException:
        models.close()
        raise
    return models


def _prepare_sqlite(connection: Any, record: object) -> None:
    del record
    connection.isolation_level = None  # transactions begin where we say, see _begin_sqlite
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")


def _begin_sqlite(connection: Connection) -> None:
    """Begin a transaction. A writer takes its lock at once: one that reads first may not get it.

    With NORMAL a power cut may take the newest transactions, whole and with progress; they are
    applied again from the journal. FULL also keeps all that came before, for it is the same log.
    """
    option = connection.get_execution_options().get(WRITES, None)
    if option is not None:
        connection.exec_driver_sql(f"PRAGMA synchronous = {option}")
    connection.exec_driver_sql("BEGIN" if option is None else "BEGIN IMMEDIATE")


@contextmanager
def _disk_faults() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        said = str(error.orig)
        if "full" in said:
            raise DiskFull(
                expected="room for the read models",
                found=said,
                to_do="free space on the disk; what was refused is applied again",
            ) from error
        if "locked" in said:
            raise DataDirectoryInUse(
                expected=f"the read models to be free within {BUSY_TIMEOUT_MS} ms",
                found=said,
                to_do="end the other process that writes them",
            ) from error
        if "disk I/O" in said or "unable to open" in said or "readonly" in said:
            raise DiskFailure(
                expected="a disk that keeps the read models",
                found=said,
                to_do="mend the disk or its permissions and start again",
            ) from error
        raise


def _keep_a_log(engine: Engine) -> None:
    """Switch the file to a write-ahead log, so that readers and the writer do not wait."""
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()


def _is_current(connection: Connection, genesis_hash: bytes) -> bool:
    """Whether these are read models of this release; False when there are none or older ones."""
    names = inspect(connection).get_table_names()
    if not names:
        return False
    if SCHEMA.name not in names:
        raise _damaged(f"a database with other tables, such as {min(names)}")
    rows = connection.execute(select(SCHEMA.c.version, SCHEMA.c.genesis_hash)).all()
    if len(rows) != 1 or not isinstance(rows[0].version, int):
        raise _damaged("no readable version")
    version, found_hash = rows[0]
    if version > SCHEMA_VERSION:
        raise NewerFormat(
            expected=f"read models of version {SCHEMA_VERSION} or older",
            found=f"version {version}, which a newer release made",
            to_do="use that release, or move them away: they are rebuilt from the journal",
        )
    if bytes(found_hash) != genesis_hash:
        raise _damaged("the read models of another venue")
    return bool(version == SCHEMA_VERSION)


def _drop_all(connection: Connection) -> None:
    """Drop what an older release made, also tables that this one no longer knows."""
    older = MetaData()
    older.reflect(connection)
    older.drop_all(connection)


def _create(connection: Connection, genesis_hash: bytes) -> None:
    METADATA.create_all(connection)
    connection.execute(SCHEMA.insert(), {"version": SCHEMA_VERSION, "genesis_hash": genesis_hash})


def _damaged(found: str) -> ReadModelDamaged:
    return ReadModelDamaged(
        expected="read models that this venue made",
        found=found,
        to_do="move the file away and start again: they are rebuilt from the journal",
    )
