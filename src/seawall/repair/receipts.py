"""Receipts: what an account's owner gets, and checks alone, offline, without trusting anybody.

A receipt holds the plan, the account's part, its salt, and the steps from the part to the root that
the plan names. `receipt_fault` recomputes all of it: the plan's hash from the plan, every line from
its own figures, the leaf from the part, the root from the leaf. One changed character anywhere is
refused with the reason. What ties the plan's hash to the venue is the journal, which carries it,
and the people who approved it: compare it with the one that the venue has published.

`ReceiptBook` is the venue's side: the parts of all accounts and the key of the case, kept in the
case's folder, which is readable by nobody else.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from seawall.errors import OperatorFault
from seawall.journal.directory import read_at_most, write_durably
from seawall.repair.cases import CaseFolder
from seawall.repair.parts import Part
from seawall.repair.plan import Plan, encode_plan, plan_fault
from seawall.repair.sum_tree import (
    KEY_BYTES,
    STEPS_MAX,
    Leaf,
    Step,
    SumTree,
    climb,
    leaf_of,
    root_of,
    salt_of,
)

FORMAT: Final = 1
RECEIPT_BYTES_MAX: Final = 64 * 1024 * 1024
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_RESTORE: Final = (
    "restore the case's folder `receipts` from a backup, or, if the case was not posted, make the "
    "plan again"
)


class Receipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One account's proof. Hashes are lower-case hexadecimal."""

    format: int = FORMAT
    plan_hash: str
    plan: Plan
    part: Part
    salt: str
    proof: tuple[Step, ...]


def encode_receipt(receipt: Receipt) -> bytes:
    """The file: JSON, indented for people."""
    return msgspec.json.format(_compact(receipt), indent=2) + b"\n"


def decode_receipt(data: bytes) -> tuple[Receipt | None, str]:
    """The receipt in a file and "", or None and why it is none."""
    if len(data) > RECEIPT_BYTES_MAX:
        return None, f"it has {len(data)} bytes; a receipt has at most {RECEIPT_BYTES_MAX}"
    try:
        receipt = msgspec.json.decode(data, type=Receipt)
        compact = msgspec.json.format(data, indent=-1)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return None, f"it cannot be read: {error}"
    if compact != _compact(receipt):
        return None, "it is not written as receipts are: fields are doubled or in another order"
    return receipt, ""


def receipt_fault(receipt: Receipt, *, published_hash: str = "") -> str:
    """What is wrong with a receipt, or "" when it proves what it says.

    `published_hash` is the plan's hash as the venue has published it, or its beginning.
    """
    if receipt.format != FORMAT:
        return f"it has format {receipt.format}; this release reads {FORMAT}"
    digest = sha256(encode_plan(receipt.plan)).hexdigest()
    if receipt.plan_hash != digest:
        return f"its plan has hash {digest}, and it says {receipt.plan_hash}"
    if published_hash and not digest.startswith(published_hash.lower()):
        return f"it is of a plan with hash {digest}, not of the published one"
    return plan_fault(receipt.plan) or _lines_fault(receipt.part) or _proof_fault(receipt)


def _lines_fault(part: Part) -> str:
    for line in part.lines:
        if line.after - line.before != line.difference:
            return f"the line {line.line!r}: its difference is not what lies between its figures"
    return ""


def _proof_fault(receipt: Receipt) -> str:
    if len(receipt.proof) > STEPS_MAX:
        return f"its proof has {len(receipt.proof)} steps; no repair has as many accounts"
    if not _HASH.fullmatch(receipt.salt):
        return "its salt is no 64 hexadecimal digits"
    for number, step in enumerate(receipt.proof, 1):
        if not _HASH.fullmatch(step.hash):
            return f"step {number} of its proof has no SHA-256"
        if 0 in step.sums.values():
            return f"step {number} of its proof has a sum of zero, which is never written"
    top = climb(_leaf(receipt.part, bytes.fromhex(receipt.salt)), receipt.proof)
    if root_of(top).hex() != receipt.plan.receipts_root:
        return (
            "its part, salt and steps do not lead to the root that the plan names: one of them "
            "was changed"
        )
    if top.sums:
        unit, amount = next(iter(sorted(top.sums.items())))
        return f"all parts of the repair sum to {amount} {unit}, not to zero"
    return ""


def _compact(receipt: Receipt) -> bytes:
    return msgspec.json.encode(receipt, order="deterministic")


def _leaf(part: Part, salt: bytes) -> Leaf:
    data = msgspec.json.encode(part, order="deterministic")
    return leaf_of(data, salt=salt, sums=part.sums())


class ReceiptBook:
    """The parts of all accounts of a case."""

    def __init__(self, parts: Iterable[Part], *, key: bytes) -> None:
        """Build the tree over them."""
        self._key = key
        self._parts = {part.account_id: part for part in parts}
        self._leaves = {
            account_id: _leaf(part, salt_of(key, account_id))
            for account_id, part in self._parts.items()
        }
        self._tree = SumTree(list(self._leaves.values()))

    @property
    def root(self) -> bytes:
        """What the plan names."""
        return root_of(self._tree.top)

    @property
    def accounts(self) -> list[int]:
        """Whose parts there are, ascending; 0 is the venue."""
        return sorted(self._parts)

    def part(self, account_id: int) -> Part | None:
        """An account's part, or None when the repair does not touch it."""
        return self._parts.get(account_id)

    def receipt(self, plan: Plan, account_id: int) -> Receipt:
        """The receipt of an account. Raises OperatorFault when the repair does not touch it, or the
        book is not the one that the plan names.
        """
        part = self._parts.get(account_id)
        if part is None:
            raise OperatorFault(
                expected=f"an account that case {plan.case_id} touches",
                found=f"account {account_id}, whose state is the same in both runs",
                to_do="name another account, or 0 for the venue's own part",
            )
        if self.root.hex() != plan.receipts_root:
            raise OperatorFault(
                expected="the parts of the accounts, and the key, that the plan names",
                found="others",
                to_do=_RESTORE,
            )
        return Receipt(
            plan_hash=sha256(encode_plan(plan)).hexdigest(),
            plan=plan,
            part=part,
            salt=salt_of(self._key, account_id).hex(),
            proof=self._tree.proof(self._leaves[account_id]),
        )


def case_key(folder: CaseFolder) -> bytes:
    """The key of a case that is planned; made when there is none, so that a plan made again has the
    same root.
    """
    path = _key_path(folder)
    if path.exists() and len(key := path.read_bytes()) == KEY_BYTES:
        return key
    folder.make()
    key = secrets.token_bytes(KEY_BYTES)
    write_durably(path, key)
    return key


def _key_path(folder: CaseFolder) -> Path:
    return folder.receipts / "case.key"


def _kept_key(folder: CaseFolder) -> bytes:
    """The key of a case that has been planned. Raises OperatorFault when it is lost: another one
    leads to another root.
    """
    path = _key_path(folder)
    try:
        key = read_at_most(path, KEY_BYTES + 1)
        fault = "" if len(key) == KEY_BYTES else f"not {KEY_BYTES} bytes"
    except OSError as error:
        key, fault = b"", error.strerror or str(error)
    if fault:
        raise OperatorFault(expected=f"the key of the case in {path}", found=fault, to_do=_RESTORE)
    return key


def write_parts(folder: CaseFolder, parts: Iterable[Part]) -> None:
    """Keep the parts of a case, a line of JSON each."""
    folder.make()
    write_durably(folder.receipts / "parts.jsonl", msgspec.json.Encoder().encode_lines(list(parts)))


def read_book(folder: CaseFolder) -> ReceiptBook:
    """The book of a case. Raises OperatorFault when there is none."""
    path = folder.receipts / "parts.jsonl"
    try:
        parts = msgspec.json.Decoder(Part).decode_lines(path.read_bytes())
        if not parts:
            raise msgspec.DecodeError("it is empty")
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise OperatorFault(
            expected=f"the parts of the accounts in {path}",
            found=str(error),
            to_do=_RESTORE,
        ) from error
    return ReceiptBook(parts, key=_kept_key(folder))
