"""An application that does nothing: what HTTP itself costs here, to set an API figure against."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

# As long as the answer to an order.
BODY = b'{"code":"0","msg":"","data":[{"ordId":"%s"}]}' % (b"0" * 200)


async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Read the request, answer 200."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            kind = message["type"]
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return
    while (await receive()).get("more_body"):
        pass
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(BODY)),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": BODY})
