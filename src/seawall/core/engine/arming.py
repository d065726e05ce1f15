"""When prices are acted upon again: after an uncertain time, liquidations and triggers wait a
little longer than trading, so that people can act first (domain 4.2, 10).
"""

from typing import Final

from mypy_extensions import i64

from seawall.core.engine.state import State
from seawall.core.model.enums import IndexState
from seawall.core.pricing import GuardedIndex

AFTER_CONFIRM_MS: Final = 3_000
AFTER_LONG_HOLD_MS: Final = 30_000
LONG_HOLD_MS: Final = 30_000
AFTER_SHORT_OUTAGE_MS: Final = 10_000
AFTER_LONG_OUTAGE_MS: Final = 60_000


def is_good(index_state: i64) -> bool:
    """Whether an IndexState lets marks follow the index."""
    return index_state == IndexState.NORMAL or index_state == IndexState.DEGRADED


def arm_after(state: State, index: GuardedIndex, *, state_before: i64, hold_ms_before: i64) -> None:
    """The index came back to a good state from `state_before`: say to the state from when on it is
    acted upon. `hold_ms_before` is when it was held first, negative when it was not.
    """
    if state_before == IndexState.INIT or is_good(state_before) or not is_good(index.state):
        return
    if hold_ms_before >= 0 and state.clock_ms - hold_ms_before > LONG_HOLD_MS:
        arm_from(state, index.index_id, state.clock_ms + AFTER_LONG_HOLD_MS)
    elif state_before == IndexState.CONFIRM:
        arm_from(state, index.index_id, state.clock_ms + AFTER_CONFIRM_MS)


def arm_after_outage(state: State) -> None:
    """The venue is back to normal: every index is acted upon after a while."""
    wait_ms = AFTER_LONG_OUTAGE_MS if state.mode_is_long else AFTER_SHORT_OUTAGE_MS
    for index_id in state.indices:
        arm_from(state, index_id, state.clock_ms + wait_ms)


def arm_from(state: State, index_id: i64, from_ms: i64) -> None:
    """Act upon the index not before `from_ms`; a later time that is set already stays."""
    if from_ms > state.armed_ms.get(index_id, 0):
        state.armed_ms[index_id] = from_ms
