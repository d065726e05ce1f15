"""Margin as an account is shown it is margin as the engine judges it."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.core.engine import open_engine
from seawall.core.engine.health import free_margin, reserved_now, spendable, unit_equity
from seawall.core.model.commands import AdjustMargin, CancelOrder, Command, SetLeverage
from seawall.core.model.enums import LedgerKind, MarginMode, Side
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import BalanceChanged, Event
from seawall.core.model.instruments import FeeTier
from seawall.gateway import account_figures, exposure_of, position_figures
from seawall.gateway.account_maps import AccountMaps
from seawall.gateway.venue_maps import VenueMaps
from tests.core.engine.swap_venue import BTC_SWAP, ETH_SWAP, USDT, SwapVenue, swap_genesis
from tests.laws.worlds import Draw, seeds

PEOPLE = range(1, 7)
STEPS = 200
PRICES = {BTC_SWAP: 60_000, ETH_SWAP: 3_000}
pytestmark = pytest.mark.slow


class ToldVenue(SwapVenue):
    """A venue whose every event is told to maps."""

    def __init__(self) -> None:
        fees = FeeTier(maker_e8=-10_000, taker_e8=50_000)
        genesis = swap_genesis(people=PEOPLE, cash=30_000, fees=fees)
        self.told = Told(genesis)
        self.told.hear_description(open_engine(genesis).describe())
        super().__init__(genesis)

    def do(self, command: Command) -> list[Event]:
        """Apply, and tell."""
        events = super().do(command)
        self.told.hear(events, int(self.engine.seq), self.clock_ms * 1_000_000)
        return events


class Told:
    """Maps of an edge without its gateway."""

    def __init__(self, genesis: Any) -> None:
        self.venue = VenueMaps(genesis)
        self.accounts = AccountMaps(self.venue)
        self._handlers = {**self.venue.handlers(), **self.accounts.handlers()}

    def hear_description(self, description: bytes) -> None:
        """Start from what an engine says of itself."""
        for entry in read_entries(description):
            self.hear(entry.events, int(entry.seq), int(entry.time_ns))

    def hear(self, events: list[Event], seq: int, time_ns: int) -> None:
        """One entry."""
        for event in events:
            handler = self._handlers.get(type(event))
            if handler is not None:
                handler(event, seq, time_ns)


def random_step(venue: ToldVenue, draw: Draw) -> None:
    """Somebody does something that may or may not be possible."""
    who, swap = draw.one(PEOPLE), draw.one((BTC_SWAP, ETH_SWAP))
    is_cross = ((who + swap) % 2 == 0) == draw.chance(15)
    mode = MarginMode.CROSS if is_cross else MarginMode.ISOLATED
    kind = draw.below(10)
    if kind < 6:
        away = PRICES[swap] * draw.between(-150, 150) // 10_000
        venue.order(
            who,
            draw.one((Side.BUY, Side.SELL)),
            draw.between(1, 60),
            PRICES[swap] + away,
            instrument_id=swap,
            mode=mode,
            reduce_only=draw.chance(15),
        )
    elif kind == 6:
        orders = venue.told.accounts.open_orders(who, instrument_id=swap)
        if orders:
            venue.do(
                CancelOrder(account_id=who, instrument_id=swap, order_id=draw.one(orders).order_id)
            )
    elif kind == 7:
        venue.do(
            SetLeverage(
                account_id=who, instrument_id=swap, margin_mode=mode, lever=draw.between(2, 40)
            )
        )
    elif kind == 8:
        amount = draw.between(-200, 400) * 10**8
        venue.do(AdjustMargin(account_id=who, instrument_id=swap, amount=amount))
    elif draw.chance(12):  # a jump that has to be confirmed
        venue.tick(2, btc=60_000 + draw.between(-4_500, 4_500))
    else:
        venue.tick(1, btc=60_000 + draw.between(-250, 250), eth=3_000 + draw.between(-12, 12))


def check_account(venue: ToldVenue, told: Told, who: int) -> None:
    """Every figure of one account is the engine's."""
    account, state = venue.account(who), venue.state
    figures = account_figures(told.accounts, told.venue, who, USDT)

    assert max(int(free_margin(state, account, USDT)), 0) == figures.free
    assert int(spendable(state, account, USDT)) == figures.spendable
    assert int(unit_equity(state, account, USDT)) == figures.cross_equity
    for position in account.positions:
        market = state.markets[position.instrument_id]
        told_position = told.accounts.positions.position(who, position.instrument_id)
        exposure = exposure_of(told.accounts, told.venue, who, position.instrument_id)

        assert int(position.size) == (told_position.size if told_position else 0)
        assert reserved_now(state, market, account, position) == exposure.reserved(market.swap.mark)
        if told_position is not None and position.size != 0:
            margin = venue.margin(who, position.instrument_id)

            assert (margin, int(position.cost)) == (told_position.margin, told_position.cost)
            assert position_figures(told.accounts, told.venue, told_position).mark == int(
                market.swap.mark
            )


@pytest.mark.parametrize("seed", seeds(4, 40))
def test_every_figure_of_an_account_is_the_engines(seed: int) -> None:
    """Free margin, what may leave, equity, reserves: also for an edge that starts later."""
    venue, draw = ToldVenue(), Draw(seed)
    for step in range(STEPS):
        random_step(venue, draw)
        if step % 10 == 9:
            for who in PEOPLE:
                check_account(venue, venue.told, who)
    late = Told(venue.genesis)
    late.hear_description(venue.engine.describe())
    for who in PEOPLE:
        check_account(venue, late, who)

    assert any(position.size for who in PEOPLE for position in venue.account(who).positions)


def test_isolated_margin_is_the_balance_of_its_ledger_account() -> None:
    """Whatever moved it, the balance after the entry is what counts."""
    venue = ToldVenue()
    venue.trade(1, 2, 10, 60_000, buyer_mode=MarginMode.ISOLATED)
    said = BalanceChanged(
        kind=LedgerKind.ISOLATED,
        account_id=1,
        asset_id=USDT,
        balance=7,
        held=0,
        instrument_id=BTC_SWAP,
    )
    venue.told.hear([said], int(venue.engine.seq) + 1, venue.clock_ms * 1_000_000)
    position = venue.told.accounts.positions.position(1, BTC_SWAP)

    assert position is not None
    assert position.margin == 7


@pytest.mark.parametrize("mode", [MarginMode.CROSS, MarginMode.ISOLATED])
@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
def test_at_the_liquidation_price_maintenance_margin_is_all_that_is_left(
    mode: int, side: int
) -> None:
    """One tick before it there is more; at it there is not."""
    venue = ToldVenue()
    buyer, seller = (1, 2) if side == Side.BUY else (2, 1)
    venue.trade(buyer, seller, 90, 60_000, buyer_mode=mode, seller_mode=mode)
    venue.trade(*((1, 3) if side == Side.BUY else (3, 1)), 5, 3_000, instrument_id=ETH_SWAP)
    position = venue.told.accounts.positions.position(1, BTC_SWAP)
    assert position is not None
    price = position_figures(venue.told.accounts, venue.told.venue, position).liquidation_price
    exposure = exposure_of(venue.told.accounts, venue.told.venue, 1, BTC_SWAP)
    account = account_figures(venue.told.accounts, venue.told.venue, 1, USDT)
    mark = venue.told.venue.prices.mark(BTC_SWAP).mark
    behind = position.margin
    if mode == MarginMode.CROSS:
        others = account.maintenance - exposure.maintenance(mark)
        behind = account.cross_equity - exposure.profit(mark) - others
    towards = 1 if side == Side.BUY else -1

    def spare(at: int) -> int:
        return int(behind + exposure.profit(at) - exposure.maintenance(at))

    assert price > 0
    assert spare(price + towards) > 0 >= spare(price - towards)
