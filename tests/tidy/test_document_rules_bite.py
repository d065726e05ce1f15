"""Each rule about documents turns red on a planted breach, and stays quiet on its tidy twin."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tidy import document_rules

MODULE = """LIMIT: int = 3

def flush(lane):
    pass

class Lane:
    is_open = False

    async def close(self):
        pass
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a repository with one module."""
    folder = tmp_path / "src" / "seawall" / "gateway"
    folder.mkdir(parents=True)
    (folder / "lanes.py").write_text(MODULE)
    return tmp_path


@pytest.mark.parametrize(
    "span",
    [
        "gateway/gone.py",
        "gateway/lanes.py: gone",
        "gateway/lanes.py: flush, Lane.gone",
        "gateway/lanes.py: close",
        "tests/test_gone.py",
        "gateway/lanes.py:\n    gone",
    ],
)
def test_a_lost_file_or_name_is_found(root: Path, span: str) -> None:
    """Renaming a function must turn the walk red that leads through it."""
    assert document_rules.lost_code(root, "walk.md", f"Then `{span}` acts.")


@pytest.mark.parametrize(
    "span",
    [
        "gateway/lanes.py",
        "src/seawall/gateway/lanes.py: LIMIT",
        "gateway/lanes.py: flush, Lane, Lane.close, Lane.is_open",
        "seawall up",
        "journal/00000001.db",
    ],
)
def test_what_is_there_is_no_finding(root: Path, span: str) -> None:
    """The rule must leave other code spans alone."""
    assert document_rules.lost_code(root, "walk.md", f"Then `{span}` acts.") == []


def test_an_invariant_without_guard_is_found() -> None:
    """Each names its own test, also within one list."""
    bare = "- Invariant: money is neither made nor lost.\n"
    guarded = "- Invariant: nothing is lost\n  (`tests/laws/test_twin.py: test_it`).\n"

    assert document_rules.unguarded_invariants("a.md", guarded) == []
    assert len(document_rules.unguarded_invariants("a.md", bare + guarded)) == 1
    assert len(document_rules.unguarded_invariants("a.md", guarded + bare)) == 1


def test_an_invented_glossary_name_is_found() -> None:
    """Only the last column is held to be code."""
    text = "| term | meaning | name |\n| hold | not `lock_money` | `hold`, `Ledger.hold` |\n"

    assert document_rules.unknown_glossary_names(text, {"hold", "Ledger"}.__contains__) == []
    assert document_rules.unknown_glossary_names(text, {"hold"}.__contains__)


def test_a_word_that_is_only_mentioned_in_prose_is_not_documented() -> None:
    """A page shows a name as code."""
    assert document_rules.undocumented("a.md", "the port", ["port"])
    assert document_rules.undocumented("a.md", "the `port`", ["port"]) == []
