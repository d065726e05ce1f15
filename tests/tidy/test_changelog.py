"""The fragments of changes become one section of the changelog, and then they are gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.changelog import release

BEFORE = "# Changelog\n\nWhat changed.\n\n## 0.1.0 — 2026-01-01\n\n### Added\n\n- Everything.\n"
AFTER = """# Changelog

What changed.

## 0.2.0 — 2026-02-01

### Added

- Repairs can be verified
  offline.

### Fixed

- A halt lets cancels through.

## 0.1.0 — 2026-01-01

### Added

- Everything.
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a tree with a changelog and two fragments."""
    (tmp_path / "CHANGELOG.md").write_text(BEFORE)
    changes = tmp_path / "changes"
    changes.mkdir()
    (changes / "README.md").write_text("How to write one.\n")
    (changes / "verify-repairs.added.md").write_text("Repairs can be verified\noffline.\n")
    (changes / "cancel-in-halt.fixed.md").write_text("A halt lets cancels through.\n")
    return tmp_path


def test_release_moves_the_fragments_above_the_newest_section(tree: Path) -> None:
    """Readers find the newest release first."""
    release(tree, "0.2.0", "2026-02-01")

    assert (tree / "CHANGELOG.md").read_text() == AFTER
    assert [path.name for path in (tree / "changes").iterdir()] == ["README.md"]


def test_a_misnamed_fragment_stops_the_release(tree: Path) -> None:
    """It would be lost without a word; nothing is written instead."""
    (tree / "changes" / "faster.md").write_text("Faster.\n")

    with pytest.raises(SystemExit, match=r"faster\.md"):
        release(tree, "0.2.0", "2026-02-01")

    assert (tree / "CHANGELOG.md").read_text() == BEFORE


def test_a_release_needs_a_change(tree: Path) -> None:
    """An empty section would say that something happened."""
    release(tree, "0.2.0", "2026-02-01")

    with pytest.raises(SystemExit, match="no fragments"):
        release(tree, "0.3.0", "2026-03-01")
