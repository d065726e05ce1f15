"""The engine: the one door of the core. Batches of commands go in, events come out, and nothing
else changes state.

`open_engine` makes it from a genesis, `restore_engine` from a snapshot; `apply_batch` and
`apply_many` are the byte-level door that every replica, replay and reader uses, `apply` the same
for objects. `snapshot` is canonical: equal states have equal bytes. A refusal is an event with a
reason, never an exception; an assertion that fails after an effect leaves `apply_batch` and must
stop the process. Start with `engine.py`, then `dispatch.py` (the table of handlers), `place.py` and
`execution.py`. This room must not know files, clocks or networks.
"""

from seawall.core.engine.engine import Engine, Entry, open_engine, restore_engine

__all__ = ["Engine", "Entry", "open_engine", "restore_engine"]
