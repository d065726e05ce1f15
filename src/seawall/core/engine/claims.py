"""Claims: cash for what the venue should have done and did not, or should not have refused.

Nobody becomes party to a trade that did not happen, so nothing is traded. Two kinds: an algo order
that the rerun fires and the actual run never fired; and a user's order that was refused for a price
or a margin which the rerun does not share, as far as a standing fill then traded through it by at
least a tick. Claims net: what one has closed, or paid for, is not there for the next; a retry of a
refused order takes the place of the first; and all claims of an account together are capped by what
it was worth.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.engine.references import References
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.valuation import Prices, account_value
from seawall.core.ledger import available
from seawall.core.matching import Order
from seawall.core.model.commands import PlaceOrder
from seawall.core.model.enums import Side

REFUSED_MAX: Final = 100_000  # refused orders that are remembered


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
class Refused:
    """A user's order that the venue refused and the rerun would not have refused."""

    def __init__(self, command: PlaceOrder, *, price: i64) -> None:
        self.command: PlaceOrder = command
        self.price: i64 = price
        self.left: i64 = command.quantity


@final
@mypyc_attr(acyclic=True)
class ClaimBook:
    """All claims, and what may become one. `caps`: what accounts with claims were worth."""

    def __init__(self) -> None:
        self.claims: list[Claim] = []
        self.caps: dict[int, int] = {}
        self._refused: dict[tuple[int, int, int], Refused] = {}  # account, instrument, side
        self._open: dict[int, list[Claim]] = {}  # by account and instrument

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
        claimed: i64 = 0
        key: int = account.account_id << 16 | market.instrument.instrument_id
        for claim in self._open.get(key, []):
            claimed += claim.signed
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
        key = (int(command.account_id), int(command.instrument_id), int(command.side))
        if key in self._refused or len(self._refused) < REFUSED_MAX:
            self._refused[key] = Refused(command, price=limit_price)

    def trade_through(
        self, state: State, references: References, market: Market, *, price: i64, lots: i64
    ) -> list[int]:
        """A fill of so many lots stands at the price: the claims of those whose refused orders it
        traded through by at least a tick, best limit first; returns their account ids.
        """
        found: list[tuple[int, int, int]] = []
        for key, one in self._refused.items():
            if key[1] != market.instrument.instrument_id:
                continue
            is_buy = one.command.side == Side.BUY
            if price < one.price if is_buy else price > one.price:
                found.append((int(-one.price if is_buy else one.price), key[0], key[2]))
        found.sort()
        named: list[int] = []
        for _, account_id, side in found:
            if lots == 0:
                break
            key = (account_id, int(market.instrument.instrument_id), side)
            one = self._refused[key]
            account = state.account(account_id)
            assert account is not None
            done = one.left if one.left < lots else lots
            lots -= done
            one.left -= done
            if one.left == 0:
                del self._refused[key]
            self.open_claim(
                state,
                references,
                market,
                account,
                one.command,
                signed=done if side == Side.BUY else -done,
                price=one.price,
            )
            named.append(account_id)
        return named

    def has_refused(self) -> bool:
        """Whether a fill could trade through anything."""
        return len(self._refused) > 0

    def note_fill(self, order: Order, *, price: i64, lots: i64) -> None:
        """The order's account traded: in the direction of an open claim it did later what it should
        have done then.
        """
        if len(self._open) == 0:
            return
        known = self._open.get(order.account_id << 16 | order.instrument_id)
        if known is None:
            return
        is_buy = order.side == Side.BUY
        for claim in known:
            if claim.left > 0 and (claim.signed > 0) == is_buy and lots > 0:
                before = claim.left
                claim.note(price=price, lots=lots)
                lots -= before - claim.left
