"""Positions as events: those that an entry touched, or one for a reader that starts."""

from typing import Final

from mypy_extensions import i64

from seawall.core.clearing import Position
from seawall.core.engine.state import State
from seawall.core.model.event_writer import EventWriter
from seawall.core.model.risk_event_writer import position_changed

_INSERTION_SORT_MAX: Final = 24
_PLACE_BITS: Final = 24  # positions that one entry can touch: more than the venue has
_PLACE_MASK: Final = 2**24 - 1


def say_positions(state: State) -> None:
    """PositionChanged for each position that the entry touched, by account, then instrument."""
    touched = state.touched_positions
    count = state.touched_positions_count
    state.touched_positions_count = 0
    if count > _INSERTION_SORT_MAX:
        touched = _sorted(touched[:count])
    index: i64 = 1
    while index < count:
        position = touched[index]
        order = _order_of(position)
        place = index
        while place > 0 and _order_of(touched[place - 1]) > order:
            touched[place] = touched[place - 1]
            place -= 1
        touched[place] = position
        index += 1
    index = 0
    while index < count:
        position = touched[index]
        position.is_touched = False
        say_position(state.out, position, position.margin_mode)
        if position.size == 0:  # its end says when it was opened; afterwards nothing is open
            position.opened_ms = 0
        index += 1


def _sorted(positions: list[Position]) -> list[Position]:
    """By account, then instrument; the sweep of one instrument mostly is already."""
    last: i64 = -1
    for position in positions:
        order = _order_of(position)
        if order < last:
            break
        last = order
    else:
        return positions
    assert len(positions) <= _PLACE_MASK
    keys: list[int] = []  # plain integers sort many times faster than pairs
    for place, position in enumerate(positions):
        keys.append(int(_order_of(position)) << _PLACE_BITS | place)
    keys.sort()
    return [positions[key & _PLACE_MASK] for key in keys]


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
