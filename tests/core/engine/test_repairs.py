"""A repair is posted whole or not at all, once, and every bad one is refused by name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seawall.core.engine import restore_engine
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import (
    CloseRepair,
    Command,
    OpenRepair,
    PlaceAlgo,
    PlaceOrder,
    PostRepair,
    RepairPart,
)
from seawall.core.model.enums import LedgerKind
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import BalanceChanged
from seawall.core.model.limits import ACCOUNT_ID_ERROR, AMOUNT_MAX
from seawall.core.model.rejects import RejectReason
from seawall.core.model.repair import AlgoRow, LedgerRow, OrderRow, RepairRows
from seawall.core.model.repair_codec import encode_rows
from seawall.core.model.repair_events import (
    AccountRestated,
    GraceGranted,
    OverlayLoaded,
    RepairClosed,
    RepairOpened,
    RepairPosted,
)
from seawall.core.model.risk_events import PositionChanged
from tests.core.engine.repair_world import (
    CASE,
    LOSS,
    PLAN,
    RepairVenue,
    harmed,
    healing,
    money_rows,
)
from tests.laws.swap_venue import ALICE, BIG, BOB, CAROL, OTHER, TICK, USDT, long, short
from tests.laws.venue import of_kind, reason_of
from tests.laws.worlds import Draw

ROWS = encode_rows(healing())
R = RejectReason


def economy(venue: RepairVenue) -> tuple[object, ...]:
    """Balances and positions that are not zero."""
    state = venue.engine.state
    money = {key: int(one.balance) for key, one in state.ledger.accounts.items() if one.balance}
    sizes = {
        (int(one.account_id), int(one.instrument_id)): (int(one.size), int(one.cost))
        for market in state.markets.values()
        if market.swap is not None
        for one in market.swap.positions
        if one is not None and one.size != 0
    }
    interest = {
        key: int(market.swap.open_interest)
        for key, market in state.markets.items()
        if market.swap is not None
    }
    return money, sizes, interest


def test_a_repair_gives_back_what_was_lost() -> None:
    """Alice has her position at her price and her loss; house:error stands where she stood wrongly;
    Bob and Carol keep their trades.
    """
    venue = harmed()
    before = {one: (venue.cash(one), venue.size(one)) for one in (ALICE, BOB, CAROL)}
    events = venue.repair(healing())

    assert venue.engine.ledger_faults() == []
    assert (venue.cash(ALICE), venue.size(ALICE)) == (before[ALICE][0] + LOSS, 10)
    assert venue.position(ALICE).cost == 10_000 * TICK
    assert {one: (venue.cash(one), venue.size(one)) for one in (BOB, CAROL)} == {
        BOB: before[BOB],
        CAROL: before[CAROL],
    }
    assert venue.engine.state.error_account().positions[0].size == -10
    assert venue.engine.state.markets[BIG].swap.open_interest == 20
    assert of_kind(events, RepairPosted) == [RepairPosted(CASE, 4, posted_hash(venue))]
    assert of_kind(events, AccountRestated) == [AccountRestated(ALICE, CASE)]
    assert [one.account_id for one in of_kind(events, PositionChanged)] == [ALICE, ACCOUNT_ID_ERROR]
    assert ALICE in [one.account_id for one in of_kind(events, BalanceChanged)]


def posted_hash(venue: RepairVenue, case: bytes = CASE) -> bytes:
    """What the venue remembers of a case."""
    found: bytes = venue.engine.state.posted_repairs[case].overlay_hash
    return found


def test_parts_have_no_effect_until_the_post() -> None:
    """Balances and positions are as they were, whatever has arrived."""
    venue = harmed()
    before = economy(venue)
    opened = venue.open(parts=3)
    third = len(ROWS) // 3
    pieces = [ROWS[:third], ROWS[third : 2 * third], ROWS[2 * third :]]
    loaded = []
    for place in (2, 0, 1):
        loaded += venue.part(pieces[place], at=place, of=3)

    assert of_kind(opened, RepairOpened)[0].parts == 3
    assert [(one.case_id, one.rows) for one in of_kind(loaded, OverlayLoaded)] == [(CASE, 4)]
    assert economy(venue) == before
    venue.post(ROWS)
    assert economy(venue) != before
    assert venue.engine.ledger_faults() == []


def test_posting_twice_is_posting_once() -> None:
    """Bit for bit but for the seq: the second time says so and changes nothing."""
    venue = harmed()
    venue.repair(healing())
    once = venue.engine.snapshot()
    again = venue.post(ROWS)

    assert reason_of(again) == R.REPAIR_POSTED
    assert len(again) == 1
    twice = venue.engine.snapshot()
    differing = [at for at in range(0, len(once), 8) if once[at : at + 8] != twice[at : at + 8]]
    assert len(once) == len(twice)
    assert differing == [40]  # the word of the seq
    assert reason_of(venue.open()) == R.REPAIR_POSTED


def test_the_opposite_of_a_repair_returns() -> None:
    """A repair of a repair is another case with the opposite rows."""
    venue = harmed()
    before = economy(venue)
    venue.repair(healing())
    middle = economy(venue)
    venue.repair(healing(by=-1), b"two")

    assert middle != before
    assert economy(venue) == before
    assert venue.engine.ledger_faults() == []
    assert set(venue.engine.state.posted_repairs) == {CASE, b"two"}


def test_a_case_is_not_opened_before_the_posting_of_another() -> None:
    """Two plans of one loss would both be paid; what is found behind the first posting is new."""
    venue = harmed()
    cut = int(venue.engine.seq)
    venue.repair(healing())
    posted_seq = int(venue.engine.seq)

    assert venue.engine.state.posted_repairs[CASE].seq == posted_seq
    for one in (venue, venue.restored()):
        assert reason_of(one.open(b"two", cut=cut)) == R.REPAIR_OVERTAKEN
        assert reason_of(one.open(b"two", cut=posted_seq - 1)) == R.REPAIR_OVERTAKEN
        assert one.engine.state.repair is None
        one.open(b"two", cut=posted_seq)
        assert one.engine.state.repair is not None


def test_a_crash_between_parts_changes_nothing() -> None:
    """Restored from a snapshot after every step, the venue ends as the one that never stopped."""
    steady, falling = harmed(), harmed()
    half = len(ROWS) // 2
    steps: list[Callable[[RepairVenue], object]] = [
        lambda one: one.open(parts=2),
        lambda one: one.part(ROWS[half:], at=1, of=2),
        lambda one: one.part(ROWS[:half], at=0, of=2),
        lambda one: one.do(long(BOB, 3, 1_001)),
        lambda one: one.do(short(CAROL, 3, 1_001)),
        lambda one: one.post(ROWS),
        lambda one: one.seconds(3),
    ]
    for step in steps:
        step(steady)
        falling = falling.restored()
        step(falling)

        assert falling.engine.snapshot() == steady.engine.snapshot()
    assert falling.engine.describe() == steady.engine.describe()


def opened(**fields: object) -> Command:
    """OpenRepair, sound but for `fields`."""
    sound = {"case_id": CASE, "cut_seq": 1, "plan_hash": PLAN, "parts": 1}
    return OpenRepair(**{**sound, "first_operator_id": 1, "second_operator_id": 2, **fields})


BAD_OPENINGS = [
    (opened(second_operator_id=1), R.NOT_APPROVED),
    (opened(first_operator_id=9), R.NOT_APPROVED),
    (opened(case_id=b""), R.BAD_REPAIR),
    (opened(cut_seq=10**9), R.BAD_REPAIR),
    (opened(cut_seq=-1), R.BAD_REPAIR),
    (opened(parts=0), R.BAD_REPAIR),
]


@pytest.mark.parametrize(("command", "reason"), BAD_OPENINGS)
def test_a_bad_opening_is_refused(command: Command, reason: int) -> None:
    """Nothing is open afterwards."""
    venue = harmed()

    assert reason_of(venue.do(command)) == reason
    assert venue.engine.state.repair is None


def test_one_case_is_open_at_a_time() -> None:
    """Also the same one is not opened twice."""
    venue = harmed()
    venue.open()

    assert reason_of(venue.open()) == R.CASE_OPEN
    assert reason_of(venue.open(b"two")) == R.CASE_OPEN


BAD_PARTS: dict[str, tuple[list[Command], int]] = {
    "of no case": ([RepairPart(b"two", 0, 2, ROWS)], R.UNKNOWN_CASE),
    "beyond the count": ([RepairPart(CASE, 2, 2, ROWS)], R.BAD_PART),
    "before the first": ([RepairPart(CASE, -1, 2, ROWS)], R.BAD_PART),
    "another count": ([RepairPart(CASE, 0, 3, ROWS)], R.BAD_PART),
    "twice and different": (
        [RepairPart(CASE, 0, 2, ROWS), RepairPart(CASE, 0, 2, ROWS + b"x")],
        R.BAD_PART,
    ),
    "no rows": ([RepairPart(CASE, 0, 2, b"x"), RepairPart(CASE, 1, 2, b"y")], R.BAD_REPAIR),
}


@pytest.mark.parametrize("name", BAD_PARTS)
def test_a_bad_part_is_refused(name: str) -> None:
    """What has arrived before stays; no overlay stands."""
    commands, reason = BAD_PARTS[name]
    venue = harmed()
    venue.open(parts=2)

    assert [reason_of(venue.do(one)) for one in commands] == [0] * (len(commands) - 1) + [reason]
    assert venue.engine.state.overlay is None


def test_the_same_part_again_is_no_news() -> None:
    """Whoever sends a repair may begin anew after a crash."""
    venue = harmed()
    venue.open(parts=2)
    half = len(ROWS) // 2
    venue.part(ROWS[:half], at=0, of=2)
    before = venue.engine.state_hash
    assert venue.part(ROWS[:half], at=0, of=2) == []
    assert before
    venue.part(ROWS[half:], at=1, of=2)

    assert venue.part(ROWS[half:], at=1, of=2) == []
    assert venue.post(ROWS)


BAD_ROWS: dict[str, Callable[[RepairRows], object]] = {
    "a row is dropped": lambda rows: rows.ledger.pop(),
    "an unknown account": lambda rows: rows.ledger.insert(
        1, LedgerRow(LedgerKind.TRADING, 77, USDT, 0, 0)
    ),
    "nobody's money": lambda rows: _moved(rows, 77),
    "an unknown asset": lambda rows: _in_asset(rows, 900),
    "a position in spot": lambda rows: _in_instrument(rows, 0),
    "a position in nothing": lambda rows: _in_instrument(rows, 99),
    "nobody's position": lambda rows: setattr(rows.positions[0], "account_id", 77),
    "nobody's algo order": lambda rows: rows.algos.append(waiting(77, BIG)),
    "an algo order in nothing": lambda rows: rows.algos.append(waiting(ALICE, 99)),
    "nobody's order": lambda rows: rows.orders.append(offered(long(77, 1, 900))),
    "an order in nothing": lambda rows: rows.orders.append(offered(long(ALICE, 1, 900, of=99))),
    "margin of spot": lambda rows: _margin_of(rows, 0),
    "margin in another asset": lambda rows: _margin_of(rows, OTHER),
}


def waiting(account_id: int, instrument_id: int) -> AlgoRow:
    """A stop that would wait again."""
    terms = PlaceAlgo(
        account_id=account_id,
        instrument_id=instrument_id,
        algo_type=0,
        side=1,
        quantity=1,
        margin_mode=1,
        reduce_only=False,
        trigger_price=900,
        trigger_by=1,
    )
    return AlgoRow(account_id, 4096, encode_command(terms), 0, False, False, False)


def offered(order: PlaceOrder) -> OrderRow:
    """An order that would be offered back."""
    return OrderRow(order.account_id, encode_command(order))


def _margin_of(rows: RepairRows, instrument_id: int) -> None:
    rows.ledger[0].kind, rows.ledger[0].instrument_id = LedgerKind.ISOLATED, instrument_id


def _moved(rows: RepairRows, account_id: int) -> None:
    rows.ledger[0].account_id = account_id


def _in_asset(rows: RepairRows, asset_id: int) -> None:
    for row in rows.ledger:
        row.asset_id = asset_id


def _in_instrument(rows: RepairRows, instrument_id: int) -> None:
    rows.ledger[1].instrument_id = instrument_id
    for row in rows.positions:
        row.instrument_id = instrument_id


@pytest.mark.parametrize("name", BAD_ROWS)
def test_unsound_rows_are_not_taken(name: str) -> None:
    """Refused with the last part, so that nothing unsound is ever judged by or posted."""
    venue = harmed()
    rows = healing()
    BAD_ROWS[name](rows)
    data = encode_rows(rows)
    venue.open()

    assert reason_of(venue.part(data)) == R.BAD_REPAIR
    assert reason_of(venue.post(data)) == R.REPAIR_INCOMPLETE


def test_a_bad_post_is_refused() -> None:
    """Unknown, incomplete, another hash, one operator: nothing is posted."""
    venue = harmed()
    other = encode_rows(healing(by=-1))
    before = economy(venue)

    assert reason_of(venue.post(ROWS)) == R.UNKNOWN_CASE
    venue.open(parts=2)
    assert reason_of(venue.post(ROWS)) == R.REPAIR_INCOMPLETE
    venue.close()
    venue.load(healing())
    assert reason_of(venue.post(ROWS, b"two")) == R.UNKNOWN_CASE
    assert reason_of(venue.post(other)) == R.REPAIR_HASH_DIFFERS
    assert reason_of(venue.do(PostRepair(CASE, PLAN, 1, 1))) == R.NOT_APPROVED
    assert reason_of(venue.do(PostRepair(CASE, PLAN, 1, 7))) == R.NOT_APPROVED
    assert economy(venue) == before
    venue.post(ROWS)
    assert reason_of(venue.post(other)) == R.REPAIR_HASH_DIFFERS


def test_a_case_can_be_given_up() -> None:
    """Its overlay is gone, and it may be opened again."""
    venue = harmed()
    before = economy(venue)
    venue.load(healing())

    assert reason_of(venue.close(b"two")) == R.UNKNOWN_CASE
    assert reason_of(venue.do(CloseRepair(CASE, 2, 2))) == R.NOT_APPROVED
    assert of_kind(venue.close(), RepairClosed) == [RepairClosed(CASE)]
    assert reason_of(venue.close()) == R.UNKNOWN_CASE
    assert (economy(venue), venue.engine.state.overlay) == (before, None)
    venue.repair(healing())
    assert venue.size(ALICE) == 10


def test_what_cannot_be_held_is_refused() -> None:
    """A balance beyond the ledger's range."""
    venue = harmed()
    data = venue.load(money_rows((LedgerKind.TRADING, ALICE, AMOUNT_MAX - 5)))

    assert reason_of(venue.post(data)) == R.REPAIR_OUT_OF_RANGE
    assert venue.engine.ledger_faults() == []


def test_a_late_reader_learns_of_cases_and_graces() -> None:
    """From the description alone."""
    venue = harmed()
    venue.repair(healing())
    venue.load(healing(by=-1), b"two")
    told = [event for entry in read_entries(venue.engine.describe()) for event in entry.events]

    assert [one.case_id for one in of_kind(told, RepairPosted)] == [CASE]
    assert [one.case_id for one in of_kind(told, RepairOpened)] == [b"two"]
    assert [one.rows for one in of_kind(told, OverlayLoaded)] == [4]
    assert [one.account_id for one in of_kind(told, GraceGranted)] == [ALICE]


@pytest.mark.parametrize("is_loaded", [False, True])
def test_a_damaged_snapshot_of_an_open_case_does_not_raise(is_loaded: bool) -> None:
    """Bytes from a bad disk are refused, or are another state; the process goes on."""
    venue = harmed()
    venue.repair(healing())
    if is_loaded:
        venue.load(healing(by=-1), b"two")
    else:
        venue.open(b"two", parts=2)
        venue.part(ROWS[:100], case=b"two", at=1, of=2)
    data, draw = venue.engine.snapshot(), Draw(4)
    tail = len(data) - 2_500 if is_loaded else len(data) - 900
    refused = 0
    for _ in range(150):
        damaged = bytearray(data)
        damaged[draw.between(max(0, tail), len(data) - 1)] ^= 1 << draw.below(8)
        if draw.chance(30):
            del damaged[-draw.between(1, 90) :]
        found, fault = restore_engine(venue.engine.genesis, bytes(damaged))
        refused += found is None

        assert (found is None) == (fault != "")
    assert refused > 20
