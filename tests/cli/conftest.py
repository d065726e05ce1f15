"""Venues with a case of repair, made once for all tests that look at them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.cases import CASE, approve, repair
from tests.node.venue import seawall
from tests.repair.wrong_day import WrongDay


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stopped venue with a plan that nobody has approved."""
    day = WrongDay(tmp_path_factory.mktemp("planned") / "venue")
    done = seawall("repair", "plan", str(day.directory), "--edits", str(day.edits_file()))
    assert done.returncode == 0, done.stderr
    assert CASE in done.stdout
    return day.directory


@pytest.fixture
def venue(planned: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return Path(shutil.copytree(planned, tmp_path / "venue"))


@pytest.fixture(scope="session")
def posted(planned: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with the case posted."""
    venue = tmp_path_factory.mktemp("posted") / "venue"
    shutil.copytree(planned, venue)
    approve(venue, "olga", "otto")
    assert repair(venue, "apply").returncode == 0
    return venue
