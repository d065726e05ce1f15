"""Commands of operators, collectors and the venue itself to bytes and back; `command_codec` calls
it.

Their lengths are fixed by type, so one table decides what can be read at all.
"""

from typing import Final

from mypy_extensions import i64

from seawall.core.model.codec import Writer, padded, read_word, unpadded, write_head, write_word
from seawall.core.model.commands import (
    AcceptClock,
    ActivateRules,
    ChainMark,
    Command,
    CommandType,
    CreditDeposit,
    ListAsset,
    ListInstrument,
    ObservePrices,
    OpenAccount,
    OverrideIndex,
    RecordHedge,
    RegisterKey,
    RevokeKey,
    SetAccountState,
    SetFreeze,
    SetParameter,
    SetSource,
    SetTradingState,
    TimerBeat,
    TransferFunds,
)
from seawall.core.model.limits import NAME_BYTES
from seawall.core.model.repair_command_codec import (
    is_repair_command,
    read_repair_command,
    write_repair_command,
)

DIGEST_BYTES: Final = 32
KEY_ID_BYTES: Final = 64
RELEASE_BYTES: Final = 64


def write_rare(out: Writer, command: Command) -> None:
    """Append the bytes of a command that is none of a trader's."""
    if isinstance(command, TimerBeat):
        write_head(out, CommandType.TIMER_BEAT, 0, 0, command.timer_id)
        write_word(out, command.wall_ms)
    elif isinstance(command, ChainMark):
        write_head(out, CommandType.CHAIN_MARK, 0, 0, 0)
        write_word(out, command.marked_seq)
        write_word(out, command.blocks)
        out.write(padded(command.chain, DIGEST_BYTES))
        out.write(padded(command.events_hash, DIGEST_BYTES))
    elif isinstance(command, AcceptClock):
        write_head(out, CommandType.ACCEPT_CLOCK, 0, 0, 0)
        write_word(out, command.wall_ms)
        write_word(out, command.first_operator_id)
        write_word(out, command.second_operator_id)
    elif isinstance(command, ActivateRules):
        write_head(out, CommandType.ACTIVATE_RULES, 0, 0, 0)
        write_word(out, command.version)
        out.write(padded(command.release, RELEASE_BYTES))
    elif isinstance(command, ObservePrices):
        _write_observation(out, command)
    elif isinstance(command, ListAsset):
        write_head(out, CommandType.LIST_ASSET, 0, command.asset_id, 0)
        write_word(out, command.scale)
        out.write(padded(command.name, NAME_BYTES))
    elif isinstance(command, ListInstrument):
        _write_list_instrument(out, command)
    elif isinstance(command, SetTradingState):
        write_head(
            out, CommandType.SET_TRADING_STATE, command.trading_state, command.instrument_id, 0
        )
    elif isinstance(command, RecordHedge):
        write_head(out, CommandType.RECORD_HEDGE, 0, command.instrument_id, command.account_id)
        write_word(out, command.quantity)
        write_word(out, command.price_e8)
        out.write(padded(command.hedge_id, DIGEST_BYTES))
    elif isinstance(command, SetFreeze | OverrideIndex | SetSource | SetParameter):
        _write_guard_command(out, command)
    else:
        _write_account_command(out, command)


def _write_guard_command(
    out: Writer, command: SetFreeze | OverrideIndex | SetSource | SetParameter
) -> None:
    if isinstance(command, SetFreeze):
        frozen: i64 = 1 if command.is_frozen else 0
        write_head(out, CommandType.SET_FREEZE, frozen, command.index_id, 0)
        write_word(out, command.operator_id)
        write_word(out, command.second_operator_id)
    elif isinstance(command, SetSource):
        out_of_it: i64 = 1 if command.is_quarantined else 0
        write_head(out, CommandType.SET_SOURCE, out_of_it, command.index_id, command.source_id)
        write_word(out, command.operator_id)
    elif isinstance(command, OverrideIndex):
        write_head(out, CommandType.OVERRIDE_INDEX, 0, command.index_id, 0)
        write_word(out, command.value_e8)
        write_word(out, command.first_operator_id)
        write_word(out, command.second_operator_id)
    else:
        write_head(out, CommandType.SET_PARAMETER, 0, command.instrument_id, 0)
        write_word(out, command.value)
        write_word(out, command.first_operator_id)
        write_word(out, command.second_operator_id)
        out.write(padded(command.name, NAME_BYTES))


def _write_observation(out: Writer, command: ObservePrices) -> None:
    flags: i64 = (1 if command.is_deep else 0) | (2 if command.is_synthetic else 0)
    write_head(out, CommandType.OBSERVE_PRICES, flags, command.index_id, command.source_id)
    for word in (
        command.bid_e8,
        command.ask_e8,
        command.last_e8,
        command.low_e8,
        command.high_e8,
        command.trade_id,
        command.venue_ms,
        command.receive_ms,
        command.updates,
    ):
        write_word(out, word)
    out.write(padded(command.stream_hash, DIGEST_BYTES))


def _write_list_instrument(out: Writer, command: ListInstrument) -> None:
    write_head(out, CommandType.LIST_INSTRUMENT, 0, command.instrument_id, 0)
    for word in (
        command.base_asset_id,
        command.quote_asset_id,
        command.tick_size_e8,
        command.lot_size,
        command.quantity_min,
        command.quantity_max,
        command.price_max,
        command.market_cap_e8,
        command.kind,
        command.index_id,
        command.risk_tier,
    ):
        write_word(out, word)
    out.write(padded(command.name, NAME_BYTES))


def _write_account_command(out: Writer, command: Command) -> None:
    if isinstance(command, OpenAccount):
        write_head(out, CommandType.OPEN_ACCOUNT, 0, 0, command.account_id)
        write_word(out, command.owner_id)
        write_word(out, command.fee_tier)
    elif isinstance(command, SetAccountState):
        flags: i64 = 1 if command.is_frozen else 0
        if command.is_reduce_only:
            flags |= 2
        write_head(out, CommandType.SET_ACCOUNT_STATE, flags, 0, command.account_id)
    elif isinstance(command, CreditDeposit):
        write_head(out, CommandType.CREDIT_DEPOSIT, 0, command.asset_id, command.account_id)
        write_word(out, command.amount)
        out.write(padded(command.deposit_id, DIGEST_BYTES))
    elif isinstance(command, TransferFunds):
        direction: i64 = 1 if command.to_trading else 0
        write_head(out, CommandType.TRANSFER_FUNDS, direction, command.asset_id, command.account_id)
        write_word(out, command.amount)
    elif isinstance(command, RegisterKey):
        write_head(out, CommandType.REGISTER_KEY, command.scopes, 0, command.account_id)
        out.write(padded(command.key_id, KEY_ID_BYTES))
    elif isinstance(command, RevokeKey):
        write_head(out, CommandType.REVOKE_KEY, 0, 0, command.account_id)
        out.write(padded(command.key_id, KEY_ID_BYTES))
    else:
        write_repair_command(out, command)


_RARE_LENGTHS: Final = {
    CommandType.TIMER_BEAT: 16,
    CommandType.CHAIN_MARK: 24 + 64,
    CommandType.ACCEPT_CLOCK: 32,
    CommandType.ACTIVATE_RULES: 16 + 64,
    CommandType.OBSERVE_PRICES: 80 + 32,
    CommandType.OPEN_ACCOUNT: 24,
    CommandType.SET_ACCOUNT_STATE: 8,
    CommandType.CREDIT_DEPOSIT: 16 + 32,
    CommandType.TRANSFER_FUNDS: 16,
    CommandType.REGISTER_KEY: 8 + 64,
    CommandType.REVOKE_KEY: 8 + 64,
    CommandType.LIST_ASSET: 16 + 32,
    CommandType.LIST_INSTRUMENT: 96 + 32,
    CommandType.SET_TRADING_STATE: 8,
    CommandType.RECORD_HEDGE: 24 + 32,
    CommandType.SET_FREEZE: 24,
    CommandType.OVERRIDE_INDEX: 32,
    CommandType.SET_SOURCE: 16,
    CommandType.SET_PARAMETER: 32 + 32,
}


def read_rare(data: bytes, start: i64, length: i64) -> Command | None:
    """The command in `data[start : start + length]`, or None; at least one word is there, with a
    sound account id.
    """
    word = read_word(data, start)
    type_: int = word & 0xFF
    if is_repair_command(type_):
        return read_repair_command(data, start, length)
    if _RARE_LENGTHS.get(type_, -1) != length:
        return None
    if type_ == CommandType.TIMER_BEAT:
        return TimerBeat(timer_id=word >> 32, wall_ms=read_word(data, start + 8))
    if type_ == CommandType.CHAIN_MARK:
        return ChainMark(
            marked_seq=read_word(data, start + 8),
            blocks=read_word(data, start + 16),
            chain=data[start + 24 : start + 56],
            events_hash=data[start + 56 : start + 88],
        )
    if type_ == CommandType.ACCEPT_CLOCK:
        return AcceptClock(
            wall_ms=read_word(data, start + 8),
            first_operator_id=read_word(data, start + 16),
            second_operator_id=read_word(data, start + 24),
        )
    if type_ == CommandType.ACTIVATE_RULES:
        return ActivateRules(
            version=read_word(data, start + 8), release=_text(data, start + 16, RELEASE_BYTES)
        )
    if type_ == CommandType.OBSERVE_PRICES:
        return _read_observation(data, start)
    if type_ == CommandType.RECORD_HEDGE:
        return RecordHedge(
            account_id=word >> 32,
            instrument_id=word >> 16 & 0xFFFF,
            quantity=read_word(data, start + 8),
            price_e8=read_word(data, start + 16),
            hedge_id=data[start + 24 : start + 56],
        )
    if type_ >= CommandType.SET_FREEZE:
        return _read_guard_command(data, start, type_)
    return _read_account_or_listing(data, start, type_)


def _read_guard_command(data: bytes, start: i64, type_: int) -> Command | None:
    word = read_word(data, start)
    flags = word >> 8 & 0xFF
    subject_id = word >> 16 & 0xFFFF  # index or instrument
    if flags > 1:
        return None
    if type_ == CommandType.SET_FREEZE:
        return SetFreeze(
            index_id=subject_id,
            is_frozen=flags != 0,
            operator_id=read_word(data, start + 8),
            second_operator_id=read_word(data, start + 16),
        )
    if type_ == CommandType.SET_SOURCE:
        return SetSource(
            index_id=subject_id,
            source_id=word >> 32,
            is_quarantined=flags != 0,
            operator_id=read_word(data, start + 8),
        )
    if type_ == CommandType.OVERRIDE_INDEX:
        return OverrideIndex(
            index_id=subject_id,
            value_e8=read_word(data, start + 8),
            first_operator_id=read_word(data, start + 16),
            second_operator_id=read_word(data, start + 24),
        )
    assert type_ == CommandType.SET_PARAMETER
    return SetParameter(
        instrument_id=subject_id,
        name=_text(data, start + 32, NAME_BYTES),
        value=read_word(data, start + 8),
        first_operator_id=read_word(data, start + 16),
        second_operator_id=read_word(data, start + 24),
    )


def _read_observation(data: bytes, start: i64) -> ObservePrices:
    word = read_word(data, start)
    return ObservePrices(
        source_id=word >> 32,
        index_id=word >> 16 & 0xFFFF,
        bid_e8=read_word(data, start + 8),
        ask_e8=read_word(data, start + 16),
        last_e8=read_word(data, start + 24),
        low_e8=read_word(data, start + 32),
        high_e8=read_word(data, start + 40),
        trade_id=read_word(data, start + 48),
        venue_ms=read_word(data, start + 56),
        receive_ms=read_word(data, start + 64),
        updates=read_word(data, start + 72),
        is_deep=(word >> 8 & 1) != 0,
        is_synthetic=(word >> 8 & 2) != 0,
        stream_hash=data[start + 80 : start + 112],
    )


def _read_account_or_listing(data: bytes, start: i64, type_: int) -> Command:
    word = read_word(data, start)
    flags = word >> 8 & 0xFF
    subject_id = word >> 16 & 0xFFFF  # instrument or asset
    account_id = word >> 32
    if type_ == CommandType.OPEN_ACCOUNT:
        return OpenAccount(
            account_id=account_id,
            owner_id=read_word(data, start + 8),
            fee_tier=read_word(data, start + 16),
        )
    if type_ == CommandType.SET_ACCOUNT_STATE:
        return SetAccountState(
            account_id=account_id, is_frozen=flags & 1 != 0, is_reduce_only=flags & 2 != 0
        )
    if type_ == CommandType.CREDIT_DEPOSIT:
        return CreditDeposit(
            account_id=account_id,
            asset_id=subject_id,
            amount=read_word(data, start + 8),
            deposit_id=data[start + 16 : start + 48],
        )
    if type_ == CommandType.TRANSFER_FUNDS:
        return TransferFunds(
            account_id=account_id,
            asset_id=subject_id,
            amount=read_word(data, start + 8),
            to_trading=flags != 0,
        )
    if type_ == CommandType.REGISTER_KEY:
        key_id = _text(data, start + 8, KEY_ID_BYTES)
        return RegisterKey(account_id=account_id, key_id=key_id, scopes=flags)
    if type_ == CommandType.REVOKE_KEY:
        return RevokeKey(account_id=account_id, key_id=_text(data, start + 8, KEY_ID_BYTES))
    if type_ == CommandType.LIST_ASSET:
        return ListAsset(
            asset_id=subject_id,
            scale=read_word(data, start + 8),
            name=_text(data, start + 16, NAME_BYTES),
        )
    if type_ == CommandType.LIST_INSTRUMENT:
        return ListInstrument(
            instrument_id=subject_id,
            base_asset_id=read_word(data, start + 8),
            quote_asset_id=read_word(data, start + 16),
            tick_size_e8=read_word(data, start + 24),
            lot_size=read_word(data, start + 32),
            quantity_min=read_word(data, start + 40),
            quantity_max=read_word(data, start + 48),
            price_max=read_word(data, start + 56),
            market_cap_e8=read_word(data, start + 64),
            kind=read_word(data, start + 72),
            index_id=read_word(data, start + 80),
            risk_tier=read_word(data, start + 88),
            name=_text(data, start + 96, NAME_BYTES),
        )
    assert type_ == CommandType.SET_TRADING_STATE
    return SetTradingState(instrument_id=subject_id, trading_state=flags)


def _text(data: bytes, start: i64, size: i64) -> bytes:
    return unpadded(data[start : start + size])
