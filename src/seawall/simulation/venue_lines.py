"""Synthetic updates and their raw lines, in the form of a recording, so an archive can be
replayed.
"""

from __future__ import annotations

from seawall.feeds.updates import OutsideBbo, OutsideTrade, Update
from seawall.simulation.recording import Print, Touch

E8 = 10**8
PPB = 10**9


def update_of(
    what: Touch | Print,
    *,
    source_id: int,
    instrument_id: int,
    symbol: str,
    is_deep: bool,
    venue_ms: int,
    receive_ms: int,
) -> Update:
    """Return the update that says `what`."""
    stream = symbol.lower()
    if isinstance(what, Print):
        price, size = decimal_of(what.price_e8), decimal_of(what.size_e8)
        raw = (
            f'{{"stream":"{stream}@trade","data":{{"e":"trade","E":{venue_ms},"s":"{symbol}",'
            f'"t":{what.trade_id},"p":"{price}","q":"{size}","T":{venue_ms},'
            f'"m":{"false" if what.is_buy else "true"}}}}}'
        )
        return OutsideTrade(
            source_id=source_id,
            instrument_id=instrument_id,
            price_e8=what.price_e8,
            size_e8=what.size_e8,
            trade_id=what.trade_id,
            is_buy=what.is_buy,
            venue_ms=venue_ms,
            receive_ms=receive_ms,
            raw=raw.encode(),
        )
    raw = (
        f'{{"stream":"{stream}@bookTicker","data":{{"E":{venue_ms},"s":"{symbol}",'
        f'"b":"{decimal_of(what.bid_e8)}","B":"{decimal_of(what.bid_size_e8)}",'
        f'"a":"{decimal_of(what.ask_e8)}","A":"{decimal_of(what.ask_size_e8)}"}}}}'
    )
    return OutsideBbo(
        source_id=source_id,
        instrument_id=instrument_id,
        bid_e8=what.bid_e8,
        ask_e8=what.ask_e8,
        bid_size_e8=what.bid_size_e8,
        ask_size_e8=what.ask_size_e8,
        is_deep=is_deep,
        venue_ms=venue_ms,
        receive_ms=receive_ms,
        raw=raw.encode(),
    )


def decimal_of(value_e8: int) -> str:
    """Write an e8 integer as a decimal string with eight digits."""
    return f"{value_e8 // E8}.{value_e8 % E8:08d}"
