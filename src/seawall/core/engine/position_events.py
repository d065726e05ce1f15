"""Positions as events: those that an entry touched, or one for a reader that starts."""

from typing import Final

from mypy_extensions import i64

from seawall.core.clearing import Position
from seawall.core.engine.state import State
from seawall.core.model.event_writer import EventWriter
from seawall.core.model.risk_event_writer import position_changed

_INSERTION_SORT_MAX: Final = 24


def say_positions(state: State) -> None:
    """PositionChanged for each position that the entry touched, by account, then instrument."""
    touched = state.touched_positions
    state.touched_positions = []
    if len(touched) > _INSERTION_SORT_MAX:
        touched = _sorted(touched)
    index: i64 = 1
    while index < len(touched):
        position = touched[index]
        order = _order_of(position)
        place = index
        while place > 0 and _order_of(touched[place - 1]) > order:
            touched[place] = touched[place - 1]
            place -= 1
        touched[place] = position
        index += 1
    for position in touched:
        position.is_touched = False
        say_position(state.out, position, position.margin_mode)
        if position.size == 0:  # its end says when it was opened; afterwards nothing is open
            position.opened_ms = 0


def _sorted(positions: list[Position]) -> list[Position]:
    keys: list[tuple[int, int]] = []
    for place, position in enumerate(positions):
        keys.append((_order_of(position), place))
    keys.sort()
    return [positions[key[1]] for key in keys]


def _order_of(position: Position) -> i64:
    return position.account_id << 16 | position.instrument_id


def say_position(out: EventWriter, position: Position, margin_mode: i64) -> None:
    """PositionChanged: how the position is now. A mode that nothing uses is no state."""
    isolated = position.isolated
    margin: i64 = 0
    if isolated is not None:
        margin = isolated.balance
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
