"""The report in a real browser: from a file, without network, on any screen, on paper, for all."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from playwright.sync_api import Page

from seawall.web import tokens
from seawall.web.report import render
from tests.web.conftest import Visits
from tests.web.sample import SAMPLES, full_report

pytestmark = pytest.mark.slow

EVERY_SAMPLE = pytest.mark.parametrize("sample", SAMPLES)
EVERY_THEME = pytest.mark.parametrize("theme", ["light", "dark"])
# A desk, a small laptop, a phone, and a desk at four hundred percent.
EVERY_WIDTH = pytest.mark.parametrize("width", [1440, 1024, 390, 360])
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DEFICIENCIES = ("deuteranopia", "protanopia", "achromatopsia")

OVERFLOWING = """() => {
  const width = document.documentElement.clientWidth;
  const found = [];
  if (document.documentElement.scrollWidth > width) found.push("the page");
  for (const one of document.body.querySelectorAll("*")) {
    const box = one.getBoundingClientRect();
    const isHidden = box.width <= 1 || getComputedStyle(one).visibility === "hidden";
    if (isHidden || one.closest("thead") || one.closest("svg")) continue;
    if (box.right > width + 1 || box.left < -1) found.push(one.outerHTML.slice(0, 120));
  }
  return found;
}"""
CLIPPED_WORDS = """() => [...document.querySelectorAll("svg.chart")].flatMap((svg) => {
  const box = svg.getBoundingClientRect();
  if (!box.width) return [];
  return [...svg.querySelectorAll("text")].filter((word) => {
    const at = word.getBoundingClientRect();
    return at.left < box.left - 1 || at.right > box.right + 1 || at.top < box.top - 1;
  }).map((word) => word.textContent);
})"""


@cache
def page_of(sample: str) -> bytes:
    """A sample as a page."""
    return render(SAMPLES[sample]())


@EVERY_SAMPLE
@EVERY_THEME
def test_report_makes_no_request_and_no_complaint(visits: Visits, sample: str, theme: str) -> None:
    """Offline, from a file: one request, for itself; nothing on the console; no policy violated."""
    visit = visits.open(page_of(sample), theme=theme)
    visit.page.hover("svg.chart.wide >> nth=0")

    assert [] == visit.complaints
    assert [visit.page.url] == visit.requests


def test_a_foreign_request_and_an_inline_style_are_noticed(visits: Visits) -> None:
    """The test above must be able to fail."""
    planted = page_of("full").replace(
        b"</main>", b'<p style="color:red">x</p><img src="https://example.com/x.png"></main>'
    )
    visit = visits.open(planted)

    assert [one for one in visit.complaints if "policy: style-src-attr" in one]
    assert [one for one in visit.complaints if "policy: img-src" in one]


@EVERY_SAMPLE
@EVERY_WIDTH
def test_nothing_runs_over_the_edge(visits: Visits, sample: str, width: int) -> None:
    """Whatever the names and balances; and no word of a picture is cut off."""
    visit = visits.open(page_of(sample), width=width)
    for summary in visit.page.locator("summary").all():
        summary.click()

    assert [] == visit.page.evaluate(OVERFLOWING)
    assert [] == visit.page.evaluate(CLIPPED_WORDS)


@pytest.mark.parametrize("family", ["Noto Sans", "DejaVu Sans", "Liberation Sans", "monospace"])
def test_no_typeface_breaks_the_page(visits: Visits, family: str) -> None:
    """A report brings no font; it holds with those that readers have, and with wider ones."""
    for width in (1440, 390):
        page = visits.open(page_of("hostile"), width=width, bypass_csp=True).page
        page.add_style_tag(content=f':root {{ --sans: "{family}", sans-serif; }}')

        assert [] == page.evaluate(OVERFLOWING)
        assert [] == page.evaluate(CLIPPED_WORDS)


def test_an_overflow_is_noticed(visits: Visits) -> None:
    """The test above must be able to fail."""
    wide = page_of("full").replace(
        b"</main>", b"<p><nobr>" + b"wide " * 400 + b"</nobr></p></main>"
    )
    visit = visits.open(wide, width=390)

    assert visit.page.evaluate(OVERFLOWING)


@EVERY_SAMPLE
def test_the_page_is_complete_without_script(visits: Visits, sample: str) -> None:
    """Every word, every picture."""
    with_script = visits.open(page_of(sample)).page
    without = visits.open(page_of(sample), has_script=False).page

    assert with_script.inner_text("body") == without.inner_text("body")
    assert with_script.locator("svg.chart").count() == without.locator("svg.chart").count() > 0


@pytest.mark.parametrize(
    ("width", "shown", "hidden"), [(1440, "wide", "narrow"), (390, "narrow", "wide")]
)
def test_each_screen_has_a_picture_of_its_own(
    visits: Visits, width: int, shown: str, hidden: str
) -> None:
    """So that words in pictures stay readable on a phone: never below ten pixels."""
    page = visits.open(page_of("full"), width=width).page
    for name in ("prices", "damage", "equity"):
        assert page.locator(f"svg.{shown}[data-chart={name}]").is_visible()
        assert page.locator(f"svg.{hidden}[data-chart={name}]").is_hidden()

    heights = page.evaluate(
        f"() => [...document.querySelectorAll('svg.{shown} text')]"
        ".map((word) => word.getBoundingClientRect().height)"
    )
    assert min(heights) >= 10


@EVERY_SAMPLE
def test_the_report_prints(visits: Visits, sample: str) -> None:
    """To paper of ordinary size, in light colours, on more than one and less than twenty pages."""
    page = visits.open(page_of(sample), theme="dark").page
    paper = page.pdf(format="A4", print_background=True)

    assert paper.startswith(b"%PDF-")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", paper)) < 20
    page.emulate_media(media="print")
    assert "rgb(255, 255, 255)" == page.evaluate(
        "getComputedStyle(document.documentElement).backgroundColor"
    )
    assert page.locator("nav").is_hidden()
    page.set_viewport_size({"width": 703, "height": 1_000})  # A4 within its margins
    assert [] == page.evaluate(OVERFLOWING)


@EVERY_THEME
def test_a_reader_gets_the_theme_that_he_prefers(visits: Visits, theme: str) -> None:
    """From the first paint, without script."""
    page = visits.open(page_of("full"), theme=theme, has_script=True).page
    wanted = (tokens.DARK if theme == "dark" else tokens.LIGHT)["bg"]
    channels = ", ".join(str(int(wanted[at : at + 2], 16)) for at in (1, 3, 5))

    assert f"rgb({channels})" == page.evaluate(
        "getComputedStyle(document.documentElement).backgroundColor"
    )


def violations(page: Page, axe: str) -> list[tuple[str, list[str]]]:
    """What axe finds: rule and places."""
    page.evaluate(axe)
    found: dict[str, Any] = page.evaluate(
        "(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags},"
        " resultTypes: ['violations']})",
        AXE_TAGS,
    )
    return [
        (one["id"], [node["html"][:160] for node in one["nodes"][:3]])
        for one in found["violations"]
    ]


# Each sample, each theme and both kinds of screen, without every combination of them.
@pytest.mark.parametrize(
    ("sample", "theme", "width"),
    [
        ("full", "light", 1440),
        ("full", "dark", 390),
        ("failed", "dark", 1440),
        ("crash", "light", 390),
        ("victimless", "dark", 1440),
        ("hostile", "light", 1440),
    ],
)
def test_axe_finds_nothing(visits: Visits, axe: str, sample: str, theme: str, width: int) -> None:
    """WCAG 2.0, 2.1 and 2.2, A and AA, and what axe calls best practice."""
    page = visits.open(page_of(sample), theme=theme, width=width, bypass_csp=True).page
    for summary in page.locator("summary").all():
        summary.click()

    assert [] == violations(page, axe)


def test_axe_is_not_blind(visits: Visits, axe: str) -> None:
    """The test above must be able to fail: pale words, and a picture without any."""
    planted = page_of("crash").replace(
        b"</main>", b'<p style="color:#cccccc">pale</p><img src="data:,"></main>'
    )
    page = visits.open(planted, bypass_csp=True).page

    assert {"color-contrast", "image-alt"} <= {rule for rule, _ in violations(page, axe)}


def test_direction_is_told_without_colour(visits: Visits) -> None:
    """Each difference has a sign and an arrow in its text, in any eyes."""
    page = visits.open(page_of("full")).page
    session = page.context.new_cdp_session(page)
    for deficiency in DEFICIENCIES:
        session.send("Emulation.setEmulatedVisionDeficiency", {"type": deficiency})
        up = page.locator("td.up").all_inner_texts()
        down = page.locator("td.down").all_inner_texts()

        assert up and all("▲" in text and "+" in text for text in up)
        assert down and all("▼" in text and "−" in text for text in down)
    verdicts = page.locator("table.matrix td .verdict").all_inner_texts()
    assert ["Stand", "Void", "Split", "Void", "Void", "Void"] == [one.strip() for one in verdicts]


def test_lines_differ_by_more_than_colour(visits: Visits) -> None:
    """By dash or width: the guarded index, the best of all, wrong and sound sources."""
    page = visits.open(page_of("full")).page
    looks = {
        css: page.evaluate(
            "(css) => { const style = getComputedStyle(document.querySelector(css));"
            " return style.strokeDasharray + ' ' + style.strokeWidth; }",
            f"svg.wide .ln.{css}",
        )
        for css in ("guarded", "best", "faulty", "sound", "as-happened", "as-repaired")
    }

    assert len({looks[css] for css in ("guarded", "best", "faulty", "sound")}) == 4
    assert looks["as-happened"] != looks["as-repaired"]


def test_the_crosshair_reads_the_lines(visits: Visits) -> None:
    """What stands under the pointer is what the data say."""
    page = visits.open(page_of("full")).page
    chart = page.locator("svg.wide[data-chart=prices]")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    words = page.locator("#prices .readout").inner_text()

    assert "amber 0.32" in words
    assert "basalt 0.32" in words
    assert re.search(r"guarded index 10,\d{3}\.\d\d", words)
    assert "best of all" not in words  # it ends with the freeze
    page.mouse.move(5, 5)
    assert "" == page.locator("#prices .readout").inner_text()


def test_everything_that_can_be_done_can_be_done_by_keyboard(visits: Visits) -> None:
    """Contents and figures; what has the focus shows it."""
    page = visits.open(page_of("full")).page
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.tagName"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"

    assert reached == ["A"] * 11 + ["SUMMARY"] * 3
    page.keyboard.press("Enter")
    assert page.locator("#victim details").get_attribute("open") is not None


def test_code_in_a_name_is_only_a_name(visits: Visits) -> None:
    """It is shown, and it does not run."""
    visit = visits.open(page_of("hostile"))

    assert [] == visit.complaints
    assert "<script>alert('x')</script>" in visit.page.inner_text("h1")
    assert "<b>bold</b>" in visit.page.inner_text("#victim")


def test_a_thirteen_digit_balance_is_whole(visits: Visits) -> None:
    """To its last unit, on a phone too."""
    page = visits.open(page_of("hostile"), width=390).page

    assert "9,999,999,999,999.12345678" in page.inner_text("#victim")


def test_the_report_is_dated_by_the_venue(visits: Visits) -> None:
    """Times are marked up for machines, in UTC."""
    page = visits.open(page_of("full")).page
    report = full_report()

    times = page.locator("time").evaluate_all("(all) => all.map((one) => one.dateTime)")
    assert len(times) == len(report.timeline)
    assert times[0] == "2019-08-23T05:55:02.000Z"
