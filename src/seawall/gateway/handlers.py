"""How maps take events in: a table from the event's class to what it changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# event, seq, time_ns
Handler = Callable[[Any, int, int], None]
