"""The report as bytes: one file, nothing from elsewhere, equal figures give equal bytes."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from seawall.web import pages
from seawall.web.report import PriceLine, Report, Tick, render
from seawall.web.report.page import BYTES_MAX, data_of
from tests.web.sample import SAMPLES, SCRIPT, full_report, hostile_report
from tests.web.sample_day import BAD_FROM_MS, E8

ROOT = Path(__file__).resolve().parents[3]
SCRIPT_BYTES_MAX = 2_048
EVERY_SAMPLE = pytest.mark.parametrize("sample", SAMPLES)


@cache
def page_of(sample: str) -> str:
    """A sample as text."""
    return render(SAMPLES[sample](), reproducible=True).decode()


def hashes_allowed(page: str, kind: str) -> list[str]:
    """What the policy of a page allows of a kind."""
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    return re.findall(rf"{kind}-src &#39;sha256-([^&]+)&#39;", policy[1])


def sha256_of(text: str) -> str:
    """A hash as policies write it."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@EVERY_SAMPLE
def test_the_policy_allows_exactly_the_style_and_the_script_of_the_page(sample: str) -> None:
    """One of each; whatever is put in later does not run."""
    page = page_of(sample)
    styles = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)

    assert [sha256_of(text) for text in styles] == hashes_allowed(page, "style")
    assert [sha256_of(text) for text in scripts] == hashes_allowed(page, "script")
    assert len(styles) == len(scripts) == 1
    assert "default-src &#39;none&#39;" in page
    assert len(scripts[0].encode()) <= SCRIPT_BYTES_MAX


@EVERY_SAMPLE
def test_the_page_needs_nothing_from_elsewhere(sample: str) -> None:
    """No address in an attribute but places of the page and the empty icon; no inline code."""
    page = page_of(sample)
    markup = re.sub(r"<(style|script)\b.*?</\1>", "", page, flags=re.DOTALL)
    tags = re.findall(r"<[a-zA-Z][^>]*>", markup)
    places = [
        place for tag in tags for place in re.findall(r'\b(?:href|src|action|data)="([^"]*)"', tag)
    ]

    assert [place for place in places if not place.startswith("#")] == ["data:,"]
    assert not [tag for tag in tags if re.search(r'\s(style|on[a-z]+)="', tag)]
    assert "@import" not in page
    assert "url(" not in page


@EVERY_SAMPLE
def test_a_page_is_within_its_budget(sample: str) -> None:
    """400 KB, script and data included."""
    assert len(page_of(sample)) <= BYTES_MAX


@pytest.mark.slow
def test_a_long_day_of_many_sources_is_within_the_budget_too() -> None:
    """A day has 86,400 ticks and forty lines may be asked for; what cannot be seen is left out."""
    report = full_report()
    begin = BAD_FROM_MS - 43_200_000
    lines = tuple(
        PriceLine(
            name=f"source {number}",
            kind="source",
            points=tuple(
                (begin + second * 1_000, 10_000 * E8 + second * 7_919 * (number + 1) % 997 * E8)
                for second in range(0, 86_400, 19)
            ),
        )
        for number in range(40)
    )
    ticks = tuple(
        Tick(
            clock_ms=begin + second * 1_000,
            liquidations=second % 11,
            wrongful_liquidations=second % 3,
            triggers=second % 7,
            wrongful_triggers=0,
        )
        for second in range(86_400)
        if second % 11 >= second % 3
    )
    prices = msgspec.structs.replace(
        report.prices, from_ms=begin, to_ms=begin + 86_400_000, lines=lines
    )

    assert len(render(msgspec.structs.replace(report, prices=prices, ticks=ticks))) <= BYTES_MAX


@pytest.mark.slow
def test_equal_figures_give_equal_bytes_in_any_process() -> None:
    """Under any hash seed: the drill's byte-equality rests on it."""
    code = (
        "import hashlib; from tests.web.sample import full_report;"
        "from seawall.web.report import render;"
        "print(hashlib.sha256(render(full_report(), reproducible=True)).hexdigest())"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**environment, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }

    here = hashlib.sha256(render(full_report(), reproducible=True)).hexdigest()
    assert said == {f"{here}\n"}


@pytest.mark.slow
def test_only_the_measured_block_may_differ_from_run_to_run() -> None:
    """Wall times stand in one place, and a reproducible report does without it."""
    report = full_report()
    assert report.measured is not None
    slower = msgspec.structs.replace(
        report, measured=msgspec.structs.replace(report.measured, machine="a slower one")
    )

    assert render(report) != render(slower)
    assert render(report, reproducible=True) == render(slower, reproducible=True)
    assert b"Measured on this machine" in render(report)
    assert b"Measured on this machine" not in render(report, reproducible=True)
    block = re.compile(rb'<div class="measured".*?</div>\n', re.DOTALL)
    text = re.compile(rb'<script type="application/json".*?</script>', re.DOTALL)
    measured, reproducible = render(report), render(report, reproducible=True)
    assert text.sub(b"", block.sub(b"", measured)) == text.sub(b"", reproducible)


@EVERY_SAMPLE
def test_the_data_inside_are_the_figures(sample: str) -> None:
    """Whoever wants to compute does not have to read pixels; whole numbers stay whole."""
    page = page_of(sample)
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    report = SAMPLES[sample]()
    expected = data_of(msgspec.structs.replace(report, measured=None))

    def refuse_float(text: str) -> None:
        raise AssertionError(f"a float in the data: {text}")

    shown = json.loads(found[1], parse_float=refuse_float)
    assert shown == json.loads(json.dumps(expected))
    if report.repair is not None:
        assert msgspec.convert(shown["repair"]["postings"], list) == json.loads(
            json.dumps(msgspec.to_builtins(report.repair.postings))
        )


def test_no_text_becomes_code() -> None:
    """Names come from people, and a report goes to everybody."""
    page = render(hostile_report()).decode()

    assert SCRIPT not in page
    assert page.count("<script") == 2
    assert page.count("</script>") == 2
    assert "<b>bold</b>" not in page
    assert "&lt;script&gt;" in page


def test_no_template_calls_anything_safe() -> None:
    """Escaping has no exception: what is printed is text."""
    folder = Path(pages.__file__).parent / pages.TEMPLATES
    for path in sorted(folder.iterdir()):
        assert not re.search(r"\|\s*safe\b|autoescape|Markup", path.read_text()), path.name
    for path in sorted(folder.parent.rglob("*.py")):
        assert "Markup" not in path.read_text(), path.name
    assert pages.environment().autoescape is True


def test_a_name_that_a_template_does_not_get_stops_the_page() -> None:
    """An empty place in a report would be read as zero."""
    with pytest.raises(pages.jinja2.UndefinedError):
        pages.environment().from_string("{{ missing }}").render()


@EVERY_SAMPLE
def test_headings_are_in_order_and_every_section_is_named(sample: str) -> None:
    """For those who listen to a page: one title, sections below it, nothing skipped."""
    page = page_of(sample)
    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - one <= 1 for one, later in pairwise(levels))
    assert '<html lang="en">' in page
    for name in re.findall(r'aria-labelledby="([^"]+)"', page):
        assert page.count(f'id="{name}"') == 1
    assert len(re.findall(r"<section ", page)) == (12 if sample == "crash" else 11)


@EVERY_SAMPLE
def test_every_table_has_headers_with_a_scope(sample: str) -> None:
    """A number without its column is noise."""
    page = page_of(sample)
    for table in re.findall(r"<table.*?</table>", page, re.DOTALL):
        assert re.search(r'<th scope="col"', table)
        assert not re.search(r"<th(?! scope=)[ >]", table.replace("<thead", ""))


@EVERY_SAMPLE
def test_synthetic_data_say_so_in_the_header(sample: str) -> None:
    """Nobody may take a drill for an incident."""
    header = page_of(sample).partition("</header>")[0].partition("<header")[2]

    assert "Synthetic data" in header


def test_recorded_data_are_not_called_synthetic() -> None:
    """The label means something only if it is not always there."""
    live = msgspec.structs.replace(full_report(), synthetic="", kind="incident")

    assert "Synthetic" not in render(live).decode()


def test_a_report_without_a_rerun_says_so_in_each_section() -> None:
    """Sections never disappear; what was not done is said."""
    bare: Report = msgspec.structs.replace(
        full_report(), repair=None, victim=None, reproduction=(), timeline=(), freeze=None
    )
    page = render(bare).decode()

    assert "not yet rerun" in page
    assert page.count("No rerun was made") == 3
    assert "Everything: no rerun was made." in page
    assert "no entry of this day froze anything" in page
    assert "none of them is shown here" in page


def test_a_day_that_wronged_nobody_has_no_victim_and_says_so() -> None:
    """The section stays; only its content is missing."""
    assert "so there is no victim to show" in page_of("crash")


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        (("best_of", "guarded"), "The old way takes the best price"),
        (("guarded",), "The guarded index counts failure domains"),
        (("best_of",), "needs one wrong price to follow it"),
        ((), "some of the sources were wrong"),
    ],
)
def test_the_page_speaks_of_the_lines_that_are_there(kinds: tuple[str, ...], words: str) -> None:
    """The day with protections on may not have been played."""
    report = full_report()
    lines = tuple(one for one in report.prices.lines if one.kind in ("source", *kinds))
    prices = msgspec.structs.replace(report.prices, lines=lines)

    assert words in render(msgspec.structs.replace(report, prices=prices)).decode()
