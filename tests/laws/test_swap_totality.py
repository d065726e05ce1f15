"""No value of any field of any command raises, none is answered with a fault of ours, and the venue
is whole afterwards.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass

import pytest

from seawall.core.model.codec import padded
from seawall.core.model.command_codec import decode_command, encode_command
from seawall.core.model.commands import (
    AdjustMargin,
    AmendOrder,
    CancelAlgo,
    CancelOrder,
    Command,
    ListInstrument,
    MassCancel,
    ObservePrices,
    OverrideIndex,
    PlaceAlgo,
    PlaceOrder,
    RecordHedge,
    SetFreeze,
    SetLeverage,
    SetParameter,
    SetSource,
    SetTradingState,
    TransferFunds,
)
from seawall.core.model.events import InternalFault
from seawall.core.model.limits import ACCOUNT_ID_SYSTEM, CLIENT_ID_BYTES
from tests.laws.swap_venue import ALICE, BIG, BOB, ISOLATED, SwapVenue, long, short, swap_genesis
from tests.laws.swap_worlds import BTC, INDEX, OTHER, SMALL, SPOT, USDT
from tests.laws.worlds import IS_MANY, Draw, seeds

EXTREMES = (0, 1, -1, 2, 2**31 - 1, 2**31, 2**32, 2**53, 2**60, 2**61 - 1, 2**62, 2**63 - 1)
NEGATIVE = (-2, -(2**31), -(2**53), -(2**60), -(2**62), -(2**63))
NAMES = (b"", b"band_e8", b"mark_clamp_e8", b"limit_hard_e8", b"market_cap_e8", b"nothing")
USUAL = {
    "account_id": (ALICE, BOB, 3, 6, ACCOUNT_ID_SYSTEM, 0),
    "instrument_id": (BIG, SMALL, OTHER, SPOT, 99, 2**16 - 1),
    "index_id": (INDEX, 0, 2),
    "asset_id": (USDT, BTC, 2, 9),
    "base_asset_id": (BTC, 1, 2),
    "quote_asset_id": (USDT, 0, 2),
    "source_id": (1, 2, 9),
    "side": (0, 1),
    "order_type": (0, 1),
    "time_in_force": (0, 1, 2, 3, 4, 5, 7),
    "self_trade_prevention": (0, 1, 2, 3),
    "margin_mode": (0, 1, 2, 3),
    "algo_type": (0, 1, 2, 3),
    "trigger_by": (0, 1, 2, 3, 255),
    "second_trigger_by": (0, 1, 2, 3, 255),
    "trading_state": (0, 1, 2, 4, 5, 255),
    "operator_id": (1, 2, 3),
    "first_operator_id": (1, 2),
    "second_operator_id": (1, 2),
    "valid_for_ms": (2_000, 0, 60_000, 60_001),
    "lever": (1, 10, 100),
    "kind": (0, 1, 2, 255),
    "risk_tier": (0, 1, 2, 3, 255),
}
SIZES = {"client_id": 32, "tag": 16, "stream_hash": 32, "hedge_id": 32, "name": 32}
KINDS: tuple[type, ...] = (
    *(PlaceOrder, AmendOrder, CancelOrder, MassCancel, PlaceAlgo, CancelAlgo, SetLeverage),
    *(AdjustMargin, ObservePrices, RecordHedge, TransferFunds, SetTradingState, SetFreeze),
    *(OverrideIndex, SetSource, SetParameter, ListInstrument),
)
NUMBERS_OF_HOT = {
    PlaceOrder: (
        *("account_id", "instrument_id", "side", "order_type", "limit_price", "quantity"),
        *("time_in_force", "self_trade_prevention", "quote_amount", "expire_ms", "valid_for_ms"),
        *("margin_mode", "reduce_only", "reprice", "client_id"),
    ),
    AmendOrder: (
        *("account_id", "instrument_id", "order_id", "new_price", "new_quantity"),
        *("cancel_on_fail", "valid_for_ms", "client_id"),
    ),
    CancelOrder: ("account_id", "instrument_id", "order_id", "client_id"),
    PlaceAlgo: (
        *("account_id", "instrument_id", "algo_type", "side", "quantity", "margin_mode"),
        *("reduce_only", "self_trade_prevention", "trigger_price", "trigger_by", "order_price"),
        *("second_trigger_price", "second_trigger_by", "second_order_price", "callback_e8"),
        *("callback_ticks", "active_price", "valid_for_ms", "client_id", "tag"),
    ),
    CancelAlgo: ("account_id", "instrument_id", "algo_id", "client_id"),
}


def busy_venue(protections: int) -> SwapVenue:
    """Positions of both modes, resting orders, and a price."""
    venue = SwapVenue(swap_genesis(protections=protections, house=10**9))
    venue.do(short(BOB, 20, 1_000))
    venue.do(long(ALICE, 10, 1_000))
    venue.do(long(3, 10, 1_000, mode=ISOLATED))
    venue.do(long(ALICE, 3, 995))
    venue.do(short(ALICE, 3, 1_005, reduce_only=True))
    venue.do(short(BOB, 3, 1_008))
    return venue


def drawn(kind: type, venue: SwapVenue, draw: Draw) -> Command | None:
    """A command of random fields; None when a field does not fit its bytes."""
    if kind in NUMBERS_OF_HOT:
        names = dict.fromkeys(NUMBERS_OF_HOT[kind], "")
    else:
        assert is_dataclass(kind)
        names = {one.name: str(one.type) for one in fields(kind)}
    command = kind(**{name: value_of(name, type_, venue, draw) for name, type_ in names.items()})
    try:
        data = encode_command(command)
    except (AssertionError, ValueError, OverflowError):
        return None
    return decode_command(data, 0, len(data))


def value_of(name: str, type_: str, venue: SwapVenue, draw: Draw) -> object:
    """Something for a field, mostly sound, often not."""
    if name.startswith(("is_", "reduce_only", "reprice", "cancel_on", "to_trading")):
        return draw.chance(50)
    if name in SIZES or "bytes" in type_:
        if name == "name":
            return draw.one(NAMES)
        if name in ("client_id", "tag"):
            return padded(b"%d" % draw.below(5), SIZES[name]) if draw.chance(30) else b""
        return draw.raw(SIZES.get(name, CLIENT_ID_BYTES))
    if name == "order_id":
        orders = [int(one.order_id) for one in venue.engine.state.orders.all()]
        return draw.one(orders) if orders and draw.chance(70) else draw.one(EXTREMES)
    if name in USUAL and draw.chance(92):
        return draw.one(USUAL[name])
    if draw.chance(50):
        return draw.between(1, 1_100)
    return draw.one(EXTREMES + NEGATIVE)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_no_field_of_a_command_raises_or_faults(kind: type) -> None:
    """Whatever it says, it is answered or refused, and the ledger stands."""
    applied = 0
    for seed in seeds(few=2, many=40):
        draw = Draw(seed)
        venue = busy_venue(protections=1 - seed % 2)
        for number in range(150 if not IS_MANY else 1_000):
            command = drawn(kind, venue, draw)
            if command is None:
                continue
            applied += 1
            events = venue.do(command)
            if draw.chance(5):
                events += venue.seconds(1)

            assert not [one for one in events if isinstance(one, InternalFault)], f"seed {seed}"
            if number % 10 == 0:
                assert venue.engine.ledger_faults() == [], f"seed {seed}"
    assert applied > 50


@pytest.mark.slow
def test_no_mixture_of_commands_raises_or_faults() -> None:
    """All kinds against one venue, whose price goes on moving."""
    for seed in seeds(few=6, many=400):
        draw = Draw(seed)
        venue = busy_venue(protections=1 - seed % 2)
        stops = (SetFreeze, SetTradingState, SetSource, SetParameter, OverrideIndex)
        kinds = [one for one in KINDS if seed % 3 == 0 or one not in stops]
        for number in range(400):
            command = drawn(draw.one(kinds), venue, draw)
            events = [] if command is None else venue.do(command)
            if draw.chance(8):
                venue.price_e8 = max(venue.price_e8 * draw.between(985, 1_015) // 1_000, 10**8)
                events += venue.seconds(1)

            assert not [one for one in events if isinstance(one, InternalFault)], f"seed {seed}"
            if number % 20 == 0:
                assert venue.engine.ledger_faults() == [], f"seed {seed}"
