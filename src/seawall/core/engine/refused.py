"""Orders that the venue refused and a rerun would have taken, best limit first.

Which of them a fill trades through is seen at the best, however many wait behind it.
"""

from bisect import bisect_left, insort
from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.commands import PlaceOrder
from seawall.core.model.enums import Side

REFUSED_MAX: Final = 100_000  # refused orders that are remembered
_ACCOUNT_BITS: Final = 32
_LAST_ACCOUNT: Final = (1 << _ACCOUNT_BITS) - 1


@final
@mypyc_attr(acyclic=True)
class Refused:
    """A user's order that the venue refused and the rerun would not have refused. `left` lots have
    not become claims.
    """

    def __init__(self, command: PlaceOrder, *, price: i64) -> None:
        self.command: PlaceOrder = command
        self.price: i64 = price
        self.left: i64 = command.quantity

    def is_traded_through(self, price: i64) -> bool:
        """Whether a fill at `price` is beyond the limit by at least a tick."""
        return price < self.price if self.command.side == Side.BUY else price > self.price

    def key(self) -> int:
        """Greater for a better limit, and at the same limit for a lower account id."""
        price = int(self.price)
        rank = price if self.command.side == Side.BUY else -price
        return (rank << _ACCOUNT_BITS) + _LAST_ACCOUNT - int(self.command.account_id)


@final
@mypyc_attr(acyclic=True)
class RefusedSide:
    """Those of one instrument and side: of each account the newest."""

    def __init__(self) -> None:
        self._orders: dict[int, Refused] = {}  # by key
        self._keys: list[int] = []  # sorted: the best last
        self._key_of: dict[int, int] = {}  # by account id

    def holds(self, account_id: i64) -> bool:
        """Whether the account has one."""
        return account_id in self._key_of

    def put(self, order: Refused) -> None:
        """Remember the order, in place of an earlier one of its account."""
        account_id = order.command.account_id
        known = self._key_of.get(account_id)
        if known is not None:
            self._drop(known)
        key = order.key()
        self._key_of[account_id] = key
        self._orders[key] = order
        insort(self._keys, key)

    def best(self) -> Refused | None:
        """The best limit, of equal ones that of the lowest account id; None when there is none."""
        if not self._keys:
            return None
        return self._orders[self._keys[-1]]

    def remove(self, order: Refused) -> None:
        """Forget it: all of it has been traded through."""
        self._drop(order.key())
        del self._key_of[order.command.account_id]

    def _drop(self, key: int) -> None:
        place = bisect_left(self._keys, key)
        assert self._keys[place] == key, "what is remembered has its key"
        del self._keys[place]
        del self._orders[key]


@final
@mypyc_attr(acyclic=True)
class RefusedBook:
    """All of them; behind `most` nobody new is remembered."""

    def __init__(self, *, most: i64 = REFUSED_MAX) -> None:
        self.most: i64 = most
        self.count: i64 = 0
        self._sides: dict[int, RefusedSide] = {}  # by instrument and side

    def put(self, command: PlaceOrder, *, price: i64) -> None:
        """Remember an order; the newest of an account, instrument and side stands for what it wants
        there.
        """
        side = self.side(command.instrument_id, command.side)
        if side is None:
            side = RefusedSide()
            self._sides[_side_key(command.instrument_id, command.side)] = side
        if not side.holds(command.account_id):
            if self.count == self.most:
                return
            self.count += 1
        side.put(Refused(command, price=price))

    def side(self, instrument_id: i64, side: i64) -> RefusedSide | None:
        """Those of an instrument and side; None when there never was one."""
        return self._sides.get(_side_key(instrument_id, side))

    def remove(self, order: Refused) -> None:
        """Forget it."""
        side = self.side(order.command.instrument_id, order.command.side)
        assert side is not None, "what is remembered has its side"
        side.remove(order)
        self.count -= 1


def _side_key(instrument_id: i64, side: i64) -> int:
    return int(instrument_id << 1 | side)
