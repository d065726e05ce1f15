"""What a batch is about is read before it is applied: nothing comes of it, whatever it says."""

from __future__ import annotations

from dataclasses import replace

import pytest

import seawall
from seawall.core.engine import Engine, open_engine
from seawall.core.engine.ahead import AHEAD, LOOKS_AHEAD, look_ahead
from seawall.core.matching import OrderIndex
from seawall.core.model.batch import BATCH_HEADER_BYTES, batch_fault, encode_batch
from seawall.core.model.codec import head
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import AmendOrder, CancelOrder, CommandType, PlaceOrder
from seawall.core.model.enums import OrderType, Side
from seawall.core.model.limits import ACCOUNT_ID_MAX
from seawall.simulation.workload import WHOLE, Shape, Workload, make_workload
from tests.laws.venue import NS_PER_MS, START_MS

SHAPE = Shape(commands=2_000, accounts=40, resting=60, mix=WHOLE)
PENNILESS = 41
FIELDS = (-(2**63), -1, 0, 1, 2**31, 2**63 - 1)


@pytest.fixture(scope="module")
def workload() -> Workload:
    """Spot and swaps, with client ids."""
    return make_workload(SHAPE)


def word(value: int) -> bytes:
    """One little-endian word."""
    return value.to_bytes(8, "little", signed=True)


def began_with(kind: int, account_id: int, instrument_id: int) -> bytes:
    """The first word of a command, as nobody but an attacker writes some of them."""
    return word(head(type_=kind, flags=0, instrument_id=instrument_id, account_id=account_id))


def hostile_commands() -> list[bytes]:
    """Too short, too long, of nobody, of nothing, for unknown orders, and sound ones between."""
    commands = [b"", b"\1", word(0)[:7], word(0), word(-1), word(-1) * 3]
    commands += [word(-(2**63) + kind) + word(1) for kind in (1, 2, 3)]  # account -2^31
    for kind in (0, *range(1, 8), 255):
        for account_id in (0, 1, PENNILESS, 1_000, ACCOUNT_ID_MAX):
            for instrument_id in (0, 1, 7, 8, 2**16 - 1):
                first = began_with(kind, account_id, instrument_id)
                commands += [first, first + b"\xff" * 7, first + word(-1)]
    commands += [began_with(kind, 1, 1) + word(field) for kind in (2, 3) for field in FIELDS]
    sound = PlaceOrder(
        account_id=3,
        instrument_id=1,
        side=Side.BUY,
        order_type=OrderType.LIMIT,
        limit_price=1,
        quantity=1,
        client_id=b"x" * 32,
        tag=b"y" * 16,
    )
    commands += [
        encode_command(sound),
        encode_command(AmendOrder(account_id=3, instrument_id=1, client_id=b"x" * 32)),
        encode_command(CancelOrder(account_id=3, instrument_id=1, client_id=b"x" * 32)),
    ]
    return commands


def batch_of(commands: list[bytes]) -> bytes:
    """A sound batch of whatever it is."""
    data = encode_batch(
        shard=0,
        publisher_id=9,
        incarnation=1,
        batch_number=1,
        stamps_ns=[START_MS * NS_PER_MS] * len(commands),
        commands=commands,
    )
    assert batch_fault(data, 0) == ""
    return data


def opened(workload: Workload) -> Engine:
    """A venue with resting orders and positions, and an account that never had anything."""
    engine = open_engine(workload.genesis)
    engine.apply_many(workload.setup)
    engine.state.add_account(account_id=PENNILESS, owner_id=PENNILESS, fee_tier=0)
    return engine


def look_at_all(engine: Engine, data: bytes) -> None:
    """Look at a whole batch from its beginning, more than an engine does at once."""
    count = int.from_bytes(data[4:8], "little")
    look_ahead(engine.state, data, BATCH_HEADER_BYTES, count)


def kept_by(engine: Engine) -> tuple[bytes, int, int]:
    """The state, and what is opened on first use and not part of it while it is empty."""
    state = engine.state
    positions = sum(len(row) for row in state.positions_in)
    return engine.snapshot(), len(state.ledger.accounts), positions


def test_an_engine_that_looks_ahead_says_and_is_the_same(workload: Workload) -> None:
    """A twin never looks, but for what its build does by itself."""
    looks, twin = opened(workload), opened(workload)
    for data in workload.batches:
        look_at_all(looks, data)
        assert looks.apply_many(data) == twin.apply_many(data)

    assert looks.snapshot() == twin.snapshot()
    assert looks.ledger_faults() == []


def test_looking_changes_nothing_and_says_nothing(workload: Workload) -> None:
    """Also where something would be opened on first use: cash in an asset, a position."""
    engine = opened(workload)
    engine.take_events()
    before = kept_by(engine)
    for data in workload.batches:
        look_at_all(engine, data)

    assert kept_by(engine) == before
    assert engine.take_events() == b""


def test_nothing_that_is_sent_makes_it_fail(workload: Workload) -> None:
    """Each alone at the end of the bytes, where one word too far is behind the end, and all in one
    batch, which is then applied.
    """
    engine = opened(workload)
    commands = hostile_commands()
    before = kept_by(engine)
    for command in commands:
        data = batch_of([command])
        look_ahead(engine.state, data[:-8], BATCH_HEADER_BYTES, 1)
        look_at_all(engine, data)
    look_at_all(engine, batch_of(commands))
    assert kept_by(engine) == before

    assert len(commands) > 20 * AHEAD
    assert engine.apply_batch(batch_of(commands), 0) > 0


def test_an_empty_venue_is_looked_at_too(workload: Workload) -> None:
    """No market, no account, no order."""
    genesis = replace(workload.genesis, instruments=[], accounts=[], amounts=[], fund_seeds=[])
    engine = open_engine(genesis)
    look_at_all(engine, batch_of(hostile_commands()))

    assert engine.apply_batch(batch_of(hostile_commands()), 0) > 0


def test_tables_by_market_are_those_that_the_engine_uses(workload: Workload) -> None:
    """Looked at in the wrong place, nothing would be near: positions and cash found by market are
    the very objects of the market and of the account.
    """
    state = opened(workload).state
    seen = 0
    for instrument_id, market in state.markets.items():
        swap = market.swap
        assert state.positions_in[instrument_id] == ([] if swap is None else swap.positions)
        asset_id = market.instrument.quote_asset_id
        for slot, account in enumerate(state.accounts):
            row = state.cash_in[instrument_id]
            if slot < len(row) and row[slot] is not None:
                assert row[slot] is state.trading_account(account, asset_id)
                seen += 1
    assert seen > 0
    assert any(position is not None for row in state.positions_in for position in row)


def test_a_glance_finds_what_a_search_finds(workload: Workload) -> None:
    """An order's open lots and quantity are read when it lies where its search begins."""
    state = opened(workload).state
    found = 0
    for order in state.orders.all():
        read = state.orders.glance(order.order_id)
        found += read == order.order_id ^ order.quantity_open ^ order.quantity
    assert found * 2 > len(state.orders.all())
    assert OrderIndex().glance(-1) == 0


def test_what_is_compiled_looks_ahead_and_nothing_else_does() -> None:
    """Told by the file that the module comes from: were that to change, nobody would notice but by
    the clock.
    """
    assert LOOKS_AHEAD == (seawall.core_mode() == "compiled")


def test_only_orders_are_looked_at() -> None:
    """The kinds that a batch is full of have the lowest numbers."""
    kinds = (CommandType.PLACE_ORDER, CommandType.AMEND_ORDER, CommandType.CANCEL_ORDER)

    assert sorted(kinds) == [1, 2, 3]
