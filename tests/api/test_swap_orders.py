"""Orders and algo orders in swaps: what is taken, and how all else is refused."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.api.swap_venue import SWAP, SwapVenue

pytestmark = pytest.mark.slow

STOP = {
    "instId": SWAP,
    "tdMode": "cross",
    "side": "sell",
    "ordType": "conditional",
    "sz": "10",
    "slTriggerPx": "55000",
    "slOrdPx": "-1",
    "reduceOnly": True,
}


@pytest.fixture(scope="module")
def loop() -> Any:
    """One event loop, in which the venue of this module lives."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def venue(loop: Any) -> SwapVenue:
    """Alice is long ten contracts; nothing that is tried here is carried out."""

    async def made() -> SwapVenue:
        return await (await SwapVenue().start()).traded()

    found: SwapVenue = loop.run(made())
    return found


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"tdMode": "cash"}, "51010"),
        ({"tdMode": ""}, "50014"),
        ({"tdMode": None}, "50014"),
        ({"tdMode": "spot_isolated"}, "51000"),
        ({"tdMode": "isolated"}, "51010"),  # the position is cross
        ({"sz": "0.5"}, "51121"),
        ({"sz": "0"}, "51000"),
        ({"sz": "1" + "0" * 30}, "51000"),
        ({"sz": "1000001"}, "51005"),
        ({"sz": "-1"}, "51000"),
        ({"px": "61200.1"}, "51006"),  # above the price limit
        ({"px": "60000.05"}, "51006"),
        ({"posSide": "long"}, "51000"),
        ({"reduceOnly": "perhaps"}, "51000"),
        ({"reduceOnly": True}, "51169"),  # a buy reduces nothing of a long position
        ({"pxAmendType": "2"}, "51000"),
        ({"attachAlgoOrds": [{"slTriggerPx": "1"}]}, "51000"),
        ({"ordType": "market", "tgtCcy": "quote_ccy"}, "51000"),
        ({"sz": "40000"}, "51005"),  # above 20 million
        ({"instId": "DOGE-USDT-SWAP"}, "51001"),
    ],
)
def test_an_order_that_cannot_be_done_as_written_is_refused(
    venue: SwapVenue, loop: Any, fields: dict[str, Any], code: str
) -> None:
    """With the code that a client understands."""
    row = loop.run(venue.swap("alice", **fields))

    assert code == row.get("sCode", row.get("code")), row


def test_an_order_beyond_the_price_limit_is_moved_to_it_when_asked() -> None:
    """pxAmendType 1; the price that was taken stands in the order."""

    async def told() -> tuple[Any, Any]:
        venue = await SwapVenue().start()
        row = await venue.swap(px="65000", pxAmendType="1")
        (order,) = await venue.rows(f"/trade/order?instId={SWAP}&ordId={row['ordId']}", "alice")
        return row, order

    row, order = asyncio.run(told())

    assert row["sCode"] == "0"
    assert (order["px"], order["state"]) == ("61200", "live")


def test_orders_of_both_kinds_are_told_apart() -> None:
    """instType selects; a spot order is paid in cash."""

    async def told() -> list[list[str]]:
        venue = await SwapVenue().start()
        await venue.swap(px="59000")
        await venue.place("alice", px="59000", sz="0.01")
        types = ("SPOT", "SWAP", "ANY", "FUTURES")
        lists = [
            await venue.rows(f"/trade/orders-pending?instType={one}", "alice") for one in types
        ]
        return [[row["instId"] for row in rows] for rows in lists]

    spot, swap, every, futures = asyncio.run(told())

    assert (spot, swap, futures) == (["BTC-USDT"], [SWAP], [])
    assert set(every) == {"BTC-USDT", SWAP}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"slTriggerPx": "60001"}, "51280"),  # would fire as a take-profit
        ({"side": "buy"}, "51278"),
        ({"slTriggerPx": "", "tpTriggerPx": "59000", "tpOrdPx": "-1"}, "51279"),
        ({"slTriggerPx": "", "tpTriggerPx": "61000", "tpOrdPx": "-1", "side": "buy"}, "51277"),
        ({"tpTriggerPx": "61000", "tpOrdPx": "-1"}, "51000"),  # both make an oco
        ({"slTriggerPx": None}, "50014"),
        ({"slOrdPx": None}, "50014"),
        ({"slTriggerPx": "x"}, "51000"),
        ({"slTriggerPx": "1e5"}, "51000"),
        ({"slTriggerPx": 10**30}, "51000"),
        ({"slTriggerPxType": "median"}, "51000"),
        ({"ordType": "iceberg"}, "51000"),
        ({"ordType": None}, "51000"),
        ({"tdMode": "cash"}, "51010"),
        ({"tdMode": None}, "50014"),
        ({"sz": "0"}, "51000"),
        ({"sz": None}, "50014"),
        ({"closeFraction": "1"}, "51000"),
        ({"algoClOrdId": "no good"}, "51000"),
        ({"ordType": "move_order_stop"}, "51000"),  # neither ratio nor spread
        ({"ordType": "move_order_stop", "callbackRatio": "0.0001"}, "51000"),
        ({"ordType": "move_order_stop", "callbackRatio": "2"}, "51000"),
        ({"ordType": "move_order_stop", "callbackRatio": "0.1", "callbackSpread": "5"}, "51000"),
        ({"ordType": "trigger"}, "50014"),
        ({"ordType": "trigger", "triggerPx": "1" + "0" * 19, "orderPx": "-1"}, "51006"),
        ({"instId": ""}, "50014"),
        ({"instId": ["x"]}, "51001"),
    ],
)
def test_an_algo_order_that_cannot_be_done_as_written_is_refused(
    venue: SwapVenue, loop: Any, fields: dict[str, Any], code: str
) -> None:
    """A stop that is misread costs its owner what it was to save."""
    answer = loop.run(venue.ask("/trade/order-algo", STOP | fields))

    assert code == (answer["data"][0]["sCode"] if answer["data"] else answer["code"]), answer


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"slOrdPx": "54900"},
        {"slTriggerPx": "", "tpTriggerPx": "61000", "tpOrdPx": "-1"},
        {"ordType": "oco", "tpTriggerPx": "61000", "tpOrdPx": "61000"},
        {"ordType": "trigger", "triggerPx": "61000", "orderPx": "60900", "triggerPxType": "index"},
        {"ordType": "move_order_stop", "callbackRatio": "0.01"},
        {"ordType": "move_order_stop", "callbackSpread": "100", "activePx": "61000"},
    ],
)
def test_an_algo_order_reads_back_as_it_was_sent(fields: dict[str, Any]) -> None:
    """And its cancel makes it history."""

    async def told() -> tuple[Any, Any, list[Any]]:
        venue = await (await SwapVenue().start()).traded()
        sent = STOP | fields | {"algoClOrdId": "a1", "tag": "t"}
        answer = await venue.ask("/trade/order-algo", sent)
        (row,) = await venue.rows("/trade/orders-algo-pending", "alice")
        cancel = [{"instId": SWAP, "algoId": answer["data"][0]["algoId"]}]
        assert (await venue.ask("/trade/cancel-algos", cancel))["code"] == "0"
        again = await venue.ask("/trade/cancel-algos", cancel)
        assert again["data"][0]["sCode"] == "51401"
        ended = await venue.rows(
            f"/trade/orders-algo-history?state=canceled&ordType={row['ordType']}", "alice"
        )
        return sent, row, ended

    sent, row, ended = asyncio.run(told())

    wanted = {"ordType", "side", "sz", "tdMode", "tag", "algoClOrdId"}
    wanted |= {key for key in fields if not key.endswith("Type")}
    if row["ordType"] in ("conditional", "oco"):
        wanted |= {"slTriggerPx", "slOrdPx"} - ({"slOrdPx"} if not sent["slTriggerPx"] else set())
    shown = {"orderPx": "ordPx"}
    assert {key: sent[key] for key in wanted} == {key: row[shown.get(key, key)] for key in wanted}
    assert (row["state"], row["reduceOnly"]) == ("live", "true")
    assert [(one["algoId"], one["state"]) for one in ended] == [(row["algoId"], "canceled")]


def test_a_stop_that_fires_leads_to_its_order_and_back() -> None:
    """The algo names the order, the order names the algo."""

    async def told() -> tuple[Any, Any]:
        venue = await (await SwapVenue().start()).traded()
        answer = await venue.ask("/trade/order-algo", STOP | {"slTriggerPx": "59900"})
        await venue.swap("bob", side="buy", px="59800", sz="100")
        venue.tick(30, btc=59_850)
        algo_id = answer["data"][0]["algoId"]
        (algo,) = await venue.rows(f"/trade/order-algo?algoId={algo_id}", "alice")
        (order,) = await venue.rows(f"/trade/order?instId={SWAP}&ordId={algo['ordId']}", "alice")
        assert await venue.rows("/account/positions", "alice") == []
        return algo, order

    algo, order = asyncio.run(told())

    assert (algo["state"], algo["actualSide"], algo["actualPx"]) == ("effective", "sl", "59850")
    assert (order["algoId"], order["state"], order["avgPx"]) == (algo["algoId"], "filled", "59800")


HOSTILE: list[Any] = [
    None,
    "",
    0,
    -1,
    10**30,
    1.5,
    "1e5",
    "-0",
    "٣",
    "x" * 3_000,
    True,
    [],
    {},
    [[]],
    {"a": 1},
    "\x00",
    "NaN",
]
BODIES: dict[str, dict[str, Any]] = {
    "/account/set-leverage": {"instId": SWAP, "lever": "10", "mgnMode": "cross"},
    "/account/position/margin-balance": {"instId": SWAP, "type": "add", "amt": "1"},
    "/account/set-position-mode": {"posMode": "net_mode"},
    "/trade/close-position": {"instId": SWAP, "mgnMode": "isolated"},
    "/trade/order-algo": STOP | {"slTriggerPx": "1"},
}


@pytest.mark.parametrize("target", BODIES)
def test_nothing_that_is_sent_is_a_fault_of_ours(venue: SwapVenue, loop: Any, target: str) -> None:
    """Every field with every hostile value, every field missing, and bodies that are no object."""

    async def tried() -> list[str]:
        found = []
        body = BODIES[target]
        tries: list[Any] = [{**body, key: value} for key in body for value in HOSTILE]
        tries += [{key: body[key] for key in body if key != missing} for missing in body]
        tries += [[], 7, "x", None, b"", b"{", b"[" * 5_000, b"\xff\xfe"]
        for one in tries:
            found.append((await venue.ask(target, one))["code"])
            venue.beat(200)  # so that nobody asks too often
        return found

    codes = loop.run(tried())

    assert all(code.isdigit() for code in codes)
    assert "50026" not in codes


@pytest.mark.parametrize(
    "target",
    [
        "/account/positions?instId=",
        "/account/positions?posId=",
        "/account/leverage-info?mgnMode=cross&instId=",
        f"/account/leverage-info?instId={SWAP}&mgnMode=",
        f"/account/max-size?instId={SWAP}&tdMode=cross&px=",
        f"/account/bills?type=8&instId={SWAP}&after=",
        "/account/bills?type=",
        "/trade/orders-algo-pending?ordType=",
        "/trade/orders-algo-pending?algoId=",
        "/trade/orders-algo-history?state=",
        "/trade/orders-algo-history?after=",
        "/trade/order-algo?algoId=",
        "/trade/order-algo?algoClOrdId=",
        f"/public/funding-rate-history?instId={SWAP}&before=",
        "/public/funding-rate?instId=",
        "/public/price-limit?instId=",
        "/public/position-tiers?instType=SWAP&instFamily=",
        "/market/index-tickers?instId=",
    ],
)
def test_no_query_is_a_fault_of_ours(venue: SwapVenue, loop: Any, target: str) -> None:
    """The same for parameters of GET."""

    async def tried() -> list[int]:
        values = ("", "x", "-1", "0", "1" + "0" * 30, "%00", "a,b,c", "%F0%9F%92%A9", "1.5", "ANY")
        answers = [await venue.get(f"/api/v5{target}{value}", "alice") for value in values]
        venue.beat(1_000)
        return [answer.status_code for answer in answers]

    assert max(loop.run(tried())) < 500
