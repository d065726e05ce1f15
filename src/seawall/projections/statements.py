"""The statements of the projector. Only upserts are spelt differently by SQL dialects."""

from typing import Final, TypeAlias, final

from sqlalchemy import Dialect, Table, Update, bindparam, case, func
from sqlalchemy.dialects import postgresql, sqlite

from seawall.projections.bulk import BulkStatement
from seawall.projections.tables import (
    ACCOUNT_EVENTS,
    ALGOS,
    BALANCES,
    CANDLES_1H,
    CANDLES_1M,
    FILLS,
    FUNDING_ROUNDS,
    INSTRUMENTS,
    LIQUIDATIONS,
    ORDERS,
    POSITIONS,
    PROGRESS,
    REJECTIONS,
    TRADES,
    WIDE,
)

Upsert: TypeAlias = sqlite.Insert | postgresql.Insert

# The fence: it moves only from where this projector believes the read models to be.
MOVE_PROGRESS: Final[Update] = (
    PROGRESS.update()
    .where(PROGRESS.c.applied_seq == bindparam("old_seq", type_=WIDE))
    .values(
        applied_seq=bindparam("new_seq", type_=WIDE),
        applied_record=bindparam("new_record", type_=WIDE),
        clock_ms=bindparam("new_clock_ms", type_=WIDE),
    )
)


def _change_orders() -> Update:
    column = ORDERS.c

    def more(name: str, parameter: str) -> object:
        return column[name] + bindparam(parameter, type_=WIDE)

    def if_given(name: str) -> object:
        return func.coalesce(bindparam(f"new_{name}", type_=WIDE), column[name])

    return (
        ORDERS.update()
        .where(column.order_id == bindparam("of_order", type_=WIDE))
        .values(
            quantity_filled=more("quantity_filled", "more_filled"),
            notional_filled=more("notional_filled", "more_notional"),
            fee=more("fee", "more_fee"),
            limit_price=if_given("limit_price"),
            quantity=if_given("quantity"),
            last_price=if_given("last_price"),
            last_quantity=if_given("last_quantity"),
            last_trade_id=if_given("last_trade_id"),
            last_fill_ns=if_given("last_fill_ns"),
            last_is_maker=if_given("last_is_maker"),
            state=bindparam("new_state", type_=WIDE),
            cancel_reason=bindparam("new_cancel_reason", type_=WIDE),
            updated_ns=bindparam("new_updated_ns", type_=WIDE),
            ended_ns=bindparam("new_ended_ns", type_=WIDE),
            updated_seq=bindparam("new_updated_seq", type_=WIDE),
        )
    )


def _upsert(table: Table, dialect: Dialect) -> Upsert:
    return postgresql.insert(table) if dialect.name == "postgresql" else sqlite.insert(table)


def _put_balances(dialect: Dialect) -> Upsert:
    """Set balances: a row states what is, not a difference."""
    statement = _upsert(BALANCES, dialect)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["account_id", "kind", "asset_id", "instrument_id"],
        set_={"balance": new.balance, "held": new.held, "seq": new.seq},
    )


def _put_positions(dialect: Dialect) -> Upsert:
    """Set positions, which events state as they are."""
    statement = _upsert(POSITIONS, dialect)
    keys = ("account_id", "instrument_id")
    return statement.on_conflict_do_update(
        index_elements=list(keys),
        set_={
            column.name: statement.excluded[column.name]
            for column in POSITIONS.columns
            if column.name not in keys
        },
    )


def _end_algos() -> Update:
    names = ("state", "fired_leg", "fired_e8", "order_id", "reason", "updated_ns")
    return (
        ALGOS.update()
        .where(ALGOS.c.algo_id == bindparam("of_algo", type_=WIDE))
        .values({name: bindparam(f"new_{name}", type_=WIDE) for name in names})
    )


def _merge_candles(table: Table, dialect: Dialect) -> Upsert:
    """Add what happened later in the same period to a stored candle: its open stays."""
    statement = _upsert(table, dialect)
    new, old = statement.excluded, table.c
    volumes = ("volume_high", "volume_low", "quote_volume_high", "quote_volume_low")
    return statement.on_conflict_do_update(
        index_elements=["instrument_id", "open_ms"],
        set_={
            "high": case((new.high > old.high, new.high), else_=old.high),
            "low": case((new.low < old.low, new.low), else_=old.low),
            "close": new.close,
            **{name: old[name] + new[name] for name in volumes},
        },
    )


@final
class Statements:
    """What the projector executes, one per kind of row."""

    def __init__(self, dialect: Dialect) -> None:
        def insert(table: Table) -> BulkStatement:
            return BulkStatement(table.insert(), table, dialect)

        self.instruments = insert(INSTRUMENTS)
        self.orders = insert(ORDERS)
        self.order_changes = BulkStatement(_change_orders(), ORDERS, dialect)
        self.trades = insert(TRADES)
        self.fills = insert(FILLS)
        self.rejections = insert(REJECTIONS)
        self.account_events = insert(ACCOUNT_EVENTS)
        self.minutes = BulkStatement(_merge_candles(CANDLES_1M, dialect), CANDLES_1M, dialect)
        self.hours = BulkStatement(_merge_candles(CANDLES_1H, dialect), CANDLES_1H, dialect)
        self.balances = BulkStatement(_put_balances(dialect), BALANCES, dialect)
        self.positions = BulkStatement(_put_positions(dialect), POSITIONS, dialect)
        self.funding_rounds = insert(FUNDING_ROUNDS)
        self.liquidations = insert(LIQUIDATIONS)
        self.algos = insert(ALGOS)
        self.algo_ends = BulkStatement(_end_algos(), ALGOS, dialect)
