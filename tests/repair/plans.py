"""Plans to be tested: a sound one, and what one change makes of it."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Final

import msgspec

from seawall.core.model.enums import LedgerKind
from seawall.core.model.repair import LedgerRow, RepairRows
from seawall.core.model.repair_codec import encode_rows
from seawall.repair.cases import Case
from seawall.repair.plan import LAWS, NULL_TESTS, Plan, Remedy
from seawall.repair.rulebook import RULEBOOKS
from seawall.replay.edits import Drop, Grounds, Observations, decode_edits, edits_hash, encode_edits

VENUE_HASH: Final = b"v" * 32


def digest(character: str) -> str:
    """A hash that is easy to recognise."""
    return character * 64


def remedy(policy_id: str, **changes: Any) -> Remedy:
    """What a policy comes to."""
    sound = Remedy(
        id=policy_id,
        fills_voided=3,
        accounts_touched=2,
        operator_cost_by_asset={"USDT": 1_250},
    )
    return msgspec.structs.replace(sound, **changes)


def sound_plan(**changes: Any) -> Plan:
    """A plan that is sound by what it says of itself, with these fields instead."""
    rulebook = RULEBOOKS[0]
    plan = Plan(
        case_id="c-1",
        venue_hash=digest("1"),
        authors=(7,),
        release="0.1.0",
        edits=2,
        edits_hash=digest("2"),
        window_first=10,
        window_last=20,
        cut_seq=30,
        cut_state_hash=digest("3"),
        policy="cause",
        rulebook_version=rulebook.version,
        rulebook_hash=rulebook.digest().hex(),
        rows=4,
        rows_hash=digest("4"),
        accounts_affected=2,
        receipts_root=digest("5"),
        remedies=(remedy("stand"), remedy("cause")),
        null_tests=dict.fromkeys(NULL_TESTS, True),
        laws=dict.fromkeys(LAWS, True),
        sum_by_asset={"BTC": 0, "USDT": 0},
    )
    return msgspec.structs.replace(plan, **changes)


def encoded_edits(*, source_id: int = 1) -> bytes:
    """An edits file: one source's observations are not heard."""
    drop = Drop(
        from_seq=10,
        to_seq=20,
        selects=Observations(index_id=1, source_ids=(source_id,)),
        grounds=Grounds(evidence=digest("e"), author=7),
    )
    return encode_edits([drop])


def encoded_rows(*, amount: int = 5, contra: int | None = None) -> bytes:
    """Rows: account 3 gets so much of asset 1 from the venue."""
    minus = -amount if contra is None else contra
    rows = [
        LedgerRow(LedgerKind.TRADING, 3, 1, 0, amount),
        LedgerRow(LedgerKind.HOUSE_ERROR, 0, 1, 0, minus),
    ]
    return encode_rows(RepairRows(ledger=rows, positions=[], algos=[], orders=[]))


def sound_case(*, data: bytes | None = None, **changes: Any) -> Case:
    """A case whose parts belong together, or with these rows or fields instead."""
    edits = encoded_edits()
    data = encoded_rows() if data is None else data
    plan = sound_plan(
        venue_hash=VENUE_HASH.hex(),
        edits=1,
        edits_hash=edits_hash(decode_edits(edits)[0]).hex(),
        rows=2,
        rows_hash=sha256(data).hexdigest(),
        sum_by_asset={"USDT": 0},
    )
    return Case(plan=msgspec.structs.replace(plan, **changes), edits=edits, rows=data, approvals=())
