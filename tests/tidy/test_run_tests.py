"""The runner of the tests tells the truth about what ran."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.run_tests import Outcome, complaints, read_report, summary

REPORT = """<testsuites><testsuite>
<testcase classname="a" name="passes"/>
<testcase classname="a" name="fails"><failure message="no"/></testcase>
<testcase classname="a" name="breaks in teardown"/>
<testcase classname="a" name="breaks in teardown"><error message="no"/></testcase>
<testcase classname="a" name="skips"><skipped message="needs PostgreSQL"/></testcase>
</testsuite></testsuites>"""


@pytest.fixture
def outcome(tmp_path: Path) -> Outcome:
    """Return what the report above says."""
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    result = Outcome("core: compiled", is_broken=False)
    read_report(report, result)
    return result


def test_each_test_counts_once_by_the_worst_that_happened(outcome: Outcome) -> None:
    """A test that passed and then broke while cleaning up has not passed."""
    assert (outcome.passed, outcome.failed) == (1, 2)
    assert outcome.skips == ["a::skips: needs PostgreSQL"]


def test_totals_stand_alone_on_the_last_line(outcome: Outcome) -> None:
    """Scripts read that line."""
    lines = summary([outcome, outcome])

    assert lines[-2] == "core: compiled — 1 passed, 2 failed, 1 skipped"
    assert lines[-1] == "2 passed, 4 failed, 2 skipped"


def test_nothing_that_ran_is_no_success() -> None:
    """A suite that collects nothing shows nothing."""
    assert complaints([Outcome("core: compiled", is_broken=False)], is_ci=False)
    assert complaints([Outcome("core: compiled", is_broken=True, passed=9)], is_ci=False)
    assert complaints([Outcome("core: compiled", is_broken=False, passed=9, failed=1)], is_ci=False)

    assert not complaints([Outcome("core: compiled", is_broken=False, passed=9)], is_ci=False)


def test_a_skip_for_want_of_what_ci_installs_fails_there_only() -> None:
    """Elsewhere a missing server is the machine's business."""
    outcome = Outcome("core: compiled", False, passed=9, skips=["a: needs PostgreSQL, see README"])

    assert complaints([outcome], is_ci=True)
    assert not complaints([outcome], is_ci=False)
