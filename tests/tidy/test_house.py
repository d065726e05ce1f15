"""The repository obeys its own rules; every finding names its place and what was expected."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tests.tidy import code_rules, core_rules, tree_rules

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = tree_rules.tracked_files(ROOT)
PYTHON = {name: (ROOT / name).read_text() for name in FILES if name.endswith(".py")}
SOURCES = {name: text for name, text in PYTHON.items() if name.startswith("src/")}
CORE = {name: text for name, text in SOURCES.items() if name.startswith("src/seawall/core/")}
DOCUMENTS = {name: (ROOT / name).read_text() for name in FILES if name.endswith(".md")}
RECORDS = "docs/decisions/"
# The one file that must contain what the rules about text look for.
PLANTED = "tests/tidy/test_rules_bite.py"


def check(findings: list[str]) -> None:
    """Fail with every finding on its own line."""
    assert not findings, "\n" + "\n".join(findings)


def test_core_is_there() -> None:
    """A rule over no files is no rule."""
    assert CORE


def test_core_is_pure_and_deterministic() -> None:
    """The same entries must give the same bytes on any machine, on any run."""
    check(
        [
            one
            for name, text in CORE.items()
            for rule in core_rules.RULES
            for one in rule(name, text)
        ]
    )


def test_librt_stays_behind_one_module() -> None:
    """The fast words of the codec can then be replaced in one place."""
    check(core_rules.librt_beyond_one_module(CORE))


def test_python_files_are_short_named_and_finished() -> None:
    """A file that fits a sitting and says what it is for can be reviewed."""
    check(
        [
            one
            for name, text in PYTHON.items()
            for rule in code_rules.RULES
            if name != PLANTED or rule not in code_rules.ABOUT_WORDS
            for one in rule(name, text)
        ]
    )


def test_functions_fit_a_screen() -> None:
    """Longer ones hide a decision among their leaves."""
    check([one for name, text in SOURCES.items() for one in code_rules.long_functions(name, text)])


def test_no_document_or_script_is_unfinished() -> None:
    """What is to be done later stands in the tracker, not in the tree."""
    texts = {name: tree_rules.text_of(ROOT / name) for name in FILES if not name.endswith(".py")}
    check([one for name, text in texts.items() for one in code_rules.unfinished_work(name, text)])


def test_nothing_built_or_big_is_tracked() -> None:
    """A clone must be small, and what a build makes must come from the build."""
    check(tree_rules.built_or_big_files({name: (ROOT / name).stat().st_size for name in FILES}))


def test_no_file_names_a_place_of_one_machine() -> None:
    """A clone must work anywhere."""
    check(
        [
            one
            for name in FILES
            if name != PLANTED
            for one in tree_rules.local_places(name, tree_rules.text_of(ROOT / name))
        ]
    )


def test_links_lead_somewhere() -> None:
    """A document whose links are dead is not trusted."""
    check(
        [
            one
            for name, text in DOCUMENTS.items()
            for one in tree_rules.broken_links(ROOT, name, text)
        ]
    )


def test_every_named_task_is_in_the_makefile() -> None:
    """If it is not in the Makefile, it is not part of the work."""
    check(tree_rules.missing_tasks((ROOT / "Makefile").read_text(), DOCUMENTS))


def test_every_room_says_what_it_is_for() -> None:
    """The door of a room is where reading starts."""
    check(tree_rules.packages_without_docstring(ROOT))


def test_tests_mirror_the_source_tree() -> None:
    """The tests of a room are found without searching."""
    check(tree_rules.tests_beside_no_room(ROOT))


def test_decision_records_are_numbered_once_and_listed() -> None:
    """A number must lead to one record."""
    records = {
        name.removeprefix(RECORDS): text
        for name, text in DOCUMENTS.items()
        if name.startswith(RECORDS) and Path(name).name not in {"README.md", "template.md"}
    }
    assert records
    check(tree_rules.untidy_records(records, DOCUMENTS[f"{RECORDS}README.md"]))


def test_every_package_is_pinned() -> None:
    """What was tested is what is installed, and one compiler builds both."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    check(tree_rules.unpinned_packages(project, (ROOT / "constraints.txt").read_text()))


def test_changes_can_be_placed_in_the_changelog() -> None:
    """The name of a fragment says under which heading it goes."""
    check(
        tree_rules.misnamed_changes(
            name.removeprefix("changes/") for name in FILES if name.startswith("changes/")
        )
    )
