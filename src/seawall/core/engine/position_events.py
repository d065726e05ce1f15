"""Positions as events: those that an entry touched, or one for a reader that starts."""

from mypy_extensions import i64

from seawall.core.clearing import Position
from seawall.core.engine.state import State
from seawall.core.model.event_writer import EventWriter
from seawall.core.model.risk_event_writer import position_changed


def say_positions(state: State) -> None:
    """PositionChanged for each position that the entry touched, by account, then instrument."""
    keys: list[tuple[int, int, int]] = []
    for place, position in enumerate(state.touched_positions):
        keys.append((position.account_id, position.instrument_id, place))
    keys.sort()
    for key in keys:
        position = state.touched_positions[key[2]]
        position.is_touched = False
        say_position(state.out, position, position.margin_mode)
        if position.size == 0:  # its end says when it was opened; afterwards nothing is open
            position.opened_ms = 0
    state.touched_positions = []


def say_position(out: EventWriter, position: Position, margin_mode: i64) -> None:
    """PositionChanged: how the position is now. A mode that nothing uses is no state."""
    isolated = position.isolated
    margin: i64 = isolated.balance if isolated is not None else 0
    position_changed(
        out,
        account_id=position.account_id,
        instrument_id=position.instrument_id,
        size=position.size,
        cost=position.cost,
        margin_mode=margin_mode,
        lever=position.lever,
        margin=margin,
        realised=position.realised,
        fees=position.fees,
        funding=-position.funding_paid,
        opened_ms=position.opened_ms,
    )
