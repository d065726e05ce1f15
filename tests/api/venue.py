"""A whole venue in one process for the tests of the API: the real engine, gateway, maps and market
data.

Hand-written here are only what stands at the outside: the way to the engine (no socket, no disk),
the keys, the clock, the history and the health.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec

from seawall.api import HistoryQuery, Services, create_app
from seawall.api.entrance import Entrance
from seawall.api.services import (
    StoredAlgo,
    StoredCandle,
    StoredFill,
    StoredOrder,
    StoredRound,
    StoredTrade,
)
from seawall.core.engine import Engine, open_engine
from seawall.core.model.batch import encode_batch, read_batch_header
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import Command, RegisterKey, TimerBeat
from seawall.core.model.event_reader import read_entries
from seawall.core.model.genesis import Genesis, GenesisAccount, GenesisAmount, Parameters
from seawall.core.model.instruments import Asset, FeeTier, Instrument
from seawall.gateway import AccountMaps, Gateway, RateLimits, VenueMaps
from seawall.identity import KeyRing
from seawall.identity.passphrases import hash_passphrase
from seawall.identity.store import KeyRecord
from seawall.journal.frames import EventsFrame, Refused, Welcome
from seawall.marketdata import MarketData
from seawall.projections import AccountEventRow

NOON_MS = 1_790_000_000_000
BTC, USDT, ETH = 0, 1, 2
BTC_USDT, ETH_USDT = 0, 1
ALICE, BOB, CAROL = 1, 2, 3
PASSPHRASE = "right-one"
PASSPHRASE_HASH = hash_passphrase(PASSPHRASE)
NAMES = {"alice": ALICE, "bob": BOB, "carol": CAROL}
READ_ONLY = "carol-reads"


def genesis(*, is_simulated: bool = True, is_unsafe: bool = False) -> Genesis:
    """Two instruments; Alice and Bob are rich, Carol has nothing."""
    return Genesis(
        venue=b"testville",
        created_ms=NOON_MS - 1_000,
        is_simulated=is_simulated,
        is_unsafe=is_unsafe,
        parameters=Parameters(short_cancel_only_ms=1_000),
        assets=[
            Asset(asset_id=BTC, name=b"BTC", scale=8),
            Asset(asset_id=USDT, name=b"USDT", scale=8),
            Asset(asset_id=ETH, name=b"ETH", scale=8),
        ],
        instruments=[
            _instrument(BTC_USDT, b"BTC-USDT", base_id=BTC),
            _instrument(ETH_USDT, b"ETH-USDT", base_id=ETH),
        ],
        fee_tiers=[FeeTier(maker_e8=80_000, taker_e8=100_000)],
        accounts=[
            GenesisAccount(account_id=account_id, owner_id=account_id, fee_tier=0)
            for account_id in NAMES.values()
        ],
        amounts=[
            GenesisAmount(account_id=account_id, asset_id=asset_id, amount=amount * 10**8)
            for account_id in (ALICE, BOB)
            for asset_id, amount in ((BTC, 100), (USDT, 10_000_000), (ETH, 1_000))
        ],
    )


def _instrument(instrument_id: int, name: bytes, *, base_id: int) -> Instrument:
    return Instrument(
        instrument_id=instrument_id,
        name=name,
        base_asset_id=base_id,
        quote_asset_id=USDT,
        tick_size_e8=10_000_000,  # 0.1
        lot_size=1_000,  # 0.00001
        unit_value=100,
        quantity_min=1,
        quantity_max=10_000_000,
        price_max=100_000_000,
        market_cap_e8=5_000_000,
    )


class KeyTable:
    """Keys that never came from a database; each name's secret is its name reversed."""

    def __init__(self) -> None:
        self._records = {
            key_id: KeyRecord(
                key_id=key_id,
                account_id=account_id,
                scopes=scopes,
                label="",
                passphrase_hash=PASSPHRASE_HASH,
                secret=secret_of(key_id),
                created_ms=0,
                revoked_ms=None,
            )
            for key_id, account_id, scopes in self.announced()
        }

    @staticmethod
    def announced() -> list[tuple[str, int, int]]:
        """(key id, account, scopes) of every key."""
        return [(name, account_id, 3) for name, account_id in NAMES.items()] + [
            (READ_ONLY, CAROL, 1)
        ]

    def key(self, key_id: str) -> KeyRecord | None:
        """One key."""
        return self._records.get(key_id)

    def active_keys(self) -> list[KeyRecord]:
        """All of them."""
        return list(self._records.values())


def secret_of(key_id: str) -> bytes:
    """The secret that a test signs with."""
    return key_id[::-1].encode()


class NoHistory:
    """Read models that have nothing yet."""

    async def order(self, account_id: int, order_id: int) -> StoredOrder | None:
        """None."""

    async def orders(self, query: HistoryQuery) -> Sequence[StoredOrder]:
        """None."""
        return []

    async def fills(self, query: HistoryQuery) -> Sequence[StoredFill]:
        """None."""
        return []

    async def trades(
        self,
        instrument_id: int,
        *,
        limit: int,
        after: int | None = None,
        before: int | None = None,
        before_ms: int | None = None,
    ) -> Sequence[StoredTrade]:
        """None."""
        return []

    async def candles(
        self,
        instrument_id: int,
        bar_name: str,
        *,
        limit: int,
        after: int | None,
        before: int | None,
    ) -> Sequence[StoredCandle]:
        """None."""
        return []

    async def algo(self, account_id: int, algo_id: int) -> StoredAlgo | None:
        """None."""

    async def algos(self, query: HistoryQuery) -> Sequence[StoredAlgo]:
        """None."""
        return []

    async def funding_rounds(
        self, instrument_id: int, *, limit: int, after: int | None, before: int | None
    ) -> Sequence[StoredRound]:
        """None."""
        return []

    async def funding_payments(
        self, account_id: int, *, limit: int, after_seq: int | None
    ) -> Sequence[AccountEventRow]:
        """None."""
        return []


class StatedHealth:
    """Health as the test states it."""

    def __init__(self) -> None:
        self.stopping = False
        self.reachable = True
        self.incident = ""
        self.age_ms = 0

    def is_stopping(self) -> bool:
        """As stated."""
        return self.stopping

    def is_engine_reachable(self) -> bool:
        """As stated."""
        return self.reachable

    def incident_id(self) -> str:
        """As stated."""
        return self.incident

    def map_age_ms(self) -> int:
        """As stated."""
        return self.age_ms


class DirectLink:
    """The way to an engine in the same process: every batch is applied and answered in the next
    turn of the loop.

    `is_silent`: batches vanish after they were sent, as when an engine dies with them. `refuses`:
    nothing is appended.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_connected = True
        self.is_silent = False
        self.refuses: Refused | None = None
        self.gateway: Gateway | None = None
        self.sent = asyncio.Event()
        self._beats = 0

    async def hello(self, publisher_id: int) -> Welcome:
        """A new life."""
        last_incarnation, last_batch = self.engine.last_batch(publisher_id)
        return Welcome(
            publisher_id=publisher_id,
            incarnation=last_incarnation + 1,
            last_incarnation=last_incarnation,
            last_batch_number=last_batch,
            seq=self.engine.seq,
            clock_ms=self.engine.clock_ms,
        )

    async def subscribe(self, from_seq: int) -> None:
        """Events come anyway."""
        assert from_seq == self.engine.seq + 1

    def send_batch(self, data: bytes) -> bool:
        """Apply in the next turn, so that a sender waits as he does for a real engine."""
        self.sent.set()
        asyncio.get_running_loop().call_soon(self._apply, data)
        return True

    def command(self, command: Command, now_ms: int) -> None:
        """An entry of the venue's own: a beat, an announcement."""
        self._beats += 1
        self._apply(
            encode_batch(
                shard=0,
                publisher_id=0,
                incarnation=1,
                batch_number=self._beats,
                stamps_ns=[now_ms * 1_000_000],
                commands=[encode_command(command)],
            )
        )

    def _apply(self, data: bytes) -> None:
        header = read_batch_header(data, 0)
        if self.is_silent:
            return
        if self.refuses is not None and self.gateway is not None and header.publisher_id:
            self.gateway.on_refused(
                msgspec.structs.replace(
                    self.refuses,
                    publisher_id=header.publisher_id,
                    incarnation=header.incarnation,
                    batch_number=header.batch_number,
                )
            )
            return
        first_seq = self.engine.apply_batch(data, 0)
        assert first_seq > 0
        frame = EventsFrame(
            publisher_id=header.publisher_id,
            incarnation=header.incarnation,
            batch_number=header.batch_number,
            first_seq=first_seq,
            count=header.count,
            clock_ms=self.engine.clock_ms,
            events=self.engine.take_events(),
        )
        if self.gateway is not None:
            self.gateway.on_events(frame)


class Venue:
    """The venue under test, and what its client needs to sign."""

    def __init__(
        self, *, now_ns: Callable[[], int] | None = None, the_genesis: Genesis | None = None
    ) -> None:
        self.now_ms = NOON_MS
        self._now_ns = now_ns or (lambda: self.now_ms * 1_000_000)
        self.genesis = the_genesis or genesis()
        self.engine = open_engine(self.genesis)
        self.link = DirectLink(self.engine)
        self.health = StatedHealth()
        self.history: Any = NoHistory()
        venue_maps = VenueMaps(self.genesis)
        accounts = AccountMaps(venue_maps)
        self.gateway = Gateway(
            venue=venue_maps,
            accounts=accounts,
            keys=KeyRing(KeyTable()),
            limits=RateLimits(),
            now_ns=self._now_ns,
        )
        self.market = MarketData()
        self.app = self._described()

    def _described(self) -> Entrance:
        self.link.command(TimerBeat(timer_id=0, wall_ms=self._now_ns() // 1_000_000), self.now_ms)
        for key_id, account_id, scopes in KeyTable.announced():
            announcement = RegisterKey(account_id=account_id, key_id=key_id.encode(), scopes=scopes)
            self.link.command(announcement, self.now_ms)
        self.engine.take_events()
        described = self.engine.describe()
        self.gateway.describe(described, seq=self.engine.seq)
        self.market.load_history(applied_seq=self.engine.seq, minutes=[], hours=[], trades=[])
        self.market.begin(read_entries(described))
        self.gateway.follow(lambda frame, entries: self.market.apply(entries))
        self.link.gateway = self.gateway
        return self._app_of(self.gateway)

    def replace_gateway(self, gateway: Any) -> None:
        """Serve with another gateway from now on."""
        self.app = self._app_of(gateway)

    def _app_of(self, gateway: Any) -> Entrance:
        return create_app(
            Services(
                gateway=gateway,
                venue=self.gateway.venue,
                accounts=self.gateway.accounts,
                market=self.market,
                history=self.history,
                keys=self.gateway.keys,
                limits=self.gateway.limits,
                health=self.health,
                now_us=lambda: self._now_ns() // 1_000,
                created_ms=self.genesis.created_ms,
            )
        )

    async def start(self) -> Venue:
        """Open the lanes."""
        await self.gateway.start(self.link)
        return self

    def beat(self, ahead_ms: int = 0) -> None:
        """The timer beats; with `ahead_ms` so much time has passed."""
        self.now_ms += ahead_ms
        self.link.command(TimerBeat(timer_id=0, wall_ms=self._now_ns() // 1_000_000), self.now_ms)

    def pulse(self) -> None:
        """What happens by itself several times a second while the venue is served."""
        self.beat()

    def signed(self, who: str, method: str, target: str, body: bytes = b"") -> dict[str, str]:
        """The headers of a signed request."""
        moment = datetime.fromtimestamp(self._now_ns() // 1_000_000 / 1_000, UTC)
        stamp = moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1_000:03d}Z"
        signed = stamp.encode() + method.encode() + target.encode() + body
        return {
            "OK-ACCESS-KEY": who,
            "OK-ACCESS-SIGN": b64encode(hmac.digest(secret_of(who), signed, "sha256")).decode(),
            "OK-ACCESS-TIMESTAMP": stamp,
            "OK-ACCESS-PASSPHRASE": PASSPHRASE,
        }

    def client(self) -> httpx.AsyncClient:
        """A client that calls the application without a socket."""
        app: Any = self.app  # httpx has ASGI types of its own
        transport = httpx.ASGITransport(app=app)
        return httpx.AsyncClient(transport=transport, base_url="http://venue")

    async def get(self, target: str, who: str = "") -> httpx.Response:
        """GET, signed when somebody is named."""
        headers = self.signed(who, "GET", target) if who else {}
        async with self.client() as client:
            return await client.get(target, headers=headers)

    async def post(
        self, target: str, body: Any, who: str = "alice", headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """POST JSON or raw bytes, signed."""
        data = body if isinstance(body, bytes) else msgspec.json.encode(body)
        own = {"content-type": "application/json", **(headers or {})}
        if who:
            own |= self.signed(who, "POST", target, data)
        async with self.client() as client:
            return await client.post(target, content=data, headers=own)

    async def place(self, who: str = "alice", **fields: Any) -> dict[str, Any]:
        """Place one limit order of BTC-USDT unless told otherwise; the row that answers it."""
        order = {
            "instId": "BTC-USDT",
            "tdMode": "cash",
            "side": "buy",
            "ordType": "limit",
            "px": "60000",
            "sz": "0.01",
        }
        answer = await self.post("/api/v5/trade/order", order | fields, who)
        rows = answer.json()["data"]
        return rows[0] if rows else answer.json()


def wall_ns() -> int:
    """The machine's clock, for clients that sign with theirs."""
    return time.time_ns()


def run(test: Any) -> Any:
    """Run a coroutine to its end."""
    return asyncio.run(test)
