"""Funding through the engine: who pays whom, when it waits, and that no unit is lost."""

from __future__ import annotations

import pytest

from seawall.core.engine.audit import state_faults
from seawall.core.engine.liquidation_state import LiquidationState
from seawall.core.ledger import transfer
from seawall.core.model.commands import SetTradingState
from seawall.core.model.enums import LedgerKind, MarginMode, TradingState
from seawall.core.model.events import Event
from seawall.core.model.genesis import GenesisAccount, GenesisAmount, Parameters
from seawall.core.model.limits import ACCOUNT_ID_SYSTEM, TICK_EVENTS_MAX
from seawall.core.model.risk_events import (
    FundingPaid,
    FundingSettled,
    FundingSkipped,
    IndexPublished,
    MarkPublished,
)
from tests.core.clearing.vector_rule import Numbers, Vector, check, check_that_one_off_fails
from tests.core.engine.outside_world import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    E8,
    INDEX,
    LEA,
    START_MS,
    SWAP,
    USDT,
    World,
    genesis,
    of_kind,
)

HOUR_MS = 3_600_000
BOUNDARY_MS = (START_MS // (8 * HOUR_MS) + 1) * 8 * HOUR_MS
RATE_E8 = 12_346
MINUTES = 480
MARK = 60_011


def before_the_boundary(seconds: int, **changes: object) -> World:
    """A running world so long before a settlement."""
    world = World(genesis(**changes))
    world.now_ms = BOUNDARY_MS - (seconds + 15) * 1_000
    world.outside(MARK)
    world.tick(15)
    return world


def with_positions(seconds: int = 20, **more: object) -> World:
    """FU7's positions: A +150, B and C -33, D -84; and its rate, as if sampled all along."""
    world = before_the_boundary(seconds)
    for seller, lots in ((BOB, 33), (CAROL, 33), (DAVE, 84)):
        world.trade(ALICE, seller, lots, MARK, **more)
    set_rate(world, RATE_E8)
    return world


def set_rate(world: World, rate_e8: int) -> None:
    """Premiums of the interval so far whose mean lies 0.05 % above the rate."""
    world.swap.funding.premium_sum = (rate_e8 + (50_000 if rate_e8 > 10_000 else 0)) * MINUTES


def paid(events: list[Event]) -> dict[int, int]:
    """What each account received, in units."""
    return {int(one.account_id): int(one.amount) for one in of_kind(events, FundingPaid)}


def balance(world: World, kind: int) -> int:
    """A balance of the venue's own; the swap's clearing account carries its id."""
    instrument_id = SWAP if kind == LedgerKind.CLEARING else 0
    found = world.engine.state.ledger.account(
        kind=kind, account_id=0, asset_id=USDT, instrument_id=instrument_id
    )
    return int(found.balance)


def cost_of_all(world: World) -> int:
    """The cost of all open positions."""
    return sum(int(one.cost) for one in world.swap.positions if one is not None)


def settled() -> Numbers:
    """FU7 and LG5: A, B, C and D, clearing beside the positions' cost, and sys:rounding."""
    world = with_positions()
    rounding = balance(world, LedgerKind.SYS_ROUNDING)
    amounts = paid(world.tick(25))
    return (
        *(amounts[one] for one in (ALICE, BOB, CAROL, DAVE)),
        balance(world, LedgerKind.CLEARING) + cost_of_all(world),
        balance(world, LedgerKind.SYS_ROUNDING) - rounding,
    )


VECTORS = [
    Vector(name, (-1_111_343_709, 244_495_615, 244_495_615, 622_352_477, 0, 2), play)
    for name, play in (("FU7", settled), ("LG5", settled))
]


@pytest.mark.parametrize("vector", VECTORS, ids=[one.id for one in VECTORS])
def test_vector(vector: Vector) -> None:
    """Through commands, ticks, the ledger and the sweep."""
    check(vector)


def test_a_vector_is_exact() -> None:
    """One unit more or less is another result."""
    numbers = settled()
    for vector in VECTORS:
        check_that_one_off_fails(Vector(vector.id, vector.expected, lambda: numbers))


def test_the_rate_is_settled_at_the_boundary_and_said() -> None:
    """Once, in the tick that reaches it."""
    world = with_positions()
    assert of_kind(world.tick(19), FundingSettled) == []

    events = world.tick()

    said = of_kind(events, FundingSettled)
    assert [(one.rate_e8, one.mark, one.next_ms) for one in said] == [
        (RATE_E8, MARK * 10, BOUNDARY_MS + 8 * HOUR_MS)
    ]
    assert of_kind(world.tick(30), FundingSettled) == []
    assert world.engine.ledger_faults() == []


def test_isolated_positions_pay_from_their_own_margin() -> None:
    """Nothing outside them is touched."""
    world = with_positions(margin_mode=MarginMode.ISOLATED)
    state = world.engine.state
    account = state.account(ALICE)
    assert account is not None
    cash = int(state.trading_account(account, USDT).balance)

    world.tick(25)

    assert int(state.trading_account(account, USDT).balance) == cash
    assert world.engine.ledger_faults() == []


def test_a_position_pays_once_whether_it_is_swept_or_touched_first() -> None:
    """Alice trades in the same second, before the sweep of a frozen index goes on."""
    world = with_positions()
    world.tick(19)
    cumulative = world.swap.funding.cumulative
    world.swap.funding.cumulative += 600_110 * 100_000 * RATE_E8
    world.swap.sweep_slot = 0
    first = paid(world.trade(BOB, ALICE, 1, MARK))

    rest = paid(world.tick())

    assert world.swap.funding.cumulative > cumulative
    assert first[ALICE] == -1_111_343_709
    assert ALICE not in rest or rest[ALICE] != first[ALICE]
    assert world.engine.ledger_faults() == []


@pytest.mark.parametrize("index_id", [0, INDEX])
def test_a_freeze_postpones_funding(index_id: int) -> None:
    """Up to an hour; here it is released in time."""
    world = with_positions()
    world.freeze(index_id)
    assert of_kind(world.tick(60), FundingSettled) == []

    world.release(index_id)

    assert len(paid(world.tick())) == 4


@pytest.mark.slow
@pytest.mark.parametrize("away_minutes", [30, 59, 61, 8 * 60 + 61])
def test_without_a_good_index_funding_waits_an_hour_and_is_skipped_then(away_minutes: int) -> None:
    """Nobody pays at a price that nobody knows."""
    world = before_the_boundary(20, parameters=Parameters(outage_ms=10_000, long_outage_ms=60_000))
    for seller, lots in ((BOB, 33), (CAROL, 33), (DAVE, 84)):
        world.trade(ALICE, seller, lots, MARK)
    set_rate(world, RATE_E8)
    events = []
    while world.now_ms < BOUNDARY_MS + away_minutes * 60_000 - 50_000:
        events += world.jump(9_000)
    events += world.tick(20)
    world.tick(30)

    skipped = sum(1 for _ in of_kind(events, FundingSkipped))
    assert (skipped > 0) == (away_minutes > 60)
    assert world.engine.ledger_faults() == []


def test_a_settlement_of_little_cash_is_paid_by_the_fund() -> None:
    """Receivers never get less; who has nothing pays nothing."""
    world = with_positions()
    state = world.engine.state
    account = state.account(ALICE)
    assert account is not None
    cash = state.trading_account(account, USDT)
    custody = state.ledger.account(kind=LedgerKind.EXT_CUSTODY, account_id=0, asset_id=USDT)
    world.tick(19)
    transfer(state.ledger, source=cash, target=custody, amount=cash.balance - 5)
    fund = balance(world, LedgerKind.INSURANCE)

    amounts = paid(world.tick())

    assert sum(amounts[one] for one in (BOB, CAROL, DAVE)) == 1_111_343_707
    assert fund - balance(world, LedgerKind.INSURANCE) == 1_111_343_709 - 5
    assert balance(world, LedgerKind.SYS_ROUNDING) == 2
    assert cash.balance == 0


def test_a_shortfall_that_nobody_can_pay_stays_visible_and_is_filled_by_later_residues() -> None:
    """sys:rounding never shrinks; what is missing is missing from the clearing account."""
    world = with_positions()
    state = world.engine.state
    world.tick(19)
    custody = state.ledger.account(kind=LedgerKind.EXT_CUSTODY, account_id=0, asset_id=USDT)
    account = state.account(ALICE)
    assert account is not None
    for source in (
        state.trading_account(account, USDT),
        state.ledger.account(kind=LedgerKind.INSURANCE, account_id=0, asset_id=USDT),
        state.ledger.account(kind=LedgerKind.HOUSE_TREASURY, account_id=0, asset_id=USDT),
    ):
        transfer(state.ledger, source=source, target=custody, amount=source.balance)

    world.tick()

    assert world.swap.funding_residue == -1_111_343_707
    assert balance(world, LedgerKind.SYS_ROUNDING) == 0
    assert balance(world, LedgerKind.CLEARING) + cost_of_all(world) == world.swap.funding_residue
    copy = world.restored()
    assert copy.swap.funding_residue == world.swap.funding_residue
    faults = [one for one in state_faults(state) if "nobody looks" not in one]
    assert faults == []  # but for the watch, behind whose back the money went


def crowd(pairs: int) -> World:
    """So many accounts on each side of one lot, just before the boundary."""
    people = range(100, 100 + 2 * pairs)
    plain = genesis()
    accounts = [GenesisAccount(account_id=one, owner_id=one, fee_tier=0) for one in people]
    amounts = [GenesisAmount(account_id=one, asset_id=USDT, amount=1_000 * E8) for one in people]
    world = before_the_boundary(
        5, accounts=plain.accounts + accounts, amounts=plain.amounts + amounts
    )
    for one in range(pairs):
        world.trade(100 + 2 * one, 101 + 2 * one, 1, MARK)
    set_rate(world, RATE_E8)
    return world


@pytest.mark.slow
def test_a_sweep_goes_on_in_the_next_tick_where_a_crowd_stopped_it() -> None:
    """Slices of at most 5,000 events; a restart in between changes nothing; all pay once."""
    pairs = 700
    world = crowd(pairs)
    world.tick(4)

    first = world.tick()

    assert len(of_kind(first, FundingSettled)) == 1
    assert 0 < len(paid(first)) < 2 * pairs
    assert len(first) <= TICK_EVENTS_MAX + 100
    assert world.swap.sweep_slot > 0
    assert world.engine.ledger_faults() == []
    copy = world.restored()
    rest = world.tick()
    assert copy.tick() == rest
    assert copy.engine.state_hash() == world.engine.state_hash()
    assert len(paid(first)) + len(paid(rest)) == 2 * pairs
    assert set(paid(first)).isdisjoint(paid(rest))
    kinds = [type(one) for one in rest]
    assert kinds.index(FundingPaid) < kinds.index(IndexPublished)  # before anything else
    assert world.swap.sweep_slot == -1
    assert world.engine.ledger_faults() == []


@pytest.mark.slow
def test_what_an_earlier_tick_left_and_what_it_settles_itself_share_a_slice() -> None:
    """A sweep that goes on at the start of a tick is not given a second slice at its end."""
    pairs = 1_400
    world = crowd(pairs)
    world.tick(4)
    ticks = [world.tick() for _ in range(3)]

    assert [1_250, 1_250, 300] == [len(paid(one)) for one in ticks]
    assert all(len(one) <= TICK_EVENTS_MAX for one in ticks)


# Samples and the estimate


def deep_book(world: World, bid: float, ask: float) -> None:
    """Enough for the impact amount of 20,000 USDT on both sides."""
    world.buy(LEA, 100, bid)
    world.sell(LEA, 100, ask)


def test_premiums_are_sampled_each_minute_from_a_live_and_deep_book() -> None:
    """FU6: 60,030 bid, 60,042 ask over 60,000 is a premium of 0.05 %."""
    world = World()
    world.now_ms = BOUNDARY_MS + 5_000
    world.tick(15)
    deep_book(world, 60_030, 60_042)
    world.tick(60)
    funding = world.swap.funding
    assert funding.samples == 1
    assert 50_000 <= funding.premium_sum <= 50_003  # impact prices round up

    world.freeze(INDEX)
    world.tick(60)
    world.release(INDEX)
    world.do(SetTradingState(SWAP, TradingState.POST_ONLY))
    world.tick(30)

    assert funding.samples == 1
    world.do(SetTradingState(SWAP, TradingState.LIVE))
    world.tick(60)
    assert funding.samples == 3


@pytest.mark.slow
def test_the_published_estimate_is_the_rate_if_the_interval_ended_now() -> None:
    """Of three minutes one had a premium of 0.3 %; the missing ones count as zero."""
    world = World()
    world.now_ms = BOUNDARY_MS + 1_000
    world.tick(14)
    funding = world.swap.funding
    world.tick(165)
    funding.premium_sum, funding.samples = 300_000, 1

    marks = of_kind(world.tick(), MarkPublished)

    assert [one.funding_e8 for one in marks] == [300_000 // 3 - 50_000]
    assert [one.funding_ms for one in marks] == [BOUNDARY_MS + 8 * HOUR_MS]


def test_the_venue_pays_for_what_it_took_over() -> None:
    """Alice's position stands on the system account, the first of all; the fund is its cash."""
    world = with_positions()
    state = world.engine.state
    account = state.account(ALICE)
    assert account is not None and state.system_account is not None
    hers = state.position(account, world.market)
    taken = state.position(state.system_account, world.market)
    taken.size, taken.cost, hers.size, hers.cost = hers.size, hers.cost, 0, 0
    events = []
    while not of_kind(events, FundingSettled):
        state.liquidations = LiquidationState()  # else it would be unwound meanwhile
        events = world.tick()

    assert next(iter(paid(events).items())) == (ACCOUNT_ID_SYSTEM, -1_111_343_709)


def test_nobody_pays_without_a_position() -> None:
    """A rate is settled also over an empty market."""
    world = before_the_boundary(3)

    events = world.tick(5)

    assert len(of_kind(events, FundingSettled)) == 1
    assert paid(events) == {}
    assert world.swap.sweep_slot == -1
