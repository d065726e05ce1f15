"""Mirrored liquidity: orders of a provider's account that the engine derives from what one outside
source says (domain 1.4).

They are ordinary orders with ordinary margin, so an incident's rerun derives them anew. Under
protection they stand only while their source is live, the index is good, and the source is near it;
otherwise they are cancelled before anything else can match, in the tick and at the observation.
Without protection whatever the source says is quoted.
"""

from typing import Final

from mypy_extensions import i64

from seawall.core.engine.place import check_order, execute_order
from seawall.core.engine.resting import end_resting
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.trading_states import effective_state
from seawall.core.matching import Order
from seawall.core.model.codec import padded
from seawall.core.model.commands import PlaceOrder
from seawall.core.model.enums import (
    CancelReason,
    InstrumentKind,
    MarginMode,
    OrderCause,
    OrderType,
    Side,
    SourceStatus,
    TimeInForce,
    TradingState,
)
from seawall.core.model.genesis import Mirror
from seawall.core.model.limits import TAG_BYTES
from seawall.core.model.rejects import RejectReason
from seawall.core.model.units import E8
from seawall.core.pricing import Action, Allowance, GuardedIndex, InvalidReason, Source, allows

NEAR_E8: Final = E8 // 100  # a source further from the index is not mirrored


def mirror_tag(source_id: i64) -> bytes:
    """The tag of orders that mirror a source: how they are found again, also by their readers."""
    return padded(b"mirror " + str(source_id).encode(), TAG_BYTES)


def follow_source(
    state: State, index: GuardedIndex, source: Source, *, bid_e8: i64, ask_e8: i64
) -> None:
    """The source said bid and ask: whoever mirrors it quotes them, or withdraws."""
    for mirror in state.genesis.mirrors:
        market = state.markets[mirror.instrument_id]
        if mirror.source_id != source.source_id or market.index is not index:
            continue
        if not is_frozen(state, index) and is_trusted(state, index, source, bid_e8, ask_e8):
            _quote(state, mirror, market, source, bid_e8=bid_e8, ask_e8=ask_e8)
        else:
            withdraw(state, mirror, CancelReason.MIRROR)


def withdraw_distrusted(state: State) -> None:
    """After the indices were formed: cancel what mirrors a source that is no longer good enough."""
    if not state.is_protected:
        return
    for mirror in state.genesis.mirrors:
        index = state.markets[mirror.instrument_id].index
        assert index is not None
        source = index.source(mirror.source_id)
        assert source is not None
        if not is_trusted(state, index, source, source.bid_e8, source.ask_e8):
            withdraw(state, mirror, CancelReason.MIRROR)


def withdraw_frozen(state: State) -> None:
    """An operator froze an index or the venue: what mirrors there does not stay to be hit."""
    for mirror in state.genesis.mirrors:
        index = state.markets[mirror.instrument_id].index
        assert index is not None
        if is_frozen(state, index):
            withdraw(state, mirror, CancelReason.FROZEN)


def is_frozen(state: State, index: GuardedIndex) -> bool:
    """Whether an operator froze the venue, or what hangs on this index."""
    return state.is_frozen or index.index_id in state.frozen_indices


def is_trusted(state: State, index: GuardedIndex, source: Source, bid_e8: int, ask_e8: int) -> bool:
    """Whether the source may be mirrored at these prices, which are in its own quote."""
    if not state.is_protected:
        return True
    if source.status != SourceStatus.LIVE or source.invalid_reason != InvalidReason.NONE:
        return False
    if allows(Action.MIRROR, index.grade(state.clock_ms)) == Allowance.NO:
        return False
    conversion = conversion_e8(state, source)
    room: int = int(index.value_e8) * NEAR_E8
    for price_e8 in (bid_e8, ask_e8):
        converted = price_e8 * conversion // E8
        if abs(converted - index.value_e8) * E8 > room:
            return False
    return True


def conversion_e8(state: State, source: Source) -> int:
    """What turns the source's quote into ours; E8 where they are the same."""
    if source.conversion_id == 0:
        return E8
    value: int = state.indices[source.conversion_id].value_e8
    return value


def _quote(
    state: State, mirror: Mirror, market: Market, source: Source, *, bid_e8: int, ask_e8: int
) -> None:
    """Stand a spread away from the source's bid and ask, rounded outwards to ticks. An order that
    stands there whole already keeps its place.
    """
    account = state.account(mirror.account_id)
    assert account is not None
    trading_state = effective_state(state, market)
    if account.is_frozen or trading_state >= TradingState.CANCEL_ONLY:
        withdraw(state, mirror, CancelReason.MIRROR)
        return
    scale: int = int(market.instrument.tick_size_e8) * E8 * E8
    conversion = conversion_e8(state, source)
    spread: int = mirror.spread_e8
    buy_price = bid_e8 * conversion * (E8 - spread) // scale
    sell_price = -(-ask_e8 * conversion * (E8 + spread) // scale)
    if state.ports is not None:
        state.ports.quote_mirror(
            mirror.source_id, mirror.instrument_id, max(buy_price, 0), max(sell_price, 0)
        )
    has_buy = False
    has_sell = False
    for order in mirrored(state, mirror):
        wanted = buy_price if order.side == Side.BUY else sell_price
        is_seen = has_buy if order.side == Side.BUY else has_sell
        if is_seen or order.limit_price != wanted or order.quantity_open != mirror.quantity:
            end_resting(state, market, order, CancelReason.MIRROR)
        elif order.side == Side.BUY:
            has_buy = True
        else:
            has_sell = True
    is_live = trading_state == TradingState.LIVE
    if not has_buy and bid_e8 > 0:
        _place(state, mirror, market, account, Side.BUY, buy_price, is_live=is_live)
    if not has_sell and ask_e8 > 0:
        _place(state, mirror, market, account, Side.SELL, sell_price, is_live=is_live)


def _place(
    state: State,
    mirror: Mirror,
    market: Market,
    account: Account,
    side: i64,
    price: int,
    *,
    is_live: bool,
) -> None:
    """Place one of the two orders, or say why it is refused; a price that no order can have is
    passed over.
    """
    if not (0 < price <= market.instrument.price_max):
        return
    is_swap = market.instrument.kind == InstrumentKind.SWAP
    command = PlaceOrder(
        account_id=account.account_id,
        instrument_id=mirror.instrument_id,
        side=side,
        order_type=OrderType.LIMIT,
        limit_price=price,
        quantity=mirror.quantity,
        time_in_force=TimeInForce.GTC if is_live else TimeInForce.POST_ONLY,
        margin_mode=MarginMode.CROSS if is_swap else MarginMode.CASH,
        tag=mirror_tag(mirror.source_id),
    )
    reason, limit_price = check_order(state, account, account.slot, market, command)
    if reason != RejectReason.NONE:
        state.out.order_rejected(command, reason)
        return
    execute_order(
        state,
        account,
        market,
        command,
        limit_price=limit_price,
        cause=OrderCause.MIRROR,
        first=mirror.source_id,
    )


def mirrored(state: State, mirror: Mirror) -> list[Order]:
    """The open orders that were made for a mirror, oldest first."""
    found: list[Order] = []
    account = state.account(mirror.account_id)
    assert account is not None
    tag = mirror_tag(mirror.source_id)
    order = account.first_order
    while order is not None:
        if (
            order.cause == OrderCause.MIRROR
            and order.instrument_id == mirror.instrument_id
            and order.tag == tag
        ):
            found.append(order)
        order = order.account_next
    found.sort(key=_age)
    return found


def _age(order: Order) -> int:
    return order.order_id


def withdraw(state: State, mirror: Mirror, reason: i64) -> None:
    """Cancel the mirror's orders."""
    market = state.markets[mirror.instrument_id]
    if state.ports is not None:
        state.ports.quote_mirror(mirror.source_id, mirror.instrument_id, 0, 0)
    for order in mirrored(state, mirror):
        end_resting(state, market, order, reason)
