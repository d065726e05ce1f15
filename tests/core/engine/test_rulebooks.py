"""Versions of the rulebook, withdrawals, and accounts that may only reduce."""

from __future__ import annotations

import pytest

from seawall.core.model.commands import (
    AcceptRulebook,
    ActivateRulebook,
    OpenAccount,
    PlaceAlgo,
    SetAccountState,
    SetFreeze,
    TransferFunds,
)
from seawall.core.model.enums import AlgoType, LedgerKind, RiskTier, Side
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import AccountStateChanged
from seawall.core.model.rejects import RejectReason
from seawall.core.model.repair_events import (
    RulebookAccepted,
    RulebookActivated,
    WithdrawalDebited,
)
from seawall.core.model.rulebook import first_rulebook
from tests.core.engine.repair_world import RepairVenue, harmed, money_rows
from tests.laws.swap_venue import ALICE, BIG, BOB, BTC, CROSS, USDT, long, short
from tests.laws.venue import buy, of_kind, reason_of

R = RejectReason
TEXT = b"t" * 32


def rulebook(version: int, *, bands: tuple[int, int, int] = (10**6, 2 * 10**6, 3 * 10**6)):
    """Narrower bands."""
    return ActivateRulebook(version, TEXT, *bands, is_adjusting=False)


def test_the_first_rulebook_holds_from_the_genesis() -> None:
    """3, 7 and 15 %; an instrument without a tier has the widest band."""
    first = first_rulebook()
    bands = [first.band_e8(tier) for tier in (RiskTier.MAJOR, RiskTier.ALT, RiskTier.TAIL)]

    assert bands == [3_000_000, 7_000_000, 15_000_000]
    assert first.band_e8(RiskTier.NONE) == bands[2]
    assert not first.is_adjusting
    assert harmed().engine.state.rulebooks == {1: first}


@pytest.mark.parametrize(
    "command",
    [
        rulebook(1),
        rulebook(3),
        rulebook(2, bands=(2 * 10**6, 10**6, 3 * 10**6)),
        rulebook(2, bands=(0, 10**6, 10**6)),
        rulebook(2, bands=(10**6, 10**6, 10**8 + 1)),
    ],
)
def test_a_rulebook_out_of_order_is_refused(command: ActivateRulebook) -> None:
    """Versions follow each other, bands are ratios that grow with the tier."""
    assert reason_of(harmed().do(command)) == R.BAD_RULEBOOK


def test_accounts_accept_versions_and_new_ones_the_newest() -> None:
    """Also after a restart, and for a reader that starts late."""
    venue = harmed()
    assert of_kind(venue.do(rulebook(2)), RulebookActivated)
    assert of_kind(venue.do(AcceptRulebook(ALICE, 2)), RulebookAccepted)
    venue.do(OpenAccount(50, 50, 0))
    venue = venue.restored()
    versions = {one: venue.engine.state.account(one).rulebook_version for one in (ALICE, BOB, 50)}
    told = [event for entry in read_entries(venue.engine.describe()) for event in entry.events]

    assert versions == {ALICE: 2, BOB: 1, 50: 2}
    assert [one.version for one in of_kind(told, RulebookActivated)] == [1, 2]
    assert {one.account_id for one in of_kind(told, RulebookAccepted)} == {ALICE, 50}
    assert reason_of(venue.do(AcceptRulebook(ALICE, 1))) == R.BAD_RULEBOOK
    assert reason_of(venue.do(AcceptRulebook(99, 2))) == R.UNKNOWN_ACCOUNT


def funded() -> RepairVenue:
    """Alice has 100 on her funding side."""
    venue = harmed()
    venue.do(TransferFunds(ALICE, USDT, 100, to_trading=False))
    return venue


def test_a_withdrawal_leaves_once() -> None:
    """To the world, once per id, also after a restart."""
    venue = funded()
    custody = venue.money(LedgerKind.EXT_CUSTODY)
    events = venue.withdraw(ALICE, 60)

    assert [one.amount for one in of_kind(events, WithdrawalDebited)] == [60]
    assert venue.money(LedgerKind.FUNDING, ALICE) == 40
    assert venue.money(LedgerKind.EXT_CUSTODY) == custody + 60
    assert reason_of(venue.restored().withdraw(ALICE, 10)) == R.DUPLICATE_WITHDRAWAL


def test_a_withdrawal_that_cannot_be_is_refused() -> None:
    """Each reason by name."""
    venue = funded()

    assert reason_of(venue.withdraw(99, 1)) == R.UNKNOWN_ACCOUNT
    assert reason_of(venue.withdraw(ALICE, 0)) == R.BAD_AMOUNT
    assert reason_of(venue.withdraw(ALICE, -1)) == R.BAD_AMOUNT
    assert reason_of(venue.withdraw(ALICE, 101)) == R.INSUFFICIENT_BALANCE
    assert reason_of(venue.withdraw(ALICE, 1, asset=77)) == R.UNKNOWN_ASSET
    venue.do(SetAccountState(ALICE, is_frozen=True))
    assert reason_of(venue.withdraw(ALICE, 1)) == R.ACCOUNT_FROZEN
    venue.do(SetAccountState(ALICE, is_frozen=False))
    venue.do(SetFreeze(0, True, 1))
    assert reason_of(venue.withdraw(ALICE, 1)) == R.VENUE_FROZEN


def test_what_a_repair_would_take_does_not_leave() -> None:
    """What it would not find on the trading side it must find on the funding side."""
    venue = funded()
    cash = venue.cash(ALICE)
    venue.load(money_rows((LedgerKind.TRADING, ALICE, -cash - 30)))

    assert reason_of(venue.withdraw(ALICE, 71)) == R.NOT_WITH_REPAIR
    assert reason_of(venue.withdraw(ALICE, 70)) == 0
    venue.close()
    assert reason_of(venue.withdraw(ALICE, 30, b"x")) == 0


def test_what_a_repair_would_give_cannot_leave_yet() -> None:
    """It is not there."""
    venue = funded()
    venue.load(money_rows((LedgerKind.FUNDING, ALICE, 500)))

    assert reason_of(venue.withdraw(ALICE, 101)) == R.INSUFFICIENT_BALANCE


def restricted() -> RepairVenue:
    """Bob is long 10 and may cancel and reduce only."""
    venue = harmed()
    events = venue.do(SetAccountState(BOB, is_frozen=False, is_reduce_only=True))
    assert of_kind(events, AccountStateChanged) == [AccountStateChanged(BOB, False, True)]
    return venue.restored()


def test_a_restricted_account_reduces() -> None:
    """Up to what it has, all its open orders counted; it may cancel."""
    venue = restricted()

    assert reason_of(venue.do(long(BOB, 1, 990))) == R.ACCOUNT_REDUCE_ONLY
    assert reason_of(venue.do(short(BOB, 7, 1_005))) == 0
    assert reason_of(venue.do(short(BOB, 4, 1_005))) == R.ACCOUNT_REDUCE_ONLY
    assert reason_of(venue.do(short(BOB, 3, 1_005, reduce_only=True))) == 0
    assert reason_of(venue.do(buy(BOB, 1, 10))) == R.ACCOUNT_REDUCE_ONLY
    venue.do(SetAccountState(BOB, is_frozen=False))
    assert reason_of(venue.do(long(BOB, 1, 990))) == 0


def test_a_restricted_account_takes_no_money_and_no_leverage() -> None:
    """It may bring money, and lower its leverage."""
    venue = restricted()
    algo = PlaceAlgo(
        account_id=BOB,
        instrument_id=BIG,
        algo_type=AlgoType.CONDITIONAL,
        side=Side.BUY,
        quantity=1,
        margin_mode=CROSS,
        reduce_only=False,
        trigger_price=1_010,
        trigger_by=1,
    )

    assert reason_of(venue.do(TransferFunds(BOB, USDT, 1, False))) == R.ACCOUNT_REDUCE_ONLY
    assert reason_of(venue.do(TransferFunds(BOB, BTC, 1, False))) == R.ACCOUNT_REDUCE_ONLY
    assert reason_of(venue.withdraw(BOB, 1)) == R.ACCOUNT_REDUCE_ONLY
    assert reason_of(venue.lever(BOB, 20)) == R.ACCOUNT_REDUCE_ONLY
    assert reason_of(venue.lever(BOB, 5)) == 0
    assert reason_of(venue.do(algo)) == R.ACCOUNT_REDUCE_ONLY


def test_a_late_reader_learns_who_is_restricted() -> None:
    """From the description alone."""
    told = read_entries(restricted().engine.describe())
    events = [event for entry in told for event in entry.events]

    assert of_kind(events, AccountStateChanged) == [AccountStateChanged(BOB, False, True)]
