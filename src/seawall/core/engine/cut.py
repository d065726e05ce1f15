"""The cut: what the rerun has, more or less, than the actual run, as the rows of a repair.

Both runs stand at the same seq. Outstanding funding is paid on both sides first, so that rows carry
no debt of it. Then victims get the best of what was, what is repaired, and the cash they had when
control was taken from them; claims are paid; what the insurance fund or the treasury would lack,
and the rest of every such bill, is house:error's. Nothing else is changed: the rows are what is
left between the two.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.clearing import Position
from seawall.core.engine.claims import ClaimBook
from seawall.core.engine.pin_settlement import PinSettlement
from seawall.core.engine.state import Account, Market, State
from seawall.core.engine.swap_fill import settle_funding
from seawall.core.engine.valuation import Prices, account_value
from seawall.core.ledger import transfer
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import PlaceOrder
from seawall.core.model.enums import (
    InstrumentKind,
    LedgerKind,
    MarginMode,
    OrderType,
    Side,
    TimeInForce,
)
from seawall.core.model.limits import ACCOUNT_ID_ERROR
from seawall.core.model.repair import AlgoRow, LedgerRow, OrderRow, PositionRow, RepairRows

FILL: Final = 1  # classes of an affected account: a fill of it is judged otherwise, or a claim
FUNDING: Final = 2  # it pays or receives other funding
OTHER: Final = 3  # fees, or margin that stands elsewhere


@final
@mypyc_attr(acyclic=True)
class Bill:
    """What house:error pays an account beyond the rerun, in units of an asset: `kind` is BEST_OF,
    CLAIM or CASH.
    """

    def __init__(self, *, kind: i64, account_id: i64, asset_id: i64, amount: i64) -> None:
        self.kind: i64 = kind
        self.account_id: i64 = account_id
        self.asset_id: i64 = asset_id
        self.amount: i64 = amount


BEST_OF: Final = 1
CLAIM: Final = 2
CASH: Final = 3


@final
@mypyc_attr(acyclic=True)
class Cut:
    """The rows of a repair and how they came about. `classes`: of each affected account; `before`
    and `after`: what victims are worth as it happened and after the repair.
    """

    def __init__(self, rows: RepairRows) -> None:
        self.rows: RepairRows = rows
        self.classes: dict[int, int] = {}
        self.bills: list[Bill] = []
        self.before: dict[int, int] = {}
        self.after: dict[int, int] = {}


def cut(
    actual: State,
    repaired: State,
    settlement: PinSettlement,
    unrepaired: State | None = None,
) -> Cut:
    """The difference between the two runs. `unrepaired`: the actual run without the earlier repairs
    that the rerun does not have either; what they gave a victim is no loss of his. The states are
    used up: nobody may run them on.
    """
    assert actual.seq == repaired.seq
    repaired.ports = None
    for state in (actual, repaired):
        _settle_all_funding(state)
    happened = actual
    if unrepaired is not None:
        assert unrepaired.seq == repaired.seq
        unrepaired.ports = None
        _settle_all_funding(unrepaired)
        happened = unrepaired
    prices = Prices(repaired, settlement.references)
    made = Cut(RepairRows(ledger=[], positions=[], algos=[], orders=[]))
    _lift_up(repaired, LedgerKind.INSURANCE)
    _lift_up(repaired, LedgerKind.HOUSE_TREASURY)
    if settlement.policy.is_whole:
        _pay_claims(repaired, prices, made, settlement.claim_book)
        _pay_best_of(happened, repaired, prices, settlement, made)
    elif settlement.policy.is_cash:
        _pay_cash(repaired, settlement, made)
    rows = made.rows
    rows.positions = _position_rows(actual, repaired)
    rows.ledger = _without_placements(_ledger_rows(actual, repaired), rows.positions)
    rows.algos = _algo_rows(actual, repaired)
    rows.orders = _order_rows(repaired, settlement)
    _classify(made, settlement)
    return made


def _settle_all_funding(state: State) -> None:
    """Everybody pays and receives what is outstanding; what rounding left is booked."""
    for instrument_id in sorted(state.markets):
        market = state.markets[instrument_id]
        swap = market.swap
        if swap is None:
            continue
        for position in swap.positions:
            if position is not None and position.size != 0:
                account = state.accounts[position.account_slot]
                settle_funding(state, market, account, position)
        residue = swap.funding_residue
        swap.funding_residue = 0
        if residue > 0:
            transfer(state.ledger, source=swap.clearing, target=swap.rounding, amount=residue)
        elif residue < 0:
            error = state.trading_account(state.error_account(), market.instrument.quote_asset_id)
            transfer(state.ledger, source=error, target=swap.clearing, amount=-residue)


def _lift_up(state: State, kind: i64) -> None:
    """The fault is the venue's: where a fund of it would be short, house:error pays."""
    for key in sorted(state.ledger.accounts):
        found = state.ledger.accounts[key]
        if found.kind == kind and found.balance < 0:
            error = state.trading_account(state.error_account(), found.asset_id)
            transfer(state.ledger, source=error, target=found, amount=-found.balance)


def _pay_claims(state: State, prices: Prices, made: Cut, book: ClaimBook) -> None:
    """Cash for what should have been done: later fills count as they were, the rest at the
    reference; never less than nothing, nor, over all claims of an account, more than it was worth.
    """
    paid: dict[int, int] = {}
    for claim in book.claims:
        instrument = state.markets[claim.instrument_id].instrument
        worse = prices.ticks[int(claim.instrument_id)] - int(claim.price)
        if claim.signed < 0:
            worse = -worse
        ticks = claim.value + worse * int(claim.left)
        amount: int = ticks * int(instrument.unit_value)
        room = book.caps.get(claim.account_id, 0) - paid.get(claim.account_id, 0)
        if amount > room:
            amount = room
        account = state.account(claim.account_id)
        if amount > 0 and account is not None:
            paid[claim.account_id] = paid.get(claim.account_id, 0) + amount
            asset_id = instrument.quote_asset_id
            _pay(state, made, account, kind=CLAIM, asset_id=asset_id, amount=amount)


def _pay_best_of(
    happened: State, repaired: State, prices: Prices, settlement: PinSettlement, made: Cut
) -> None:
    """Each victim ends with the best of the repaired run, what happened, and what happened with
    what was done in its name done at the fair prices of those moments. What it did later itself
    counts in all three.
    """
    for account_id in sorted(settlement.victims):
        found = repaired.account(account_id)
        was = happened.account(account_id)
        if found is None or was is None:
            continue
        before = account_value(happened, prices, was)
        after = account_value(repaired, prices, found)
        taken = settlement.victims[account_id]
        best = before + taken.value(repaired, prices, was=was, found=found)
        if best > after:
            _pay(
                repaired,
                made,
                found,
                kind=BEST_OF,
                asset_id=prices.numeraire,
                amount=best - after,
            )
            after = best
        made.before[account_id] = before
        made.after[account_id] = after


def _pay_cash(repaired: State, settlement: PinSettlement, made: Cut) -> None:
    """Each victim is paid what its wrongful fills lost against the reference of their moment
    (formula C4), at most what it was worth; a lucky one keeps what it won. Liquidation fees come
    back by themselves.
    """
    due: dict[tuple[int, int], int] = {}
    for verdict in settlement.verdicts:
        if verdict.reference_e8 == 0:
            continue
        instrument = repaired.markets[verdict.instrument_id].instrument
        for account_id, lots, is_buy in (
            (verdict.taker_id, verdict.taker_lots, verdict.taker_side == Side.BUY),
            (verdict.maker_id, verdict.maker_lots, verdict.taker_side != Side.BUY),
        ):
            worse = int(verdict.price) * int(instrument.tick_size_e8) - int(verdict.reference_e8)
            if not is_buy:
                worse = -worse
            wrong = int(verdict.quantity - lots)
            if worse > 0 and wrong > 0:
                key = (int(account_id), int(instrument.quote_asset_id))
                lost = worse * wrong * int(instrument.unit_value) // int(instrument.tick_size_e8)
                due[key] = due.get(key, 0) + lost
    for key in sorted(due):
        account = repaired.account(key[0])
        taken = settlement.victims.get(key[0])
        if account is None or taken is None:
            continue
        amount = min(due[key], taken.worth)  # the rest was never his to lose
        if amount > 0:
            _pay(repaired, made, account, kind=CASH, asset_id=key[1], amount=amount)


def _pay(
    state: State, made: Cut, account: Account, *, kind: i64, asset_id: i64, amount: i64
) -> None:
    transfer(
        state.ledger,
        source=state.trading_account(state.error_account(), asset_id),
        target=state.trading_account(account, asset_id),
        amount=amount,
    )
    made.bills.append(
        Bill(kind=kind, account_id=account.account_id, asset_id=asset_id, amount=amount)
    )


def _ledger_rows(actual: State, repaired: State) -> list[LedgerRow]:
    keys: dict[int, bool] = {}
    for state in (actual, repaired):
        for key in state.ledger.accounts:
            keys[key] = True
    rows: list[LedgerRow] = []
    for key in sorted(keys):
        was = actual.ledger.accounts.get(key)
        found = repaired.ledger.accounts.get(key)
        amount: i64 = 0
        if found is not None:
            amount += found.balance
        if was is not None:
            amount -= was.balance
        if amount == 0:
            continue
        named = found if found is not None else was
        assert named is not None
        rows.append(
            LedgerRow(
                kind=named.kind,
                account_id=named.account_id,
                asset_id=named.asset_id,
                instrument_id=named.instrument_id,
                amount=amount,
            )
        )
    return rows


def _without_placements(rows: list[LedgerRow], positions: list[PositionRow]) -> list[LedgerRow]:
    """Leave out where only cash and margin of one account stand elsewhere: nothing is owed."""
    moved: dict[int, bool] = {}
    for position in positions:
        moved[position.account_id] = True
    sums: dict[tuple[int, int], int] = {}
    for row in rows:
        key = (int(row.account_id), int(row.asset_id))
        sums[key] = sums.get(key, 0) + int(row.amount)
    kept: list[LedgerRow] = []
    for row in rows:
        is_placement = row.account_id != 0 and row.account_id not in moved
        if not is_placement or sums[int(row.account_id), int(row.asset_id)] != 0:
            kept.append(row)
    return kept


def _position_rows(actual: State, repaired: State) -> list[PositionRow]:
    rows: dict[tuple[int, int], PositionRow] = {}
    for instrument_id in sorted(repaired.markets):
        known: dict[int, Position] = {}
        was = actual.markets.get(instrument_id)
        _by_account(was, known)
        found: dict[int, Position] = {}
        _by_account(repaired.markets[instrument_id], found)
        for account_id in sorted({**known, **found}):
            row = _position_row(
                account_id, instrument_id, known.get(account_id), found.get(account_id)
            )
            if row is not None:
                rows[account_id, instrument_id] = row
    return [rows[key] for key in sorted(rows)]


def _by_account(market: Market | None, into: dict[int, Position]) -> None:
    swap = market.swap if market is not None else None
    if swap is not None:
        for position in swap.positions:
            if position is not None:
                into[position.account_id] = position


def _position_row(
    account_id: i64, instrument_id: i64, was: Position | None, found: Position | None
) -> PositionRow | None:
    row = PositionRow(
        account_id=account_id,
        instrument_id=instrument_id,
        size=0,
        cost=0,
        realised=0,
        fees=0,
        funding_paid=0,
        margin_mode=MarginMode.CROSS,
        lever=1,
    )
    if was is not None:
        row.size -= was.size
        row.cost -= was.cost
        row.realised -= was.realised
        row.fees -= was.fees
        row.funding_paid -= was.funding_paid
        row.margin_mode = was.margin_mode
        row.lever = was.lever
    if found is not None:
        row.size += found.size
        row.cost += found.cost
        row.realised += found.realised
        row.fees += found.fees
        row.funding_paid += found.funding_paid
        row.margin_mode = found.margin_mode
        row.lever = found.lever
    is_same = row.size == 0 and row.cost == 0 and row.realised == 0
    return None if is_same and row.fees == 0 and row.funding_paid == 0 else row


def _algo_rows(actual: State, repaired: State) -> list[AlgoRow]:
    """Algo orders that still wait in the rerun and are gone in the actual run, or wait there with
    another trail.
    """
    rows: dict[tuple[int, int], AlgoRow] = {}
    for algo_id in sorted(repaired.algo_book.by_id):
        algo = repaired.algo_book.by_id[algo_id]
        was = actual.algo_book.by_id.get(algo_id)
        extreme = algo.best_price()
        if was is not None and was.best_price() == extreme and was.is_active == algo.is_active:
            continue
        rows[int(algo.terms.account_id), algo_id] = AlgoRow(
            account_id=algo.terms.account_id,
            algo_id=algo_id,
            terms=encode_command(algo.terms),
            extreme=extreme,
            is_above=algo.is_above,
            is_second_above=algo.is_second_above,
            is_active=algo.is_active,
        )
    return [rows[key] for key in sorted(rows)]


def _order_rows(repaired: State, settlement: PinSettlement) -> list[OrderRow]:
    """What the incident used up of users' older orders, to be offered back as new ones, as far as
    no earlier repair has done that: what became of those is their owners' wish.
    """
    rows: dict[tuple[int, bytes], OrderRow] = {}
    offered = dict(settlement.offered)
    for order_id in sorted(settlement.licences.spent):
        spent = settlement.licences.spent[order_id]
        order = spent.order
        place = (
            int(order.account_id),
            int(order.instrument_id),
            int(order.side),
            int(order.limit_price),
        )
        known = min(int(spent.lots), offered.get(place, 0))
        if known > 0:
            offered[place] -= known
        if known == spent.lots:
            continue
        instrument = repaired.markets[order.instrument_id].instrument
        is_swap = instrument.kind == InstrumentKind.SWAP
        mode: i64 = MarginMode.CASH
        if is_swap:
            account = repaired.accounts[order.account_slot]
            mode = repaired.position(account, repaired.markets[order.instrument_id]).margin_mode
        is_dated = order.time_in_force == TimeInForce.GTD
        command = PlaceOrder(
            account_id=order.account_id,
            instrument_id=order.instrument_id,
            side=order.side,
            order_type=OrderType.LIMIT,
            limit_price=order.limit_price,
            quantity=spent.lots - known,
            time_in_force=order.time_in_force if is_dated else TimeInForce.POST_ONLY,
            self_trade_prevention=order.self_trade_prevention,
            expire_ms=order.expire_ms,
            margin_mode=mode,
            reduce_only=order.is_reduce_only,
            tag=order.tag,
        )
        data = encode_command(command)
        rows[int(order.account_id), data] = OrderRow(account_id=order.account_id, order=data)
    return [rows[key] for key in sorted(rows)]


def _classify(made: Cut, settlement: PinSettlement) -> None:
    """Why each account is affected: the strongest reason."""
    rows = made.rows
    touched = settlement.gaps.touched
    for line in rows.ledger:
        if line.account_id != 0:
            made.classes[line.account_id] = OTHER
    for row in rows.positions:
        if row.account_id < ACCOUNT_ID_ERROR:
            kind = FUNDING if row.funding_paid != 0 else OTHER
            if made.classes.get(row.account_id, 0) != FUNDING:
                made.classes[row.account_id] = kind
    for algo in rows.algos:
        made.classes[algo.account_id] = FILL
    for order in rows.orders:
        made.classes[order.account_id] = FILL
    for account_id in list(made.classes):
        if touched.get(account_id, 0) != 0:
            made.classes[account_id] = FILL
