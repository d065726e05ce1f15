"""Figures of a bad day to show: prices, ticks and what went wrong."""

from __future__ import annotations

from typing import Final

import msgspec

from seawall.web.report import Day, Moment, PriceLine, Prices, Tick

E8: Final = 10**8
MORNING_MS: Final = 1_566_539_700_000  # 23 August 2019, 05:55:00 UTC
BAD_FROM_MS: Final = MORNING_MS + 2_000
BAD_TO_MS: Final = BAD_FROM_MS + 90_000
FREEZE_MS: Final = BAD_FROM_MS + 4_980
POSTED_MS: Final = MORNING_MS + 402_000
SOUND: Final = (
    ("cedar", "hill"),
    ("dune", "hill"),
    ("ember", "island"),
    ("fjord", "island"),
    ("glacier", "plain"),
)
FAULTY: Final = (("amber", "harbour"), ("basalt", "harbour"))


def true_price(second: int, *, offset: int = 0) -> int:
    """A wandering price (e8) around 10,100, from integers alone."""
    wave = (second * 7 + offset * 13) % 61 - 30 + (second // 9 * 5) % 23
    return 10_100 * E8 + wave * 9 * E8 // 100 * 10


def source_lines() -> tuple[PriceLine, ...]:
    """Seven sources, two of which say 0.32 for ninety seconds."""
    lines = []
    for number, (name, domain) in enumerate((*FAULTY, *SOUND)):
        is_faulty = domain == "harbour"
        points = []
        for second in range(-30, 150):
            clock_ms = MORNING_MS + second * 1_000 + number * 90
            is_bad = is_faulty and BAD_FROM_MS <= clock_ms < BAD_TO_MS
            price = 32 * E8 // 100 if is_bad else true_price(second, offset=number)
            points.append((clock_ms, price))
        lines.append(
            PriceLine(
                name=name, kind="source", domain=domain, is_faulty=is_faulty, points=tuple(points)
            )
        )
    return tuple(lines)


def index_lines() -> tuple[PriceLine, PriceLine]:
    """What the old way and the guarded index made of them."""
    best, guarded = [], []
    for second in range(-30, 150):
        clock_ms = MORNING_MS + second * 1_000
        guarded.append((clock_ms, true_price(second, offset=3)))
        if clock_ms <= FREEZE_MS:
            is_bad = clock_ms > BAD_FROM_MS
            best.append((clock_ms, 32 * E8 // 100 if is_bad else true_price(second) - 4 * E8))
    best.append((FREEZE_MS, 0))
    return (
        PriceLine(name="best of all sources", kind="best_of", points=tuple(best)),
        PriceLine(name="guarded index", kind="guarded", points=tuple(guarded)),
    )


def bad_prices() -> Prices:
    """The first picture."""
    return Prices(
        index="BTC-USDT",
        from_ms=MORNING_MS - 30_000,
        to_ms=MORNING_MS + 150_000,
        bad_from_ms=BAD_FROM_MS,
        bad_to_ms=BAD_TO_MS,
        lines=(*source_lines(), *index_lines()),
    )


def ticks() -> tuple[Tick, ...]:
    """Liquidations and stops, second by second."""
    wrongful = {3: 212, 4: 147, 5: 92, 6: 54, 7: 17}
    fired = {3: 706, 4: 71, 5: 22, 6: 9, 7: 3}
    return tuple(
        Tick(
            clock_ms=MORNING_MS + second * 1_000,
            liquidations=wrongful.get(second, 0) + (second % 5 == 2),
            wrongful_liquidations=wrongful.get(second, 0),
            triggers=fired.get(second, 0) + (second % 7 == 1),
            wrongful_triggers=fired.get(second, 0),
        )
        for second in range(-12, 24)
    )


def bad_day() -> Day:
    """The day as it was."""
    return Day(
        liquidations=551,
        wrongful_liquidations=522,
        triggers=811,
        wrongful_triggers=811,
        fills=11_808,
        fills_out_of_band=4_921,
        accounts=2_067,
        accounts_affected=1_668,
        index_low_e8=32 * E8 // 100,
        freeze_ms=4_980,
    )


def good_day() -> Day:
    """The same day with protections on."""
    return Day(
        liquidations=85,
        wrongful_liquidations=0,
        triggers=28,
        wrongful_triggers=0,
        fills=9_293,
        fills_out_of_band=0,
        accounts=2_067,
        accounts_affected=115,
        index_low_e8=10_061 * E8,
        freeze_ms=980,
    )


def timeline() -> tuple[Moment, ...]:
    """What happened, in order."""
    rows = (
        (BAD_FROM_MS, 40_912, "amber says 0.32 for BTC-USDT", "fault", "observed"),
        (BAD_FROM_MS + 90, 40_914, "basalt says 0.32, the same domain", "fault", "observed"),
        (BAD_FROM_MS + 1_000, 40_931, "The detector fires: source far from the others", "venue",
         "observed"),
        (BAD_FROM_MS + 1_000, 40_931, "The index is 0.32; 706 stops fire in one tick", "venue",
         "observed"),
        (FREEZE_MS, 47_377, "An operator freezes the venue", "people", "observed"),
        (FREEZE_MS + 18_000, 0, "The domain harbour was cut off from its market", "people",
         "suspected"),
        (FREEZE_MS + 22_000, 47_902, "Exact set: 1,668 accounts differ, 399 are released", "repair",
         "proven"),
        (POSTED_MS - 6_000, 212_991, "Two people approve the plan", "people", "observed"),
        (POSTED_MS, 213_019, "Posted in one entry; 1,668 receipts", "repair", "proven"),
    )  # fmt: skip
    return tuple(
        msgspec.convert(dict(zip(Moment.__struct_fields__, row, strict=True)), Moment)
        for row in rows
    )
