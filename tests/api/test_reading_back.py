"""Lists page as v5 says, and memory and read models together are one list."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from seawall.api import HistoryQuery
from seawall.api.services import StoredFill, StoredOrder
from seawall.gateway import FillView, OrderView
from tests.api.venue import ALICE, NoHistory, Venue

V5 = "/api/v5"
pytestmark = pytest.mark.slow


class KeptHistory(NoHistory):
    """Read models that hold what the test puts there."""

    def __init__(self) -> None:
        self.kept_orders: list[OrderView] = []
        self.kept_fills: list[FillView] = []

    async def order(self, account_id: int, order_id: int) -> StoredOrder | None:
        """By id."""
        found = [one for one in self.kept_orders if one.order_id == order_id]
        return found[0] if found and found[0].account_id == account_id else None

    async def orders(self, query: HistoryQuery) -> Sequence[StoredOrder]:
        """Newest first."""
        return _page(self.kept_orders, query, lambda one: one.order_id)

    async def fills(self, query: HistoryQuery) -> Sequence[StoredFill]:
        """Newest first."""
        return _page(self.kept_fills, query, lambda one: one.trade_id)


def _page(rows: list[Any], query: HistoryQuery, id_of: Any) -> list[Any]:
    wanted = [
        row
        for row in rows
        if row.account_id == query.account_id
        and (query.after is None or id_of(row) < query.after)
        and (query.before is None or id_of(row) > query.before)
        and (query.begin_ms is None or _time_ms(row) >= query.begin_ms)
        and (query.end_ms is None or _time_ms(row) <= query.end_ms)
    ]
    return sorted(wanted, key=id_of, reverse=True)[: query.limit]


def _time_ms(row: Any) -> int:
    return int(getattr(row, "created_ns", 0) or getattr(row, "time_ns", 0)) // 1_000_000


async def ids(venue: Venue, target: str, name: str = "ordId", who: str = "alice") -> list[str]:
    """The ids of a list."""
    answer = await venue.get(V5 + target, who)

    assert answer.json()["code"] == "0", answer.text
    return [row[name] for row in answer.json()["data"]]


def test_open_orders_page_by_id_newest_first() -> None:
    """`after` means older, `before` means newer, `limit` cuts."""

    async def test() -> None:
        venue = await Venue().start()
        placed = [(await venue.place(sz="0.001"))["ordId"] for _ in range(5)]
        other = (await venue.place(instId="ETH-USDT"))["ordId"]
        post_only = (await venue.place(ordType="post_only"))["ordId"]
        newest_first = [post_only, other, *reversed(placed)]

        assert await ids(venue, "/trade/orders-pending") == newest_first
        assert await ids(venue, "/trade/orders-pending?limit=2") == newest_first[:2]
        assert await ids(venue, f"/trade/orders-pending?after={placed[1]}") == [placed[0]]
        assert await ids(venue, f"/trade/orders-pending?before={placed[4]}") == [post_only, other]
        assert await ids(venue, "/trade/orders-pending?instId=ETH-USDT") == [other]
        assert await ids(venue, "/trade/orders-pending?ordType=post_only,fok") == [post_only]
        assert await ids(venue, "/trade/orders-pending?state=partially_filled") == []
        assert await ids(venue, "/trade/orders-pending?instType=SWAP") == []
        assert await ids(venue, "/trade/orders-pending?limit=100000") == newest_first
        for query in ("limit=0", "limit=x", "after=-1", "before=abc", "state=old", "instType=CASH"):
            answer = await venue.get(f"{V5}/trade/orders-pending?{query}", "alice")
            assert answer.json()["code"] == "51000", query

    asyncio.run(test())


def test_ended_orders_of_memory_and_read_models_are_one_list() -> None:
    """No order twice, none missing, the newer version of each."""

    async def test() -> None:
        venue = Venue()
        history = KeptHistory()
        venue.history = history
        venue.replace_gateway(venue.gateway)
        await venue.start()
        for _ in range(130):
            order = await venue.place(sz="0.001")
            cancel = {"instId": "BTC-USDT", "ordId": order["ordId"]}
            await venue.post(f"{V5}/trade/cancel-order", cancel)
        recent = venue.gateway.accounts.ended_orders(ALICE, limit=130)
        old = [
            msgspec.structs.replace(recent[-1], order_id=number, created_ns=number)
            for number in range(1, 131)
        ]
        history.kept_orders = [*recent[100:], *old]
        newest_first = [str(one.order_id) for one in [*recent, *reversed(old)]]

        found: list[str] = []
        target = "/trade/orders-history?instType=SPOT"
        page = await ids(venue, target)
        while page:
            found += page
            page = await ids(venue, f"{target}&after={found[-1]}")
        assert found == newest_first
        assert await ids(venue, f"{target}&state=filled") == []
        assert len(await ids(venue, f"{target}&begin={venue.now_ms}")) == 100
        assert await ids(venue, f"{target}&end=0&limit=3") == ["130", "129", "128"]
        assert (await ids(venue, "/trade/order?instId=BTC-USDT&ordId=7")) == ["7"]

    asyncio.run(test())


def test_fills_page_by_bill_id() -> None:
    """A bill id names one side of one trade."""

    async def test() -> None:
        venue = await Venue().start()
        for _ in range(3):
            await venue.place("alice", sz="0.001")
            await venue.place("bob", side="sell", sz="0.001")
        bills = await ids(venue, "/trade/fills", "billId")
        theirs = await ids(venue, "/trade/fills", "billId", "bob")

        assert len(bills) == 3
        assert bills == sorted(bills, key=int, reverse=True)
        assert set(bills) & set(theirs) == set()
        assert await ids(venue, f"/trade/fills?after={bills[1]}", "billId") == bills[2:]
        assert await ids(venue, f"/trade/fills?before={bills[1]}", "billId") == bills[:1]
        order_id = (await ids(venue, "/trade/fills", "ordId"))[0]
        assert await ids(venue, f"/trade/fills?ordId={order_id}", "billId") == bills[:1]
        assert await ids(venue, "/trade/fills?ordId=nobody", "billId") == []

    asyncio.run(test())


def test_an_order_is_its_owners_only() -> None:
    """Neither seen, nor cancelled, nor amended by another, and told as if it did not exist."""

    async def test() -> None:
        venue = await Venue().start()
        order = await venue.place("alice", clOrdId="mine")
        named = {"instId": "BTC-USDT", "ordId": order["ordId"]}
        seen = await venue.get(f"{V5}/trade/order?instId=BTC-USDT&ordId={order['ordId']}", "bob")
        assert seen.json()["code"] == "51603"
        for path, body in (("cancel-order", named), ("amend-order", named | {"newSz": "1"})):
            answer = await venue.post(f"{V5}/trade/{path}", body, "bob")
            assert answer.json()["data"][0]["sCode"] == "51400"
        wrong_instrument = named | {"instId": "ETH-USDT"}
        answer = await venue.post(f"{V5}/trade/cancel-order", wrong_instrument)
        assert answer.json()["data"][0]["sCode"] == "51400"
        assert (await ids(venue, "/trade/orders-pending")) == [order["ordId"]]

    asyncio.run(test())


def test_a_mass_cancel_takes_an_instrument_or_everything() -> None:
    """By instId, or the account's all."""

    async def test() -> None:
        venue = await Venue().start()
        kept = (await venue.place("bob"))["ordId"]
        for inst_id in ("BTC-USDT", "BTC-USDT", "ETH-USDT", "ETH-USDT"):
            await venue.place("alice", instId=inst_id)
        target = f"{V5}/trade/mass-cancel"

        done = await venue.post(target, {"instType": "SPOT", "instId": "BTC-USDT"})
        assert done.json()["data"] == [{"result": True}]
        assert len(await ids(venue, "/trade/orders-pending")) == 2
        await venue.post(target, {})
        assert await ids(venue, "/trade/orders-pending") == []
        assert await ids(venue, "/trade/orders-pending", who="bob") == [kept]

    asyncio.run(test())


def test_a_transfer_moves_exactly_what_it_says() -> None:
    """And is refused with the code of what is wrong."""

    async def test() -> None:
        venue = await Venue().start()
        body = {"ccy": "USDT", "amt": "1.00000001", "from": "18", "to": "6"}
        target = f"{V5}/asset/transfer"
        done = await venue.post(target, body)

        assert done.json()["data"][0] | {"transId": ""} == {
            **body,
            "transId": "",
            "clientId": "",
        }
        assert (await ids(venue, "/asset/balances", "bal")) == ["1.00000001"]
        for change, code in (
            ({"amt": "0"}, "58114"),
            ({"amt": "-1"}, "51000"),
            ({"amt": "1.000000001"}, "51000"),
            ({"amt": "9" * 20}, "58116"),
            ({"amt": "99999999"}, "51008"),
            ({"ccy": "DOGE"}, "51012"),
            ({"to": "18"}, "51000"),
            ({"from": "1"}, "51000"),
            ({"type": "1"}, "51000"),
            ({"clientId": "a b"}, "51000"),
        ):
            answer = await venue.post(target, body | change)
            assert answer.json()["code"] == code, change

    asyncio.run(test())
