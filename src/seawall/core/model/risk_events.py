"""Events of prices, positions, triggers and liquidations, as readers see them.

Like balances, positions are stated as they are after the entry, not as changes. Index values and
rates are e8, marks and orders' prices ticks, amounts units of the settlement asset.
"""

from dataclasses import dataclass
from typing import Final, final

from mypy_extensions import i64


class RiskEventType:
    """Numbers of these events; they share one range with `events.EventType`."""

    INDEX_PUBLISHED: Final = 31
    SOURCE_STATUS_CHANGED: Final = 32
    INDEX_JUMPED: Final = 33
    MARK_PUBLISHED: Final = 34
    PRICE_LIMITS_CHANGED: Final = 35
    DETECTOR_FIRED: Final = 36
    FREEZE_CHANGED: Final = 37
    HEDGE_RECORDED: Final = 38
    INDEX_OVERRIDDEN: Final = 39
    PARAMETER_SET: Final = 45
    ORDER_CAUSED: Final = 60
    ALGO_ACCEPTED: Final = 61
    ALGO_REJECTED: Final = 62
    ALGO_TRIGGERED: Final = 63
    ALGO_CANCELLED: Final = 64
    POSITION_CHANGED: Final = 70
    LEVERAGE_CHANGED: Final = 71
    MARGIN_ADJUSTED: Final = 72
    FUNDING_SETTLED: Final = 73
    FUNDING_SKIPPED: Final = 74
    FUNDING_PAID: Final = 75
    LIQUIDATION_STEPPED: Final = 76
    POSITION_TAKEN_OVER: Final = 77
    POSITION_DELEVERAGED: Final = 78


@final
@dataclass
class IndexPublished:
    """What the venue thinks the outside price is, with its grade (domain 1.2)."""

    index_id: i64
    value_e8: i64  # the index
    low_e8: i64  # lower end of what it may be
    high_e8: i64  # upper end
    state: i64  # IndexState
    reason: i64  # HoldReason
    quality: i64  # IndexQuality
    agreement_e8: i64  # distance within which two thirds of the live weight lie
    pause_until_ms: i64  # mark-driven actions wait until then


@final
@dataclass
class SourceStatusChanged:
    """A source of an index counts from now on, or no longer."""

    index_id: i64
    source_id: i64
    old_status: i64  # SourceStatus
    new_status: i64  # SourceStatus


@final
@dataclass
class IndexJumped:
    """A jump of the index waits for confirmation, was confirmed, or was rejected."""

    index_id: i64
    step: i64  # JumpStep
    value_e8: i64  # the accepted index
    candidate_e8: i64  # what the sources say now


@final
@dataclass
class MarkPublished:
    """The mark price of a swap at this tick."""

    instrument_id: i64
    mark: i64  # ticks; 0 before the first
    index_e8: i64
    is_held: bool
    funding_e8: i64  # what the rate would be if it were settled now
    funding_ms: i64  # when it will be settled
    open_interest: i64  # lots


@final
@dataclass
class PriceLimitsChanged:
    """Orders may be bought up to `high` and sold down to `low` (ticks; 0 while there is no
    limit).
    """

    instrument_id: i64
    low: i64  # ticks; nobody may sell below
    high: i64  # ticks; nobody may buy above


@final
@dataclass
class DetectorFired:
    """A detector found what must not be: its number, the source, what it said and what the others
    say.
    """

    detector: i64  # Detector
    index_id: i64
    source_id: i64
    value_e8: i64  # what the source said
    others_e8: i64  # what the others say


@final
@dataclass
class FreezeChanged:
    """Mark-driven actions of an index (index 0: the whole venue) were frozen or released.

    `until_ms` is when the freeze ends by itself; 0 when people end it. `operator_id` is 0 when a
    detector acted.
    """

    index_id: i64  # 0: the whole venue
    is_frozen: bool  # or released
    until_ms: i64  # 0: until people end it
    operator_id: i64  # 0: a detector


@final
@dataclass
class HedgeRecorded:
    """A provider of mirrored liquidity hedged outside."""

    account_id: i64
    instrument_id: i64
    quantity: i64  # signed lots bought outside
    price_e8: i64  # at which it was bought
    hedge_id: bytes  # the provider's own name of it


@final
@dataclass
class IndexOverridden:
    """Two operators set an index."""

    index_id: i64
    value_e8: i64  # what it is set to
    first_operator_id: i64
    second_operator_id: i64


@final
@dataclass
class ParameterSet:
    """Two operators changed a guard parameter of an instrument."""

    instrument_id: i64
    name: bytes  # of the guard parameter
    value: i64  # in its own unit


@final
@dataclass
class OrderCaused:
    """Follows an OrderAccepted of the venue's own making: why it was made.

    `cause` is an OrderCause; `first` and `second` are the algo id and leg, the liquidation's
    episode and step, or the source id and level.
    """

    order_id: i64
    account_id: i64
    instrument_id: i64
    cause: i64  # OrderCause
    first: i64  # algo id, the liquidation's episode, or source id
    second: i64  # leg, the liquidation's step, or level


@final
@dataclass
class AlgoAccepted:
    """An algo order waits. The fields are those of PlaceAlgo."""

    algo_id: i64
    account_id: i64
    instrument_id: i64
    algo_type: i64
    side: i64
    quantity: i64
    margin_mode: i64
    reduce_only: bool
    self_trade_prevention: i64
    trigger_price: i64
    trigger_by: i64
    order_price: i64
    second_trigger_price: i64
    second_trigger_by: i64
    second_order_price: i64
    callback_e8: i64
    callback_ticks: i64
    active_price: i64
    client_id: bytes
    tag: bytes


@final
@dataclass
class AlgoRejected:
    """The algo order was refused; nothing changed."""

    account_id: i64
    instrument_id: i64
    reason: i64  # reject reason
    client_id: bytes


@final
@dataclass
class AlgoTriggered:
    """An algo order fired. `order_id` is the order it became, 0 when that was refused for
    `reason`.
    """

    algo_id: i64
    account_id: i64
    instrument_id: i64
    leg: i64  # 0 the first, 1 the second
    price_e8: i64  # the price that fired it
    order_id: i64  # 0 when it was refused
    reason: i64  # why it became no order; 0 when it did


@final
@dataclass
class AlgoCancelled:
    """An algo order ended without firing."""

    algo_id: i64
    account_id: i64
    instrument_id: i64
    reason: i64  # CancelReason


@final
@dataclass(init=False)
class PositionChanged:
    """A position after the entry."""

    account_id: i64
    instrument_id: i64
    size: i64  # signed lots
    cost: i64  # signed quote units
    margin_mode: i64
    lever: i64
    margin: i64  # isolated margin, settlement units
    realised: i64  # profit realised over its life, without fees and funding
    fees: i64  # paid over its life; negative: rebates
    funding: i64  # received over its life; negative: paid
    opened_ms: i64

    def __init__(
        self,
        account_id: i64,
        instrument_id: i64,
        size: i64,
        cost: i64,
        margin_mode: i64,
        lever: i64,
        margin: i64,
        realised: i64,
        fees: i64,
        funding: i64,
        opened_ms: i64,
    ) -> None:
        self.account_id = account_id
        self.instrument_id = instrument_id
        self.size = size
        self.cost = cost
        self.margin_mode = margin_mode
        self.lever = lever
        self.margin = margin
        self.realised = realised
        self.fees = fees
        self.funding = funding
        self.opened_ms = opened_ms


@final
@dataclass
class LeverageChanged:
    """The leverage of an account in a swap changed."""

    account_id: i64
    instrument_id: i64
    margin_mode: i64
    lever: i64


@final
@dataclass
class MarginAdjusted:
    """Margin was added to an isolated position, or taken out."""

    account_id: i64
    instrument_id: i64
    amount: i64  # settlement units; negative: taken out


@final
@dataclass
class FundingSettled:
    """Positions of the swap pay or receive funding at this rate and mark."""

    instrument_id: i64
    rate_e8: i64  # positive: longs pay shorts
    mark: i64  # ticks
    next_ms: i64  # when it will be settled again


@final
@dataclass
class FundingSkipped:
    """The price stayed uncertain for too long: this interval has no funding."""

    instrument_id: i64
    due_ms: i64  # when it should have been settled
    next_ms: i64  # when it will be settled again


@final
@dataclass
class FundingPaid:
    """A position received funding (amount > 0) or paid it."""

    account_id: i64
    instrument_id: i64
    amount: i64  # settlement units; negative: paid


@final
@dataclass
class LiquidationStepped:
    """A liquidation entered a phase, or made a step in it. Enough to recompute it (domain 4.2)."""

    account_id: i64
    instrument_id: i64  # 0 for the whole cross account
    phase: i64  # LiquidationPhase
    episode: i64  # counts the liquidations of an account
    step: i64  # counts the steps of an episode
    mark: i64  # ticks
    equity: i64  # settlement units
    maintenance: i64  # margin that it must have
    quantity: i64  # lots to close in this step
    limit_price: i64  # ticks


@final
@dataclass
class PositionTakenOver:
    """The venue took a position over at its bankruptcy price."""

    account_id: i64
    instrument_id: i64
    size: i64  # signed lots
    price: i64  # ticks: its bankruptcy price
    equity: i64  # what the account had left; it goes to the fund


@final
@dataclass
class PositionDeleveraged:
    """A profitable position was closed, in part, against one that went bankrupt."""

    account_id: i64
    instrument_id: i64
    bankrupt_account_id: i64  # whose loss is covered
    quantity: i64  # lots closed
    price: i64  # ticks: the bankruptcy price
    realised: i64  # profit that is kept


RiskEvent = (
    IndexPublished
    | SourceStatusChanged
    | IndexJumped
    | MarkPublished
    | PriceLimitsChanged
    | DetectorFired
    | FreezeChanged
    | HedgeRecorded
    | IndexOverridden
    | ParameterSet
    | OrderCaused
    | AlgoAccepted
    | AlgoRejected
    | AlgoTriggered
    | AlgoCancelled
    | PositionChanged
    | LeverageChanged
    | MarginAdjusted
    | FundingSettled
    | FundingSkipped
    | FundingPaid
    | LiquidationStepped
    | PositionTakenOver
    | PositionDeleveraged
)
