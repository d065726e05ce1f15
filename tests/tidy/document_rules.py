"""What holds for documents that speak about code: what they name must be there."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

SPAN = re.compile(r"`([^`]+)`")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
# `room/file.py` or `room/file.py: name, Class.method`; paths from src/seawall or the root.
CODE_FILE = re.compile(r"^((?:[\w.-]+/)*[\w.-]+\.(?:py|toml))(?:: (.+))?$")
INVARIANT = re.compile(r"^(?:[-*] )?Invariant: ", re.MULTILINE)
GUARD = re.compile(r"`(tests/[\w/]+\.py)(?:: ([\w, ]+))?`")
ROW = re.compile(r"^\| (.+) \|$", re.MULTILINE)
NAME = re.compile(r"[A-Za-z_]\w+")


def code_spans(text: str) -> list[str]:
    """Return what a document shows as code inside a sentence, also when it is wrapped."""
    paragraphs = re.split(r"\n\s*\n", FENCE.sub("", text))
    return [" ".join(span.split()) for one in paragraphs for span in SPAN.findall(one)]


def defined_names(text: str) -> set[str]:
    """Return what a module defines: functions, classes, constants, and `Class.member`."""
    found: set[str] = set()

    def collect(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                found.add(prefix + node.name)
                collect(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found.add(prefix + node.name)
            elif isinstance(node, ast.Assign):
                found.update(prefix + one.id for one in node.targets if isinstance(one, ast.Name))
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found.add(prefix + node.target.id)

    collect(ast.parse(text).body, "")
    return found


def find_file(root: Path, name: str) -> Path | None:
    """Return the file that a document calls `name`, from src/seawall or from the root."""
    places = (root / "src" / "seawall" / name, root / name)
    return next((place for place in places if place.is_file()), None)


def lost_code(root: Path, path: str, text: str) -> list[str]:
    """Find files and names that a document gives and that do not exist."""
    found = []
    for span in code_spans(text):
        match = CODE_FILE.match(span)
        if match is None:
            continue
        file = find_file(root, match[1])
        if file is None:
            found.append(f"{path}: `{span}`: there is no file {match[1]}")
            continue
        names = [one.strip() for one in (match[2] or "").split(",") if one.strip()]
        there = defined_names(file.read_text(encoding="utf-8")) if names else set()
        found += [
            f"{path}: `{span}`: {match[1]} defines no {one}" for one in names if one not in there
        ]
    return found


def unguarded_invariants(path: str, text: str) -> list[str]:
    """Find invariants that name no test; a wrong name is found by `lost_code`."""
    found = []
    for match in INVARIANT.finditer(text):
        paragraph = text[match.start() :].split("\n\n", maxsplit=1)[0]
        paragraph = re.split(r"\n(?:[-*] )?Invariant: ", paragraph)[0]
        if not GUARD.search(paragraph):
            line = text.count("\n", 0, match.start()) + 1
            found.append(f"{path}:{line}: an invariant names the test that guards it")
    return found


def unknown_glossary_names(text: str, is_in_code: Callable[[str], bool]) -> list[str]:
    """Find names in the last column of a glossary that the code does not have."""
    found = []
    for row in ROW.findall(text):
        for span in SPAN.findall(row.split(" | ")[-1]):
            for name in NAME.findall(span):
                if not is_in_code(name):
                    found.append(f"docs/glossary.md: the code has no {name} (`{span}`)")
    return found


def undocumented(path: str, text: str, names: list[str]) -> list[str]:
    """Find names that a reference page does not show as code."""
    shown = set(code_spans(text))
    return [f"{path}: does not show `{name}`" for name in names if name not in shown]
