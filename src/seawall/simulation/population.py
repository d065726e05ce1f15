"""The traders of a demo venue, by its demo keys: maker-... quotes, taker-... trades, leveraged-...
holds positions in swaps.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import msgspec

from seawall.core.model.enums import InstrumentKind
from seawall.core.model.genesis import Genesis
from seawall.simulation.client import Credentials, Terms, V5Client
from seawall.simulation.exchange import Exchange
from seawall.simulation.leveraged import LeveragedTrader
from seawall.simulation.makers import Maker
from seawall.simulation.outside_sources import followed_markets
from seawall.simulation.outside_view import OutsideView
from seawall.simulation.takers import Taker
from seawall.simulation.trading import TradedInstrument

E8 = 10**8
DEMO_KEYS_FILE = "demo-keys.json"
MAKER_PREFIX, TAKER_PREFIX, LEVERAGED_PREFIX = "maker", "taker", "leveraged"

Trader = Maker | Taker | LeveragedTrader


def traders(
    directory: Path,
    genesis: Genesis,
    *,
    view: OutsideView,
    session: aiohttp.ClientSession,
    base_url: str,
    ssl_context: ssl.SSLContext | None,
    seed: int,
) -> list[Trader]:
    """The traders of the demo keys whose names begin so; none without demo keys."""
    path = directory / DEMO_KEYS_FILE
    if not path.exists():
        return []
    keys = msgspec.json.decode(path.read_bytes(), type=list[Credentials])
    instruments = traded_instruments(genesis)
    found: list[Trader] = []
    for number, key in enumerate(keys):
        exchange = V5Client(
            session=session,
            base_url=base_url,
            credentials=key,
            terms=_terms(instruments, key.name),
            ssl_context=ssl_context,
        )
        trader = _trader(
            key.name, number, exchange=exchange, instruments=instruments, view=view, seed=seed
        )
        found += [] if trader is None else [trader]
    return found


def _trader(
    name: str,
    number: int,
    *,
    exchange: Exchange,
    instruments: Sequence[TradedInstrument],
    view: OutsideView,
    seed: int,
) -> Trader | None:
    """Who trades with the key of that name; None for a person's."""
    if name.startswith(MAKER_PREFIX):
        return Maker(
            name=name,
            number=number,
            exchange=exchange,
            instruments=instruments,
            view=view,
            wall_ms=_wall_ms,
            seed=seed,
        )
    if name.startswith(TAKER_PREFIX):
        return Taker(
            name=name,
            exchange=exchange,
            instruments=instruments,
            view=view,
            wall_ms=_wall_ms,
            seed=seed,
        )
    swaps = [one for one in instruments if one.is_swap]
    if name.startswith(LEVERAGED_PREFIX) and swaps:
        return LeveragedTrader(
            name=name, exchange=exchange, swaps=swaps, view=view, wall_ms=_wall_ms, seed=seed
        )
    return None


def traded_instruments(genesis: Genesis) -> list[TradedInstrument]:
    """The genesis's instruments as traders see them."""
    units = {asset.asset_id: 10**asset.scale for asset in genesis.assets}
    outside = followed_markets(genesis)
    return [
        TradedInstrument(
            name=one.name.decode("ascii"),
            outside=outside[one.instrument_id],
            is_swap=one.kind == InstrumentKind.SWAP,
            tick_size_e8=one.tick_size_e8,
            lot_size_e8=one.lot_size * E8 // units[one.base_asset_id],
            quantity_min=one.quantity_min,
            quantity_max=one.quantity_max,
            price_max=one.price_max,
        )
        for one in genesis.instruments
    ]


def _terms(instruments: Sequence[TradedInstrument], name: str) -> dict[str, Terms]:
    """How a trader of that name writes its orders: those in swaps are sized in contracts."""
    swap_mode = "isolated" if name.startswith(LEVERAGED_PREFIX) else "cross"
    return {
        one.name: Terms(
            instrument=one.name,
            tick_size_e8=one.tick_size_e8,
            lot_size_e8=E8 if one.is_swap else one.lot_size_e8,
            mode=swap_mode if one.is_swap else "cash",
        )
        for one in instruments
    }


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000
