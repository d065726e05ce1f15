"""Claims: cash for what the venue should have done and did not, or should not have refused.

Nobody becomes party to a trade that did not happen, so nothing is traded. Two kinds: an algo order
that the rerun fires and the actual run never fired; and a user's order that was refused for a price
or a margin which the rerun does not share, as far as a standing fill then traded through it by at
least a tick. Claims net: what one has closed, or paid for, is not there for the next; a retry of a
refused order takes the place of the first; and all claims of an account together are capped by what
it was worth.
"""

from typing import final

from mypy_extensions import i64, mypyc_attr

from seawall.core.engine.references import References
from seawall.core.engine.refused import RefusedBook
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.valuation import Prices, account_value
from seawall.core.ledger import available
from seawall.core.matching import Order
from seawall.core.model.commands import PlaceOrder
from seawall.core.model.enums import Side


@final
@mypyc_attr(acyclic=True)
class Claim:
    """`signed` lots that should have been traded at `price` ticks. `left` lots have not been made
    up for by later fills; `value` is what those that were lost, in ticks times lots.
    """

    def __init__(
        self, *, account_id: i64, instrument_id: i64, signed: i64, price: i64, seq: i64
    ) -> None:
        self.account_id: i64 = account_id
        self.instrument_id: i64 = instrument_id
        self.signed: i64 = signed
        self.price: i64 = price
        self.seq: i64 = seq
        self.left: i64 = signed if signed > 0 else -signed
        self.value: int = 0

    def note(self, *, price: i64, lots: i64) -> None:
        """The account did it later at `price`."""
        done = lots if lots < self.left else self.left
        self.left -= done
        worse = int(price) - int(self.price)
        if self.signed < 0:
            worse = -worse
        self.value += worse * int(done)


@final
@mypyc_attr(acyclic=True)
class ClaimBook:
    """All claims, and what may become one. `caps`: what accounts with claims were worth."""

    def __init__(self) -> None:
        self.claims: list[Claim] = []
        self.caps: dict[int, int] = {}
        self._refused: RefusedBook = RefusedBook()
        self._claimed: dict[int, int] = {}  # signed lots, by account and instrument
        self._open: dict[int, list[Claim]] = {}  # those with lots left, by the same

    def open_claim(
        self,
        state: State,
        references: References,
        market: Market,
        account: Account,
        command: PlaceOrder,
        *,
        signed: i64,
        price: i64,
    ) -> None:
        """The account should have traded so many lots at the price; fewer where it has not got
        them.
        """
        lots = self._claimable(state, market, account, command, signed=signed, price=price)
        if lots == 0:
            return
        claim = Claim(
            account_id=account.account_id,
            instrument_id=market.instrument.instrument_id,
            signed=lots if signed > 0 else -lots,
            price=price,
            seq=state.seq,
        )
        worth = account_value(state, Prices(state, references), account)
        if worth > self.caps.get(account.account_id, 0):
            self.caps[account.account_id] = worth
        self.claims.append(claim)
        key: int = account.account_id << 16 | market.instrument.instrument_id
        self._claimed[key] = self._claimed.get(key, 0) + int(claim.signed)
        known = self._open.get(key)
        if known is None:
            known = []
            self._open[key] = known
        known.append(claim)

    def _claimable(
        self,
        state: State,
        market: Market,
        account: Account,
        command: PlaceOrder,
        *,
        signed: i64,
        price: i64,
    ) -> i64:
        """How many of the lots are there to be traded, beside those of earlier claims."""
        lots = signed if signed > 0 else -signed
        key: int = account.account_id << 16 | market.instrument.instrument_id
        claimed: i64 = self._claimed.get(key, 0)
        swap = market.swap
        if swap is not None:
            if not command.reduce_only:
                return lots
            position = swap.position(account.slot)
            size = claimed + (position.size if position is not None else 0)
            most = -size if signed > 0 else size
        elif signed < 0:
            base = state.trading_account(account, market.instrument.base_asset_id)
            most = available(base) // market.instrument.lot_size + claimed
        else:
            quote = state.trading_account(account, market.instrument.quote_asset_id)
            most = available(quote) // (price * market.instrument.unit_value) - claimed
        if most <= 0:
            return 0
        return lots if lots < most else most

    def note_refused(self, command: PlaceOrder, limit_price: i64) -> None:
        """Remember an order that should not have been refused; the newest of an account, instrument
        and side stands for what it wants there.
        """
        self._refused.put(command, price=limit_price)

    def trade_through(
        self, state: State, references: References, market: Market, *, price: i64, lots: i64
    ) -> list[int]:
        """A fill of so many lots stands at the price: the claims of those whose refused orders it
        traded through by at least a tick, best limit first; returns their account ids.
        """
        named: list[int] = []
        for side in (Side.BUY, Side.SELL):
            waiting = self._refused.side(market.instrument.instrument_id, side)
            while waiting is not None and lots > 0:
                one = waiting.best()
                if one is None or not one.is_traded_through(price):
                    break
                account = state.account(one.command.account_id)
                assert account is not None
                done = one.left if one.left < lots else lots
                lots -= done
                one.left -= done
                if one.left == 0:
                    self._refused.remove(one)
                self.open_claim(
                    state,
                    references,
                    market,
                    account,
                    one.command,
                    signed=done if side == Side.BUY else -done,
                    price=one.price,
                )
                named.append(int(account.account_id))
        return named

    def has_refused(self) -> bool:
        """Whether a fill could trade through anything."""
        return self._refused.count > 0

    def note_fill(self, order: Order, *, price: i64, lots: i64) -> None:
        """The order's account traded: in the direction of an open claim it did later what it should
        have done then.
        """
        if len(self._open) == 0:
            return
        key: int = order.account_id << 16 | order.instrument_id
        known = self._open.get(key)
        if known is None:
            return
        is_buy = order.side == Side.BUY
        is_done = False
        for claim in known:
            if claim.left > 0 and (claim.signed > 0) == is_buy and lots > 0:
                before = claim.left
                claim.note(price=price, lots=lots)
                lots -= before - claim.left
                is_done = is_done or claim.left == 0
        if is_done:
            self._open[key] = [claim for claim in known if claim.left > 0]
