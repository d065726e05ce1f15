"""The client signs as the venue checks, and never takes silence for an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import aiohttp
import pytest

from seawall.simulation.client import Credentials, Terms, V5Client
from seawall.simulation.exchange import Answer, Cancel, Ended, NewOrder, Position, StopOrder

ORDER = NewOrder(
    instrument="BTC-USDT", client_id="a1", is_buy=True, kind="limit", price=100_001, quantity=250
)
SWAP = "BTC-USDT-SWAP"
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def run_with_server(handler: Handler, question: Callable[[V5Client], Awaitable[object]]) -> object:
    """Ask a question of a server that answers as the handler says."""

    async def main() -> object:
        server = await asyncio.start_server(handler, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            async with aiohttp.ClientSession() as session:
                return await question(client(session, port))
        finally:
            server.close()
            await server.wait_closed()

    return asyncio.run(main())


def client(session: aiohttp.ClientSession, port: int) -> V5Client:
    """A client with a known key at a known time."""
    return V5Client(
        session=session,
        base_url=f"http://127.0.0.1:{port}",
        credentials=Credentials(name="maker-1", api_key="key", secret="secret", passphrase="word"),
        terms={
            "BTC-USDT": Terms(instrument="BTC-USDT", tick_size_e8=10_000_000, lot_size_e8=1_000),
            SWAP: Terms(
                instrument=SWAP, tick_size_e8=10_000_000, lot_size_e8=10**8, mode="isolated"
            ),
        },
        now=lambda: datetime(2026, 1, 2, 3, 4, 5, 678_900, tzinfo=UTC),
    )


class Recorder:
    """Answers every request with the same body and keeps the last request."""

    def __init__(self, body: str, *, status: str = "200 OK") -> None:
        self.request = b""
        self._answer = (
            f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"
        ).encode()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        self.request = head + await reader.readexactly(length)
        writer.write(self._answer)
        await writer.drain()
        writer.close()


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read the request and end the connection."""
    await reader.readuntil(b"\r\n\r\n")
    writer.close()


def place(handler: Handler) -> Ended:
    """Place the order above; how it ended."""
    answers = run_with_server(handler, lambda one: one.place([ORDER]))
    assert isinstance(answers, list)
    (answer,) = answers
    ended: Ended = answer.ended
    return ended


def test_an_order_is_written_exactly_and_signed() -> None:
    """The signature was computed by hand: base64(hmac-sha256(secret, time + method + path +
    body)).
    """
    recorder = Recorder('{"code":"0","msg":"","data":[{"clOrdId":"a1","sCode":"0","sMsg":""}]}')

    assert Ended.DONE == place(recorder)
    head, _, body = recorder.request.partition(b"\r\n\r\n")
    assert (
        b'[{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit",'
        b'"sz":"0.00250000","clOrdId":"a1","px":"10000.10000000"}]' == body
    )
    assert b"OK-ACCESS-TIMESTAMP: 2026-01-02T03:04:05.678Z" in head
    assert b"OK-ACCESS-SIGN: YwXgylEAgghcqQEvETjACZAF/K1z2RlRbKR+SDfq584=" in head


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        (Recorder('{"code":"1","data":[{"sCode":"51008","sMsg":"no money"}]}'), Ended.REFUSED),
        (Recorder('{"code":"1","data":[{"sCode":"50004","sMsg":"?"}]}'), Ended.UNKNOWN),
        (Recorder('{"code":"50004","data":[]}', status="400 Bad"), Ended.UNKNOWN),
        (Recorder('{"code":"50026","data":[]}', status="500 Error"), Ended.REFUSED),
        (Recorder('{"code":"50001","data":[]}', status="503 Stopped"), Ended.REFUSED),
        (Recorder("<html>bad gateway</html>", status="502 Bad Gateway"), Ended.UNKNOWN),
        (hang_up, Ended.UNKNOWN),
    ],
)
def test_every_end_of_a_request_is_told_apart(handler: Handler, expected: Ended) -> None:
    """Without effect, or unknown: nothing in between."""
    assert expected == place(handler)


def test_nobody_listening_is_without_effect(free_port: int) -> None:
    """The connection was never made, so nothing was sent."""

    async def main() -> Ended:
        async with aiohttp.ClientSession() as session:
            (answer,) = await client(session, free_port).place([ORDER])
            return answer.ended

    assert Ended.REFUSED == asyncio.run(main())


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        (Recorder('{"code":"0","data":[{"instId":"BTC-USDT"}]}'), Ended.DONE),
        (Recorder('{"code":"51603","data":[]}'), Ended.REFUSED),
        (Recorder('{"code":"1","data":[{"sCode":"51008"}]}'), Ended.REFUSED),
        (Recorder('{"code":"50004","data":[]}', status="400 Bad"), Ended.UNKNOWN),
        (Recorder('{"code":"50013","data":[]}', status="429 Busy"), Ended.UNKNOWN),
        (hang_up, Ended.UNKNOWN),
    ],
)
def test_an_unknown_order_is_resolved_only_by_a_definite_answer(
    handler: Handler, expected: Ended
) -> None:
    """A busy venue has not said that the order does not exist."""
    assert expected == run_with_server(handler, lambda one: one.resolve("BTC-USDT", "a1"))


def test_open_orders_and_balances_are_read_in_ticks_lots_and_units() -> None:
    """What cannot be read is left out; silence is None, not an empty list."""
    rows = (
        '{"code":"0","data":[{"instId":"BTC-USDT","clOrdId":"a1","side":"sell","px":"10000.1",'
        '"sz":"0.0025","accFillSz":"0.001"},{"instId":"OTHER","px":"1","sz":"1"}]}'
    )
    orders = run_with_server(Recorder(rows), lambda one: one.open_orders())
    assert isinstance(orders, list)
    (order,) = orders
    assert (100_001, 250, 100, False) == (order.price, order.quantity, order.filled, order.is_buy)

    body = '{"code":"0","data":[{"details":[{"ccy":"BTC","cashBal":"1.5"},{"ccy":"X"}]}]}'
    assert {"BTC": 150_000_000} == run_with_server(Recorder(body), lambda one: one.balances())
    assert None is run_with_server(hang_up, lambda one: one.open_orders())
    assert None is run_with_server(hang_up, lambda one: one.balances())


def body_of(question: Callable[[V5Client], Awaitable[object]], row: str) -> tuple[bytes, object]:
    """What is sent for a question that is answered with one row, and what the client makes of
    it.
    """
    recorder = Recorder('{"code":"0","msg":"","data":[' + row + "]}")
    answer = run_with_server(recorder, question)
    head, _, body = recorder.request.partition(b"\r\n\r\n")
    return head.split(b" ")[1] + b" " + body, answer


def test_an_order_in_a_swap_is_sized_in_contracts_and_says_its_mode() -> None:
    """A spot order in the market says that its size is in base; contracts need no word."""
    order = NewOrder(
        instrument=SWAP, client_id="a1", is_buy=False, kind="market", price=0, quantity=3
    )
    sent, _ = body_of(lambda one: one.place([order]), '{"clOrdId":"a1","sCode":"0"}')

    assert (
        b'/api/v5/trade/batch-orders [{"instId":"BTC-USDT-SWAP","tdMode":"isolated",'
        b'"side":"sell","ordType":"market","sz":"3.00000000","clOrdId":"a1"}]' == sent
    )


def test_positions_are_read_with_their_sign() -> None:
    """Size and profit are negative on the wire too."""
    rows = (
        '{"instId":"BTC-USDT-SWAP","pos":"-12","uplRatio":"-0.25"},{"instId":"OTHER","pos":"1"},'
        '{"instId":"BTC-USDT-SWAP-X","pos":""}'
    )
    _, found = body_of(lambda one: one.positions(), rows)

    assert {SWAP: Position(contracts=-12, profit_e8=-25_000_000)} == found
    assert None is run_with_server(hang_up, lambda one: one.positions())


def test_leverage_and_closing_are_asked_for_in_the_mode_of_the_account() -> None:
    """Both answers are one row without a code of its own."""
    sent, answer = body_of(lambda one: one.set_leverage(SWAP, 50), '{"lever":"50"}')
    assert (
        b"/api/v5/account/set-leverage "
        b'{"instId":"BTC-USDT-SWAP","mgnMode":"isolated","lever":"50"}' == sent
    )
    assert Answer(client_id="", ended=Ended.DONE, code="0") == answer

    sent, _ = body_of(lambda one: one.close_position(SWAP), "{}")
    assert b'/api/v5/trade/close-position {"instId":"BTC-USDT-SWAP","mgnMode":"isolated"}' == sent
    refused = Recorder('{"code":"51023","msg":"no","data":[]}')
    answer = run_with_server(refused, lambda one: one.close_position(SWAP))
    assert Answer(client_id="", ended=Ended.REFUSED, code="51023", message="no") == answer
    lost = run_with_server(hang_up, lambda one: one.close_position(SWAP))
    assert Answer(client_id="", ended=Ended.UNKNOWN) == lost


def test_a_stop_is_placed_listed_and_cancelled() -> None:
    """Reduce-only, at the market, when the mark reaches its trigger."""
    stop = StopOrder(
        instrument=SWAP, client_id="s1", is_buy=False, trigger_price=99_000, quantity=3
    )
    sent, answer = body_of(lambda one: one.place_stop(stop), '{"sCode":"51280","sMsg":"side"}')
    assert (
        b'/api/v5/trade/order-algo {"instId":"BTC-USDT-SWAP","tdMode":"isolated","side":"sell",'
        b'"ordType":"conditional","sz":"3.00000000","algoClOrdId":"s1",'
        b'"slTriggerPx":"9900.00000000","slTriggerPxType":"mark","slOrdPx":"-1",'
        b'"reduceOnly":true}' == sent
    )
    assert Answer(client_id="s1", ended=Ended.REFUSED, code="51280", message="side") == answer

    waiting = '{"instId":"BTC-USDT-SWAP","algoClOrdId":"s1"},{"instId":"X","algoClOrdId":""}'
    _, found = body_of(lambda one: one.stops(), waiting)
    assert [Cancel(instrument=SWAP, client_id="s1")] == found
    assert None is run_with_server(hang_up, lambda one: one.stops())

    cancels = [Cancel(instrument=SWAP, client_id="s1")]
    sent, answers = body_of(lambda one: one.cancel_stops(cancels), '{"sCode":"0"}')
    assert b'/api/v5/trade/cancel-algos [{"instId":"BTC-USDT-SWAP","algoClOrdId":"s1"}]' == sent
    assert [Answer(client_id="s1", ended=Ended.DONE, code="0")] == answers
