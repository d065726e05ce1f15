"""The traders of a demo venue, by its demo keys: maker-... quotes, taker-... trades."""

from __future__ import annotations

import ssl
import time
from pathlib import Path

import aiohttp
import msgspec

from seawall.core.model.genesis import Genesis
from seawall.simulation.client import Credentials, Terms, V5Client
from seawall.simulation.makers import Maker
from seawall.simulation.outside_view import OutsideView
from seawall.simulation.takers import Taker
from seawall.simulation.trading import TradedInstrument

E8 = 10**8
DEMO_KEYS_FILE = "demo-keys.json"
MAKER_PREFIX, TAKER_PREFIX = "maker", "taker"


def traders(
    directory: Path,
    genesis: Genesis,
    *,
    view: OutsideView,
    session: aiohttp.ClientSession,
    base_url: str,
    ssl_context: ssl.SSLContext | None,
    seed: int,
) -> list[Maker | Taker]:
    """Makers and takers of the demo keys whose names begin so; none without demo keys."""
    path = directory / DEMO_KEYS_FILE
    if not path.exists():
        return []
    keys = msgspec.json.decode(path.read_bytes(), type=list[Credentials])
    instruments = traded_instruments(genesis)
    terms = {
        one.name: Terms(
            instrument=one.name, tick_size_e8=one.tick_size_e8, lot_size_e8=one.lot_size_e8
        )
        for one in instruments
    }
    found: list[Maker | Taker] = []
    for number, key in enumerate(keys):
        exchange = V5Client(
            session=session,
            base_url=base_url,
            credentials=key,
            terms=terms,
            ssl_context=ssl_context,
        )
        if key.name.startswith(MAKER_PREFIX):
            found.append(
                Maker(
                    name=key.name,
                    number=number,
                    exchange=exchange,
                    instruments=instruments,
                    view=view,
                    wall_ms=_wall_ms,
                    seed=seed,
                )
            )
        elif key.name.startswith(TAKER_PREFIX):
            found.append(
                Taker(
                    name=key.name,
                    exchange=exchange,
                    instruments=instruments,
                    view=view,
                    wall_ms=_wall_ms,
                    seed=seed,
                )
            )
    return found


def traded_instruments(genesis: Genesis) -> list[TradedInstrument]:
    """The genesis's instruments as traders see them."""
    units = {asset.asset_id: 10**asset.scale for asset in genesis.assets}
    return [
        TradedInstrument(
            name=one.name.decode("ascii"),
            tick_size_e8=one.tick_size_e8,
            lot_size_e8=one.lot_size * E8 // units[one.base_asset_id],
            quantity_min=one.quantity_min,
            quantity_max=one.quantity_max,
            price_max=one.price_max,
        )
        for one in genesis.instruments
    ]


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000
