"""The engine's process asks for large pages, and nobody's own choice is overruled."""

from __future__ import annotations

import subprocess
import sys

import pytest

from seawall.node.large_pages import with_large_pages

IS_LINUX = sys.platform == "linux"


def test_a_process_starts_with_that_environment() -> None:
    """What is set must not keep Python from starting, nor make it say anything."""
    done = subprocess.run(
        [sys.executable, "-c", "print(sum(range(10)))"],
        env=with_large_pages({}),
        capture_output=True,
        text=True,
        check=True,
    )

    assert ("45\n", "") == (done.stdout, done.stderr)


@pytest.mark.parametrize(
    ("before", "is_kept"),
    [
        ({"HOME": "/"}, not IS_LINUX),
        ({"PYTHONMALLOC": "debug"}, True),
        ({"GLIBC_TUNABLES": "glibc.malloc.check=3"}, True),
    ],
)
def test_a_choice_that_was_made_is_kept(before: dict[str, str], is_kept: bool) -> None:
    """An operator who looks for a fault in memory sets these himself."""
    after = with_large_pages(before)

    assert after.items() >= before.items()
    assert is_kept == (after == before)
