"""An account's part of a repair: every line of it before, after and between, and why.

Parts hold everything that was found about an account, in words and whole numbers, so that its owner
needs no other file to read it. The venue's own ledger accounts, the account for errors and the
liquidation engine make up one part, under account 0: it is treated and proved like any other.

Amounts are in the smallest units of an asset, sizes in lots, prices in 1e-8 of the quote asset.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from seawall.core.model.command_codec import decode_command
from seawall.core.model.commands import PlaceOrder
from seawall.core.model.enums import LEDGER_KIND_NAMES, LedgerKind
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import AssetListed, BalanceChanged, InstrumentListed
from seawall.core.model.limits import ACCOUNT_ID_ERROR
from seawall.core.model.repair import USER_KINDS, PositionRow, RepairRows
from seawall.core.model.risk_events import PositionChanged
from seawall.repair.sum_tree import Sums

VENUE: Final = 0  # the account id of the venue's own part

Figures = tuple[int, int, int, int, int]  # of a position: size, cost, realised, fees, funding paid


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One figure. Lines of the same `unit` add up to zero over all accounts; "" adds to nothing."""

    line: str
    unit: str
    before: int
    after: int
    difference: int


class FillVerdict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was decided about one fill of the account, and by which figures."""

    seq: int
    instrument: str
    quantity: int  # signed lots of this account
    price_e8: int
    fair_price_e8: int  # 0: there was none, and the price was not looked at
    band_e8: int
    stands: int  # lots that this account keeps
    verdict: Literal["stands", "in part", "void"]
    reason: str


class OwnEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that happened to the account in one of the two runs."""

    seq: int
    event: str


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One account's part. `rule` says by which rules it was judged."""

    account_id: int
    rule: str
    lines: tuple[Line, ...]
    fills: tuple[FillVerdict, ...] = ()
    happened: tuple[OwnEvent, ...] = ()  # in the actual run
    repaired: tuple[OwnEvent, ...] = ()  # in the repaired run

    def sums(self) -> Sums:
        """What its lines add up to, per unit."""
        sums: Sums = {}
        for line in self.lines:
            if line.unit:
                sums[line.unit] = sums.get(line.unit, 0) + line.difference
        return {unit: amount for unit, amount in sums.items() if amount != 0}


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What every account had at the cut in the actual run, and how things are called."""

    assets: dict[int, str]
    instruments: dict[int, str]
    quotes: dict[int, int]  # of each instrument, the asset that it is quoted in
    balances: dict[tuple[int, int, int, int], int]  # kind, account, asset, instrument
    positions: dict[tuple[int, int], Figures]  # account, instrument


def standing_of(described: bytes) -> Standing:
    """The standing that the bytes of `Engine.describe` tell."""
    standing = Standing(assets={}, instruments={}, quotes={}, balances={}, positions={})
    for entry in read_entries(described):
        for event in entry.events:
            if isinstance(event, AssetListed):
                standing.assets[int(event.asset_id)] = text_of(event.name)
            elif isinstance(event, InstrumentListed):
                standing.instruments[int(event.instrument_id)] = text_of(event.name)
                standing.quotes[int(event.instrument_id)] = int(event.quote_asset_id)
            elif isinstance(event, BalanceChanged):
                key = (event.kind, event.account_id, event.asset_id, event.instrument_id)
                standing.balances[key] = int(event.balance)
            elif isinstance(event, PositionChanged):
                standing.positions[event.account_id, event.instrument_id] = (
                    event.size,
                    event.cost,
                    event.realised,
                    event.fees,
                    -event.funding,
                )
    return standing


def owner_of(account_id: int) -> int:
    """In whose part an account's rows stand."""
    return account_id if account_id < ACCOUNT_ID_ERROR else VENUE


def lines_of(rows: RepairRows, standing: Standing) -> dict[int, list[Line]]:
    """The lines of each account that the rows touch, the venue's among them."""
    found: dict[int, list[Line]] = {VENUE: []}
    for row in rows.ledger:
        is_users = row.kind in USER_KINDS
        owner = owner_of(row.account_id) if is_users else VENUE
        unit = standing.assets.get(row.asset_id, f"asset {row.asset_id}")
        key = (row.kind, row.account_id, row.asset_id, row.instrument_id)
        what = LEDGER_KIND_NAMES[row.kind]
        if row.kind in (LedgerKind.ISOLATED, LedgerKind.CLEARING):
            what = f"{what} {_instrument(standing, row.instrument_id)}"
        before = standing.balances.get(key, 0)
        found.setdefault(owner, []).append(_line(f"{what} {unit}", unit, before, row.amount))
    for position in rows.positions:
        lines = found.setdefault(owner_of(position.account_id), [])
        lines.extend(_position_lines(position, standing))
    for algo in rows.algos:
        lines = found.setdefault(owner_of(algo.account_id), [])
        lines.append(_line(f"algo order {algo.algo_id} waits again", "", 0, 1))
    for order in rows.orders:
        lines = found.setdefault(owner_of(order.account_id), [])
        lines.append(_offered(order.order, standing))
    return found


def _line(line: str, unit: str, before: int, difference: int) -> Line:
    return Line(
        line=line,
        unit=unit,
        before=int(before),
        after=int(before) + int(difference),
        difference=int(difference),
    )


def _position_lines(row: PositionRow, standing: Standing) -> list[Line]:
    name = _instrument(standing, row.instrument_id)
    whose = ""
    if row.account_id >= ACCOUNT_ID_ERROR:
        whose = "house:error: " if row.account_id == ACCOUNT_ID_ERROR else "liquidations: "
    before = standing.positions.get((row.account_id, row.instrument_id), (0, 0, 0, 0, 0))
    differences = (row.size, row.cost, row.realised, row.fees, row.funding_paid)
    words = ("position", "cost of", "profit realised in", "fees paid in", "funding paid in")
    return [
        _line(f"{whose}{word} {name}", f"{name} lots" if word == "position" else "", had, amount)
        for word, had, amount in zip(words, before, differences, strict=True)
        if amount != 0
    ]


def _offered(data: bytes, standing: Standing) -> Line:
    order = decode_command(data, 0, len(data))
    assert isinstance(order, PlaceOrder), "rows_fault has read it"
    name = _instrument(standing, order.instrument_id)
    what = f"order offered back: {name} at {order.limit_price}"
    if order.client_id:
        what = f"{what}, {text_of(order.client_id)}"
    return _line(what, "", 0, order.quantity)


def _instrument(standing: Standing, instrument_id: int) -> str:
    return standing.instruments.get(instrument_id, f"instrument {instrument_id}")


def text_of(name: bytes) -> str:
    """A name of the core as people read it."""
    return name.rstrip(b"\0").decode("ascii", "replace")


def account_parts(
    lines: Mapping[int, list[Line]],
    *,
    rule: str,
    fills: Mapping[int, list[FillVerdict]],
    happened: Mapping[int, list[OwnEvent]],
    repaired: Mapping[int, list[OwnEvent]],
) -> list[Part]:
    """The parts of all accounts that have a line or a fill that was looked at."""
    accounts = sorted({*lines, *fills, *happened, *repaired})
    return [
        Part(
            account_id=account_id,
            rule=rule,
            lines=tuple(lines.get(account_id, ())),
            fills=tuple(fills.get(account_id, ())),
            happened=tuple(happened.get(account_id, ())),
            repaired=tuple(repaired.get(account_id, ())),
        )
        for account_id in accounts
    ]
