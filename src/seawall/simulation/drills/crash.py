"""The script of 12 and 13 March 2020: bitcoin halves, truly and everywhere.

The hours are facts (`crash_prices.py`), the seconds in them synthetic. An hour is played in as many
seconds as its price ran, so quiet hours are short and wild ones long; the venue's clock goes on
second by second and skips nothing while prices move. Sources stand apart by 0.8 % and up to 3 s
behind, as they did. Longs are opened all day, at every leverage.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from seawall.core.model.enums import Side
from seawall.core.model.genesis import Genesis
from seawall.simulation.draws import MILLION, Draws
from seawall.simulation.drills.cast import (
    REFERENCE_ACCOUNTS,
    TRADERS_FROM,
    Cast,
    Casting,
    Hours,
    Plan,
    quoters,
)
from seawall.simulation.drills.crash_prices import HOURS, START_MS, Hour
from seawall.simulation.drills.feeds import Feed, Habits, observations
from seawall.simulation.drills.paths import TruePath
from seawall.simulation.drills.quotes import quotes
from seawall.simulation.drills.script import COLLECTOR, LANE, Script, Told, told
from seawall.simulation.drills.venue import BTC_INDEX, BTC_SWAP, E8, SOURCES, TERMS, drill_genesis

PPM_PER_SECOND: Final = 250  # an hour takes a second for each 0.025 % its price ran
HOUR_S_MIN, HOUR_S_MAX = 60, 1_800
RECORD_S: Final = 20  # seconds of the script in a record of the journal
DEVIATION_PPM: Final = 150  # of the noise between the corners of an hour, per second
PLUNGE_FROM_PPM: Final = 100_000  # a leg that falls this far holds a plunge of ...
PLUNGE_PPM, PLUNGE_S = 60_000, 60  # ... 6 % within 60 s
DISPERSION_PPM: Final = 8_000
DELAYS_MS: Final = (0, 0, 1_000, 1_000, 2_000, 2_000, 3_000)
MAKERS: Final = 4
QUOTED_EVERY_S: Final = 2
WARM_UP_S: Final = 15
TAKERS_PER_SECOND: Final = 2
FALL_HOUR: Final = 10  # 12 March 10:00: down by a quarter within the hour
LOTS_MAX: Final = 300  # contracts of the largest position


class CrashSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the crash is drawn from. `hours` of the 48 are played, from `first_hour` on."""

    seed: int = 7
    accounts: int = REFERENCE_ACCOUNTS
    first_hour: int = 0
    hours: int = len(HOURS)


class Truth(msgspec.Struct, frozen=True):
    """What the market was worth at a second: the median of what the venues themselves traded at."""

    at_ms: int
    median_e8: int


class Crash(msgspec.Struct, frozen=True, kw_only=True):
    """A crash that can be written. `truths` fills while the script is written."""

    genesis: Genesis
    script: Script
    truths: list[Truth]


def make_crash(settings: CrashSettings) -> Crash:
    """Draw the crash."""
    prices = crash_prices(settings)
    path = TruePath(start_ms=START_MS, prices_e8=prices)
    seconds = len(prices) - 1
    cast = _cast(settings, path, seconds)
    truths: list[Truth] = []
    return Crash(
        genesis=drill_genesis(
            name=b"drill crash",
            created_ms=START_MS,
            has_protections=True,
            holders=cast.holders,
            instruments=(BTC_SWAP,),
        ),
        script=Script(
            start_ms=START_MS,
            seconds=_seconds(settings, cast, path, seconds, truths),
            seconds_total=seconds,
            seconds_per_record=RECORD_S,
            slice_ms=1_000,
        ),
        truths=truths,
    )


def hour_seconds(hour: Hour) -> int:
    """In how many seconds an hour is played."""
    return max(HOUR_S_MIN, min(HOUR_S_MAX, hour.way_ppm() // PPM_PER_SECOND))


def crash_prices(settings: CrashSettings) -> list[int]:
    """A true price (e8) per second, through the corners of every hour that is played."""
    draws = Draws(settings.seed, "crash path")
    played = HOURS[settings.first_hour : settings.first_hour + settings.hours]
    prices = [played[0].open * E8] * (WARM_UP_S + 1)
    for hour in played:
        prices += hour_prices(draws, hour)
    return prices


def hour_prices(draws: Draws, hour: Hour) -> list[int]:
    """A price for each second of an hour after its opening: every corner is met, none is passed."""
    seconds = hour_seconds(hour)
    corners = [corner * E8 for corner in hour.way()]
    way = sum(abs(there - here) for here, there in pairwise(corners))
    if way == 0:  # the venue of the table stood still
        return corners[:1] * seconds
    prices: list[int] = []
    for here, there in pairwise(corners):
        share = seconds * abs(there - here) // way
        prices += _leg(draws, here, there, max(4, share))
    return [min(hour.high * E8, max(hour.low * E8, price)) for price in prices]


def _leg(draws: Draws, here: int, there: int, seconds: int) -> list[int]:
    """From one corner to the next; a deep fall has a plunge in its middle."""
    if (here - there) * MILLION < here * PLUNGE_FROM_PPM or seconds < 3 * PLUNGE_S:
        return _bridge(draws, here, there, seconds)
    before = (here + there) // 2
    after = before - before * PLUNGE_PPM // MILLION
    half = (seconds - PLUNGE_S) // 2
    return [
        *_bridge(draws, here, before, half),
        *_bridge(draws, before, after, PLUNGE_S),
        *_bridge(draws, after, there, half),
    ]


def _bridge(draws: Draws, here: int, there: int, seconds: int) -> list[int]:
    """A straight way with a random walk on it that ends where it should."""
    walk = [0]
    for _ in range(seconds):
        walk.append(walk[-1] + here * draws.bell(DEVIATION_PPM) // MILLION)
    return [
        here + ((there - here) * second // seconds) + walk[second] - walk[-1] * second // seconds
        for second in range(1, seconds + 1)
    ]


def _cast(settings: CrashSettings, path: TruePath, seconds: int) -> Cast:
    """Three of four accounts are long; half of all come in before the great fall, the others over
    the whole time.
    """
    hours = Hours(
        open_ms=START_MS + (WARM_UP_S + 10) * 1_000,
        algos_ms=START_MS + (WARM_UP_S + 20) * 1_000,
        quiet_ms=START_MS + (WARM_UP_S + 30) * 1_000,
        end_ms=START_MS + seconds * 1_000,
    )
    casting = Casting(seed=settings.seed, paths={BTC_INDEX: path}, hours=hours)
    casting.makers(MAKERS)
    casting.takers(settings.accounts, rates={BTC_SWAP: (TAKERS_PER_SECOND, 30)})
    draws = Draws(settings.seed, "crash cast")
    late_ms = (hours.end_ms - hours.open_ms) * 9 // 10
    early_ms = min(late_ms, max(60_000, _seconds_before_the_fall(settings) * 1_000))
    for number in range(settings.accounts):
        side = Side.BUY if draws.below(4) < 3 else Side.SELL
        at_ms = hours.open_ms + draws.below(early_ms if number % 2 == 0 else late_ms)
        casting.leveraged(
            TRADERS_FROM + number,
            side=side,
            has_both=False,
            at_ms=at_ms,
            protect_ms=at_ms + 5_000,
            lots_max=LOTS_MAX,
        )
    return casting.done(quoters(settings.accounts, makers=MAKERS, instruments=(BTC_SWAP,)))


def _seconds_before_the_fall(settings: CrashSettings) -> int:
    before = HOURS[settings.first_hour : max(settings.first_hour, FALL_HOUR)]
    return sum(hour_seconds(hour) for hour in before)


def habits() -> list[Habits]:
    """Seven sources that stand apart and lag."""
    return [
        Habits(
            source_id=source_id,
            delay_ms=DELAYS_MS[source_id],
            error_ppm=DISPERSION_PPM,
            spread_ppm=400,
            latency_ms=20 + 10 * source_id,
            offset_ms=100 + 100 * source_id,
        )
        for source_id, _, _ in SOURCES
    ]


def _seconds(
    settings: CrashSettings, cast: Cast, path: TruePath, seconds: int, truths: list[Truth]
) -> Iterator[list[Told]]:
    feeds = [
        (one, Feed(seed=settings.seed, index_id=BTC_INDEX, habits=one, path=path))
        for one in habits()
    ]
    plans = iter(cast.plans)
    waiting: Plan | None = next(plans, None)
    for number in range(seconds):
        second_ms = START_MS + number * 1_000
        said = [
            told(at_ms, COLLECTOR, observation)
            for at_ms, observation in observations(feeds, second_ms=second_ms, period_ms=1_000)
        ]
        truths.append(Truth(second_ms + 1_000, _median(feeds, second_ms + 1_000)))
        if number >= WARM_UP_S:
            said += _quotes(cast, path, second_ms, number)
        while waiting is not None and waiting[0] < second_ms + 1_000:
            said.append(told(waiting[0], LANE, waiting[1]))
            waiting = next(plans, None)
        yield said


def _quotes(cast: Cast, path: TruePath, second_ms: int, number: int) -> Iterator[Told]:
    for place, quoter in enumerate(cast.quoters):
        if (number + place) % QUOTED_EVERY_S == 0:
            at_ms = second_ms + 50 + 10 * place
            for command in quotes(quoter, TERMS[quoter.instrument_id], path.price_e8(at_ms)):
                yield told(at_ms, LANE, command)


def _median(feeds: Sequence[tuple[Habits, Feed]], at_ms: int) -> int:
    prices = sorted(feed.traded_e8(at_ms) for _, feed in feeds)
    return prices[len(prices) // 2]
