"""Commands to bytes and back. `decode_command` never raises: what it cannot read is None.

Word 0 is `codec.head`; fixed words follow by type, then padded text. Fields are only ever added at
the end.
"""

from typing import Final

from mypy_extensions import i64

from seawall.core.model.codec import Writer, head, padded, read_word, write_word
from seawall.core.model.commands import (
    AcceptClock,
    ActivateRules,
    AmendOrder,
    CancelOrder,
    ChainMark,
    Command,
    CommandType,
    CreditDeposit,
    ListAsset,
    ListInstrument,
    MassCancel,
    ObservePrices,
    OpenAccount,
    PlaceOrder,
    RegisterKey,
    RevokeKey,
    SetAccountState,
    SetTradingState,
    TimerBeat,
    TransferFunds,
)
from seawall.core.model.limits import ACCOUNT_ID_MAX, CLIENT_ID_BYTES, NAME_BYTES, TAG_BYTES

DIGEST_BYTES: Final = 32
KEY_ID_BYTES: Final = 64
RELEASE_BYTES: Final = 64

_QUOTE_SIZED: Final = 1
_HAS_CLIENT_ID: Final = 2
_HAS_TAG: Final = 4


def encode_command(command: Command) -> bytes:
    """The bytes of a command, a whole number of words."""
    out = Writer()
    if isinstance(command, PlaceOrder):
        _write_place_order(out, command)
    elif isinstance(command, AmendOrder):
        _write_amend_order(out, command)
    elif isinstance(command, CancelOrder):
        flags: i64 = 1 if command.client_id else 0
        _write_head(out, CommandType.CANCEL_ORDER, flags, command.instrument_id, command.account_id)
        write_word(out, command.order_id)
        if command.client_id:
            out.write(padded(command.client_id, CLIENT_ID_BYTES))
    elif isinstance(command, MassCancel):
        _write_head(
            out, CommandType.MASS_CANCEL, command.side, command.instrument_id, command.account_id
        )
    else:
        _write_rare(out, command)
    return out.getvalue()


def _write_head(out: Writer, type_: i64, flags: i64, instrument_id: i64, account_id: i64) -> None:
    write_word(
        out, head(type_=type_, flags=flags, instrument_id=instrument_id, account_id=account_id)
    )


def _write_place_order(out: Writer, command: PlaceOrder) -> None:
    flags = (
        command.side
        | command.order_type << 1
        | command.time_in_force << 2
        | command.self_trade_prevention << 5
    )
    options: i64 = 0
    if command.quote_amount != 0:
        options |= _QUOTE_SIZED
    if command.client_id:
        options |= _HAS_CLIENT_ID
    if command.tag:
        options |= _HAS_TAG
    _write_head(out, CommandType.PLACE_ORDER, flags, command.instrument_id, command.account_id)
    write_word(out, command.limit_price)
    write_word(out, command.quote_amount if command.quote_amount != 0 else command.quantity)
    write_word(out, command.valid_for_ms | options << 32)
    write_word(out, command.expire_ms)
    if command.client_id:
        out.write(padded(command.client_id, CLIENT_ID_BYTES))
    if command.tag:
        out.write(padded(command.tag, TAG_BYTES))


def _write_amend_order(out: Writer, command: AmendOrder) -> None:
    flags: i64 = 1 if command.client_id else 0
    if command.cancel_on_fail:
        flags |= 2
    _write_head(out, CommandType.AMEND_ORDER, flags, command.instrument_id, command.account_id)
    write_word(out, command.order_id)
    write_word(out, command.new_price)
    write_word(out, command.new_quantity)
    write_word(out, command.valid_for_ms)
    if command.client_id:
        out.write(padded(command.client_id, CLIENT_ID_BYTES))


def _write_rare(out: Writer, command: Command) -> None:
    if isinstance(command, TimerBeat):
        _write_head(out, CommandType.TIMER_BEAT, 0, 0, command.timer_id)
        write_word(out, command.wall_ms)
    elif isinstance(command, ChainMark):
        _write_head(out, CommandType.CHAIN_MARK, 0, 0, 0)
        write_word(out, command.marked_seq)
        write_word(out, command.blocks)
        out.write(padded(command.chain, DIGEST_BYTES))
        out.write(padded(command.events_hash, DIGEST_BYTES))
    elif isinstance(command, AcceptClock):
        _write_head(out, CommandType.ACCEPT_CLOCK, 0, 0, 0)
        write_word(out, command.wall_ms)
        write_word(out, command.first_operator_id)
        write_word(out, command.second_operator_id)
    elif isinstance(command, ActivateRules):
        _write_head(out, CommandType.ACTIVATE_RULES, 0, 0, 0)
        write_word(out, command.version)
        out.write(padded(command.release, RELEASE_BYTES))
    elif isinstance(command, ObservePrices):
        _write_observation(out, command)
    elif isinstance(command, ListAsset):
        _write_head(out, CommandType.LIST_ASSET, 0, command.asset_id, 0)
        write_word(out, command.scale)
        out.write(padded(command.name, NAME_BYTES))
    elif isinstance(command, ListInstrument):
        _write_list_instrument(out, command)
    elif isinstance(command, SetTradingState):
        _write_head(
            out, CommandType.SET_TRADING_STATE, command.trading_state, command.instrument_id, 0
        )
    else:
        _write_account_command(out, command)


def _write_observation(out: Writer, command: ObservePrices) -> None:
    flags: i64 = (1 if command.is_deep else 0) | (2 if command.is_synthetic else 0)
    _write_head(out, CommandType.OBSERVE_PRICES, flags, command.instrument_id, command.source_id)
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
    _write_head(out, CommandType.LIST_INSTRUMENT, 0, command.instrument_id, 0)
    for word in (
        command.base_asset_id,
        command.quote_asset_id,
        command.tick_size_e8,
        command.lot_size,
        command.quantity_min,
        command.quantity_max,
        command.price_max,
        command.market_cap_e8,
    ):
        write_word(out, word)
    out.write(padded(command.name, NAME_BYTES))


def _write_account_command(out: Writer, command: Command) -> None:
    if isinstance(command, OpenAccount):
        _write_head(out, CommandType.OPEN_ACCOUNT, 0, 0, command.account_id)
        write_word(out, command.owner_id)
        write_word(out, command.fee_tier)
    elif isinstance(command, SetAccountState):
        flags: i64 = 1 if command.is_frozen else 0
        _write_head(out, CommandType.SET_ACCOUNT_STATE, flags, 0, command.account_id)
    elif isinstance(command, CreditDeposit):
        _write_head(out, CommandType.CREDIT_DEPOSIT, 0, command.asset_id, command.account_id)
        write_word(out, command.amount)
        out.write(padded(command.deposit_id, DIGEST_BYTES))
    elif isinstance(command, TransferFunds):
        direction: i64 = 1 if command.to_trading else 0
        _write_head(
            out, CommandType.TRANSFER_FUNDS, direction, command.asset_id, command.account_id
        )
        write_word(out, command.amount)
    elif isinstance(command, RegisterKey):
        _write_head(out, CommandType.REGISTER_KEY, command.scopes, 0, command.account_id)
        out.write(padded(command.key_id, KEY_ID_BYTES))
    else:
        assert isinstance(command, RevokeKey)
        _write_head(out, CommandType.REVOKE_KEY, 0, 0, command.account_id)
        out.write(padded(command.key_id, KEY_ID_BYTES))


def decode_command(data: bytes, start: i64, length: i64) -> Command | None:
    """The command in `data[start : start + length]`, or None when it cannot be read. Never
    raises.
    """
    if length < 8 or start < 0 or start + length > len(data):
        return None
    word = read_word(data, start)
    type_ = word & 0xFF
    flags = word >> 8 & 0xFF
    instrument_id = word >> 16 & 0xFFFF
    account_id = word >> 32
    if account_id < 0 or account_id > ACCOUNT_ID_MAX:
        return None
    if type_ == CommandType.PLACE_ORDER:
        return _read_place_order(data, start, length, flags, instrument_id, account_id)
    if type_ == CommandType.CANCEL_ORDER:
        has_client_id = flags & 1
        if length != 16 + 32 * has_client_id:
            return None
        return CancelOrder(
            account_id=account_id,
            instrument_id=instrument_id,
            order_id=read_word(data, start + 8),
            client_id=data[start + 16 : start + 48] if has_client_id else b"",
        )
    if type_ == CommandType.AMEND_ORDER:
        return _read_amend_order(data, start, length, flags, instrument_id, account_id)
    if type_ == CommandType.MASS_CANCEL:
        if length != 8:
            return None
        return MassCancel(account_id=account_id, instrument_id=instrument_id, side=flags)
    return _read_rare(data, start, length)


def _read_place_order(
    data: bytes, start: i64, length: i64, flags: i64, instrument_id: i64, account_id: i64
) -> PlaceOrder | None:
    if length < 40:
        return None
    options = read_word(data, start + 24)
    valid_for_ms = options & 0xFFFFFFFF
    options >>= 32
    at = start + 40
    client_id = b""
    tag = b""
    if options & _HAS_CLIENT_ID:
        client_id = data[at : at + CLIENT_ID_BYTES]
        at += CLIENT_ID_BYTES
    if options & _HAS_TAG:
        tag = data[at : at + TAG_BYTES]
        at += TAG_BYTES
    if at - start != length:
        return None
    size = read_word(data, start + 16)
    is_quote_sized = options & _QUOTE_SIZED
    return PlaceOrder(
        account_id=account_id,
        instrument_id=instrument_id,
        side=flags & 1,
        order_type=flags >> 1 & 1,
        time_in_force=flags >> 2 & 7,
        self_trade_prevention=flags >> 5 & 3,
        limit_price=read_word(data, start + 8),
        quantity=0 if is_quote_sized else size,
        quote_amount=size if is_quote_sized else 0,
        valid_for_ms=valid_for_ms,
        expire_ms=read_word(data, start + 32),
        client_id=client_id,
        tag=tag,
    )


def _read_amend_order(
    data: bytes, start: i64, length: i64, flags: i64, instrument_id: i64, account_id: i64
) -> AmendOrder | None:
    has_client_id = flags & 1
    if length != 40 + 32 * has_client_id:
        return None
    return AmendOrder(
        account_id=account_id,
        instrument_id=instrument_id,
        order_id=read_word(data, start + 8),
        new_price=read_word(data, start + 16),
        new_quantity=read_word(data, start + 24),
        valid_for_ms=read_word(data, start + 32),
        client_id=data[start + 40 : start + 72] if has_client_id else b"",
        cancel_on_fail=(flags & 2) != 0,
    )


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
    CommandType.LIST_INSTRUMENT: 72 + 32,
    CommandType.SET_TRADING_STATE: 8,
}


def _read_rare(data: bytes, start: i64, length: i64) -> Command | None:
    word = read_word(data, start)
    type_: int = word & 0xFF
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
    return _read_account_or_listing(data, start, type_)


def _read_observation(data: bytes, start: i64) -> ObservePrices:
    word = read_word(data, start)
    return ObservePrices(
        source_id=word >> 32,
        instrument_id=word >> 16 & 0xFFFF,
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
        return SetAccountState(account_id=account_id, is_frozen=flags != 0)
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
            name=_text(data, start + 72, NAME_BYTES),
        )
    assert type_ == CommandType.SET_TRADING_STATE
    return SetTradingState(instrument_id=subject_id, trading_state=flags)


def _text(data: bytes, start: i64, size: i64) -> bytes:
    return data[start : start + size].rstrip(b"\0")
