"""What an account is worth at the prices a rerun believes, in one asset: how victims are measured.

Balances of the base of a spot market count at its reference, swaps at theirs; an asset that no
market quotes in the numeraire counts nothing. Exact, then rounded down once per balance.
"""

from typing import final

from mypy_extensions import i64, mypyc_attr

from seawall.core.engine.references import References
from seawall.core.engine.state import Account, State
from seawall.core.ledger import ledger_key
from seawall.core.model.enums import LedgerKind

_KINDS = (LedgerKind.TRADING, LedgerKind.FUNDING, LedgerKind.DEBT)


@final
@mypyc_attr(acyclic=True)
class Prices:
    """References of a moment. `numeraire` is the quote asset of the first instrument."""

    def __init__(self, state: State, references: References) -> None:
        self.numeraire: i64 = 0
        self.ticks: dict[int, int] = {}  # by instrument
        self.spot: dict[int, int] = {}  # by base asset: the instrument that prices it
        for instrument_id in sorted(state.markets):
            market = state.markets[instrument_id]
            if len(self.ticks) == 0:
                self.numeraire = market.instrument.quote_asset_id
            self.ticks[instrument_id] = references.ticks(state, market)
            is_priced = market.instrument.quote_asset_id == self.numeraire
            if market.swap is None and is_priced:
                self.spot[int(market.instrument.base_asset_id)] = instrument_id

    def value_of(self, state: State, asset_id: int, amount: int) -> int:
        """The amount of an asset in the numeraire."""
        if asset_id == self.numeraire:
            return amount
        instrument_id = self.spot.get(asset_id)
        if instrument_id is None:
            return 0
        instrument = state.markets[instrument_id].instrument
        lots_value = self.ticks[instrument_id] * int(instrument.unit_value)
        return amount * lots_value // int(instrument.lot_size)


def account_value(state: State, prices: Prices, account: Account) -> int:
    """Everything the account has at the venue, in the numeraire: balances, margins, unrealised
    profit; funding that is outstanding is not counted.
    """
    account_id = account.account_id
    total: int = 0
    for asset_id in sorted(state.assets):
        amount: int = 0
        for kind in _KINDS:
            key = ledger_key(kind=kind, account_id=account_id, asset_id=asset_id)
            found = state.ledger.accounts.get(key)
            if found is not None:
                amount += int(found.balance)
        if amount != 0:
            total += prices.value_of(state, asset_id, amount)
    for position in account.positions:
        instrument = state.markets[position.instrument_id].instrument
        amount = 0
        isolated = position.isolated
        if isolated is not None:
            amount += int(isolated.balance)
        at_reference = prices.ticks[int(position.instrument_id)] * int(instrument.unit_value)
        amount += int(position.size) * at_reference - int(position.cost)
        total += prices.value_of(state, int(instrument.quote_asset_id), amount)
    return total
