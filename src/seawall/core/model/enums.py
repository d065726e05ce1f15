"""Enumerations as named integers; their numbers are part of the journal's format and never change.

They are plain classes of `Final` integers rather than `enum.Enum`: a member costs nothing when
compiled, and a number read from bytes needs no conversion (`Enum(value)` takes 330 ns). `*_NAMES`
give the words.
"""

from typing import Final


class Side:
    """Side of an order."""

    BUY: Final = 0
    SELL: Final = 1


class OrderType:
    """With or without a worst price stated by the trader."""

    LIMIT: Final = 0
    MARKET: Final = 1


class TimeInForce:
    """How long an order lives."""

    GTC: Final = 0  # good till cancelled
    IOC: Final = 1  # immediate or cancel
    FOK: Final = 2  # fill or kill
    GTD: Final = 3  # good till date
    POST_ONLY: Final = 4  # rests or is cancelled; never takes


class SelfTradePrevention:
    """What happens when an owner would meet himself; the taker's choice decides."""

    CANCEL_MAKER: Final = 0
    CANCEL_TAKER: Final = 1
    CANCEL_BOTH: Final = 2


class TradingState:
    """What an instrument accepts, from least to most restrictive; every state accepts cancels."""

    LIVE: Final = 0
    POST_ONLY: Final = 1
    CANCEL_ONLY: Final = 2
    HALTED: Final = 3


class SystemMode:
    """The venue after an outage: normal, or on its way back (cancel only, then post only)."""

    NORMAL: Final = 0
    RECOVERY_CANCEL_ONLY: Final = 1
    RECOVERY_POST_ONLY: Final = 2


class CancelReason:
    """Why an order ended before it was filled."""

    USER: Final = 0
    IOC: Final = 1  # the part that found no counterparty at once
    FOK: Final = 2  # not fillable as a whole
    POST_ONLY: Final = 3  # would have taken
    SELF_TRADE: Final = 4
    EXPIRED: Final = 5  # good-till-date reached
    MASS_CANCEL: Final = 6
    AMEND_FAILED: Final = 7  # the amend failed and its sender had asked to cancel then
    AMENDED_TO_DONE: Final = 8  # the new quantity is not more than what is filled
    MARKET_CAP: Final = 9  # a market order reached its worst price
    FILL_LIMIT: Final = 10  # one entry makes at most FILLS_PER_ENTRY_MAX fills
    QUOTE_LEFTOVER: Final = 11  # a quote-sized order cannot buy one more lot


class LedgerKind:
    """Kinds of ledger account. User kinds belong to an account id; the others have account id 0."""

    TRADING: Final = 0  # user:<id>:trading:<asset>
    FUNDING: Final = 1  # user:<id>:funding:<asset>
    EXT_CUSTODY: Final = 2  # ext:custody:<asset>: minus what we hold for the world
    HOUSE_FEE: Final = 3  # house:fee:<asset>
    HOUSE_TREASURY: Final = 4  # house:treasury:<asset>
    SYS_ROUNDING: Final = 5  # sys:rounding:<asset>


SIDE_NAMES: Final = ("buy", "sell")
ORDER_TYPE_NAMES: Final = ("limit", "market")
TIME_IN_FORCE_NAMES: Final = ("gtc", "ioc", "fok", "gtd", "post_only")
SELF_TRADE_PREVENTION_NAMES: Final = ("cancel_maker", "cancel_taker", "cancel_both")
TRADING_STATE_NAMES: Final = ("live", "post_only", "cancel_only", "halted")
SYSTEM_MODE_NAMES: Final = ("normal", "recovery_cancel_only", "recovery_post_only")
CANCEL_REASON_NAMES: Final = (
    "user",
    "ioc",
    "fok",
    "post_only",
    "self_trade",
    "expired",
    "mass_cancel",
    "amend_failed",
    "amended_to_done",
    "market_cap",
    "fill_limit",
    "quote_leftover",
)
LEDGER_KIND_NAMES: Final = (
    "trading",
    "funding",
    "ext:custody",
    "house:fee",
    "house:treasury",
    "sys:rounding",
)
