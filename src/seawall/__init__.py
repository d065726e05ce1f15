"""Seawall: a crypto exchange that survives its worst day, and can prove how it put things right.

This module knows only about the package itself: its version, whether its core runs as native code,
and whether Python runs with assertions. Start reading in `seawall.core`, then `seawall.node`.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from importlib.machinery import EXTENSION_SUFFIXES
from typing import Literal

try:
    __version__ = importlib.metadata.version("seawall")
except importlib.metadata.PackageNotFoundError:  # imported from a source tree that nobody installed
    __version__ = "0.1.0+source"

__all__ = ["__version__", "core_mode", "require_assertions"]


def core_mode() -> Literal["compiled", "interpreted"]:
    """Return whether `import seawall.core` loads native code or the same sources interpreted."""
    spec = importlib.util.find_spec("seawall.core")
    assert spec is not None, "seawall.core is part of every installation"
    assert spec.origin is not None, "seawall.core has an __init__ module"
    return "compiled" if spec.origin.endswith(tuple(EXTENSION_SUFFIXES)) else "interpreted"


def require_assertions() -> None:
    """Exit with one clear line when Python drops assertions: they guard every movement of money."""
    if not __debug__:
        raise SystemExit(
            "seawall: refused to start without assertions. They are part of how the venue protects "
            "money: start Python without -O, and unset PYTHONOPTIMIZE."
        )
