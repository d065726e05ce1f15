"""Swaps over the API: what is told of them, and what an account has in them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.api.swap_venue import SWAP, SwapVenue

pytestmark = pytest.mark.slow

POSITION = """instId instType mgnMode posSide pos baseBal quoteBal ccy posCcy lever avgPx markPx
    last idxPx usdPx liqPx bePx upl uplRatio uplLastPx uplRatioLastPx pnl realizedPnl fee fundingFee
    liqPenalty mmr margin mgnRatio interest tradeId notionalUsd adl availPos cTime uTime optVal
    pendingCloseOrdLiabVal quoteBorrowed quoteInterest spotInUseAmt spotInUseCcy posId imr
    closeOrderAlgo"""
FUNDING = """instType instId fundingRate nextFundingRate fundingTime nextFundingTime minFundingRate
    maxFundingRate settState settFundingRate premium method ts"""
INDEX = "instId idxPx ts high24h low24h open24h sodUtc0 sodUtc8"


def venue_of(work: Any) -> SwapVenue:
    """A venue on which something was done."""
    return asyncio.run(work)


def check_row(row: dict[str, Any], **expected: str) -> None:
    """The row says so under these names."""
    assert expected == {name: row[name] for name in expected}


@pytest.mark.parametrize(
    ("target", "who", "keys"),
    [
        ("/account/positions", "alice", POSITION),
        (f"/public/funding-rate?instId={SWAP}", "", FUNDING),
        ("/public/funding-rate?instId=ANY", "", FUNDING),
        ("/public/mark-price?instType=ANY", "", "instType instId markPx ts"),
        ("/market/index-tickers?quoteCcy=USDT", "", INDEX),
        ("/market/index-tickers?instId=BTC-USDT", "", INDEX),
        (f"/account/leverage-info?instId={SWAP}&mgnMode=cross", "alice", "instId mgnMode posSide"),
        ("/public/open-interest?instType=SWAP", "", "instType instId oi oiCcy ts"),
        (f"/public/price-limit?instId={SWAP}", "", "instId instType buyLmt sellLmt ts"),
        (
            "/public/position-tiers?instType=SWAP&tdMode=cross&instFamily=BTC-USDT",
            "",
            "instFamily uly tier minSz maxSz mmr imr maxLever",
        ),
    ],
)
def test_the_keys_of_a_row(target: str, who: str, keys: str) -> None:
    """A strict client loses the whole answer when one is missing."""

    async def rows() -> list[dict[str, Any]]:
        return await (await (await SwapVenue().start()).traded()).rows(target, who)

    found = asyncio.run(rows())

    assert found
    for row in found:
        assert set(keys.split()) - set(row) == set()
        assert [key for key, value in row.items() if value is None] == []


def test_a_swap_is_listed_with_its_contract() -> None:
    """ccxt computes with ctVal and settleCcy; FUTURES and OPTION are empty, not errors."""

    async def lists() -> list[list[dict[str, Any]]]:
        venue = await SwapVenue().start()
        types = ("SWAP", "FUTURES", "OPTION", "SPOT", "ANY")
        return [await venue.rows(f"/public/instruments?instType={one}") for one in types]

    swaps, futures, options, spot, every = asyncio.run(lists())

    assert [one["instId"] for one in swaps] == [SWAP, "ETH-USDT-SWAP"]
    check_row(
        swaps[0],
        ctVal="0.01",
        ctMult="1",
        ctValCcy="BTC",
        settleCcy="USDT",
        ctType="linear",
        uly="BTC-USDT",
        instFamily="BTC-USDT",
        lever="100",
        lotSz="1",
        baseCcy="",
        quoteCcy="",
    )
    assert (futures, options) == ([], [])
    check_row(spot[0], uly="", ctVal="", settleCcy="", baseCcy="BTC")
    assert len(every) == 3


def test_a_position_and_its_account_are_told_by_the_numbers_of_the_margin() -> None:
    """Ten contracts of 0.01 BTC at 60,000; the mark at 60,100: ten USDT won, five basis points
    paid.
    """

    async def told() -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
        venue = await (await SwapVenue().start()).traded()
        venue.tick(2, btc=60_100)
        (position,) = await venue.rows("/account/positions", "alice")
        (account,) = await venue.rows("/account/balance?ccy=USDT", "alice")
        return position, account, await venue.rows("/account/positions", "bob")

    position, account, others = asyncio.run(told())

    check_row(
        position,
        pos="10",
        avgPx="60000",
        markPx="60100",
        upl="10",
        imr="601",
        mmr="30.05",
        lever="10",
        fee="-3",
        realizedPnl="-3",
        notionalUsd="6010",
        mgnMode="cross",
    )
    check_row(
        account["details"][0],
        eq="10000007",
        cashBal="9999997",
        upl="10",
        imr="601",
        mmr="30.05",
        availEq="9999406",
        availBal="9999396",
    )
    assert account["mgnRatio"] == "332778.9351"
    assert [one["pos"] for one in others] == ["-10"]


def test_an_isolated_position_has_its_own_margin_and_liquidation_price() -> None:
    """Vector LP1 with a tenth of the size: bought at 60,000 with ten times leverage."""

    async def told() -> tuple[dict[str, Any], dict[str, Any]]:
        venue = await (await SwapVenue().start()).traded(tdMode="isolated")
        (position,) = await venue.rows("/account/positions", "alice")
        (account,) = await venue.rows("/account/balance?ccy=USDT", "alice")
        return position, account["details"][0]

    position, detail = asyncio.run(told())

    check_row(position, mgnMode="isolated", margin="600", imr="", liqPx="54271.4")
    check_row(detail, isoEq="600", cashBal="9999997", availBal="9999397", spotBal="9999397")


def test_margin_can_be_added_and_taken_out_as_far_as_it_is_not_needed() -> None:
    """The unrealised profit of a position is never part of it."""

    async def told() -> tuple[list[str], str]:
        venue = await (await SwapVenue().start()).traded(tdMode="isolated")
        body = {"instId": SWAP, "posSide": "net", "type": "add", "amt": "100"}
        codes = []
        for change in ({}, {"type": "reduce", "amt": "101"}, {"type": "reduce", "amt": "90"}):
            codes.append(
                (await venue.ask("/account/position/margin-balance", body | change))["code"]
            )
        (position,) = await venue.rows("/account/positions", "alice")
        return codes, position["margin"]

    codes, margin = asyncio.run(told())

    assert codes == ["0", "59301", "0"]
    assert margin == "610"


def test_a_position_is_closed_as_a_whole_at_the_market() -> None:
    """By an order that can only reduce: it cannot open the other way."""

    async def told() -> tuple[Any, list[Any], list[Any], list[Any]]:
        venue = await (await SwapVenue().start()).traded()
        await venue.swap("bob", side="buy", px="59990", sz="100")
        body = {"instId": SWAP, "mgnMode": "cross", "clOrdId": "close1"}
        answer = await venue.ask("/trade/close-position", body)
        again = await venue.ask("/trade/close-position", body | {"clOrdId": "close2"})
        rows = await venue.rows("/account/positions", "alice")
        orders = await venue.rows("/trade/orders-history?instType=SWAP", "alice")
        return answer, [again["code"]], rows, orders

    answer, again, rows, orders = asyncio.run(told())

    assert answer["data"] == [{"instId": SWAP, "clOrdId": "close1", "tag": "", "posSide": "net"}]
    assert (again, rows) == (["51023"], [])
    check_row(
        orders[0], clOrdId="close1", reduceOnly="true", ordType="market", sz="10", side="sell"
    )
    check_row(orders[0], instType="SWAP", tdMode="cross", category="normal", feeCcy="USDT")


def test_leverage_is_set_read_and_refused() -> None:
    """ccxt sends a number, others a string."""

    async def told() -> tuple[list[str], str, str]:
        venue = await (await SwapVenue().start()).traded()
        body = {"instId": SWAP, "mgnMode": "cross"}
        levers = (5, "20", "20.0", 0, "0", -3, "10.5", "x", "1e9", 10**30, "101", None, "")
        codes = [
            (await venue.ask("/account/set-leverage", body | {"lever": lever}))["code"]
            for lever in levers
        ]
        (row,) = await venue.rows(f"/account/leverage-info?instId={SWAP}&mgnMode=cross", "alice")
        (fresh,) = await venue.rows(f"/account/leverage-info?instId={SWAP}&mgnMode=cross", "carol")
        return codes, row["lever"], fresh["lever"]

    codes, lever, default = asyncio.run(told())

    assert codes[:3] == ["0", "0", "0"]
    assert codes[3:5] == ["59102", "59102"]
    assert codes[5:10] == ["51000"] * 4 + ["51000"]
    assert codes[10:] == ["59102", "50014", "50014"]
    assert (lever, default) == ("20", "10")


def test_funding_is_told_before_and_after_it_is_settled() -> None:
    """The rate of the interval, the history, and what each side paid."""

    async def told() -> tuple[Any, list[Any]]:
        venue = await (await SwapVenue().start()).traded()
        (before,) = await venue.rows(f"/public/funding-rate?instId={SWAP}")
        venue.now_ms = int(before["fundingTime"]) - 2_000
        venue.tick(300)  # long enough to come back from the gap
        history = await venue.rows(f"/public/funding-rate-history?instId={SWAP}")
        return before, history

    before, history = asyncio.run(told())

    assert int(before["nextFundingTime"]) - int(before["fundingTime"]) == 8 * 3_600_000
    assert before["maxFundingRate"] == "0.00375"
    assert [one["fundingRate"] for one in history] == [history[0]["realizedRate"]]


def test_account_level_and_position_mode() -> None:
    """Net mode is what there is; the other is refused, not taken for granted."""

    async def told() -> tuple[Any, list[str]]:
        venue = await SwapVenue().start()
        (config,) = await venue.rows("/account/config", "alice")
        modes: list[Any] = ["net_mode", "long_short_mode", "sideways", None, 7]
        codes = [
            (await venue.ask("/account/set-position-mode", {"posMode": mode}))["code"]
            for mode in modes
        ]
        return config, codes

    config, codes = asyncio.run(told())

    check_row(config, acctLv="2", posMode="net_mode")
    assert codes == ["0", "51010", "51000", "51000", "51000"]


def test_volumes_of_a_swap_are_in_contracts_and_in_base() -> None:
    """Ten contracts are 0.1 BTC and 6,000 USDT."""

    async def told() -> tuple[Any, Any]:
        venue = await (await SwapVenue().start()).traded()
        (ticker,) = await venue.rows(f"/market/ticker?instId={SWAP}")
        candle = (await venue.rows(f"/market/candles?instId={SWAP}&bar=1m"))[0]
        return ticker, candle

    ticker, candle = asyncio.run(told())

    check_row(ticker, vol24h="10", volCcy24h="0.1", lastSz="10", instType="SWAP")
    assert candle[5:8] == ["10", "0.1", "6000"]


def test_a_liquidation_is_told_by_its_orders_and_its_balance() -> None:
    """The venue's own orders have the category that v5 gives them; the position is gone."""

    async def told() -> tuple[list[Any], list[Any], Any]:
        venue = await SwapVenue().start()
        body = {"instId": SWAP, "mgnMode": "isolated", "lever": "50"}
        assert (await venue.ask("/account/set-leverage", body))["code"] == "0"
        await venue.traded(tdMode="isolated")
        for price in ("58800", "58850", "58900", "58950", "59000", "59050", "59100"):
            await venue.swap("bob", side="buy", px=price, sz="20")
        venue.tick(60, btc=59_000)
        orders = await venue.rows("/trade/orders-history?instType=SWAP", "alice")
        (balance,) = await venue.rows("/account/balance?ccy=USDT", "alice")
        return orders, await venue.rows("/account/positions", "alice"), balance["details"][0]

    orders, positions, detail = asyncio.run(told())

    assert positions == []
    assert orders[0]["category"] == "partial_liquidation"
    assert (orders[0]["side"], orders[0]["state"]) == ("sell", "filled")
    assert orders[0]["fee"] == "0"
    check_row(detail, isoEq="0", imr="0", mmr="0", upl="0")
    assert detail["eq"] == detail["cashBal"] == detail["availEq"]


def test_a_jump_that_waits_for_confirmation_lets_only_reducing_orders_pass() -> None:
    """The refusal says so in words; what reduces goes on."""

    async def told() -> tuple[Any, Any]:
        venue = await (await SwapVenue().start()).traded()
        await venue.swap("bob", side="buy", px="59990", sz="50")
        venue.tick(8, btc=48_000)
        more = await venue.swap("alice", side="buy", px="60000", sz="1")
        less = await venue.swap("alice", side="sell", px="59990", sz="1", reduceOnly=True)
        return more, less

    more, less = asyncio.run(told())

    assert (more["sCode"], less["sCode"]) == ("51022", "0")
    assert "uncertain" in more["sMsg"]
