"""Algo orders in scenarios: the lines that place and cancel them, and what is told of them.

algo LABEL WHO INSTRUMENT buy|sell SIZE at=PRICE [by=last|mark|index] [limit=PRICE]
     [else=PRICE] [else_by=KIND] [else_limit=PRICE]  (two legs; the first to fire ends the other)
     [isolated] [reduce_only] [id=TEXT]
algo LABEL WHO INSTRUMENT buy|sell SIZE trail=1%|PRICE [from=PRICE] [by=KIND]
cancel_algo LABEL [by=WHO] [on=INSTRUMENT] [by_id]
several TIMES algo ...
"""

from __future__ import annotations

from fractions import Fraction

from seawall.core.model.codec import padded
from seawall.core.model.commands import CancelAlgo, PlaceAlgo
from seawall.core.model.enums import (
    CANCEL_REASON_NAMES,
    MARGIN_MODE_NAMES,
    SIDE_NAMES,
    TRIGGER_PRICE_NAMES,
    AlgoType,
    InstrumentKind,
    MarginMode,
)
from seawall.core.model.events import Event
from seawall.core.model.ids import order_id_of
from seawall.core.model.limits import CLIENT_ID_BYTES
from seawall.core.model.rejects import reject_name
from seawall.core.model.risk_events import (
    AlgoAccepted,
    AlgoCancelled,
    AlgoRejected,
    AlgoTriggered,
)
from tests.scenarios.stage import E8, PEOPLE, Stage, lot, shown, tick, whole

NOBODY, NOWHERE = 99, 99
LEGS = ("", " by its second leg")


def options(words: list[str]) -> dict[str, str]:
    """`a=b` words, and plain words as themselves."""
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def terms_of(stage: Stage, words: list[str]) -> PlaceAlgo:
    """The command of a line."""
    person, name, side, size, *rest = words
    given = options(rest)
    instrument = stage.instrument(name if name != "?" else "BTC-USDT")
    is_swap = instrument.kind == InstrumentKind.SWAP
    trail = given.get("trail", "0")
    algo_type = AlgoType.CONDITIONAL
    if "else" in given:
        algo_type = AlgoType.OCO
    elif "trail" in given:
        algo_type = AlgoType.TRAILING

    def price(option: str) -> int:
        return whole(given.get(option, "0"), tick(instrument))

    mode = MarginMode.CROSS if is_swap else MarginMode.CASH
    for number, word in enumerate(MARGIN_MODE_NAMES):
        if word in given:
            mode = number
    return PlaceAlgo(
        account_id=NOBODY if person == "?" else PEOPLE[person],
        instrument_id=NOWHERE if name == "?" else instrument.instrument_id,
        algo_type=algo_type,
        side=SIDE_NAMES.index(side),
        quantity=whole(size, lot(instrument)),
        margin_mode=mode,
        reduce_only="reduce_only" in given,
        trigger_price=price("at"),
        trigger_by=TRIGGER_PRICE_NAMES.index(given.get("by", "last")),
        order_price=price("limit"),
        second_trigger_price=price("else"),
        second_trigger_by=TRIGGER_PRICE_NAMES.index(given.get("else_by", "last")),
        second_order_price=price("else_limit"),
        callback_e8=whole(trail[:-1], Fraction(100, E8)) if trail.endswith("%") else 0,
        callback_ticks=0 if trail.endswith("%") else price("trail"),
        active_price=price("from"),
        client_id=padded(given["id"].encode(), CLIENT_ID_BYTES) if "id" in given else b"",
    )


def place_algo(stage: Stage, words: list[str]) -> list[Event]:
    """An order that waits for a price."""
    label, *rest = words
    command = terms_of(stage, rest)
    stage.placed_algos[label] = command
    events = stage.do(command)
    if events and isinstance(events[0], AlgoAccepted):
        stage.algos[label] = int(events[0].algo_id)
        stage.algo_names[int(events[0].algo_id)] = label
    return events


def cancel_algo(stage: Stage, words: list[str]) -> list[Event]:
    """Its end at its owner's wish; one that never was has an id that is not used yet."""
    label, *rest = words
    given = options(rest)
    placed = stage.placed_algos.get(label) or next(iter(stage.placed_algos.values()))
    instrument_id, account_id = placed.instrument_id, placed.account_id
    if "on" in given:
        is_nowhere = given["on"] == "?"
        instrument_id = NOWHERE if is_nowhere else stage.instrument(given["on"]).instrument_id
    if "by" in given:
        account_id = NOBODY if given["by"] == "?" else PEOPLE[given["by"]]
    never = order_id_of(shard=0, seq=int(stage.engine.seq) + 9, counter=0)
    return stage.do(
        CancelAlgo(
            account_id=account_id,
            instrument_id=instrument_id,
            algo_id=0 if "by_id" in given else stage.algos.get(label, never),
            client_id=placed.client_id if "by_id" in given else b"",
        )
    )


def several(stage: Stage, words: list[str]) -> list[Event]:
    """The same algo order so many times."""
    times, verb, *rest = words
    assert verb == "algo", "only algo orders are placed several times"
    return [event for _ in range(int(times)) for event in place_algo(stage, rest)]


def told_of_algos(stage: Stage, event: Event) -> str:
    """An event of an algo order in words; "" for any other."""
    if isinstance(event, AlgoAccepted):
        return "waits"
    if isinstance(event, AlgoRejected):
        return f"rejected: {reject_name(event.reason)}"
    if isinstance(event, AlgoCancelled):
        return f"{label_of(stage, event.algo_id)} cancelled: {CANCEL_REASON_NAMES[event.reason]}"
    if not isinstance(event, AlgoTriggered):
        return ""
    label = label_of(stage, event.algo_id)
    price = shown(event.price_e8, Fraction(1, E8))
    text = f"{label} fires at {price}{LEGS[event.leg]}"
    if event.order_id == 0:
        return f"{text}, rejected: {reject_name(event.reason)}"
    stage.names[int(event.order_id)] = label
    return text


def label_of(stage: Stage, algo_id: int) -> str:
    """The label of an algo order."""
    return stage.algo_names.get(int(algo_id), f"algo order of seq {algo_id >> 12}")
