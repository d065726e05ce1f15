"""The naive twin's swaps: what fills and funding do to positions and money, from the prose, in
whole numbers and fractions. Nothing is kept that can be worked out.
"""

from __future__ import annotations

from copy import copy
from fractions import Fraction

from seawall.core.model.enums import CancelReason, IndexState, LedgerKind, MarginMode, Side
from seawall.core.model.events import Event
from seawall.core.model.order_events import OrderAmended, OrderCancelled
from seawall.core.model.risk_events import FundingPaid, PositionChanged
from tests.laws.naive_ledger import E8, NaiveOrder
from tests.laws.naive_matching import HOUSE_FEE, Taker, crossing, fee_of, say_filled, walk
from tests.laws.naive_reserves import NaiveReserves

FUND, TREASURY = (LedgerKind.INSURANCE, 0), (LedgerKind.HOUSE_TREASURY, 0)


class NaiveSwaps(NaiveReserves):
    """The part of the twin that trades swaps."""

    # Fills (domain 3.2)

    def is_in_band(self, instrument_id: int, price: int) -> bool:
        """Whether a fill may happen at that price."""
        given = self.markets.get(instrument_id)
        return given is None or given.band_low <= price <= given.band_high

    def can_fill_swap_whole(self, taker: Taker) -> bool:
        """Try it on a copy. The venue may be too careful; that is counted."""
        scratch = copy(self)
        scratch.balances = dict(self.balances)
        scratch.positions = {key: copy(one) for key, one in self.positions.items()}
        scratch.orders = [copy(one) for one in self.orders]
        scratch.ended, scratch.touched = list(self.ended), set()
        tried = Taker(copy(taker.order), is_market=taker.is_market)
        enough = sum(
            one.quantity_open()
            for one in crossing(self, taker)
            if not self.are_of_one_owner(taker.order.account_id, one.account_id)
        )
        is_filled = enough >= taker.order.quantity and walk(scratch, tried) is None
        is_filled = is_filled and tried.order.quantity_open() == 0
        if is_filled and self.says_killed:
            self.too_careful += 1
            return False
        return is_filled

    def trade_swap(self, taker: Taker, maker: NaiveOrder) -> int | None:
        """One fill, or why the taker stops; a maker who cannot pay is cancelled."""
        order = taker.order
        lots = min(order.quantity_open(), maker.quantity_open())
        if not self.can_pay(maker, lots, maker.limit_price, is_taker=False):
            taker.events += self.cancel(maker, CancelReason.MARGIN)
            return None
        if not self.can_pay(order, lots, maker.limit_price, is_taker=True):
            return CancelReason.MARGIN
        sizes = []
        fees = []
        for one, is_taker in ((maker, False), (order, True)):
            sizes.append(self.position(one.account_id, one.instrument_id).size)
            self.provide(one, lots, maker.limit_price, is_taker=is_taker)
        for one in (order, maker):
            self.book(one, lots, maker.limit_price)
        for one, is_taker in ((order, True), (maker, False)):
            fees.append(self.charge_swap(one, lots, maker.limit_price, is_taker=is_taker))
        say_filled(self, taker, maker, lots=lots, taker_fee=fees[0], maker_fee=fees[1])
        if maker.quantity_open() == 0:
            self.forget(maker)
        for one, before in ((maker, sizes[0]), (order, sizes[1])):
            taker.events += self.after_fill(one, before)
        return None

    def rate_of(self, order: NaiveOrder, *, is_taker: bool) -> int:
        """The fee rate of a side."""
        tier = self.genesis.fee_tiers[self.accounts[order.account_id].fee_tier]
        return tier.taker_e8 if is_taker else tier.maker_e8

    def parts(self, order: NaiveOrder, lots: int) -> tuple[int, int]:
        """How many of the lots close, and how many open."""
        closing = min(lots, self.reducible(order.account_id, order.instrument_id, order.side))
        return closing, lots - closing

    def closing_profit(self, order: NaiveOrder, lots: int, price: int) -> int:
        """What closing so many lots realises: their value against their floored share of cost."""
        position = self.position(order.account_id, order.instrument_id)
        if lots == 0:
            return 0
        released = abs(position.cost) * lots // abs(position.size)
        value = self.value(order.instrument_id, lots, price)
        return value - released if position.size > 0 else released - value

    def to_be_paid(self, order: NaiveOrder, lots: int, price: int, *, is_taker: bool) -> int:
        """Fee less realised profit; no rebate is counted on."""
        closing, _ = self.parts(order, lots)
        value = self.value(order.instrument_id, lots, price)
        fee = max(fee_of(value, self.rate_of(order, is_taker=is_taker)), 0)
        return fee - self.closing_profit(order, closing, price)

    def from_cash(self, order: NaiveOrder, lots: int, price: int, *, is_taker: bool) -> int | None:
        """What the fill takes from the account's cash; None when an isolated margin that only
        closes cannot pay.
        """
        account_id, id_ = order.account_id, order.instrument_id
        position = self.position(account_id, id_)
        due = self.to_be_paid(order, lots, price, is_taker=is_taker)
        if position.mode != MarginMode.ISOLATED:
            return due
        margin = self.isolated_margin(account_id, id_)
        closing, opening = self.parts(order, lots)
        if opening == 0:
            return 0 if due <= margin else None
        held = 0 if closing > 0 else abs(position.size)
        wanted = self.margin_at_opening(order, held, opening, price)
        if closing > 0:  # the old side is closed first, and what it leaves is there for the new
            return max(wanted - (margin - due), 0)
        return wanted + max(due - margin, 0)

    def margin_at_opening(self, order: NaiveOrder, held: int, lots: int, price: int) -> int:
        """Initial margin of so many more lots at the price, or at the mark where that is better,
        and then what is lost at once.
        """
        id_ = order.instrument_id
        lost = self.lost_at_once(order, lots, price)
        at = self.markets[id_].mark if lost > 0 else price
        tiers, lever = self.tiers(id_), self.position(order.account_id, id_).lever
        before = tiers.initial(self.value(id_, held, at), lever)
        return tiers.initial(self.value(id_, held + lots, at), lever) - before + lost

    def lost_at_once(self, order: NaiveOrder, lots: int, price: int) -> int:
        """What lots at this price are worth less at the mark; nobody asks without protections."""
        id_ = order.instrument_id
        mark, sign = self.markets[id_].mark, 1 if order.side == Side.BUY else -1
        if mark == 0 or not self.genesis.parameters.protections:
            return 0
        return max(self.value(id_, sign * lots, price) - self.value(id_, sign * lots, mark), 0)

    def is_covered(self, order: NaiveOrder, lots: int, price: int) -> bool:
        """Whether a fill that loses at once leaves equity, or, when it opens, initial margin."""
        account_id, id_ = order.account_id, order.instrument_id
        lost = self.lost_at_once(order, lots, price)
        position = self.position(account_id, id_)
        _, opening = self.parts(order, lots)
        if lost == 0:
            return True
        if position.mode == MarginMode.ISOLATED:
            equity = self.isolated_margin(account_id, id_) + self.profit(account_id, id_)
            return opening > 0 or equity >= lost
        asset_id = self.instruments[id_].quote_asset_id
        left = self.balance(LedgerKind.TRADING, account_id, asset_id) - lost
        if opening > 0:
            left = self.available(account_id, asset_id) - lost
        for one in self.swaps_of(asset_id):
            other = self.position(account_id, one)
            if other.mode == MarginMode.ISOLATED:
                continue
            left += self.profit(account_id, one)
            size = other.size
            if one == id_:
                size += lots if order.side == Side.BUY else -lots
            if opening > 0:
                value = self.value(one, abs(size), self.markets[one].mark)
                left -= self.tiers(one).initial(value, other.lever)
        return left >= 0

    def profits_elsewhere(self, account_id: int, asset_id: int, besides: int) -> list[int]:
        """Swaps whose profit at a good mark can become cash, in the order in which it would."""
        found = []
        for id_ in self.swaps_of(asset_id):
            position = self.position(account_id, id_)
            state = self.indices[self.instruments[id_].index_id].state
            is_good = state in (IndexState.NORMAL, IndexState.DEGRADED)
            is_cross = position.mode != MarginMode.ISOLATED
            if id_ != besides and is_good and is_cross and self.profit(account_id, id_) > 0:
                found.append(id_)
        return found

    def profit(self, account_id: int, instrument_id: int) -> int:
        """Unrealised, at the mark."""
        position = self.position(account_id, instrument_id)
        mark = self.markets[instrument_id].mark
        return self.value(instrument_id, position.size, mark) - position.cost

    def can_pay(self, order: NaiveOrder, lots: int, price: int, *, is_taker: bool) -> bool:
        """Whether nobody's cash would go below zero, nor anybody's equity by a bad price."""
        if not self.is_covered(order, lots, price):
            return False
        needed = self.from_cash(order, lots, price, is_taker=is_taker)
        if needed is None:
            return False
        asset_id = self.instruments[order.instrument_id].quote_asset_id
        account_id = order.account_id
        others = self.profits_elsewhere(account_id, asset_id, order.instrument_id)
        most = sum(self.profit(account_id, one) for one in others)
        return max(needed, 0) <= self.available(account_id, asset_id) + most

    def realise(self, account_id: int, asset_id: int, needed: int, besides: int) -> None:
        """Turn profit of other positions into cash until there is enough."""
        for id_ in self.profits_elsewhere(account_id, asset_id, besides):
            if self.available(account_id, asset_id) >= needed:
                return
            profit = self.profit(account_id, id_)
            position = self.position(account_id, id_)
            position.cost += profit
            position.realised += profit
            self.touched.add((account_id, id_))
            clearing = (LedgerKind.CLEARING, 0, id_)
            self.move(asset_id, profit, clearing, (LedgerKind.TRADING, account_id))

    def provide(self, order: NaiveOrder, lots: int, price: int, *, is_taker: bool) -> None:
        """Cash for the fill, and margin for what it opens in isolation."""
        needed = self.from_cash(order, lots, price, is_taker=is_taker)
        account_id, id_ = order.account_id, order.instrument_id
        asset_id = self.instruments[id_].quote_asset_id
        assert needed is not None
        self.realise(account_id, asset_id, max(needed, 0), id_)
        if self.position(account_id, id_).mode == MarginMode.ISOLATED:
            trading = (LedgerKind.TRADING, account_id)
            self.move(asset_id, needed, trading, (LedgerKind.ISOLATED, account_id, id_))

    def purse(self, account_id: int, instrument_id: int) -> tuple[int, ...]:
        """Where the position's profit and fees go."""
        if self.position(account_id, instrument_id).mode == MarginMode.ISOLATED:
            return (LedgerKind.ISOLATED, account_id, instrument_id)
        return (LedgerKind.TRADING, account_id)

    def book(self, order: NaiveOrder, lots: int, price: int) -> None:
        """Close first, open the rest, pay or take what was realised."""
        account_id, id_ = order.account_id, order.instrument_id
        position = self.position(account_id, id_)
        closing, opening = self.parts(order, lots)
        pnl = self.closing_profit(order, closing, price)
        sign = 1 if order.side == Side.BUY else -1
        if closing > 0:
            released = abs(position.cost) * closing // abs(position.size)
            position.size += sign * closing
            position.cost += sign * released
        position.realised += pnl
        position.size += sign * opening
        position.cost += sign * self.value(id_, opening, price)
        asset_id = self.instruments[id_].quote_asset_id
        self.move(asset_id, pnl, (LedgerKind.CLEARING, 0, id_), self.purse(account_id, id_))

    def charge_swap(self, order: NaiveOrder, lots: int, price: int, *, is_taker: bool) -> int:
        """The fee, or a rebate as far as the house's capital goes."""
        account_id, id_ = order.account_id, order.instrument_id
        asset_id = self.instruments[id_].quote_asset_id
        fee = fee_of(self.value(id_, lots, price), self.rate_of(order, is_taker=is_taker))
        capital = self.house_capital.get(asset_id, 0)
        if fee < 0 and self.balance(*HOUSE_FEE, asset_id) + fee < -capital:
            fee = 0
        self.move(asset_id, fee, self.purse(account_id, id_), HOUSE_FEE)
        self.position(account_id, id_).fees += fee
        return fee

    def after_fill(self, order: NaiveOrder, before: int) -> list[Event]:
        """Margin that is free again goes back; reduce-only orders fit the position again."""
        account_id, id_ = order.account_id, order.instrument_id
        position = self.position(account_id, id_)
        self.touched.add((account_id, id_))
        has_turned = before * position.size < 0
        if position.size != 0 and (before == 0 or has_turned):
            position.opened_ms = self.clock_ms
        if position.mode == MarginMode.ISOLATED:
            margin = self.isolated_margin(account_id, id_)
            spare = 0
            if position.size == 0:
                spare = margin
            elif has_turned:
                lost = max(-self.profit(account_id, id_), 0)
                lost *= self.genesis.parameters.protections
                value = self.value(id_, abs(position.size), self.markets[id_].mark)
                at = value if lost > 0 else abs(position.cost)
                wanted = self.tiers(id_).initial(at, position.lever)
                spare = max(margin - wanted - lost, 0)
            elif abs(position.size) < abs(before):
                share = margin * (abs(before) - abs(position.size)) // abs(before)
                spare = min(share, self.removable(account_id, id_))
            asset_id = self.instruments[id_].quote_asset_id
            isolated = (LedgerKind.ISOLATED, account_id, id_)
            self.move(asset_id, spare, isolated, (LedgerKind.TRADING, account_id))
        return self.trim(account_id, id_)

    def after_rest(self, order: NaiveOrder) -> list[Event]:
        """A reduce-only order that has come to rest counts with the others."""
        if not order.is_reduce_only:
            return []
        return self.trim(order.account_id, order.instrument_id, order.order_id)

    def trim(self, account_id: int, instrument_id: int, arriving: int = 0) -> list[Event]:
        """Cut reduce-only orders until they fit: worst price first, then the newest."""
        events: list[Event] = []
        for side in (Side.BUY, Side.SELL):
            most = self.reducible(account_id, instrument_id, side)
            while True:
                mine = [
                    one
                    for one in self.orders_of(account_id, instrument_id)
                    if one.is_reduce_only and one.side == side
                ]
                excess = sum(one.quantity_open() for one in mine) - most
                if excess <= 0:
                    break
                sign = -1 if side == Side.BUY else 1
                worst = max(mine, key=lambda one: (sign * one.limit_price, one.order_id))
                events += self.cut(worst, excess)
                if isinstance(events[-1], OrderCancelled):
                    events[-1].was_resting = worst.order_id != arriving
        return events

    def cut(self, order: NaiveOrder, lots: int) -> list[Event]:
        """Take lots off a resting order, which keeps its place; all of them end it."""
        if lots >= order.quantity_open():
            return self.cancel(order, CancelReason.REDUCE_ONLY)
        order.quantity -= lots
        return [
            OrderAmended(
                order_id=order.order_id,
                account_id=order.account_id,
                instrument_id=order.instrument_id,
                limit_price=order.limit_price,
                quantity=order.quantity,
                quantity_open=order.quantity_open(),
                kept_priority=True,
            )
        ]

    # Funding (domain 2.3)

    def pay_funding(self) -> list[Event]:
        """Every position pays or receives what was settled in this tick."""
        events: list[Event] = []
        for one in self.settled:
            id_ = one.instrument_id
            asset_id = self.instruments[id_].quote_asset_id
            clearing = (LedgerKind.CLEARING, 0, id_)
            left = self.missing.get(id_, 0)
            for account_id in self.accounts:
                size = self.position(account_id, id_).size
                exact = Fraction(self.value(id_, size, one.mark) * one.rate_e8, E8)
                due = -((-exact.numerator) // exact.denominator)  # up, in favour of the venue
                if due == 0:
                    continue
                paid = self.pay_one(account_id, id_, due)
                left += paid
                position = self.position(account_id, id_)
                position.funding -= paid
                self.touched.add((account_id, id_))
                events.append(FundingPaid(account_id, id_, -paid))
            self.missing[id_] = min(left, 0)
            if left > 0:
                self.move(asset_id, left, clearing, (LedgerKind.SYS_ROUNDING, 0))
        return events

    def pay_one(self, account_id: int, instrument_id: int, due: int) -> int:
        """Of what is due, what is there: his own, then the fund's, then the house's."""
        asset_id = self.instruments[instrument_id].quote_asset_id
        clearing = (LedgerKind.CLEARING, 0, instrument_id)
        purse = self.purse(account_id, instrument_id)
        if due < 0:
            self.move(asset_id, -due, clearing, purse)
            return due
        has = self.isolated_margin(account_id, instrument_id)
        if purse[0] == LedgerKind.TRADING:
            self.realise(account_id, asset_id, due, besides=-1)
            has = self.available(account_id, asset_id)
        left = due
        for source, most in (
            (purse, has),
            (FUND, self.balance(*FUND, asset_id)),
            (TREASURY, self.balance(*TREASURY, asset_id)),
        ):
            part = min(left, most)
            self.move(asset_id, part, source, clearing)
            left -= part
        return due - left

    # What readers are told

    def say_positions(self) -> list[Event]:
        """Those that the entry touched, by account, then instrument."""
        events: list[Event] = []
        for account_id, id_ in sorted(self.touched):
            position = self.positions[account_id, id_]
            events.append(
                PositionChanged(
                    account_id=account_id,
                    instrument_id=id_,
                    size=position.size,
                    cost=position.cost,
                    margin_mode=position.mode,
                    lever=position.lever,
                    margin=self.isolated_margin(account_id, id_),
                    realised=position.realised,
                    fees=position.fees,
                    funding=position.funding,
                    opened_ms=position.opened_ms,
                )
            )
            if position.size == 0:
                position.opened_ms = 0
        self.touched = set()
        return events
