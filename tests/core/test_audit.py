"""The audit of ledger and book: each law it knows is broken on purpose, and it says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seawall.core.engine import Engine
from seawall.core.model.enums import LedgerKind
from tests.laws.venue import ALICE, BOB, BTC, USDT, Venue, buy, sell


def trading_venue() -> Engine:
    """Alice bids at two prices, Bob asks at one, and they have traded once."""
    venue = Venue()
    venue.do(sell(BOB, 5, 110))
    venue.do(buy(ALICE, 2, 110))
    venue.do(buy(ALICE, 3, 100))
    venue.do(buy(ALICE, 4, 90))
    return venue.engine


def balance_from_nowhere(engine: Engine) -> None:
    """Money appears."""
    account = engine.state.ledger.account(kind=LedgerKind.TRADING, account_id=ALICE, asset_id=USDT)
    account.balance += 1


def hold_without_order(engine: Engine) -> None:
    """More is held than the open orders need."""
    account = engine.state.ledger.account(kind=LedgerKind.TRADING, account_id=BOB, asset_id=BTC)
    account.held += 1


def hold_on_funding(engine: Engine) -> None:
    """Only trading sides hold money for orders."""
    account = engine.state.ledger.account(kind=LedgerKind.FUNDING, account_id=BOB, asset_id=BTC)
    account.held += 1


def overdraft(engine: Engine) -> None:
    """A user below zero, with the world as his creditor, so that the sum stays zero."""
    ledger = engine.state.ledger
    user = ledger.account(kind=LedgerKind.TRADING, account_id=BOB, asset_id=USDT)
    custody = ledger.account(kind=LedgerKind.EXT_CUSTODY, account_id=0, asset_id=USDT)
    custody.balance += user.balance + 1
    user.balance = -1


def debt_the_other_way(engine: Engine) -> None:
    """The venue owes a user what only users can owe it."""
    ledger = engine.state.ledger
    debt = ledger.account(kind=LedgerKind.DEBT, account_id=BOB, asset_id=USDT)
    custody = ledger.account(kind=LedgerKind.EXT_CUSTODY, account_id=0, asset_id=USDT)
    custody.balance -= 1
    debt.balance = 1


def crossed_book(engine: Engine) -> None:
    """The ask moves below the bid."""
    level = engine.state.markets[0].book.asks.levels[-1]
    level.price = 95
    level.key = -95
    order = level.head
    assert order is not None
    order.limit_price = 95


def order_at_another_price(engine: Engine) -> None:
    """An order stands in a level that is not its own."""
    order = engine.state.markets[0].book.bids.levels[-1].head
    assert order is not None
    order.limit_price = 99


def level_that_miscounts(engine: Engine) -> None:
    """What a level says of its orders is wrong."""
    engine.state.markets[0].book.bids.levels[0].quantity += 1


def levels_out_of_order(engine: Engine) -> None:
    """The best price is not last."""
    engine.state.markets[0].book.bids.levels.reverse()


def order_lost_from_the_index(engine: Engine) -> None:
    """An order rests that nobody can name."""
    order = engine.state.markets[0].book.bids.levels[0].head
    assert order is not None
    engine.state.orders.remove(order)


def account_that_forgot_an_order(engine: Engine) -> None:
    """A mass cancel would miss it."""
    account = engine.state.account(ALICE)
    assert account is not None
    account.first_order = None


BREACHES: list[tuple[Callable[[Engine], None], str]] = [
    (balance_from_nowhere, "not to zero"),
    (hold_without_order, "its orders"),
    (hold_on_funding, "holds money without orders"),
    (overdraft, "below its floor"),
    (debt_the_other_way, "debt of the venue"),
    (crossed_book, "crossed"),
    (order_at_another_price, "wrong place"),
    (level_that_miscounts, "miscounts"),
    (levels_out_of_order, "out of order"),
    (order_lost_from_the_index, "in the index"),
    (account_that_forgot_an_order, "list of open orders is broken"),
]


def test_a_sound_venue_has_no_faults() -> None:
    """Green means that all was looked at and nothing was wrong."""

    assert trading_venue().ledger_faults() == []


@pytest.mark.parametrize(("breach", "words"), BREACHES, ids=[one.__name__ for one, _ in BREACHES])
def test_every_broken_law_is_named(breach: Callable[[Engine], None], words: str) -> None:
    """A check is worth what it catches."""
    engine = trading_venue()
    breach(engine)

    assert any(words in fault for fault in engine.ledger_faults())
