"""Each rule of the house turns red on a planted breach, and stays quiet on its tidy twin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tidy import code_rules, core_rules, tree_rules

Rule = Callable[[str, str], list[str]]

CORE_BREACHES: list[tuple[Rule, str, str]] = [
    (core_rules.forbidden_imports, "import time", "import hashlib"),
    (core_rules.forbidden_imports, "from random import Random", "from typing import Final"),
    (core_rules.forbidden_imports, "import os.path", "import bisect"),
    (core_rules.forbidden_imports, "import numpy", "from mypy_extensions import i64"),
    (core_rules.forbidden_imports, "def f():\n    import decimal", "def f():\n    import enum"),
    (core_rules.forbidden_imports, "import seawall", "import seawall.core.model"),
    (
        core_rules.forbidden_imports,
        "from seawall.errors import X",
        "from seawall.core import model",
    ),
    (core_rules.forbidden_names, "print(x)", "printed(x)"),
    (core_rules.forbidden_names, "open('f')", "book.open('f')"),
    (core_rules.forbidden_names, "input()", "input_of(x)"),
    (core_rules.forbidden_names, "x: float = 1", "x: int = 1"),
    (core_rules.forbidden_names, "sorted(xs, key=hash)", "sorted(xs, key=order_id)"),
    (core_rules.forbidden_names, "id(x)", "x.id"),
    (core_rules.inexact_arithmetic, "x = 0.5", "x = 5"),
    (core_rules.inexact_arithmetic, "x = 1e8", "x = 100_000_000"),
    (core_rules.inexact_arithmetic, "x = a / b", "x = a // b"),
    (core_rules.inexact_arithmetic, "x /= b", "x //= b"),
    (core_rules.catch_alls, "try: f()\nexcept Exception: g()", "try: f()\nexcept KeyError: g()"),
    (core_rules.catch_alls, "try: f()\nexcept: g()", "try: f()\nexcept ValueError: g()"),
    (core_rules.catch_alls, "try: f()\nexcept (E, Exception): g()", "try: f()\nexcept E: g()"),
    (core_rules.hidden_control_flow, "async def f(): pass", "def f(): pass"),
    (core_rules.hidden_control_flow, "def f():\n    global x", "def f():\n    x = 1"),
    (core_rules.set_iteration, "for x in {1, 2}: f(x)", "for x in [1, 2]: f(x)"),
    (core_rules.set_iteration, "xs = set(ys)\nfor x in xs: f(x)", "for x in sorted(set(ys)): f(x)"),
    (core_rules.set_iteration, "xs: set[int]\n[x for x in xs]", "xs: list[int]\n[x for x in xs]"),
    (
        core_rules.set_iteration,
        "def f(xs: frozenset[int]): list(xs)",
        "def f(xs: set[int]): len(xs)",
    ),
    (core_rules.set_iteration, "self.xs = set()\nself.xs.pop()", "self.xs = []\nself.xs.pop()"),
    (core_rules.set_iteration, "xs = {1}\nf(*xs)", "xs = {1: 2}\nf(*xs)"),
    (core_rules.foreign_words, "symbol_of = 1", "instrument_of = 1"),
    (core_rules.foreign_words, "class WalletState: pass", "class AccountState: pass"),
    (core_rules.foreign_words, "def f(coin): pass", "def f(coincidence): pass"),
]

CODE_BREACHES: list[tuple[Rule, str, str]] = [
    (code_rules.long_file, "x = 1\n" * 501, "x = 1\n" * 500),
    (code_rules.long_lines, "x" * 101, "x" * 100),
    (code_rules.long_functions, "def f():\n" + "    g()\n" * 60, "def f():\n" + "    g()\n" * 59),
    (code_rules.unfinished_work, "# TODO: later", "# to do it later would cost more"),
    (code_rules.unfinished_work, "# FIXME", "# fix me not"),
    (code_rules.excuses_without_reason, "f()  # noqa: E501", "f()  # noqa: E501 - a table row"),
    (
        code_rules.excuses_without_reason,
        "f()  # type: ignore[misc]",
        "f()  # type: ignore[misc]  # the library publishes no types",
    ),
    (code_rules.missing_docstring, "x = 1", '"""What it is for."""'),
    (tree_rules.local_places, "cd /work/main", "cd src/work/main"),
    (tree_rules.local_places, "PATH=/root/bin", "see the roots/of the tree"),
    (tree_rules.local_places, "x @ file:///opt/x", "x==1.0"),
    (tree_rules.local_places, "--index-url x", "index of urls"),
]


@pytest.mark.parametrize(("rule", "breach", "twin"), CORE_BREACHES)
def test_rule_of_the_core_finds_its_breach_only(rule: Rule, breach: str, twin: str) -> None:
    """A rule that cannot fail guards nothing; one that always fails is switched off."""
    assert rule("planted.py", breach)
    assert not rule("planted.py", twin)


@pytest.mark.parametrize(("rule", "breach", "twin"), CODE_BREACHES)
def test_rule_of_the_code_finds_its_breach_only(rule: Rule, breach: str, twin: str) -> None:
    """The same for the rules about text."""
    assert rule("planted.py", breach)
    assert not rule("planted.py", twin)


def test_every_rule_has_a_planted_breach() -> None:
    """A new rule comes with its proof."""
    planted = {rule for rule, _, _ in [*CORE_BREACHES, *CODE_BREACHES]}

    # Names are about the path, not about the text, so they are planted below.
    assert {*core_rules.RULES, *code_rules.RULES} - planted == {code_rules.empty_module_name}


def test_names_that_say_nothing_are_found() -> None:
    """Such modules grow without bound, because anything fits."""
    assert code_rules.empty_module_name("src/seawall/api/utils.py")
    assert code_rules.empty_module_name("src/seawall/common/orders.py")
    assert code_rules.empty_module_name("src/seawall/api/order_manager.py")

    assert not code_rules.empty_module_name("src/seawall/api/base_asset.py")


def test_librt_in_two_modules_is_found() -> None:
    """Two would be two places to change."""
    use = "from librt.internal import read_int"

    assert core_rules.librt_beyond_one_module({"a.py": use, "b.py": use})
    assert not core_rules.librt_beyond_one_module({"a.py": use, "b.py": "import enum"})


def test_built_and_big_files_are_found() -> None:
    """Both would stay in every clone for ever."""
    for name in ("src/seawall/x.cpython-311.so", "build/x.c", ".venv/bin/python", "core.c"):
        assert tree_rules.built_or_big_files({name: 1}), name
    assert tree_rules.built_or_big_files({"docs/tape.csv": 1_000_001})

    assert not tree_rules.built_or_big_files({"src/seawall/build.py": 1_000_000})


def test_broken_links_are_found(tmp_path: Path) -> None:
    """Only relative links are followed: tests need no network."""
    (tmp_path / "there.md").write_text("")

    assert tree_rules.broken_links(tmp_path, "a.md", "see [b](gone.md)")
    assert not tree_rules.broken_links(
        tmp_path, "a.md", "[b](there.md#part) [c](https://x.example)"
    )


def test_tasks_that_the_makefile_lacks_are_found() -> None:
    """Those a document names, and those we promise."""
    makefile = "".join(f"{task}: ## x\n" for task in tree_rules.TASKS)

    assert tree_rules.missing_tasks(makefile, {"README.md": "run `make coffee`"})
    assert tree_rules.missing_tasks(makefile, {"README.md": "```\nmake coffee\n```"})
    assert tree_rules.missing_tasks(makefile.replace("drills:", "drill:"), {})
    assert not tree_rules.missing_tasks(makefile, {"README.md": "`make run` will make money"})


def test_rooms_without_a_door_are_found(tmp_path: Path) -> None:
    """A room must say what it is for."""
    room = tmp_path / "src" / "seawall" / "feeds"
    room.mkdir(parents=True)
    (room / "book.py").write_text("x = 1\n")
    (tmp_path / "src" / "seawall" / "__init__.py").write_text('"""The package."""\n')
    assert len(tree_rules.packages_without_docstring(tmp_path)) == 1

    (room / "__init__.py").write_text("x = 1\n")
    assert len(tree_rules.packages_without_docstring(tmp_path)) == 1

    (room / "__init__.py").write_text('"""Connectors."""\n')
    assert not tree_rules.packages_without_docstring(tmp_path)


def test_tests_of_no_room_are_found(tmp_path: Path) -> None:
    """A renamed room takes its tests along."""
    for folder in ("tests/core/model", "tests/laws", "tests/lost"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "test_x.py").write_text("")
    (tmp_path / "src/seawall/core/model").mkdir(parents=True)

    assert tree_rules.tests_beside_no_room(tmp_path) == [
        "tests/lost: mirrors no room; expected src/seawall/lost"
    ]


def test_untidy_records_are_found() -> None:
    """Each of the four faults alone is enough."""
    body = "\n".join(tree_rules.RECORD_HEADINGS)
    index = "[a](0001-a.md) [b](0001-b.md) [c](first.md)"

    assert not tree_rules.untidy_records({"0001-a.md": body}, index)
    assert tree_rules.untidy_records({"0001-a.md": body, "0001-b.md": body}, index)
    assert tree_rules.untidy_records({"0001-a.md": "## Context"}, index)
    assert tree_rules.untidy_records({"0001-a.md": body}, "an empty index")
    assert tree_rules.untidy_records({"first.md": body}, index)


def test_unpinned_packages_are_found() -> None:
    """A package without a pin may differ tomorrow; two compilers may differ today."""
    project = {
        "build-system": {"requires": ["mypy[mypyc]==2.0"]},
        "project": {"dependencies": ["type_r>=1"], "optional-dependencies": {"dev": ["rough"]}},
    }

    assert not tree_rules.unpinned_packages(project, "# pins\nmypy==2.0\ntype-r==1.1\nrough==3\n")
    assert tree_rules.unpinned_packages(project, "mypy==2.0\ntype-r==1.1\n")
    assert tree_rules.unpinned_packages(project, "mypy==2.1\ntype-r==1.1\nrough==3\n")
    assert tree_rules.unpinned_packages(project, "mypy==2.0\ntype-r==1.1\nrough==3\nother>=1\n")


def test_misnamed_changes_are_found() -> None:
    """A fragment under no heading would be lost at release."""
    assert tree_rules.misnamed_changes(["faster.md"])
    assert tree_rules.misnamed_changes(["faster.improved.md"])
    assert not tree_rules.misnamed_changes(["README.md", "faster-replay.changed.md"])
