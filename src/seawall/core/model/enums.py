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
    REDUCE_ONLY: Final = 2  # the aggressive side of every match must reduce a position
    AUCTION: Final = 3  # kept for call auctions; nothing enters it yet
    CANCEL_ONLY: Final = 4
    HALTED: Final = 5


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
    BAND_PROTECT: Final = 12  # the next fill would lie outside the execution band
    REDUCE_ONLY: Final = 13  # more than what is left of the position to reduce
    LIQUIDATION: Final = 14  # the account or position is being liquidated
    DELEVERAGED: Final = 15  # the position it would reduce or increase was closed by ADL
    MARGIN: Final = 16  # settling the fill would take the account's cash below zero
    MIRROR: Final = 17  # the mirrored source is not good, or has moved
    FROZEN: Final = 18  # an operator's freeze
    REPAIR: Final = 19  # a repair takes the money that it holds


class InstrumentKind:
    """What is traded: the asset itself, or a linear perpetual swap settled in the quote asset."""

    SPOT: Final = 0
    SWAP: Final = 1


class MarginMode:
    """What stands behind an order or a position."""

    CASH: Final = 0  # spot: what is paid is there
    CROSS: Final = 1  # the account's whole cash in the settlement asset
    ISOLATED: Final = 2  # an amount set aside for this one position


class RiskTier:
    """Which table of guard, index and margin parameters holds for an instrument or index."""

    NONE: Final = 0  # an instrument without index: no limits, no band
    MAJOR: Final = 1
    ALT: Final = 2
    TAIL: Final = 3


class TriggerPrice:
    """Which price fires an algo order."""

    LAST: Final = 0
    MARK: Final = 1
    INDEX: Final = 2


class AlgoType:
    """Kinds of algo order."""

    CONDITIONAL: Final = 0  # one take-profit or stop-loss
    OCO: Final = 1  # two legs; the first to fire cancels the other
    TRIGGER: Final = 2  # an order that waits for a price
    TRAILING: Final = 3  # follows the best price at a distance


class OrderCause:
    """Why the venue made an order itself; undo compares causes, never order ids."""

    USER: Final = 0
    ALGO: Final = 1  # its algo id
    LIQUIDATION: Final = 2  # episode, step
    UNWIND: Final = 3  # the liquidation engine sells what it took over: episode, step
    MIRROR: Final = 4  # source id


class LiquidationPhase:
    """Steps of a liquidation (domain 4.2; the numbers are those of LIQ1 to LIQ6)."""

    HEALTHY: Final = 0
    CANCEL: Final = 1
    REDUCE: Final = 3
    TAKEOVER: Final = 5
    DELEVERAGE: Final = 6


class IndexState:
    """Grade of an index."""

    INIT: Final = 0  # no value was accepted yet
    NORMAL: Final = 1
    DEGRADED: Final = 2
    CONFIRM: Final = 3  # a jump waits for confirmation
    HOLD: Final = 4


class HoldReason:
    """Why an index is held."""

    NONE: Final = 0
    STALE: Final = 1  # too few live sources
    DISPUTED: Final = 2  # live sources contradict each other


class IndexQuality:
    """How many live sources an index has."""

    NONE: Final = 0
    LOW: Final = 1
    FULL: Final = 2


class SourceStatus:
    """Whether a source counts at the moment."""

    LIVE: Final = 0
    STALE: Final = 1  # its last valid sample is too old
    FROZEN: Final = 2  # it sends, and nothing in it changes
    INVALID: Final = 3  # its last sample breaks a rule
    QUARANTINED: Final = 4  # by the detector, by repeated exclusion, or by an operator


class JumpStep:
    """What became of a jump of an index."""

    STARTED: Final = 1
    CONFIRMED: Final = 2
    REJECTED: Final = 3
    RESTARTED: Final = 4


class Detector:
    """What can find an incident by itself."""

    SOURCE_FAR_FROM_OTHERS: Final = 1


class LedgerKind:
    """Kinds of ledger account. User kinds belong to an account id; the others have account id 0;
    those of one instrument carry its id.
    """

    TRADING: Final = 0  # user:<id>:trading:<asset>
    FUNDING: Final = 1  # user:<id>:funding:<asset>
    EXT_CUSTODY: Final = 2  # ext:custody:<asset>: minus what we hold for the world
    HOUSE_FEE: Final = 3  # house:fee:<asset>
    HOUSE_TREASURY: Final = 4  # house:treasury:<asset>
    SYS_ROUNDING: Final = 5  # sys:rounding:<asset>: may only grow
    ISOLATED: Final = 6  # user:<id>:iso:<instrument>: margin of an isolated position
    CLEARING: Final = 7  # clearing:<instrument>: minus the sum of all positions' cost
    INSURANCE: Final = 8  # ins:swap:<asset>
    HOUSE_ERROR: Final = 9  # house:error:<asset>: below zero it is the operator's bill for repairs
    DEBT: Final = 10  # user:<id>:debt:<asset>: never positive; minus what the user owes the venue


SIDE_NAMES: Final = ("buy", "sell")
ORDER_TYPE_NAMES: Final = ("limit", "market")
TIME_IN_FORCE_NAMES: Final = ("gtc", "ioc", "fok", "gtd", "post_only")
SELF_TRADE_PREVENTION_NAMES: Final = ("cancel_maker", "cancel_taker", "cancel_both")
TRADING_STATE_NAMES: Final = (
    "live",
    "post_only",
    "reduce_only",
    "auction",
    "cancel_only",
    "halted",
)
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
    "band_protect",
    "reduce_only",
    "liquidation",
    "deleveraged",
    "margin",
    "mirror",
    "frozen",
    "repair",
)
LEDGER_KIND_NAMES: Final = (
    "trading",
    "funding",
    "ext:custody",
    "house:fee",
    "house:treasury",
    "sys:rounding",
    "isolated",
    "clearing",
    "ins:swap",
    "house:error",
    "debt",
)
INSTRUMENT_KIND_NAMES: Final = ("spot", "swap")
MARGIN_MODE_NAMES: Final = ("cash", "cross", "isolated")
RISK_TIER_NAMES: Final = ("none", "major", "alt", "tail")
TRIGGER_PRICE_NAMES: Final = ("last", "mark", "index")
ALGO_TYPE_NAMES: Final = ("conditional", "oco", "trigger", "trailing")
ORDER_CAUSE_NAMES: Final = ("user", "algo", "liquidation", "unwind", "mirror")
INDEX_STATE_NAMES: Final = ("init", "normal", "degraded", "confirm", "hold")
HOLD_REASON_NAMES: Final = ("none", "stale", "disputed")
INDEX_QUALITY_NAMES: Final = ("none", "low", "full")
SOURCE_STATUS_NAMES: Final = ("live", "stale", "frozen", "invalid", "quarantined")
JUMP_STEP_NAMES: Final = ("none", "started", "confirmed", "rejected", "restarted")
DETECTOR_NAMES: Final = ("none", "source_far_from_others")
LIQUIDATION_PHASE_NAMES: Final = (
    "healthy",
    "cancel",
    "net",
    "reduce",
    "backstop",
    "takeover",
    "deleverage",
)
