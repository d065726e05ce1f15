"""Orders, cancels and amends for a set of books, and the model of what they do there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, assert_never

from seawall.core.model.commands import AmendOrder, CancelOrder, PlaceOrder
from seawall.core.model.enums import MarginMode, OrderType, Side, TimeInForce
from seawall.core.model.ids import order_id_of
from seawall.simulation.draws import MILLION, Draws
from seawall.simulation.workload.genesis import margin_mode_of
from seawall.simulation.workload.light_book import LightBook, Live
from seawall.simulation.workload.mix import OrderKind

LATE_CANCEL_PPM: Final = 10_000  # of the cancels
MARKET_PPM: Final = 200_000  # of the immediate ones
ENDED_REMEMBERED: Final = 1_000
FAIR_PRICE: Final = 100_000  # ticks
FAIR_REACH: Final = 200  # the fair price wanders this far
DEPTH: Final = 150  # passive orders stand at most this far from the fair price
LOTS_MAX: Final = 100


@dataclass(kw_only=True)
class Place:
    """One instrument: its book, and whether it is a swap. `fair` is shared by all that have the
    same underlying: one price in ticks.
    """

    instrument_id: int
    is_swap: bool
    fair: list[int]
    book: LightBook = field(default_factory=LightBook)

    def margin_mode(self, account_id: int) -> int:
        """How an account pays here."""
        return margin_mode_of(account_id) if self.is_swap else MarginMode.CASH


class OrderFlow:
    """Writes commands that the books are ready for. `trading` and `refused` count those that the
    model expects to trade and to be refused.
    """

    def __init__(self, draws: Draws, *, accounts: int, resting: int, has_client_ids: bool) -> None:
        self._draws = draws
        self._accounts = accounts
        self._resting = resting
        self._has_client_ids = has_client_ids
        self._ended: list[tuple[int, Live]] = []  # (instrument, order), for late cancels
        self._client = 0
        self.trading = 0
        self.refused = 0

    def command(
        self, kind: OrderKind, place: Place, *, seq: int
    ) -> PlaceOrder | CancelOrder | AmendOrder:
        """A command of that kind for the instrument; it will be the entry at `seq`."""
        order_id = order_id_of(shard=0, seq=seq, counter=0)
        if kind == "place_rest":
            return self._place(place, order_id)
        if kind == "place_fill":
            return self._take(place, order_id, time_in_force=TimeInForce.GTC)
        if kind == "ioc":
            return self._take(place, order_id, time_in_force=TimeInForce.IOC)
        if kind == "cancel":
            return self._cancel(place)
        if kind == "amend":
            return self._amend(place)
        assert_never(kind)

    def _place(self, place: Place, order_id: int) -> PlaceOrder:
        """A passive order: near the fair price more often than far from it, never crossing."""
        draws = self._draws
        if draws.happens(MILLION // 20):
            step = draws.sign()
            if abs(place.fair[0] + step - FAIR_PRICE) <= FAIR_REACH:
                place.fair[0] += step
        is_buy = draws.sign() > 0
        away = 1 + draws.below(DEPTH) * draws.below(DEPTH) // DEPTH
        other = place.book.best(is_buy=not is_buy)
        if is_buy:
            price = place.fair[0] - away
            price = min(price, other - 1) if other else price
        else:
            price = max(place.fair[0] + away, other + 1)
        order = Live(
            order_id=order_id,
            account_id=1 + draws.below(self._accounts),
            is_buy=is_buy,
            price=price,
            quantity=1 + draws.below(LOTS_MAX),
        )
        place.book.rest(order)
        return self._limit(place, order, TimeInForce.GTC)

    def _take(self, place: Place, order_id: int, *, time_in_force: int) -> PlaceOrder:
        """An order that trades at once, a few ticks through the touch; what remains rests or
        ends.
        """
        draws = self._draws
        book = place.book
        is_buy = draws.sign() > 0
        touch = book.best(is_buy=not is_buy)
        assert touch, "the books are filled before anything takes"
        is_full = len(book.living) > self._resting
        quantity = 1 + draws.below(2 * LOTS_MAX if is_full else LOTS_MAX // 10)
        reach = draws.below(5)
        limit = touch + reach if is_buy else touch - reach
        is_market = time_in_force == TimeInForce.IOC and draws.happens(MARKET_PPM)
        if is_market:
            # Far inside the engine's cap (5 %, of swaps 1 %): the model's book is not that deep.
            limit = touch + 4 * DEPTH if is_buy else touch - 4 * DEPTH
        makers = book.makers(is_buy=is_buy, limit=limit, quantity=quantity)
        owners = {maker.account_id for maker in makers}
        account_id = 1 + draws.below(self._accounts)
        while account_id in owners:
            account_id = 1 + account_id % self._accounts
        left = book.fill(makers, quantity)
        self._ended += [(place.instrument_id, maker) for maker in makers if maker.open == 0]
        self.trading += 1
        order = Live(
            order_id=order_id, account_id=account_id, is_buy=is_buy, price=limit, quantity=quantity
        )
        if left and time_in_force == TimeInForce.GTC:
            order.open = left
            book.rest(order)
        if is_market:
            return PlaceOrder(
                account_id=account_id,
                instrument_id=place.instrument_id,
                side=Side.BUY if is_buy else Side.SELL,
                order_type=OrderType.MARKET,
                limit_price=0,
                quantity=quantity,
                time_in_force=TimeInForce.IOC,
                client_id=self._client_id(),
                margin_mode=place.margin_mode(account_id),
            )
        return self._limit(place, order, time_in_force)

    def _limit(self, place: Place, order: Live, time_in_force: int) -> PlaceOrder:
        return PlaceOrder(
            account_id=order.account_id,
            instrument_id=place.instrument_id,
            side=Side.BUY if order.is_buy else Side.SELL,
            order_type=OrderType.LIMIT,
            limit_price=order.price,
            quantity=order.quantity,
            time_in_force=time_in_force,
            client_id=self._client_id(),
            margin_mode=place.margin_mode(order.account_id),
        )

    def _client_id(self) -> bytes:
        if not self._has_client_ids:
            return b""
        self._client += 1
        return b"w%d" % self._client

    def _cancel(self, place: Place) -> CancelOrder:
        draws = self._draws
        instrument_id = place.instrument_id
        if self._ended and draws.happens(LATE_CANCEL_PPM):
            instrument_id, order = self._ended[draws.below(len(self._ended))]
            self.refused += 1
        else:
            order = place.book.living[draws.below(len(place.book.living))]
            place.book.end(order)
            self._ended.append((instrument_id, order))
        del self._ended[:-ENDED_REMEMBERED]
        return CancelOrder(
            account_id=order.account_id, instrument_id=instrument_id, order_id=order.order_id
        )

    def _amend(self, place: Place) -> AmendOrder:
        """Half make an order smaller in its place, half move it a little, away from the touch."""
        draws = self._draws
        order = place.book.living[draws.below(len(place.book.living))]
        if order.open > 1 and draws.sign() > 0:
            taken = 1 + draws.below(order.open - 1)
            order.open -= taken
            order.quantity -= taken
            return AmendOrder(
                account_id=order.account_id,
                instrument_id=place.instrument_id,
                order_id=order.order_id,
                new_quantity=order.quantity,
            )
        step = 1 + draws.below(5)
        price = order.price - step if order.is_buy else order.price + step
        place.book.move(order, price)
        return AmendOrder(
            account_id=order.account_id,
            instrument_id=place.instrument_id,
            order_id=order.order_id,
            new_price=price,
        )
