"""Fetch axe-core, which judges whether pages can be used by everybody: for tests only, by npm.

    python tools/fetch_axe.py

It is neither a dependency nor vendored: one pinned file, checked by its hash, in `build/`, where
`tests/web` looks for it. Without npm the tests that need it skip and say so.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VERSION = "4.14.1"
SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
PLACE = Path(__file__).resolve().parent.parent / "build" / f"axe-core-{VERSION}.min.js"


def is_sound(path: Path) -> bool:
    """Return whether the file is there and is the pinned one."""
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == SHA256


def fetch() -> str:
    """Fetch the file into its place; return why it could not be had, or nothing."""
    npm = shutil.which("npm")
    if npm is None:
        return "there is no npm on the path (Debian: apt install npm)"
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", "--silent", f"axe-core@{VERSION}"]
        done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
        archives = list(Path(folder).glob("*.tgz"))
        if done.returncode != 0 or len(archives) != 1:
            return f"npm could not fetch it: {done.stderr.strip()[-300:]}"
        with tarfile.open(archives[0]) as archive:
            member = archive.extractfile("package/axe.min.js")
            data = b"" if member is None else member.read()
    if hashlib.sha256(data).hexdigest() != SHA256:
        return f"what npm brought is not axe-core {VERSION} as it is pinned here"
    PLACE.parent.mkdir(exist_ok=True)
    PLACE.write_bytes(data)
    return ""


def main() -> int:
    """Fetch unless it is there; return the exit status."""
    if is_sound(PLACE):
        return 0
    reason = fetch()
    if reason:
        print(f"axe-core {VERSION} is missing: {reason}", file=sys.stderr)
        return 1
    print(f"axe-core {VERSION} is in {PLACE.relative_to(PLACE.parent.parent)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
