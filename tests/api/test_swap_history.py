"""What the read models hold of swaps, as the routes write it: funding, its bills, ended stops."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from seawall.api.read_models import ReadModelHistory
from seawall.core.model.commands import CancelAlgo, PlaceAlgo
from seawall.core.model.enums import AlgoType, MarginMode, Side, TriggerPrice
from seawall.projections import AccountQueries, MarketQueries, OrderQueries, RiskQueries
from tests.api.swap_venue import SWAP, SwapVenue
from tests.core.engine.swap_venue import BTC_SWAP
from tests.projections.written_venue import WrittenVenue

pytestmark = pytest.mark.slow
UNTIL_FUNDING_MS = 4 * 3_600_000 - 5_000


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> ReadModelHistory:
    """One (Alice) is long ten contracts of two (Bob) when funding is settled; a stop was taken
    back.
    """
    venue = WrittenVenue(tmp_path_factory.mktemp("models"))
    venue.trade(1, 2, 10, 60_000)
    for number in range(3):
        venue.do(
            PlaceAlgo(
                account_id=1,
                instrument_id=BTC_SWAP,
                algo_type=AlgoType.CONDITIONAL,
                side=Side.SELL,
                quantity=5 + number,
                margin_mode=MarginMode.CROSS,
                reduce_only=True,
                trigger_price=500_000,
                trigger_by=TriggerPrice.MARK,
                client_id=b"stop%d" % number,
            )
        )
        if number:
            venue.do(CancelAlgo(account_id=1, instrument_id=BTC_SWAP, client_id=b"stop%d" % number))
    venue.clock_ms += UNTIL_FUNDING_MS
    venue.tick(300)  # long enough to come back from the gap
    venue.write()
    return ReadModelHistory(
        orders=OrderQueries(venue.models),
        markets=MarketQueries(venue.models),
        accounts=AccountQueries(venue.models),
        risk=RiskQueries(venue.models),
        clock_ms=lambda: int(venue.engine.clock_ms),
    )


def told(history: ReadModelHistory, target: str, who: str = "") -> Any:
    """The rows of a venue whose memory has none of it."""

    async def ask() -> Any:
        venue = SwapVenue()
        venue.history = history
        venue.replace_gateway(venue.gateway)
        await venue.start()
        return await venue.rows(target, who)

    return asyncio.run(ask())


def test_funding_has_a_history_and_bills(history: ReadModelHistory) -> None:
    """Longs pay one basis point of 6,000 USDT; shorts receive it."""
    (settled,) = told(history, f"/public/funding-rate-history?instId={SWAP}")
    (paid,) = told(history, "/account/bills?type=8", "alice")
    (received,) = told(history, f"/account/bills-archive?type=8&instId={SWAP}", "bob")

    assert (settled["fundingRate"], settled["instId"]) == ("0.0001", SWAP)
    assert (paid["balChg"], paid["subType"], paid["ccy"]) == ("-0.6", "173", "USDT")
    assert (received["balChg"], received["subType"]) == ("0.6", "174")
    assert told(history, "/account/bills?type=8", "carol") == []
    assert told(history, f"/account/bills?type=8&after={paid['billId']}", "alice") == []


def test_ended_stops_page_by_id(history: ReadModelHistory) -> None:
    """Newest first; what still waits is not among them."""
    target = "/trade/orders-algo-history?ordType=conditional&state=canceled"
    both = told(history, target, "alice")
    (older,) = told(history, f"{target}&after={both[0]['algoId']}&limit=1", "alice")
    (one,) = told(history, f"/trade/order-algo?algoId={older['algoId']}", "alice")

    assert [row["sz"] for row in both] == ["7", "6"]
    assert older == both[1] == one
    assert (one["slTriggerPx"], one["algoClOrdId"]) == ("50000", "stop1")
    assert told(history, target, "bob") == []
