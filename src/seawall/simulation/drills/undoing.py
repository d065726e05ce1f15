"""The day undone: the venue that a drill has played is repaired as any venue would be.

    edits (lies are dropped) -> null tests, remedies, plan -> two approvals -> posting -> receipts

Nothing here knows the clean day but one comparison: the day run again with the truth must be it.
The venue stands still, as after a freeze; its journal takes the repair through the same door that
`seawall repair apply` uses.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from seawall import __version__
from seawall.core.model.events import PricesObserved
from seawall.core.model.risk_events import FreezeChanged
from seawall.journal.directory import DataDirectory, open_directory, write_durably
from seawall.node.repairs import apply_repair, approve_repair
from seawall.repair.cases import CaseFolder
from seawall.repair.drafting import draft
from seawall.repair.plan import TWICE, Plan, Remedy, plan_hash
from seawall.repair.policies import POLICY_DEFAULT, posting_fault
from seawall.repair.remedies import (
    ALL_POLICIES,
    NULL_STAGES,
    Findings,
    OnJudged,
    RepairOrder,
    find,
    unheard_judged,
)
from seawall.replay.edits import Drop, Edit, Grounds, Observations
from seawall.replay.fresh import plain_null_test
from seawall.replay.pinned_null import pinned_null_test
from seawall.simulation.drills.drill_laws import (
    ANEW_LAW,
    DROPS_LAW,
    RECEIPTS_LAW,
    RERUN_LAW,
    RETURNS_LAW,
    anew_fault,
    receipts_fault,
    rerun_fault,
    returns_fault,
)
from seawall.simulation.drills.feeds import Fault
from seawall.simulation.drills.fewer_lies import fewer_lies_fault
from seawall.simulation.drills.picture import entries_of
from seawall.simulation.drills.truth import CleanComparison, compare_with_clean
from seawall.simulation.drills.venue import OPERATORS
from seawall.simulation.drills.verdict import WrongfulAct

CASE: Final = "drill"
AUTHOR: Final = OPERATORS[2]  # of the risk desk; the other two approve
PREFIX_DIGITS: Final = 12

OnStage = Callable[[str, int, int], None]  # stage, done, total


class Repair(msgspec.Struct, frozen=True, kw_only=True):
    """What holds of the repair. `posted_seq`: 0 when the policy posts nothing, or nothing is to be
    repaired.
    """

    policy: str
    plan_hash: str
    rows: int
    posted_seq: int
    approvals: list[str]
    plain_null_test_equal: bool
    pinned_null_test_equal: bool
    sum_by_asset: dict[str, int]
    posted_twice_is_noop: bool | None  # None: nothing was posted
    rerun_differs_from_clean_world_in_accounts: int | None  # None: makers follow the venue's index
    laws: dict[str, bool]


class Lies(msgspec.Struct, frozen=True, kw_only=True):
    """Where the failing domain lied, and where the venue was frozen (0: never)."""

    seqs: list[int]  # ascending
    freeze_seq: int
    evidence: str  # sha256 of what all sources said of the index meanwhile

    @property
    def first_seq(self) -> int:
        """The first lie; 0 when there was none."""
        return min(self.seqs, default=0)

    @property
    def last_seq(self) -> int:
        """The last lie; 0 when there was none."""
        return max(self.seqs, default=0)


class Undone(msgspec.Struct, frozen=True, kw_only=True):
    """A day after its repair. Seconds are wall time of computation."""

    accounts_affected: int
    accounts_released: int
    seconds_to_affected_set: float
    seconds_to_repair: float
    seconds_by_stage: dict[str, float]
    remedies: list[Remedy]
    repair: Repair
    laws: dict[str, str]  # each that was asked, with "" or what breaks it
    faults: list[str]  # what does not hold, as sentences
    findings: Findings | None  # None: nothing is to be repaired
    comparison: CleanComparison | None
    lies: Lies


class Stopwatch:
    """Wall time by stage, while stages report how far they are."""

    def __init__(self, on_stage: OnStage) -> None:
        self.seconds: dict[str, float] = {}
        self._on_stage = on_stage
        self._stage = ""
        self._since = time.perf_counter()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """A stage is so far."""
        self.enter(stage)
        self._on_stage(stage, done, total)

    def enter(self, stage: str) -> None:
        """From now on time belongs to this stage."""
        now = time.perf_counter()
        if self._stage:
            self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + now - self._since
        self._stage, self._since = stage, now

    def total(self, *stages: str) -> float:
        """Seconds of the stages named."""
        return sum(self.seconds.get(stage, 0.0) for stage in stages)


def undo_day(
    homes: dict[str, Path],
    folder: Path,
    *,
    fault: Fault,
    accounts: int,
    policy: str,
    wrongs: Sequence[WrongfulAct] | None,
    on_stage: OnStage,
    on_judged: OnJudged = unheard_judged,
    policies: tuple[str, ...] = ALL_POLICIES,
) -> Undone:
    """Repair the actual world in `homes`, and compare its reruns with the clean one by what the day
    did wrongly: `wrongs`, None where the clean world is no measure of a rerun, since makers
    followed the venue's index. `on_judged` as in `find`; `policies`: whose figures are wanted
    besides.

    Raises what the runs raise, and OperatorFault when the plan is not sound.
    """
    watch = Stopwatch(on_stage)
    data = open_directory(homes["actual"])
    watch.enter("evidence")
    lies = lies_of(homes["actual"], fault)
    laws: dict[str, str] = {}
    if wrongs is not None:
        laws[DROPS_LAW] = _fewer_lies(homes, folder, watch, fault=fault, lies=lies, wrongs=wrongs)
    if lies.freeze_seq == 0:
        return _nothing_to_repair(
            data, folder, lies=lies, laws=laws, accounts=accounts, watch=watch
        )
    comparison = None if wrongs is None else _compared(homes, folder, watch)
    if comparison is not None:
        laws[RERUN_LAW] = rerun_fault(comparison)
    edits = edits_of(lies, fault)
    findings = find(
        RepairOrder(
            directory=data.path,
            edits=tuple(edits),
            policy=POLICY_DEFAULT if posting_fault(policy) else policy,
            policies=policies,
            freeze_seq=lies.freeze_seq,
        ),
        folder=folder / "null-tests",
        on_stage=watch,
        on_judged=on_judged,
    )
    watch.enter("plan")
    plan = _drafted(data, findings, edits)
    carried = _carried_out(data, plan, edits, is_posted=not posting_fault(policy), watch=watch)
    return _undone(
        plan,
        findings,
        carried,
        laws={**findings.laws, **laws, **carried.laws},
        policy=policy,
        accounts=accounts,
        comparison=comparison,
        lies=lies,
        watch=watch,
    )


def _fewer_lies(
    homes: dict[str, Path],
    folder: Path,
    watch: Stopwatch,
    *,
    fault: Fault,
    lies: Lies,
    wrongs: Sequence[WrongfulAct],
) -> str:
    stage = "fewer lies"
    watch.enter(stage)
    return fewer_lies_fault(
        homes,
        folder / "fewer-lies",
        fault=fault,
        lies=lies.seqs,
        acts=wrongs,
        on_fresh=lambda _name, done, total: watch(stage, done, total),
    )


def _drafted(data: DataDirectory, findings: Findings, edits: list[Edit]) -> Plan:
    case = CaseFolder(data.path, CASE)
    _keep_known_key(case, data.genesis_hash)
    return draft(
        case,
        findings,
        edits=edits,
        author=AUTHOR,
        venue_hash=data.genesis_hash,
        release=__version__,
    )


def _compared(homes: dict[str, Path], folder: Path, watch: Stopwatch) -> CleanComparison:
    stage = "rerun with the truth"
    watch.enter(stage)
    return compare_with_clean(
        homes["actual"],
        homes["clean"],
        folder / "truth",
        on_fresh=lambda _name, done, total: watch(stage, done, total),
    )


def _keep_known_key(case: CaseFolder, genesis_hash: bytes) -> None:
    """A drill has no secrets; with a key that is drawn, its plan would never have the same hash."""
    case.make()
    write_durably(case.receipts / "case.key", sha256(b"drill" + genesis_hash).digest())


def lies_of(home: Path, fault: Fault) -> Lies:
    """What the failing domain said while it failed, found in the world's own events."""
    seqs: list[int] = []
    freeze_seq = 0
    evidence = sha256()
    for entry in entries_of(home):
        for event in entry.events:
            if isinstance(event, PricesObserved) and event.index_id == fault.index_id:
                if not fault.from_ms <= event.receive_ms < fault.to_ms:
                    continue
                evidence.update(
                    f"{entry.seq},{event.source_id},{event.bid_e8},{event.ask_e8}\n".encode()
                )
                if event.source_id in fault.source_ids:
                    seqs.append(int(entry.seq))
            elif isinstance(event, FreezeChanged) and event.is_frozen and event.index_id == 0:
                freeze_seq = freeze_seq or int(entry.seq)
    return Lies(seqs=seqs, freeze_seq=freeze_seq, evidence=evidence.hexdigest())


def edits_of(lies: Lies, fault: Fault) -> list[Edit]:
    """What the failing domain said of the index is not to be heard."""
    return [
        Drop(
            from_seq=lies.first_seq,
            to_seq=lies.last_seq,
            selects=Observations(index_id=fault.index_id, source_ids=fault.source_ids),
            grounds=Grounds(evidence=lies.evidence, author=AUTHOR),
        )
    ]


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """What was done with a plan. Faults are sentences, "" for none."""

    approvals: list[str]
    posted_seq: int
    posting_fault: str
    twice_fault: str
    laws: dict[str, str]  # what was seen of them on the way


def _carried_out(
    data: DataDirectory, plan: Plan, edits: list[Edit], *, is_posted: bool, watch: Stopwatch
) -> Carried:
    """Approve, post, post again, repair again in copies, verify every receipt."""
    digest = plan_hash(plan).hex()
    approvals: list[str] = []
    posted_seq = 0
    is_noop = plan.laws[TWICE]  # in the scratch copy
    watch.enter("posting")
    if is_posted:
        for operator in OPERATORS[:2]:
            given = approve_repair(
                data,
                CASE,
                operator=str(operator),
                prefix=digest[:PREFIX_DIGITS],
                now_ms=plan.cut_seq,  # a drill has no wall clock
            )
            approvals = [one.operator for one in given]
        posted_seq = apply_repair(
            data, CASE, progress=lambda done, total: watch("posting", done, total)
        ).posted_seq
        watch.enter("posting again")  # nobody has to; it shows that nothing comes of it
        again = apply_repair(data, CASE, progress=lambda _done, _total: None)
        is_noop = is_noop and not again.is_new
    laws: dict[str, str] = {}
    if posted_seq:
        stage = "repair of the repair"
        watch.enter(stage)
        progress = partial(watch, stage)
        laws[RETURNS_LAW] = returns_fault(data, plan, digest, progress=progress)
        laws[ANEW_LAW] = anew_fault(data, plan, edits, digest, progress=progress)
    watch.enter("receipts")
    laws[RECEIPTS_LAW] = receipts_fault(data, CASE, plan, digest)
    watch.enter("")
    return Carried(
        approvals=approvals,
        posted_seq=posted_seq,
        posting_fault="the repair was not posted" if is_posted and posted_seq == 0 else "",
        twice_fault="" if is_noop else "a second posting changed something",
        laws=laws,
    )


def _undone(
    plan: Plan,
    findings: Findings,
    carried: Carried,
    *,
    laws: dict[str, str],
    policy: str,
    accounts: int,
    comparison: CleanComparison | None,
    lies: Lies,
    watch: Stopwatch,
) -> Undone:
    """All of it, and everything that does not hold."""
    stages = ("actual run", f"remedy {plan.policy}")
    tests = tuple(NULL_STAGES.values())
    faults = [*laws.values(), carried.posting_fault, carried.twice_fault]
    return Undone(
        accounts_affected=plan.accounts_affected,
        accounts_released=accounts - plan.accounts_affected,
        seconds_to_affected_set=watch.total(*stages),
        seconds_to_repair=watch.total(*stages, *tests, "plan", "posting"),
        seconds_by_stage={name: found for name, found in watch.seconds.items() if name},
        remedies=list(plan.remedies),
        repair=Repair(
            policy=policy,
            plan_hash=plan_hash(plan).hex(),
            rows=plan.rows,
            posted_seq=carried.posted_seq,
            approvals=carried.approvals,
            plain_null_test_equal=plan.null_tests["plain"],
            pinned_null_test_equal=plan.null_tests["pinned"],
            sum_by_asset=plan.sum_by_asset,
            posted_twice_is_noop=not carried.twice_fault,
            rerun_differs_from_clean_world_in_accounts=None
            if comparison is None
            else len(comparison.differing_at_cut),
            laws={name: not fault for name, fault in laws.items()},
        ),
        laws=laws,
        faults=[fault for fault in faults if fault],
        findings=findings,
        comparison=comparison,
        lies=lies,
    )


def _nothing_to_repair(
    data: DataDirectory,
    folder: Path,
    *,
    lies: Lies,
    laws: dict[str, str],
    accounts: int,
    watch: Stopwatch,
) -> Undone:
    """No freeze, no case: reruns without edits, and with fewer lies, are all there is to show."""
    last_seq = max((int(entry.seq) for entry in entries_of(data.path)), default=0)
    plain = plain_null_test(
        data.path,
        folder / "plain",
        first_seq=max(lies.first_seq, 1),
        until=last_seq,
        on_fresh=lambda _name, done, total: watch("plain null test", done, total),
    )
    pinned = pinned_null_test(
        data.path,
        folder / "pinned",
        first_seq=max(lies.first_seq, 1),
        until=last_seq,
        on_fresh=lambda _name, done, total: watch("pinned null test", done, total),
    )
    watch.enter("")
    faults = [fault for fault in (plain.fault, pinned.fault, *laws.values()) if fault]
    return Undone(
        accounts_affected=0,
        accounts_released=accounts,
        seconds_to_affected_set=watch.total("pinned null test"),
        seconds_to_repair=0.0,
        seconds_by_stage={name: found for name, found in watch.seconds.items() if name},
        remedies=[],
        repair=Repair(
            policy="stand",
            plan_hash="",
            rows=0,
            posted_seq=0,
            approvals=[],
            plain_null_test_equal=plain.is_equal,
            pinned_null_test_equal=pinned.is_equal,
            sum_by_asset={},
            posted_twice_is_noop=None,
            rerun_differs_from_clean_world_in_accounts=None,
            laws={name: not fault for name, fault in laws.items()},
        ),
        laws=laws,
        faults=faults,
        findings=None,
        comparison=None,
        lies=lies,
    )
