"""The usual case of the liquidation scan: a unit is due because prices moved or it traded, and is
healthy. It is measured anew and rests until the next time; nothing is decided here.
"""

from mypy_extensions import i64

from seawall.core.clearing import Position, notional_at, unrealised
from seawall.core.engine.state import State
from seawall.core.engine.swap_fill import cash_of
from seawall.core.liquidation import Unit
from seawall.core.model.enums import MarginMode


def let_rest(state: State, unit: Unit) -> None:
    """Watch the unit from here if its equity is above its maintenance margin at certain marks; else
    leave it due, for a closer look.
    """
    if not unit.is_due:
        return
    account = state.accounts[unit.account_slot]
    slack: i64 = 0
    legs: i64 = 0
    for position in account.positions:
        if position.size == 0 or not _is_part(state, unit, position):
            continue
        market = state.markets[position.instrument_id]
        swap = market.swap
        assert swap is not None
        if swap.is_held:
            return
        unit_value = market.instrument.unit_value
        notional = notional_at(position, mark=swap.mark, unit_value=unit_value)
        slack += unrealised(position, mark=swap.mark, unit_value=unit_value)
        slack -= swap.tiers.maintenance_margin(notional)
        if legs == 0:
            slack += cash_of(state, market, account, position).balance
        legs += 1
        state.liquidations.watch.note(
            unit, instrument_id=position.instrument_id, mark=swap.mark, notional=notional
        )
    if legs == 0:
        return
    state.liquidations.examined += 1
    state.liquidations.watch.measure(unit, slack=slack)


def _is_part(state: State, unit: Unit, position: Position) -> bool:
    """Whether the position belongs to the unit."""
    if not unit.is_cross:
        is_own = position.instrument_id == unit.key_id
        return is_own and position.margin_mode == MarginMode.ISOLATED
    if position.margin_mode == MarginMode.ISOLATED:
        return False
    return state.markets[position.instrument_id].instrument.quote_asset_id == unit.key_id
