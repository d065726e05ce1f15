"""A plan: what would be posted, how it was found, what the other ways cost, and what holds of it.

Its hash is what people approve, what the journal carries and what every receipt names. It covers
everything: the edits, the rows and the receipts by their own hashes, the rest word by word. A plan
holds no account's data, so it can be given to everybody with his receipt.

Amounts are in the smallest units of an asset; hashes are lower-case hexadecimal SHA-256.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

import msgspec

from seawall.core.engine import repair_laws
from seawall.repair.policies import policy_of, posting_fault
from seawall.repair.rulebook import rulebook_of

FORMAT: Final = 1
CASE_BYTES_MAX: Final = 16
NULL_TESTS: Final = (
    "plain",
    "pinned",
)  # the two reruns without edits that must give the actual run
LAWS: Final = (
    repair_laws.SUMS,
    repair_laws.GAPS,
    repair_laws.UNTOUCHED,
    repair_laws.VICTIMS,
    repair_laws.BOOKS,
    "ledger_is_sound_when_posted",
    "posting_gives_what_was_found",
    "posted_twice_is_posted_once",
)
LEDGER, POSTING, TWICE = LAWS[5:]

_CASE: Final = re.compile(rf"[a-z0-9](?:[a-z0-9-]{{0,{CASE_BYTES_MAX - 2}}}[a-z0-9])?")
_HASH: Final = re.compile(r"[0-9a-f]{64}")


class Remedy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one policy comes to, from a run of its own. A cost above zero is paid by the venue."""

    id: str
    fills_voided: int
    accounts_touched: int
    operator_cost_by_asset: dict[str, int]


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One repair of one case. Build it with keywords; `plan_fault` says what is wrong with one."""

    format: int = FORMAT
    case_id: str
    venue_hash: str  # of the genesis
    authors: tuple[int, ...]  # operators who wrote it or its edits, ascending
    release: str  # of the engine that ran
    edits: int  # how many
    edits_hash: str
    window_first: int  # first edited seq
    window_last: int  # seq of the freeze
    cut_seq: int  # where both runs are compared
    cut_state_hash: str  # of the actual run there
    policy: str
    rulebook_version: int
    rulebook_hash: str
    rows: int
    rows_hash: str
    accounts_affected: int
    receipts_root: str
    remedies: tuple[Remedy, ...]
    null_tests: dict[str, bool]
    laws: dict[str, bool]
    sum_by_asset: dict[str, int]  # of the rows, the venue's own included: each is zero


def encode_plan(plan: Plan) -> bytes:
    """The canonical bytes: equal plans, equal bytes."""
    return msgspec.json.encode(plan, order="deterministic")


def plan_hash(plan: Plan) -> bytes:
    """What is approved, posted and named by receipts."""
    return sha256(encode_plan(plan)).digest()


def decode_plan(data: bytes) -> tuple[Plan | None, str]:
    """The plan in JSON, however it is indented, and ""; or None and why it is none."""
    try:
        plan = msgspec.json.decode(data, type=Plan)
        compact = msgspec.json.format(data, indent=-1)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return None, f"it cannot be read: {error}"
    if compact != encode_plan(plan):
        return None, "it is not written as plans are: fields are doubled or in another order"
    return plan, ""


def show_plan(plan: Plan) -> bytes:
    """The plan as it is kept: its canonical bytes, indented for people."""
    return msgspec.json.format(encode_plan(plan), indent=2) + b"\n"


def case_id_fault(case_id: str) -> str:
    """What is wrong with the name of a case, or ""."""
    if _CASE.fullmatch(case_id):
        return ""
    return f"a case has 1 to {CASE_BYTES_MAX} of a-z, 0-9 and -, and {case_id!r} does not"


def plan_fault(plan: Plan) -> str:
    """Why the plan cannot be carried out by what it says of itself, or ""."""
    return (
        _form_fault(plan)
        or _failing("the null test", plan.null_tests, NULL_TESTS)
        or _failing("the law", plan.laws, LAWS)
        or _sum_fault(plan.sum_by_asset)
        or _remedies_fault(plan)
    )


def postable_fault(plan: Plan) -> str:
    """Why a sound plan may nevertheless not be posted, or ""."""
    fault = posting_fault(plan.policy)
    if not fault and plan.rows == 0:
        return "it has no rows: there is nothing to repair"
    return fault


def _form_fault(plan: Plan) -> str:
    if plan.format != FORMAT:
        return f"it has format {plan.format}; this release reads {FORMAT}"
    if fault := case_id_fault(plan.case_id):
        return fault
    if not plan.authors or list(plan.authors) != sorted(set(plan.authors)):
        return "its authors are not said, or not in order"
    hashes = {
        "venue": plan.venue_hash,
        "edits": plan.edits_hash,
        "cut state": plan.cut_state_hash,
        "rulebook": plan.rulebook_hash,
        "rows": plan.rows_hash,
        "receipts": plan.receipts_root,
    }
    for name, digest in hashes.items():
        if not _HASH.fullmatch(digest):
            return f"its hash of the {name} is no SHA-256"
    if not 1 <= plan.window_first <= plan.window_last <= plan.cut_seq:
        return (
            f"its window {plan.window_first} to {plan.window_last} does not lie before its cut "
            f"{plan.cut_seq}"
        )
    if plan.edits < 1:
        return "it has no edits"
    if plan.rows < 0 or plan.accounts_affected < 0:
        return "it counts below zero"
    return _rules_fault(plan)


def _rules_fault(plan: Plan) -> str:
    if policy_of(plan.policy) is None:
        return f"there is no policy {plan.policy!r}"
    rulebook = rulebook_of(plan.rulebook_version)
    if rulebook is None:
        return f"there is no rulebook {plan.rulebook_version}"
    if plan.rulebook_hash != rulebook.digest().hex():
        return f"its rulebook {plan.rulebook_version} is not the one of this release"
    return ""


def _failing(what: str, results: Mapping[str, bool], required: tuple[str, ...]) -> str:
    """The first that does not hold, or that nobody looked at."""
    for name in required:
        if name not in results:
            return f"{what} {name} was not run"
    for name, holds in results.items():
        if not holds:
            return f"{what} {name} fails"
    return ""


def _sum_fault(sum_by_asset: Mapping[str, int]) -> str:
    for asset, amount in sum_by_asset.items():
        if amount != 0:
            return f"its rows of {asset} sum to {amount}, not to zero"
    return ""


def _remedies_fault(plan: Plan) -> str:
    seen: set[str] = set()
    for remedy in plan.remedies:
        if policy_of(remedy.id) is None:
            return f"there is no policy {remedy.id!r}, which one of its remedies names"
        if remedy.id in seen:
            return f"it states the remedy {remedy.id} twice"
        seen.add(remedy.id)
    if plan.policy not in seen:
        return f"it does not state what its own policy {plan.policy} comes to"
    return ""
