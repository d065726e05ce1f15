"""Whether a command can be written down at all: what the encoding would cut off or mix up.

The engine decides about everything that can be encoded. These checks only keep numbers inside their
fields, and client ids to letters and digits, so that nothing a user sends raises or changes its
meaning.
"""

from __future__ import annotations

from seawall.core.model.commands import (
    BOTH_SIDES,
    AdjustMargin,
    AmendOrder,
    CancelAlgo,
    CancelOrder,
    MassCancel,
    PlaceAlgo,
    PlaceOrder,
    SetLeverage,
    TransferFunds,
)
from seawall.core.model.enums import (
    AlgoType,
    MarginMode,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TriggerPrice,
)
from seawall.core.model.limits import (
    ACCOUNT_ID_MAX,
    CLIENT_ID_BYTES,
    INSTRUMENT_ID_MAX,
    TAG_BYTES,
    VALID_FOR_MS_MAX,
)
from seawall.core.model.rejects import RejectReason

WORD_MAX = 2**63 - 1
LEVER_WORD_MAX = 2**31 - 1


def place_fault(order: PlaceOrder) -> int:
    """The reason why an order cannot be encoded as it is meant, or 0."""
    if not 0 <= order.account_id <= ACCOUNT_ID_MAX:
        return RejectReason.UNKNOWN_ACCOUNT
    if not 0 <= order.instrument_id <= INSTRUMENT_ID_MAX:
        return RejectReason.UNKNOWN_INSTRUMENT
    are_flags_sound = (
        Side.BUY <= order.side <= Side.SELL
        and OrderType.LIMIT <= order.order_type <= OrderType.MARKET
        and TimeInForce.GTC <= order.time_in_force <= TimeInForce.POST_ONLY
        and order.self_trade_prevention >= SelfTradePrevention.CANCEL_MAKER
        and order.self_trade_prevention <= SelfTradePrevention.CANCEL_BOTH
        and MarginMode.CASH <= order.margin_mode <= MarginMode.ISOLATED
        and 0 <= order.valid_for_ms <= VALID_FOR_MS_MAX
    )
    if not are_flags_sound or not _are_names_sound(order.client_id, order.tag):
        return RejectReason.BAD_FLAGS
    if not -WORD_MAX <= order.limit_price <= WORD_MAX:
        return RejectReason.BAD_PRICE
    if not -WORD_MAX <= order.quantity <= WORD_MAX:
        return RejectReason.BAD_QUANTITY
    if not -WORD_MAX <= order.quote_amount <= WORD_MAX:
        return RejectReason.BAD_QUANTITY
    if order.quantity != 0 and order.quote_amount != 0:
        return RejectReason.BAD_QUANTITY
    if not 0 <= order.expire_ms <= WORD_MAX:
        return RejectReason.BAD_EXPIRY
    return RejectReason.NONE


def amend_fault(amend: AmendOrder) -> int:
    """The same for an amend."""
    if not 0 <= amend.account_id <= ACCOUNT_ID_MAX:
        return RejectReason.UNKNOWN_ACCOUNT
    if not 0 <= amend.instrument_id <= INSTRUMENT_ID_MAX:
        return RejectReason.UNKNOWN_INSTRUMENT
    if not 0 <= amend.valid_for_ms <= VALID_FOR_MS_MAX:
        return RejectReason.BAD_FLAGS
    if not -WORD_MAX <= amend.new_price <= WORD_MAX:
        return RejectReason.BAD_PRICE
    if not -WORD_MAX <= amend.new_quantity <= WORD_MAX:
        return RejectReason.BAD_QUANTITY
    if not 0 <= amend.order_id <= WORD_MAX or not _are_names_sound(amend.client_id, b""):
        return RejectReason.ORDER_NOT_FOUND
    return RejectReason.NONE


def cancel_fault(cancel: CancelOrder) -> int:
    """The same for a cancel."""
    if not 0 <= cancel.account_id <= ACCOUNT_ID_MAX:
        return RejectReason.UNKNOWN_ACCOUNT
    if not 0 <= cancel.instrument_id <= INSTRUMENT_ID_MAX:
        return RejectReason.UNKNOWN_INSTRUMENT
    if not 0 <= cancel.order_id <= WORD_MAX or not _are_names_sound(cancel.client_id, b""):
        return RejectReason.ORDER_NOT_FOUND
    return RejectReason.NONE


def mass_cancel_fault(command: MassCancel) -> int:
    """The same for a mass cancel."""
    if not 0 <= command.account_id <= ACCOUNT_ID_MAX:
        return RejectReason.UNKNOWN_ACCOUNT
    if not 0 <= command.instrument_id <= INSTRUMENT_ID_MAX:
        return RejectReason.UNKNOWN_INSTRUMENT
    if not Side.BUY <= command.side <= BOTH_SIDES:
        return RejectReason.BAD_FLAGS
    return RejectReason.NONE


def transfer_fault(transfer: TransferFunds) -> int:
    """The same for a transfer."""
    if not 0 <= transfer.account_id <= ACCOUNT_ID_MAX:
        return RejectReason.UNKNOWN_ACCOUNT
    if not -WORD_MAX <= transfer.amount <= WORD_MAX:
        return RejectReason.BAD_AMOUNT
    if not 0 <= transfer.asset_id <= INSTRUMENT_ID_MAX:
        return RejectReason.UNKNOWN_ASSET
    return RejectReason.NONE


def algo_fault(algo: PlaceAlgo) -> int:
    """The same for an algo order."""
    if not 0 <= algo.account_id <= ACCOUNT_ID_MAX:
        return RejectReason.UNKNOWN_ACCOUNT
    if not 0 <= algo.instrument_id <= INSTRUMENT_ID_MAX:
        return RejectReason.UNKNOWN_INSTRUMENT
    are_flags_sound = (
        AlgoType.CONDITIONAL <= algo.algo_type <= AlgoType.TRAILING
        and Side.BUY <= algo.side <= Side.SELL
        and algo.self_trade_prevention >= SelfTradePrevention.CANCEL_MAKER
        and algo.self_trade_prevention <= SelfTradePrevention.CANCEL_BOTH
        and MarginMode.CASH <= algo.margin_mode <= MarginMode.ISOLATED
        and 0 <= algo.valid_for_ms <= VALID_FOR_MS_MAX
    )
    if not are_flags_sound or not _are_names_sound(algo.client_id, algo.tag):
        return RejectReason.BAD_FLAGS
    if not 0 <= algo.quantity <= WORD_MAX:
        return RejectReason.BAD_QUANTITY
    if not (0 <= algo.order_price <= WORD_MAX and 0 <= algo.second_order_price <= WORD_MAX):
        return RejectReason.BAD_PRICE
    are_triggers_sound = all(
        0 <= price <= WORD_MAX
        for price in (
            algo.trigger_price,
            algo.second_trigger_price,
            algo.callback_e8,
            algo.callback_ticks,
            algo.active_price,
        )
    ) and all(
        TriggerPrice.LAST <= watched <= TriggerPrice.INDEX
        for watched in (algo.trigger_by, algo.second_trigger_by)
    )
    return RejectReason.NONE if are_triggers_sound else RejectReason.BAD_TRIGGER


def cancel_algo_fault(cancel: CancelAlgo) -> int:
    """The same for the cancel of an algo order."""
    if not 0 <= cancel.account_id <= ACCOUNT_ID_MAX:
        return RejectReason.UNKNOWN_ACCOUNT
    if not 0 <= cancel.instrument_id <= INSTRUMENT_ID_MAX:
        return RejectReason.UNKNOWN_INSTRUMENT
    if not 0 <= cancel.algo_id <= WORD_MAX or not _are_names_sound(cancel.client_id, b""):
        return RejectReason.ALGO_NOT_FOUND
    return RejectReason.NONE


def leverage_fault(command: SetLeverage) -> int:
    """The same for a choice of leverage."""
    if not 0 <= command.account_id <= ACCOUNT_ID_MAX:
        return RejectReason.UNKNOWN_ACCOUNT
    if not 0 <= command.instrument_id <= INSTRUMENT_ID_MAX:
        return RejectReason.UNKNOWN_INSTRUMENT
    if not MarginMode.CASH <= command.margin_mode <= MarginMode.ISOLATED:
        return RejectReason.BAD_MARGIN_MODE
    if not 0 <= command.lever <= LEVER_WORD_MAX:
        return RejectReason.BAD_LEVERAGE
    return RejectReason.NONE


def margin_fault(command: AdjustMargin) -> int:
    """The same for margin added or taken out."""
    if not 0 <= command.account_id <= ACCOUNT_ID_MAX:
        return RejectReason.UNKNOWN_ACCOUNT
    if not 0 <= command.instrument_id <= INSTRUMENT_ID_MAX:
        return RejectReason.UNKNOWN_INSTRUMENT
    if not -WORD_MAX <= command.amount <= WORD_MAX:
        return RejectReason.BAD_AMOUNT
    return RejectReason.NONE


def _are_names_sound(client_id: bytes, tag: bytes) -> bool:
    return (not client_id or (len(client_id) <= CLIENT_ID_BYTES and client_id.isalnum())) and (
        not tag or (len(tag) <= TAG_BYTES and tag.isalnum())
    )
