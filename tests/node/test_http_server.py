"""The limits that uvicorn lacks: slow and oversized requests end, and every refusal is JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from seawall.errors import PortTaken
from seawall.node.http_server import HEADER_BYTES_MAX, HttpServer, bind
from seawall.node.settings import Settings

pytestmark = pytest.mark.slow

DEADLINE_SECONDS = 20.0
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def hello(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """An application that says hello and how long the body was."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    message = await receive()
    body = f"hello {len(message.get('body', b''))}".encode()
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": body})


def talk(port: int, body: Talk, **settings: int) -> None:
    """Serve the application while `body` talks to it over one connection."""

    async def main() -> None:
        server = HttpServer(hello, settings=Settings(receipt_seconds=1, **settings))
        serving = asyncio.create_task(server.serve(bind("127.0.0.1", port)))
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            async with asyncio.timeout(DEADLINE_SECONDS):
                await body(reader, writer)
            writer.close()
        finally:
            server.stop()
            await serving

    asyncio.run(main())


async def refusal(reader: asyncio.StreamReader) -> tuple[int, dict[str, Any]]:
    """The status and the JSON of the answer that ends the connection."""
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    assert b"content-type: application/json" in head
    return int(head.split()[1]), json.loads(body)


REQUEST = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
UNFINISHED = {
    "nothing": b"",
    "half a line": b"GET / HT",
    "half the headers": b"GET / HTTP/1.1\r\nhost: x\r\n",
    "half a second request": REQUEST + b"GET /",
}


@pytest.mark.parametrize("name", UNFINISHED)
def test_request_that_does_not_arrive_in_time_ends_the_connection(
    name: str, free_port: int
) -> None:
    """Somebody who sends a byte a minute must not hold a connection for ever."""

    async def body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(UNFINISHED[name])
        await reader.read()  # until the end of the connection

    talk(free_port, body)


def test_requests_in_time_keep_their_connection(free_port: int) -> None:
    """The deadline is of a request, not of a connection."""

    async def body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(3):
            writer.write(REQUEST)
            assert (await reader.readuntil(b"hello 0")).startswith(b"HTTP/1.1 200")

    talk(free_port, body)


@pytest.mark.parametrize("sent", [b"", b"\r\n"])
def test_pause_that_is_too_long_ends_the_connection(sent: bytes, free_port: int) -> None:
    """Counted from the last answer, and a line break begins no request."""

    async def body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(2):
            writer.write(REQUEST)
            await reader.readuntil(b"hello 0")
            answered = loop.time()
            await asyncio.sleep(0.5)
        writer.write(sent)
        await reader.read()  # until the end of the connection
        assert loop.time() - answered >= 0.9

    talk(free_port, body, keep_alive_seconds=1)


def test_request_that_begins_while_another_is_answered_is_answered(free_port: int) -> None:
    """Pipelined requests that are cut anywhere get their answers, in order."""

    async def body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        both = REQUEST + REQUEST
        for cut in range(1, len(both)):
            writer.write(both[:cut])
            await writer.drain()
            await asyncio.sleep(0)
            writer.write(both[cut:])
            await reader.readuntil(b"hello 0")
            await reader.readuntil(b"hello 0")

    talk(free_port, body)


def test_endless_headers_are_refused_in_json(free_port: int) -> None:
    """Their size must not be the client's choice."""

    async def body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"GET / HTTP/1.1\r\n" + b"a: " + b"b" * (HEADER_BYTES_MAX + 1))
        status, answer = await refusal(reader)
        assert (status, answer["code"], answer["data"]) == (400, "50000", [])

    talk(free_port, body)


@pytest.mark.parametrize(
    "text", [b"\x16\x03\x01\x02\r\n\r\n", b"hello\r\n\r\n", "GET /é HTTP/1.1\r\n\r\n".encode()]
)
def test_what_is_no_http_is_refused_in_json(text: bytes, free_port: int) -> None:
    """Existing clients parse every body as JSON, and raise when it is not."""

    async def body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(text)
        status, answer = await refusal(reader)
        assert (status, answer["code"]) == (400, "50000")

    talk(free_port, body)


def test_one_connection_too_many_is_refused_in_json(free_port: int) -> None:
    """The others go on."""

    async def body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        second_reader, second = await asyncio.open_connection("127.0.0.1", free_port)
        status, answer = await refusal(second_reader)
        assert (status, answer["code"]) == (503, "50013")
        second.close()
        writer.write(REQUEST)
        assert (await reader.readuntil(b"hello 0")).startswith(b"HTTP/1.1 200")

    talk(free_port, body, connections_max=1)


def test_taken_port_is_named(free_port: int) -> None:
    """The person at the command line chooses another one."""
    with bind("127.0.0.1", free_port), pytest.raises(PortTaken, match=str(free_port)):
        bind("127.0.0.1", free_port)
