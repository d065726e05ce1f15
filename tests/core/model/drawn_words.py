"""Commands and events of every kind with any numbers in their fields, from what the classes
declare.
"""

from __future__ import annotations

import dataclasses
from typing import Any, get_args

from seawall.core.model.commands import (
    AmendOrder,
    CancelAlgo,
    CancelOrder,
    Command,
    PlaceAlgo,
    PlaceOrder,
)
from seawall.core.model.repair_events import RepairEvent
from seawall.core.model.risk_events import RiskEvent
from tests.laws.worlds import Draw

COMMANDS: tuple[type, ...] = get_args(Command)
RISK_EVENTS: tuple[type, ...] = get_args(RiskEvent)
REPAIR_EVENTS: tuple[type, ...] = get_args(RepairEvent)
MOST = {  # where a field has fewer bits than a word
    "account_id": 2**31 - 1,
    "instrument_id": 2**16 - 1,
    "index_id": 2**16 - 1,
    "asset_id": 2**16 - 1,
    "source_id": 63,
    "timer_id": 15,
    "valid_for_ms": 2**32 - 1,
    "side": 1,
    "order_type": 1,
    "time_in_force": 7,
    "self_trade_prevention": 3,
    "margin_mode": 3,
    "algo_type": 3,
    "trigger_by": 255,
    "second_trigger_by": 255,
    "trading_state": 255,
    "scopes": 255,
}
TEXT_BYTES = {"key_id": 64, "release": 64, "case_id": 16}
# The plain classes of the hot path, which compiled say nothing of their fields.
NATIVE_FIELDS: dict[type, str] = {
    PlaceOrder: "account_id instrument_id side order_type limit_price quantity time_in_force "
    "self_trade_prevention quote_amount expire_ms valid_for_ms client_id tag margin_mode "
    "reduce_only reprice",
    AmendOrder: "account_id instrument_id order_id client_id new_price new_quantity "
    "cancel_on_fail valid_for_ms",
    CancelOrder: "account_id instrument_id order_id client_id",
    PlaceAlgo: "account_id instrument_id algo_type side quantity margin_mode reduce_only "
    "self_trade_prevention trigger_price trigger_by order_price second_trigger_price "
    "second_trigger_by second_order_price callback_e8 callback_ticks active_price valid_for_ms "
    "client_id tag",
    CancelAlgo: "account_id instrument_id algo_id client_id",
}
NATIVE_TYPES = {
    "client_id": "bytes",
    "tag": "bytes",
    "reduce_only": "bool",
    "reprice": "bool",
    "cancel_on_fail": "bool",
}


def drawn_command(kind: type, draw: Draw) -> Command:
    """A command of the kind, legal or not, as long as it can be encoded."""
    fields = _drawn(_command_fields(kind), draw)
    if kind is PlaceOrder:
        fields["quote_amount" if draw.chance(50) else "quantity"] = 0
        if fields["quote_amount"]:
            fields["quantity"] = 0
    made: Command = kind(**fields)
    return made


def fields_of(word: Command) -> dict[str, object]:
    """What a command carries, by field."""
    return {name: getattr(word, name) for name in _command_fields(type(word))}


def drawn_event(kind: type, draw: Draw) -> RiskEvent | RepairEvent:
    """An event of the kind."""
    types = {one.name: _type_name(one.type) for one in dataclasses.fields(kind)}
    made: RiskEvent | RepairEvent = kind(**_drawn(types, draw))
    return made


def _command_fields(kind: type) -> dict[str, str]:
    if dataclasses.is_dataclass(kind):
        return {one.name: _type_name(one.type) for one in dataclasses.fields(kind)}
    return dict.fromkeys(NATIVE_FIELDS[kind].split(), "i64") | {
        name: type_ for name, type_ in NATIVE_TYPES.items() if name in NATIVE_FIELDS[kind].split()
    }


def _type_name(annotation: object) -> str:
    return annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")


def _drawn(types: dict[str, str], draw: Draw) -> dict[str, Any]:
    return {name: _value(name, kind, draw) for name, kind in types.items()}


def _value(name: str, kind: str, draw: Draw) -> int | bool | bytes:
    if "bool" in kind:
        return draw.chance(50)
    if "bytes" in kind:
        return _bytes(name, draw)
    if name in MOST:
        return draw.one((0, 1, MOST[name], draw.below(MOST[name] + 1)))
    extremes = (0, 1, -1, 2**63 - 1, -(2**63))
    return draw.one((*extremes, draw.between(-(2**63), 2**63 - 1)))


def _bytes(name: str, draw: Draw) -> bytes:
    if name in ("client_id", "tag"):
        return b"" if draw.chance(40) else draw.raw(32 if name == "client_id" else 16)
    if name in ("name", *TEXT_BYTES):
        letters = draw.raw(draw.below(TEXT_BYTES.get(name, 32) + 1))
        return letters.replace(b"\0", b"-")
    return draw.raw(draw.below(200) if name == "data" else 32)
