"""Law of the dual state: whatever an account does while its repair is being decided, neither what
it has nor what it would have goes below zero by it; the overlay stays sound; and posting it leaves
a sound venue.
"""

from __future__ import annotations

import pytest

import seawall
from seawall.core.engine import overlay_fills, place
from seawall.core.model.commands import AmendOrder, CancelOrder, Command, TransferFunds
from seawall.core.model.enums import LedgerKind, MarginMode
from seawall.core.model.events import Event
from seawall.core.model.instruments import FeeTier
from seawall.core.model.limits import ACCOUNT_ID_ERROR
from seawall.core.model.repair import (
    LedgerRow,
    PositionRow,
    RepairRows,
    ledger_row_key,
    rows_fault,
)
from seawall.core.model.risk_events import (
    LiquidationStepped,
    PositionDeleveraged,
    PositionTakenOver,
)
from tests.core.engine.repair_world import RepairVenue
from tests.laws.swap_venue import (
    ALICE,
    ALICE_TOO,
    BIG,
    BOB,
    BTC,
    CAROL,
    CROSS,
    DAVE,
    ISOLATED,
    OTHER,
    TICK,
    USDC,
    USDT,
    WHOLE,
    swap_genesis,
    swap_order,
)
from tests.laws.swap_worlds import SMALL
from tests.laws.venue import order
from tests.laws.worlds import Draw

PLANTS = pytest.mark.skipif(
    seawall.core_mode() == "compiled",
    reason="plants bugs in the core; the interpreted half of the run does it",
)
PEOPLE = (ALICE, BOB, CAROL, DAVE, ALICE_TOO)
SWAPS = (BIG, SMALL, OTHER)
KINDS = (LedgerKind.TRADING, LedgerKind.FUNDING, LedgerKind.ISOLATED)
VENUES_ACTS = (LiquidationStepped, PositionTakenOver, PositionDeleveraged)


class World:
    """A venue, people who do what comes to mind, and those whom the venue has acted upon."""

    def __init__(self, seed: int) -> None:
        self.draw = Draw(seed)
        cash = {
            one: self.draw.one((WHOLE // 2, 2 * WHOLE, 5 * WHOLE, 30 * WHOLE)) for one in PEOPLE
        }
        fees = [FeeTier(maker_e8=self.draw.one((0, 10_000)), taker_e8=50_000)]
        self.venue = RepairVenue(swap_genesis(cash=cash, tiers=fees, house=WHOLE))
        self.acted_on: set[int] = set()

    def act(self) -> None:
        """One thing that somebody does, or a few seconds in which the price moves."""
        if self.draw.chance(4):
            ticks = self.venue.mark() + self.draw.between(-30, 30)
            events = self.venue.move(max(700, min(1_300, ticks)), seconds=6)
        else:
            events = self.venue.do(self.wish())
        self.note(events)

    def note(self, events: list[Event]) -> None:
        """Whom the venue has liquidated or deleveraged."""
        self.acted_on |= {one.account_id for one in events if isinstance(one, VENUES_ACTS)}

    def wish(self) -> Command:
        """A command of one of them."""
        draw = self.draw
        who = draw.one(PEOPLE)
        kind = draw.below(19)
        if kind < 13:
            return self.trade(who)
        if kind == 13:
            asset = draw.one((USDT, USDT, BTC))
            return TransferFunds(who, asset, self.amount(who, asset), draw.chance(50))
        if kind == 14:
            return self.withdrawal(who)
        if kind < 17:
            return self.change(who)
        from seawall.core.model.commands import AdjustMargin, SetLeverage

        if kind == 17:
            mode = self.usual_mode(who)
            return SetLeverage(who, draw.one(SWAPS), mode, draw.one((10, 25, 50)))
        return AdjustMargin(who, draw.one(SWAPS), draw.between(-3 * WHOLE, 3 * WHOLE))

    def trade(self, who: int) -> Command:
        """An order near the touch, in a swap or in spot."""
        draw = self.draw
        side, quantity = draw.below(2), draw.between(1, 12)
        price = self.venue.mark() + draw.between(-4, 4)
        of = draw.one((*SWAPS, BIG, BIG, 0))
        if of == 0:
            return order(who, side, quantity, price)
        if of == SMALL:
            price = price // 5 or 1
        mode = self.usual_mode(who)
        reduce_only = draw.chance(5)
        if draw.chance(15):
            price = 0
        return swap_order(who, side, quantity, price, of=of, mode=mode, reduce_only=reduce_only)

    def usual_mode(self, who: int) -> int:
        """Most keep to one margin mode."""
        is_usual = self.draw.chance(92)
        return CROSS if is_usual == (who not in (CAROL, ALICE_TOO)) else ISOLATED

    def change(self, who: int) -> Command:
        """Amend or cancel one of his orders."""
        own = [one for one in self.venue.engine.state.orders.all() if one.account_id == who]
        if not own:
            return self.trade(who)
        found = self.draw.one(own)
        if self.draw.chance(50):
            return CancelOrder(
                account_id=who, instrument_id=found.instrument_id, order_id=found.order_id
            )
        return AmendOrder(
            account_id=who,
            instrument_id=found.instrument_id,
            order_id=found.order_id,
            new_price=max(1, int(found.limit_price) + self.draw.between(-4, 4)),
            new_quantity=self.draw.between(1, 20),
        )

    def withdrawal(self, who: int) -> Command:
        """Out of the venue."""
        from seawall.core.model.commands import DebitWithdrawal

        name = b"%d" % self.venue.engine.seq
        return DebitWithdrawal(who, USDT, self.amount(who, USDT), name.ljust(32, b"-"))

    def amount(self, who: int, asset: int) -> int:
        """A part of what he has, or a little more."""
        most = self.venue.money(LedgerKind.TRADING, who, asset)
        return self.draw.between(1, max(2, most // 2))

    def rows(self) -> RepairRows:
        """Sound rows: some people have more or less money and lots; house:error is the other side.

        Nobody has less than nothing with them, as he is now.
        """
        draw = self.draw
        ledger: dict[tuple[int, int, int, int], int] = {}
        positions = []
        for who in PEOPLE:
            if draw.chance(35):
                continue
            for asset in (USDT, BTC, USDC):
                has = self.venue.money(LedgerKind.TRADING, who, asset)
                if draw.chance(70):
                    change = draw.between(-has, has // 2 + 1)
                    add(ledger, (LedgerKind.TRADING, who, asset, 0), change)
            for of in (BIG, OTHER):
                if draw.chance(60):
                    positions.append(self.lots(who, of))
        self.balance(ledger, positions)
        rows = [LedgerRow(*key, amount) for key, amount in ledger.items() if amount != 0]
        return RepairRows(
            ledger=sorted(rows, key=ledger_row_key),
            positions=sorted(
                (one for one in positions if one.size),
                key=lambda one: (one.account_id, one.instrument_id),
            ),
            algos=[],
            orders=[],
        )

    def lots(self, who: int, of: int) -> PositionRow:
        """So many lots more, at a price near the mark."""
        size = self.draw.between(-25, 25)
        unit = TICK if of == BIG else TICK // 100
        cost = size * (self.venue.mark(of) + self.draw.between(-60, 60)) * unit
        mode = self.usual_mode(who)
        return PositionRow(who, of, size, cost, 0, 0, 0, mode, 10)

    def balance(
        self, ledger: dict[tuple[int, int, int, int], int], positions: list[PositionRow]
    ) -> None:
        """house:error takes the other side of everything."""
        for of, asset in ((BIG, USDT), (OTHER, USDC)):
            own = [one for one in positions if one.instrument_id == of]
            size = sum(int(one.size) for one in own)
            mark = self.venue.mark(of) * (TICK if of == BIG else TICK // 100)
            if size:
                positions.append(
                    PositionRow(
                        ACCOUNT_ID_ERROR, of, -size, -size * mark, 0, 0, 0, MarginMode.CROSS, 1
                    )
                )
            costs = sum(int(one.cost) for one in positions if one.instrument_id == of and one.size)
            add(ledger, (LedgerKind.CLEARING, 0, asset, of), -costs)
        for asset in (USDT, BTC, USDC):
            total = sum(amount for key, amount in ledger.items() if key[2] == asset)
            add(ledger, (LedgerKind.HOUSE_ERROR, 0, asset, 0), -total)

    def below_zero(self) -> list[str]:
        """Who has, or would have, less than nothing somewhere; those apart on whom the venue has
        acted.
        """
        state = self.venue.engine.state
        overlay = state.overlay
        found = []
        for who in PEOPLE:
            if who in self.acted_on:
                continue
            mine = None if overlay is None else overlay.accounts.get(who)
            keys = {} if mine is None else mine.money
            for key in {*state.ledger.accounts, *keys}:
                kind, account_id = key >> 57, key >> 26 & 0x7FFFFFFF
                if kind not in KINDS or account_id != who:
                    continue
                line = state.ledger.accounts.get(key)
                balance = 0 if line is None else int(line.balance)
                if balance < 0 or balance + int(keys.get(key, 0)) < 0:
                    found.append(f"{who}: {kind} has {balance}, {keys.get(key, 0)} more")
        return found


def add(ledger: dict[tuple[int, int, int, int], int], key: tuple[int, ...], amount: int) -> None:
    """So much more."""
    ledger[key] = ledger.get(key, 0) + amount


def judged(seed: int) -> World:
    """A world that has traded a while, and whose repair has arrived."""
    world = World(seed)
    for _ in range(60):
        world.act()
    world.acted_on = set()
    rows = world.rows()
    assert rows_fault(rows) == ""
    world.venue.load(rows)
    return world


def play(seed: int, steps: int = 90) -> list[str]:
    """What goes wrong in a world; nothing should."""
    world = judged(seed)
    wrong = [f"loaded: {one}" for one in world.below_zero()]
    for step in range(steps):
        world.act()
        wrong += [
            f"{step}: {one}" for one in (*world.below_zero(), *world.venue.engine.ledger_faults())
        ]
        if wrong:
            return wrong
    if world.draw.chance(50):
        world.venue = world.venue.restored()
    case = world.venue.engine.state.repair
    from seawall.core.model.commands import PostRepair

    events = world.venue.do(PostRepair(case.case_id, case.overlay_hash, 1, 2))
    assert world.venue.engine.state.overlay is None, events
    wrong += world.below_zero()
    wrong += world.venue.engine.ledger_faults()
    for _ in range(5):
        world.act()
    return wrong + world.venue.engine.ledger_faults()


@pytest.mark.parametrize("seed", range(12))
def test_nobody_goes_below_zero_by_what_he_does_meanwhile(seed: int) -> None:
    """In neither state."""
    assert play(seed) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 220))
def test_nobody_goes_below_zero_in_many_worlds(seed: int) -> None:
    """The same, more often."""
    assert play(seed) == []


def blind_doors(patch: pytest.MonkeyPatch) -> None:
    """Orders are looked at in one state only, and fills too."""
    patch.setattr(place, "can_afford_with_repair", lambda *args: True)
    patch.setattr(place, "has_funds_with_repair", lambda *args, **kwargs: True)
    from seawall.core.engine import swap_fill

    patch.setattr(swap_fill, "is_swap_fill_short", lambda *args: False)


def forgotten_error(patch: pytest.MonkeyPatch) -> None:
    """house:error does not follow."""
    patch.setattr(overlay_fills, "_trade_error", lambda *args, **kwargs: None)


@PLANTS
@pytest.mark.parametrize("bug", [blind_doors, forgotten_error])
def test_the_law_bites(bug, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the check, or without house:error, some world shows it."""
    bug(monkeypatch)

    assert any(play(seed) for seed in range(12))
