"""Laws of a repair that are about value, causes and time: what everybody is worth afterwards, who
was a victim, how much the venue was licensed to do, and what posting again or back does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from seawall.core.engine import Engine
from seawall.core.engine.cut import BEST_OF
from seawall.core.engine.licences import Verdict
from seawall.core.engine.state import State
from seawall.core.engine.swap_fill import settle_funding
from seawall.core.model.enums import LedgerKind, LiquidationPhase, OrderCause, Side
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import EntryEvents
from seawall.core.model.limits import ACCOUNT_ID_ERROR
from seawall.core.model.order_events import OrderAccepted, OrderFilled
from seawall.core.model.rejects import RejectReason
from seawall.core.model.repair import LedgerRow, PositionRow, RepairRows
from seawall.core.model.risk_events import (
    AlgoTriggered,
    LiquidationStepped,
    OrderCaused,
    PositionChanged,
    PositionDeleveraged,
    PositionTakenOver,
)
from tests.laws.undo_laws import (
    NOTHING,
    USER_KINDS,
    Repair,
    book_of,
    copy_of,
    money_of,
    positions_of,
    post,
    wealth_of,
)
from tests.laws.undo_venue import SWAPS

SPARE = 8  # units that rounding of coins may make
TICK_OF_A_LOT = 10**5  # units, at most


def entries_of(events: list[bytes]) -> Iterator[EntryEvents]:
    """Each entry that said something."""
    for data in events:
        yield from read_entries(data)


def settled(engine: Engine) -> State:
    """The state after everybody has paid what funding is outstanding."""
    state = engine.state
    for market in state.markets.values():
        for position in market.swap.positions if market.swap is not None else ():
            if position is not None and position.size != 0:
                account = state.accounts[position.account_slot]
                settle_funding(state, market, account, position)
    return state


def worths(state: State, ticks: dict[int, int]) -> dict[int, int]:
    """What everybody has, in USDT, at these prices (ticks, by instrument)."""
    markets = state.markets
    base = {
        int(one.instrument.base_asset_id): one.instrument
        for one in markets.values()
        if one.swap is None
    }
    quote = next(iter(markets.values())).instrument.quote_asset_id
    found: Counter[int] = Counter()
    for (account_id, asset_id), amount in wealth_of(state).items():
        if asset_id == quote:
            found[account_id] += amount
        elif asset_id in base:
            one = base[asset_id]
            value = ticks[int(one.instrument_id)] * int(one.unit_value)
            found[account_id] += amount * value // int(one.lot_size)
    for (account_id, instrument_id), row in positions_of(state).items():
        unit_value = int(markets[instrument_id].instrument.unit_value)
        found[account_id] += row[0] * ticks[instrument_id] * unit_value - row[1]
    return found


def reference_ticks(repair: Repair) -> dict[int, int]:
    """The prices that the rerun believes at the cut."""
    state, references = repair.rerun.state, repair.rerun.pinned.settlement.references
    return {
        int(instrument_id): int(references.ticks(state, market))
        for instrument_id, market in state.markets.items()
    }


def victims_of(repair: Repair) -> set[int]:
    """Whom the venue touched in the actual run and never in the rerun: liquidated, taken over,
    deleveraged; or whose algo order traded there and has not fired here.
    """
    low, high = repair.world.window
    hit: set[int] = set()
    mine: dict[int, tuple[int, int]] = {}  # order -> algo, account
    traded: set[tuple[int, int]] = set()
    for entry in repair.world.entries():
        if not low <= entry.seq <= high:
            continue
        for one in entry.events:
            if isinstance(one, PositionTakenOver | PositionDeleveraged):
                hit.add(int(one.account_id))
            elif isinstance(one, OrderCaused) and one.cause == OrderCause.ALGO:
                mine[one.order_id] = (int(one.first), int(one.account_id))
            elif isinstance(one, OrderCaused) and one.cause == OrderCause.LIQUIDATION:
                mine[one.order_id] = (0, int(one.account_id))
            elif isinstance(one, OrderFilled):
                found = mine.get(one.taker_order_id) or mine.get(one.maker_order_id)
                if found is not None:
                    traded.add(found)
    wanted: set[int] = set()
    fired: set[int] = set()
    for entry in entries_of(repair.events):
        for one in entry.events:
            if isinstance(one, LiquidationStepped | PositionTakenOver | PositionDeleveraged):
                wanted.add(int(one.account_id))
            elif isinstance(one, AlgoTriggered):
                fired.add(int(one.algo_id))
    hit |= {account_id for algo_id, account_id in traded if algo_id == 0}
    hit -= wanted
    hit |= {who for algo_id, who in traded if algo_id != 0 and algo_id not in fired}
    return {one for one in hit if one < ACCOUNT_ID_ERROR}


def value_faults(repair: Repair, actual: Engine) -> list[str]:
    """Law 7: nobody ends below what he had and would have; no victim below the best of both.
    `actual`: a copy of the actual run.
    """
    assert repair.posted is not None
    ticks = reference_ticks(repair)
    was, would = worths(settled(actual), ticks), worths(repair.rerun.state, ticks)
    found = worths(settled(copy_of(repair.world.genesis, repair.posted)), ticks)
    noted = set(repair.rerun.pinned.settlement.victims)
    faults = []
    for account_id in sorted(found.keys() | was.keys()):
        mine = found[account_id] + SPARE
        if mine < min(was[account_id], would[account_id]):
            faults.append(f"account {account_id} ends with {mine}, below both runs")
        if account_id in noted and mine < max(was[account_id], would[account_id]):
            faults.append(f"victim {account_id} ends with {mine}, not with the best")
    unnoted = victims_of(repair) - noted
    return faults + [f"account {one} is a victim, and nobody has noted it" for one in unnoted]


def overpaid_faults(repair: Repair, actual: Engine) -> list[str]:
    """Nobody is paid twice: whoever is made whole ends no higher than with the better of both runs,
    or with the actual one in which what the venue did for him was done at the fair prices, its
    fees given back.
    """
    assert repair.made is not None and repair.posted is not None
    state = repair.rerun.state
    ticks = reference_ticks(repair)
    was, would = worths(settled(actual), ticks), worths(state, ticks)
    found = worths(settled(copy_of(repair.world.genesis, repair.posted)), ticks)
    paid = {int(one.account_id) for one in repair.made.bills if one.kind == BEST_OF}
    claims: Counter[int] = Counter()
    for one in repair.made.bills:  # the cut has paid them in the rerun's state
        claims[int(one.account_id)] += int(one.amount) if one.kind != BEST_OF else 0
        would[int(one.account_id)] -= int(one.amount)
    lost: Counter[int] = Counter()
    for verdict in repair.rerun.pinned.settlement.verdicts:
        instrument = state.markets[verdict.instrument_id].instrument
        sign = 1 if verdict.taker_side == Side.BUY else -1
        sides = (
            (int(verdict.taker_id), sign, int(verdict.quantity - verdict.taker_lots)),
            (int(verdict.maker_id), -sign, int(verdict.quantity - verdict.maker_lots)),
        )
        for account_id, way, lots in sides:
            if lots and verdict.reference_e8 == 0:
                paid.discard(account_id)  # after the window: its reference is not said
            away_e8 = int(verdict.price) * int(instrument.tick_size_e8) - int(verdict.reference_e8)
            lost[account_id] += (
                way * lots * away_e8 * int(instrument.unit_value) // int(instrument.tick_size_e8)
            )
    faults = []
    for account_id in sorted(paid):
        fees = sum(
            row[3] - repair.repaired.get(key, NOTHING)[3]
            for key, row in repair.actual.items()
            if key[0] == account_id
        )
        # A tick of the reference for each lot is rounded away.
        lots = lots_of(repair, account_id)
        spare = SPARE + lots * TICK_OF_A_LOT + claims[account_id]
        most = max(was[account_id], would[account_id], was[account_id] + lost[account_id])
        if found[account_id] > most + max(fees, 0) + spare:
            faults.append(f"account {account_id} ends with {found[account_id]}, at most {most}")
    return faults


def lots_of(repair: Repair, account_id: int) -> int:
    """Lots of swaps and spot that the venue traded in its name."""
    total = 0
    for one in repair.rerun.pinned.settlement.verdicts:
        if one.taker_id == account_id:
            total += int(one.quantity - one.taker_lots)
        if one.maker_id == account_id:
            total += int(one.quantity - one.maker_lots)
    return total


def licence_faults(repair: Repair) -> list[str]:
    """No liquidation has a licence for more than the rerun's newest step of it asks for."""
    both = {key[0] for key in repair.actual if (key[0], 41 - key[1]) in repair.actual}
    causes: dict[int, int] = {}
    for entry in repair.world.entries():
        for one in entry.events:
            if isinstance(one, OrderCaused) and one.cause == OrderCause.LIQUIDATION:
                causes[one.order_id] = int(one.account_id)
    takers: dict[int, int] = {}
    for entry in repair.world.entries():
        for one in entry.events:
            if isinstance(one, OrderFilled) and one.taker_order_id in causes:
                takers[one.trade_id] = causes[one.taker_order_id]
    asked: dict[int, list[tuple[int, int]]] = {}
    for entry in entries_of(repair.events):
        for one in entry.events:
            is_step = isinstance(one, LiquidationStepped) and one.phase == LiquidationPhase.REDUCE
            if is_step and isinstance(one, LiquidationStepped):
                asked.setdefault(int(one.account_id), []).append((entry.seq, int(one.quantity)))
    done: Counter[tuple[int, int]] = Counter()  # account, seq of the step
    faults = []
    for verdict in repair.rerun.pinned.settlement.verdicts:
        account_id = takers.get(verdict.trade_id)
        if account_id is None or account_id in both or verdict.taker_lots == 0:
            continue
        steps = [one for one in asked.get(account_id, []) if one[0] <= verdict.seq]
        if not steps:
            faults.append(f"account {account_id} is liquidated at {verdict.seq}, unasked")
            continue
        key = (account_id, steps[-1][0])
        done[key] += int(verdict.taker_lots)
        most = sum(one[1] for one in steps if one[0] == steps[-1][0])
        if done[key] > most:
            faults.append(f"account {account_id}: {done[key]} lots at {verdict.seq}, {most} asked")
    return faults


def fee_faults(repair: Repair) -> list[str]:
    """Whose fills are left out, and nothing else, gets their fees back to the unit."""
    settlement = repair.rerun.pinned.settlement
    left_out: dict[int, bool] = {}
    mixed: set[int] = set()
    back: Counter[tuple[int, int]] = Counter()
    for one in settlement.verdicts:
        if one.stood == 0 and one.split == 0:
            left_out[int(one.trade_id)] = True
        elif one.stood != one.quantity:
            mixed |= {int(one.taker_id), int(one.maker_id)}
    for entry in repair.world.entries():
        for event in entry.events:
            if isinstance(event, LiquidationStepped):
                mixed.add(int(event.account_id))
            if isinstance(event, OrderFilled) and event.trade_id in left_out:
                back[event.taker_account_id, event.instrument_id] += event.taker_fee
                back[event.maker_account_id, event.instrument_id] += event.maker_fee
    others = {who for who, why in settlement.gaps.touched.items() if why & ~1 & ~16}
    faults = []
    for (account_id, instrument_id), fees in sorted(back.items()):
        key = (account_id, instrument_id)
        if account_id in mixed | others or repair.rerun.state.markets[instrument_id].swap is None:
            continue
        lower = repair.actual.get(key, NOTHING)[3] - repair.repaired.get(key, NOTHING)[3]
        if lower != fees:
            faults.append(f"{key} gets {lower} of fees back, of {fees}")
    return faults


def posting_faults(repair: Repair) -> list[str]:
    """The posted venue is the rerun: the same wealth and positions, sound books."""
    assert repair.posted is not None
    posted, state = repair.posted.state, repair.rerun.state
    faults = list(repair.posted.ledger_faults())
    mine, theirs = wealth_of(posted), wealth_of(state)
    for key in sorted(mine.keys() | theirs.keys()):
        if mine[key] != theirs[key]:
            faults.append(f"account {key[0]} asset {key[1]}: {mine[key]}, rerun {theirs[key]}")
    found, meant = positions_of(posted), positions_of(state)
    for place in sorted(found.keys() | meant.keys()):
        one, other = found.get(place, NOTHING), meant.get(place, NOTHING)
        if one[0] != other[0]:
            faults.append(f"{place}: {one[0]} lots, rerun {other[0]}")
    return faults


def again_faults(repair: Repair) -> list[str]:
    """Law 8: posting twice is posting once, and posting the opposite leads back."""
    assert repair.posted is not None and repair.made is not None
    rows, engine = repair.made.rows, copy_of(repair.world.genesis, repair.posted)
    if not rows.count():
        return []
    before = (money_of(engine.state), positions_of(engine.state), book_of(engine.state))
    reason = post(engine, rows, b"case")
    after = (money_of(engine.state), positions_of(engine.state), book_of(engine.state))
    faults = [] if reason == RejectReason.REPAIR_POSTED else [f"posted again: reason {reason}"]
    if before != after:
        faults.append("posting twice is not posting once")
    reason = post(engine, opposite(rows), b"back")
    if reason:
        return [*faults, f"the opposite is refused: {reason}"]
    actual = settled(copy_of(repair.world.genesis, repair.world.engine))
    found, was = worth_without_price(settled(engine)), worth_without_price(actual)
    if found != was:
        off = {key: (was[key], found[key]) for key in was if was[key] != found[key]}
        faults.append(f"there and back: {list(off.items())[:3]}")
    return faults + list(engine.ledger_faults())


def opposite(rows: RepairRows) -> RepairRows:
    """What takes a repair back: no orders, no algo orders."""
    ledger = [
        LedgerRow(one.kind, one.account_id, one.asset_id, one.instrument_id, -one.amount)
        for one in rows.ledger
    ]
    positions = [
        PositionRow(
            account_id=one.account_id,
            instrument_id=one.instrument_id,
            size=-one.size,
            cost=-one.cost,
            realised=-one.realised,
            fees=-one.fees,
            funding_paid=-one.funding_paid,
            margin_mode=one.margin_mode,
            lever=one.lever,
        )
        for one in rows.positions
    ]
    return RepairRows(ledger=ledger, positions=positions, algos=[], orders=[])


def worth_without_price(state: State) -> dict[tuple[int, int], tuple[int, ...]]:
    """Cash less cost by account and asset, and lots by account and swap."""
    cash: Counter[tuple[int, int]] = Counter()
    lots: dict[tuple[int, int], tuple[int, ...]] = {}
    for (kind, account_id, asset_id, _), amount in money_of(state).items():
        if kind in USER_KINDS or kind in (LedgerKind.HOUSE_ERROR, LedgerKind.HOUSE_FEE):
            cash[account_id, asset_id] += amount
    for (account_id, instrument_id), row in positions_of(state).items():
        quote = int(state.markets[instrument_id].instrument.quote_asset_id)
        cash[0 if account_id >= ACCOUNT_ID_ERROR else account_id, quote] -= row[1]
        lots[account_id, 1_000 + instrument_id] = (row[0],)
    found = {key: (amount,) for key, amount in cash.items() if amount and key[0] > 0}
    return {**found, **{key: row for key, row in lots.items() if row[0]}}


def rule_faults(repair: Repair) -> list[str]:
    """The gap rule, made here again from what both runs say: in each entry an account's position
    changes by its fills as they were judged, less what closes its gap. Entries in which the venue
    acts for the account or moves its position are left out, and those whose orders came in another
    turn.
    """
    verdicts = {one.trade_id: one for one in repair.rerun.pinned.settlement.verdicts}
    was: Counter[tuple[int, int]] = Counter()
    found: Counter[tuple[int, int]] = Counter()
    said = {entry.seq: entry for entry in entries_of(repair.events)}
    faults = []
    for entry in repair.world.entries():
        again = said.get(entry.seq)
        events = [*entry.events, *(again.events if again is not None else ())]
        left_out = {int(one.account_id) for one in events if isinstance(one, ACTS)}
        is_in_turn = again is None or arrivals(again) == [
            one for one in arrivals(entry) if one in set(arrivals(again))
        ]
        meant: dict[tuple[int, int], tuple[int, int]] = {}  # position and gap
        for one in entry.events:
            if isinstance(one, OrderFilled):
                for account_id, sign, lots in sides_of(one, verdicts.get(one.trade_id)):
                    key = (account_id, int(one.instrument_id))
                    size, gap = meant.get(key, (found[key], was[key] - found[key]))
                    closing = min(abs(gap), lots) if gap * sign < 0 else 0
                    size += sign * (lots - closing)
                    gap += sign * (closing + int(one.quantity) - lots)
                    meant[key] = (size, gap)
        take_positions(was, entry)
        if again is not None:
            take_positions(found, again)
        for key, (size, _) in meant.items():
            is_ours = key[0] not in left_out and key[0] < ACCOUNT_ID_ERROR
            if is_in_turn and is_ours and key[1] in SWAPS and found[key] != size:
                faults.append(f"{key} at {entry.seq}: {found[key]} lots, by the rule {size}")
    return faults


def arrivals(entry: EntryEvents) -> list[int]:
    """The orders of the entry, in their turns."""
    return [int(one.order_id) for one in entry.events if isinstance(one, OrderAccepted)]


ACTS = (AlgoTriggered, LiquidationStepped, PositionTakenOver, PositionDeleveraged)


def sides_of(fill: OrderFilled, verdict: Verdict | None) -> list[tuple[int, int, int]]:
    """Account, direction and lots that stand, of taker and maker."""
    taker_lots = maker_lots = int(fill.quantity)
    if verdict is not None:
        taker_lots = maker_lots = int(verdict.stood)
        if verdict.taker_lots > verdict.maker_lots:
            taker_lots += int(verdict.split)
        else:
            maker_lots += int(verdict.split)
    sign = 1 if fill.taker_side == Side.BUY else -1
    return [
        (int(fill.taker_account_id), sign, taker_lots),
        (int(fill.maker_account_id), -sign, maker_lots),
    ]


def take_positions(sizes: Counter[tuple[int, int]], entry: EntryEvents) -> None:
    """Positions as they are after the entry."""
    for one in entry.events:
        if isinstance(one, PositionChanged):
            sizes[int(one.account_id), int(one.instrument_id)] = int(one.size)
