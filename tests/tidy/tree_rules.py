"""What holds for the repository as a whole: its files, links, tasks and records."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

BYTES_PER_FILE_MAX = 1_000_000
TEST_FOLDERS_BESIDE_ROOMS = {"scenarios", "histories", "laws", "tidy", "bench"}
BUILT = re.compile(r"(\.so|\.c|\.pyc)$|^(build|dist|\.venv)/|\.egg-info/")
CHANGE_NAME = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*\.(added|changed|fixed|removed)\.md$")
RECORD_NAME = re.compile(r"^(\d{4})-[a-z0-9]+(-[a-z0-9]+)*\.md$")
RECORD_HEADINGS = ("## Context", "## Decision", "## Consequences")
# Written so that this file obeys its own rule.
MACHINE_PATH = re.compile(r"(?<![\w./])/(?:wor[k]|roo[t]|hom[e])/\w|/tmp/ven[v]|file:[/]{3}\w")
REGISTRY = re.compile(r"pyp[i]\.org|pythonhoste[d]\.org|--(?:extra-)?inde[x]-url|--fin[d]-links")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
NAMED_TASK = re.compile(r"(?:`|^\s*\$?\s*)make ([a-z][a-z-]*)", re.MULTILINE)
TASK = re.compile(r"^([a-z][a-z-]*):(?!=)", re.MULTILINE)
# What a contributor is promised, whether or not a document names it.
TASKS = (
    "setup",
    "build",
    "run",
    "test",
    "check",
    "accept",
    "bench",
    "docs",
    "simulate",
    "drills",
    "test-clients",
    "test-cluster",
    "clean",
)


def tracked_files(root: Path) -> list[str]:
    """Return what git tracks or would add; without git, what lies there and is not built."""
    if shutil.which("git") and (root / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=root,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split("\0")
        return sorted(name for name in listed if name and (root / name).is_file())
    names = [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]
    hidden = re.compile(r"(^|/)(\.git|\.[a-z_]+_cache|\.hypothesis|__pycache__)/")
    return sorted(name for name in names if not BUILT.search(name) and not hidden.search(name))


def text_of(path: Path) -> str:
    """Return a file's text, or nothing when it is not text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def built_or_big_files(sizes: Mapping[str, int]) -> list[str]:
    """Find tracked files that a build makes, or that are too big to review."""
    found = [f"{name}: built, so it must not be tracked" for name in sizes if BUILT.search(name)]
    found += [
        f"{name}: {size} bytes; at most {BYTES_PER_FILE_MAX}"
        for name, size in sizes.items()
        if size > BYTES_PER_FILE_MAX
    ]
    return found


def local_places(path: str, text: str) -> list[str]:
    """Find absolute paths of one machine and hosts of package registries."""
    return [
        f"{path}:{number}: {match[0]} exists on one machine or for one network only"
        for number, line in enumerate(text.splitlines(), start=1)
        for pattern in (MACHINE_PATH, REGISTRY)
        if (match := pattern.search(line))
    ]


def broken_links(root: Path, path: str, text: str) -> list[str]:
    """Find relative links of a document that lead nowhere."""
    found = []
    for target in LINK.findall(FENCE.sub("", text)):
        if re.match(r"[a-z]+:", target) or target.startswith("#"):
            continue
        place = target.split("#")[0]
        start = root if place.startswith("/") else (root / path).parent
        if not (start / place.lstrip("/")).exists():
            found.append(f"{path}: the link to {target} leads nowhere")
    return found


def missing_tasks(makefile: str, documents: Mapping[str, str]) -> list[str]:
    """Find tasks that a document names, or that we promise, and the Makefile lacks."""
    there = set(TASK.findall(makefile))
    found = [f"Makefile: the task {task} is missing" for task in TASKS if task not in there]
    found += [
        f"{path}: names `make {task}`, which the Makefile lacks"
        for path, text in documents.items()
        for task in NAMED_TASK.findall(text)
        if task not in there
    ]
    return found


def packages_without_docstring(root: Path) -> list[str]:
    """Find rooms whose `__init__.py` is missing or does not say what the room is for."""
    found = []
    for folder in sorted({path.parent for path in (root / "src" / "seawall").rglob("*.py")}):
        door = folder / "__init__.py"
        name = door.relative_to(root).as_posix()
        if not door.is_file():
            found.append(f"{name}: a room needs a door")
        elif not door.read_text().lstrip().startswith(('"""', 'r"""')):
            found.append(f"{name}: must begin by saying what the room is for")
    return found


def tests_beside_no_room(root: Path) -> list[str]:
    """Find test folders that mirror no room of the source tree."""
    folders = {path.parent for path in (root / "tests").rglob("*.py")} - {root / "tests"}
    names = sorted(folder.relative_to(root / "tests").as_posix() for folder in folders)
    return [
        f"tests/{name}: mirrors no room; expected src/seawall/{name}"
        for name in names
        if name.split("/")[0] not in TEST_FOLDERS_BESIDE_ROOMS
        and not (root / "src" / "seawall" / name).is_dir()
    ]


def untidy_records(records: Mapping[str, str], index: str) -> list[str]:
    """Find decision records with a used number, a missing heading, or no line in the index."""
    found = []
    numbers = Counter(name[:4] for name in records)
    for name, text in records.items():
        if not RECORD_NAME.match(name):
            found.append(f"{name}: expected NNNN-some-words.md")
        if numbers[name[:4]] > 1:
            found.append(f"{name}: the number {name[:4]} is used {numbers[name[:4]]} times")
        found += [f"{name}: lacks {one}" for one in RECORD_HEADINGS if one not in text]
        if f"({name})" not in index:
            found.append(f"{name}: has no line in docs/decisions/README.md")
    return found


def package_name(requirement: str) -> str:
    """Return the normalised name at the head of a requirement."""
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def unpinned_packages(project: Mapping[str, Any], constraints: str) -> list[str]:
    """Find packages that are asked for and not pinned, or pinned to two versions."""
    lines = [line for line in constraints.splitlines() if line and not line.startswith("#")]
    found = [
        f"constraints.txt: {line}: expected name==version" for line in lines if "==" not in line
    ]
    pins = {package_name(line): line.partition("==")[2] for line in lines}
    compilers = {package_name(one): one for one in project["build-system"]["requires"]}
    asked = [*project["project"]["dependencies"], *compilers.values()]
    for group in project["project"].get("optional-dependencies", {}).values():
        asked += group
    found += [
        f"constraints.txt: {package_name(one)} is asked for and not pinned"
        for one in asked
        if package_name(one) not in pins
    ]
    found += [
        f"pyproject.toml: builds with {one}, but constraints.txt has {pins[name]}"
        for name, one in compilers.items()
        if name in pins and not one.endswith(f"=={pins[name]}")
    ]
    return found


def misnamed_changes(names: Iterable[str]) -> list[str]:
    """Find change fragments that the changelog could not place."""
    return [
        f"changes/{name}: expected <slug>.<added|changed|fixed|removed>.md"
        for name in names
        if name != "README.md" and not CHANGE_NAME.match(name)
    ]
