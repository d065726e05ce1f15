"""What a repair changes, measured from outside, and the laws that it obeys: money, positions,
orders and algo orders of the engines themselves, and sums that are made here again.

Nothing here asks the code under test for its opinion, but for the gaps, verdicts and rows that the
laws are about. Each law returns what breaks it, as sentences.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256

from seawall.core.engine import Engine, Entry, restore_engine
from seawall.core.engine.cut import Cut, cut
from seawall.core.engine.pinned_engine import PinnedEngine, open_pinned
from seawall.core.engine.review import ReviewPolicy
from seawall.core.engine.state import State
from seawall.core.model.commands import Command, OpenRepair, PostRepair, RepairPart
from seawall.core.model.enums import LedgerKind
from seawall.core.model.events import CommandRejected
from seawall.core.model.genesis import Genesis
from seawall.core.model.limits import ACCOUNT_ID_ERROR
from seawall.core.model.rejects import RejectReason
from seawall.core.model.repair import RepairRows
from seawall.core.model.repair_codec import encode_rows
from seawall.core.model.risk_events import LiquidationStepped
from tests.laws.undo_worlds import UndoWorld

Money = dict[tuple[int, int, int, int], int]  # kind, account, asset, instrument
Positions = dict[tuple[int, int], tuple[int, ...]]  # account, instrument
USER_KINDS = (LedgerKind.TRADING, LedgerKind.FUNDING, LedgerKind.ISOLATED, LedgerKind.DEBT)
PART = 3_000  # bytes of the rows in a part: several parts in these small worlds
NOTHING = (0, 0, 0, 0, 0)


def money_of(state: State) -> Money:
    """Every ledger account that is not empty."""
    return {
        (int(one.kind), int(one.account_id), int(one.asset_id), int(one.instrument_id)): int(
            one.balance
        )
        for one in state.ledger.accounts.values()
        if one.balance != 0
    }


def positions_of(state: State) -> Positions:
    """Size, cost, realised, fees and funding of each position that has any of it."""
    found: Positions = {}
    for account in state.accounts:
        for one in account.positions:
            row = (one.size, one.cost, one.realised, one.fees, one.funding_paid)
            if any(row):
                found[int(account.account_id), int(one.instrument_id)] = tuple(map(int, row))
    return found


def book_of(state: State) -> list[tuple[int, ...]]:
    """Every open order: id, whose, side, price, lots open, in the order of their turns."""
    found: list[tuple[int, ...]] = []
    for instrument_id in sorted(state.markets):
        book = state.markets[instrument_id].book
        for side in (book.bids, book.asks):
            for level in side.levels:
                order = level.head
                while order is not None:
                    found.append(
                        (
                            *(int(order.order_id), int(order.account_id), int(order.side)),
                            *(int(order.limit_price), int(order.quantity_open)),
                        )
                    )
                    order = order.next
    return found


def wealth_of(state: State) -> Counter[tuple[int, int]]:
    """What each account has of each asset, wherever it lies, debts subtracted."""
    found: Counter[tuple[int, int]] = Counter()
    for (kind, account_id, asset_id, _), amount in money_of(state).items():
        if kind in USER_KINDS:
            found[account_id, asset_id] += amount
    return found


def difference(after: Money, before: Money) -> Money:
    """after - before, without zeros."""
    rows = {key: after.get(key, 0) - before.get(key, 0) for key in after.keys() | before.keys()}
    return {key: amount for key, amount in rows.items() if amount}


def copy_of(genesis: Genesis, engine: Engine) -> Engine:
    """The same venue from its bytes."""
    found, fault = restore_engine(genesis, engine.snapshot())
    assert found is not None, fault
    return found


@dataclass
class Repair:
    """A world and its pinned rerun; `cut_off` adds the rest. `money`: D of every ledger account
    before anybody is made whole. `posted`: a copy of the actual run in which the rows are posted.
    """

    world: UndoWorld
    rerun: PinnedEngine
    events: list[bytes] = field(default_factory=list)
    actual: Positions = field(default_factory=dict)
    repaired: Positions = field(default_factory=dict)
    money: Money = field(default_factory=dict)
    made: Cut | None = None
    posted: Engine | None = None

    @property
    def gaps(self) -> dict[tuple[int, int], int]:
        """The gaps that the rerun has open."""
        known = self.rerun.pinned.settlement.gaps.gaps
        return {(key >> 16, key & 0xFFFF): int(lots) for key, lots in known.items() if lots}

    @property
    def touched(self) -> set[int]:
        """Whoever a void, a split or a claim has touched."""
        return set(self.rerun.pinned.settlement.gaps.touched)


def repaired(
    world: UndoWorld,
    edits: dict[int, list[bytes]] | None = None,
    *,
    policy: ReviewPolicy | None = None,
    snapshot: tuple[bytes, int] | None = None,
) -> Repair:
    """The pinned rerun of a world; edits: {} for none, None for the world's own drops. `snapshot`:
    of the actual run, and how many batches it has seen.
    """
    if edits is None:
        edits = world.drops
    low, high = (min(edits), world.freeze_seq) if edits else (0, -1)
    policy = policy or ReviewPolicy()
    data, seen = snapshot or (None, 0)
    found, fault = open_pinned(world.genesis, data, window_from=low, window_to=high, policy=policy)
    assert found is not None, fault
    repair = Repair(world, found)
    for batch, events in zip(world.batches[seen:], world.events[seen:], strict=True):
        repair.events.append(found.apply(batch, events, edits))
    repair.actual, repair.repaired = positions_of(world.engine.state), positions_of(found.state)
    repair.money = difference(money_of(found.state), money_of(world.engine.state))
    return repair


def cut_off(repair: Repair) -> Repair:
    """Cut, and post the rows in a copy of the actual run."""
    world = repair.world
    actual = copy_of(world.genesis, world.engine)
    repair.made = cut(actual.state, repair.rerun.state, repair.rerun.pinned.settlement)
    repair.posted = copy_of(world.genesis, world.engine)
    if repair.made.rows.count():
        assert post(repair.posted, repair.made.rows, b"case") == RejectReason.NONE
    return repair


def post(engine: Engine, rows: RepairRows, case_id: bytes) -> int:
    """Post rows as an operator's tool does; returns the last reason."""
    data = encode_rows(rows)
    shares = [data[at : at + PART] for at in range(0, len(data), PART)]
    hashes = sha256(data).digest()
    opening = OpenRepair(case_id, engine.seq, hashes, len(shares), 1, 2)
    parts = [RepairPart(case_id, at, len(shares), share) for at, share in enumerate(shares)]
    reason = 0
    commands: list[Command] = [opening, *parts, PostRepair(case_id, hashes, 1, 2)]
    for command in commands:
        reason = reason or apply_one(engine, command)
    return reason


def apply_one(engine: Engine, command: Command) -> int:
    """Apply a command; the reason when it was refused."""
    entry = Entry(seq=engine.seq + 1, time_ns=engine.time_ns, command=command)
    for event in engine.apply(entry):
        if isinstance(event, CommandRejected):
            return int(event.reason)
    return RejectReason.NONE


def null_faults(world: UndoWorld) -> list[str]:
    """Law 2: without edits the pinned rerun is the run, and has nothing to say."""
    repair = repaired(world, {})
    settlement = repair.rerun.pinned.settlement
    faults = []
    if repair.events != world.events:
        faults.append("says something else")
    if repair.rerun.snapshot() != world.engine.snapshot():
        faults.append("becomes something else")
    for name, found in (
        ("verdicts", settlement.verdicts),
        ("gaps", repair.gaps),
        ("claims", settlement.claims),
        ("touched accounts", repair.touched),
    ):
        if found:
            faults.append(f"{len(found)} {name}")
    return faults


def sum_faults(repair: Repair) -> list[str]:
    """Law 3: D sums to zero per asset, before and after victims are made whole; so do positions,
    and the clearing accounts carry their cost.
    """
    faults = []
    rows: Money = {}
    if repair.made is not None:
        for row in repair.made.rows.ledger:
            key = (int(row.kind), int(row.account_id), int(row.asset_id), int(row.instrument_id))
            rows[key] = int(row.amount)
    for name, money in (("D", repair.money), ("rows", rows)):
        sums: Counter[int] = Counter()
        for (_, _, asset_id, _), amount in money.items():
            sums[asset_id] += amount
        faults += [f"{name} of asset {one} sums to {total}" for one, total in sums.items() if total]
    state = repair.rerun.state
    found, money = positions_of(state), money_of(state)
    for instrument_id, market in sorted(state.markets.items()):
        if market.swap is None:
            continue
        mine = [row for key, row in found.items() if key[1] == instrument_id]
        quote = int(market.instrument.quote_asset_id)
        cleared = money.get((LedgerKind.CLEARING, 0, quote, instrument_id), 0)
        if sum(row[0] for row in mine):
            faults.append(f"positions of {instrument_id} sum to {sum(row[0] for row in mine)}")
        if cleared + sum(row[1] for row in mine) != int(market.swap.funding_residue):
            faults.append(f"clearing of {instrument_id} is {cleared}")
    return faults


def gap_faults(repair: Repair) -> list[str]:
    """Law 4: what an account has less of a swap is its gap; of coins, but for fees in coins."""
    state, gaps = repair.rerun.state, repair.gaps
    faults = []
    for key in sorted(repair.actual.keys() | repair.repaired.keys() | gaps.keys()):
        if key[0] >= ACCOUNT_ID_ERROR and key[0] == ACCOUNT_ID_ERROR:
            continue
        if state.markets[key[1]].swap is None:
            continue
        lacks = repair.actual.get(key, NOTHING)[0] - repair.repaired.get(key, NOTHING)[0]
        if lacks != gaps.get(key, 0):
            faults.append(f"{key} lacks {lacks}, its gap is {gaps.get(key, 0)}")
    return faults + coin_faults(repair)


def coin_faults(repair: Repair) -> list[str]:
    """Law 4 for coins: whoever only lacks fills has fewer coins by them, fees at most apart."""
    state, faults = repair.rerun.state, []
    lacks: Counter[tuple[int, int]] = Counter()
    for (account_id, instrument_id), lots in repair.gaps.items():
        market = state.markets[instrument_id]
        if market.swap is None:
            lacks[account_id, market.instrument.base_asset_id] += lots * market.instrument.lot_size
    changed: Counter[tuple[int, int]] = Counter()
    for (kind, account_id, asset_id, _), amount in repair.money.items():
        if kind in USER_KINDS and account_id:
            changed[account_id, asset_id] += amount
    quotes = {int(market.instrument.quote_asset_id) for market in state.markets.values()}
    for key in sorted(lacks.keys() | changed.keys()):
        if key[1] in quotes:
            continue
        off = changed[key] + lacks[key]
        if abs(off) * 50 > abs(lacks[key]) and key[0] not in repair.touched:
            faults.append(f"account {key[0]}: coins differ by {changed[key]}, gap {lacks[key]}")
    return faults


def untouched_faults(repair: Repair) -> list[str]:
    """Law 5: nobody whom no void, split or claim has touched is worth more or less, at whatever
    price, but for the funding that he paid or received, and the fee of a rightful liquidation.
    """
    worth: Counter[tuple[int, int]] = Counter()
    for (kind, account_id, asset_id, _), amount in repair.money.items():
        if kind in USER_KINDS:
            worth[account_id, asset_id] += amount
    liquidated = {
        int(one.account_id)
        for entry in repair.world.entries()
        for one in entry.events
        if isinstance(one, LiquidationStepped)
    }
    faults = []
    for key in sorted(repair.actual.keys() | repair.repaired.keys()):
        before, after = repair.actual.get(key, NOTHING), repair.repaired.get(key, NOTHING)
        asset_id = int(repair.rerun.state.markets[key[1]].instrument.quote_asset_id)
        worth[key[0], asset_id] -= after[1] - before[1]
        worth[key[0], asset_id] += after[4] - before[4]
        fees = after[3] - before[3]
        if key[0] in liquidated:
            worth[key[0], asset_id] += fees
            fees = 0
        is_moved = before[0] != after[0] or fees != 0
        if is_moved and 0 < key[0] < ACCOUNT_ID_ERROR and key[0] not in repair.touched:
            faults.append(f"{key} was {before}, is {after}")
    for (account_id, asset_id), amount in sorted(worth.items()):
        if amount and 0 < account_id < ACCOUNT_ID_ERROR and account_id not in repair.touched:
            faults.append(f"account {account_id} asset {asset_id} differs by {amount}")
    return faults


def book_faults(repair: Repair) -> list[str]:
    """Law 9: the book of C is the book of A."""
    was, found = book_of(repair.world.engine.state), book_of(repair.rerun.state)
    return [] if was == found else [f"{len(set(was) ^ set(found))} orders differ"]
