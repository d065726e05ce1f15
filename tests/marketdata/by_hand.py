"""Events written by hand, and what they must come to, computed the slow and obvious way."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from seawall.core.model.enums import OrderType, Side, TimeInForce
from seawall.core.model.events import EntryEvents, Event, InstrumentListed
from seawall.core.model.order_events import OrderAccepted, OrderFilled
from seawall.marketdata import CandleView, MarketData

UNIT_VALUE = 7
UTC8 = timezone(timedelta(hours=8))
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


def at(text: str) -> int:
    """Milliseconds of a time in UTC, such as 2024-02-29T16:00."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000


def listed(instrument_id: int = 0, unit_value: int = UNIT_VALUE) -> InstrumentListed:
    """An instrument, of which only the id and the unit value matter."""
    return InstrumentListed(
        instrument_id=instrument_id,
        name=b"BTC-USDT",
        base_asset_id=0,
        quote_asset_id=1,
        tick_size_e8=1,
        lot_size=1,
        unit_value=unit_value,
        quantity_min=1,
        quantity_max=10**9,
        price_max=10**9,
        market_cap_e8=0,
        trading_state=0,
        kind=0,
        index_id=0,
        risk_tier=0,
    )


def accepted(
    order_id: int,
    *,
    side: int,
    price: int,
    quantity: int,
    instrument_id: int = 0,
    account_id: int = 1,
) -> OrderAccepted:
    """A limit order."""
    return OrderAccepted(
        order_id=order_id,
        account_id=account_id,
        instrument_id=instrument_id,
        side=side,
        order_type=OrderType.LIMIT,
        time_in_force=TimeInForce.GTC,
        self_trade_prevention=0,
        limit_price=price,
        quantity=quantity,
        quote_amount=0,
        expire_ms=0,
        client_id=b"",
        tag=b"",
        margin_mode=0,
        reduce_only=False,
    )


@dataclass
class Tape:
    """Trades of one instrument at chosen times; each is two entries: a maker rests, a taker takes
    all of it.
    """

    clock_ms: int = 0
    seq: int = 0
    trades: list[tuple[int, int, int]] = field(default_factory=list)  # time_ms, price, lots

    def description(self) -> list[EntryEvents]:
        """What comes before the first trade."""
        return [self._entry(self.clock_ms, [listed()])]

    def trade(
        self, time_ms: int, price: int, quantity: int = 1, *, side: int = Side.BUY
    ) -> list[EntryEvents]:
        """The entries of one trade; the clock has heard at most that it is `time_ms`."""
        self.trades.append((time_ms, price, quantity))
        maker_side = Side.SELL if side == Side.BUY else Side.BUY
        self.seq += 1
        maker_id = self.seq << 12
        rest = accepted(maker_id, side=maker_side, price=price, quantity=quantity)
        first = self._entry(time_ms, [rest])
        self.seq += 1
        taker_id = self.seq << 12
        fill = OrderFilled(
            trade_id=taker_id,
            instrument_id=0,
            price=price,
            quantity=quantity,
            taker_side=side,
            taker_order_id=taker_id,
            taker_account_id=2,
            taker_fee=0,
            taker_open=0,
            maker_order_id=maker_id,
            maker_account_id=1,
            maker_fee=0,
            maker_open=0,
        )
        take = accepted(taker_id, side=side, price=price, quantity=quantity, account_id=2)
        return [first, self._entry(time_ms, [take, fill])]

    def _entry(self, time_ms: int, events: list[Event]) -> EntryEvents:
        return EntryEvents(
            seq=self.seq, time_ns=time_ms * 1_000_000, clock_ms=self.clock_ms, events=events
        )


def market_of(tape: Tape) -> MarketData:
    """Market data that has begun with the tape's description and no history."""
    market = MarketData()
    market.begin(tape.description())
    return market


def naive_start(name: str, time_ms: int) -> int:
    """Start of a bar's period by the calendar of the time zone it is counted in."""
    unit = next(letter for letter in reversed(name.removesuffix("utc")) if letter.isalpha())
    count = int(name.split(unit, maxsplit=1)[0])
    is_long = unit in "DWM" or (unit == "H" and count >= 6)
    zone: tzinfo = UTC8 if is_long and not name.endswith("utc") else UTC
    here = datetime.fromtimestamp(time_ms // 1_000, zone)
    day = here.replace(hour=0, minute=0, second=0)
    start = {
        "m": here.replace(minute=here.minute // count * count, second=0),
        "H": here.replace(hour=here.hour // count * count, minute=0, second=0),
        "D": day,
        "W": day - timedelta(days=day.weekday()),
        "M": day.replace(day=1),
    }[unit]
    return int(start.timestamp()) * 1_000


def naive_end(name: str, start_ms: int) -> int:
    """The first minute that belongs to a later period."""
    steps = (28 * DAY_MS, DAY_MS, HOUR_MS, MINUTE_MS)
    end_ms = start_ms
    for step in steps:
        while naive_start(name, end_ms + step) == start_ms:
            end_ms += step
    return end_ms + MINUTE_MS


def naive_candles(name: str, trades: list[tuple[int, int, int]], clock_ms: int) -> list[CandleView]:
    """Every candle from the first trade to now, newest first, from the trades alone."""
    if not trades:
        return []
    folded: dict[int, list[tuple[int, int]]] = {}
    for time_ms, price, quantity in trades:
        folded.setdefault(naive_start(name, time_ms), []).append((price, quantity))
    start = min(folded)
    last = max(naive_start(name, clock_ms), max(folded))
    rows: list[CandleView] = []
    close = 0
    while start <= last:
        inside = folded.get(start, [])
        prices = [price for price, _ in inside] or [close]
        end_ms = naive_end(name, start)
        close = prices[-1]
        rows.append(
            CandleView(
                open_ms=start,
                open=prices[0],
                high=max(prices),
                low=min(prices),
                close=close,
                volume=sum(quantity for _, quantity in inside),
                quote_volume=sum(price * quantity * UNIT_VALUE for price, quantity in inside),
                is_confirmed=clock_ms >= end_ms,
            )
        )
        start = end_ms
    return rows[::-1]
