"""The invariants hold after every entry of random streams with swaps, and each can turn red."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import seawall
from seawall.core.engine import Engine, Entry, open_engine
from seawall.core.engine.health import spendable
from seawall.core.model.command_codec import decode_command
from seawall.core.model.commands import CancelOrder, PlaceOrder, TimerBeat, TransferFunds
from seawall.core.model.enums import LedgerKind
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import FundsTransferred
from seawall.core.model.order_events import OrderAccepted, OrderCancelled, OrderFilled
from seawall.core.model.risk_events import (
    FundingPaid,
    FundingSettled,
    IndexPublished,
    LiquidationStepped,
    PositionTakenOver,
)
from tests.laws.driving import batches
from tests.laws.invariants import INVARIANTS
from tests.laws.swap_laws import LAWS, Look, breaches, remember
from tests.laws.swap_strategies import swap_stream
from tests.laws.swap_worlds import BIG, SWAP_FLAVOURS, USDT, swap_world_of
from tests.laws.test_restore import restored
from tests.laws.venue import of_kind
from tests.laws.witness import Witness
from tests.laws.worlds import seeds

WISHES = 130
INTERPRETED_ONLY = pytest.mark.skipif(
    seawall.core_mode() == "compiled", reason="tampers with native records out of their range"
)


def looks(flavour: str, seed: int) -> Iterator[Look]:
    """The venue after each entry of a stream."""
    world, draw = swap_world_of(flavour, seed)
    steps = swap_stream(world, draw, WISHES)
    engine = open_engine(world.genesis)
    look = Look(engine)
    for step, batch in zip(steps, batches(world.genesis, steps), strict=True):
        before = remember(look)
        entries = read_entries(engine.apply_many(batch))
        command = decode_command(step.data, 0, len(step.data))
        look = Look(
            engine,
            command,
            entries[0].events if entries else [],
            is_tick=isinstance(command, TimerBeat),
            before=before,
            reduces=look.reduces,
        )
        yield look


@pytest.mark.slow
@pytest.mark.parametrize("flavour", SWAP_FLAVOURS)
def test_every_invariant_holds_after_every_entry(flavour: str) -> None:
    """The reader of the ledger, the positions and the orders, who sums everything himself."""
    for seed in seeds(few=2, many=300):
        for look in looks(flavour, seed):
            assert breaches(look) == [], f"{flavour} world, seed {seed}, seq {look.engine.seq}"


@pytest.mark.slow
@pytest.mark.parametrize("flavour", SWAP_FLAVOURS)
def test_no_witness_of_swaps_has_a_complaint(flavour: str) -> None:
    """Queues in order, no crossed book, no self trade, no lost lot, fill-or-kill whole or nothing:
    from events alone.
    """
    for seed in seeds(few=3, many=500):
        world, draw = swap_world_of(flavour, seed)
        engine = open_engine(world.genesis)
        witness = Witness().see(read_entries(engine.describe()))
        for batch in batches(world.genesis, swap_stream(world, draw, WISHES)):
            witness.see(read_entries(engine.apply_many(batch)))

        assert witness.complaints == [], f"{flavour} world, seed {seed}"
        late = Witness().see(read_entries(engine.describe()))
        assert late.maps() == witness.maps(), f"{flavour} world, seed {seed}"


@pytest.mark.slow
@pytest.mark.parametrize("flavour", ["steady", "restless", "unsafe"])
def test_every_open_order_can_be_cancelled_at_any_time(flavour: str) -> None:
    """I47: whatever the states of venue, instrument and price."""
    tried = 0
    for seed in seeds(few=2, many=50):
        for number, look in enumerate(looks(flavour, seed)):
            if number % 40:
                continue
            data = look.engine.snapshot()
            for order in look.engine.state.orders.all():
                tried += 1
                copy = restored(look.engine.genesis, data)
                cancel = CancelOrder(
                    account_id=int(order.account_id),
                    instrument_id=int(order.instrument_id),
                    order_id=int(order.order_id),
                )
                assert isinstance(applied(copy, cancel)[0], OrderCancelled)
    assert tried > 20


def applied(engine: Engine, command: object) -> list[object]:
    """The events of one more entry, stamped now."""
    return engine.apply(Entry(int(engine.seq) + 1, int(engine.clock_ms) * 10**6, command))


@pytest.mark.slow
@pytest.mark.parametrize("flavour", ["steady", "scarce", "large"])
def test_what_may_leave_leaves_and_not_a_unit_more(flavour: str) -> None:
    """I50: at most cash, at most equity without gains less reserves; exactly that in good times."""
    tried = 0
    for seed in seeds(few=2, many=50):
        for number, look in enumerate(looks(flavour, seed)):
            state = look.engine.state
            if number % 30 or not all(one.swap.counts_profit for one in look.markets()):
                continue
            data = look.engine.snapshot()
            for account in state.accounts:
                if account.account_id == 2**31 - 1 or account.is_frozen:
                    continue
                most = int(spendable(state, account, USDT))
                tried += account.positions != []
                for amount, is_fine in ((most, most > 0), (most + 1, False)):
                    copy = restored(look.engine.genesis, data)
                    command = TransferFunds(int(account.account_id), USDT, amount, False)
                    moved = of_kind(applied(copy, command), FundsTransferred)
                    assert bool(moved) == is_fine
    assert tried > 10


# Planted breaches: what a law must notice. Each changes the record of a venue, or the story told.


def some_position(look: Look) -> object:
    """One with size."""
    found = [one for m in look.markets() for one in look.positions(m) if one.size > 0]
    return found[0] if found else None


def mint(look: Look) -> bool:
    """A unit from nowhere."""
    look.engine.state.trading_account(look.engine.state.accounts[1], USDT).balance += 1
    return True


def owe(look: Look) -> bool:
    """A user who owes."""
    account = look.engine.state.trading_account(look.engine.state.accounts[1], USDT)
    account.balance, account.held = -1, 0
    return True


def hold(look: Look) -> bool:
    """Money held for no order."""
    look.engine.state.trading_account(look.engine.state.accounts[1], USDT).held += 1
    return True


def round_down(look: Look) -> bool:
    """Roundings that somebody took."""
    look.before.rounding += 1
    return True


def grow(look: Look) -> bool:
    """A contract without its other side."""
    position = some_position(look)
    if position is not None:
        position.size += 1
    return position is not None


def cheapen(look: Look) -> bool:
    """A position that cost less than it did."""
    position = some_position(look)
    if position is not None:
        position.cost -= 1
    return position is not None


def miscount(look: Look) -> bool:
    """Open interest that is not open."""
    look.markets()[0].swap.open_interest += 1
    return True


def leave_cost(look: Look) -> bool:
    """Nothing open, and something paid for it."""
    position = some_position(look)
    if position is not None:
        position.size = 0
    return position is not None


def forget_profit(look: Look) -> bool:
    """Profit that nobody lost."""
    position = some_position(look)
    if position is not None:
        position.realised += 1
    return position is not None


def opening_fill(look: Look) -> OrderFilled | None:
    """A fill whose taker got more than he had."""
    for event in look.events:
        if isinstance(event, OrderFilled) and event.instrument_id == BIG:
            size = look.before.sizes.get((event.taker_account_id, BIG), 0)
            sign = 1 if event.taker_side == 0 else -1
            if abs(size + sign * event.quantity) > abs(size):
                return event
    return None


def call_it_reducing(look: Look) -> bool:
    """A reduce-only order that opens."""
    fill = opening_fill(look)
    if fill is not None:
        look.reduces.add(fill.taker_order_id)
    return fill is not None


def open_in_reduce_only(look: Look) -> bool:
    """A taker who opens while the instrument only reduces."""
    if opening_fill(look) is None:
        return False
    look.engine.state.markets[BIG].instrument.trading_state = 2
    return True


def leave_the_band(look: Look) -> bool:
    """A fill at a price that no band holds."""
    fill = opening_fill(look)
    if fill is not None:
        fill.price = int(look.engine.state.markets[BIG].band_high) + 1
    return fill is not None


def reduce_too_much(look: Look) -> bool:
    """A waiting order that becomes reduce-only without a position."""
    for order in look.engine.state.orders.all():
        market = look.engine.state.markets[order.instrument_id]
        if market.swap is not None and not order.is_reduce_only:
            position = market.swap.position(order.account_slot)
            if position.size * (1 if order.side == 1 else -1) < order.quantity_open:
                order.is_reduce_only = True
                return True
    return False


def lose_an_order(look: Look) -> bool:
    """Margin counted for an order that is not there."""
    position = some_position(look)
    if position is not None:
        position.open_buys += 1
    return position is not None


def accept_blindly(look: Look) -> bool:
    """An order accepted by somebody who has nothing."""
    command = look.command
    if not isinstance(command, PlaceOrder) or command.instrument_id != BIG or command.reduce_only:
        return False
    is_accepted = any(isinstance(one, OrderAccepted) for one in look.events)
    if not is_accepted or of_kind(look.events, OrderFilled):
        return False
    state = look.engine.state
    purse = state.trading_account(state.account(command.account_id), USDT)
    purse.balance = -(10**15)
    return True


def step(look: Look) -> LiquidationStepped:
    """A first step against somebody healthy."""
    terms = {"mark": 1, "equity": 1, "maintenance": 2, "quantity": 0, "limit_price": 0}
    return LiquidationStepped(1, BIG, phase=1, episode=1, step=0, **terms)


def liquidate_in_doubt(look: Look) -> bool:
    """A liquidation while the index is being confirmed."""
    look.engine.state.indices[1].state = 3
    look.events.append(step(look))
    return True


def liquidate_the_healthy(look: Look) -> bool:
    """A liquidation at the first mark that would allow it."""
    if look.before.below:
        return False
    look.events.append(step(look))
    return True


def leave_something(look: Look) -> bool:
    """A takeover that leaves the position where it was."""
    position = some_position(look)
    if position is None:
        return False
    terms = {"size": 1, "price": 1, "equity": 0}
    account_id, id_ = int(position.account_id), int(position.instrument_id)
    look.events.append(PositionTakenOver(account_id, id_, **terms))
    return True


def move_the_mark(look: Look) -> bool:
    """A mark that moves between ticks."""
    look.markets()[0].swap.mark += 1
    return not look.is_tick


def leave_the_interval(look: Look) -> bool:
    """An index outside what it may be."""
    for event in look.events:
        if isinstance(event, IndexPublished) and event.state == 1:
            event.value_e8 = event.high_e8 + 1
            return True
    return False


def pay_nobody(look: Look) -> bool:
    """Funding that is paid and not received."""
    look.events.append(FundingSettled(BIG, rate_e8=1, mark=1, next_ms=1))
    look.events.append(FundingPaid(1, BIG, amount=-1))
    return True


def turn_back(look: Look) -> bool:
    """A clock that goes back."""
    look.before.clock_ms += 10**9
    return True


PLANTED: dict[str, Callable[[Look], bool]] = {
    "I1 I2 I8": mint,
    "I3 I37": owe,
    "I4": hold,
    "I7": round_down,
    "I9": grow,
    "I10": cheapen,
    "I11": miscount,
    "I12": leave_cost,
    "I13": forget_profit,
    "I14": call_it_reducing,
    "I15": open_in_reduce_only,
    "I20": leave_the_band,
    "I23": reduce_too_much,
    "I24": lose_an_order,
    "I28": accept_blindly,
    "I29": liquidate_in_doubt,
    "I30": liquidate_the_healthy,
    "I32": leave_something,
    "I40": move_the_mark,
    "I41": leave_the_interval,
    "I42": pay_nobody,
    "I44": turn_back,
}


@INTERPRETED_ONLY
@pytest.mark.parametrize("name", LAWS)
def test_a_planted_breach_turns_the_law_red(name: str) -> None:
    """A law that cannot be broken says nothing."""
    for seed in range(6):
        for number, look in enumerate(looks("steady", seed)):
            if number > 110 and PLANTED[name](look):
                assert [one for one in breaches(look) if one.startswith(f"{name}:")]
                return
    pytest.fail("no place for the breach was found")


def test_every_invariant_in_scope_names_its_test() -> None:
    """The table of invariants is complete, and what it names exists."""
    from tests.laws.invariants import OUT_OF_SCOPE, missing_tests

    numbers = {f"I{number}" for number in range(1, 51)}
    named = {one for name in LAWS for one in name.split()}

    assert set(INVARIANTS) | set(OUT_OF_SCOPE) == numbers
    assert not set(INVARIANTS) & set(OUT_OF_SCOPE)
    assert missing_tests() == []
    assert named <= set(INVARIANTS)


def test_a_test_that_does_not_exist_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table turns red when a test is renamed."""
    from tests.laws import invariants

    wrong = {**INVARIANTS, "I9": (("test_swap_laws.py", "test_that_nobody_wrote"),)}
    monkeypatch.setattr(invariants, "INVARIANTS", wrong)

    assert len(invariants.missing_tests()) == 1


def test_there_is_no_kind_of_debt() -> None:
    """I5: nobody can borrow; only a repair makes somebody owe what he has taken out, and what is
    owed is one ledger account like any other, so sums stay zero.
    """
    words = ("DEBT", "RECEIVABLE", "LOAN")

    assert [name for name in vars(LedgerKind) if any(word in name for word in words)] == ["DEBT"]
