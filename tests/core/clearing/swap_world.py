"""A swap among a few accounts without engine or book: positions, cash, clearing, house."""

from __future__ import annotations

from seawall.core.clearing import (
    Party,
    Position,
    Settlement,
    move_position,
    settle_perpetual,
    unrealised,
)
from seawall.core.ledger import Ledger, LedgerAccount, transfer
from seawall.core.model.enums import Side
from seawall.core.model.limits import AMOUNT_MAX
from seawall.core.model.units import E8

USDT = 1
UNIT = 100_000  # tick 0.1 times 0.01 BTC, in units of 1e-8 USDT
TRADING, CUSTODY, HOUSE, ROUNDING, CLEARING = 0, 2, 3, 5, 7


def ledger_line(kind: int, *, account_id: int = 0, floor: int = 0) -> LedgerAccount:
    """A ledger account of the settlement asset that stands alone."""
    return LedgerAccount(kind=kind, account_id=account_id, asset_id=USDT, floor=floor)


class SwapWorld:
    """Accounts by number, each with cash and one position; unit value as in BTC-USDT-SWAP."""

    def __init__(self, accounts: int, *, cash: int, house: int = 0, unit_value: int = UNIT) -> None:
        self.unit_value = unit_value
        self.ledger = Ledger()
        self.outside = ledger_line(CUSTODY, floor=-AMOUNT_MAX)
        self.clearing = ledger_line(CLEARING, floor=-AMOUNT_MAX)
        self.house = ledger_line(HOUSE)
        self.rounding = ledger_line(ROUNDING)
        self.cash = [ledger_line(TRADING, account_id=number + 1) for number in range(accounts)]
        self.positions = [
            Position(
                account_slot=number, account_id=number + 1, instrument_id=1, lever=10, opened_ms=0
            )
            for number in range(accounts)
        ]
        for line in self.cash:
            self.fund(line, cash)
        self.fund(self.house, house)

    def fund(self, line: LedgerAccount, amount: int) -> None:
        """Bring money in from outside."""
        transfer(self.ledger, source=self.outside, target=line, amount=amount)

    def party(self, number: int, rate_e8: int = 0) -> Party:
        """One side of a fill."""
        return Party(position=self.positions[number], cash=self.cash[number], rate_e8=rate_e8)

    def buy(
        self,
        taker: int,
        maker: int,
        lots: int,
        price: int,
        *,
        side: int = Side.BUY,
        taker_e8: int = 0,
        maker_e8: int = 0,
    ) -> Settlement:
        """The taker buys (or sells) from the maker."""
        return settle_perpetual(
            self.ledger,
            taker=self.party(taker, taker_e8),
            maker=self.party(maker, maker_e8),
            taker_side=side,
            lots=lots,
            price=price,
            unit_value=self.unit_value,
            clearing=self.clearing,
            house=self.house,
        )

    def move(self, giver: int, receiver: int, lots: int, price: int) -> Settlement:
        """A position goes over without fees."""
        return move_position(
            self.ledger,
            giver=self.party(giver),
            receiver=self.party(receiver),
            lots=lots,
            price=price,
            unit_value=self.unit_value,
            clearing=self.clearing,
        )

    def unrealised(self, number: int, mark: int) -> int:
        """What the account's position would bring at the mark."""
        return int(unrealised(self.positions[number], mark=mark, unit_value=self.unit_value))

    def costs(self) -> int:
        """The sum of all costs."""
        return sum(int(position.cost) for position in self.positions)

    def gain(self, number: int, start: int) -> int:
        """What the cash grew by."""
        return int(self.cash[number].balance) - start


def faults(world: SwapWorld, mark: int) -> list[str]:
    """Which of I2, I3 and I9 to I13 do not hold; the second half of I13 at `mark`."""
    lines = [world.outside, world.clearing, world.house, world.rounding, *world.cash]
    sizes = [int(position.size) for position in world.positions]
    profits = [world.unrealised(number, mark) for number in range(len(sizes))]
    realised = sum(int(position.realised) for position in world.positions)
    claims = {
        "I2": sum(int(line.balance) for line in lines) == 0,
        "I3": all(line.balance >= line.floor for line in lines),
        "I9": sum(sizes) == 0,
        "I10": int(world.clearing.balance) == -world.costs(),
        "I11": sum(size for size in sizes if size > 0) * 2 == sum(abs(size) for size in sizes),
        "I12": all((one.size == 0) == (one.cost == 0) for one in world.positions),
        "I13": realised + sum(profits) == 0,
    }
    return [name for name, holds in claims.items() if not holds]


DOLLAR = E8
