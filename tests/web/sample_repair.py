"""Figures of a repair to show: remedies, postings, proofs, a victim, and what remains open."""

from __future__ import annotations

import hashlib

import msgspec

from seawall.web.report import (
    Accounts,
    Amount,
    FillCounts,
    Open,
    OpenLine,
    Posting,
    Proof,
    Remedy,
    Repair,
    Victim,
    VictimRow,
)
from tests.web.sample_day import E8, MORNING_MS, POSTED_MS


def usdt(text: str) -> Amount:
    """An amount of USDT from its decimals: usdt("-1.5")."""
    whole, _, fraction = text.lstrip("-").partition(".")
    units = int(whole) * E8 + int(fraction.ljust(8, "0"))
    return Amount(asset="USDT", units=-units if text.startswith("-") else units)


def btc(text: str) -> Amount:
    """An amount of BTC from its decimals."""
    return msgspec.structs.replace(usdt(text), asset="BTC")


def fingerprint(name: str) -> str:
    """A hash to show."""
    return hashlib.sha256(name.encode()).hexdigest()


def remedies() -> tuple[Remedy, ...]:
    """Seven policies, priced."""
    rows = (
        ("stand", 0, 0, "0", "0", 0, 0, "6418220.51"),
        ("compensate", 0, 1_037, "6418220.51", "0", 1_231, 0, "0"),
        ("band", 4_921, 1_166, "212004.18", "0", 998, 0, "318442.90"),
        ("cause", 5_236, 1_668, "318442.07135512", "-1.25", 1_231, 0, "0"),
        ("strict", 5_870, 1_702, "441903.55", "-1.25", 1_231, 61, "0"),
        ("rerun", 6_104, 1_668, "0", "0", 1_231, 0, "0"),
        ("window", 6_411, 1_893, "0", "0", 1_231, 412, "0"),
    )
    return tuple(
        Remedy(
            policy=policy,
            fills_voided=voided,
            accounts_touched=touched,
            operator_cost=(usdt(cost), btc(coins)) if coins != "0" else (usdt(cost),),
            operator_cost_value=msgspec.structs.replace(
                usdt(cost), units=usdt(cost).units + btc(coins).units * 10_100
            ),
            victims_whole=whole,
            bystanders_worse_off=worse,
            left_with_users=usdt(left),
        )
        for policy, voided, touched, cost, coins, whole, worse, left in rows
    )


def postings() -> tuple[Posting, ...]:
    """What the repair gives to whom; the columns are zero."""
    return (
        Posting(group="users", amounts=(usdt("321009.44135512"), btc("0.87500000"))),
        Posting(group="house_error", amounts=(usdt("-318442.07135512"), btc("1.25"))),
        Posting(group="house", amounts=(usdt("-2567.37"),)),
        Posting(group="insurance", amounts=(usdt("0"),)),
        Posting(group="system", amounts=(btc("-2.12500000"),)),
    )


def proofs() -> tuple[Proof, ...]:
    """Every claim, all but one computed."""
    return (
        Proof(claim="plain_null_test", state="holds", hash=fingerprint("plain")),
        Proof(claim="pinned_null_test", state="holds", hash=fingerprint("plain")),
        Proof(claim="positions_mirror_gaps", state="holds", measure="2,204 positions"),
        Proof(
            claim="untouched_accounts_do_not_differ", state="holds", measure="399 of 399 accounts"
        ),
        Proof(
            claim="the_rerun_is_the_clean_day", state="holds", measure="0 of 2,067 accounts differ"
        ),
        Proof(claim="victims_get_the_best", state="holds", measure="1,231 of 1,231 victims"),
        Proof(claim="posted_twice_is_posted_once", state="holds", hash=fingerprint("overlay")),
        Proof(claim="repair_of_a_repair_returns", state="holds", hash=fingerprint("plain")),
        Proof(claim="books_are_the_same", state="holds", measure="3 books"),
        Proof(
            claim="drops_liquidate_nobody",
            state="not_computed",
            found="Property tests check this law; a single day does not show it.",
        ),
    )


def repair() -> Repair:
    """A repair that was posted."""
    return Repair(
        policy="cause",
        accounts=Accounts(
            all=2_067, possibly_touched=1_893, affected=1_668, only_funding=212, only_fees=41
        ),
        fills=FillCounts(
            both_inside=4_204,
            both_outside=1_207,
            one_inside=634,
            one_outside=3_709,
            neither_inside=3,
            neither_outside=317,
            outside_window=1_734,
            band_e8=3 * E8 // 100,
        ),
        remedies=remedies(),
        postings=postings(),
        proofs=proofs(),
        victims=1_231,
        approvals=2,
        plan_hash=fingerprint("plan"),
        posted_seq=213_019,
        posted_ms=POSTED_MS,
        remains=(
            Open(
                kind="claims",
                count=14,
                sums=(usdt("18220.40"),),
                lines=tuple(
                    OpenLine(
                        account=f"Account {1_000 + 17 * number}",
                        what="A stop that the true price would have fired",
                        amount=usdt(f"{1_800 - 100 * number}.4"),
                    )
                    for number in range(11)
                ),
            ),
            Open(
                kind="receivables",
                count=1,
                sums=(btc("0.4"),),
                lines=(
                    OpenLine(
                        account="Account 1,904",
                        what="Withdrawn before the freeze, entry 41,377",
                        amount=btc("0.4"),
                    ),
                ),
            ),
            Open(kind="orders_not_offered", count=37),
        ),
    )


def victim() -> Victim:
    """A long that was liquidated at the lie."""
    repaired = tuple(
        (MORNING_MS + second * 1_000, 4_081_200_000_000 + (second * 37 % 101 - 50) * 300_000_000)
        for second in range(-60, 520, 3)
    )
    before = [point for point in repaired if point[0] <= MORNING_MS]
    return Victim(
        account="Account 1187",
        instrument="BTC-USDT-SWAP",
        quantity=btc("2"),
        entry_price_e8=10_112_50000000,
        closed_price_e8=8_014_30000000,
        closed_seq=41_377,
        closed_by="liquidation",
        rows=(
            VictimRow(what="Position", actual=btc("0"), repaired=btc("2")),
            VictimRow(what="Cash", actual=usdt("36494.79"), repaired=usdt("40812")),
            VictimRow(what="Realised profit", actual=usdt("-4196.4"), repaired=usdt("0")),
            VictimRow(what="Liquidation fee", actual=usdt("-120.81"), repaired=usdt("0")),
            VictimRow(what="Funding", actual=usdt("0"), repaired=usdt("-1.01")),
            VictimRow(what="Stop at 9,900.0", actual="cancelled", repaired="active"),
            VictimRow(what="Leverage", actual="5 times, cross", repaired="5 times, cross"),
        ),
        equity_asset="USDT",
        equity_scale=8,
        equity_actual=(
            *before,
            (MORNING_MS + 3_000, 3_649_479_000_000),
            (POSTED_MS, 3_649_479_000_000),
        ),
        equity_repaired=repaired,
        repaired_ms=POSTED_MS,
    )
