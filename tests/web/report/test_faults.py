"""What cannot be true is not shown: each fault of the figures is found, and named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from seawall.web.report import Amount, Moment, Report, VictimRow, render, report_fault
from tests.web.sample import SAMPLES, full_report
from tests.web.sample_day import BAD_FROM_MS
from tests.web.sample_repair import usdt

Change = Callable[[Report], Report]


def report_with(**fields: Any) -> Change:
    """A change of the report itself."""
    return lambda report: msgspec.structs.replace(report, **fields)


def part_with(part: str, **fields: Any) -> Change:
    """A change of one of its parts."""
    return lambda report: msgspec.structs.replace(
        report, **{part: msgspec.structs.replace(getattr(report, part), **fields)}
    )


def repair_with(part: str, **fields: Any) -> Change:
    """A change of the first of the parts of a repair, or of its only one."""

    def change(report: Report) -> Report:
        parts = getattr(report.repair, part)
        if isinstance(parts, tuple):
            changed: Any = (msgspec.structs.replace(parts[0], **fields), *parts[1:])
        else:
            changed = msgspec.structs.replace(parts, **fields)
        repair = msgspec.structs.replace(report.repair, **{part: changed})
        return msgspec.structs.replace(report, repair=repair)

    return change


def doubled(part: str) -> Change:
    """The first of the parts of a repair, twice."""

    def change(report: Report) -> Report:
        parts = getattr(report.repair, part)
        repair = msgspec.structs.replace(report.repair, **{part: (*parts, parts[0])})
        return msgspec.structs.replace(report, repair=repair)

    return change


MOMENT = Moment(clock_ms=1, seq=1, what="x", kind="venue")
FAULTS: dict[str, tuple[Change, str]] = {
    "headline with a full stop": (report_with(headline="It fell."), "full stop"),
    "cause that is no sentence": (report_with(cause="a feed"), "must be a sentence"),
    "banned word": (report_with(cause="A glitch happened."), "no page says"),
    "banned word in a fact": (report_with(why_nothing=("Funds are safe.",)), "no page says"),
    "window outside": (part_with("prices", bad_to_ms=BAD_FROM_MS - 1), "inside the picture"),
    "no time": (part_with("prices", to_ms=0), "after it begins"),
    "too long a timeline": (report_with(timeline=(MOMENT,) * 101), "at most 100"),
    "wrongful beyond all": (part_with("day", wrongful_liquidations=552), "551 liquidations"),
    "out of band beyond all": (part_with("other_day", fills_out_of_band=9_294), "9293 fills"),
    "more affected than there are": (repair_with("accounts", affected=2_068), "2067 accounts"),
    "classes beyond affected": (repair_with("accounts", only_fees=1_500), "among the affected"),
    "unknown policy": (repair_with("remedies", policy="rollback"), "rollback"),
    "policy twice": (doubled("remedies"), "priced once"),
    "unknown claim": (repair_with("proofs", claim="all_is_well"), "all_is_well"),
    "claim twice": (doubled("proofs"), "stated once"),
    "required claim missing": (repair_with("proofs", claim="every_receipt_verifies"), "plain_null"),
    "unknown group": (repair_with("postings", group="friends"), "friends"),
    "group twice": (doubled("postings"), "stated once"),
    "two scales": (
        repair_with("remedies", operator_cost=(Amount(asset="USDT", units=1, scale=6),)),
        "scales 8 and 6",
    ),
    "amount of nothing": (
        repair_with("remedies", operator_cost=(Amount(asset="", units=1),)),
        "names its asset",
    ),
    "victim without equity": (part_with("victim", equity_actual=()), "equity in both"),
    "amount against words": (
        part_with("victim", rows=(VictimRow(what="x", actual=usdt("1"), repaired="none"),)),
        "compares an amount with words",
    ),
    "two assets": (
        part_with(
            "victim",
            rows=(VictimRow(what="x", actual=usdt("1"), repaired=Amount(asset="BTC", units=1)),),
        ),
        "compares two assets",
    ),
    "time running backwards": (
        part_with("victim", equity_actual=((2, 1), (1, 1))),
        "in the order of time",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_and_named(fault: str) -> None:
    """Refuse rather than guess."""
    change, words = FAULTS[fault]
    broken = change(full_report())

    assert words in report_fault(broken)
    with pytest.raises(AssertionError, match="cannot be shown"):
        render(broken)


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sound_report_has_no_fault(sample: str) -> None:
    """Also a hostile one: ugly is not wrong."""
    assert report_fault(SAMPLES[sample]()) == ""
