"""The figures of a repair: who is affected, what each remedy costs, the proofs, what stays open."""

from __future__ import annotations

from typing import Literal

import msgspec


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """So many units of an asset; `scale` decimal digits make one whole. Shown to the last unit."""

    asset: str
    units: int
    scale: int = 8


class FillCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The fills inside the window by cause and price: the verdicts of the pinned rerun of `cause`.

    A side is licensed when a user asked for it, or when C makes the same activation. A fill whose
    quantity was divided counts once, in the row of its worst part. `band_e8` is the review band of
    the instrument with the most fills (3 % = 3,000,000); `outside_window` fills are never reviewed.
    """

    both_inside: int
    both_outside: int
    one_inside: int
    one_outside: int
    neither_inside: int
    neither_outside: int
    outside_window: int
    band_e8: int


class Remedy(msgspec.Struct, frozen=True, kw_only=True):
    """What one policy costs: figures of its own run, posted in a scratch copy of the venue.

    `operator_cost` is what the operator pays, per asset: minus the difference of `house:error` in
    D; negative is received. `operator_cost_value` is their worth at ref_C of K in the settlement
    asset, which the bars compare. The last three are None where they were not computed: victims
    that end at the best of A, C and cash, and bystanders that end below A; and what users still
    bear, in the settlement asset.
    """

    policy: str  # an id of texts.POLICIES
    fills_voided: int
    accounts_touched: int
    operator_cost: tuple[Amount, ...]
    operator_cost_value: Amount
    victims_whole: int | None = None
    bystanders_worse_off: int | None = None
    left_with_users: Amount | None = None


class Accounts(msgspec.Struct, frozen=True, kw_only=True):
    """All accounts; those that the first, coarse walk along causes reached; those whose D is not
    zero, and of these, who only differ in funding or in fees (they are posted, never restricted).
    The released are the rest.
    """

    all: int
    possibly_touched: int
    affected: int
    only_funding: int = 0
    only_fees: int = 0


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """What D gives to one group of ledger accounts, per asset, with its sign. The groups partition
    the ledger by kind (texts.GROUPS): `users` user:* of everybody but E, `house_error`, `house` the
    other house:*, `insurance` ins:*, `system` sys:* and clearing.
    """

    group: str
    amounts: tuple[Amount, ...]


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """A claim and what became of it. `holds` and `fails` may be said only by code that has just
    computed the claim again; everything else is `not_computed`.

    `claim` is an id of texts.CLAIMS: the names that `repair` gives to null tests and laws.
    `measure` is the figure behind it ("1,284 of 1,284"), `hash` a fingerprint (hex) where there is
    one. `found` is one sentence: for a claim that fails, what was found instead; for one that was
    not computed, why.
    """

    claim: str
    state: Literal["holds", "fails", "not_computed"]
    measure: str = ""
    hash: str = ""
    found: str = ""


class OpenLine(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that remains open: whose, what, and how much where it is money."""

    account: str
    what: str
    amount: Amount | None = None


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """What remains open of one kind: how many, their sum per asset, and some of them.

    `claims`: cash that the operator owes outside C. `receivables`: what left the venue while its
    gap was open. `orders_not_offered`: orders spent by a void that could not be offered back.
    """

    kind: Literal["claims", "receivables", "orders_not_offered"]
    count: int
    sums: tuple[Amount, ...] = ()
    lines: tuple[OpenLine, ...] = ()  # the page shows the first ten


class Repair(msgspec.Struct, frozen=True, kw_only=True):
    """The repair of one case: policy, set, prices, proofs, posting.

    `posted_seq` is the entry of `PostRepair`, 0 while nothing is posted; `posted_ms` its venue
    clock; `approvals` how many people approved `plan_hash` (hex). `postings` are empty when there
    is nothing to post.
    """

    policy: str
    accounts: Accounts
    fills: FillCounts
    remedies: tuple[Remedy, ...]
    postings: tuple[Posting, ...]
    proofs: tuple[Proof, ...]
    remains: tuple[Open, ...] = ()
    victims: int = 0
    approvals: int = 0
    plan_hash: str = ""
    posted_seq: int = 0
    posted_ms: int = 0


class VictimRow(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in both worlds: either two amounts of one asset, whose difference the page takes,
    or two words ("cancelled", "active").
    """

    what: str
    actual: Amount | str
    repaired: Amount | str


class Victim(msgspec.Struct, frozen=True, kw_only=True):
    """One account that was wronged, as it happened (A at K) and as repaired (after the post).

    `account` is how the account may be called in public ("Account 1187", "One account").
    `quantity` is signed: long is positive. `closed_by` is what the venue did at `closed_seq`.
    Equity is in units of one asset, cash and unrealised profit at ref_C, as (clock_ms, units) at
    changes; the actual line ends where the repaired one takes over, at `repaired_ms`.
    """

    account: str
    instrument: str
    quantity: Amount
    entry_price_e8: int
    closed_price_e8: int
    closed_seq: int
    closed_by: Literal["liquidation", "trigger"]
    rows: tuple[VictimRow, ...]
    equity_asset: str
    equity_scale: int
    equity_actual: tuple[tuple[int, int], ...]
    equity_repaired: tuple[tuple[int, int], ...]
    repaired_ms: int
