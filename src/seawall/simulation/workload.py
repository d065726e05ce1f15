"""Streams of commands for benches and laws: encoded, deterministic, made before anything is timed.

Mix: 48 % orders, 42 % cancels, 5 % immediate-or-cancel, 5 % amends, over 8 instruments and 10,000
accounts. One order in twelve takes; together with the immediate ones about nine commands in a
hundred trade. One cancel in a hundred names an order that has ended, as late cancels do, and is
refused; nothing else is. The book is stationary: takers are larger when more rests than the
target, smaller when less.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from seawall.core.model.batch import encode_batch
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import (
    AmendOrder,
    CancelOrder,
    Command,
    PlaceOrder,
    TimerBeat,
)
from seawall.core.model.enums import OrderType, Side, TimeInForce
from seawall.core.model.genesis import Genesis, GenesisAccount, GenesisAmount
from seawall.core.model.ids import order_id_of
from seawall.core.model.instruments import Asset, FeeTier, Instrument, exact_unit_value
from seawall.simulation.draws import MILLION, Draws
from seawall.simulation.light_book import LightBook, Live

Kind = Literal["place_rest", "place_fill", "cancel", "amend", "ioc"]
KINDS: tuple[Kind, ...] = ("place_rest", "place_fill", "cancel", "amend", "ioc")
# Shares of the mix, parts per million.
PLACE_PPM, CANCEL_PPM, IOC_PPM = 480_000, 420_000, 50_000  # amends are the rest
TAKING_PLACE_PPM = 85_000  # of the orders
LATE_CANCEL_PPM = 10_000  # of the cancels
MARKET_PPM = 200_000  # of the immediate ones

BATCH = 256
BATCH_NS = 10_000_000  # virtual time between batches: 25,600 commands a second
BEAT_EVERY = 25  # batches between timer beats, so 250 ms
RESTING_MIN = 50  # below, a run of cancels could empty a book
START_MS = 1_700_000_000_000
ENGINE_PUBLISHER, LANE_PUBLISHER = 0, 2
ENDED_REMEMBERED = 1_000

QUOTE_ASSET = 0
FAIR_PRICE = 100_000  # ticks
FAIR_REACH = 200  # the fair price wanders this far
DEPTH = 150  # passive orders stand at most this far from the fair price
LOTS_MAX = 100
E8 = 10**8
BALANCE = 10**13  # units of each asset per account: 100,000 whole


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How large a workload is. `resting`: orders that rest per instrument once it is under way."""

    commands: int
    seed: int = 1
    instruments: int = 8
    accounts: int = 10_000
    resting: int = 1_000
    has_client_ids: bool = True


@dataclass
class Workload:
    """A stream: `setup` fills the books, `batches` are to be timed.

    kinds: of each batch, what it holds if it is pure. counts: commands of the timed part by kind,
    and `trading` and `refused` as the model expects them.
    """

    genesis: Genesis
    setup: bytes
    batches: list[bytes] = field(default_factory=list)
    kinds: list[Kind | Literal["beat"]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


def workload_genesis(*, instruments: int, accounts: int) -> Genesis:
    """A venue of like instruments in which no account can run out of money during a workload."""
    assets = [Asset(asset_id=QUOTE_ASSET, name=b"USDT", scale=8)]
    assets += [
        Asset(asset_id=number + 1, name=b"C%d" % number, scale=8) for number in range(instruments)
    ]
    tick_size_e8, lot_size = 10_000_000, 100_000  # 0.1 USDT, 0.001 of the base
    unit_value = exact_unit_value(
        tick_size_e8=tick_size_e8, lot_size=lot_size, base_units=E8, quote_units=E8
    )
    return Genesis(
        venue=b"workload",
        created_ms=START_MS,
        is_simulated=True,
        assets=assets,
        instruments=[
            Instrument(
                instrument_id=number,
                name=b"C%d-USDT" % number,
                base_asset_id=number + 1,
                quote_asset_id=QUOTE_ASSET,
                tick_size_e8=tick_size_e8,
                lot_size=lot_size,
                unit_value=unit_value,
                quantity_min=1,
                quantity_max=1_000_000,
                price_max=10_000_000,
                market_cap_e8=5_000_000,
            )
            for number in range(instruments)
        ],
        fee_tiers=[FeeTier(maker_e8=20_000, taker_e8=50_000)],
        accounts=[
            GenesisAccount(account_id=number, owner_id=number, fee_tier=0)
            for number in range(1, accounts + 1)
        ],
        amounts=[
            GenesisAmount(account_id=number, asset_id=asset.asset_id, amount=BALANCE)
            for number in range(1, accounts + 1)
            for asset in assets
        ],
    )


def make_workload(shape: Shape, *, is_pure: bool = False) -> Workload:
    """Make a stream. `is_pure`: each timed batch holds one kind of command, so kinds can be
    timed.
    """
    return _Maker(shape).make(is_pure=is_pure)


class _Maker:
    """Writes commands and keeps the model of what they do."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._draws = Draws(shape.seed, "workload")
        self._books = [LightBook() for _ in range(shape.instruments)]
        self._fair = [FAIR_PRICE] * shape.instruments
        self._ended: list[tuple[int, Live]] = []  # (instrument, order), for late cancels
        self._seq = 0
        self._numbers = {ENGINE_PUBLISHER: 0, LANE_PUBLISHER: 0}
        self._now_ns = START_MS * 1_000_000
        self._client = 0
        self._counts = dict.fromkeys((*KINDS, "trading", "refused"), 0)

    def make(self, *, is_pure: bool) -> Workload:
        shape = self._shape
        assert shape.resting >= RESTING_MIN, "too few resting orders to cancel from"
        genesis = workload_genesis(instruments=shape.instruments, accounts=shape.accounts)
        setup = [self._beat()]
        fill = shape.resting * shape.instruments
        while fill > 0:
            setup.append(self._batch(["place_rest"] * min(BATCH, fill)))
            fill -= BATCH
        self._counts = dict.fromkeys(self._counts, 0)
        made = Workload(genesis=genesis, setup=b"".join(setup))
        left = shape.commands
        while left > 0:
            if len(made.batches) % BEAT_EVERY == BEAT_EVERY - 1:
                made.batches.append(self._beat())
                made.kinds.append("beat")
            size = min(BATCH, left)
            # Each kind once, then as the mix has it: a short stream has every kind too.
            kind = KINDS[len(made.kinds)] if len(made.kinds) < len(KINDS) else self._kind()
            made.batches.append(
                self._batch([kind if is_pure else self._kind() for _ in range(size)])
            )
            made.kinds.append(kind)
            left -= size
        made.counts = self._counts
        return made

    def _kind(self) -> Kind:
        place = self._draws.below(MILLION)
        if place < PLACE_PPM:
            return "place_fill" if self._draws.happens(TAKING_PLACE_PPM) else "place_rest"
        place -= PLACE_PPM
        if place < CANCEL_PPM:
            return "cancel"
        return "ioc" if place - CANCEL_PPM < IOC_PPM else "amend"

    def _beat(self) -> bytes:
        wall_ms = self._now_ns // 1_000_000
        self._seq += 1
        return self._encoded(ENGINE_PUBLISHER, [TimerBeat(timer_id=0, wall_ms=wall_ms)])

    def _batch(self, kinds: list[Kind]) -> bytes:
        commands = []
        for kind in kinds:
            self._seq += 1
            self._counts[kind] += 1
            commands.append(self._command(kind))
        self._now_ns += BATCH_NS
        return self._encoded(LANE_PUBLISHER, commands)

    def _encoded(self, publisher_id: int, commands: list[Command]) -> bytes:
        self._numbers[publisher_id] += 1
        return encode_batch(
            shard=0,
            publisher_id=publisher_id,
            incarnation=1,
            batch_number=self._numbers[publisher_id],
            stamps_ns=[self._now_ns] * len(commands),
            commands=[encode_command(command) for command in commands],
        )

    def _command(self, kind: Kind) -> Command:
        instrument_id = self._draws.below(self._shape.instruments)
        book = self._books[instrument_id]
        if kind == "place_rest":
            return self._place(instrument_id, book)
        if kind == "place_fill":
            return self._take(instrument_id, book, time_in_force=TimeInForce.GTC)
        if kind == "ioc":
            return self._take(instrument_id, book, time_in_force=TimeInForce.IOC)
        if kind == "cancel":
            return self._cancel(instrument_id, book)
        return self._amend(instrument_id, book)

    def _place(self, instrument_id: int, book: LightBook) -> PlaceOrder:
        """A passive order: near the fair price more often than far from it, never crossing."""
        draws = self._draws
        if draws.happens(MILLION // 20):
            step = draws.sign()
            if abs(self._fair[instrument_id] + step - FAIR_PRICE) <= FAIR_REACH:
                self._fair[instrument_id] += step
        is_buy = draws.sign() > 0
        away = 1 + draws.below(DEPTH) * draws.below(DEPTH) // DEPTH
        other = book.best(is_buy=not is_buy)
        if is_buy:
            price = self._fair[instrument_id] - away
            price = min(price, other - 1) if other else price
        else:
            price = max(self._fair[instrument_id] + away, other + 1)
        account_id = 1 + draws.below(self._shape.accounts)
        quantity = 1 + draws.below(LOTS_MAX)
        book.rest(
            Live(
                order_id=order_id_of(shard=0, seq=self._seq, counter=0),
                account_id=account_id,
                is_buy=is_buy,
                price=price,
                quantity=quantity,
            )
        )
        return self._limit(instrument_id, account_id, is_buy, price, quantity, TimeInForce.GTC)

    def _take(self, instrument_id: int, book: LightBook, *, time_in_force: int) -> PlaceOrder:
        """An order that trades at once, a few ticks through the touch; what remains rests or
        ends.
        """
        draws = self._draws
        is_buy = draws.sign() > 0
        touch = book.best(is_buy=not is_buy)
        assert touch, "the books are filled before anything takes"
        is_full = len(book.living) > self._shape.resting
        quantity = 1 + draws.below(2 * LOTS_MAX if is_full else LOTS_MAX // 10)
        reach = draws.below(5)
        limit = touch + reach if is_buy else touch - reach
        is_market = time_in_force == TimeInForce.IOC and draws.happens(MARKET_PPM)
        if is_market:
            # Far inside the engine's cap of 5 %: the model's book is not that deep.
            limit = touch + 4 * DEPTH if is_buy else touch - 4 * DEPTH
        makers = book.makers(is_buy=is_buy, limit=limit, quantity=quantity)
        owners = {maker.account_id for maker in makers}
        account_id = 1 + draws.below(self._shape.accounts)
        while account_id in owners:
            account_id = 1 + account_id % self._shape.accounts
        left = book.fill(makers, quantity)
        self._ended += [(instrument_id, maker) for maker in makers if maker.open == 0]
        self._counts["trading"] += 1
        if left and time_in_force == TimeInForce.GTC:
            order = Live(
                order_id=order_id_of(shard=0, seq=self._seq, counter=0),
                account_id=account_id,
                is_buy=is_buy,
                price=limit,
                quantity=quantity,
            )
            order.open = left
            book.rest(order)
        if is_market:
            return PlaceOrder(
                account_id=account_id,
                instrument_id=instrument_id,
                side=Side.BUY if is_buy else Side.SELL,
                order_type=OrderType.MARKET,
                limit_price=0,
                quantity=quantity,
                time_in_force=TimeInForce.IOC,
                client_id=self._client_id(),
            )
        return self._limit(instrument_id, account_id, is_buy, limit, quantity, time_in_force)

    def _limit(
        self,
        instrument_id: int,
        account_id: int,
        is_buy: bool,
        price: int,
        quantity: int,
        time_in_force: int,
    ) -> PlaceOrder:
        return PlaceOrder(
            account_id=account_id,
            instrument_id=instrument_id,
            side=Side.BUY if is_buy else Side.SELL,
            order_type=OrderType.LIMIT,
            limit_price=price,
            quantity=quantity,
            time_in_force=time_in_force,
            client_id=self._client_id(),
        )

    def _client_id(self) -> bytes:
        if not self._shape.has_client_ids:
            return b""
        self._client += 1
        return b"w%d" % self._client

    def _cancel(self, instrument_id: int, book: LightBook) -> CancelOrder:
        draws = self._draws
        if self._ended and draws.happens(LATE_CANCEL_PPM):
            instrument_id, order = self._ended[draws.below(len(self._ended))]
            self._counts["refused"] += 1
        else:
            order = book.living[draws.below(len(book.living))]
            book.end(order)
            self._ended.append((instrument_id, order))
        del self._ended[:-ENDED_REMEMBERED]
        return CancelOrder(
            account_id=order.account_id, instrument_id=instrument_id, order_id=order.order_id
        )

    def _amend(self, instrument_id: int, book: LightBook) -> AmendOrder:
        """Half make an order smaller in its place, half move it a little, away from the touch."""
        draws = self._draws
        order = book.living[draws.below(len(book.living))]
        if order.open > 1 and draws.sign() > 0:
            taken = 1 + draws.below(order.open - 1)
            order.open -= taken
            order.quantity -= taken
            return AmendOrder(
                account_id=order.account_id,
                instrument_id=instrument_id,
                order_id=order.order_id,
                new_quantity=order.quantity,
            )
        step = 1 + draws.below(5)
        price = order.price - step if order.is_buy else order.price + step
        book.move(order, price)
        return AmendOrder(
            account_id=order.account_id,
            instrument_id=instrument_id,
            order_id=order.order_id,
            new_price=price,
        )
