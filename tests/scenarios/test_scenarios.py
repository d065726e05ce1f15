"""Every scenario ends as its file says, and the files cover what they must."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from seawall.core.model.enums import CANCEL_REASON_NAMES
from seawall.core.model.rejects import REJECT_TEXTS
from tests.scenarios import script

HERE = Path(__file__).resolve().parent
FILES = sorted(HERE.rglob("*.txt"))
NAMES = [path.relative_to(HERE).with_suffix("").as_posix() for path in FILES]
IS_LONG = re.compile(r"^repeat \d", re.MULTILINE)


def marked(path: Path) -> object:
    """Scenarios that repeat take longer."""
    return pytest.param(path, marks=pytest.mark.slow if IS_LONG.search(path.read_text()) else ())


def expectations() -> str:
    """Everything behind an arrow."""
    return "\n".join(line.expected for path in FILES for line in script.read(path))


def check(path: Path) -> None:
    """Play a scenario: every line comes to what is written behind it, and no law breaks."""
    lines = script.read(path)
    outcomes, stage = script.play(lines)
    expected = script.written(lines, [line.expected for line in lines])

    assert expected == script.written(lines, outcomes)
    assert stage.witness.complaints == []
    assert stage.engine.ledger_faults() == []


@pytest.mark.parametrize("path", [marked(path) for path in FILES], ids=NAMES)
def test_scenario_ends_as_told(path: Path) -> None:
    """A difference is a change of behaviour: understand it, then `make accept`."""
    check(path)


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_scenario_opens_with_what_it_tells(path: Path) -> None:
    """A reader should know from the first line why the scenario is there."""
    first = path.read_text().splitlines()[0]

    assert re.fullmatch(rf"# tests/scenarios/{path.relative_to(HERE)} — .+", first)


@pytest.mark.parametrize("reason", [name for name, _ in REJECT_TEXTS.values()])
def test_every_reject_reason_has_a_scenario(reason: str) -> None:
    """A reason that no scenario shows is one that nobody has looked at."""
    assert re.search(rf"rejected: {reason}\b", expectations())


@pytest.mark.parametrize("reason", CANCEL_REASON_NAMES)
def test_every_cancel_reason_has_a_scenario(reason: str) -> None:
    """The same for the ways in which an order ends."""
    assert re.search(rf"(cancelled|ends): {reason}\b", expectations())


def test_a_wrong_expectation_is_found(tmp_path: Path) -> None:
    """A scenario that cannot fail tells nothing."""
    path = tmp_path / "wrong.txt"
    path.write_text("place a1 alice BTC-USDT buy 1 @ 100 gtc -> rejected: bad_price\n")
    with pytest.raises(AssertionError, match="accepted"):
        check(path)


def test_accepting_a_scenario_that_passes_changes_nothing() -> None:
    """The files are as `make accept` writes them, also their spaces."""
    for path in FILES:
        lines = script.read(path)

        assert script.written(lines, [line.expected for line in lines]) == path.read_text()
