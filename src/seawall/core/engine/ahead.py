"""Looking ahead: what the next commands of a batch are about is read before they are applied.

A venue's state is far larger than the memory next to a processor, and each command is about another
account: it would wait for one distant place after the other. Read here for several commands at
once, and used for nothing, those places arrive side by side. Nothing is changed and nothing is
decided: an engine that does not look ahead says and is the same.

Only compiled code gains by it (record 0036). What is read is one field in each line of memory (64
bytes) of an object that the command will need; a step costs as many instructions as a miss hides,
so this looks no further than to what a slot or an order id leads to directly.
"""

from typing import Final

from mypy_extensions import i64

from seawall.core.engine.state import State
from seawall.core.model.codec import read_word
from seawall.core.model.commands import CommandType

AHEAD: Final = 16  # commands
LOOKS_AHEAD: Final[bool] = not __file__.endswith(".py")


def look_ahead(state: State, data: bytes, start: i64, count: i64) -> i64:
    """Read what `count` entries of a sound batch, from `start` on, are about; the number that is
    returned means nothing.
    """
    near = state.near_slots
    accounts = state.accounts
    positions = state.positions_in
    cash = state.cash_in
    markets: i64 = len(positions)
    seen: i64 = 0
    at = start
    left = count
    while left > 0:
        length = read_word(data, at + 8)
        if length >= 16:
            word = read_word(data, at + 16)
            kind = word & 0xFF
            account_id = word >> 32
            instrument_id = word >> 16 & 0xFFFF
            is_order = kind <= CommandType.CANCEL_ORDER and instrument_id < markets
            if is_order and 0 <= account_id < len(near):
                slot = near[account_id]
                if slot >= 0:
                    seen ^= accounts[slot].open_orders ^ accounts[slot].first_due_ms
                    row = positions[instrument_id]
                    if slot < len(row):
                        position = row[slot]
                        if position is not None:
                            seen ^= position.order_fees ^ position.lowest_sell
                            seen ^= position.reduce_sells
                    line = cash[instrument_id]
                    if slot < len(line):
                        paying = line[slot]
                        if paying is not None:
                            seen ^= paying.balance ^ paying.held_before
                if kind != CommandType.PLACE_ORDER:
                    seen ^= state.orders.glance(read_word(data, at + 24))
        at += 16 + length
        left -= 1
    return seen
