"""Commands to bytes and back. `decode_command` never raises: what it cannot read is None.

Word 0 is `codec.head`; fixed words follow by type, then padded text. Fields are only ever added at
the end.
"""

from typing import Final

from mypy_extensions import i64

from seawall.core.model.codec import Writer, padded, read_word, write_head, write_word
from seawall.core.model.commands import (
    AdjustMargin,
    AmendOrder,
    CancelAlgo,
    CancelOrder,
    Command,
    CommandType,
    MassCancel,
    PlaceAlgo,
    PlaceOrder,
    SetLeverage,
)
from seawall.core.model.limits import ACCOUNT_ID_MAX, CLIENT_ID_BYTES, TAG_BYTES
from seawall.core.model.operator_codec import read_rare, write_rare

_QUOTE_SIZED: Final = 1
_HAS_CLIENT_ID: Final = 2
_HAS_TAG: Final = 4
_MARGIN_MODE_SHIFT: Final = 3  # two bits
_REDUCE_ONLY: Final = 32
_REPRICE: Final = 64
_ORDER_OPTIONS: Final = 127  # all of the above
_ALGO_OPTIONS: Final = _HAS_CLIENT_ID | _HAS_TAG | 0xFFFF00  # and what watches each leg


def encode_command(command: Command) -> bytes:
    """The bytes of a command, a whole number of words."""
    out = Writer()
    if isinstance(command, PlaceOrder):
        _write_place_order(out, command)
    elif isinstance(command, AmendOrder):
        _write_amend_order(out, command)
    elif isinstance(command, CancelOrder):
        flags: i64 = 1 if command.client_id else 0
        write_head(out, CommandType.CANCEL_ORDER, flags, command.instrument_id, command.account_id)
        write_word(out, command.order_id)
        if command.client_id:
            out.write(padded(command.client_id, CLIENT_ID_BYTES))
    elif isinstance(command, MassCancel):
        write_head(
            out, CommandType.MASS_CANCEL, command.side, command.instrument_id, command.account_id
        )
    elif isinstance(command, PlaceAlgo):
        _write_place_algo(out, command)
    elif isinstance(command, CancelAlgo):
        flags = 1 if command.client_id else 0
        write_head(out, CommandType.CANCEL_ALGO, flags, command.instrument_id, command.account_id)
        write_word(out, command.algo_id)
        if command.client_id:
            out.write(padded(command.client_id, CLIENT_ID_BYTES))
    elif isinstance(command, SetLeverage):
        mode = command.margin_mode
        write_head(out, CommandType.SET_LEVERAGE, mode, command.instrument_id, command.account_id)
        write_word(out, command.lever)
    elif isinstance(command, AdjustMargin):
        write_head(out, CommandType.ADJUST_MARGIN, 0, command.instrument_id, command.account_id)
        write_word(out, command.amount)
    else:
        write_rare(out, command)
    return out.getvalue()


def _write_place_order(out: Writer, command: PlaceOrder) -> None:
    flags = (
        command.side
        | command.order_type << 1
        | command.time_in_force << 2
        | command.self_trade_prevention << 5
    )
    options = command.margin_mode << _MARGIN_MODE_SHIFT
    if command.reduce_only:
        options |= _REDUCE_ONLY
    if command.reprice:
        options |= _REPRICE
    if command.quote_amount != 0:
        options |= _QUOTE_SIZED
    if command.client_id:
        options |= _HAS_CLIENT_ID
    if command.tag:
        options |= _HAS_TAG
    write_head(out, CommandType.PLACE_ORDER, flags, command.instrument_id, command.account_id)
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
    write_head(out, CommandType.AMEND_ORDER, flags, command.instrument_id, command.account_id)
    write_word(out, command.order_id)
    write_word(out, command.new_price)
    write_word(out, command.new_quantity)
    write_word(out, command.valid_for_ms)
    if command.client_id:
        out.write(padded(command.client_id, CLIENT_ID_BYTES))


def _write_place_algo(out: Writer, command: PlaceAlgo) -> None:
    flags = (
        command.side
        | command.algo_type << 1
        | command.self_trade_prevention << 3
        | command.margin_mode << 5
    )
    if command.reduce_only:
        flags |= 1 << 7
    options = command.trigger_by << 8 | command.second_trigger_by << 16
    if command.client_id:
        options |= _HAS_CLIENT_ID
    if command.tag:
        options |= _HAS_TAG
    write_head(out, CommandType.PLACE_ALGO, flags, command.instrument_id, command.account_id)
    for word in (
        command.quantity,
        command.trigger_price,
        command.order_price,
        command.second_trigger_price,
        command.second_order_price,
        command.callback_e8,
        command.callback_ticks,
        command.active_price,
        command.valid_for_ms | options << 32,
    ):
        write_word(out, word)
    if command.client_id:
        out.write(padded(command.client_id, CLIENT_ID_BYTES))
    if command.tag:
        out.write(padded(command.tag, TAG_BYTES))


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
    if type_ <= CommandType.ADJUST_MARGIN:
        return _read_margin_command(data, start, length, type_)
    return read_rare(data, start, length)


def _read_margin_command(data: bytes, start: i64, length: i64, type_: i64) -> Command | None:
    word = read_word(data, start)
    flags = word >> 8 & 0xFF
    instrument_id = word >> 16 & 0xFFFF
    account_id = word >> 32
    if type_ == CommandType.PLACE_ALGO:
        return _read_place_algo(data, start, length)
    if type_ == CommandType.CANCEL_ALGO:
        if flags > 1 or length != 16 + 32 * flags:
            return None
        return CancelAlgo(
            account_id=account_id,
            instrument_id=instrument_id,
            algo_id=read_word(data, start + 8),
            client_id=data[start + 16 : start + 48] if flags else b"",
        )
    if length != 16:
        return None
    if type_ == CommandType.SET_LEVERAGE:
        return SetLeverage(
            account_id=account_id,
            instrument_id=instrument_id,
            margin_mode=flags,
            lever=read_word(data, start + 8),
        )
    if type_ == CommandType.ADJUST_MARGIN and flags == 0:
        return AdjustMargin(
            account_id=account_id,
            instrument_id=instrument_id,
            amount=read_word(data, start + 8),
        )
    return None


def _read_place_algo(data: bytes, start: i64, length: i64) -> PlaceAlgo | None:
    if length < 80:
        return None
    word = read_word(data, start)
    flags = word >> 8 & 0xFF
    options = read_word(data, start + 72)
    valid_for_ms = options & 0xFFFFFFFF
    options >>= 32
    if options & ~_ALGO_OPTIONS != 0:
        return None
    at = start + 80
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
    return PlaceAlgo(
        account_id=word >> 32,
        instrument_id=word >> 16 & 0xFFFF,
        algo_type=flags >> 1 & 3,
        side=flags & 1,
        quantity=read_word(data, start + 8),
        margin_mode=flags >> 5 & 3,
        reduce_only=flags >> 7 != 0,
        self_trade_prevention=flags >> 3 & 3,
        trigger_price=read_word(data, start + 16),
        trigger_by=options >> 8 & 0xFF,
        order_price=read_word(data, start + 24),
        second_trigger_price=read_word(data, start + 32),
        second_trigger_by=options >> 16 & 0xFF,
        second_order_price=read_word(data, start + 40),
        callback_e8=read_word(data, start + 48),
        callback_ticks=read_word(data, start + 56),
        active_price=read_word(data, start + 64),
        valid_for_ms=valid_for_ms,
        client_id=client_id,
        tag=tag,
    )


def _read_place_order(
    data: bytes, start: i64, length: i64, flags: i64, instrument_id: i64, account_id: i64
) -> PlaceOrder | None:
    if length < 40:
        return None
    options = read_word(data, start + 24)
    valid_for_ms = options & 0xFFFFFFFF
    options >>= 32
    if options & ~_ORDER_OPTIONS != 0:
        return None
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
    quote_amount: i64 = 0
    if options & _QUOTE_SIZED:
        quote_amount = size
        size = 0
    return PlaceOrder(
        account_id=account_id,
        instrument_id=instrument_id,
        side=flags & 1,
        order_type=flags >> 1 & 1,
        time_in_force=flags >> 2 & 7,
        self_trade_prevention=flags >> 5 & 3,
        limit_price=read_word(data, start + 8),
        quantity=size,
        quote_amount=quote_amount,
        valid_for_ms=valid_for_ms,
        expire_ms=read_word(data, start + 32),
        client_id=client_id,
        tag=tag,
        margin_mode=options >> _MARGIN_MODE_SHIFT & 3,
        reduce_only=(options & _REDUCE_ONLY) != 0,
        reprice=(options & _REPRICE) != 0,
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
