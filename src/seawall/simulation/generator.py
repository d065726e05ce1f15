"""The generated outside market: several spot venues around one hidden true path per asset.

Everything is synthetic and says so. Parameters come from `calibration.py`; integers only, so that
a seed gives the same market on any machine. The true path of an asset jumps (move sizes and gaps
between moves as recorded, neighbouring moves tending the same way, slow regimes of volatility);
each venue follows after its own delay and with its own error, in several small changes as a real
book does, and shows trades. The price of a cross such as ETH-BTC is the quotient of two paths.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from seawall.feeds.updates import Update
from seawall.simulation import calibration
from seawall.simulation.draws import MILLION, Draws
from seawall.simulation.hidden_path import HiddenPath
from seawall.simulation.recording import Print, Recorded, Touch
from seawall.simulation.venue_lines import E8, PPB, update_of

SECOND_US = 1_000_000
# Whole quote units per whole asset in the default world: August 2019, when the first incident
# happened.
LEVELS_E8: Mapping[str, int] = {
    "BTC": 10_100 * E8,
    "ETH": 190 * E8,
    "SOL": 20 * E8,
    "XRP": 27 * E8 // 100,
    "LTC": 74 * E8,
}
LEVEL_E8_OTHERS = 10 * E8
STABLE = ("USDT", "USDC", "USD")
# How much rarer trades are than in the recorded instrument, by base asset.
RARER: Mapping[str, int] = {"BTC": 1, "ETH": 2}
RARER_OTHERS = 4
SIZE_UPDATES_KEPT_IN = 16  # one size-only update in so many is generated
CHAIN_GAP_US_MAX = 20_000  # changes of one move are closer than this (see the definition of a move)


class OutsideVenue(msgspec.Struct, frozen=True, kw_only=True):
    """A generated venue, by the id that the genesis gives its source."""

    source_id: int
    name: str


class OutsideInstrument(msgspec.Struct, frozen=True, kw_only=True):
    """An instrument that the venues trade, by our id and name, e.g. BTC-USDT."""

    instrument_id: int
    name: str


class VenueProfile(msgspec.Struct, frozen=True):
    """How a venue differs from the path: it follows late, prices with an error, and is far away."""

    delay_us: int
    error_ppb: (
        int  # standard deviation of one step of its slowly changing error; about half of the whole
    )
    latency_us: int


# By place among the sources; the first is the plainest, as it stands for the recorded one.
PROFILES = (
    VenueProfile(0, 0, 3_000),
    VenueProfile(15_000, 4_000, 4_000),
    VenueProfile(40_000, 8_000, 35_000),
    VenueProfile(60_000, 10_000, 38_000),
    VenueProfile(90_000, 14_000, 70_000),
    VenueProfile(130_000, 18_000, 75_000),
    VenueProfile(180_000, 25_000, 110_000),
)


class Desk:
    """One instrument at one venue."""

    def __init__(
        self, *, draws: Draws, profile: VenueProfile, instrument: OutsideInstrument
    ) -> None:
        self.draws = draws
        self.profile = profile
        self.symbol = instrument.name.replace("-", "")
        self.instrument_id = instrument.instrument_id
        self.base, _, self.quote = instrument.name.partition("-")
        self.rarer = RARER.get(self.base, RARER_OTHERS)
        self.source_id = 0
        self.tick_e8 = 1
        self.mid_e8 = 0
        self.target_e8 = 0
        self.changes_left = 0
        self.error_ppb = 0
        self.touch = Touch(0, 0, 0, 0)
        self.trade_id = 0
        self.received_us = 0
        self.size_up = 1  # sizes of cheaper assets are larger, for the same notional
        self.size_down = 1


# Kinds of what is going to happen, in the queue.
_MOVE, _CHANGE, _SIZE, _TAKER = range(4)
_Happening = tuple[int, int, int, int]  # time_us, serial, kind, index of the path or desk


class GeneratedMarket:
    """Outside venues whose updates are asked for by time. `origin_ms` is the wall time of its
    start.
    """

    def __init__(
        self,
        *,
        seed: int,
        origin_ms: int,
        venues: Sequence[OutsideVenue],
        instruments: Sequence[OutsideInstrument],
        levels_e8: Mapping[str, int] = LEVELS_E8,
    ) -> None:
        assert 0 < len(venues) <= len(PROFILES), f"1 to {len(PROFILES)} venues"
        self.origin_ms = origin_ms
        self._queue: list[_Happening] = []
        self._serial = 0
        self._paths: list[HiddenPath] = []
        self._path_of: dict[str, int] = {}
        self._desks: list[Desk] = []
        for instrument in instruments:
            base, _, quote = instrument.name.partition("-")
            for asset in (base, quote):
                if asset not in self._path_of and asset not in STABLE:
                    self._path_of[asset] = len(self._paths)
                    level = levels_e8.get(asset, LEVEL_E8_OTHERS)
                    self._paths.append(HiddenPath(Draws(seed, f"path {asset}"), level))
        for place, venue in enumerate(venues):
            for instrument in instruments:
                draws = Draws(seed, f"venue {venue.source_id} {instrument.name}")
                desk = Desk(draws=draws, profile=PROFILES[place], instrument=instrument)
                desk.source_id = venue.source_id
                self._open(desk)
                self._desks.append(desk)
        for index, path in enumerate(self._paths):
            self._plan(path.gap_us(), _MOVE, index)
        for index, desk in enumerate(self._desks):
            self._plan(desk.draws.below(SECOND_US), _SIZE, index)
            self._plan(desk.draws.below(SECOND_US), _TAKER, index)

    def advance(self, until_ms: int) -> list[Update]:
        """Return what is received until `until_ms` after the start, in order."""
        return [
            self._update(desk, what, received_us)
            for received_us, desk, what in self._happen(until_ms * 1_000)
        ]

    def recorded(self, until_ms: int) -> Iterator[Recorded]:
        """Yield the same as lines of a recording, so that generated and recorded are measured
        alike.
        """
        for received_us, desk, what in self._happen(until_ms * 1_000):
            venue_ms = self._venue_ms(desk, received_us)
            yield Recorded(received_us * 1_000, venue_ms, desk.symbol, what, b"")

    def true_price_e8(self, instrument_name: str) -> int:
        """Return the hidden true price now; for drills and tests, never for the venue."""
        base, _, quote = instrument_name.partition("-")
        return self._asset_e8(base) * E8 // self._asset_e8(quote)

    def _asset_e8(self, asset: str) -> int:
        return E8 if asset in STABLE else self._paths[self._path_of[asset]].price_e8

    def _plan(self, time_us: int, kind: int, index: int) -> None:
        self._serial += 1
        heapq.heappush(self._queue, (time_us, self._serial, kind, index))

    def _open(self, desk: Desk) -> None:
        price = self.true_price_e8(f"{desk.base}-{desk.quote}")
        desk.tick_e8 = _power_of_ten_below(price // MILLION)
        desk.mid_e8 = desk.target_e8 = price
        asset_e8 = self._asset_e8(desk.base)
        desk.size_up, desk.size_down = LEVELS_E8["BTC"], asset_e8
        if desk.base == "BTC":
            desk.size_up = desk.size_down = 1
        _quote_around(desk, spread_e8=desk.tick_e8)

    def _happen(self, until_us: int) -> Iterator[tuple[int, Desk, Touch | Print]]:
        queue = self._queue
        while queue and queue[0][0] <= until_us:
            time_us, _, kind, index = heapq.heappop(queue)
            if kind == _MOVE:
                self._move(time_us, index)
                continue
            desk = self._desks[index]
            what: Touch | Print | None
            if kind == _CHANGE:
                what = self._change(time_us, desk, index)
            elif kind == _SIZE:
                what = self._resize(time_us, desk, index)
            else:
                what = self._take(time_us, desk, index)
            if what is not None:
                desk.received_us = max(desk.received_us, time_us)
                yield time_us, desk, what

    def _move(self, time_us: int, path_index: int) -> None:
        path = self._paths[path_index]
        path.move(time_us)
        self._plan(time_us + path.gap_us(), _MOVE, path_index)
        for index, desk in enumerate(self._desks):
            touched = (self._path_of.get(desk.base), self._path_of.get(desk.quote))
            if path_index not in touched:
                continue
            draws = desk.draws
            desk.error_ppb = desk.error_ppb * 7 // 8 + draws.bell(desk.profile.error_ppb)
            true = self.true_price_e8(f"{desk.base}-{desk.quote}")
            desk.target_e8 = true + true * desk.error_ppb // PPB
            if desk.changes_left == 0:
                self._plan(time_us + desk.profile.delay_us, _CHANGE, index)
            desk.changes_left += max(1, draws.from_quantiles(calibration.CHANGES_PER_MOVE))

    def _change(self, time_us: int, desk: Desk, index: int) -> Touch | None:
        """One of the small changes in which a venue's touch follows a move; the last settles."""
        draws = desk.draws
        left = desk.changes_left
        assert left > 0, "a change is planned only while some are left"
        desk.mid_e8 += (desk.target_e8 - desk.mid_e8) // left
        desk.changes_left = left - 1
        before = desk.touch
        if left == 1:
            _quote_around(desk, spread_e8=desk.tick_e8)
            return desk.touch if desk.touch != before else None
        # Of two draws the wider: in the middle of a move the book is thinner than at other times.
        spread_ppb = max(
            draws.from_quantiles(calibration.SPREAD_PPB),
            draws.from_quantiles(calibration.SPREAD_PPB),
        )
        spread = max(desk.tick_e8, spread_ppb * desk.mid_e8 // PPB // desk.tick_e8 * desk.tick_e8)
        _quote_around(desk, spread_e8=spread)
        if (desk.touch.bid_e8, desk.touch.ask_e8) == (before.bid_e8, before.ask_e8):
            _quote_around(desk, spread_e8=spread + desk.tick_e8)
        gap = draws.from_quantiles(calibration.CHANGE_GAP_US)
        self._plan(time_us + min(gap, draws.below(CHAIN_GAP_US_MAX)), _CHANGE, index)
        return desk.touch

    def _resize(self, time_us: int, desk: Desk, index: int) -> Touch:
        """A size at the touch changes, the prices stay."""
        per_1000s = calibration.TOUCH_UPDATES_PER_1000S - calibration.TOUCH_CHANGES_PER_1000S
        mean_us = 1_000 * SECOND_US * SIZE_UPDATES_KEPT_IN * desk.rarer // per_1000s
        self._plan(time_us + 1 + desk.draws.below(2 * mean_us), _SIZE, index)
        touch = desk.touch
        size = _size(desk, desk.draws.from_quantiles(calibration.TOUCH_SIZE_E8))
        if desk.draws.sign() > 0:
            desk.touch = Touch(touch.bid_e8, touch.ask_e8, size, touch.ask_size_e8)
        else:
            desk.touch = Touch(touch.bid_e8, touch.ask_e8, touch.bid_size_e8, size)
        return desk.touch

    def _take(self, time_us: int, desk: Desk, index: int) -> Print:
        """A taker trades at the touch."""
        draws = desk.draws
        gap_us = draws.from_quantiles(calibration.TAKER_GAP_US) * desk.rarer
        self._plan(time_us + 1 + gap_us, _TAKER, index)
        is_buy = draws.happens(calibration.BUY_SHARE_PPM)
        size = _size(desk, draws.from_quantiles(calibration.TAKER_SIZE_E8))
        desk.trade_id += 1
        price = desk.touch.ask_e8 if is_buy else desk.touch.bid_e8
        return Print(price, size, desk.trade_id, is_buy)

    def _venue_ms(self, desk: Desk, received_us: int) -> int:
        lag_us = desk.profile.latency_us + desk.draws.from_quantiles(calibration.LAG_US)
        return self.origin_ms + (received_us - lag_us) // 1_000

    def _update(self, desk: Desk, what: Touch | Print, received_us: int) -> Update:
        venue_ms = self._venue_ms(desk, received_us)
        receive_ms = self.origin_ms + received_us // 1_000
        return update_of(
            what,
            source_id=desk.source_id,
            instrument_id=desk.instrument_id,
            symbol=desk.symbol,
            is_deep=True,
            venue_ms=venue_ms,
            receive_ms=receive_ms,
        )


def _quote_around(desk: Desk, *, spread_e8: int) -> None:
    """Put the touch around the desk's mid, on its ticks; the bid stays positive."""
    tick = desk.tick_e8
    bid = max(tick, (desk.mid_e8 - (spread_e8 - tick) // 2) // tick * tick)
    bid_size = _size(desk, desk.draws.from_quantiles(calibration.TOUCH_SIZE_E8))
    ask_size = _size(desk, desk.draws.from_quantiles(calibration.TOUCH_SIZE_E8))
    desk.touch = Touch(bid, bid + spread_e8, bid_size, ask_size)


def _size(desk: Desk, btc_size_e8: int) -> int:
    return max(1, btc_size_e8 * desk.size_up // desk.size_down)


def _power_of_ten_below(value: int) -> int:
    power = 1
    while power * 10 <= value:
        power *= 10
    return power
