"""The ASGI entrance: everything that is checked before a route sees a request.

In this order, cheap before dear: is there such an endpoint, is the body small enough, is the
signature good, may the key do this, is the sender within his rate. Then the hot trade routes run
right here, on raw bytes; the other routes are Litestar's, which gets the body that was read and
verified. Whatever fails, the answer is the JSON envelope.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec
import structlog

from seawall.api import codes
from seawall.api.admission import public_fault, rate_fault, scope_fault, signer_of
from seawall.api.codes import Fault, fault
from seawall.api.envelope import JSON, Answer, crash_answer, fault_answer
from seawall.api.services import Services, SignedRequest
from seawall.gateway import Caller, EndpointClass

BODY_BYTES_MAX: Final = 64 * 1024
BODY_SECONDS_MAX: Final = 5.0

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]
HotRoute = Callable[[SignedRequest], Awaitable[Answer]]

CALLER: Final = "seawall_caller"  # where a verified caller stands in the scope's state
CLOSE: Final = (b"connection", b"close")

log = structlog.get_logger(__name__)


class Door(msgspec.Struct, frozen=True):
    """One path: who may enter, by which methods, and what answers right here."""

    methods: frozenset[str]
    is_private: bool = False
    hot: HotRoute | None = None  # answers POST
    fixed: Callable[[], Answer] | None = None  # answers GET


class Entrance:
    """The application: an ASGI callable over a table of doors and the application of the typed
    routes.
    """

    def __init__(
        self, services: Services, doors: Mapping[str, Door], typed_routes: AsgiApp
    ) -> None:
        self._services = services
        self._doors = doors
        self._typed_routes = typed_routes
        labels: list[tuple[bytes, bytes]] = [JSON]
        if services.venue.is_simulated:
            labels.append((b"x-seawall-simulated", b"true"))
        if services.venue.is_unsafe:
            labels.append((b"x-seawall-unsafe", b"true"))
        self._labels = tuple(labels)

    def paths(self) -> list[str]:
        """Every path that is answered by something else than 50404."""
        return list(self._doors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; the lifespan goes to the typed routes."""
        if scope["type"] == "lifespan":
            await self._typed_routes(scope, receive, send)
        elif scope["type"] == "http":
            answering = _Answering(send, self._labels)
            try:
                await self._answer(scope, receive, answering)
            except Exception:  # the outermost frame: a bug must not leave the client without JSON
                log.exception("request_failed", method=scope["method"], path=scope["path"])
                await answering.send_answer(crash_answer(self._services.health.incident_id()))
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _answer(self, scope: Scope, receive: Receive, answering: _Answering) -> None:
        in_time_us = self._services.now_us()
        door = self._doors.get(scope["path"])
        if door is None:
            await answering.refuse(fault(codes.NO_ENDPOINT))
            return
        method = scope["method"]
        if method not in door.methods:
            await answering.refuse(fault(codes.BAD_METHOD))
            return
        if door.fixed is not None:
            await answering.send_answer(door.fixed())
            return
        headers = dict(scope["headers"])
        body = await read_body(headers, receive)
        if isinstance(body, Fault):
            await answering.refuse(body, is_last=True)
            return
        if body and not _is_json(headers):
            await answering.refuse(fault(codes.BAD_CONTENT_TYPE))
            return
        caller = await self._admit(scope, door, headers, body)
        if isinstance(caller, Fault):
            await answering.refuse(caller)
            return
        hot = door.hot
        if hot is not None and method == "POST":
            assert caller is not None, "every hot route is private"
            request = SignedRequest(caller.account_id, body, in_time_us, headers)
            await answering.send_answer(await hot(request))
            return
        scope.setdefault("state", {})[CALLER] = caller
        await self._typed_routes(scope, _replay(body), answering.send_labelled)

    async def _admit(
        self, scope: Scope, door: Door, headers: dict[bytes, bytes], body: bytes
    ) -> Caller | Fault | None:
        """Who is let in: a verified caller at a private door, anybody (None) at a public one."""
        services = self._services
        if not door.is_private:
            return public_fault(scope, services)
        caller = await signer_of(scope, headers, body, services)
        if isinstance(caller, Fault):
            return caller
        refusal = scope_fault(caller, scope["method"])
        if refusal is None and scope["method"] == "GET":
            refusal = rate_fault(caller.account_id, EndpointClass.PRIVATE_READS, services)
        return refusal or caller


class _Answering:
    """The sending half of one request: adds the venue's labels, and knows whether something was
    sent.
    """

    def __init__(self, send: Send, labels: tuple[tuple[bytes, bytes], ...]) -> None:
        self._send = send
        self._labels = labels
        self._is_started = False

    async def refuse(self, found: Fault, *, is_last: bool = False) -> None:
        """Answer with a fault; `is_last` closes the connection, because the rest of the body is not
        wanted.
        """
        answer = fault_answer(found)
        if is_last:
            answer = Answer(answer.status, answer.body, (*answer.headers, CLOSE))
        await self.send_answer(answer)

    async def send_answer(self, answer: Answer) -> None:
        """Send a whole answer, unless one has begun already."""
        if self._is_started:
            return
        self._is_started = True
        length = (b"content-length", str(len(answer.body)).encode())
        headers = [*self._labels, length, *answer.headers]
        await self._send(
            {"type": "http.response.start", "status": answer.status, "headers": headers}
        )
        await self._send({"type": "http.response.body", "body": answer.body})

    async def send_labelled(self, message: Message) -> None:
        """Pass on a message of the typed routes, labelled."""
        if message["type"] == "http.response.start":
            self._is_started = True
            message["headers"] = [*message["headers"], *self._labels[1:]]
        await self._send(message)


async def read_body(headers: Mapping[bytes, bytes], receive: Receive) -> bytes | Fault:
    """The whole body, or why not: it is refused by its announced length at once, and by counting
    while it comes.
    """
    announced = headers.get(b"content-length")
    if announced is not None and _is_too_long(announced):
        return fault(codes.TOO_LARGE)
    message = await receive()
    body: bytes = message.get("body", b"")
    if len(body) > BODY_BYTES_MAX:
        return fault(codes.TOO_LARGE)
    if not message.get("more_body", False):
        return body
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            return await _read_rest(bytearray(body), receive)
    except TimeoutError:
        return fault(codes.EMPTY_BODY, "The body did not arrive in time; nothing was accepted.")


async def _read_rest(body: bytearray, receive: Receive) -> bytes | Fault:
    is_complete = False
    while not is_complete:
        message = await receive()
        if message["type"] == "http.disconnect":
            return fault(codes.EMPTY_BODY, "The connection ended inside the body.")
        body += message.get("body", b"")
        if len(body) > BODY_BYTES_MAX:
            return fault(codes.TOO_LARGE)
        is_complete = not message.get("more_body", False)
    return bytes(body)


def _is_too_long(announced: bytes) -> bool:
    """Whether an announced length is no number, or more than is read."""
    return not announced.isdigit() or len(announced) > 10 or int(announced) > BODY_BYTES_MAX


def _is_json(headers: Mapping[bytes, bytes]) -> bool:
    """Whether the content type is JSON; a client that states none is believed."""
    stated = headers.get(b"content-type")
    if stated is None or stated == b"application/json":
        return True
    return stated.split(b";")[0].strip().lower() == b"application/json"


def _replay(body: bytes) -> Receive:
    """A `receive` that hands out the body that was read, then says that the client is gone."""
    messages: list[Message] = [
        {"type": "http.disconnect"},
        {"type": "http.request", "body": body, "more_body": False},
    ]

    async def receive() -> Message:
        return messages.pop() if len(messages) > 1 else messages[0]

    return receive
