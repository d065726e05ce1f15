"""Memory of a process with a large state in large pages.

An entry touches a few places of a large state. With pages of 4 KiB most of these touches also miss
the processor's cache of addresses; with pages of 2 MiB they do not. Python's own allocator cannot
ask the system for them, that of glibc can, when its environment says so as the process starts.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Final

_LARGE_PAGES: Final = {"PYTHONMALLOC": "malloc", "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}


def with_large_pages(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for a process with a large state. Unchanged where somebody has chosen an
    allocator or its tunables, and on systems other than Linux; a C library other than glibc, and a
    system that gives no large pages on request, have no use for it and take no harm.
    """
    if sys.platform != "linux" or not _LARGE_PAGES.keys().isdisjoint(environment):
        return dict(environment)
    return {**environment, **_LARGE_PAGES}
