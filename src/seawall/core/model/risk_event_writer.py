"""Events of prices, positions, triggers and liquidations into bytes, one function for each.

Every function takes the `EventWriter` of the entry. The first word carries the instrument or index
and the account or source; what is left stands in the words that follow, in the order of the
parameters.
"""

from typing import Final

from mypy_extensions import i64

from seawall.core.model.codec import padded, write_word
from seawall.core.model.commands import PlaceAlgo
from seawall.core.model.event_writer import HAS_CLIENT_ID, HAS_TAG, EventWriter
from seawall.core.model.limits import CLIENT_ID_BYTES, NAME_BYTES, TAG_BYTES
from seawall.core.model.risk_events import RiskEventType

HEDGE_ID_BYTES: Final = 32


def index_published(
    out: EventWriter,
    *,
    index_id: i64,
    value_e8: i64,
    low_e8: i64,
    high_e8: i64,
    state: i64,
    reason: i64,
    quality: i64,
    agreement_e8: i64,
    pause_until_ms: i64,
) -> None:
    """IndexPublished."""
    out.words(
        RiskEventType.INDEX_PUBLISHED,
        instrument_id=index_id,
        account_id=0,
        words=[value_e8, low_e8, high_e8, state, reason, quality, agreement_e8, pause_until_ms],
    )


def source_status_changed(
    out: EventWriter, *, index_id: i64, source_id: i64, old_status: i64, new_status: i64
) -> None:
    """SourceStatusChanged."""
    out.words(
        RiskEventType.SOURCE_STATUS_CHANGED,
        instrument_id=index_id,
        account_id=source_id,
        words=[old_status, new_status],
    )


def index_jumped(
    out: EventWriter, *, index_id: i64, step: i64, value_e8: i64, candidate_e8: i64
) -> None:
    """IndexJumped."""
    out.words(
        RiskEventType.INDEX_JUMPED,
        instrument_id=index_id,
        account_id=0,
        words=[step, value_e8, candidate_e8],
    )


def mark_published(
    out: EventWriter,
    *,
    instrument_id: i64,
    mark: i64,
    index_e8: i64,
    is_held: bool,
    funding_e8: i64,
    funding_ms: i64,
    open_interest: i64,
) -> None:
    """MarkPublished."""
    held: i64 = 1 if is_held else 0
    out.words(
        RiskEventType.MARK_PUBLISHED,
        instrument_id=instrument_id,
        account_id=0,
        words=[mark, index_e8, held, funding_e8, funding_ms, open_interest],
    )


def price_limits_changed(out: EventWriter, *, instrument_id: i64, low: i64, high: i64) -> None:
    """PriceLimitsChanged."""
    out.words(
        RiskEventType.PRICE_LIMITS_CHANGED,
        instrument_id=instrument_id,
        account_id=0,
        words=[low, high],
    )


def detector_fired(
    out: EventWriter, *, detector: i64, index_id: i64, source_id: i64, value_e8: i64, others_e8: i64
) -> None:
    """DetectorFired."""
    out.words(
        RiskEventType.DETECTOR_FIRED,
        instrument_id=index_id,
        account_id=source_id,
        words=[detector, value_e8, others_e8],
    )


def freeze_changed(
    out: EventWriter, *, index_id: i64, is_frozen: bool, until_ms: i64, operator_id: i64
) -> None:
    """FreezeChanged."""
    frozen: i64 = 1 if is_frozen else 0
    out.words(
        RiskEventType.FREEZE_CHANGED,
        instrument_id=index_id,
        account_id=0,
        words=[frozen, until_ms, operator_id],
    )


def hedge_recorded(
    out: EventWriter,
    *,
    account_id: i64,
    instrument_id: i64,
    quantity: i64,
    price_e8: i64,
    hedge_id: bytes,
) -> None:
    """HedgeRecorded."""
    out.text(
        RiskEventType.HEDGE_RECORDED,
        instrument_id=instrument_id,
        account_id=account_id,
        words=[quantity, price_e8],
        text=hedge_id,
        size=HEDGE_ID_BYTES,
    )


def index_overridden(
    out: EventWriter,
    *,
    index_id: i64,
    value_e8: i64,
    first_operator_id: i64,
    second_operator_id: i64,
) -> None:
    """IndexOverridden."""
    out.words(
        RiskEventType.INDEX_OVERRIDDEN,
        instrument_id=index_id,
        account_id=0,
        words=[value_e8, first_operator_id, second_operator_id],
    )


def parameter_set(out: EventWriter, *, instrument_id: i64, name: bytes, value: i64) -> None:
    """ParameterSet."""
    out.text(
        RiskEventType.PARAMETER_SET,
        instrument_id=instrument_id,
        account_id=0,
        words=[value],
        text=name,
        size=NAME_BYTES,
    )


def order_caused(
    out: EventWriter,
    *,
    order_id: i64,
    account_id: i64,
    instrument_id: i64,
    cause: i64,
    first: i64,
    second: i64,
) -> None:
    """OrderCaused."""
    out.words(
        RiskEventType.ORDER_CAUSED,
        instrument_id=instrument_id,
        account_id=account_id,
        words=[order_id, cause, first, second],
    )


def algo_accepted(out: EventWriter, command: PlaceAlgo, *, algo_id: i64) -> None:
    """AlgoAccepted: the command, and the id it got."""
    write_algo(out, RiskEventType.ALGO_ACCEPTED, command, algo_id=algo_id)


def write_algo(out: EventWriter, type_: i64, command: PlaceAlgo, *, algo_id: i64) -> None:
    """An event that carries a PlaceAlgo and its id."""
    words: i64 = 11
    options = (
        command.side
        | command.algo_type << 1
        | command.self_trade_prevention << 3
        | command.margin_mode << 5
        | command.trigger_by << 16
        | command.second_trigger_by << 24
    )
    if command.reduce_only:
        options |= 1 << 7
    if command.client_id:
        words += 4
        options |= HAS_CLIENT_ID
    if command.tag:
        words += 2
        options |= HAS_TAG
    out.open_event(type_, words, command.instrument_id, command.account_id)
    to = out.out
    write_word(to, algo_id)
    write_word(to, command.quantity)
    write_word(to, command.trigger_price)
    write_word(to, command.order_price)
    write_word(to, command.second_trigger_price)
    write_word(to, command.second_order_price)
    write_word(to, command.callback_e8)
    write_word(to, command.callback_ticks)
    write_word(to, command.active_price)
    write_word(to, options)
    if command.client_id:
        out.out.write(padded(command.client_id, CLIENT_ID_BYTES))
    if command.tag:
        out.out.write(padded(command.tag, TAG_BYTES))


def algo_rejected(
    out: EventWriter, *, account_id: i64, instrument_id: i64, reason: i64, client_id: bytes
) -> None:
    """AlgoRejected."""
    words: i64 = 6 if client_id else 2
    out.open_event(RiskEventType.ALGO_REJECTED, words, instrument_id, account_id)
    write_word(out.out, reason)
    if client_id:
        out.out.write(padded(client_id, CLIENT_ID_BYTES))


def algo_triggered(
    out: EventWriter,
    *,
    algo_id: i64,
    account_id: i64,
    instrument_id: i64,
    leg: i64,
    price_e8: i64,
    order_id: i64,
    reason: i64,
) -> None:
    """AlgoTriggered."""
    out.words(
        RiskEventType.ALGO_TRIGGERED,
        instrument_id=instrument_id,
        account_id=account_id,
        words=[algo_id, leg, price_e8, order_id, reason],
    )


def algo_cancelled(
    out: EventWriter, *, algo_id: i64, account_id: i64, instrument_id: i64, reason: i64
) -> None:
    """AlgoCancelled."""
    out.open_event(RiskEventType.ALGO_CANCELLED, 3, instrument_id, account_id)
    write_word(out.out, algo_id)
    write_word(out.out, reason)


def position_changed(
    out: EventWriter,
    *,
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
    """PositionChanged."""
    out.open_event(RiskEventType.POSITION_CHANGED, 10, instrument_id, account_id)
    to = out.out
    write_word(to, size)
    write_word(to, cost)
    write_word(to, margin_mode)
    write_word(to, lever)
    write_word(to, margin)
    write_word(to, realised)
    write_word(to, fees)
    write_word(to, funding)
    write_word(to, opened_ms)


def leverage_changed(
    out: EventWriter, *, account_id: i64, instrument_id: i64, margin_mode: i64, lever: i64
) -> None:
    """LeverageChanged."""
    out.words(
        RiskEventType.LEVERAGE_CHANGED,
        instrument_id=instrument_id,
        account_id=account_id,
        words=[margin_mode, lever],
    )


def margin_adjusted(out: EventWriter, *, account_id: i64, instrument_id: i64, amount: i64) -> None:
    """MarginAdjusted."""
    out.words(
        RiskEventType.MARGIN_ADJUSTED,
        instrument_id=instrument_id,
        account_id=account_id,
        words=[amount],
    )


def funding_settled(
    out: EventWriter, *, instrument_id: i64, rate_e8: i64, mark: i64, next_ms: i64
) -> None:
    """FundingSettled."""
    out.words(
        RiskEventType.FUNDING_SETTLED,
        instrument_id=instrument_id,
        account_id=0,
        words=[rate_e8, mark, next_ms],
    )


def funding_skipped(out: EventWriter, *, instrument_id: i64, due_ms: i64, next_ms: i64) -> None:
    """FundingSkipped."""
    out.words(
        RiskEventType.FUNDING_SKIPPED,
        instrument_id=instrument_id,
        account_id=0,
        words=[due_ms, next_ms],
    )


def funding_paid(out: EventWriter, *, account_id: i64, instrument_id: i64, amount: i64) -> None:
    """FundingPaid."""
    out.open_event(RiskEventType.FUNDING_PAID, 2, instrument_id, account_id)
    write_word(out.out, amount)


def liquidation_stepped(
    out: EventWriter,
    *,
    account_id: i64,
    instrument_id: i64,
    phase: i64,
    episode: i64,
    step: i64,
    mark: i64,
    equity: i64,
    maintenance: i64,
    quantity: i64,
    limit_price: i64,
) -> None:
    """LiquidationStepped."""
    out.words(
        RiskEventType.LIQUIDATION_STEPPED,
        instrument_id=instrument_id,
        account_id=account_id,
        words=[phase, episode, step, mark, equity, maintenance, quantity, limit_price],
    )


def position_taken_over(
    out: EventWriter, *, account_id: i64, instrument_id: i64, size: i64, price: i64, equity: i64
) -> None:
    """PositionTakenOver."""
    out.words(
        RiskEventType.POSITION_TAKEN_OVER,
        instrument_id=instrument_id,
        account_id=account_id,
        words=[size, price, equity],
    )


def position_deleveraged(
    out: EventWriter,
    *,
    account_id: i64,
    instrument_id: i64,
    bankrupt_account_id: i64,
    quantity: i64,
    price: i64,
    realised: i64,
) -> None:
    """PositionDeleveraged."""
    out.words(
        RiskEventType.POSITION_DELEVERAGED,
        instrument_id=instrument_id,
        account_id=account_id,
        words=[bankrupt_account_id, quantity, price, realised],
    )
