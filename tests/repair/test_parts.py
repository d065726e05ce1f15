"""Every row of a repair stands in the part of exactly one account, with its figures."""

from __future__ import annotations

import pytest

from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import PlaceOrder
from seawall.core.model.enums import LedgerKind, MarginMode, OrderType, Side, TimeInForce
from seawall.core.model.limits import ACCOUNT_ID_ERROR, ACCOUNT_ID_SYSTEM
from seawall.core.model.repair import (
    AlgoRow,
    LedgerRow,
    OrderRow,
    PositionRow,
    RepairRows,
)
from seawall.repair.parts import (
    VENUE,
    FillVerdict,
    Line,
    Part,
    Standing,
    account_parts,
    lines_of,
    standing_of,
)
from tests.core.engine.swap_venue import BTC_SWAP, DOLLAR, USDT, SwapVenue

STANDING = Standing(
    assets={2: "USDT"},
    instruments={1: "BTC-USDT-SWAP"},
    quotes={1: 2},
    balances={(LedgerKind.TRADING, 3, 2, 0): 100, (LedgerKind.CLEARING, 0, 2, 1): -7},
    positions={(3, 1): (5, 50, 1, 2, 3)},
)


def rows(
    *,
    ledger: tuple[LedgerRow, ...] = (),
    positions: tuple[PositionRow, ...] = (),
    algos: tuple[AlgoRow, ...] = (),
    orders: tuple[OrderRow, ...] = (),
) -> RepairRows:
    """Rows of one kind or another."""
    return RepairRows(
        ledger=list(ledger), positions=list(positions), algos=list(algos), orders=list(orders)
    )


def position_row(account_id: int, *, size: int = 0, cost: int = 0, funding: int = 0) -> PositionRow:
    """A row of the swap."""
    return PositionRow(
        account_id=account_id,
        instrument_id=1,
        size=size,
        cost=cost,
        realised=0,
        fees=0,
        funding_paid=funding,
        margin_mode=MarginMode.CROSS,
        lever=1,
    )


def test_a_standing_is_what_the_engine_tells() -> None:
    """Balances and positions at the cut, under the names that people use."""
    venue = SwapVenue()
    venue.trade(1, 2, 5, 60_000)
    standing = standing_of(venue.engine.describe())

    assert standing.assets[USDT] == "USDT"
    assert standing.instruments[BTC_SWAP] == "BTC-USDT-SWAP"
    assert standing.balances[LedgerKind.TRADING, 1, USDT, 0] == venue.cash(1)
    assert standing.positions[1, BTC_SWAP][:2] == (5, 5 * 600 * DOLLAR)
    assert standing.positions[2, BTC_SWAP][:2] == (-5, -5 * 600 * DOLLAR)


def test_money_of_a_user() -> None:
    """Before, after and between."""
    found = lines_of(rows(ledger=(LedgerRow(LedgerKind.TRADING, 3, 2, 0, 25),)), STANDING)

    assert found[3] == [
        Line(line="trading USDT", unit="USDT", before=100, after=125, difference=25)
    ]


@pytest.mark.parametrize(
    ("kind", "account_id", "instrument_id", "owner", "name"),
    [
        (LedgerKind.FUNDING, 3, 0, 3, "funding USDT"),
        (LedgerKind.DEBT, 3, 0, 3, "debt USDT"),
        (LedgerKind.ISOLATED, 3, 1, 3, "isolated BTC-USDT-SWAP USDT"),
        (LedgerKind.CLEARING, 0, 1, VENUE, "clearing BTC-USDT-SWAP USDT"),
        (LedgerKind.HOUSE_ERROR, 0, 0, VENUE, "house:error USDT"),
        (LedgerKind.INSURANCE, 0, 0, VENUE, "ins:swap USDT"),
    ],
)
def test_each_kind_of_money_has_an_owner(
    kind: int, account_id: int, instrument_id: int, owner: int, name: str
) -> None:
    """The venue's own makes up one part, so that it is shown and proved like any other."""
    row = LedgerRow(kind, account_id, 2, instrument_id, 1)
    found = lines_of(rows(ledger=(row,)), STANDING)

    assert [one.line for one in found[owner]] == [name]


def test_a_position_of_a_user() -> None:
    """Only what differs; the size counts towards zero, the rest is for reading."""
    found = lines_of(rows(positions=(position_row(3, size=-5, cost=-50),)), STANDING)

    assert found[3] == [
        Line(
            line="position BTC-USDT-SWAP",
            unit="BTC-USDT-SWAP lots",
            before=5,
            after=0,
            difference=-5,
        ),
        Line(line="cost of BTC-USDT-SWAP", unit="", before=50, after=0, difference=-50),
    ]


@pytest.mark.parametrize("account_id", [ACCOUNT_ID_ERROR, ACCOUNT_ID_SYSTEM])
def test_positions_of_the_venue_stand_in_its_part(account_id: int) -> None:
    """The account for errors and the liquidation engine are the venue."""
    found = lines_of(rows(positions=(position_row(account_id, size=5),)), STANDING)

    assert set(found) == {VENUE}
    assert found[VENUE][0].difference == 5


def test_orders_and_algo_orders_are_named() -> None:
    """An order that is offered back can be recognised by its owner."""
    order = PlaceOrder(
        account_id=3,
        instrument_id=1,
        side=Side.BUY,
        order_type=OrderType.LIMIT,
        limit_price=90,
        quantity=7,
        time_in_force=TimeInForce.GTC,
        client_id=b"mine",
    )
    algo = AlgoRow(
        account_id=3,
        algo_id=44,
        terms=b"",
        extreme=0,
        is_above=False,
        is_second_above=False,
        is_active=False,
    )
    found = lines_of(
        rows(algos=(algo,), orders=(OrderRow(account_id=3, order=encode_command(order)),)),
        STANDING,
    )

    assert [(one.line, one.difference) for one in found[3]] == [
        ("algo order 44 waits again", 1),
        ("order offered back: BTC-USDT-SWAP at 90, mine", 7),
    ]


def test_all_parts_sum_to_zero_when_the_rows_do() -> None:
    """Per asset and per instrument."""
    found = lines_of(
        rows(
            ledger=(
                LedgerRow(LedgerKind.TRADING, 3, 2, 0, 25),
                LedgerRow(LedgerKind.HOUSE_ERROR, 0, 2, 0, -25),
            ),
            positions=(position_row(3, size=5), position_row(ACCOUNT_ID_ERROR, size=-5)),
        ),
        STANDING,
    )
    sums: dict[str, int] = {}
    for part in account_parts(found, rule="", fills={}, happened={}, repaired={}):
        for unit, amount in part.sums().items():
            sums[unit] = sums.get(unit, 0) + amount

    assert sums == {"USDT": 0, "BTC-USDT-SWAP lots": 0}


def test_who_was_looked_at_has_a_part_even_without_a_difference() -> None:
    """He is told that his fill stands."""
    fill = FillVerdict(
        seq=9,
        instrument="BTC-USDT",
        quantity=1,
        price_e8=100,
        fair_price_e8=100,
        band_e8=3_000_000,
        stands=1,
        verdict="stands",
        reason="in band",
    )

    assert account_parts({}, rule="r", fills={8: [fill]}, happened={}, repaired={}) == [
        Part(account_id=8, rule="r", lines=(), fills=(fill,))
    ]
