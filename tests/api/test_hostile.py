"""Whatever is sent, the answer is the envelope, with a code that was meant; nothing raises, nothing
is buffered.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.api.entrance import BODY_BYTES_MAX
from tests.api.served import ServedVenue, served_venue
from tests.api.venue import Venue

V5 = "/api/v5"
HOT = [
    f"{V5}/trade/{name}"
    for name in (
        "order",
        "batch-orders",
        "cancel-order",
        "cancel-batch-orders",
        "amend-order",
        "amend-batch-orders",
    )
]
COLD = [f"{V5}/asset/transfer", f"{V5}/trade/mass-cancel"]
READS = [
    f"{V5}/public/instruments",
    f"{V5}/market/ticker",
    f"{V5}/market/books",
    f"{V5}/market/candles",
    f"{V5}/market/history-candles",
    f"{V5}/market/history-trades",
    f"{V5}/trade/order",
    f"{V5}/trade/orders-pending",
    f"{V5}/trade/orders-history",
    f"{V5}/trade/fills",
    f"{V5}/account/balance",
    f"{V5}/account/max-size",
]
STEP_MS = 2_500  # buckets are full again, and it is not yet an outage
FIELDS = [
    "instId",
    "side",
    "ordType",
    "sz",
    "px",
    "clOrdId",
    "tag",
    "ordId",
    "newSz",
    "newPx",
    "expTime",
    "reqId",
    "tgtCcy",
    "stpMode",
    "reduceOnly",
    "instIdCode",
    "attachAlgoOrds",
    "ccy",
    "amt",
    "from",
    "to",
    "type",
]


@pytest.fixture(scope="module")
def venue() -> Venue:
    """One for all tests here; whatever they send, it goes on."""
    return asyncio.run(Venue().start())


def check_envelope(answer: httpx.Response) -> str:
    """The answer is the envelope in compact JSON; its code."""
    body = answer.json()

    assert answer.headers["content-type"] == "application/json"
    assert {"code", "msg", "data"} <= set(body)
    assert isinstance(body["data"], list)
    assert f'"code":"{body["code"]}"' in answer.text
    assert answer.status_code < 500, f"our fault: {answer.text}"
    code: str = body["code"]
    return code


BODIES = {
    "empty": (b"", "50000"),
    "no JSON": (b"hello", "50002"),
    "cut": (b'{"instId":"BTC-USDT"', "50002"),
    "more than one": (b"{}{}", "50002"),
    "invalid UTF-8": (b'{"instId":"\xff\xfe"}', "50002"),
    "a lone surrogate": (b'{"instId":"\\ud800"}', "50002"),
    "deep lists": (b'{"px":' + b"[" * 30_000, "50002"),
    "deep objects": (b'{"a":' * 10_000, "50002"),
    "a huge number": (b'{"instId":' + b"9" * 60_000 + b"}", "50002"),
    "NaN": (b'{"px":NaN}', "50002"),
    "null": (b"null", "50002"),
    "a string": (b'"order"', "50002"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "50002"),
    "UTF-16": ("{}".encode("utf-16"), "50002"),
    "zeros": (b"\0" * 100, "50002"),
}


@pytest.mark.parametrize("target", [*HOT, COLD[0]])
@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_no_request_has_its_code(venue: Venue, target: str, name: str) -> None:
    """Malformed is 50002, and missing is 50000, at each door that takes a body."""
    body, code = BODIES[name]
    body = body.replace(b"instId", b"ccy") if target in COLD else body

    assert code == check_envelope(asyncio.run(venue.post(target, body)))


def test_a_batch_has_one_to_twenty_rows(venue: Venue) -> None:
    """The limit, and one above."""
    order = {"instId": "BTC-USDT", "side": "buy", "ordType": "limit", "px": "1", "sz": "0.00001"}
    target = f"{V5}/trade/batch-orders"

    async def codes() -> list[str]:
        return [
            check_envelope(await venue.post(target, [order] * count)) for count in (0, 1, 20, 21)
        ]

    assert asyncio.run(codes()) == ["50000", "0", "0", "51111"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
rows = st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=8)


@pytest.mark.slow
@settings(max_examples=60)
@given(target=st.sampled_from(HOT + COLD), body=st.binary(max_size=200))
def test_no_bytes_as_a_body_make_a_fault_of_ours(venue: Venue, target: str, body: bytes) -> None:
    """Whatever it is, it is answered."""
    venue.beat(ahead_ms=STEP_MS)
    check_envelope(asyncio.run(venue.post(target, body)))


@pytest.mark.slow
@settings(max_examples=120)
@given(target=st.sampled_from(HOT + COLD), body=rows | st.lists(rows, max_size=3))
def test_no_json_as_a_body_makes_a_fault_of_ours(venue: Venue, target: str, body: object) -> None:
    """Right names with anything in them."""
    venue.beat(ahead_ms=STEP_MS)
    check_envelope(asyncio.run(venue.post(target, body)))


@pytest.mark.slow
@settings(max_examples=80)
@given(
    target=st.sampled_from(READS),
    names=st.lists(
        st.sampled_from(
            [
                "instId",
                "instType",
                "ordId",
                "clOrdId",
                "after",
                "before",
                "begin",
                "end",
                "limit",
                "bar",
                "sz",
                "px",
                "type",
                "ccy",
                "state",
                "ordType",
                "tdMode",
                "x",
            ]
        ),
        max_size=5,
    ),
    values=st.lists(
        st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)
        | st.sampled_from(
            ["BTC-USDT", "SPOT", "0", "1", "-1", "1e9", str(2**63), str(2**64), "9" * 50, "1m"]
        ),
        min_size=5,
        max_size=5,
    ),
)
def test_no_query_makes_a_fault_of_ours(
    venue: Venue, target: str, names: list[str], values: list[str]
) -> None:
    """Also the same name twice, and numbers beyond 64 bits."""
    venue.beat(ahead_ms=STEP_MS)
    query = httpx.QueryParams(list(zip(names, values, strict=False)))
    path = f"{target}?{query}" if str(query) else target
    check_envelope(asyncio.run(venue.get(path, "alice")))


@pytest.mark.slow
@settings(max_examples=60)
@given(query=st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), max_size=60))
def test_no_raw_query_makes_a_fault_of_ours(venue: Venue, query: str) -> None:
    """Percent signs that lead nowhere, stray separators, invalid UTF-8 in escapes."""
    venue.beat(ahead_ms=STEP_MS)
    safe = query.replace("#", "").replace("?", "")
    check_envelope(asyncio.run(venue.get(f"{V5}/market/ticker?{safe}")))


@pytest.mark.parametrize("query", ["instId=%FF%FE", "instId=%ZZ", "instId=%00", "&&==", "%"])
def test_broken_escapes_are_just_wrong_names(venue: Venue, query: str) -> None:
    """Not a fault of ours."""
    answer = asyncio.run(venue.get(f"{V5}/market/ticker?{query}"))

    assert check_envelope(answer) in ("51001", "50014", "51000")


@pytest.mark.parametrize(
    ("method", "target", "status", "code"),
    [
        ("GET", "/nowhere", 404, "50404"),
        ("GET", f"{V5}/public/time/", 404, "50404"),
        ("GET", f"{V5}/trade/amend-algos", 404, "50404"),
        ("POST", f"{V5}/rfq/create-rfq", 404, "50404"),
        ("GET", f"{V5}/../../etc/passwd", 404, "50404"),
        ("POST", f"{V5}/public/time", 405, "50115"),
        ("DELETE", f"{V5}/trade/order", 405, "50115"),
        ("PUT", "/", 405, "50115"),
        ("OPTIONS", f"{V5}/public/time", 405, "50115"),
        ("BREW", f"{V5}/public/time", 405, "50115"),
    ],
)
def test_what_does_not_exist_is_answered_in_the_envelope(
    venue: Venue, method: str, target: str, status: int, code: str
) -> None:
    """python-okx decodes every answer as JSON, whatever its status."""

    async def ask() -> httpx.Response:
        async with venue.client() as client:
            return await client.request(method, target)

    answer = asyncio.run(ask())

    assert (status, code) == (answer.status_code, check_envelope(answer))


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("Application/JSON", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("", 415),
    ],
)
def test_a_body_must_be_said_to_be_json(venue: Venue, content_type: str, status: int) -> None:
    """A form of a browser is no order."""
    order = {"instId": "BTC-USDT", "side": "buy", "ordType": "limit", "px": "1", "sz": "0.00001"}
    headers = {"content-type": content_type}
    answer = asyncio.run(venue.post(HOT[0], order, headers=headers))

    assert status == answer.status_code
    assert check_envelope(answer) == ("0" if status == 200 else "50006")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"OK-ACCESS-KEY": ""}, "50103"),
        ({"OK-ACCESS-PASSPHRASE": ""}, "50104"),
        ({"OK-ACCESS-SIGN": ""}, "50106"),
        ({"OK-ACCESS-TIMESTAMP": ""}, "50107"),
        ({"OK-ACCESS-KEY": "nobody"}, "50111"),
        ({"OK-ACCESS-KEY": "x" * 5_000}, "50111"),
        ({"OK-ACCESS-TIMESTAMP": "yesterday"}, "50112"),
        ({"OK-ACCESS-TIMESTAMP": "2020-01-01T00:00:00.000Z"}, "50102"),
        ({"OK-ACCESS-SIGN": "AAAA"}, "50113"),
        ({"OK-ACCESS-SIGN": "\u00e9"}, "50113"),
        ({"OK-ACCESS-PASSPHRASE": "wrong-one"}, "50105"),
    ],
    ids=str,
)
def test_who_is_not_believed_learns_why(venue: Venue, changes: dict[str, str], code: str) -> None:
    """401 with the exact code and no space after the colon: hummingbot looks for that text."""
    target = f"{V5}/account/balance"

    async def ask() -> httpx.Response:
        headers = venue.signed("alice", "GET", target) | changes
        async with venue.client() as client:
            raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
            return await client.get(target, headers=raw)

    answer = asyncio.run(ask())

    assert (401, code) == (answer.status_code, check_envelope(answer))


def test_a_signature_is_over_the_raw_query_and_body(venue: Venue) -> None:
    """One byte more, or another escape of the same text, is another request."""

    async def ask(signed_target: str, target: str) -> httpx.Response:
        headers = venue.signed("alice", "GET", signed_target)
        async with venue.client() as client:
            return await client.get(target, headers=headers)

    target = f"{V5}/account/balance?ccy=BTC%2CUSDT"
    assert check_envelope(asyncio.run(ask(target, target))) == "0"
    assert check_envelope(asyncio.run(ask(target.replace("%2C", ","), target))) == "50113"


def test_a_key_that_may_only_read_cannot_trade(venue: Venue) -> None:
    """The scope is the journal's, not the request's."""
    order = {"instId": "BTC-USDT", "side": "buy", "ordType": "limit", "px": "1", "sz": "0.00001"}
    reader = "carol-reads"

    refused = asyncio.run(venue.post(HOT[0], order, reader))
    assert (403, "50030") == (refused.status_code, check_envelope(refused))
    assert check_envelope(asyncio.run(venue.get(f"{V5}/account/balance", reader))) == "0"


@pytest.fixture(scope="module")
def served() -> Iterator[ServedVenue]:
    """A venue behind a real socket."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with served_venue(port) as running:
        yield running


def exchange(served: ServedVenue, head: bytes, parts: list[bytes]) -> bytes:
    """Send a request piece by piece, as far as the venue listens; everything it answers."""
    received = b""
    with closing(socket.create_connection(("127.0.0.1", served.port), timeout=10)) as peer:
        try:
            peer.sendall(head)
            for part in parts:
                peer.sendall(part)
        except OSError:
            pass  # it has hung up on us, as it should
        try:
            while piece := peer.recv(65_536):
                received += piece
        except OSError:
            pass
    return received


HEAD = b"POST /api/v5/trade/order HTTP/1.1\r\nHost: venue\r\nContent-Type: application/json\r\n"


@pytest.mark.slow
def test_a_huge_body_is_refused_by_its_announced_length(served: ServedVenue) -> None:
    """100 MB announced: the answer comes before a single byte of it."""
    answer = exchange(served, HEAD + b"Content-Length: 104857600\r\n\r\n", [])

    assert answer.startswith(b"HTTP/1.1 413")
    assert b'"code":"50025"' in answer
    assert b"connection: close" in answer


@pytest.mark.slow
def test_a_huge_chunked_body_is_refused_by_counting(served: ServedVenue) -> None:
    """100 MB in chunks that announce nothing: it ends soon after 64 KB."""
    chunk = b"%x\r\n%s\r\n" % (32_768, b"x" * 32_768)
    head = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    answer = exchange(served, head, [chunk] * 3_200)

    assert answer.startswith(b"HTTP/1.1 413")
    assert b'"code":"50025"' in answer


@pytest.mark.slow
def test_a_body_at_the_limit_is_read_and_one_above_is_not(served: ServedVenue) -> None:
    """64 KB exactly."""
    for length, status in ((BODY_BYTES_MAX, b"401"), (BODY_BYTES_MAX + 1, b"413")):
        head = HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % length
        answer = exchange(served, head, [b"x" * length])

        assert answer.startswith(b"HTTP/1.1 " + status)


@pytest.mark.slow
def test_a_connection_that_was_refused_leaves_the_others_alone(served: ServedVenue) -> None:
    """Many rude clients, then a polite one."""
    for _ in range(20):
        exchange(served, HEAD + b"Content-Length: 999999999999\r\n\r\n", [b"x" * 100_000])

    assert httpx.get(f"{served.url}{V5}/public/time").status_code == 200
