"""The report as one file of HTML: figures in, bytes out."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from seawall.web import numbers
from seawall.web.pages import render_file
from seawall.web.report import damage_picture, equity_picture, outcome, price_picture, views
from seawall.web.report.faults import report_fault
from seawall.web.report.figures import Report
from seawall.web.report.picture_frame import SIZES, WIDE

BYTES_MAX: Final = 400_000


def render(report: Report, *, reproducible: bool = False) -> bytes:
    """The page. With `reproducible` the block of measured times is left out, and equal figures give
    equal bytes on any machine. A report that `report_fault` finds fault with is a bug of whoever
    filled it.
    """
    fault = report_fault(report)
    assert not fault, f"a report that cannot be shown: {fault}"
    if reproducible:
        report = msgspec.structs.replace(report, measured=None)
    page = render_file(
        page="report.html",
        style="report.css",
        script="crosshair.js",
        report=report,
        data=data_of(report),
        **_facts(report),
    )
    assert len(page) <= BYTES_MAX, f"a report of {len(page)} bytes; at most {BYTES_MAX}"
    return page


def data_of(report: Report) -> dict[str, Any]:
    """What the page holds for machines: every figure, and lines as far as the pictures show them.

    Ticks are added up to bars, lines are thinned, and of what remains open the lines that are shown
    are there; their counts and sums are whole.
    """
    bars, _ = damage_picture.damage_bars(report.ticks)
    shown = msgspec.structs.replace(
        report,
        prices=price_picture.thinned_prices(report.prices, WIDE),
        ticks=tuple(damage_picture.tick_of(bar) for bar in bars),
    )
    if report.victim is not None:
        actual, repaired = equity_picture.thinned_equity(report.victim, WIDE)
        victim = msgspec.structs.replace(
            report.victim, equity_actual=tuple(actual), equity_repaired=tuple(repaired)
        )
        shown = msgspec.structs.replace(shown, victim=victim)
    if report.repair is not None:
        remains = tuple(
            msgspec.structs.replace(one, lines=one.lines[: views.OPEN_LINES_MAX])
            for one in report.repair.remains
        )
        repair = msgspec.structs.replace(report.repair, remains=remains)
        shown = msgspec.structs.replace(shown, repair=repair)
    data: dict[str, Any] = msgspec.to_builtins(shown)
    return data


def _facts(report: Report) -> dict[str, Any]:
    repair, victim = report.repair, report.victim
    bars, ticks_per_bar = damage_picture.damage_bars(report.ticks)
    return {
        "title": outcome.title_of(report),
        "lead": outcome.lead_of(report),
        "outcome": outcome.outcome_of(report),
        "tiles": views.tiles_of(report),
        "day_of": numbers.date(report.prices.from_ms),
        "price_note": price_picture.price_note(report.prices),
        "price_charts": [price_picture.price_chart(report, size) for size in SIZES],
        "price_lines": price_picture.thinned_prices(report.prices, WIDE).lines,
        "damage_charts": [damage_picture.damage_chart(report, size) for size in SIZES]
        if bars
        else [],
        "damage_bars": bars,
        "ticks_per_bar": ticks_per_bar,
        "damage_caption": damage_picture.damage_summary(report),
        "after_freeze": _after_freeze(report),
        "equity_charts": [equity_picture.equity_chart(victim, size) for size in SIZES]
        if victim is not None
        else [],
        "matrix": views.matrix_of(repair.fills) if repair is not None else (),
        "portions": views.portions_of(repair.fills) if repair is not None else (),
        "reviewed": views.reviewed_fills(repair.fills) if repair is not None else 0,
        "remedies": views.remedies_of(repair) if repair is not None else (),
        "funnel": views.funnel_of(repair.accounts) if repair is not None else (),
        "differences": views.differences_of(victim) if victim is not None else (),
        "story": views.victim_story(victim) if victim is not None else "",
        "proofs": views.proof_lines(repair) if repair is not None else (),
        "failed": outcome.failed_of(repair) if repair is not None else 0,
        "sums": views.sums_of(repair) if repair is not None else None,
        "comparison": views.comparison_of(report),
        "remains": views.open_parts(repair) if repair is not None else (),
        "open_lines_max": views.OPEN_LINES_MAX,
    }


def _after_freeze(report: Report) -> int | None:
    """Wrongful acts after the freeze; None without a freeze."""
    if report.freeze is None:
        return None
    return sum(
        tick.wrongful_liquidations + tick.wrongful_triggers
        for tick in report.ticks
        if tick.clock_ms > report.freeze.clock_ms
    )
