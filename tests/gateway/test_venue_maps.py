"""What the venue lists and how it stands, as readers see it."""

from __future__ import annotations

from seawall.core.model.commands import ListAsset, ListInstrument, SetTradingState
from seawall.core.model.enums import SystemMode, TradingState
from seawall.gateway import Gateway
from tests.gateway.desk import Ledger
from tests.gateway.venue import BTC, BTC_USDT, ETH_USDT, NOW_MS, USDT, WallClock, new_gateway


def new_reader() -> tuple[Ledger, Gateway]:
    """An engine and a gateway that reads along."""
    ledger = Ledger()
    gateway = new_gateway(WallClock())
    gateway.describe(ledger.engine.describe(), seq=ledger.engine.seq)
    return ledger, gateway


def test_everything_listed_is_found_by_id_and_by_name() -> None:
    _, gateway = new_reader()
    venue = gateway.venue

    instrument = venue.instrument_by_name("BTC-USDT")
    assert instrument is not None
    assert instrument == venue.instrument(BTC_USDT)
    assert (instrument.base_asset_id, instrument.quote_asset_id) == (BTC, USDT)
    assert instrument.unit_value == 1_000
    assert [one.name for one in venue.instruments()] == ["BTC-USDT", "ETH-USDT"]
    assert [one.name for one in venue.assets()] == ["USDT", "BTC", "ETH"]
    assert venue.asset_by_name("BTC") == venue.asset(BTC)
    for nothing in (
        venue.asset(99),
        venue.asset_by_name("btc"),
        venue.instrument(99),
        venue.instrument_by_name("BTC-EUR"),
    ):
        assert nothing is None


def test_what_genesis_says_of_the_venue_is_repeated() -> None:
    _, gateway = new_reader()

    assert (gateway.venue.is_simulated, gateway.venue.is_unsafe) == (True, False)
    assert gateway.venue.fee_tiers[0].taker_e8 == 100_000


def test_listings_and_trading_states_are_followed() -> None:
    ledger, gateway = new_reader()
    gateway.on_events(
        ledger.apply_own(
            ListAsset(asset_id=9, name=b"SOL", scale=8),
            ListInstrument(
                instrument_id=20,
                name=b"SOL-USDT",
                base_asset_id=9,
                quote_asset_id=USDT,
                tick_size_e8=10_000_000,
                lot_size=10_000,
                quantity_min=1,
                quantity_max=1_000,
                price_max=1_000_000,
                market_cap_e8=5_000_000,
            ),
            SetTradingState(instrument_id=BTC_USDT, trading_state=TradingState.HALTED),
        )
    )

    assert gateway.venue.instrument_by_name("SOL-USDT") is not None
    halted = gateway.venue.instrument(BTC_USDT)
    other = gateway.venue.instrument(ETH_USDT)
    assert halted is not None
    assert other is not None
    assert halted.trading_state == TradingState.HALTED
    assert other.trading_state == TradingState.LIVE


def test_an_outage_and_the_way_back_are_followed_by_the_clock() -> None:
    ledger, gateway = new_reader()
    venue = gateway.venue
    assert (venue.clock_ms, venue.mode) == (NOW_MS, SystemMode.NORMAL)

    gateway.on_events(ledger.beat(NOW_MS + 4_000))
    assert venue.last_outage_ms == (NOW_MS, NOW_MS + 4_000)
    assert (venue.mode, venue.clock_ms) == (SystemMode.RECOVERY_CANCEL_ONLY, NOW_MS + 4_000)
    assert venue.mode_until_ms == NOW_MS + 4_000 + 5_000
    for second in range(5, 12):
        gateway.on_events(ledger.beat(NOW_MS + second * 1_000))

    assert venue.mode == SystemMode.NORMAL
