"""Every key that a strict client needs is there: a missing one costs it the whole answer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.api.venue import Venue

INSTRUMENT = """instType instId uly instFamily baseCcy quoteCcy settleCcy ctVal ctMult ctValCcy
    optType stk listTime expTime lever tickSz lotSz minSz ctType state ruleType instIdCode maxLmtSz
    maxMktSz maxLmtAmt maxMktAmt maxTwapSz maxIcebergSz maxTriggerSz maxStopSz contTdSwTime alias
    category"""
TICKER = """instType instId last lastSz askPx askSz bidPx bidSz open24h high24h low24h volCcy24h
    vol24h sodUtc0 sodUtc8 ts"""
CONFIG = """uid mainUid acctLv posMode autoLoan greeksType level perm label ip ctIsoMode mgnIsoMode
    roleType type acctStpMode enableSpotBorrow kycLv settleCcy"""
BALANCE = """adjEq borrowFroz imr isoEq mgnRatio mmr notionalUsd notionalUsdForBorrow
    notionalUsdForFutures notionalUsdForOption notionalUsdForSwap ordFroz totalEq uTime upl
    details"""
BALANCE_DETAIL = """ccy eq eqUsd cashBal availBal availEq frozenBal ordFrozen disEq upl uplLiab liab
    crossLiab isoLiab isoEq isoUpl interest imr mmr mgnRatio maxLoan notionalLever twap uTime
    borrowFroz fixedBal stgyEq spotInUseAmt clSpotInUseAmt maxSpotInUseAmt spotIsoBal smtSyncEq
    spotCopyTradingEq rewardBal spotBal openAvgPx accAvgPx spotUpl spotUplRatio totalPnl
    totalPnlRatio"""
ORDER = """ordId clOrdId tag instType instId ordType sz px side posSide tdMode reduceOnly
    state avgPx fee feeCcy fillSz fillPx fillTime tradeId accFillSz category uTime cTime
    pnl lever source rebate rebateCcy tgtCcy stpMode cancelSource algoId attachAlgoOrds"""
FILL = """instType instId tradeId ordId clOrdId billId fillPx fillSz side execType feeCcy ts fee
    fillTime posSide tag fillPnl"""
CURRENCY = """ccy name chain canDep canWd canInternal minWd maxWd fee minFee maxFee wdTickSz minDep
    mainNet"""
STATUS = """title state begin end preOpenBegin href serviceType system scheDesc maintType env ts"""
MAX_SIZE = "instId ccy maxBuy maxSell"
V5 = "/api/v5"


@pytest.mark.parametrize(
    ("target", "who", "keys"),
    [
        ("/public/time", "", "ts"),
        ("/public/instruments?instType=SPOT", "", INSTRUMENT),
        ("/account/instruments?instType=SPOT&instId=BTC-USDT", "alice", INSTRUMENT),
        ("/market/ticker?instId=BTC-USDT", "", TICKER),
        ("/market/tickers?instType=SPOT", "", TICKER),
        ("/market/books?instId=BTC-USDT&sz=400", "", "asks bids ts"),
        ("/market/trades?instId=BTC-USDT", "", "instId tradeId px sz side ts count source seqId"),
        ("/market/history-trades?instId=BTC-USDT", "", "instId tradeId px sz side ts"),
        ("/account/config", "alice", CONFIG),
        ("/account/balance", "alice", BALANCE),
        (
            "/account/trade-fee?instType=SPOT",
            "alice",
            "level taker maker takerU makerU instType ts",
        ),
        ("/account/max-size?instId=BTC-USDT&tdMode=cash", "alice", MAX_SIZE),
        (
            "/account/max-avail-size?instId=BTC-USDT&tdMode=cash",
            "alice",
            "instId availBuy availSell",
        ),
        ("/trade/orders-pending", "alice", ORDER),
        ("/trade/orders-history?instType=SPOT", "bob", ORDER),
        ("/trade/orders-history-archive?instType=SPOT", "bob", ORDER),
        ("/trade/fills", "alice", FILL),
        ("/trade/fills-history", "bob", FILL),
        ("/asset/currencies", "alice", CURRENCY),
        ("/asset/balances", "alice", "ccy bal availBal frozenBal"),
    ],
)
def test_the_keys_of_a_row(venue: Venue, target: str, who: str, keys: str) -> None:
    """As the clients' sources demand; an empty string where spot has nothing to say."""
    rows = asyncio.run(rows_of(venue, target, who))

    assert rows, "an empty answer would show nothing"
    for row in rows:
        assert set(keys.split()) - set(row) == set()
        assert [key for key, value in row.items() if value is None] == []


@pytest.fixture(scope="module")
def venue() -> Venue:
    """One for all tests here: they only read."""
    return asyncio.run(traded_venue())


async def rows_of(venue: Venue, target: str, who: str) -> list[dict[str, Any]]:
    """`data` of a venue that has traded a little, with an order open."""
    answer = await venue.get(V5 + target, who)

    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["code", "msg", "data"]
    assert answer.headers["content-type"] == "application/json"
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


async def traded_venue() -> Venue:
    """Alice's bid was half filled by Bob; she has funds on both sides."""
    venue = await Venue().start()
    await venue.place("alice", sz="0.01", clOrdId="bid1", tag="t")
    await venue.place("bob", side="sell", sz="0.005")
    body = {"ccy": "USDT", "amt": "5", "from": "18", "to": "6"}
    moved = await venue.post(f"{V5}/asset/transfer", body)
    assert moved.json()["code"] == "0"
    return venue


def test_the_keys_of_each_currency(venue: Venue) -> None:
    """41 of them; nautilus reads each."""
    (balance,) = asyncio.run(rows_of(venue, "/account/balance", "alice"))

    for detail in balance["details"]:
        assert set(BALANCE_DETAIL.split()) - set(detail) == set()
    assert {"BTC", "USDT", "ETH"} == {detail["ccy"] for detail in balance["details"]}


def test_a_candle_is_nine_strings(venue: Venue) -> None:
    """[ts, open, high, low, close, vol, volCcy, volCcyQuote, confirm], newest first."""
    candle = asyncio.run(rows_of(venue, "/market/candles?instId=BTC-USDT&bar=1m", ""))[0]

    assert candle[1:] == ["60000", "60000", "60000", "60000", "0.005", "300", "300", "0"]
    assert all(isinstance(one, str) for one in candle)


def test_a_level_of_the_book_is_four_strings(venue: Venue) -> None:
    """[price, size, "0", orders]."""
    (book,) = asyncio.run(rows_of(venue, "/market/books?instId=BTC-USDT", ""))

    assert {"asks": [], "bids": [["60000", "0.005", "0", "1"]]} == {
        side: book[side] for side in ("asks", "bids")
    }


@pytest.mark.parametrize(
    "target",
    [
        "/public/instruments?instType=SWAP",
        "/public/instruments?instType=FUTURES",
        "/public/instruments?instType=MARGIN",
        "/public/instruments?instType=OPTION&uly=BTC-USD",
        "/public/mark-price?instType=ANY",
        "/public/funding-rate?instId=BTC-USDT",
        "/market/index-tickers?quoteCcy=USDT",
        "/market/tickers?instType=SWAP",
        "/system/status",
    ],
)
def test_what_spot_does_not_have_is_an_empty_list(venue: Venue, target: str) -> None:
    """ccxt loads all types; an error there would stop it from loading the spot markets."""
    assert asyncio.run(rows_of(venue, target, "")) == []


def test_a_healthy_status_is_empty_and_a_disturbed_one_has_its_keys(venue: Venue) -> None:
    """Clients stop trading when there is a row that goes on."""

    async def disturbed() -> list[dict[str, Any]]:
        venue.health.stopping = True
        answer = await venue.get(f"{V5}/system/status")
        venue.health.stopping = False
        rows: list[dict[str, Any]] = answer.json()["data"]
        return rows

    (row,) = asyncio.run(disturbed())

    assert set(STATUS.split()) == set(row)
    assert (row["state"], row["maintType"]) == ("ongoing", "1")


def test_every_path_of_the_document_exists_and_every_endpoint_is_documented(venue: Venue) -> None:
    """The document is made from the routes and the structs; the doors decide who enters."""

    async def document() -> tuple[set[str], set[str]]:
        answer = await venue.get("/openapi")
        doors = {path for path in venue.app.paths() if path.startswith(V5)}
        return set(answer.json()["paths"]), doors

    documented, doors = asyncio.run(document())

    assert documented == doors
