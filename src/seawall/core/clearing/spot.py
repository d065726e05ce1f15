"""A spot fill: the seller's base goes to the buyer, the buyer's quote to the seller, fees to the
house.

Fees are taken from the asset each side receives: what is paid rounds up, a rebate
rounds down, so the rounding favours the house, and the remainder of it is nobody's but
`house:fee`'s. The notional itself is exact.
"""

from typing import final

from mypy_extensions import i64, mypyc_attr

from seawall.core.ledger import Ledger, LedgerAccount, available, transfer
from seawall.core.model.units import rate_ceil, rate_floor


@final
@mypyc_attr(acyclic=True, free_list_len=1)
class Leg:
    """One asset of a fill: who gives it, who receives it, who keeps the receiver's fee."""

    def __init__(
        self, *, giver: LedgerAccount, receiver: LedgerAccount, house: LedgerAccount
    ) -> None:
        self.giver: LedgerAccount = giver
        self.receiver: LedgerAccount = receiver
        self.house: LedgerAccount = house


def settle_spot(ledger: Ledger, leg: Leg, *, amount: i64, rate_e8: i64) -> i64:
    """Move `amount` units along the leg and book the receiver's fee; returns the fee, negative for
    a rebate.

    A rebate that would push house:fee below its floor is not paid.
    """
    if rate_e8 >= 0:
        fee = rate_ceil(amount, rate_e8)
        transfer(ledger, source=leg.giver, target=leg.receiver, amount=amount - fee)
        transfer(ledger, source=leg.giver, target=leg.house, amount=fee)
        return fee
    rebate = rate_floor(amount, -rate_e8)
    transfer(ledger, source=leg.giver, target=leg.receiver, amount=amount)
    if available(leg.house) - rebate < leg.house.floor:
        return 0
    transfer(ledger, source=leg.house, target=leg.receiver, amount=rebate)
    return -rebate
