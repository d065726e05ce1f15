"""Assemble the fragments of `changes/` into CHANGELOG.md at a release.

python tools/changelog.py 0.2.0 2026-01-31       write the section and delete the fragments
python tools/changelog.py --draft                print what the next section would say
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("added", "changed", "fixed", "removed")
FRAGMENT = re.compile(r"^[a-z0-9]+(?:-[a-z0-9]+)*\.(added|changed|fixed|removed)\.md$")
INSERT_BEFORE = re.compile(r"^## ", re.MULTILINE)


def fragments(folder: Path) -> list[Path]:
    """Return the fragments in order of name; a name that fits no kind is an error."""
    found = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    for path in found:
        if not FRAGMENT.match(path.name):
            raise SystemExit(f"{path.name}: expected <slug>.<{'|'.join(KINDS)}>.md")
    return found


def section(title: str, paths: list[Path]) -> str:
    """Return the release's section: one heading per kind that occurs, one item per fragment."""
    parts = [f"## {title}\n"]
    for kind in KINDS:
        texts = [path.read_text().strip() for path in paths if path.name.endswith(f".{kind}.md")]
        if texts:
            items = "".join("- " + text.replace("\n", "\n  ") + "\n" for text in texts)
            parts.append(f"### {kind.capitalize()}\n\n{items}")
    return "\n".join(parts)


def insert(changelog: str, text: str) -> str:
    """Put a section above the newest one, below the introduction."""
    newest = INSERT_BEFORE.search(changelog)
    if newest is None:
        return f"{changelog.rstrip()}\n\n{text}"
    return f"{changelog[: newest.start()]}{text}\n{changelog[newest.start() :]}"


def release(root: Path, version: str, date: str) -> None:
    """Move the fragments into the changelog."""
    paths = fragments(root / "changes")
    if not paths:
        raise SystemExit("changes/ has no fragments; a release without a change is no release")
    changelog = root / "CHANGELOG.md"
    changelog.write_text(insert(changelog.read_text(), section(f"{version} — {date}", paths)))
    for path in paths:
        path.unlink()


def main() -> None:
    """Print the draft, or release."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "version", nargs="?", help="the version that is released, for example 0.2.0"
    )
    parser.add_argument("date", nargs="?", help="its day, for example 2026-01-31")
    parser.add_argument("--draft", action="store_true", help="print the section, change nothing")
    arguments = parser.parse_args()
    if arguments.draft:
        print(section("Next release", fragments(ROOT / "changes")))
    elif arguments.version and arguments.date:
        release(ROOT, arguments.version, arguments.date)
    else:
        parser.error("give a version and a date, or --draft")


if __name__ == "__main__":
    main()
