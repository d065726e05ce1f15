"""Victims: whom the venue sold, bought or took over for without cause, and what that cost them."""

from typing import final

from mypy_extensions import i64, mypyc_attr

from seawall.core.engine.references import References
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.unit_health import MARK, measure_unit
from seawall.core.engine.valuation import Prices, account_value
from seawall.core.model.enums import MarginMode
from seawall.core.model.units import E8


@final
@mypyc_attr(acyclic=True)
class TakenLots:
    """What the venue did in a victim's name without cause, against the fair prices of then: by
    asset, what it cost. `worth`: all that the account was worth before, in the numeraire.
    """

    def __init__(self, worth: int) -> None:
        self.worth: int = worth
        self.lost: dict[int, int] = {}
        self.fees: dict[int, int] = {}  # of swaps, at their rates: what was taken may be less
        self.rooms: dict[tuple[int, bool], int] = {}  # what each unit had left to lose

    def note(self, asset_id: i64, *, lost: int, fee: int) -> None:
        """So much was lost by a fill, negative when it was won; and its fee."""
        self.lost[asset_id] = self.lost.get(asset_id, 0) + lost
        if fee > 0:
            self.fees[asset_id] = self.fees.get(asset_id, 0) + fee

    def note_unit(self, key_id: i64, is_cross: bool, asset_id: i64, *, lost: int, fee: int) -> None:
        """The same of a swap: its unit cannot lose more than its equity; others pay the rest."""
        key = (int(key_id), is_cross)
        room = self.rooms[key]
        if lost > room:
            lost = room
        self.rooms[key] = room - lost
        self.note(asset_id, lost=lost, fee=min(fee, room - lost))

    def value(self, state: State, prices: Prices, *, was: Account, found: Account) -> int:
        """What the account would have on top, had it all been done at the fair prices and without
        fees: never less than nothing, nor more than it had to lose. `was` and `found` are the
        account in the actual run and in the rerun: of fees only what it paid more there counts.
        """
        total: int = 0
        for asset_id in sorted(self.lost):
            total += prices.value_of(state, asset_id, self.lost[asset_id])
        for asset_id in sorted(self.fees):
            paid = _fees_of(state, was, asset_id) - _fees_of(state, found, asset_id)
            total += prices.value_of(state, asset_id, max(0, min(self.fees[asset_id], paid)))
        return max(0, min(total, self.worth))


def _fees_of(state: State, account: Account, asset_id: i64) -> int:
    """Fees that its positions have paid in an asset."""
    total: int = 0
    for position in account.positions:
        if state.markets[position.instrument_id].instrument.quote_asset_id == asset_id:
            total += int(position.fees)
    return total


def note_victim(
    victims: dict[int, TakenLots],
    state: State,
    references: References,
    market: Market,
    account: Account,
    *,
    signed: i64,
    price: i64,
    rate_e8: i64,
) -> None:
    """The venue traded lots in the account's name without cause: what that lost against the fair
    price of now, and its fee.
    """
    known = victims.get(account.account_id)
    if known is None:
        known = TakenLots(account_value(state, Prices(state, references), account))
        victims[account.account_id] = known
    unit_value: int = market.instrument.unit_value
    away = int(price) - int(references.ticks(state, market))
    lost = int(signed) * away * unit_value
    fee: int = 0
    if rate_e8 > 0:
        lots = int(signed) if signed > 0 else -int(signed)
        fee = lots * int(price) * unit_value * int(rate_e8) // E8
    asset_id = market.instrument.quote_asset_id
    if market.swap is None:
        known.note(asset_id, lost=lost + fee, fee=0)
        return
    is_cross = state.position(account, market).margin_mode != MarginMode.ISOLATED
    key_id = asset_id if is_cross else market.instrument.instrument_id
    if (int(key_id), is_cross) not in known.rooms:
        health = measure_unit(state, account, key_id=key_id, is_cross=is_cross, prices=MARK)
        known.rooms[int(key_id), is_cross] = max(0, int(health.equity))
    known.note_unit(key_id, is_cross, asset_id, lost=lost, fee=fee)
