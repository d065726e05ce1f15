"""Who trades in a drill, with what, and what each of them will ask for: all drawn from the seed.

Every account's plan is fixed before the first second: it depends on the true path only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from seawall.core.model.commands import Command, PlaceAlgo, PlaceOrder, SetLeverage
from seawall.core.model.enums import (
    AlgoType,
    MarginMode,
    OrderType,
    Side,
    TimeInForce,
    TriggerPrice,
)
from seawall.simulation.draws import MILLION, Draws
from seawall.simulation.drills.paths import TruePath
from seawall.simulation.drills.quotes import Quoter
from seawall.simulation.drills.venue import (
    BTC_SPOT,
    BTC_SWAP,
    E8,
    ETH_SWAP,
    MAKER_TIER,
    TERMS,
    Holder,
)

MAKERS: Final = 6
LP_ACCOUNT: Final = 50
TAKERS_FROM: Final = 51
TRADERS_FROM: Final = 1_001
REFERENCE_ACCOUNTS: Final = 2_000  # sizes of makers and takers below are for so many
LEVERS: Final = (2, 3, 5, 5, 10, 10, 20, 25, 50, 50)
REACH_PPM: Final = 2_000  # how far through the price an opening order may go
TAKER_RATES: Final = {BTC_SWAP: (12, 40), BTC_SPOT: (8, 5_000), ETH_SWAP: (4, 80)}
DEEPEST_E8: Final = 30_000_000  # $0.30

Plan = tuple[int, Command]  # when, what


class Cast(msgspec.Struct, frozen=True, kw_only=True):
    """All accounts of a drill, what makers quote, and what everybody else asks for."""

    holders: list[Holder]
    quoters: list[Quoter]
    plans: list[Plan]


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """When who acts, on the venue's clock."""

    open_ms: int
    algos_ms: int
    quiet_ms: int  # everybody has placed what he will
    end_ms: int


def quoters(accounts: int, *, makers: int, instruments: Sequence[int]) -> list[Quoter]:
    """The makers' habits; all of them together are as deep as so many accounts need."""
    lots = {BTC_SPOT: 15_000, BTC_SWAP: 50, ETH_SWAP: 200}
    return [
        Quoter(
            account_id=1 + maker,
            instrument_id=instrument_id,
            nearest_ppm=150 + 50 * maker,
            step_ppm=300,
            lots=max(1, lots[instrument_id] * accounts * MAKERS // (REFERENCE_ACCOUNTS * makers)),
        )
        for maker in range(makers)
        for instrument_id in instruments
    ]


def lp_quoter(accounts: int) -> Quoter:
    """What the liquidity provider quotes when its orders are not derived by the engine."""
    lots = max(1, 200 * accounts // REFERENCE_ACCOUNTS)
    return Quoter(
        account_id=LP_ACCOUNT, instrument_id=BTC_SWAP, nearest_ppm=500, step_ppm=200, lots=lots
    )


class Casting:
    """Draws the accounts and their plans."""

    def __init__(self, *, seed: int, paths: dict[int, TruePath], hours: Hours) -> None:
        self._draws = Draws(seed, "cast")
        self._paths = paths
        self._hours = hours
        self._holders: list[Holder] = []
        self._plans: list[Plan] = []
        self._client = 0

    def cast(self, *, accounts: int, makers: int) -> Cast:
        """So many accounts of traders, and the makers and takers they need."""
        hours = self._hours
        self.makers(makers)
        self.takers(accounts, rates=TAKER_RATES)
        for number in range(accounts):
            account_id = TRADERS_FROM + number
            place = self._draws.below(1_000)
            if place < 680:
                self.leveraged(
                    account_id,
                    side=Side.SELL if 400 <= place < 620 else Side.BUY,
                    has_both=place >= 620,
                    at_ms=self._moment(hours.open_ms, hours.algos_ms - 2_000),
                    protect_ms=self._moment(hours.algos_ms, hours.quiet_ms),
                )
            elif place < 860:
                self._spot_holder(account_id)
            else:
                self._bidder(account_id)
        return self.done(quoters(accounts, makers=makers, instruments=tuple(TERMS)))

    def done(self, quoting: list[Quoter]) -> Cast:
        """What was drawn, plans in the order of time."""
        self._plans.sort(key=lambda plan: plan[0])
        return Cast(holders=self._holders, quoters=quoting, plans=self._plans)

    def makers(self, makers: int) -> None:
        """Accounts that quote, and the provider of liquidity: too rich to fail."""
        for maker in range(makers):
            self._hold(1 + maker, tier=MAKER_TIER, usdt=200_000_000, btc=5_000)
        self._hold(LP_ACCOUNT, tier=MAKER_TIER, usdt=50_000_000, btc=2_000)

    def _hold(self, account_id: int, *, tier: int = 0, usdt: int = 0, btc: int = 0) -> None:
        self._holders.append(
            Holder(account_id=account_id, fee_tier=tier, usdt=usdt * E8, btc=btc * E8)
        )

    def _plan(self, at_ms: int, command: Command) -> None:
        self._plans.append((at_ms, command))

    def _price_e8(self, instrument_id: int, at_ms: int) -> int:
        return self._paths[TERMS[instrument_id].index_id].price_e8(at_ms)

    def _moment(self, from_ms: int, to_ms: int) -> int:
        return from_ms + self._draws.below(to_ms - from_ms)

    def _next_client(self) -> bytes:
        self._client += 1
        return b"d%d" % self._client

    def takers(self, accounts: int, *, rates: dict[int, tuple[int, int]]) -> None:
        """Market orders of both sides, second after second. `rates`: by instrument how many a
        second for 2,000 accounts, and the largest.
        """
        draws = self._draws
        number = max(4, 60 * accounts // REFERENCE_ACCOUNTS)
        for taker in range(number):
            self._hold(_taker_id(taker, accounts), usdt=1_000_000, btc=50)
        for second_ms in range(self._hours.open_ms, self._hours.end_ms, 1_000):
            for instrument_id, (per_second, lots_max) in rates.items():
                for _ in range(max(1, per_second * accounts // REFERENCE_ACCOUNTS)):
                    command = PlaceOrder(
                        account_id=_taker_id(draws.below(number), accounts),
                        instrument_id=instrument_id,
                        side=Side.BUY if draws.sign() > 0 else Side.SELL,
                        order_type=OrderType.MARKET,
                        limit_price=0,
                        quantity=1 + draws.below(lots_max),
                        time_in_force=TimeInForce.IOC,
                        margin_mode=_mode_of(instrument_id),
                    )
                    self._plan(second_ms + draws.below(1_000), command)

    def leveraged(
        self,
        account_id: int,
        *,
        side: int,
        has_both: bool,
        at_ms: int,
        protect_ms: int,
        lots_max: int = 100,
    ) -> None:
        """A position at some leverage, most with a stop or a target. `has_both`: one in ETH too."""
        draws = self._draws
        lever = LEVERS[draws.below(len(LEVERS))]
        mode = MarginMode.CROSS if has_both or draws.sign() > 0 else MarginMode.ISOLATED
        opened: list[tuple[int, int, int]] = [
            (BTC_SWAP, side, lots_max // 10 + draws.below(lots_max * 9 // 10 + 1))
        ]
        if has_both:
            other = Side.BUY if draws.sign() > 0 else Side.SELL
            opened.append((ETH_SWAP, other, 50 + draws.below(351)))
        needed = 0
        for instrument_id, one_side, lots in opened:
            price_e8 = self._price_e8(instrument_id, at_ms)
            notional = TERMS[instrument_id].notional(price_e8=price_e8, quantity=lots)
            needed += notional // lever + notional * 5 // 1_000
            if mode == MarginMode.CROSS:
                needed += notional // lever * draws.below(20) // 100
            self._plan(at_ms, _leverage(account_id, instrument_id, mode, lever))
            self._plan(
                at_ms, self._opening(account_id, instrument_id, one_side, lots, mode, price_e8)
            )
            if draws.happens(600_000):
                self._protect(account_id, instrument_id, one_side, lots, mode, protect_ms)
        self._holders.append(Holder(account_id=account_id, usdt=needed * 105 // 100))

    def _opening(
        self, account_id: int, instrument_id: int, side: int, lots: int, mode: int, price_e8: int
    ) -> PlaceOrder:
        terms = TERMS[instrument_id]
        reach = price_e8 * REACH_PPM // MILLION
        is_buy = side == Side.BUY
        return PlaceOrder(
            account_id=account_id,
            instrument_id=instrument_id,
            side=side,
            order_type=OrderType.LIMIT,
            limit_price=terms.ticks_up(price_e8 + reach)
            if is_buy
            else terms.ticks_down(price_e8 - reach),
            quantity=lots,
            time_in_force=TimeInForce.IOC,
            margin_mode=mode,
            client_id=self._next_client(),
        )

    def _protect(
        self, account_id: int, instrument_id: int, side: int, lots: int, mode: int, at_ms: int
    ) -> None:
        """A stop-loss, a target, both, or a stop that follows, on any of the three prices."""
        draws = self._draws
        price_e8 = self._price_e8(instrument_id, at_ms)
        closing = Side.SELL if side == Side.BUY else Side.BUY
        far = draws.happens(500_000)
        loss_ppm = 60_000 + draws.below(240_000) if far else 10_000 + draws.below(50_000)
        gain_ppm = 15_000 + draws.below(200_000)
        toward = -1 if side == Side.BUY else 1  # where the loss lies
        loss = self._ticks(instrument_id, price_e8 + toward * price_e8 * loss_ppm // MILLION)
        gain = self._ticks(instrument_id, price_e8 - toward * price_e8 * gain_ppm // MILLION)
        kind = draws.below(100)
        algo = PlaceAlgo(
            account_id=account_id,
            instrument_id=instrument_id,
            algo_type=AlgoType.CONDITIONAL,
            side=closing,
            quantity=lots,
            margin_mode=mode,
            reduce_only=True,
            trigger_price=loss if kind < 40 else gain,
            trigger_by=self._watched(),
            client_id=self._next_client(),
        )
        if 60 <= kind < 85:
            algo.algo_type = AlgoType.OCO
            algo.second_trigger_price = loss
            algo.second_trigger_by = self._watched()
        elif kind >= 85:
            algo.algo_type = AlgoType.TRAILING
            algo.trigger_price = 0
            algo.callback_e8 = 2_000_000 + draws.below(8_000_000)
        self._plan(at_ms, algo)

    def _spot_holder(self, account_id: int) -> None:
        """Coins, a stop that sells some of them, and two bids far below."""
        draws, hours = self._draws, self._hours
        coins = 20_000_000 + draws.below(180_000_000)
        at_ms = self._moment(hours.algos_ms, hours.quiet_ms)
        price_e8 = self._price_e8(BTC_SPOT, at_ms)
        self._holders.append(Holder(account_id=account_id, usdt=price_e8 * 3 // 10, btc=coins))
        if draws.happens(700_000):
            loss_ppm = 15_000 + draws.below(400_000)
            trailing = draws.happens(150_000)
            algo = PlaceAlgo(
                account_id=account_id,
                instrument_id=BTC_SPOT,
                algo_type=AlgoType.TRAILING if trailing else AlgoType.CONDITIONAL,
                side=Side.SELL,
                quantity=coins * (20 + draws.below(70)) // 100 // TERMS[BTC_SPOT].lot_size,
                margin_mode=MarginMode.CASH,
                reduce_only=False,
                client_id=self._next_client(),
            )
            if trailing:
                algo.callback_e8 = 3_000_000 + draws.below(7_000_000)
            else:
                algo.trigger_price = self._ticks(
                    BTC_SPOT, price_e8 - price_e8 * loss_ppm // MILLION
                )
                algo.trigger_by = TriggerPrice.INDEX if draws.sign() > 0 else TriggerPrice.LAST
            self._plan(at_ms, algo)
        for _ in range(2):
            self._deep_bid(account_id, BTC_SPOT, 500 + draws.below(2_500))

    def _bidder(self, account_id: int) -> None:
        """Bids in both books, from a few percent below the market down to $0.30."""
        draws = self._draws
        at_ms = self._hours.open_ms + draws.below(1_000)
        self._holders.append(Holder(account_id=account_id, usdt=self._price_e8(BTC_SPOT, at_ms)))
        self._plan(at_ms, _leverage(account_id, BTC_SWAP, MarginMode.CROSS, 10))
        for _ in range(8):
            self._deep_bid(account_id, BTC_SWAP, 2 + draws.below(5))
            self._deep_bid(account_id, BTC_SPOT, 500 + draws.below(3_500))

    def _deep_bid(self, account_id: int, instrument_id: int, lots: int) -> None:
        at_ms = self._moment(self._hours.open_ms + 2_000, self._hours.quiet_ms)
        price_e8 = self._deep_price(self._price_e8(instrument_id, at_ms))
        command = PlaceOrder(
            account_id=account_id,
            instrument_id=instrument_id,
            side=Side.BUY,
            order_type=OrderType.LIMIT,
            limit_price=self._ticks(instrument_id, price_e8),
            quantity=lots,
            time_in_force=TimeInForce.GTC,
            margin_mode=_mode_of(instrument_id),
            client_id=self._next_client(),
        )
        self._plan(at_ms, command)

    def _deep_price(self, price_e8: int) -> int:
        draws = self._draws
        place = draws.below(100)
        if place < 45:
            return price_e8 * (750 + draws.below(210)) // 1_000
        if place < 70:
            return price_e8 * (300 + draws.below(450)) // 1_000
        if place < 88:
            return price_e8 * (10 + draws.below(290)) // 1_000
        return DEEPEST_E8 + (draws.below(10 * E8) if place < 97 else 0)

    def _ticks(self, instrument_id: int, price_e8: int) -> int:
        return TERMS[instrument_id].ticks_down(price_e8)

    def _watched(self) -> int:
        place = self._draws.below(100)
        if place < 40:
            return TriggerPrice.MARK
        return TriggerPrice.INDEX if place < 70 else TriggerPrice.LAST


def _mode_of(instrument_id: int) -> int:
    return MarginMode.CROSS if TERMS[instrument_id].is_swap else MarginMode.CASH


def _leverage(account_id: int, instrument_id: int, mode: int, lever: int) -> SetLeverage:
    return SetLeverage(
        account_id=account_id, instrument_id=instrument_id, margin_mode=mode, lever=lever
    )


def _taker_id(number: int, accounts: int) -> int:
    """Takers stand before the traders; those of large casts for whom there is no room behind."""
    account_id = TAKERS_FROM + number
    return account_id if account_id < TRADERS_FROM else account_id + accounts
