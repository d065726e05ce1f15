"""Who trades in the demo, by the names of its keys."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import msgspec

from seawall.node.config import read_venue
from seawall.simulation.client import Credentials
from seawall.simulation.leveraged import LeveragedTrader
from seawall.simulation.makers import Maker
from seawall.simulation.outside_view import OutsideView
from seawall.simulation.population import DEMO_KEYS_FILE, Trader, traders
from seawall.simulation.takers import Taker


def population(directory: Path) -> list[Trader]:
    """The traders of the demo venue's genesis, with the keys of a directory."""

    async def main() -> list[Trader]:
        async with aiohttp.ClientSession() as session:
            return traders(
                directory,
                read_venue(None, created_ms=1).genesis,
                view=OutsideView({}),
                session=session,
                base_url="http://127.0.0.1:1",
                ssl_context=None,
                seed=1,
            )

    return asyncio.run(main())


def test_every_account_of_the_demo_but_the_visitors_trades(tmp_path: Path) -> None:
    """Three makers, four takers, four with leverage; nobody trades for `demo`."""
    names = read_venue(None, created_ms=1).account_names.values()
    keys = [Credentials(name=name, api_key="k", secret="s", passphrase="p") for name in names]
    (tmp_path / DEMO_KEYS_FILE).write_bytes(msgspec.json.encode(keys))
    kinds = [type(one) for one in population(tmp_path)]

    assert [Maker] * 3 + [Taker] * 4 + [LeveragedTrader] * 4 == kinds
    assert len(kinds) + 1 == len(names)


def test_without_demo_keys_nobody_trades(tmp_path: Path) -> None:
    """A venue that is not simulated has none."""
    assert [] == population(tmp_path)
