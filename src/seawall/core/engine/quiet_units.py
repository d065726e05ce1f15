"""The usual case of the liquidation scan: a unit is due because prices moved or it traded, and is
healthy. It is measured anew and rests until the next time; nothing is decided here.
"""

from mypy_extensions import i64

from seawall.core.clearing import notional_at, unrealised
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
    watch = state.liquidations.watch
    slack: i64 = 0
    legs: i64 = 0
    after = account.first_position
    while after is not None:
        position = after
        after = position.account_next
        if position.size == 0 or (position.margin_mode == MarginMode.ISOLATED) == unit.is_cross:
            continue
        market = state.market_of(position)
        instrument = market.instrument
        key_id = instrument.quote_asset_id if unit.is_cross else position.instrument_id
        if key_id != unit.key_id:
            continue
        swap = market.swap
        assert swap is not None
        if swap.is_held:
            return
        mark = swap.mark
        unit_value = instrument.unit_value
        notional = notional_at(position, mark=mark, unit_value=unit_value)
        slack += unrealised(position, mark=mark, unit_value=unit_value)
        slack -= swap.tiers.maintenance_margin(notional)
        if legs == 0:
            slack += cash_of(state, market, account, position).balance
        legs += 1
        watch.note(
            unit,
            instrument_id=position.instrument_id,
            size=position.size,
            mark=mark,
            notional=notional,
        )
    if legs == 0:
        return
    state.liquidations.examined += 1
    watch.measure(unit, slack=slack)
