"""From edits to findings: the null tests, every remedy by its own run, the rows, the parts.

`find` makes the actual run to the cut; the two null tests, in fresh processes; the pinned rerun of
each policy, cut and posted in a scratch copy; and what is only compared. The null tests' processes
work while the policies are judged, of which a good part needs one core only. Findings that are bad
are findings too: whether they may become a plan is for `drafting.py` to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final, Literal

import msgspec

from seawall.core.engine.licences import Verdict
from seawall.core.model.repair_codec import encode_rows
from seawall.errors import BadConfiguration, OperatorFault
from seawall.journal.directory import open_directory
from seawall.journal.replica import without_collector
from seawall.repair.judging import PINNED, Judged, Window, judge, plain, stand, window_restored
from seawall.repair.own_events import only_in_one
from seawall.repair.parts import FillVerdict, Part, account_parts, lines_of
from seawall.repair.plan import Remedy
from seawall.repair.policies import POLICIES, POLICY_DEFAULT, posting_fault
from seawall.repair.reopened import torn_posting_fault
from seawall.repair.rulebook import Rulebook, rulebook_of
from seawall.repair.scratch import two_operators
from seawall.repair.worlds import ActualWorld, actual_world
from seawall.replay.edits import Edit
from seawall.replay.fresh import plain_null_test
from seawall.replay.pinned_null import pinned_null_test
from seawall.replay.resolution import Resolved, Settled, resolve, settled_fault

ALL_POLICIES: Final = tuple(one.policy_id for one in POLICIES)
NULL_STAGES: Final = {"plain": "plain null test", "pinned": "pinned null test"}
WATCH_SECONDS: Final = 0.2

OnStage = Callable[[str, int, int], None]  # what is being done, done, total
OnJudged = Callable[[Judged], None]


def unheard_judged(_judged: Judged) -> None:
    """Nobody looks at a policy that has run."""


class RepairOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked. `freeze_seq` ends the window (None: the first freeze since the first edit);
    `cut_seq` is where runs are compared (None: the end of the journal).
    """

    directory: Path
    edits: tuple[Edit, ...]
    policy: str = POLICY_DEFAULT
    policies: tuple[str, ...] = ALL_POLICIES  # whose figures are wanted besides
    freeze_seq: int | None = None
    cut_seq: int | None = None
    settled: tuple[Settled, ...] = ()  # cases that were posted


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """What was found. Faults are sentences, "" where all is well. `chosen`: the order's policy."""

    edits_hash: bytes
    window_first: int
    window_last: int
    cut_seq: int
    cut_state_hash: bytes
    policy: str
    rulebook: Rulebook
    rows: bytes
    row_count: int
    remedies: tuple[Remedy, ...]
    null_tests: dict[str, str]
    laws: dict[str, str]
    sum_by_asset: dict[str, int]
    parts: list[Part]
    chosen: Judged


@without_collector()
def find(
    order: RepairOrder, *, folder: Path, on_stage: OnStage, on_judged: OnJudged = unheard_judged
) -> Findings:
    """Run everything. `folder` is for the null tests' processes; `on_judged` may look at each
    policy that has run, of which only the chosen one is kept.

    Raises BadConfiguration for edits at fault or a window without an end, OperatorFault for a
    policy that is never posted, and what the runs raise.
    """
    fault = posting_fault(order.policy)
    if fault:
        raise OperatorFault(
            expected="a policy that may be posted",
            found=fault,
            to_do="choose compensate, band, cause or strict",
        )
    actual_stage = _stage(on_stage, "actual run")
    actual_stage(0, 1)
    home = open_directory(order.directory)
    two_operators(home.genesis)
    resolved = _resolved(order)
    actual = actual_world(
        order.directory,
        home.genesis,
        first_seq=resolved.first_seq,
        cut_seq=order.cut_seq,
        progress=actual_stage,
    )
    last_seq = _freeze_seq(order, actual, resolved.first_seq)
    window = Window(first_seq=resolved.first_seq, last_seq=last_seq, commands=resolved.commands)
    _refuse_settled(order, resolved, window, cut_seq=actual.cut_seq)
    with _null_tests(order, folder, window, actual.cut_seq) as tests:
        chosen = _judge(order, order.policy, actual, window, on_stage, on_judged=on_judged)
        null_tests = tests.results(on_stage)
        remedies = tuple(_remedies(order, chosen, actual, window, on_stage, on_judged=on_judged))
    rulebook = _rulebook_in_force(chosen)
    data = encode_rows(chosen.rows)
    return Findings(
        edits_hash=resolved.hash,
        window_first=window.first_seq,
        window_last=window.last_seq,
        cut_seq=actual.cut_seq,
        cut_state_hash=actual.state_hash,
        policy=order.policy,
        rulebook=rulebook,
        rows=data,
        row_count=chosen.rows.count(),
        remedies=remedies,
        null_tests=null_tests,
        laws=chosen.laws,
        sum_by_asset=_sums(chosen),
        parts=_parts(chosen, rulebook, policy=order.policy),
        chosen=chosen,
    )


def _resolved(order: RepairOrder) -> Resolved:
    """What the edits come to. Raises BadConfiguration when that is nothing, or not all that a
    repair needs.
    """
    resolved, fault = resolve(order.directory, order.edits, settled=order.settled)
    if resolved is not None:
        fault = torn_posting_fault(order.directory, resolved.commands, settled=order.settled)
    if resolved is None or not order.edits or fault:
        raise BadConfiguration(
            expected="edits that fit the journal",
            found=fault or "none",
            to_do="correct the file of edits",
        )
    if order.cut_seq is not None and order.cut_seq < resolved.first_seq:
        raise BadConfiguration(
            expected=f"a cut at seq {resolved.first_seq}, the first edited, or behind it",
            found=f"seq {order.cut_seq}",
            to_do="name a later seq with --until, or none",
        )
    return resolved


def _rulebook_in_force(chosen: Judged) -> Rulebook:
    """The newest that the venue has. Raises OperatorFault when this release has not its text."""
    version = int(chosen.world.rerun.state.newest_rulebook())
    rulebook = rulebook_of(version)
    if rulebook is None:
        raise OperatorFault(
            expected="a rulebook that this release knows",
            found=f"version {version} in force in the venue",
            to_do="use a release that has it",
        )
    return rulebook


def _stage(on_stage: OnStage, name: str) -> Callable[[int, int], None]:
    return lambda done, total: on_stage(name, done, total)


def _freeze_seq(order: RepairOrder, actual: ActualWorld, first_edited: int) -> int:
    """Where the window ends: what is edited behind it is not heard, and judges no fills."""
    seq = order.freeze_seq or actual.freeze_seq
    if seq == 0:
        raise BadConfiguration(
            expected="a freeze that ends the window of the incident",
            found="none in the journal since the first edit",
            to_do="name the seq where the window ends with --freeze",
        )
    if not first_edited <= seq <= actual.cut_seq:
        raise BadConfiguration(
            expected=f"a window that ends from seq {first_edited}, the first edited, to the cut at "
            f"seq {actual.cut_seq}",
            found=f"seq {seq}",
            to_do="name another --freeze, or another --until",
        )
    return seq


def _refuse_settled(
    order: RepairOrder, resolved: Resolved, window: Window, *, cut_seq: int
) -> None:
    """Nothing is judged twice, and nothing is found before the posting of another."""
    fault = settled_fault(resolved, order.settled, window_last=window.last_seq)
    if fault:
        raise BadConfiguration(
            expected="edits whose window holds nothing that is settled",
            found=fault,
            to_do="correct the file of edits, or end the window earlier with --freeze",
        )
    for case in order.settled:
        if case.posted_seq > cut_seq:
            raise BadConfiguration(
                expected=f"a cut from seq {case.posted_seq}, where case {case.case_id} was posted",
                found=f"seq {cut_seq}",
                to_do="name a later --until, or none",
            )


class _NullTests:
    """Both null tests, one after the other, in processes beside this one."""

    def __init__(
        self,
        order: RepairOrder,
        folder: Path,
        window: Window,
        cut_seq: int,
        pool: ThreadPoolExecutor,
    ) -> None:
        """Start them."""
        self._place = (NULL_STAGES["plain"], 0, 1)  # stage, done, total
        self._faults: Future[dict[str, str]] = pool.submit(
            self._run, order.directory, folder, first_seq=window.first_seq, until=cut_seq
        )

    def results(self, on_stage: OnStage) -> dict[str, str]:
        """Wait for them; "" or what is wrong, by name. Raises what they raise."""
        while not self._faults.done():
            on_stage(*self._place)
            wait([self._faults], timeout=WATCH_SECONDS)
        return self._faults.result()

    def _run(self, directory: Path, folder: Path, *, first_seq: int, until: int) -> dict[str, str]:
        faults: dict[str, str] = {}
        for name, run in (("plain", plain_null_test), ("pinned", pinned_null_test)):
            faults[name] = run(
                directory,
                folder / name,
                first_seq=first_seq,
                until=until,
                on_fresh=partial(self._note, NULL_STAGES[name]),
            ).fault
        return faults

    def _note(self, stage: str, _name: str, done: int, total: int) -> None:
        self._place = (stage, done, total)


@contextmanager
def _null_tests(
    order: RepairOrder, folder: Path, window: Window, cut_seq: int
) -> Iterator[_NullTests]:
    with ThreadPoolExecutor(1, thread_name_prefix="null tests") as pool:
        yield _NullTests(order, folder, window, cut_seq, pool)


def _judge(
    order: RepairOrder,
    policy_id: str,
    actual: ActualWorld,
    window: Window,
    on_stage: OnStage,
    *,
    on_judged: OnJudged,
) -> Judged:
    """One of the policies that may be posted."""
    stage = _stage(on_stage, f"remedy {policy_id}")
    stage(0, 1)
    found = judge(order.directory, actual, window, policy_id=policy_id, progress=stage)
    on_judged(found)
    return found


def _remedies(
    order: RepairOrder,
    chosen: Judged,
    actual: ActualWorld,
    window: Window,
    on_stage: OnStage,
    *,
    on_judged: OnJudged,
) -> Iterator[Remedy]:
    """Every policy that is wanted, in the order of the table; the chosen one has run."""
    for policy_id in ALL_POLICIES:
        if policy_id == order.policy:
            yield chosen.remedy
        elif policy_id not in order.policies:
            continue
        elif policy_id in PINNED:
            yield _judge(order, policy_id, actual, window, on_stage, on_judged=on_judged).remedy
        elif policy_id == "rerun":
            yield plain(
                order.directory,
                actual,
                commands=window.commands,
                progress=_stage(on_stage, f"remedy {policy_id}"),
            )
        elif policy_id == "window":
            yield window_restored(order.directory, actual, first_seq=window.first_seq)
        else:
            yield stand()


def _sums(chosen: Judged) -> dict[str, int]:
    """What the rows of each asset add up to."""
    sums: dict[str, int] = {}
    for row in chosen.rows.ledger:
        name = chosen.standing.assets[int(row.asset_id)]
        sums[name] = sums.get(name, 0) + int(row.amount)
    return sums


def _parts(chosen: Judged, rulebook: Rulebook, *, policy: str) -> list[Part]:
    happened, repaired = only_in_one(iter(chosen.world.happened), iter(chosen.world.repaired))
    lines = lines_of(chosen.rows, chosen.standing)
    verdicts = chosen.world.rerun.pinned.settlement.verdicts
    return account_parts(
        lines,
        rule=f"policy {policy}, rulebook {rulebook.version} {rulebook.digest().hex()}",
        fills=_fills(chosen, verdicts, rulebook),
        happened={one: events for one, events in happened.items() if one in lines},
        repaired={one: events for one, events in repaired.items() if one in lines},
    )


def _fills(
    chosen: Judged, verdicts: Sequence[Verdict], rulebook: Rulebook
) -> dict[int, list[FillVerdict]]:
    """Each side's view of every fill that was looked at."""
    found: dict[int, list[FillVerdict]] = {}
    markets = chosen.world.rerun.state.markets
    for one in verdicts:
        instrument = markets[one.instrument_id].instrument
        band_e8 = rulebook.band_e8(int(instrument.risk_tier))
        for account_id, lots, other, is_buyer in (
            (one.taker_id, one.taker_lots, one.maker_lots, one.taker_side == 0),
            (one.maker_id, one.maker_lots, one.taker_lots, one.taker_side == 1),
        ):
            stands = int(one.stood + (one.split if lots > other else 0))
            found.setdefault(int(account_id), []).append(
                FillVerdict(
                    seq=int(one.seq),
                    instrument=chosen.standing.instruments[int(one.instrument_id)],
                    quantity=int(one.quantity if is_buyer else -one.quantity),
                    price_e8=int(one.price) * int(instrument.tick_size_e8),
                    fair_price_e8=int(one.reference_e8),
                    band_e8=band_e8,
                    stands=stands,
                    verdict=_word(stands, int(one.quantity)),
                    reason=_reason(one, stands=stands, lots=int(lots)),
                )
            )
    return found


def _word(stands: int, quantity: int) -> Literal["stands", "in part", "void"]:
    if stands == quantity:
        return "stands"
    return "in part" if stands else "void"


def _reason(verdict: Verdict, *, stands: int, lots: int) -> str:
    if not verdict.is_fair:
        return "the price is out of band"
    if lots < verdict.quantity:
        return "the venue did this, and would not have done it, or not so much of it"
    if stands < verdict.quantity:
        return "the other side did not want it, and the policy voids such fills"
    if verdict.split:
        return "it was wanted; the venue takes the place of the other side, which did not want it"
    return "both sides wanted it, at a price in band"
