"""A client of the venue's v5 API, as any trader would write one: signs, sends, reads the answers.

Nothing raises. A request whose connection broke after it was sent is UNKNOWN, as is one that the
venue answers 50004; every other error means that it had no effect. Who gets UNKNOWN asks
`resolve`.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import ssl
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import aiohttp
import msgspec

from seawall.feeds.updates import e8_of
from seawall.simulation.exchange import (
    BATCH_MAX,
    Amend,
    Answer,
    Cancel,
    Ended,
    NewOrder,
    OpenOrder,
    Position,
    StopOrder,
)
from seawall.simulation.venue_lines import E8, decimal_of

TIMEOUT_S = 8.0  # longer than the venue needs to say that it does not know
OUTCOME_UNKNOWN = "50004"
NO_SUCH_ORDER = "51603"
ALL_FAILED = "1"
SENT_FALSE = (aiohttp.ClientConnectorError,)  # the connection was never made


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How ticks and lots of an instrument are written on the wire, and what pays for orders.

    lot_size_e8: whole base times 1e8; of a swap, contracts times 1e8.
    mode: cash, cross or isolated.
    """

    instrument: str
    tick_size_e8: int
    lot_size_e8: int
    mode: str = "cash"

    def price_text(self, ticks: int) -> str:
        """A price as a decimal string."""
        return decimal_of(ticks * self.tick_size_e8)

    def size_text(self, lots: int) -> str:
        """A quantity as a decimal string."""
        return decimal_of(lots * self.lot_size_e8)


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """An API key, in the words of the demo keys file; what else the file says is not needed."""

    name: str
    api_key: str
    secret: str
    passphrase: str


class Row(msgspec.Struct, rename="camel"):
    """One row of an answer: the fields that traders read, of whatever endpoint."""

    inst_id: str = ""
    cl_ord_id: str = ""
    s_code: str = ""
    s_msg: str = ""
    side: str = ""
    px: str = ""
    sz: str = ""
    acc_fill_sz: str = ""
    pos: str = ""
    upl_ratio: str = ""
    algo_cl_ord_id: str = ""
    details: list[dict[str, Any]] = []


class Body(msgspec.Struct):
    """The envelope of every answer."""

    code: str
    msg: str = ""
    data: list[Row] = []


_decode = msgspec.json.Decoder(Body).decode
_encode = msgspec.json.Encoder().encode


class V5Client:
    """One account's access over HTTP. `session` is shared by the clients of a process."""

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession,
        base_url: str,
        credentials: Credentials,
        terms: Mapping[str, Terms],
        ssl_context: ssl.SSLContext | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._session = session
        self._base_url = base_url
        self._credentials = credentials
        self._secret = credentials.secret.encode()
        self._terms = terms
        self._ssl = ssl_context
        self._now = now

    async def place(self, orders: Sequence[NewOrder]) -> list[Answer]:
        """Place up to 20 orders; one answer for each."""
        rows = []
        for order in orders:
            terms = self._terms[order.instrument]
            row = {
                "instId": order.instrument,
                "tdMode": terms.mode,
                "side": "buy" if order.is_buy else "sell",
                "ordType": order.kind,
                "sz": terms.size_text(order.quantity),
                "clOrdId": order.client_id,
            }
            if order.kind != "market":
                row["px"] = terms.price_text(order.price)
            elif terms.mode == "cash":
                row["tgtCcy"] = "base_ccy"
            rows.append(row)
        return await self._change(
            "/api/v5/trade/batch-orders", rows, [order.client_id for order in orders]
        )

    async def amend(self, amends: Sequence[Amend]) -> list[Answer]:
        """Amend up to 20 orders; one answer for each."""
        rows = [
            {
                "instId": amend.instrument,
                "clOrdId": amend.client_id,
                "newPx": self._terms[amend.instrument].price_text(amend.price),
                "newSz": self._terms[amend.instrument].size_text(amend.quantity),
                "cxlOnFail": True,
            }
            for amend in amends
        ]
        return await self._change(
            "/api/v5/trade/amend-batch-orders", rows, [amend.client_id for amend in amends]
        )

    async def cancel(self, cancels: Sequence[Cancel]) -> list[Answer]:
        """Cancel up to 20 orders; one answer for each."""
        rows = [{"instId": cancel.instrument, "clOrdId": cancel.client_id} for cancel in cancels]
        return await self._change(
            "/api/v5/trade/cancel-batch-orders", rows, [cancel.client_id for cancel in cancels]
        )

    async def resolve(self, instrument: str, client_id: str) -> Ended:
        """Find out how an order ended whose answer was UNKNOWN; it may still be."""
        body = await self._ask(
            "GET", f"/api/v5/trade/order?instId={instrument}&clOrdId={client_id}"
        )
        if body is None or isinstance(body, Ended):
            return Ended.UNKNOWN
        if body.code == "0":
            return Ended.DONE
        return Ended.REFUSED if body.code in (NO_SUCH_ORDER, ALL_FAILED) else Ended.UNKNOWN

    async def open_orders(self) -> list[OpenOrder] | None:
        """All resting orders, at most 100; None when the venue did not say."""
        body = await self._ask("GET", "/api/v5/trade/orders-pending?limit=100")
        if not isinstance(body, Body) or body.code != "0":
            return None
        return [order for row in body.data if (order := self._open_order(row)) is not None]

    async def balances(self) -> dict[str, int] | None:
        """Balance of each asset, e8; None when the venue did not say."""
        body = await self._ask("GET", "/api/v5/account/balance")
        if not isinstance(body, Body) or body.code != "0" or not body.data:
            return None
        return {
            str(detail["ccy"]): e8_of(str(detail["cashBal"])) or 0
            for detail in body.data[0].details
            if "ccy" in detail and "cashBal" in detail
        }

    async def positions(self) -> dict[str, Position] | None:
        """The open positions by instrument; None when the venue did not say."""
        body = await self._ask("GET", "/api/v5/account/positions?instType=SWAP")
        if not isinstance(body, Body) or body.code != "0":
            return None
        found = {}
        for row in body.data:
            contracts, profit = _signed_e8(row.pos), _signed_e8(row.upl_ratio)
            if contracts is not None and row.inst_id in self._terms:
                found[row.inst_id] = Position(contracts=contracts // E8, profit_e8=profit or 0)
        return found

    async def set_leverage(self, instrument: str, lever: int) -> Answer:
        """Choose how many times its margin the next position in a swap may be."""
        terms = self._terms[instrument]
        asked = {"instId": instrument, "mgnMode": terms.mode, "lever": str(lever)}
        return await self._change_one("/api/v5/account/set-leverage", asked)

    async def close_position(self, instrument: str) -> Answer:
        """Close the position in a swap at the market."""
        asked = {"instId": instrument, "mgnMode": self._terms[instrument].mode}
        return await self._change_one("/api/v5/trade/close-position", asked)

    async def place_stop(self, stop: StopOrder) -> Answer:
        """Let a stop wait."""
        terms = self._terms[stop.instrument]
        asked = {
            "instId": stop.instrument,
            "tdMode": terms.mode,
            "side": "buy" if stop.is_buy else "sell",
            "ordType": "conditional",
            "sz": terms.size_text(stop.quantity),
            "algoClOrdId": stop.client_id,
            "slTriggerPx": terms.price_text(stop.trigger_price),
            "slTriggerPxType": "mark",
            "slOrdPx": "-1",
            "reduceOnly": True,
        }
        return await self._change_one("/api/v5/trade/order-algo", asked, stop.client_id)

    async def stops(self) -> list[Cancel] | None:
        """How to cancel each waiting stop; None when the venue did not say."""
        body = await self._ask("GET", "/api/v5/trade/orders-algo-pending?ordType=conditional")
        if not isinstance(body, Body) or body.code != "0":
            return None
        return [
            Cancel(instrument=row.inst_id, client_id=row.algo_cl_ord_id)
            for row in body.data
            if row.algo_cl_ord_id
        ]

    async def cancel_stops(self, cancels: Sequence[Cancel]) -> list[Answer]:
        """Cancel up to 20 stops; one answer for each."""
        rows = [{"instId": one.instrument, "algoClOrdId": one.client_id} for one in cancels]
        return await self._change(
            "/api/v5/trade/cancel-algos", rows, [one.client_id for one in cancels]
        )

    def _open_order(self, row: Row) -> OpenOrder | None:
        terms = self._terms.get(row.inst_id)
        price, size, filled = e8_of(row.px), e8_of(row.sz), e8_of(row.acc_fill_sz)
        if terms is None or price is None or size is None:
            return None
        return OpenOrder(
            instrument=row.inst_id,
            client_id=row.cl_ord_id,
            is_buy=row.side == "buy",
            price=price // terms.tick_size_e8,
            quantity=size // terms.lot_size_e8,
            filled=(filled or 0) // terms.lot_size_e8,
        )

    async def _change(
        self, path: str, rows: list[dict[str, Any]], client_ids: list[str]
    ) -> list[Answer]:
        assert 0 < len(rows) <= BATCH_MAX, "a request holds 1 to 20 orders"
        body = await self._ask("POST", path, _encode(rows))
        if isinstance(body, Ended):
            return [Answer(client_id=client_id, ended=body) for client_id in client_ids]
        if len(body.data) != len(rows):
            unknown = body.code == OUTCOME_UNKNOWN
            ended = Ended.UNKNOWN if unknown else Ended.REFUSED
            return [
                Answer(client_id=client_id, ended=ended, code=body.code, message=body.msg)
                for client_id in client_ids
            ]
        return [
            Answer(
                client_id=client_id,
                ended=_ended_of(row.s_code),
                code=row.s_code,
                message=row.s_msg,
            )
            for client_id, row in zip(client_ids, body.data, strict=True)
        ]

    async def _change_one(self, path: str, asked: dict[str, Any], client_id: str = "") -> Answer:
        """Send a request that is one object; an answer's row may have an error of its own."""
        body = await self._ask("POST", path, _encode(asked))
        if isinstance(body, Ended):
            return Answer(client_id=client_id, ended=body)
        row = body.data[0] if body.data else Row()
        code = row.s_code or body.code
        return Answer(
            client_id=client_id, ended=_ended_of(code), code=code, message=row.s_msg or body.msg
        )

    async def _ask(self, method: str, path: str, body: bytes = b"") -> Body | Ended:
        """Send one signed request; UNKNOWN when it may have arrived and no answer came."""
        try:
            async with self._session.request(
                method,
                self._base_url + path,
                data=body or None,
                headers=self._headers(method, path, body),
                ssl=self._ssl if self._ssl is not None else True,
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            ) as response:
                text = await response.read()
        except SENT_FALSE:
            return Ended.REFUSED
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError, OSError):
            return Ended.UNKNOWN
        try:
            return _decode(text)
        except msgspec.DecodeError:
            return Ended.UNKNOWN

    def _headers(self, method: str, path: str, body: bytes) -> dict[str, str]:
        stamp = self._now().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        text = f"{stamp}{method}{path}".encode() + body
        sign = base64.b64encode(hmac.digest(self._secret, text, hashlib.sha256)).decode()
        return {
            "OK-ACCESS-KEY": self._credentials.api_key,
            "OK-ACCESS-SIGN": sign,
            "OK-ACCESS-TIMESTAMP": stamp,
            "OK-ACCESS-PASSPHRASE": self._credentials.passphrase,
            "Content-Type": "application/json",
        }


def _signed_e8(text: str) -> int | None:
    """A decimal that may be negative, times 1e8; None when it is none."""
    value = e8_of(text.removeprefix("-"))
    return -value if value is not None and text.startswith("-") else value


def _ended_of(code: str) -> Ended:
    if code == "0":
        return Ended.DONE
    return Ended.UNKNOWN if code == OUTCOME_UNKNOWN else Ended.REFUSED
