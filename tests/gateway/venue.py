"""A small venue for the gateway's tests: two instruments, four accounts, plenty of money."""

from __future__ import annotations

from seawall.core.model.commands import CancelOrder, PlaceOrder
from seawall.core.model.enums import OrderType, Side
from seawall.core.model.genesis import Genesis, GenesisAccount, GenesisAmount
from seawall.core.model.instruments import Asset, FeeTier, Instrument
from seawall.gateway import Gateway, RateLimits
from seawall.gateway.account_maps import AccountMaps
from seawall.gateway.venue_maps import VenueMaps
from seawall.identity import KeyRecord, KeyRing

NOW_MS = 1_772_000_000_000
NS_PER_MS = 1_000_000
USDT, BTC, ETH = 1, 2, 3
BTC_USDT, ETH_USDT = 10, 11
ALICE, BOB, CAROL, DAVE = 1, 2, 3, 4
PEOPLE = (ALICE, BOB, CAROL, DAVE)


class WallClock:
    """A clock that only the test moves; nanoseconds."""

    def __init__(self) -> None:
        self.ns = NOW_MS * NS_PER_MS

    def __call__(self) -> int:
        return self.ns

    def advance_ms(self, milliseconds: int) -> None:
        """Let time pass."""
        self.ns += milliseconds * NS_PER_MS


class Keys:
    """A hand-written source of API keys."""

    def __init__(self, *records: KeyRecord) -> None:
        self.records = {record.key_id: record for record in records}

    def key(self, key_id: str) -> KeyRecord | None:
        return self.records.get(key_id)

    def active_keys(self) -> list[KeyRecord]:
        return [record for record in self.records.values() if record.revoked_ms is None]


def genesis() -> Genesis:
    """Everybody has money in all three assets; the taker pays 10 bp, the maker gets 2 bp back."""
    return Genesis(
        venue=b"test",
        created_ms=NOW_MS,
        is_simulated=True,
        assets=[
            Asset(asset_id=USDT, name=b"USDT", scale=8),
            Asset(asset_id=BTC, name=b"BTC", scale=8),
            Asset(asset_id=ETH, name=b"ETH", scale=8),
        ],
        instruments=[
            _instrument(BTC_USDT, b"BTC-USDT", BTC),
            _instrument(ETH_USDT, b"ETH-USDT", ETH),
        ],
        fee_tiers=[FeeTier(maker_e8=-20_000, taker_e8=100_000)],
        accounts=[
            GenesisAccount(account_id=account_id, owner_id=account_id, fee_tier=0)
            for account_id in PEOPLE
        ],
        amounts=[
            GenesisAmount(account_id=account_id, asset_id=asset_id, amount=10**15)
            for account_id in (0, *PEOPLE)
            for asset_id in (USDT, BTC, ETH)
        ],
    )


def _instrument(instrument_id: int, name: bytes, base_asset_id: int) -> Instrument:
    """One tick is 0.1 USDT, one lot 0.0001 of the base: unit_value 1,000."""
    return Instrument(
        instrument_id=instrument_id,
        name=name,
        base_asset_id=base_asset_id,
        quote_asset_id=USDT,
        tick_size_e8=10_000_000,
        lot_size=10_000,
        unit_value=1_000,
        quantity_min=1,
        quantity_max=1_000_000,
        price_max=10_000_000,
        market_cap_e8=5_000_000,
    )


def new_gateway(now_ns: WallClock, *, keys: KeyRing | None = None) -> Gateway:
    """A gateway that knows nothing yet."""
    venue = VenueMaps(genesis())
    return Gateway(
        venue=venue,
        accounts=AccountMaps(venue),
        keys=KeyRing(Keys()) if keys is None else keys,
        limits=RateLimits(),
        now_ns=now_ns,
    )


def limit(
    account_id: int,
    side: int = Side.BUY,
    price: int = 100,
    quantity: int = 5,
    *,
    client_id: bytes = b"",
    tag: bytes = b"",
    time_in_force: int = 0,
    instrument_id: int = BTC_USDT,
    valid_for_ms: int = 2_000,
) -> PlaceOrder:
    """A limit order."""
    return PlaceOrder(
        account_id=account_id,
        instrument_id=instrument_id,
        side=side,
        order_type=OrderType.LIMIT,
        limit_price=price,
        quantity=quantity,
        client_id=client_id,
        tag=tag,
        time_in_force=time_in_force,
        valid_for_ms=valid_for_ms,
    )


def cancel(
    account_id: int,
    order_id: int = 0,
    *,
    client_id: bytes = b"",
    instrument_id: int = BTC_USDT,
) -> CancelOrder:
    """A cancel by order id or client id."""
    return CancelOrder(
        account_id=account_id,
        instrument_id=instrument_id,
        order_id=order_id,
        client_id=client_id,
    )
