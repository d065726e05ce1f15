"""Reports to render: a full one, and one for each way in which a day can end or be hostile.

The figures are invented, and have the size and shape of those of a drill: whole numbers, money to
the last unit, and sums that really are zero.
"""

from __future__ import annotations

from typing import Final

import msgspec

from seawall.web.report import (
    Accounts,
    Amount,
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
    Repair,
    Report,
    Reproduction,
    Tick,
    Version,
    VictimRow,
)
from tests.web.sample_day import (
    BAD_FROM_MS,
    E8,
    FAULTY,
    FREEZE_MS,
    SOUND,
    bad_day,
    bad_prices,
    good_day,
    ticks,
    timeline,
)
from tests.web.sample_repair import btc, fingerprint, repair, usdt, victim


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
