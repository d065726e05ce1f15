"""The script of 23 August 2019: a broker that mixes outside prices takes bitcoin for $0.32.

Two thousand accounts at 10,100. For ninety seconds the two sources of one failure domain print
0.32; the true price goes on, and slides by a little as prices do, so that some liquidations are
right. Nothing that users ask for depends on the fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from seawall.core.model.commands import SetFreeze
from seawall.core.model.genesis import Genesis, Mirror
from seawall.simulation.draws import Draws
from seawall.simulation.drills.cast import (
    LP_ACCOUNT,
    MAKERS,
    REFERENCE_ACCOUNTS,
    Cast,
    Casting,
    Hours,
    lp_quoter,
)
from seawall.simulation.drills.feeds import Fault, Feed, Habits, faulted, observations
from seawall.simulation.drills.paths import TruePath, recorded, wandering
from seawall.simulation.drills.quotes import Quoter, quotes
from seawall.simulation.drills.script import COLLECTOR, LANE, OPERATOR, Script, Told, told
from seawall.simulation.drills.venue import (
    BTC_INDEX,
    BTC_SPOT,
    BTC_SWAP,
    E8,
    ETH_INDEX,
    FAULTY_DOMAIN,
    OPERATORS,
    SOURCES,
    TERMS,
    drill_genesis,
)

START_MS: Final = 1_566_539_400_000  # 2019-08-23 05:50:00 UTC
LEVEL_E8: Final = {BTC_INDEX: 10_100 * E8, ETH_INDEX: 190 * E8}
DEVIATION_PPM: Final = {BTC_INDEX: 60, ETH_INDEX: 80}
# The real market of the day's script: down by 1.9 % while the sources lie, and half-way back.
SLIDES: Final = ((140, 195, -19_000), (205, 240, 9_000))
MAKERS_S, OPEN_S, ALGOS_S, QUIET_S, FAULT_S, WELL_S, END_S = 15, 20, 80, 112, 130, 220, 260
# A record holds a second; a rerun begins right below the first bad observation, or further back.
CHECKPOINTS: Final = (FAULT_S - 10, FAULT_S, WELL_S)
FREEZE_TICKS: Final = 5  # after the first bad observation, where people have to act
BID_E8, ASK_E8 = 31_900_000, 32_000_000  # $0.319 and $0.32
OBSERVED_EVERY_MS: Final = 500
MIRROR_SPREAD_E8: Final = E8 // 2_000


class DaySettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the day is drawn from. `accounts` is 2,000 times the scale."""

    seed: int = 7
    accounts: int = REFERENCE_ACCOUNTS
    makers: int = MAKERS
    has_protections: bool = True
    is_adaptive: bool = False
    has_mirror: bool = False
    tape: Path | None = None


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """A day that can be written: its genesis, its script, and who quotes in the adaptive flow."""

    genesis: Genesis
    script: Script
    quoters: list[Quoter]
    fault: Fault


def make_day(settings: DaySettings) -> Day:
    """Draw the day. Raises BadConfiguration for a tape that cannot be used."""
    paths = _paths(settings)
    hours = Hours(
        open_ms=START_MS + OPEN_S * 1_000,
        algos_ms=START_MS + ALGOS_S * 1_000,
        quiet_ms=START_MS + QUIET_S * 1_000,
        end_ms=START_MS + END_S * 1_000,
    )
    cast = Casting(seed=settings.seed, paths=paths, hours=hours).cast(
        accounts=settings.accounts, makers=settings.makers
    )
    fault = Fault(
        source_ids=tuple(one for one, _, domain in SOURCES if domain == FAULTY_DOMAIN),
        index_id=BTC_INDEX,
        from_ms=START_MS + FAULT_S * 1_000,
        to_ms=START_MS + WELL_S * 1_000,
        bid_e8=BID_E8,
        ask_e8=ASK_E8,
    )
    every = list(cast.quoters)
    if not settings.has_mirror:
        every.append(lp_quoter(settings.accounts))
    return Day(
        genesis=drill_genesis(
            name=b"drill primexbt",
            created_ms=START_MS,
            has_protections=settings.has_protections,
            holders=cast.holders,
            mirrors=_mirrors(settings, fault) if settings.has_mirror else (),
        ),
        script=Script(
            start_ms=START_MS,
            seconds=_seconds(settings, cast, every, paths, fault),
            seconds_total=END_S,
        ),
        quoters=every,
        fault=fault,
    )


def _paths(settings: DaySettings) -> dict[int, TruePath]:
    made = {}
    for index_id, level_e8 in LEVEL_E8.items():
        if index_id == BTC_INDEX and settings.tape is not None:
            prices = recorded(settings.tape, symbol="BTCUSDT", seconds=END_S)
        else:
            prices = wandering(
                Draws(settings.seed, f"path {index_id}"),
                level_e8=level_e8,
                seconds=END_S,
                deviation_ppm=DEVIATION_PPM[index_id],
                slides=SLIDES,
            )
        made[index_id] = TruePath(start_ms=START_MS, prices_e8=prices)
    return made


def _mirrors(settings: DaySettings, fault: Fault) -> list[Mirror]:
    """The provider's orders follow the first source of the domain that will fail."""
    lots = {BTC_SWAP: 300, BTC_SPOT: 200_000}
    return [
        Mirror(
            account_id=LP_ACCOUNT,
            instrument_id=instrument_id,
            source_id=fault.source_ids[0],
            spread_e8=MIRROR_SPREAD_E8,
            quantity=max(1, quantity * settings.accounts // REFERENCE_ACCOUNTS),
        )
        for instrument_id, quantity in lots.items()
    ]


def habits() -> list[Habits]:
    """The seven sources' delays and errors: ordinary ones."""
    return [
        Habits(
            source_id=source_id,
            delay_ms=60 * source_id,
            error_ppm=40 + 25 * source_id,
            spread_ppm=100 + 30 * source_id,
            latency_ms=3 + 17 * source_id,
            offset_ms=20 + 60 * source_id,
        )
        for source_id, _, _ in SOURCES
    ]


def _seconds(
    settings: DaySettings,
    cast: Cast,
    quoting: list[Quoter],
    paths: dict[int, TruePath],
    fault: Fault,
) -> Iterator[list[Told]]:
    """What is told in each second of the day."""
    feeds = [
        (one, Feed(seed=settings.seed, index_id=index_id, habits=one, path=path))
        for index_id, path in paths.items()
        for one in habits()
    ]
    freeze_ms = fault.from_ms + FREEZE_TICKS * 1_000
    place = 0
    for second_ms in range(START_MS, START_MS + END_S * 1_000, 1_000):
        said: list[Told] = []
        if second_ms == freeze_ms and not settings.has_protections:
            freeze = SetFreeze(index_id=0, is_frozen=True, operator_id=OPERATORS[0])
            said.append(Told(second_ms, OPERATOR, freeze, None))
        for at_ms, true in observations(feeds, second_ms=second_ms, period_ms=OBSERVED_EVERY_MS):
            said.append(Told(at_ms, COLLECTOR, faulted(true, fault) or true, true))
        if not settings.is_adaptive and second_ms >= START_MS + MAKERS_S * 1_000:
            said += _quotes(quoting, paths, second_ms)
        while place < len(cast.plans) and cast.plans[place][0] < second_ms + 1_000:
            at_ms, command = cast.plans[place]
            said.append(told(at_ms, LANE, command))
            place += 1
        yield said


def _quotes(quoting: list[Quoter], paths: dict[int, TruePath], second_ms: int) -> Iterator[Told]:
    """Everybody quotes once a second, each at his own moment, off the true path."""
    for number, quoter in enumerate(quoting):
        at_ms = second_ms + 40 + number * 37 % 900
        terms = TERMS[quoter.instrument_id]
        for command in quotes(quoter, terms, paths[terms.index_id].price_e8(at_ms)):
            yield told(at_ms, LANE, command)
