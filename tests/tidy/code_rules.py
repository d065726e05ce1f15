"""What holds for every Python file: its size, its name, its words, its excuses."""

from __future__ import annotations

import ast
import re

LINES_PER_FILE_MAX = 500
LINES_PER_FUNCTION_MAX = 60
COLUMNS_MAX = 100
EMPTY_NAMES = ("utils", "util", "helpers", "helper", "common", "manager", "base", "impl", "misc")
# Written so that this file obeys its own rule.
UNFINISHED = re.compile(r"\b(TO[D]O|FIX[M]E|X{3})\b")
EXCUSE = re.compile(
    r"#\s*(?:noqa\b(?::\s*[A-Z]+[0-9]+(?:\s*,\s*[A-Z]+[0-9]+)*)?"
    r"|type:\s*ignore(?:\[[^\]]*\])?)(.*)$"
)


def long_file(path: str, source: str) -> list[str]:
    """Find a file that nobody reads in one sitting."""
    count = len(source.splitlines())
    if count <= LINES_PER_FILE_MAX:
        return []
    return [f"{path}: {count} lines; split it by meaning before {LINES_PER_FILE_MAX}"]


def long_lines(path: str, source: str) -> list[str]:
    """Find lines past the margin."""
    return [
        f"{path}:{number}: {len(line)} columns; at most {COLUMNS_MAX}"
        for number, line in enumerate(source.splitlines(), start=1)
        if len(line) > COLUMNS_MAX
    ]


def long_functions(path: str, source: str) -> list[str]:
    """Find functions that do not fit a screen."""
    return [
        f"{path}:{node.lineno}: {node.name} has {length} lines; at most {LINES_PER_FUNCTION_MAX}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LINES_PER_FUNCTION_MAX
    ]


def unfinished_work(path: str, source: str) -> list[str]:
    """Find marks of work that was left for later; it works on any text."""
    return [
        f"{path}:{number}: {match[0]} does not land: finish it or write it down elsewhere"
        for number, line in enumerate(source.splitlines(), start=1)
        if (match := UNFINISHED.search(line))
    ]


def empty_module_name(path: str, source: str = "") -> list[str]:
    """Find modules and folders whose name says nothing about what is in them."""
    words = [part.removesuffix(".py") for part in path.split("/")]
    return [
        f"{path}: {word} says nothing; name the module after what it offers"
        for word in words
        if word in EMPTY_NAMES or word.endswith(tuple(f"_{name}" for name in EMPTY_NAMES))
    ]


def excuses_without_reason(path: str, source: str) -> list[str]:
    """Find silenced lints whose line does not say why."""
    return [
        f"{path}:{number}: an ignore without its reason on the same line"
        for number, line in enumerate(source.splitlines(), start=1)
        if (match := EXCUSE.search(line)) and not re.search(r"[A-Za-z]{2,}.*[a-z]{2,}", match[1])
    ]


def missing_docstring(path: str, source: str) -> list[str]:
    """Find a module that does not say what it is for."""
    return [] if ast.get_docstring(ast.parse(source)) else [f"{path}: a docstring is missing"]


RULES = (
    long_file,
    long_lines,
    unfinished_work,
    empty_module_name,
    excuses_without_reason,
    missing_docstring,
)
# Rules about words in the text, which a planted breach must contain.
ABOUT_WORDS = (unfinished_work, excuses_without_reason)
