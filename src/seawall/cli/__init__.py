"""The `seawall` command: a contract that scripts call.

Every command exits 0 only on success, writes results to standard output and diagnostics to standard
error, and answers bad input with one line that says what was expected and what to do. This room
must not know how anything is done: it reads arguments, asks `node` or `simulation`, and prints.

Start with `app.py` (the tree of commands and how they end), then `venue_commands.py` (init, up,
status).
"""

from seawall.cli.app import main

__all__ = ["main"]
