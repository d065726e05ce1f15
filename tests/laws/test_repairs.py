"""Laws of repairs, on random worlds: posting keeps every sum, what is posted is what was sent, its
opposite returns, and a venue that crashes in between ends the same.
"""

from __future__ import annotations

import dataclasses

import pytest

import seawall
from seawall.core.engine import posting
from seawall.core.ledger import ledger_key
from seawall.core.model.commands import MassCancel
from seawall.core.model.enums import LedgerKind
from seawall.core.model.limits import ACCOUNT_ID_ERROR
from seawall.core.model.repair import RepairRows, ledger_row_key
from seawall.core.model.repair_codec import encode_rows
from tests.core.engine.repair_world import RepairVenue
from tests.laws.test_dual_state import PEOPLE, World

PLANTS = pytest.mark.skipif(
    seawall.core_mode() == "compiled",
    reason="plants bugs in the core; the interpreted half of the run does it",
)
Economy = tuple[dict[int, int], dict[tuple[int, int], tuple[int, int]]]


def traded(seed: int) -> World:
    """A world that has traded a while; no order is left, so nobody does anything afterwards."""
    world = World(seed)
    for _ in range(60):
        world.act()
    for who in PEOPLE:
        world.venue.do(MassCancel(who))
    return world


def gentle(world: World) -> RepairRows:
    """Rows that everybody can pay: nobody loses more than a third of what is free."""
    rows = world.rows()
    ledger = []
    for row in rows.ledger:
        free = world.venue.money(row.kind, row.account_id, row.asset_id)
        if row.kind == LedgerKind.TRADING and row.amount < -(free // 3):
            row = dataclasses.replace(row, amount=-(free // 3))
        ledger.append(row)
    for asset_id in {int(row.asset_id) for row in ledger}:
        total = sum(int(row.amount) for row in ledger if row.asset_id == asset_id)
        for place, row in enumerate(ledger):
            if row.kind == LedgerKind.HOUSE_ERROR and row.asset_id == asset_id:
                ledger[place] = dataclasses.replace(row, amount=int(row.amount) - total)
                total = 0
        if total:
            ledger.append(
                dataclasses.replace(
                    ledger[0],
                    kind=LedgerKind.HOUSE_ERROR,
                    account_id=0,
                    asset_id=asset_id,
                    instrument_id=0,
                    amount=-total,
                )
            )
    return dataclasses.replace(
        rows, ledger=sorted((row for row in ledger if row.amount), key=ledger_row_key)
    )


def opposite(rows: RepairRows) -> RepairRows:
    """What takes them back."""
    return RepairRows(
        ledger=[dataclasses.replace(row, amount=-row.amount) for row in rows.ledger],
        positions=[
            dataclasses.replace(
                row,
                size=-row.size,
                cost=-row.cost,
                realised=-row.realised,
                fees=-row.fees,
                funding_paid=-row.funding_paid,
            )
            for row in rows.positions
        ],
        algos=[],
        orders=[],
    )


def economy(venue: RepairVenue) -> Economy:
    """Every balance, isolated margin counted as cash, and every position that is open."""
    state = venue.engine.state
    money: dict[int, int] = {}
    for key, line in state.ledger.accounts.items():
        shown = key
        if line.kind == LedgerKind.ISOLATED:
            shown = ledger_key(
                kind=LedgerKind.TRADING, account_id=line.account_id, asset_id=line.asset_id
            )
        money[shown] = money.get(shown, 0) + int(line.balance)
    places = {
        (int(one.account_id), int(one.instrument_id)): (int(one.size), int(one.cost))
        for market in state.markets.values()
        if market.swap is not None
        for one in market.swap.positions
        if one is not None and one.size
    }
    return {key: amount for key, amount in money.items() if amount}, places


def posted(venue: RepairVenue, rows: RepairRows, case: bytes = b"one") -> Economy:
    """After the whole of a case."""
    venue.load(rows, case)
    venue.post(encode_rows(rows), case)
    assert case in venue.engine.state.posted_repairs
    return economy(venue)


def is_plain(rows: RepairRows, before: Economy) -> bool:
    """Whether no position of these rows needs its profit realised to be one that can exist."""
    for row in rows.positions:
        size, cost = before[1].get((int(row.account_id), int(row.instrument_id)), (0, 0))
        size, cost = size + row.size, cost + row.cost
        if (size > 0) != (cost > 0) or (size < 0) != (cost < 0):
            return False
    return True


def wrong_in(seed: int) -> list[str]:
    """What goes wrong in a world; nothing should."""
    world = traded(seed)
    venue = world.venue
    rows = gentle(world)
    before = economy(venue)
    if not is_plain(rows, before):
        return []
    crashed = venue.restored()
    after = posted(venue, rows)
    wrong = venue.engine.ledger_faults()
    if after != expected(before, rows):
        wrong.append("what was posted is not what was sent")
    crashed.open()
    crashed = crashed.restored()
    crashed.part(encode_rows(rows))
    crashed = crashed.restored()
    crashed.post(encode_rows(rows))
    if economy(crashed) != after:
        wrong.append("a crash changed what was posted")
    if is_plain(opposite(rows), after) and posted(venue, opposite(rows), b"two") != before:
        wrong.append("the opposite does not return")
    return wrong + venue.engine.ledger_faults()


def expected(before: Economy, rows: RepairRows) -> Economy:
    """The rows added, each to its own balance or position."""
    money, places = dict(before[0]), dict(before[1])
    for row in rows.ledger:
        key = row.kind << 57 | row.account_id << 26 | row.asset_id << 16 | row.instrument_id
        money[key] = money.get(key, 0) + int(row.amount)
    for line in rows.positions:
        place = (int(line.account_id), int(line.instrument_id))
        size, cost = places.get(place, (0, 0))
        places[place] = (size + int(line.size), cost + int(line.cost))
    return (
        {key: amount for key, amount in money.items() if amount},
        {place: found for place, found in places.items() if found[0]},
    )


@pytest.mark.parametrize("seed", range(15))
def test_a_repair_posts_what_was_sent_and_its_opposite_returns(seed: int) -> None:
    """To the unit and to the lot."""
    assert wrong_in(seed) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 300))
def test_repairs_in_many_worlds(seed: int) -> None:
    """The same, more often."""
    assert wrong_in(seed) == []


def dropped_transfer(patch: pytest.MonkeyPatch) -> None:
    """Somebody does not get what he should."""
    patch.setattr(posting, "_give", lambda state, target, amount: None)


def a_unit_too_little(patch: pytest.MonkeyPatch) -> None:
    """A cent stays behind."""
    take = posting._take

    patch.setattr(posting, "_take", lambda state, source, amount: take(state, source, amount - 1))


@PLANTS
@pytest.mark.parametrize("bug", [dropped_transfer, a_unit_too_little])
def test_the_law_bites(bug, monkeypatch: pytest.MonkeyPatch) -> None:
    """All sums stay zero, and still it is found."""
    bug(monkeypatch)

    assert any(wrong_in(seed) for seed in range(15))


def test_house_error_carries_the_opposite_of_everybody() -> None:
    """Its own row is nowhere booked: it is what is left."""
    world = traded(3)
    rows = gentle(world)
    before = economy(world.venue)[0]
    after = posted(world.venue, rows)[0]
    error = {
        key: after.get(key, 0) - before.get(key, 0)
        for key in after
        if key >> 57 == LedgerKind.HOUSE_ERROR
    }
    sent = {
        int(row.asset_id): int(row.amount)
        for row in rows.ledger
        if row.kind == LedgerKind.HOUSE_ERROR
    }

    assert ACCOUNT_ID_ERROR not in {row.account_id for row in rows.ledger}
    assert {key >> 16 & 0x3FF: amount for key, amount in error.items() if amount} == sent
