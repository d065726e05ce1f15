"""What cannot be read is refused by what its first word names, so every kind must be known."""

from __future__ import annotations

from seawall.core.engine.engine import KNOWN_COMMANDS
from seawall.core.model.commands import CommandType


def test_every_kind_of_command_is_known() -> None:
    """A kind left out would be called unknown although this release reads it."""
    kinds = {one for name, one in vars(CommandType).items() if name.isupper()}

    assert set(KNOWN_COMMANDS) == kinds
