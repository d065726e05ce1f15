"""What one policy comes to: its own rerun, the rows of its cut, and a posting in a scratch copy.

Nothing is estimated: each pinned policy runs the venue again and is posted in a copy where the laws
are checked. The three that are only shown for comparison are counted as directly as can be.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from seawall.core.engine.cut import Cut, cut
from seawall.core.engine.repair_laws import broken_laws
from seawall.core.engine.review import review_policy
from seawall.core.engine.state import State
from seawall.core.model.enums import LedgerKind
from seawall.core.model.genesis import Genesis
from seawall.core.model.repair import RepairRows
from seawall.repair.parts import Standing, standing_of
from seawall.repair.plan import LEDGER, POSTING, TWICE, Remedy
from seawall.repair.scratch import post_in_scratch
from seawall.repair.worlds import (
    ActualWorld,
    Commands,
    PinnedWorld,
    PlainWorld,
    open_pinned_world,
)
from seawall.replay.economics import HOUSE, Holdings, differing_accounts, economic_state
from seawall.replay.pinned import PinnedRun, pinned_rerun
from seawall.replay.rerun import rerun
from seawall.replay.run import Progress

PINNED: Final = ("compensate", "band", "cause", "strict")
_VENUES: Final = (
    LedgerKind.HOUSE_FEE,
    LedgerKind.HOUSE_TREASURY,
    LedgerKind.HOUSE_ERROR,
    LedgerKind.INSURANCE,
)


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Where the runs part and are compared."""

    first_seq: int  # first edited
    last_seq: int  # of the freeze
    commands: Commands


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A policy that has run. `laws`: each with "" or what breaks it. `world` and `made` belong to
    the rerun, `standing` to the actual run at the cut.
    """

    remedy: Remedy
    rows: RepairRows
    made: Cut
    world: PinnedWorld
    standing: Standing
    laws: dict[str, str]


def judge(
    directory: Path,
    actual: ActualWorld,
    window: Window,
    *,
    policy_id: str,
    progress: Progress,
) -> Judged:
    """Run a pinned policy, cut, and post it in a scratch copy."""
    done = _pinned(directory, actual, window, policy_id=policy_id, progress=progress)
    world = done.pinned
    assert done.actual.snapshot == actual.snapshot, "the actual run is the same each time"
    settlement = world.rerun.pinned.settlement
    before, after = actual.engine(), world.rerun.engine
    standing = standing_of(before.describe())
    unrepaired = None
    if world.unposted and len(world.unposted) < len(window.commands):
        unrepaired = _without(directory, world.unposted, actual, policy_id, progress)
    made = cut(before.state, after.state, settlement, unrepaired)
    laws = dict(broken_laws(before.state, after.state, settlement, made, unrepaired))
    laws.update(scratch_laws(actual, made.rows, standing_of(after.describe())))
    voided = [one for one in settlement.verdicts if one.stood + one.split < one.quantity]
    return Judged(
        remedy=Remedy(
            id=policy_id,
            fills_voided=len(voided),
            accounts_touched=len(made.classes),
            operator_cost_by_asset=_costs(made.rows, standing),
        ),
        rows=made.rows,
        made=made,
        world=world,
        standing=standing,
        laws=laws,
    )


def _pinned(
    directory: Path, actual: ActualWorld, window: Window, *, policy_id: str, progress: Progress
) -> PinnedRun[PinnedWorld]:
    def open_world(genesis: Genesis, snapshot: bytes | None) -> PinnedWorld:
        return open_pinned_world(
            genesis,
            snapshot,
            first_seq=window.first_seq,
            last_seq=window.last_seq,
            policy=review_policy(policy_id),
        )

    return pinned_rerun(
        directory,
        commands=window.commands,
        until=actual.cut_seq,
        open_pinned=open_world,
        progress=progress,
    )


def _without(
    directory: Path,
    unposted: list[int],
    actual: ActualWorld,
    policy_id: str,
    progress: Progress,
) -> State:
    """The venue at the cut as it would be without earlier repairs, and nothing else changed."""
    window = Window(
        first_seq=unposted[0], last_seq=unposted[-1], commands={seq: [] for seq in unposted}
    )
    done = _pinned(directory, actual, window, policy_id=policy_id, progress=progress)
    return done.pinned.rerun.state


def scratch_laws(actual: ActualWorld, rows: RepairRows, found: Standing) -> dict[str, str]:
    """Post in a copy; whether its books are sound, and it ends as the rerun did."""
    if rows.count() == 0:
        return {LEDGER: "", POSTING: "", TWICE: ""}
    scratch = post_in_scratch(actual.engine(), rows)
    if scratch.fault:
        return dict.fromkeys((LEDGER, POSTING, TWICE), scratch.fault)
    posted = standing_of(scratch.engine.describe())
    return {
        LEDGER: scratch.faults[0] if scratch.faults else "",
        POSTING: difference_of(found, posted, first="the rerun"),
        TWICE: "" if scratch.is_same_when_posted_twice else "the second posting changed something",
    }


def difference_of(found: Standing, posted: Standing, *, first: str) -> str:
    """Where a posted copy is not what was found in the `first` world, as a sentence, or "". Money
    may lie on another account of the same user, and a debt is what the first says that he lacks.
    """
    ours, theirs = _wealth(found), _wealth(posted)
    for key in sorted({*ours, *theirs}):
        if ours.get(key, 0) != theirs.get(key, 0):
            account_id, asset_id = key
            return (
                f"account {account_id} ends with {theirs.get(key, 0)} units of asset {asset_id}, "
                f"and {first} has {ours.get(key, 0)}"
            )
    for place in sorted({*found.positions, *posted.positions}):
        one = found.positions.get(place, (0, 0))[:2]
        other = posted.positions.get(place, (0, 0))[:2]
        if one[0] != other[0]:
            return f"account {place[0]} ends with {other[0]} lots, and {first} has {one[0]}"
    return ""


def _wealth(standing: Standing) -> dict[tuple[int, int], int]:
    """What each user has of each asset, cost of positions taken off: the same however profit is
    realised.
    """
    wealth: dict[tuple[int, int], int] = {}
    for (_, account_id, asset_id, _), amount in standing.balances.items():
        if account_id != 0:
            key = (account_id, asset_id)
            wealth[key] = wealth.get(key, 0) + amount
    for (account_id, instrument_id), figures in standing.positions.items():
        key = (account_id, standing.quotes[instrument_id])
        wealth[key] = wealth.get(key, 0) - figures[1]
    return {key: amount for key, amount in wealth.items() if amount != 0 and key[0] != 0}


def _costs(rows: RepairRows, standing: Standing) -> dict[str, int]:
    """What house:error pays, by asset."""
    return {
        standing.assets[int(row.asset_id)]: -int(row.amount)
        for row in rows.ledger
        if row.kind == LedgerKind.HOUSE_ERROR
    }


def stand() -> Remedy:
    """Nothing is posted."""
    return Remedy(id="stand", fills_voided=0, accounts_touched=0, operator_cost_by_asset={})


def plain(
    directory: Path, actual: ActualWorld, *, commands: Commands, progress: Progress
) -> Remedy:
    """The entries again with the edits, and nothing pinned."""
    done = pinned_rerun(
        directory,
        commands=commands,
        until=actual.cut_seq,
        open_pinned=PlainWorld,
        progress=progress,
    )
    after = economic_state(done.pinned.engine)
    return _compared("rerun", actual, after, fills_voided=done.pinned.fills_missing)


def window_restored(directory: Path, actual: ActualWorld, *, first_seq: int) -> Remedy:
    """The state before the window, and all later acts lost."""
    before = rerun(directory, until=first_seq - 1).engine
    return _compared("window", actual, economic_state(before), fills_voided=actual.fills)


def _compared(
    policy_id: str, actual: ActualWorld, after: dict[int, Holdings], *, fills_voided: int
) -> Remedy:
    engine = actual.engine()
    before = economic_state(engine)
    assets = standing_of(engine.describe()).assets
    costs: dict[str, int] = {}
    for state, sign in ((before, 1), (after, -1)):
        for kind, asset_id, _, units in state[HOUSE].balances if HOUSE in state else []:
            if kind in _VENUES:
                name = assets[asset_id]
                costs[name] = costs.get(name, 0) + sign * units
    touched = [one for one in differing_accounts(before, after) if one != HOUSE]
    return Remedy(
        id=policy_id,
        fills_voided=fills_voided,
        accounts_touched=len(touched),
        operator_cost_by_asset={name: cost for name, cost in costs.items() if cost != 0},
    )
