"""The canonical state: equal states have equal bytes, whatever order things happened in.

Dictionaries are written sorted by key; books in order of priority; what is derivable is left out
and rebuilt. A ledger account without balance and hold, or an account's empty memory, leaves no
trace.
"""

from heapq import heapify
from typing import Final

from mypy_extensions import i64

from seawall.core.engine.algo_snapshot import read_algos, write_algos
from seawall.core.engine.client_ids import NO_ROW
from seawall.core.engine.liquidation_state import read_liquidations, write_liquidations
from seawall.core.engine.listing import add_index, add_market
from seawall.core.engine.repair_snapshot import read_repairs, write_repairs
from seawall.core.engine.resting import change_reserve
from seawall.core.engine.risk_snapshot import (
    read_indices,
    read_market_risk,
    write_indices,
    write_market_risk,
)
from seawall.core.engine.snapshot_reader import Reader
from seawall.core.engine.state import Market, PublisherState, State
from seawall.core.engine.units_watch import watch_all
from seawall.core.matching import Order
from seawall.core.model.codec import Writer, padded, unpadded, write_word
from seawall.core.model.enums import Side, TimeInForce
from seawall.core.model.genesis_codec import INSTRUMENT_BYTES, read_instrument, write_instrument
from seawall.core.model.instruments import Asset
from seawall.core.model.limits import CLIENT_ID_BYTES, NAME_BYTES, TAG_BYTES
from seawall.core.model.operator_codec import KEY_ID_BYTES

SNAPSHOT_MAGIC: Final = 0x34_53_53_4C_57_53  # "SWLSS4"
_HAS_CLIENT_ID: Final = 1 << 16
_HAS_TAG: Final = 1 << 17
_REDUCE_ONLY: Final = 1 << 18
_CAUSE_BITS: Final = 20
_FROZEN: Final = 1
_ACCOUNT_REDUCES: Final = 2


def snapshot_state(state: State, genesis_hash: bytes) -> bytes:
    """The canonical bytes of the state."""
    out = Writer()
    write_word(out, SNAPSHOT_MAGIC)
    out.write(genesis_hash)
    is_long: i64 = 1 if state.mode_is_long else 0
    for word in (
        state.seq,
        state.time_ns,
        state.clock_ms,
        state.rules_version,
        state.mode,
        state.mode_until_ms,
        is_long,
    ):
        write_word(out, word)
    write_word(out, len(state.beats))
    for timer_id in sorted(state.beats):
        write_word(out, timer_id)
        write_word(out, state.beats[timer_id])
    write_word(out, len(state.publishers))
    for publisher_id in sorted(state.publishers):
        known = state.publishers[publisher_id]
        write_word(out, publisher_id)
        write_word(out, known.incarnation)
        write_word(out, known.batch_number)
    write_word(out, len(state.assets))
    for asset_id in sorted(state.assets):
        asset = state.assets[asset_id]
        write_word(out, asset.asset_id)
        write_word(out, asset.scale)
        out.write(padded(asset.name, NAME_BYTES))
    _write_accounts(out, state)
    _write_ledger(out, state)
    write_indices(out, state)
    write_word(out, len(state.markets))
    for instrument_id in sorted(state.markets):
        _write_market(out, state.markets[instrument_id])
    write_liquidations(out, state.liquidations)
    _write_rest(out, state)
    return out.getvalue()


def _write_accounts(out: Writer, state: State) -> None:
    write_word(out, len(state.accounts))
    for account in state.accounts:
        flags: i64 = _FROZEN if account.is_frozen else 0
        if account.is_reduce_only:
            flags |= _ACCOUNT_REDUCES
        write_word(out, account.account_id)
        write_word(out, account.owner_id)
        write_word(out, account.fee_tier | flags << 32)
        write_word(out, account.rulebook_version)
        write_word(out, account.ended)
        row = account.first_ended
        while row != NO_ROW:
            write_word(out, state.client_ids.mark_of(row))
            out.write(state.client_ids.client_id(row))
            row = state.client_ids.next_of(row)


def _write_ledger(out: Writer, state: State) -> None:
    keys: list[int] = []
    for key, found in state.ledger.accounts.items():
        if found.balance != 0 or found.held != 0:
            keys.append(key)
    keys.sort()
    write_word(out, len(keys))
    for key in keys:
        found = state.ledger.accounts[key]
        write_word(out, key)
        write_word(out, found.balance)
        write_word(out, found.held)


def _write_market(out: Writer, market: Market) -> None:
    write_instrument(out, market.instrument)
    write_market_risk(out, market)
    for side in (market.book.bids, market.book.asks):
        count: i64 = 0
        for level in side.levels:
            count += level.count
        write_word(out, count)
        place: i64 = len(side.levels) - 1
        while place >= 0:
            order = side.levels[place].head
            while order is not None:
                _write_order(out, order)
                order = order.next
            place -= 1


def _write_order(out: Writer, order: Order) -> None:
    options = order.time_in_force | order.self_trade_prevention << 8
    if order.client_id:
        options |= _HAS_CLIENT_ID
    if order.tag:
        options |= _HAS_TAG
    if order.is_reduce_only:
        options |= _REDUCE_ONLY
    options |= order.cause << _CAUSE_BITS
    write_word(out, order.order_id)
    write_word(out, order.account_slot)
    write_word(out, order.limit_price)
    write_word(out, order.quantity)
    write_word(out, order.quantity_open)
    write_word(out, order.expire_ms)
    write_word(out, options)
    if order.client_id:
        out.write(order.client_id)
    if order.tag:
        out.write(order.tag)


def _write_rest(out: Writer, state: State) -> None:
    write_word(out, len(state.deposits))
    for deposit_id in sorted(state.deposits):
        out.write(deposit_id)
    write_word(out, len(state.keys))
    for key_id in sorted(state.keys):
        account_id, scopes = state.keys[key_id]
        out.write(padded(key_id, KEY_ID_BYTES))
        write_word(out, account_id)
        write_word(out, scopes)
    write_algos(out, state)
    write_repairs(out, state)


def restore_state(state: State, genesis_hash: bytes, data: bytes) -> str:
    """Fill a new state from a snapshot; returns "" or what is wrong with it."""
    try:
        return _restore(state, genesis_hash, Reader(data))
    except (IndexError, KeyError, AssertionError):
        return "the snapshot is damaged"


def _restore(state: State, genesis_hash: bytes, reader: Reader) -> str:
    if reader.word() != SNAPSHOT_MAGIC:
        return "these are not the bytes of a snapshot of this format"
    if reader.raw(32) != genesis_hash:
        return "the snapshot belongs to another genesis"
    state.seq = reader.word()
    state.time_ns = reader.word()
    state.clock_ms = reader.word()
    state.rules_version = reader.word()
    state.mode = reader.word()
    state.mode_until_ms = reader.word()
    state.mode_is_long = reader.word() != 0
    for _ in range(reader.word()):
        timer_id = reader.word()
        state.beats[timer_id] = reader.word()
    for _ in range(reader.word()):
        publisher_id = reader.word()
        incarnation = reader.word()
        state.publishers[publisher_id] = PublisherState(
            incarnation=incarnation, batch_number=reader.word()
        )
    for _ in range(reader.word()):
        asset_id = reader.word()
        scale = reader.word()
        name = unpadded(reader.raw(NAME_BYTES))
        state.assets[asset_id] = Asset(asset_id=asset_id, name=name, scale=scale)
    for index in state.genesis.indices:
        add_index(state, index)
    _read_accounts(state, reader)
    for _ in range(reader.word()):
        key = reader.word()
        found = state.ledger.account_of_key(key)
        found.balance = reader.word()
        found.held = reader.word()
    read_indices(state, reader)
    for _ in range(reader.word()):
        _read_market(state, reader)
    read_liquidations(state.liquidations, reader)
    watch_all(state)
    _read_rest(state, reader)
    if reader.at != len(reader.data):
        return "bytes after the end of the snapshot"
    return ""


def _read_accounts(state: State, reader: Reader) -> None:
    for _ in range(reader.word()):
        account_id = reader.word()
        owner_id = reader.word()
        tier = reader.word()
        account = state.add_account(
            account_id=account_id, owner_id=owner_id, fee_tier=tier & 0xFFFFFFFF
        )
        account.is_frozen = tier >> 32 & _FROZEN != 0
        account.is_reduce_only = tier >> 32 & _ACCOUNT_REDUCES != 0
        account.rulebook_version = reader.word()
        for _ in range(reader.word()):
            mark = reader.word()
            client_id = reader.raw(CLIENT_ID_BYTES)
            row = state.client_ids.add(account.slot, client_id, mark)
            state.queue_client_id(account, row, mark)


def _read_market(state: State, reader: Reader) -> None:
    instrument = read_instrument(reader.raw(INSTRUMENT_BYTES), 0)
    market = add_market(state, instrument)
    read_market_risk(state, reader, market)
    for side in (Side.BUY, Side.SELL):
        for _ in range(reader.word()):
            order = _read_order(state, reader, instrument.instrument_id, side)
            account = state.accounts[order.account_slot]
            market.book.add(order)
            state.add_order(account, order)
            if market.swap is not None:
                change_reserve(state, market, account, order, before=0, after=order.quantity_open)
            if order.client_id:
                order.client_row = state.client_ids.add(
                    account.slot, order.client_id, order.order_id
                )
            if order.time_in_force == TimeInForce.GTD:
                state.expiries.append((order.expire_ms, order.order_id))
    heapify(state.expiries)


def _read_order(state: State, reader: Reader, instrument_id: i64, side: i64) -> Order:
    order_id = reader.word()
    account_slot = reader.word()
    limit_price = reader.word()
    quantity = reader.word()
    quantity_open = reader.word()
    expire_ms = reader.word()
    options = reader.word()
    account = state.accounts[account_slot]
    order = Order(
        order_id=order_id,
        account_slot=account_slot,
        account_id=account.account_id,
        owner_id=account.owner_id,
        instrument_id=instrument_id,
        side=side,
        limit_price=limit_price,
        quantity=quantity,
        time_in_force=options & 0xFF,
        self_trade_prevention=options >> 8 & 0xFF,
        expire_ms=expire_ms,
        client_id=reader.raw(CLIENT_ID_BYTES) if options & _HAS_CLIENT_ID else b"",
        tag=reader.raw(TAG_BYTES) if options & _HAS_TAG else b"",
        is_reduce_only=options & _REDUCE_ONLY != 0,
        cause=options >> _CAUSE_BITS & 0xF,
    )
    order.quantity_open = quantity_open
    return order


def _read_rest(state: State, reader: Reader) -> None:
    for _ in range(reader.word()):
        state.deposits[reader.raw(32)] = True
    for _ in range(reader.word()):
        key_id = unpadded(reader.raw(KEY_ID_BYTES))
        account_id = reader.word()
        state.keys[key_id] = (account_id, reader.word())
    read_algos(state, reader)
    read_repairs(state, reader)
