"""Memory of a process with a large state: in large pages, and given again as it was given back.

An entry touches a few places of a large state. With pages of 4 KiB most of these touches also miss
the processor's cache of addresses; with pages of 2 MiB they do not. What an entry gives back, an
order that has ended, is what one of the next asks for: as long as pieces of a size are kept apart,
neither touches anything else, while joining and splitting them touches their neighbours. glibc
keeps seven of each size unless it is told otherwise; 65,535 is the most it knows.

Python's own allocator cannot ask the system for large pages, that of glibc can, when its
environment says so as the process starts.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Final

_LARGE_PAGES: Final = {
    "PYTHONMALLOC": "malloc",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.tcache_count=65535",
}


def with_large_pages(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for a process with a large state. Unchanged where somebody has chosen an
    allocator or its tunables, and on systems other than Linux; a C library other than glibc, and a
    system that gives no large pages on request, have no use for it and take no harm.
    """
    if sys.platform != "linux" or not _LARGE_PAGES.keys().isdisjoint(environment):
        return dict(environment)
    return {**environment, **_LARGE_PAGES}
