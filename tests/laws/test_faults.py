"""A bug of ours before the first effect freezes what the command names; after it, it stops the
process.

The planted assertion stands where every handler says that its effects begin, so a new handler is
covered by a new line.
"""

from __future__ import annotations

import pytest

import seawall
from seawall.core.engine import state as engine_state
from seawall.core.model.commands import (
    AcceptClock,
    ActivateRules,
    AmendOrder,
    CancelAlgo,
    CancelOrder,
    Command,
    CreditDeposit,
    ListAsset,
    ListInstrument,
    MassCancel,
    ObservePrices,
    OpenAccount,
    PlaceAlgo,
    RegisterKey,
    RevokeKey,
    SetAccountState,
    SetTradingState,
    TimerBeat,
    TransferFunds,
)
from seawall.core.model.enums import AlgoType, MarginMode, Side, TradingState
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import AccountStateChanged, Event, InternalFault, TradingStateChanged
from seawall.core.model.order_events import OrderCancelled
from tests.laws.venue import ALICE, BOB, BTC, START_MS, USDT, Venue, buy, sell
from tests.laws.witness import Witness

pytestmark = pytest.mark.skipif(
    seawall.core_mode() == "compiled",
    reason="plants an assertion in the core; the interpreted half of the run does it",
)

FROZEN_MARKET = TradingStateChanged(0, TradingState.LIVE, TradingState.CANCEL_ONLY)
FROZEN_ALICE = AccountStateChanged(ALICE, is_frozen=True)


def observation() -> ObservePrices:
    """What a source says."""
    return ObservePrices(
        source_id=1,
        index_id=1,
        bid_e8=1,
        ask_e8=2,
        last_e8=1,
        low_e8=1,
        high_e8=2,
        trade_id=1,
        venue_ms=START_MS,
        receive_ms=START_MS,
        updates=1,
        is_deep=True,
        is_synthetic=True,
        stream_hash=bytes(32),
    )


def listing() -> ListInstrument:
    """A second instrument that may be listed."""
    return ListInstrument(
        instrument_id=1,
        name=b"NEW",
        base_asset_id=BTC,
        quote_asset_id=USDT,
        tick_size_e8=10**7,
        lot_size=1_000,
        quantity_min=1,
        quantity_max=10,
        price_max=10,
        market_cap_e8=0,
    )


def stop(client_id: bytes) -> PlaceAlgo:
    """An algo order that waits for a fall."""
    return PlaceAlgo(
        account_id=ALICE,
        instrument_id=0,
        algo_type=AlgoType.CONDITIONAL,
        side=Side.SELL,
        quantity=1,
        margin_mode=MarginMode.CASH,
        reduce_only=False,
        trigger_price=80,
        client_id=client_id,
    )


# Per command: the one that would have an effect, and what the fault freezes.
COMMANDS: dict[str, tuple[Command, list[Event]]] = {
    "place": (buy(ALICE, 5, 90), [FROZEN_MARKET]),
    "amend": (AmendOrder(account_id=ALICE, instrument_id=0, new_price=80), [FROZEN_MARKET]),
    "cancel": (CancelOrder(account_id=ALICE, instrument_id=0), [FROZEN_MARKET]),
    "mass_cancel": (MassCancel(account_id=ALICE, instrument_id=0), [FROZEN_MARKET]),
    "mass_cancel_everywhere": (MassCancel(account_id=ALICE), [FROZEN_ALICE]),
    "place_algo": (stop(b"two".ljust(32, b"\0")), [FROZEN_MARKET]),
    "cancel_algo": (
        CancelAlgo(account_id=ALICE, instrument_id=0, client_id=b"one".ljust(32, b"\0")),
        [FROZEN_MARKET],
    ),
    "timer_beat": (TimerBeat(timer_id=0, wall_ms=START_MS + 1_000), []),
    "accept_clock": (AcceptClock(START_MS + 1_000, 1, 2), []),
    "activate_rules": (ActivateRules(1, b""), []),
    "observe_prices": (observation(), []),
    "open_account": (OpenAccount(9, 9, 0), []),
    "set_account_state": (SetAccountState(ALICE, False), [FROZEN_ALICE]),
    "credit_deposit": (CreditDeposit(ALICE, BTC, 1, bytes(32)), [FROZEN_ALICE]),
    "transfer_funds": (TransferFunds(ALICE, BTC, 1, to_trading=False), [FROZEN_ALICE]),
    "register_key": (RegisterKey(ALICE, b"new", 1), [FROZEN_ALICE]),
    "revoke_key": (RevokeKey(ALICE, b"old"), [FROZEN_ALICE]),
    "list_asset": (ListAsset(5, b"NEW", 8), []),
    "list_instrument": (listing(), []),
    "set_trading_state": (SetTradingState(0, TradingState.POST_ONLY), [FROZEN_MARKET]),
}


def prepared(name: str) -> tuple[Venue, Command, list[Event]]:
    """A venue where the command would have an effect."""
    venue = Venue()
    venue.do(RegisterKey(ALICE, b"old", 1))
    venue.do(sell(BOB, 1, 91))
    venue.do(buy(ALICE, 1, 91))
    venue.do(stop(b"one".ljust(32, b"\0")))
    venue.do(buy(ALICE, 5, 90))
    command, frozen = COMMANDS[name]
    if isinstance(command, AmendOrder | CancelOrder):
        command.order_id = venue.last_order_id()
    return venue, command, frozen


def money_and_orders(venue: Venue) -> list[object]:
    """What a fault before the effect must not have touched."""
    maps = Witness().see(read_entries(venue.engine.describe())).maps()
    return [maps[name] for name in ("balances", "orders", "levels", "keys", "accounts", "assets")]


def fail_before(self: engine_state.State) -> None:
    """The last check of a handler does not hold."""
    raise AssertionError("planted before the effect")


def fail_after(self: engine_state.State) -> None:
    """The first effect has happened, then something does not hold."""
    self.has_effect = True
    raise AssertionError("planted after the effect")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_fault_before_the_effect_freezes_what_the_command_names(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The venue goes on; what the bug may have touched stands still until somebody looks."""
    venue, command, frozen = prepared(name)
    before = money_and_orders(venue)
    with monkeypatch.context() as planted:
        planted.setattr(engine_state.State, "begin_effect", fail_before)
        fault, *others = venue.do(command)

    assert isinstance(fault, InternalFault)
    assert others == frozen
    assert money_and_orders(venue) == before
    assert venue.engine.ledger_faults() == []


@pytest.mark.parametrize("name", COMMANDS)
def test_a_fault_after_the_effect_stops_the_process(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half an effect must never be answered: the entry is replayed by a process that starts
    clean.
    """
    venue, command, _ = prepared(name)
    monkeypatch.setattr(engine_state.State, "begin_effect", fail_after)

    with pytest.raises(AssertionError, match="after the effect"):
        venue.do(command)


def test_cancels_go_on_in_a_frozen_instrument(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancel always works, also where a bug was."""
    venue, command, _ = prepared("place")
    order_id = venue.last_order_id()
    with monkeypatch.context() as planted:
        planted.setattr(engine_state.State, "begin_effect", fail_before)
        venue.do(command)
    cancel = CancelOrder(account_id=ALICE, instrument_id=0, order_id=order_id)

    assert isinstance(venue.do(cancel)[0], OrderCancelled)


def test_a_second_fault_freezes_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A state that changed once is told once."""
    venue, command, _ = prepared("mass_cancel_everywhere")
    with monkeypatch.context() as planted:
        planted.setattr(engine_state.State, "begin_effect", fail_before)
        venue.do(command)
        events = venue.do(command)

    assert [type(event) for event in events] == [InternalFault]


def test_a_fault_in_the_middle_of_matching_stops_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An assertion deep inside, where lots have moved already, is after the first effect."""
    from seawall.core.engine import execution

    venue = Venue()
    venue.do(sell(ALICE, 5, 100))

    def broken(*arguments: object, **options: object) -> int:
        raise AssertionError("money does not add up")

    monkeypatch.setattr(execution, "settle_spot", broken)
    with pytest.raises(AssertionError, match="add up"):
        venue.do(buy(2, 5, 100))
