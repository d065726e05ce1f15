"""The door of the pinned rerun: the same batches as the run, the events it had, and the edits."""

from typing import final

from mypy_extensions import i64, mypyc_attr

from seawall.core.engine.engine import Engine, open_engine, restore_engine
from seawall.core.engine.pinned import Pinned
from seawall.core.engine.review import ReviewPolicy
from seawall.core.engine.state import State
from seawall.core.model.codec import read_word
from seawall.core.model.genesis import Genesis


@final
@mypyc_attr(acyclic=True)
class PinnedEngine:
    """An engine that runs again under pins. Build it with `open_pinned`."""

    def __init__(self, engine: Engine, pinned: Pinned) -> None:
        self.engine: Engine = engine
        self.pinned: Pinned = pinned

    @property
    def state(self) -> State:
        """The counterfactual state."""
        return self.engine.state

    def apply(self, data: bytes, events: bytes, edits: dict[int, list[bytes]]) -> bytes:
        """Apply concatenated batches. `events` are those of the actual run for the same batches;
        `edits` as in `Engine.apply_edited`. Returns the events of the rerun.
        """
        self.pinned.feed(events)
        at: i64 = 0
        end: i64 = len(data)
        while at < end:
            self.engine.apply_edited(data, at, edits)
            at += read_word(data, at + 24)
        return self.engine.take_events()

    def snapshot(self) -> bytes:
        """The canonical bytes of the counterfactual state."""
        return self.engine.snapshot()


def open_pinned(
    genesis: Genesis,
    snapshot: bytes | None,
    *,
    window_from: i64,
    window_to: i64,
    policy: ReviewPolicy,
) -> tuple[PinnedEngine | None, str]:
    """The pinned engine at a snapshot of the actual run, or before entry 1, and ""; or None and
    what is wrong with the snapshot. The window is [first edited seq, seq of the freeze]; 0 and -1
    when nothing is edited.
    """
    assert (window_from == 0) == (window_to < 0) and window_from <= window_to + 1
    if snapshot is None:
        engine = open_engine(genesis)
    else:
        restored, fault = restore_engine(genesis, snapshot)
        if restored is None:
            return None, fault
        engine = restored
    pinned = Pinned(window_from=window_from, window_to=window_to, policy=policy)
    engine.state.ledger.grant_credit()
    engine.state.ports = pinned
    return PinnedEngine(engine, pinned), ""
