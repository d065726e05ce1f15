"""The tables of the read models: one MetaData for both dialects, integers and bytes only.

A change of anything here raises SCHEMA_VERSION; read models of an older version are dropped and
rebuilt from the journal. Times `_ns` are the journal's, prices ticks, quantities lots.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    text,
)

SCHEMA_VERSION: Final = 3

METADATA: Final = MetaData()
# 64 bits everywhere. SQLite stores a key of this very type without an index of its own.
WIDE: Final = BigInteger().with_variant(Integer(), "sqlite")


class OrderState:
    """Numbers of the column `orders.state`."""

    OPEN: Final = 0
    FILLED: Final = 1
    CANCELLED: Final = 2


class AlgoStage:
    """Numbers of the column `algos.state`."""

    LIVE: Final = 0
    EFFECTIVE: Final = 1
    CANCELLED: Final = 2
    FAILED: Final = 3


NO_REASON: Final = -1  # in orders.cancel_reason
VOLUME_LOW_BITS: Final = 32  # of a candle's volumes, see _candles


def _number(name: str) -> Column[int]:
    return Column(name, WIDE, nullable=False)


def _octets(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False)


# One row: which schema, and of which venue.
SCHEMA: Final = Table("schema", METADATA, _number("version"), _octets("genesis_hash"))

# One row, once the description has been taken in. `applied_seq` is the fence.
PROGRESS: Final = Table(
    "progress",
    METADATA,
    _number("only"),  # always 1
    _number("applied_seq"),
    _number("applied_record"),
    _number("clock_ms"),
    PrimaryKeyConstraint("only"),
)

INSTRUMENTS: Final = Table(
    "instruments",
    METADATA,
    _number("instrument_id"),
    _octets("name"),
    _number("base_asset_id"),
    _number("quote_asset_id"),
    _number("unit_value"),
    _number("kind"),
    PrimaryKeyConstraint("instrument_id"),
)

ORDERS: Final = Table(
    "orders",
    METADATA,
    _number("order_id"),
    _number("account_id"),
    _number("instrument_id"),
    _octets("client_id"),
    _octets("tag"),
    _number("side"),
    _number("order_type"),
    _number("time_in_force"),
    _number("self_trade_prevention"),
    _number("margin_mode"),
    _number("reduce_only"),
    _number("limit_price"),
    _number("quantity"),
    _number("quote_amount"),
    _number("expire_ms"),
    _number("state"),
    _number("quantity_filled"),
    _number("notional_filled"),
    _number("fee"),
    _number("fee_asset_id"),
    _number("last_price"),
    _number("last_quantity"),
    _number("last_trade_id"),
    _number("last_fill_ns"),
    _number("last_is_maker"),
    _number("cancel_reason"),
    _number("created_ns"),
    _number("updated_ns"),
    _number("ended_ns"),  # 0 while open
    _number("updated_seq"),
    _number("cause"),
    _number("cause_id"),
    PrimaryKeyConstraint("order_id"),
    Index("orders_of_account", "account_id", "order_id"),
    Index("orders_by_end", "ended_ns"),
)
Index(
    "orders_by_client_id",
    ORDERS.c.account_id,
    ORDERS.c.client_id,
    sqlite_where=text("client_id <> x''"),
    postgresql_where=text("client_id <> ''::bytea"),
)

REJECTIONS: Final = Table(
    "rejections",
    METADATA,
    _number("seq"),
    _number("account_id"),
    _number("instrument_id"),
    _octets("client_id"),
    _number("reason"),
    _number("time_ns"),
    PrimaryKeyConstraint("seq"),
    Index("rejections_by_client_id", "account_id", "client_id"),
)

TRADES: Final = Table(
    "trades",
    METADATA,
    _number("trade_id"),
    _number("instrument_id"),
    _number("price"),
    _number("quantity"),
    _number("side"),
    _number("time_ns"),
    _number("seq"),
    PrimaryKeyConstraint("trade_id"),
    Index("trades_of_instrument", "instrument_id", "trade_id"),
    Index("trades_by_time", "instrument_id", "time_ns"),
)

# Each trade twice: as its maker and as its taker saw it. Price, quantity and time are the trade's.
FILLS: Final = Table(
    "fills",
    METADATA,
    _number("trade_id"),
    _number("is_maker"),
    _number("account_id"),
    _number("order_id"),
    _number("side"),
    _number("fee"),
    _number("fee_asset_id"),
    PrimaryKeyConstraint("trade_id", "is_maker"),
    Index("fills_of_account", "account_id", "trade_id"),
    Index("fills_of_order", "order_id", "trade_id"),
    sqlite_with_rowid=False,
)


def _candles(name: str) -> Table:
    """Periods with trades, in UTC.

    A volume is high * 2^32 + low, each half a plain sum over the trades: two owners who trade to
    and fro can turn over more than 64 bits in an hour, and such a sum would become a float in
    SQLite.
    """
    return Table(
        name,
        METADATA,
        _number("instrument_id"),
        _number("open_ms"),
        _number("open"),
        _number("high"),
        _number("low"),
        _number("close"),
        _number("volume_high"),
        _number("volume_low"),
        _number("quote_volume_high"),
        _number("quote_volume_low"),
        PrimaryKeyConstraint("instrument_id", "open_ms"),
        sqlite_with_rowid=False,
    )


# Hours stand beside minutes so that a page of days reads few rows.
CANDLES_1M: Final = _candles("candles_1m")
CANDLES_1H: Final = _candles("candles_1h")

BALANCES: Final = Table(
    "balances",
    METADATA,
    _number("kind"),
    _number("account_id"),
    _number("asset_id"),
    _number("instrument_id"),  # of kinds that belong to one, else 0
    _number("balance"),
    _number("held"),
    _number("seq"),
    PrimaryKeyConstraint("account_id", "kind", "asset_id", "instrument_id"),
    sqlite_with_rowid=False,
)

ACCOUNT_EVENTS: Final = Table(
    "account_events",
    METADATA,
    _number("seq"),
    _number("position"),  # of the event within its entry
    _number("account_id"),
    _number("event_type"),
    _number("asset_id"),
    _number("amount"),
    _number("detail"),
    _octets("reference"),
    _number("time_ns"),
    PrimaryKeyConstraint("seq", "position"),
    Index("account_events_of_account", "account_id", "seq"),
)

# As they are now; size 0 when nothing is open.
POSITIONS: Final = Table(
    "positions",
    METADATA,
    _number("account_id"),
    _number("instrument_id"),
    _number("size"),
    _number("cost"),
    _number("margin_mode"),
    _number("lever"),
    _number("margin"),
    _number("realised"),
    _number("fees"),
    _number("funding"),
    _number("opened_ms"),
    _number("seq"),
    PrimaryKeyConstraint("account_id", "instrument_id"),
    sqlite_with_rowid=False,
)

FUNDING_ROUNDS: Final = Table(
    "funding_rounds",
    METADATA,
    _number("instrument_id"),
    _number("time_ms"),
    _number("rate_e8"),
    _number("mark"),
    _number("next_ms"),
    PrimaryKeyConstraint("instrument_id", "time_ms"),
    sqlite_with_rowid=False,
)

# Liquidations step by step, what the venue took over, and what was deleveraged.
LIQUIDATIONS: Final = Table(
    "liquidations",
    METADATA,
    _number("seq"),
    _number("position"),  # of the event within its entry
    _number("account_id"),
    _number("instrument_id"),
    _number("event_type"),
    _number("phase"),
    _number("episode"),
    _number("step"),
    _number("quantity"),
    _number("price"),
    _number("mark"),
    _number("equity"),
    _number("maintenance"),
    _number("time_ns"),
    PrimaryKeyConstraint("seq", "position"),
    Index("liquidations_of_account", "account_id", "seq"),
)

ALGOS: Final = Table(
    "algos",
    METADATA,
    _number("algo_id"),
    _number("account_id"),
    _number("instrument_id"),
    _number("algo_type"),
    _number("side"),
    _number("quantity"),
    _number("margin_mode"),
    _number("reduce_only"),
    _number("self_trade_prevention"),
    _number("trigger_price"),
    _number("trigger_by"),
    _number("order_price"),
    _number("second_trigger_price"),
    _number("second_trigger_by"),
    _number("second_order_price"),
    _number("callback_e8"),
    _number("callback_ticks"),
    _number("active_price"),
    _octets("client_id"),
    _octets("tag"),
    _number("state"),
    _number("fired_leg"),
    _number("fired_e8"),
    _number("order_id"),
    _number("reason"),
    _number("created_ns"),
    _number("updated_ns"),
    PrimaryKeyConstraint("algo_id"),
    Index("algos_of_account", "account_id", "algo_id"),
)
