"""What of each fill of the actual run is booked in a rerun, and for whom.

    both sides wanted it, at a fair price      STAND  both are booked
    one side wanted it, at a fair price        SPLIT  that side is booked against house:error
    nobody wanted it, or the price was unfair  VOID   neither is booked

Who wanted it is a quantity on each side (`licences.py`), so one fill may be of several kinds. What
stands is booked by the gap rule (`gap_rule.py`).
"""

from typing import final

from mypy_extensions import i64, mypyc_attr

from seawall.core.engine.acts import Move, Pin
from seawall.core.engine.claims import Claim, ClaimBook
from seawall.core.engine.execution import fill
from seawall.core.engine.gap_rule import (
    ACTED,
    CLAIMED,
    GapBook,
    lots_of,
    note_interest,
    retime,
    settle_leg,
    skip,
    trade_error,
)
from seawall.core.engine.insurance import parameters_of
from seawall.core.engine.licences import Cause, Licences, Verdict
from seawall.core.engine.references import References
from seawall.core.engine.resting import change_reserve, say_filled
from seawall.core.engine.review import ReviewPolicy
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.swap_fill import fill_swap, settle_funding
from seawall.core.engine.victims import TakenLots, note_victim
from seawall.core.matching import Order
from seawall.core.model.commands import PlaceOrder
from seawall.core.model.enums import LedgerKind, OrderCause, Side
from seawall.core.model.limits import ACCOUNT_ID_ERROR, ACCOUNT_ID_SYSTEM, AMOUNT_MAX


@final
@mypyc_attr(acyclic=True)
class PinSettlement:
    """Judges and books fills. `verdicts` are those of the window, and all that do not stand."""

    def __init__(self, *, window_from: i64, window_to: i64, policy: ReviewPolicy) -> None:
        self.policy: ReviewPolicy = policy
        self.references: References = References(window_from=window_from, window_to=window_to)
        self.gaps: GapBook = GapBook()
        self.licences: Licences = Licences(window_from=window_from)
        self.verdicts: list[Verdict] = []
        self.claim_book: ClaimBook = ClaimBook()
        self.victims: dict[int, TakenLots] = {}  # by account id
        # Lots that earlier repairs have offered back, by account, instrument, side and price.
        self.offered: dict[tuple[int, int, int, int], int] = {}

    @property
    def claims(self) -> list[Claim]:
        """What should have been done and was not."""
        return self.claim_book.claims

    def settle(self, state: State, market: Market, taker: Order, maker: Order, pin: Pin) -> None:
        """Book the fill as the matrix says."""
        quantity = pin.quantity
        assert 0 < quantity <= maker.quantity_open
        taker_lots = self.licences.take(taker, quantity)
        maker_lots = self.licences.take(maker, quantity)
        self.claim_book.note_fill(taker, price=pin.price, lots=quantity)
        self.claim_book.note_fill(maker, price=pin.price, lots=quantity)
        for order, lots in ((taker, taker_lots), (maker, maker_lots)):
            if lots < quantity:
                account = state.accounts[order.account_slot]
                rate = _rate(state, order, account, is_taker=order is taker)
                if order.cause == OrderCause.LIQUIDATION:
                    rate = parameters_of(state, market).fee_e8
                wrong = quantity - lots
                self._note_victim(
                    state,
                    market,
                    account,
                    signed=wrong if order.side == Side.BUY else -wrong,
                    price=pin.price,
                    rate_e8=rate,
                )
        _set_fee_floor(market, -AMOUNT_MAX if pin.maker_fee < 0 else AMOUNT_MAX)
        verdict = self._judge(state, market, taker, maker, pin, taker_lots, maker_lots)
        self._note_through(state, market, pin, verdict)
        is_plain = verdict.stood == quantity and verdict.adjusted == 0
        is_plain = is_plain and not self._closes_gap(market, taker, maker)
        if not is_plain:
            self._settle_parts(state, market, taker, maker, pin, verdict)
        elif market.swap is not None:
            fill_swap(state, market, taker, maker, quantity, pin.taker_open)
        else:
            fill(state, market, taker, maker, quantity, pin.taker_open)
        _set_fee_floor(market, -AMOUNT_MAX)

    def _note_victim(
        self,
        state: State,
        market: Market,
        account: Account,
        *,
        signed: i64,
        price: i64,
        rate_e8: i64,
    ) -> None:
        if account.account_id < ACCOUNT_ID_ERROR:
            self.gaps.touch(account.account_id, ACTED)
            note_victim(
                self.victims,
                state,
                self.references,
                market,
                account,
                signed=signed,
                price=price,
                rate_e8=rate_e8,
            )

    def _closes_gap(self, market: Market, taker: Order, maker: Order) -> bool:
        instrument_id = market.instrument.instrument_id
        signed: i64 = 1 if taker.side == Side.BUY else -1
        return (
            self.gaps.closing(taker.account_id, instrument_id, signed) != 0
            or self.gaps.closing(maker.account_id, instrument_id, -signed) != 0
        )

    def _judge(
        self,
        state: State,
        market: Market,
        taker: Order,
        maker: Order,
        pin: Pin,
        taker_lots: i64,
        maker_lots: i64,
    ) -> Verdict:
        """STAND, SPLIT or VOID, each for a part of the fill."""
        quantity = pin.quantity
        is_reviewed = self.references.is_reviewed(state)
        wanted_by_taker, wanted_by_maker = taker_lots, maker_lots
        if self.policy.ignores_taint:
            taker_lots = quantity
            maker_lots = quantity
        both = taker_lots if taker_lots < maker_lots else maker_lots
        one = (taker_lots if taker_lots > maker_lots else maker_lots) - both
        reference_e8 = self.references.reviewed_e8(market) if is_reviewed else 0
        is_fair = self.policy.is_fair(state, market, taker, maker, pin.price, reference_e8)
        if self.policy.voids_tainted and is_reviewed:
            one = 0
        verdict = Verdict(
            seq=state.seq,
            trade_id=pin.trade_id,
            instrument_id=market.instrument.instrument_id,
            price=pin.price,
            quantity=quantity,
            reference_e8=reference_e8,
        )
        verdict.taker_id = taker.account_id
        verdict.maker_id = maker.account_id
        verdict.taker_side = taker.side
        verdict.taker_lots = wanted_by_taker
        verdict.maker_lots = wanted_by_maker
        verdict.is_taker_larger = taker_lots > maker_lots
        verdict.is_fair = is_fair
        if is_fair:
            verdict.stood = both
            verdict.split = one
        elif both > 0:
            verdict.adjusted = self.policy.adjusted(
                state, market, taker, maker, pin.price, reference_e8
            )
            if verdict.adjusted > 0:
                verdict.stood = both
        is_plain = verdict.stood == quantity and taker_lots == quantity == maker_lots
        if is_reviewed or not is_plain:
            self.verdicts.append(verdict)
        return verdict

    def _settle_parts(
        self, state: State, market: Market, taker: Order, maker: Order, pin: Pin, verdict: Verdict
    ) -> None:
        """Book each side for what it may: the rest is skipped, and house:error takes the other side
        of what only one side wanted.
        """
        quantity = pin.quantity
        price = verdict.adjusted if verdict.adjusted > 0 else pin.price
        sign: i64 = 1 if taker.side == Side.BUY else -1
        taker_stands = verdict.stood
        maker_stands = verdict.stood
        if verdict.is_taker_larger:
            taker_stands += verdict.split
        else:
            maker_stands += verdict.split
        taker_account = state.accounts[taker.account_slot]
        maker_account = state.accounts[maker.account_slot]
        lots_before = self._begin_parts(state, market, taker, maker)
        reference = self.references.ticks(state, market)
        taker_rate = _rate(state, taker, taker_account, is_taker=True)
        maker_rate = _rate(state, maker, maker_account, is_taker=False)
        if maker_rate < 0 and taker_rate == 0:
            maker_rate = 0  # nobody pays for a rebate
        taker_fee = settle_leg(
            state,
            self.gaps,
            market,
            taker_account,
            signed=sign * taker_stands,
            price=price,
            reference=reference,
            rate_e8=taker_rate,
        )
        maker_fee = settle_leg(
            state,
            self.gaps,
            market,
            maker_account,
            signed=-sign * maker_stands,
            price=price,
            reference=reference,
            rate_e8=maker_rate,
        )
        trade_error(state, market, signed=sign * (maker_stands - taker_stands), price=price)
        skip(self.gaps, taker_account, market, sign * (quantity - taker_stands))
        skip(self.gaps, maker_account, market, -sign * (quantity - maker_stands))
        note_interest(market, lots_before, lots_of(state, market, taker_account, maker_account))
        self.licences.note_spent(taker, quantity - taker_stands, -1)
        self.licences.note_spent(maker, quantity - maker_stands, -1)
        self._say_parts(state, market, taker, maker, pin, verdict, taker_fee, maker_fee)

    def _begin_parts(self, state: State, market: Market, taker: Order, maker: Order) -> i64:
        """Funding first, as in every fill; then how many lots all concerned hold."""
        taker_account = state.accounts[taker.account_slot]
        maker_account = state.accounts[maker.account_slot]
        if market.swap is not None:
            for account in (maker_account, taker_account):
                settle_funding(state, market, account, state.position(account, market))
        return lots_of(state, market, taker_account, maker_account)

    def _say_parts(
        self,
        state: State,
        market: Market,
        taker: Order,
        maker: Order,
        pin: Pin,
        verdict: Verdict,
        taker_fee: i64,
        maker_fee: i64,
    ) -> None:
        """The maker's place and the event; what is void was no trade."""
        account = state.accounts[maker.account_slot]
        before = maker.quantity_open
        change_reserve(state, market, account, maker, before=before, after=before - pin.quantity)
        market.book.reduce(maker, pin.quantity)
        if verdict.stood == 0 and verdict.split == 0:
            state.trades_made += 1
        else:
            say_filled(
                state,
                market,
                taker,
                maker,
                pin.quantity,
                taker_open=pin.taker_open,
                taker_fee=taker_fee,
                maker_fee=maker_fee,
                is_price=verdict.stood > 0,
            )
        if maker.quantity_open == 0:
            state.drop_order(account, maker)

    def license(
        self,
        state: State,
        account: Account,
        market: Market,
        command: PlaceOrder,
        limit_price: i64,
        key: Cause,
    ) -> None:
        """What the venue wants now it may: assigned, never added. What was done wrongly before is
        done now; what an algo order was never fired for in the actual run is a claim.
        """
        wanted = command.quantity
        self.licences.assign(key, wanted)
        if key.kind == OrderCause.MIRROR:
            return
        signed = wanted if command.side == Side.BUY else -wanted
        reference = self.references.ticks(state, market)
        is_late = key.kind == OrderCause.LIQUIDATION and self.references.is_in_grace(state)
        gap = self.gaps.gap(account.account_id, command.instrument_id)
        if gap != 0 and (gap > 0) == (signed > 0):
            if is_late:
                return
            done = retime(state, self.gaps, market, account, signed=signed, reference=reference)
            self.licences.spend(key, done if done > 0 else -done)
            signed -= done
        is_missed = key.kind == OrderCause.ALGO and not self.licences.has_fired(key.first)
        if is_missed and signed != 0:
            self._claim(state, market, account, command, signed, reference, limit_price)

    def _claim(
        self,
        state: State,
        market: Market,
        account: Account,
        command: PlaceOrder,
        signed: i64,
        reference: i64,
        limit_price: i64,
    ) -> None:
        """An algo order that fires here and has not fired there: cash for what it would have
        brought, at the reference within its limit.
        """
        if reference == 0 or not self.references.is_after_start(state):
            return
        price = reference
        if limit_price > 0:
            if signed > 0 and price > limit_price:
                return
            if signed < 0 and price < limit_price:
                return
        self.gaps.touch(account.account_id, CLAIMED)
        self.claim_book.open_claim(
            state, self.references, market, account, command, signed=signed, price=price
        )

    def note_refused(
        self, state: State, command: PlaceOrder, *, refused: i64, limit_price: i64
    ) -> None:
        """A user's order was refused that this run would have taken: perhaps for a price or a
        margin that were wrong."""
        if self.policy.claims_refused(refused) and self.references.is_reviewed(state):
            self.claim_book.note_refused(command, limit_price)

    def _note_through(self, state: State, market: Market, pin: Pin, verdict: Verdict) -> None:
        """A standing fill may trade through what the venue refused."""
        if verdict.stood > 0 and self.claim_book.has_refused():
            for account_id in self.claim_book.trade_through(
                state, self.references, market, price=pin.price, lots=verdict.stood
            ):
                self.gaps.touch(account_id, CLAIMED)

    def close_at_exit(self, state: State, account: Account, asset_id: i64) -> None:
        """What left the venue while its gap was open: as far as the account has not got it here, it
        buys it from house:error at the reference. What it cannot pay becomes a debt at the posting.
        """
        for instrument_id in sorted(state.markets):
            market = state.markets[instrument_id]
            instrument = market.instrument
            if market.swap is not None or instrument.base_asset_id != asset_id:
                continue
            missing: i64 = 0
            for kind in (LedgerKind.TRADING, LedgerKind.FUNDING):
                found = state.ledger.account(
                    kind=kind, account_id=account.account_id, asset_id=asset_id
                )
                missing -= found.balance
            gap = self.gaps.gap(account.account_id, instrument_id)
            if missing <= 0 or gap <= 0:
                continue
            lots = -((-missing) // instrument.lot_size)
            retime(
                state,
                self.gaps,
                market,
                account,
                signed=lots if lots < gap else gap,
                reference=self.references.ticks(state, market),
            )

    def allow_move(
        self, state: State, market: Market, account: Account, other: Account, move: Move, lots: i64
    ) -> i64:
        """How many of the `lots` that the venue wants to move now may be, of those that it moved in
        the actual run. Those that it does not want now are void, or booked by a policy that does
        not ask.
        """
        wanted = lots if lots < move.lots else move.lots
        verdict = self._judge_move(state, market, account, other, move, wanted)
        if self.references.is_after_start(state):  # its price and what it leaves are others
            self.gaps.touch(account.account_id, ACTED)
            self.gaps.touch(other.account_id, ACTED)
        signed = self._signed(state, market, account, move)
        lost = move.lots - verdict.stood
        if wanted < move.lots or lost > 0:
            taken = move.lots - wanted
            taken = -taken if signed < 0 else taken
            self._note_victim(state, market, account, signed=taken, price=move.price, rate_e8=0)
            self._note_victim(state, market, other, signed=-taken, price=move.price, rate_e8=0)
        if lost > 0:
            skip(self.gaps, account, market, -lost if signed < 0 else lost)
            skip(self.gaps, other, market, lost if signed < 0 else -lost)
        allowed = wanted if wanted < verdict.stood else verdict.stood
        unasked = verdict.stood - allowed
        if unasked > 0:
            self._book_move(
                state, market, account, other, -unasked if signed < 0 else unasked, move.price
            )
        return allowed

    def _judge_move(
        self,
        state: State,
        market: Market,
        account: Account,
        other: Account,
        move: Move,
        wanted: i64,
    ) -> Verdict:
        is_reviewed = self.references.is_reviewed(state)
        verdict = Verdict(
            seq=state.seq,
            trade_id=0,
            instrument_id=market.instrument.instrument_id,
            price=move.price,
            quantity=move.lots,
            reference_e8=self.references.reviewed_e8(market) if is_reviewed else 0,
        )
        verdict.taker_id = account.account_id
        verdict.maker_id = other.account_id
        is_sale = self._signed(state, market, account, move) < 0
        verdict.taker_side = Side.SELL if is_sale else Side.BUY
        verdict.taker_lots = wanted
        verdict.maker_lots = wanted
        verdict.is_fair = self.policy.is_price_fair(
            state, market, price=move.price, reference_e8=verdict.reference_e8
        )
        if verdict.is_fair:
            verdict.stood = move.lots if self.policy.ignores_taint else wanted
        if is_reviewed or verdict.stood != move.lots:
            self.verdicts.append(verdict)
        return verdict

    def _signed(self, state: State, market: Market, account: Account, move: Move) -> i64:
        """The lots of the move as the bankrupt account traded them."""
        is_long = move.is_long
        if move.other_id != ACCOUNT_ID_SYSTEM:
            size = state.position(account, market).size
            is_long = size + self.gaps.gap(account.account_id, move.instrument_id) > 0
        return -move.lots if is_long else move.lots

    def _book_move(
        self,
        state: State,
        market: Market,
        account: Account,
        other: Account,
        signed: i64,
        price: i64,
    ) -> None:
        """A move that this run does not make, and that stands all the same."""
        before = lots_of(state, market, account, other)
        reference = self.references.ticks(state, market)
        for side, lots in ((account, signed), (other, -signed)):
            settle_leg(
                state,
                self.gaps,
                market,
                side,
                signed=lots,
                price=price,
                reference=reference,
                rate_e8=0,
            )
        note_interest(market, before, lots_of(state, market, account, other))


def _rate(state: State, order: Order, account: Account, *, is_taker: bool) -> i64:
    """The fee rate of a side; the venue's own orders pay none."""
    if account.account_id >= ACCOUNT_ID_ERROR or order.cause == OrderCause.LIQUIDATION:
        return 0
    tier = state.genesis.fee_tiers[account.fee_tier]
    return tier.taker_e8 if is_taker else tier.maker_e8


def _set_fee_floor(market: Market, floor: i64) -> None:
    """A rebate is paid where the actual run paid one: what house:fee has left here says nothing."""
    market.house_base.floor = floor
    market.house_quote.floor = floor
