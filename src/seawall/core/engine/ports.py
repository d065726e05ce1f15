"""The ports through which a pinned rerun differs from a run: admit, match, settle.

An ordinary engine has none (`State.ports` is None) and does what its handlers say. The pinned
rerun (`pinned.py`) gives one: users' commands end as they ended in the actual run, orders meet the
fills of the actual run instead of the book, and each side of a fill is settled, or not, by the rule
of repair. This class is the one exception to composition over inheritance: a native base class
costs a method call where a protocol costs ten.
"""

from typing import TYPE_CHECKING

from mypy_extensions import i64, mypyc_attr

from seawall.core.matching import Order
from seawall.core.model.commands import PlaceOrder

if TYPE_CHECKING:
    from seawall.core.engine.state import Account, Market, State


@mypyc_attr(acyclic=True)
class Ports:
    """What the handlers ask of a rerun. Quantities are lots, prices ticks."""

    def begin_entry(self, state: "State") -> None:
        """An entry begins; `state.seq` is its seq."""
        raise NotImplementedError

    def end_entry(self, state: "State") -> None:
        """All commands of the entry are done: what the actual run did besides is done now."""
        raise NotImplementedError

    def admit(self) -> i64:
        """The RejectReason with which the entry's own command ended."""
        raise NotImplementedError

    def admit_order(
        self, state: "State", account: "Account", command: PlaceOrder, reason: i64, limit_price: i64
    ) -> tuple[i64, i64]:
        """The same for PlaceOrder, with its limit price; takes over the accepted quantity."""
        raise NotImplementedError

    def admit_fired(
        self,
        algo_id: i64,
        command: PlaceOrder,
        reason: i64,
        limit_price: i64,
    ) -> tuple[i64, i64]:
        """The same for the order of an algo that has fired."""
        raise NotImplementedError

    def wants(
        self,
        state: "State",
        account: "Account",
        market: "Market",
        command: PlaceOrder,
        limit_price: i64,
        cause: i64,
        first: i64,
    ) -> tuple[i64, i64]:
        """The venue or a user wants this order now. Returns the id and the limit price that it had
        in the actual run in this entry, and takes over its quantity; id 0: it had none.
        """
        raise NotImplementedError

    def match(
        self, state: "State", market: "Market", account: "Account", order: Order, quote_amount: i64
    ) -> i64:
        """Let the order meet the fills that it had; returns how it ended: a CancelReason,
        FILLED or RESTS of `acts`.
        """
        raise NotImplementedError

    def may_end(self, order: Order) -> bool:
        """Whether the resting order ended in this entry of the actual run too."""
        raise NotImplementedError

    def lots_cut(self, order: Order, wanted: i64) -> i64:
        """By how much the resting order was cut next in this entry of the actual run: all that is
        open where it ended, 0 where it was left alone.
        """
        raise NotImplementedError

    def has_moves(self, account: "Account") -> bool:
        """Whether the venue moved positions of the account in this entry of the actual run."""
        raise NotImplementedError

    def settle_move(
        self,
        state: "State",
        market: "Market",
        account: "Account",
        other: "Account",
        lots: i64,
        price: i64,
    ) -> tuple[i64, i64]:
        """How many of the lots that the venue wants to move from a bankrupt position may be, and at
        which price.
        """
        raise NotImplementedError

    def note_left(self, state: "State", account: "Account", asset_id: i64) -> None:
        """Some of the asset has left the venue from the account."""
        raise NotImplementedError

    def note_cancel(self, account: "Account", order_id: i64, client_id: bytes) -> None:
        """The account wanted to cancel an order that is not open."""
        raise NotImplementedError

    def note_mass_cancel(self, account: "Account", instrument_id: i64, side: i64) -> None:
        """The account wanted to cancel all of these."""
        raise NotImplementedError

    def quote_mirror(
        self, source_id: i64, instrument_id: i64, buy_price: i64, sell_price: i64
    ) -> None:
        """What a mirror would quote now; 0: nothing."""
        raise NotImplementedError

    def is_polluted(self, state: "State") -> bool:
        """Whether the book is not to be believed now: in the window and a minute after it."""
        raise NotImplementedError

    def basis_e8(self, market: "Market") -> i64:
        """The basis over the index that stands for the book while the book is polluted."""
        raise NotImplementedError
