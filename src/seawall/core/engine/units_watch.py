"""What the liquidation watch is told: fills, outflows, and changes that need a new measurement.

A unit is watched from the first fill that opens something in it until it is found empty. Inflows
need no word: they only make it safer. The venue's own accounts, the two highest ids, have no units.
"""

from mypy_extensions import i64

from seawall.core.clearing import Position
from seawall.core.engine.state import Account, State
from seawall.core.liquidation import Unit
from seawall.core.model.enums import MarginMode
from seawall.core.model.limits import ACCOUNT_ID_ERROR


def note_fill(
    state: State,
    account: Account,
    position: Position,
    *,
    is_buy: bool,
    lots: i64,
    price: i64,
    fee: i64,
    mark: i64,
) -> None:
    """The position traded; `mark` is the instrument's, 0 while it is not certain."""
    if account.account_id >= ACCOUNT_ID_ERROR:
        return
    unit = _unit_of(state, account, position)
    if unit is None:
        if position.size != 0:
            _watch_new(state, account, position)
        return
    state.liquidations.watch.trade(
        unit,
        instrument_id=position.instrument_id,
        is_buy=is_buy,
        lots=lots,
        price=price,
        fee=fee,
        mark=mark,
    )


def note_outflow(state: State, account: Account, asset_id: i64, amount: i64) -> None:
    """Cash of the account went elsewhere: a withdrawal, a spot trade, margin moved out."""
    if account.first_position is None:
        return
    unit = cross_unit(account, asset_id)
    if unit is not None:
        state.liquidations.watch.spend(unit, amount)


def note_loss(state: State, account: Account, position: Position, amount: i64) -> None:
    """The unit of the position paid `amount` (>= 0) without a trade: funding."""
    unit = _unit_of(state, account, position)
    if unit is not None:
        state.liquidations.watch.spend(unit, amount)


def note_change(state: State, account: Account, position: Position) -> None:
    """Something else changed (leverage, margin, takeover, deleveraging): measure the unit anew, and
    the account's cross unit, whose cash may have moved.
    """
    if account.account_id >= ACCOUNT_ID_ERROR:
        return
    unit = _unit_of(state, account, position)
    if unit is not None:
        state.liquidations.watch.measure(unit, slack=0)
    elif position.size != 0:
        _watch_new(state, account, position)
    if position.margin_mode == MarginMode.ISOLATED:
        cross = cross_unit(account, _asset_of(state, position))
        if cross is not None:
            state.liquidations.watch.measure(cross, slack=0)


def cross_unit(account: Account, asset_id: i64) -> Unit | None:
    """The account's cross unit in a settlement asset, when it is watched."""
    return find_unit(account, key_id=asset_id, is_cross=True)


def find_unit(account: Account, *, key_id: i64, is_cross: bool) -> Unit | None:
    """The account's watched unit; an account has few."""
    unit = account.first_unit
    while unit is not None:
        if unit.key_id == key_id and unit.is_cross == is_cross:
            return unit
        unit = unit.account_next
    return None


def add_unit(state: State, account: Account, *, key_id: i64, is_cross: bool) -> Unit:
    """Watch a unit; it is due until it is measured."""
    unit = Unit(
        account_slot=account.slot,
        account_id=account.account_id,
        key_id=key_id,
        is_cross=is_cross,
    )
    unit.account_next = account.first_unit
    account.first_unit = unit
    state.liquidations.watch.measure(unit, slack=0)
    return unit


def drop_unit(state: State, unit: Unit) -> None:
    """The unit is empty."""
    account = state.accounts[unit.account_slot]
    if account.first_unit is unit:
        account.first_unit = unit.account_next
    else:
        before = account.first_unit
        while before is not None and before.account_next is not unit:
            before = before.account_next
        assert before is not None
        before.account_next = unit.account_next
    unit.account_next = None
    state.liquidations.watch.drop(unit)


def watch_all(state: State) -> None:
    """After a restore: every unit that has a position is due."""
    for instrument_id in sorted(state.markets):
        swap = state.markets[instrument_id].swap
        if swap is None:
            continue
        for position in swap.positions:
            if position is None or position.size == 0:
                continue
            account = state.accounts[position.account_slot]
            is_venue = account.account_id >= ACCOUNT_ID_ERROR
            if not is_venue and _unit_of(state, account, position) is None:
                _watch_new(state, account, position)


def _asset_of(state: State, position: Position) -> i64:
    return state.market_of(position).instrument.quote_asset_id


def _unit_of(state: State, account: Account, position: Position) -> Unit | None:
    if position.margin_mode != MarginMode.ISOLATED:
        return cross_unit(account, _asset_of(state, position))
    return find_unit(account, key_id=position.instrument_id, is_cross=False)


def _watch_new(state: State, account: Account, position: Position) -> None:
    if position.margin_mode == MarginMode.ISOLATED:
        add_unit(state, account, key_id=position.instrument_id, is_cross=False)
    else:
        add_unit(state, account, key_id=_asset_of(state, position), is_cross=True)
