"""Reports to render: a full one, and one for each way in which a day can end or be hostile.

The figures are invented, and have the size and shape of those of a drill: whole numbers, money to
the last unit, and sums that really are zero.
"""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from seawall.web.report import (
    Accounts,
    Amount,
    Day,
    Duration,
    FillCounts,
    Freeze,
    Measured,
    Moment,
    NamedHash,
    Open,
    OpenLine,
    Posting,
    PriceLine,
    Prices,
    Proof,
    Remedy,
    Repair,
    Report,
    Reproduction,
    Tick,
    Version,
    Victim,
    VictimRow,
)

E8: Final = 10**8
MORNING_MS: Final = 1_566_539_700_000  # 23 August 2019, 05:55:00 UTC
BAD_FROM_MS: Final = MORNING_MS + 2_000
BAD_TO_MS: Final = BAD_FROM_MS + 90_000
FREEZE_MS: Final = BAD_FROM_MS + 4_980
POSTED_MS: Final = MORNING_MS + 402_000
SOUND: Final = (
    ("cedar", "hill"),
    ("dune", "hill"),
    ("ember", "island"),
    ("fjord", "island"),
    ("glacier", "plain"),
)
FAULTY: Final = (("amber", "harbour"), ("basalt", "harbour"))


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


def true_price(second: int, *, offset: int = 0) -> int:
    """A wandering price (e8) around 10,100, from integers alone."""
    wave = (second * 7 + offset * 13) % 61 - 30 + (second // 9 * 5) % 23
    return 10_100 * E8 + wave * 9 * E8 // 100 * 10


def source_lines() -> tuple[PriceLine, ...]:
    """Seven sources, two of which say 0.32 for ninety seconds."""
    lines = []
    for number, (name, domain) in enumerate((*FAULTY, *SOUND)):
        is_faulty = domain == "harbour"
        points = []
        for second in range(-30, 150):
            clock_ms = MORNING_MS + second * 1_000 + number * 90
            is_bad = is_faulty and BAD_FROM_MS <= clock_ms < BAD_TO_MS
            price = 32 * E8 // 100 if is_bad else true_price(second, offset=number)
            points.append((clock_ms, price))
        lines.append(
            PriceLine(
                name=name, kind="source", domain=domain, is_faulty=is_faulty, points=tuple(points)
            )
        )
    return tuple(lines)


def index_lines() -> tuple[PriceLine, PriceLine]:
    """What the old way and the guarded index made of them."""
    best, guarded = [], []
    for second in range(-30, 150):
        clock_ms = MORNING_MS + second * 1_000
        guarded.append((clock_ms, true_price(second, offset=3)))
        if clock_ms <= FREEZE_MS:
            is_bad = clock_ms > BAD_FROM_MS
            best.append((clock_ms, 32 * E8 // 100 if is_bad else true_price(second) - 4 * E8))
    best.append((FREEZE_MS, 0))
    return (
        PriceLine(name="best of all sources", kind="best_of", points=tuple(best)),
        PriceLine(name="guarded index", kind="guarded", points=tuple(guarded)),
    )


def bad_prices() -> Prices:
    """The first picture."""
    return Prices(
        index="BTC-USDT",
        from_ms=MORNING_MS - 30_000,
        to_ms=MORNING_MS + 150_000,
        bad_from_ms=BAD_FROM_MS,
        bad_to_ms=BAD_TO_MS,
        lines=(*source_lines(), *index_lines()),
    )


def ticks() -> tuple[Tick, ...]:
    """Liquidations and stops, second by second."""
    wrongful = {3: 212, 4: 147, 5: 92, 6: 54, 7: 17}
    fired = {3: 706, 4: 71, 5: 22, 6: 9, 7: 3}
    return tuple(
        Tick(
            clock_ms=MORNING_MS + second * 1_000,
            liquidations=wrongful.get(second, 0) + (second % 5 == 2),
            wrongful_liquidations=wrongful.get(second, 0),
            triggers=fired.get(second, 0) + (second % 7 == 1),
            wrongful_triggers=fired.get(second, 0),
        )
        for second in range(-12, 24)
    )


def bad_day() -> Day:
    """The day as it was."""
    return Day(
        liquidations=551,
        wrongful_liquidations=522,
        triggers=811,
        wrongful_triggers=811,
        fills=11_808,
        fills_out_of_band=4_921,
        accounts=2_067,
        accounts_affected=1_668,
        index_low_e8=32 * E8 // 100,
        freeze_ms=4_980,
    )


def good_day() -> Day:
    """The same day with protections on."""
    return Day(
        liquidations=85,
        wrongful_liquidations=0,
        triggers=28,
        wrongful_triggers=0,
        fills=9_293,
        fills_out_of_band=0,
        accounts=2_067,
        accounts_affected=115,
        index_low_e8=10_061 * E8,
        freeze_ms=980,
    )


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
            claim="rerun_equals_clean_world", state="holds", measure="0 of 2,067 accounts differ"
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


def timeline() -> tuple[Moment, ...]:
    """What happened, in order."""
    rows = (
        (BAD_FROM_MS, 40_912, "amber says 0.32 for BTC-USDT", "fault", "observed"),
        (BAD_FROM_MS + 90, 40_914, "basalt says 0.32, the same domain", "fault", "observed"),
        (BAD_FROM_MS + 1_000, 40_931, "The detector fires: source far from the others", "venue",
         "observed"),
        (BAD_FROM_MS + 1_000, 40_931, "The index is 0.32; 706 stops fire in one tick", "venue",
         "observed"),
        (FREEZE_MS, 47_377, "An operator freezes the venue", "people", "observed"),
        (FREEZE_MS + 18_000, 0, "The domain harbour was cut off from its market", "people",
         "suspected"),
        (FREEZE_MS + 22_000, 47_902, "Exact set: 1,668 accounts differ, 399 are released", "repair",
         "proven"),
        (POSTED_MS - 6_000, 212_991, "Two people approve the plan", "people", "observed"),
        (POSTED_MS, 213_019, "Posted in one entry; 1,668 receipts", "repair", "proven"),
    )  # fmt: skip
    return tuple(
        Moment(clock_ms=clock_ms, seq=seq, what=what, kind=kind, grade=grade)  # type: ignore[arg-type]  # rows are literals
        for clock_ms, seq, what, kind, grade in rows
    )


def full_report() -> Report:
    """Everything there is to show: wronged, found, put right."""
    return Report(
        headline="Bitcoin at $0.32 for 90 seconds",
        cause="Two of seven price sources, both in the failure domain harbour, said 0.32 for "
        "ninety seconds.",
        kind="drill",
        synthetic="market, traders and money, seed 7",
        command="seawall drill primexbt --protections off --seed 7",
        versions=(
            Version(name="seawall", value="0.1.0"),
            Version(name="rules", value="1"),
            Version(name="rulebook", value="1"),
            Version(name="flow", value="scripted"),
        ),
        has_protections=False,
        prices=bad_prices(),
        ticks=ticks(),
        freeze=Freeze(seq=47_377, clock_ms=FREEZE_MS, after_ms=4_980, by="operator"),
        day=bad_day(),
        other_day=good_day(),
        repair=repair(),
        victim=victim(),
        timeline=timeline(),
        reproduction=(
            Reproduction(
                command="seawall drill primexbt --protections off --seed 7 --json r.json",
                shows="prints these hashes on any machine",
                hashes=(
                    NamedHash(name="events", hash=fingerprint("events")),
                    NamedHash(name="state", hash=fingerprint("state")),
                    NamedHash(name="plan", hash=fingerprint("plan")),
                ),
            ),
            Reproduction(
                command="seawall verify-receipt account-1187.json",
                shows="works offline, by the owner alone",
            ),
        ),
        measured=Measured(
            machine="2 cores, compiled engine, Python 3.11",
            when="22 November 2026",
            durations=(
                Duration(what="Exact set", wall_ms=18_412, budget_ms=60_000),
                Duration(what="Repair", wall_ms=41_260, budget_ms=60_000),
                Duration(what="Seven remedies", wall_ms=96_003),
            ),
        ),
    )


def failed_report() -> Report:
    """A repair that may not be posted: a null test differs, and a column does not add up."""
    wrong = repair()
    failed = [
        Proof(
            claim="plain_null_test",
            state="fails",
            hash=fingerprint("other"),
            found="Two runs of the same entries differ at seq 41,902: the state hash of the rerun "
            "is another one.",
        ),
        *wrong.proofs[1:],
    ]
    users = Posting(group="users", amounts=(usdt("321009.44135513"), btc("0.875")))
    wrong = msgspec.structs.replace(
        wrong, proofs=tuple(failed), postings=(users, *wrong.postings[1:]), posted_seq=0,
        posted_ms=0, approvals=0, remains=(),
    )  # fmt: skip
    return msgspec.structs.replace(
        full_report(), repair=wrong, timeline=timeline()[:-2], reproduction=()
    )


def victimless_report() -> Report:
    """Fills out of band and nobody wronged enough to be shown; the other day was not played."""
    return msgspec.structs.replace(
        full_report(), victim=None, other_day=None, ticks=(), timeline=()
    )


def crash_report() -> Report:
    """A true crash: all domains agree, and there is nothing to repair."""
    begin = 1_584_011_400_000  # 12 March 2020
    lines = []
    for number, (name, domain) in enumerate((*FAULTY, *SOUND)):
        points = tuple(
            (begin + minute * 60_000 + number * 700, price_of_the_crash(minute, number))
            for minute in range(0, 900, 2)
        )
        lines.append(PriceLine(name=name, kind="source", domain=domain, points=points))
    guarded = tuple(
        (begin + minute * 60_000, price_of_the_crash(minute, 3)) for minute in range(0, 900, 2)
    )
    lines.append(PriceLine(name="guarded index", kind="guarded", points=guarded))
    calm = msgspec.structs.replace(
        good_day(), liquidations=1_204, triggers=902, fills=88_207, accounts_affected=0,
        index_low_e8=3_782 * E8, freeze_ms=None,
    )  # fmt: skip
    nothing = Repair(
        policy="cause",
        accounts=Accounts(all=2_067, possibly_touched=0, affected=0),
        fills=FillCounts(
            both_inside=0, both_outside=0, one_inside=0, one_outside=0, neither_inside=0,
            neither_outside=0, outside_window=88_207, band_e8=3 * E8 // 100,
        ),
        remedies=(),
        postings=(),
        proofs=(
            Proof(claim="plain_null_test", state="holds", hash=fingerprint("crash")),
            Proof(claim="pinned_null_test", state="holds", hash=fingerprint("crash")),
            Proof(claim="a_true_crash_is_left_alone", state="holds", measure="0 edits"),
        ),
    )  # fmt: skip
    return Report(
        headline="Bitcoin halves in a day",
        cause="All seven price sources, in four failure domains, fell together, from 7,900 to "
        "3,800.",
        kind="drill",
        synthetic="seconds between recorded hours, seed 7",
        command="seawall drill crash --seed 7",
        versions=(Version(name="seawall", value="0.1.0"), Version(name="rulebook", value="1")),
        has_protections=True,
        prices=Prices(
            index="BTC-USDT", from_ms=begin, to_ms=begin + 900 * 60_000, lines=tuple(lines)
        ),
        ticks=tuple(
            Tick(
                clock_ms=begin + second * 1_000,
                liquidations=second * 13 % 7,
                wrongful_liquidations=0,
                triggers=second * 5 % 4,
                wrongful_triggers=0,
            )
            for second in range(0, 54_000, 60)
        ),
        freeze=None,
        day=calm,
        repair=nothing,
        why_nothing=(
            "Four of four failure domains agreed within 0.5 % in every second of the fall.",
            "The guarded index was in its normal state throughout; no detector fired.",
            "1,204 of 1,204 liquidations hold on the sources' own trades.",
        ),
        reproduction=(
            Reproduction(command="seawall drill crash --seed 7", shows="prints the same hashes"),
        ),
    )


def price_of_the_crash(minute: int, number: int) -> int:
    """From 7,900 to 3,800 and a little back, in steps."""
    fallen = min(minute, 600) * 4_100 // 600 - max(0, minute - 700) * 3
    return (7_900 - fallen + (minute * 7 + number * 5) % 23) * E8


LONG_NAME: Final = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamter"
SCRIPT: Final = "</script><script>alert('x')</script>"


def hostile_report() -> Report:
    """Names that are too long or code, balances of thirteen digits, negative zeros, no room."""
    whole = full_report()
    assert whole.repair is not None
    assert whole.victim is not None
    huge = Amount(asset="USDT", units=9_999_999_999_999_12345678)
    lines = (
        msgspec.structs.replace(whole.prices.lines[0], name=SCRIPT, domain=LONG_NAME),
        msgspec.structs.replace(whole.prices.lines[1], name=LONG_NAME),
        *whole.prices.lines[2:],
    )
    hurt = msgspec.structs.replace(
        whole.victim,
        account=SCRIPT,
        instrument=f"{LONG_NAME}-USDT-SWAP",
        quantity=Amount(asset="BTC", units=-huge.units),
        rows=(
            VictimRow(what=LONG_NAME, actual=huge, repaired=msgspec.structs.replace(
                huge, units=-huge.units)),
            VictimRow(what="Negative zero", actual=usdt("-0"), repaired=usdt("-0.00000000")),
            VictimRow(what="One unit", actual=usdt("0.00000001"), repaired=usdt("0")),
            VictimRow(what=SCRIPT, actual="<b>bold</b>", repaired=LONG_NAME),
        ),
        equity_actual=tuple((at, huge.units - at % 977) for at, _ in whole.victim.equity_actual),
        equity_repaired=tuple((at, huge.units) for at, _ in whole.victim.equity_repaired),
    )  # fmt: skip
    costs = tuple(
        msgspec.structs.replace(
            one,
            operator_cost_value=huge if one.policy == "cause" else usdt("-12.5"),
            operator_cost=(huge, Amount(asset="DOGELONGNAME", units=-huge.units, scale=0)),
            victims_whole=None,
            bystanders_worse_off=None,
        )
        for one in whole.repair.remedies
    )
    posted = (
        Posting(group="users", amounts=(huge, btc("-0"))),
        Posting(group="house_error", amounts=(msgspec.structs.replace(huge, units=-huge.units),)),
    )
    return msgspec.structs.replace(
        whole,
        headline=f"{LONG_NAME} {SCRIPT} at -0.00",
        synthetic=LONG_NAME,
        command=f"seawall drill {SCRIPT} --tape /{LONG_NAME * 3}",
        prices=msgspec.structs.replace(whole.prices, lines=lines),
        repair=msgspec.structs.replace(
            whole.repair, remedies=costs, postings=posted,
            remains=(
                Open(kind="claims", count=1, sums=(huge,),
                     lines=(OpenLine(account=SCRIPT, what=LONG_NAME * 2, amount=huge),)),
            ),
        ),
        victim=hurt,
        timeline=(
            Moment(clock_ms=BAD_FROM_MS, seq=8_796_093_022_207, what=SCRIPT + LONG_NAME * 3,
                   kind="fault"),
            *whole.timeline,
        ),
    )  # fmt: skip


SAMPLES: Final = {
    "full": full_report,
    "victimless": victimless_report,
    "crash": crash_report,
    "failed": failed_report,
    "hostile": hostile_report,
}
