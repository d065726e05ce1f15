"""Worlds written by hand, event by event, to plant what a judge must find."""

from __future__ import annotations

from collections.abc import Sequence

from seawall.core.model.enums import (
    AlgoType,
    HoldReason,
    IndexQuality,
    IndexState,
    LedgerKind,
    LiquidationPhase,
    MarginMode,
    OrderCause,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TriggerPrice,
)
from seawall.core.model.events import BalanceChanged, EntryEvents, Event, PricesObserved
from seawall.core.model.order_events import OrderAccepted, OrderFilled
from seawall.core.model.risk_events import (
    AlgoAccepted,
    AlgoTriggered,
    FreezeChanged,
    IndexPublished,
    LiquidationStepped,
    MarkPublished,
    OrderCaused,
    PositionChanged,
)
from seawall.simulation.drills.venue import BTC_INDEX, BTC_SWAP, E8, TERMS, USDT

ALICE, BOB = 1_001, 1_002
START_S = 1_566_539_400
TICK_E8 = TERMS[BTC_SWAP].tick_size_e8
UNIT_VALUE = TERMS[BTC_SWAP].unit_value


def world(*entries: Sequence[Event], first_second: int = 0) -> list[EntryEvents]:
    """Entries from seq 1 on, one a second."""
    return [
        EntryEvents(
            seq=seq,
            time_ns=(START_S + first_second + seq) * 1_000_000_000,
            clock_ms=(START_S + first_second + seq) * 1_000,
            events=list(events),
        )
        for seq, events in enumerate(entries, 1)
    ]


def prices(dollars: int, *, state: int = IndexState.NORMAL) -> list[Event]:
    """Index and mark of bitcoin."""
    return [
        IndexPublished(
            index_id=BTC_INDEX,
            value_e8=dollars * E8,
            low_e8=dollars * E8,
            high_e8=dollars * E8,
            state=state,
            reason=HoldReason.NONE,
            quality=IndexQuality.FULL,
            agreement_e8=0,
            pause_until_ms=0,
        ),
        MarkPublished(
            instrument_id=BTC_SWAP,
            mark=dollars * E8 // TICK_E8,
            index_e8=dollars * E8,
            is_held=False,
            funding_e8=0,
            funding_ms=0,
            open_interest=0,
        ),
    ]


def fill(dollars: int, *, quantity: int = 1, taker_order_id: int = 1) -> OrderFilled:
    """A trade of the swap."""
    return OrderFilled(
        trade_id=1,
        instrument_id=BTC_SWAP,
        price=dollars * E8 // TICK_E8,
        quantity=quantity,
        taker_side=Side.SELL,
        taker_order_id=taker_order_id,
        taker_account_id=ALICE,
        taker_fee=0,
        taker_open=0,
        maker_order_id=2,
        maker_account_id=BOB,
        maker_fee=0,
        maker_open=0,
    )


def cash(dollars: int, *, account_id: int = ALICE) -> BalanceChanged:
    """What an account has on its trading side."""
    return BalanceChanged(
        kind=LedgerKind.TRADING,
        account_id=account_id,
        asset_id=USDT,
        balance=dollars * E8,
        held=0,
        instrument_id=0,
    )


def position(
    lots: int, at_dollars: int, *, mode: int = MarginMode.CROSS, margin_dollars: int = 0
) -> PositionChanged:
    """A position of Alice, opened at a price."""
    return PositionChanged(
        account_id=ALICE,
        instrument_id=BTC_SWAP,
        size=lots,
        cost=lots * (at_dollars * E8 // TICK_E8) * UNIT_VALUE,
        margin_mode=mode,
        lever=10,
        margin=margin_dollars * E8,
        realised=0,
        fees=0,
        funding=0,
        opened_ms=0,
    )


def liquidation(*, instrument_id: int = 0, episode: int = 1) -> LiquidationStepped:
    """Alice's liquidation begins."""
    return LiquidationStepped(
        account_id=ALICE,
        instrument_id=instrument_id,
        phase=LiquidationPhase.CANCEL,
        episode=episode,
        step=0,
        mark=0,
        equity=0,
        maintenance=0,
        quantity=0,
        limit_price=0,
    )


def algo(
    *,
    algo_type: int = AlgoType.CONDITIONAL,
    side: int = Side.SELL,
    dollars: int = 0,
    second_dollars: int = 0,
    by: int = TriggerPrice.INDEX,
    callback_e8: int = 0,
) -> AlgoAccepted:
    """An algo order of Alice."""
    return AlgoAccepted(
        algo_id=9,
        account_id=ALICE,
        instrument_id=BTC_SWAP,
        algo_type=algo_type,
        side=side,
        quantity=1,
        margin_mode=MarginMode.CROSS,
        reduce_only=True,
        self_trade_prevention=SelfTradePrevention.CANCEL_MAKER,
        trigger_price=dollars * E8 // TICK_E8,
        trigger_by=by,
        order_price=0,
        second_trigger_price=second_dollars * E8 // TICK_E8,
        second_trigger_by=by,
        second_order_price=0,
        callback_e8=callback_e8,
        callback_ticks=0,
        active_price=0,
        client_id=b"",
        tag=b"",
    )


def fired(dollars: int, *, leg: int = 0) -> AlgoTriggered:
    """The algo order fires at a price."""
    return AlgoTriggered(
        algo_id=9,
        account_id=ALICE,
        instrument_id=BTC_SWAP,
        leg=leg,
        price_e8=dollars * E8,
        order_id=0,
        reason=0,
    )


def observed(dollars: int, *, source_id: int, receive_ms: int) -> PricesObserved:
    """A source speaks."""
    return PricesObserved(
        source_id=source_id,
        index_id=BTC_INDEX,
        bid_e8=dollars * E8,
        ask_e8=dollars * E8,
        last_e8=dollars * E8,
        receive_ms=receive_ms,
        is_synthetic=True,
    )


def frozen(index_id: int) -> FreezeChanged:
    """Prices of an index act no more, or (0) the whole venue."""
    return FreezeChanged(index_id=index_id, is_frozen=True, until_ms=0, operator_id=0)


def accepted(
    order_id: int, *, side: int, dollars: int, quantity: int, account_id: int = BOB
) -> OrderAccepted:
    """An order of the swap."""
    return OrderAccepted(
        order_id=order_id,
        account_id=account_id,
        instrument_id=BTC_SWAP,
        side=side,
        order_type=OrderType.LIMIT,
        time_in_force=TimeInForce.GTC,
        self_trade_prevention=SelfTradePrevention.CANCEL_MAKER,
        limit_price=dollars * E8 // TICK_E8,
        quantity=quantity,
        quote_amount=0,
        expire_ms=0,
        client_id=b"",
        tag=b"",
        margin_mode=MarginMode.CROSS,
        reduce_only=False,
    )


def forced(order_id: int) -> OrderCaused:
    """The order is a step of a liquidation."""
    return OrderCaused(
        order_id=order_id,
        account_id=ALICE,
        instrument_id=BTC_SWAP,
        cause=OrderCause.LIQUIDATION,
        first=1,
        second=1,
    )
