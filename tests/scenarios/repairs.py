"""Lines about repairs.

    repair CASE open|close OPERATOR OPERATOR [parts=N] [cut=SEQ]    (usual cut: the last seq)
    repair CASE part [at=PLACE] [of=N] [spoilt] ROW ...
    repair CASE post OPERATOR OPERATOR [other]      (`other`: not the hash of the rows as sent)
    restrict WHO                                    withdraw WHO AMOUNT ASSET tx=NAME

A ROW is `WHO.trading.ASSET=AMOUNT` (or funding; the house: `house.insurance.ASSET=AMOUNT`), where
house:error is the other side of all of them, or `order.WHO.buy.SIZE@PRICE`, offered back in
BTC-USDT.
"""

from __future__ import annotations

from fractions import Fraction
from hashlib import sha256

from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import (
    CloseRepair,
    DebitWithdrawal,
    OpenRepair,
    PlaceOrder,
    PostRepair,
    RepairPart,
    SetAccountState,
)
from seawall.core.model.enums import SIDE_NAMES, LedgerKind, OrderType
from seawall.core.model.events import Event
from seawall.core.model.repair import LedgerRow, OrderRow, RepairRows, ledger_row_key
from seawall.core.model.repair_codec import encode_rows
from seawall.core.model.repair_events import (
    AccountRestated,
    GraceGranted,
    OverlayLoaded,
    RepairClosed,
    RepairOpened,
    RepairPosted,
    RulebookAccepted,
    RulebookActivated,
    WithdrawalDebited,
)
from tests.scenarios.stage import ASSETS, E8, PEOPLE, Stage, lot, tick, whole

KINDS = {
    "trading": LedgerKind.TRADING,
    "funding": LedgerKind.FUNDING,
    "insurance": LedgerKind.INSURANCE,
}
UNIT = Fraction(1, E8)


def repair(stage: Stage, words: list[str]) -> list[Event]:
    """A step of a case."""
    name, step, *rest = words
    case = name.encode()
    plain = [word for word in rest if "=" not in word and "." not in word]
    given = dict(word.split("=") for word in rest if "=" in word and "." not in word)
    if step == "part":
        data = encode_rows(rows_of(stage, [word for word in rest if "." in word]))
        if "spoilt" in plain:
            data = data[:-8]
        stage.sent_rows[name] = data
        return stage.do(RepairPart(case, int(given.get("at", 0)), int(given.get("of", 1)), data))
    first, second = (int(word) for word in plain[:2])
    if step == "open":
        parts = int(given.get("parts", 1))
        cut = int(given.get("cut", stage.engine.seq))
        return stage.do(OpenRepair(case, cut, b"p" * 32, parts, first, second))
    if step == "close":
        return stage.do(CloseRepair(case, first, second))
    assert step == "post", f"no such step: {step}"
    data = b"other" if "other" in plain else stage.sent_rows.get(name, b"")
    return stage.do(PostRepair(case, sha256(data).digest(), first, second))


def rows_of(stage: Stage, texts: list[str]) -> RepairRows:
    """The rows, and the row of house:error that balances them."""
    ledger: list[LedgerRow] = []
    orders: list[OrderRow] = []
    for text in texts:
        if text.startswith("order."):
            orders.append(order_of(stage, text))
            continue
        name, _, amount = text.partition("=")
        who, kind, asset = name.split(".")
        account_id = 0 if who == "house" else PEOPLE[who]
        units = whole(amount, UNIT)
        ledger.append(LedgerRow(KINDS[kind], account_id, ASSETS[asset], 0, units))
    for asset_id in sorted({int(row.asset_id) for row in ledger}):
        total = sum(int(row.amount) for row in ledger if row.asset_id == asset_id)
        if total:
            ledger.append(LedgerRow(LedgerKind.HOUSE_ERROR, 0, asset_id, 0, -total))
    ledger.sort(key=ledger_row_key)
    return RepairRows(ledger=ledger, positions=[], algos=[], orders=orders)


def order_of(stage: Stage, text: str) -> OrderRow:
    """`order.alice.buy.1@100`."""
    _, who, side, terms = text.split(".", 3)
    size, _, price = terms.partition("@")
    instrument = stage.instrument("BTC-USDT")
    command = PlaceOrder(
        account_id=PEOPLE[who],
        instrument_id=instrument.instrument_id,
        side=SIDE_NAMES.index(side),
        order_type=OrderType.LIMIT,
        limit_price=whole(price, tick(instrument)),
        quantity=whole(size, lot(instrument)),
    )
    return OrderRow(PEOPLE[who], encode_command(command))


def restrict(stage: Stage, words: list[str]) -> list[Event]:
    """Cancel and reduce only."""
    return stage.do(SetAccountState(PEOPLE[words[0]], is_frozen=False, is_reduce_only=True))


def withdraw(stage: Stage, words: list[str]) -> list[Event]:
    """Money leaves the venue."""
    who, amount, asset, name = words
    assert name.startswith("tx=")
    units = whole(amount, UNIT)
    return stage.do(
        DebitWithdrawal(PEOPLE[who], ASSETS[asset], units, name.encode().ljust(32, b"-"))
    )


def told_of_repairs(stage: Stage, event: Event) -> str:
    """An event of a repair in words; "" for any other."""
    if isinstance(event, RepairOpened):
        return f"case {event.case_id.decode()} opened"
    if isinstance(event, OverlayLoaded):
        return f"{event.rows} rows of case {event.case_id.decode()} are in"
    if isinstance(event, RepairPosted):
        return f"case {event.case_id.decode()} posted"
    if isinstance(event, RepairClosed):
        return f"case {event.case_id.decode()} given up"
    if isinstance(event, AccountRestated):
        return f"{stage.person(event.account_id)} restated"
    if isinstance(event, GraceGranted):
        return f"{stage.person(event.account_id)} has grace"
    if isinstance(event, WithdrawalDebited):
        return "withdrawal debited"
    if isinstance(event, RulebookActivated):
        return f"rulebook {event.version} activated"
    if isinstance(event, RulebookAccepted):
        return f"{stage.person(event.account_id)} accepts rulebook {event.version}"
    return ""
