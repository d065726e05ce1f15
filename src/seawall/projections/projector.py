"""The projector: events of the journal into the read models, exactly once.

Rows and progress move in one transaction, and progress moves only from where this projector
believes it to be (`UPDATE ... WHERE applied_seq = old`). So a projector that was killed goes on
where its last transaction ended, and of two that write, the slower one finds no row to update and
stops.
"""

from typing import final

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from seawall.core.model.events import EntryEvents
from seawall.errors import ProjectorFenced
from seawall.projections.opening import ReadModels
from seawall.projections.row_batch import RowBatch, Terms
from seawall.projections.statements import MOVE_PROGRESS, Statements
from seawall.projections.tables import INSTRUMENTS, PROGRESS


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far read models are: the newest entry, the journal record it came in, the clock then."""

    applied_seq: int
    applied_record: int
    clock_ms: int


def read_progress(connection: Connection) -> Progress | None:
    """The progress that this transaction sees; None before the description was taken in."""
    row = connection.execute(
        select(PROGRESS.c.applied_seq, PROGRESS.c.applied_record, PROGRESS.c.clock_ms)
    ).one_or_none()
    if row is None:
        return None
    return Progress(applied_seq=row[0], applied_record=row[1], clock_ms=row[2])


@final
class Projector:
    """Writes the read models. When they are empty (`applied_seq` -1), `begin` comes first.

    After ProjectorFenced it must not be used again. After DiskFull or any other failure nothing of
    that call was kept, and the same call may be made again.
    """

    def __init__(self, models: ReadModels) -> None:
        self._models = models
        self._statements = Statements(models.engine.dialect)
        with models.reading() as connection:
            progress = read_progress(connection)
            rows = connection.execute(select(INSTRUMENTS)).all()
        self.applied_seq = -1 if progress is None else progress.applied_seq
        self.applied_record = 0 if progress is None else progress.applied_record
        self.clock_ms = 0 if progress is None else progress.clock_ms
        self._terms: dict[int, Terms] = {
            row.instrument_id: Terms(
                base_asset_id=row.base_asset_id,
                quote_asset_id=row.quote_asset_id,
                unit_value=row.unit_value,
                kind=row.kind,
            )
            for row in rows
        }

    def begin(self, description: list[EntryEvents]) -> None:
        """Start empty read models from the engine's description of the genesis (seq 0).

        Only from there: history that a later description leaves out cannot be made up.
        """
        assert self.applied_seq == -1, "read models begin once"
        assert len(description) == 1 and description[0].seq == 0, "they begin at the genesis"
        batch = RowBatch({})
        batch.add(description[0])
        try:
            with self._models.writing() as connection:
                progress = {"applied_seq": 0, "applied_record": 0, "clock_ms": 0}
                connection.execute(PROGRESS.insert(), {"only": 1, **progress})
                self._write(connection, batch)
        except IntegrityError as error:
            raise _fenced("they had begun already") from error
        self.applied_seq = 0
        self._terms = batch.terms

    def apply(self, entries: list[EntryEvents], *, seq: int, record_no: int, clock_ms: int) -> None:
        """Write all that follows from the entries up to `seq`, which record `record_no` completes.

        `clock_ms` is the venue's clock after entry `seq`. Entries without events may be left out of
        `entries`; those at or below `applied_seq` are skipped. Raises ProjectorFenced, DiskFull,
        DiskFailure.
        """
        assert self.applied_seq >= 0, "begin comes first"
        if seq <= self.applied_seq:
            return
        batch = RowBatch(self._terms)
        for entry in entries:
            assert entry.seq <= seq, "an entry beyond what is said to be applied"
            if entry.seq > self.applied_seq:
                batch.add(entry)
        with self._models.writing() as connection:
            self._move_progress(connection, seq=seq, record_no=record_no, clock_ms=clock_ms)
            self._write(connection, batch)
        self.applied_seq = seq
        self.applied_record = record_no
        self.clock_ms = clock_ms
        self._terms = batch.terms

    def sync(self) -> None:
        """Make sure that nothing written so far can be lost, even to a power cut.

        A checkpoint that says it stands at `applied_seq` or before may be written after this.
        """
        with self._models.writing_durably() as connection:
            self._move_progress(
                connection,
                seq=self.applied_seq,
                record_no=self.applied_record,
                clock_ms=self.clock_ms,
            )

    def _move_progress(
        self, connection: Connection, *, seq: int, record_no: int, clock_ms: int
    ) -> None:
        moved = connection.execute(
            MOVE_PROGRESS,
            {
                "old_seq": self.applied_seq,
                "new_seq": seq,
                "new_record": record_no,
                "new_clock_ms": clock_ms,
            },
        )
        if moved.rowcount != 1:
            now = read_progress(connection)
            raise _fenced("nothing" if now is None else f"seq {now.applied_seq}", self.applied_seq)

    def _write(self, connection: Connection, batch: RowBatch) -> None:
        put = self._statements
        new_orders, changed_orders = batch.order_rows()
        put.instruments.run(connection, batch.instruments)
        put.orders.run(connection, new_orders)
        changed = put.order_changes.run(connection, changed_orders)
        assert changed == len(changed_orders), "a change of an order that is not there"
        put.trades.run(connection, batch.trades)
        put.fills.run(connection, batch.fills)
        put.rejections.run(connection, batch.rejections)
        put.account_events.run(connection, batch.account_events)
        put.minutes.run(connection, list(batch.minutes.values()))
        put.hours.run(connection, list(batch.hours.values()))
        put.balances.run(connection, list(batch.balances.values()))
        risk = batch.risk
        put.account_events.run(connection, risk.payments)
        put.positions.run(connection, list(risk.positions.values()))
        put.funding_rounds.run(connection, risk.funding_rounds)
        put.liquidations.run(connection, risk.liquidations)
        put.algos.run(connection, list(risk.algos.values()))
        ended = put.algo_ends.run(connection, list(risk.algo_ends.values()))
        assert ended == len(risk.algo_ends), "the end of an algo order that is not there"


def _fenced(found: str, believed_seq: int = -1) -> ProjectorFenced:
    return ProjectorFenced(
        expected=f"read models at seq {believed_seq}" if believed_seq >= 0 else "empty read models",
        found=f"{found}: another projector writes them",
        to_do="stop this projector, or stop the other one and start this one again",
    )
