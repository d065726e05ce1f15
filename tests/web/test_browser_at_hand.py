"""What the tests of pages need is found, pinned, and missed where it must be there."""

from __future__ import annotations

from pathlib import Path

from tests.web.conftest import NEEDS_CHROMIUM
from tools import fetch_axe
from tools.run_tests import INSTALLED_IN_CI

ROOT = Path(__file__).resolve().parents[2]


def test_a_skip_for_want_of_chromium_is_a_failure_where_it_is_installed() -> None:
    """Otherwise the whole browser half of this folder could be missing behind a green build."""
    assert INSTALLED_IN_CI.search(NEEDS_CHROMIUM)
    assert "chromium" in (ROOT / ".ci" / "run").read_text()


def test_another_axe_than_the_pinned_one_is_refused(tmp_path: Path) -> None:
    """It runs inside our pages; one changed byte is another program."""
    planted = tmp_path / "axe.min.js"

    assert not fetch_axe.is_sound(planted)
    planted.write_bytes(b"/*! axe v4.14.1 */")
    assert not fetch_axe.is_sound(planted)
    if fetch_axe.PLACE.is_file():
        assert fetch_axe.is_sound(fetch_axe.PLACE)
