"""Lines of a scenario: words to commands, and the file as a whole.

    place LABEL WHO INSTRUMENT buy|sell SIZE @ PRICE|market
          [gtc|ioc|fok|post_only] [gtd=5s] [stp=MODE] [id=TEXT]
          [isolated] [reduce_only] [reprice]        (a swap is cross unless it says isolated)
    amend LABEL [size=S] [price=P] [or_cancel]      cancel LABEL
    mass_cancel WHO [INSTRUMENT] [buy|sell]         book INSTRUMENT
    deposit WHO AMOUNT ASSET tx=NAME                transfer WHO AMOUNT ASSET to trading|funding
    balance WHO|house.fee|house.error ASSET [funding]
    fees LABEL
    freeze WHO                                      release WHO
    state INSTRUMENT live|post_only|cancel_only|halted
    wait 5s (a beat a second)                       outage 19m (silence, then one beat)
    send COMMAND field=number|text|yes|no ...       raw HEX
    repeat TIMES place ...
    outside INDEX PRICE [SOURCE ...] (from now on these sources, or all, say so each second)
    silent SOURCE ...                               speak SOURCE ...
    observe SOURCE INDEX PRICE (at once)            index INDEX
    mark INSTRUMENT                                 position WHO INSTRUMENT
    halt|resume venue|INDEX OPERATOR [OPERATOR]     lever WHO INSTRUMENT TIMES [isolated]
    margin WHO INSTRUMENT AMOUNT

SIZE in quote is written `1000USDT`. Any order, amend, cancel or transfer may be `late=3s` or
`ahead=3s`; amend and cancel also take `by=WHO`, `on=INSTRUMENT` and `by_id` (name it by the client
id). `?` as a person or instrument is one that does not exist. Lines of algo orders: `algos.py`; of
repairs: `repairs.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from seawall.core.model import commands
from seawall.core.model.codec import padded
from seawall.core.model.commands import (
    ALL_INSTRUMENTS,
    BOTH_SIDES,
    AdjustMargin,
    AmendOrder,
    CancelOrder,
    CreditDeposit,
    MassCancel,
    PlaceOrder,
    SetAccountState,
    SetFreeze,
    SetLeverage,
    SetTradingState,
    TransferFunds,
)
from seawall.core.model.enums import (
    MARGIN_MODE_NAMES,
    SELF_TRADE_PREVENTION_NAMES,
    SIDE_NAMES,
    TIME_IN_FORCE_NAMES,
    TRADING_STATE_NAMES,
    InstrumentKind,
    LedgerKind,
    MarginMode,
    OrderType,
    TimeInForce,
)
from seawall.core.model.events import Event
from seawall.core.model.limits import CLIENT_ID_BYTES
from tests.scenarios import algos, repairs, telling
from tests.scenarios.stage import (
    ASSETS,
    E8,
    INDICES,
    PEOPLE,
    SOURCES,
    Stage,
    lot,
    observation,
    tick,
    whole,
)

ARROW = " -> "
UNIT = Fraction(1, E8)
NOBODY, NOWHERE = 99, 99


@dataclass
class Line:
    """A line of a file: its command, "" for a comment or an empty line, and what it expects."""

    text: str
    command: str
    expected: str


def read(path: Path) -> list[Line]:
    """The lines of a scenario."""
    return [line_of(text) for text in path.read_text().splitlines()]


def line_of(text: str) -> Line:
    """Split a line at its arrow."""
    if not text.strip() or text.startswith("#"):
        return Line(text, "", "")
    command, _, expected = text.partition(ARROW)
    return Line(text, command.strip(), expected.strip())


def written(lines: list[Line], outcomes: list[str]) -> str:
    """The file with what happened behind each arrow; arrows stand below each other."""
    width = min(max((len(line.command) for line in lines), default=0), 72)
    found = []
    for line, outcome in zip(lines, outcomes, strict=True):
        is_comment = not line.command
        found.append(line.text if is_comment else f"{line.command:<{width}}{ARROW}{outcome}")
    return "\n".join(found) + "\n"


def play(lines: list[Line]) -> tuple[list[str], Stage]:
    """What each line comes to, and the stage after the last."""
    stage = Stage()
    return [act(stage, line.command) if line.command else "" for line in lines], stage


def act(stage: Stage, command: str) -> str:
    """Carry out one line; its outcome in words."""
    verb, *words = command.split()
    assert verb in QUESTIONS or verb in ACTS, f"no such command: {command}"
    try:
        if verb in QUESTIONS:
            return QUESTIONS[verb](stage, words)
        return telling.told(stage, ACTS[verb](stage, words))
    except (KeyError, ValueError, TypeError) as problem:
        raise AssertionError(f"cannot play `{command}`: {problem!r}") from problem


def options(words: list[str]) -> dict[str, str]:
    """`a=b` words, and plain words as themselves."""
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def duration_ms(text: str) -> int:
    """`250ms`, `5s`, `19m`."""
    found = re.fullmatch(r"(\d+)(ms|s|m)", text)
    assert found, f"no duration: {text}"
    return int(found[1]) * {"ms": 1, "s": 1_000, "m": 60_000}[found[2]]


def lateness(given: dict[str, str]) -> int:
    """How long ago the command was received; ahead of the venue's clock is negative."""
    if "ahead" in given:
        return -duration_ms(given["ahead"])
    return duration_ms(given["late"]) if "late" in given else 0


def who(name: str) -> int:
    """An account id."""
    return NOBODY if name == "?" else PEOPLE[name]


def place(stage: Stage, words: list[str]) -> list[Event]:
    """An order."""
    label, person, name, side, size, at, price, *rest = words
    assert at == "@", "an order is written SIZE @ PRICE"
    given = options(rest)
    instrument = stage.instrument(name if name != "?" else "BTC-USDT")
    is_market = price == "market"
    is_quote_sized = size.endswith("USDT")
    default = "ioc" if is_market else "gtc"
    named = [one for one in TIME_IN_FORCE_NAMES if one in given]
    time_in_force = TIME_IN_FORCE_NAMES.index((named or [default])[0])
    expire_ms = stage.wall_ms + duration_ms(given["gtd"]) if given.get("gtd") else 0
    if "expired" in given:
        expire_ms = stage.wall_ms
    command = PlaceOrder(
        account_id=who(person),
        instrument_id=NOWHERE if name == "?" else instrument.instrument_id,
        side=SIDE_NAMES.index(side),
        order_type=OrderType.MARKET if is_market else OrderType.LIMIT,
        limit_price=0 if is_market else whole(price, tick(instrument)),
        quantity=0 if is_quote_sized else whole(size, lot(instrument)),
        quote_amount=whole(size.removesuffix("USDT"), UNIT) if is_quote_sized else 0,
        time_in_force=TimeInForce.GTD if "gtd" in given else time_in_force,
        self_trade_prevention=SELF_TRADE_PREVENTION_NAMES.index(given.get("stp", "cancel_maker")),
        expire_ms=expire_ms,
        client_id=padded(given["id"].encode(), CLIENT_ID_BYTES) if "id" in given else b"",
        margin_mode=margin_mode(given, instrument.kind),
        reduce_only="reduce_only" in given,
        reprice="reprice" in given,
    )
    return stage.place(label, command, late_ms=lateness(given))


def margin_mode(given: dict[str, str], kind: int) -> int:
    """Spot is paid in cash, a swap is cross unless the line says something else."""
    for mode, name in enumerate(MARGIN_MODE_NAMES):
        if name in given:
            return mode
    return MarginMode.CROSS if kind == InstrumentKind.SWAP else MarginMode.CASH


def named(stage: Stage, words: list[str]) -> tuple[dict[str, str], PlaceOrder, int, bytes]:
    """The options, the order as it was placed, and how it is named: by order id or by client id."""
    label, *rest = words
    given = options(rest)
    placed = stage.placed.get(label) or next(iter(stage.placed.values()))
    if "by_id" in given:
        return given, placed, 0, placed.client_id
    return given, placed, stage.order_id(label), b""


def address(given: dict[str, str], placed: PlaceOrder, stage: Stage) -> dict[str, int]:
    """Whose order where: as it was placed unless the line says otherwise."""
    instrument_id = placed.instrument_id
    if "on" in given:
        is_nowhere = given["on"] == "?"
        instrument_id = NOWHERE if is_nowhere else stage.instrument(given["on"]).instrument_id
    account_id = who(given["by"]) if "by" in given else placed.account_id
    return {"account_id": account_id, "instrument_id": instrument_id}


def amend(stage: Stage, words: list[str]) -> list[Event]:
    """Another price or size."""
    given, placed, order_id, client_id = named(stage, words)
    instrument = stage.instrument_of(placed.instrument_id)
    command = AmendOrder(
        **address(given, placed, stage),
        order_id=order_id,
        client_id=client_id,
        new_price=whole(given.get("price", "0"), tick(instrument)),
        new_quantity=whole(given.get("size", "0"), lot(instrument)),
        cancel_on_fail="or_cancel" in given,
    )
    return stage.do(command, late_ms=lateness(given))


def cancel(stage: Stage, words: list[str]) -> list[Event]:
    """An order's end at its owner's wish."""
    given, placed, order_id, client_id = named(stage, words)
    where = address(given, placed, stage)
    command = CancelOrder(**where, order_id=order_id, client_id=client_id)
    return stage.do(command, late_ms=lateness(given))


def mass_cancel(stage: Stage, words: list[str]) -> list[Event]:
    """All orders of a person."""
    person, *rest = words
    sides = [one for one in rest if one in SIDE_NAMES]
    names = [one for one in rest if one not in SIDE_NAMES]
    instrument_id = ALL_INSTRUMENTS
    if names:
        is_nowhere = names[0] == "?"
        instrument_id = NOWHERE if is_nowhere else stage.instrument(names[0]).instrument_id
    side = SIDE_NAMES.index(sides[0]) if sides else BOTH_SIDES
    return stage.do(MassCancel(account_id=who(person), instrument_id=instrument_id, side=side))


def deposit(stage: Stage, words: list[str]) -> list[Event]:
    """A confirmed deposit arrives on the funding side."""
    person, amount, asset, *rest = words
    tx = options(rest)["tx"].encode()
    asset_id = ASSETS.get(asset, NOWHERE)
    return stage.do(CreditDeposit(who(person), asset_id, whole(amount, UNIT), padded(tx, 32)))


def transfer(stage: Stage, words: list[str]) -> list[Event]:
    """Between funding and trading."""
    person, amount, asset, _, target, *rest = words
    asset_id = ASSETS.get(asset, NOWHERE)
    to_trading = target == "trading"
    command = TransferFunds(who(person), asset_id, whole(amount, UNIT), to_trading=to_trading)
    return stage.do(command, late_ms=lateness(options(rest)))


def state(stage: Stage, words: list[str]) -> list[Event]:
    """An operator changes what an instrument accepts."""
    name, wanted = words
    instrument_id = NOWHERE if name == "?" else stage.instrument(name).instrument_id
    return stage.do(SetTradingState(instrument_id, TRADING_STATE_NAMES.index(wanted)))


def send(stage: Stage, words: list[str]) -> list[Event]:
    """A rare command by the names of its fields."""
    name, *rest = words
    fields = {
        field: text == "yes" if text in ("yes", "no") else value_of(text)
        for field, text in options(rest).items()
    }
    return stage.do(getattr(commands, name)(**fields))


def value_of(text: str) -> int | bytes:
    """A number (also `2^61`), or text."""
    if found := re.fullmatch(r"(-?\d+)\^(\d+)", text):
        return int(found[1]) ** int(found[2])
    return int(text) if re.fullmatch(r"-?\d+", text) else text.encode()


def repeat(stage: Stage, words: list[str]) -> list[Event]:
    """The same order many times."""
    times, verb, *rest = words
    assert verb == "place", "only orders are repeated"
    stage.is_unwitnessed = True
    events = [event for _ in range(int(times.replace(",", ""))) for event in place(stage, rest)]
    stage.call_witness()
    return events


def wait(stage: Stage, words: list[str]) -> str:
    """A beat a second; what happened, and after how many seconds."""
    found = []
    for second in range(1, duration_ms(words[0]) // 1_000 + 1):
        events = telling.passing(stage, stage.jump(1_000))
        if telling.told(stage, events) != "nothing":
            found.append(f"after {second}s {telling.told(stage, events)}")
    return "; ".join(found) or "nothing"


def outside(stage: Stage, words: list[str]) -> str:
    """What sources say from now on."""
    index, price, *sources = words
    for source_id in [int(one) for one in sources] or SOURCES:
        stage.outside[index, source_id] = Fraction(price)
    return f"{'some' if sources else 'all'} sources will say so"


def hush(stage: Stage, words: list[str]) -> str:
    """Sources stop speaking."""
    stage.silent.update(int(one) for one in words)
    return f"{len(stage.silent)} sources are silent"


def speak(stage: Stage, words: list[str]) -> str:
    """Sources speak again."""
    stage.silent.difference_update(int(one) for one in words)
    return f"{len(stage.silent)} sources are silent"


def observe(stage: Stage, words: list[str]) -> list[Event]:
    """What one source says now, between two beats."""
    source_id, index, price = words
    stage.outside[index, int(source_id)] = Fraction(price)
    return stage.do(observation(index, int(source_id), Fraction(price), stage.wall_ms))


def set_freeze(stage: Stage, words: list[str], *, is_frozen: bool) -> list[Event]:
    """Operators stop or release mark-driven actions of an index, or the whole venue."""
    name, *operators = words
    index_id = 0 if name == "venue" else INDICES.get(name, NOWHERE)
    first, second = [*(int(one) for one in operators), 0][:2]
    return stage.do(SetFreeze(index_id, is_frozen, first, second))


def set_leverage(stage: Stage, words: list[str]) -> list[Event]:
    """Another leverage."""
    person, name, lever, *rest = words
    instrument = stage.instrument(name)
    mode = margin_mode(options(rest), instrument.kind)
    return stage.do(SetLeverage(who(person), instrument.instrument_id, mode, int(lever)))


def adjust_margin(stage: Stage, words: list[str]) -> list[Event]:
    """More margin for an isolated position, or less."""
    person, name, amount = words
    instrument_id = stage.instrument(name).instrument_id
    return stage.do(AdjustMargin(who(person), instrument_id, whole(amount, UNIT)))


def account_balance(stage: Stage, words: list[str]) -> str:
    """What somebody has."""
    name, asset, *rest = words
    if name == "house.fee":
        return telling.balance(stage, 0, asset, kind=LedgerKind.HOUSE_FEE)
    if name == "house.error":
        return telling.balance(stage, 0, asset, kind=LedgerKind.HOUSE_ERROR)
    kind = LedgerKind.FUNDING if "funding" in rest else LedgerKind.TRADING
    return telling.balance(stage, who(name), asset, kind=kind)


ACTS: dict[str, Callable[[Stage, list[str]], list[Event]]] = {
    "place": place,
    "amend": amend,
    "cancel": cancel,
    "mass_cancel": mass_cancel,
    "deposit": deposit,
    "transfer": transfer,
    "freeze": lambda stage, words: stage.do(SetAccountState(who(words[0]), is_frozen=True)),
    "release": lambda stage, words: stage.do(SetAccountState(who(words[0]), is_frozen=False)),
    "state": state,
    "outage": lambda stage, words: telling.passing(stage, stage.jump(duration_ms(words[0]))),
    "send": send,
    "observe": observe,
    "halt": lambda stage, words: set_freeze(stage, words, is_frozen=True),
    "resume": lambda stage, words: set_freeze(stage, words, is_frozen=False),
    "lever": set_leverage,
    "margin": adjust_margin,
    "raw": lambda stage, words: stage.do(bytes.fromhex(words[0] if words else "")),
    "repeat": repeat,
    "algo": algos.place_algo,
    "cancel_algo": algos.cancel_algo,
    "several": algos.several,
    "repair": repairs.repair,
    "restrict": repairs.restrict,
    "withdraw": repairs.withdraw,
}
QUESTIONS: dict[str, Callable[[Stage, list[str]], str]] = {
    "wait": wait,
    "outside": outside,
    "silent": hush,
    "speak": speak,
    "index": lambda stage, words: telling.index(stage, words[0]),
    "mark": lambda stage, words: telling.mark(stage, words[0]),
    "position": lambda stage, words: telling.position(stage, who(words[0]), words[1]),
    "book": lambda stage, words: telling.book(stage, words[0]),
    "balance": account_balance,
    "fees": lambda stage, words: telling.fees(stage, words[0]),
}
