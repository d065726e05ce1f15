"""Who signed this? A table of real vectors, and everything that hostile headers can hold.

The signatures were computed with `openssl dgst -sha256 -hmac`, not with the code under test.
"""

from __future__ import annotations

import asyncio
import hmac
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.gateway.limits import (
    BODY_BYTES_MAX,
    CLOCK_SKEW_MS_MAX,
    HEADER_BYTES_MAX,
    TARGET_BYTES_MAX,
)
from seawall.gateway.signatures import (
    Caller,
    SignatureFault,
    SignedParts,
    check_parts,
    is_signed,
    signed_parts,
    verify_signature,
)
from seawall.identity import KeyRecord, KeyRing
from seawall.identity.passphrases import hash_passphrase
from tests.gateway.venue import ALICE, Keys

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(90)]

KEY_ID = b"37c541a1-0000-0000-0000-10fe7a038418"
SECRET = b"22582BD0CFF14C41EDBF1AB98506286D"
PASSPHRASE = b"tide-Pool 7"
STAMP = b"2026-01-02T03:04:05.678Z"
STAMP_MS = 1_767_323_045_678
PASSPHRASE_HASH = hash_passphrase(PASSPHRASE.decode())

# name: method, target, body, signature at STAMP
VECTORS = {
    "get with a query": (
        b"GET",
        b"/api/v5/account/balance?ccy=BTC",
        b"",
        b"8InlbPbtm0152grYbl0RxEgi22GEOv4iz5g2SyMj9yw=",
    ),
    "post with spaces in its json": (
        b"POST",
        b"/api/v5/trade/order",
        b'{"instId": "BTC-USDT", "sz": "1"}',
        b"AESin7Pd2WYEyTHsgfwRB/ibY1atl/eEGAvFHDGcqyg=",
    ),
    "query as it was escaped": (
        b"GET",
        b"/api/v5/trade/order?instId=BTC-USDT&clOrdId=a%20b",
        b"",
        b"NcbhZyK8rI1ViRt10D5aoEHNLwDx8S7kzLS5VVJk8FU=",
    ),
    "query as it was not escaped": (
        b"GET",
        b"/api/v5/trade/order?instId=BTC-USDT&clOrdId=a b",
        b"",
        b"POUwXzTxPGNfMOK9JjVw1BtmGZtyiGMlugcXrHhrYdg=",
    ),
    "body in utf-8": (
        b"POST",
        b"/api/v5/trade/order",
        b'{"tag":"\xc3\xa9"}',
        b"13m0eWxycJPoQNakrMFm5tTkB2GypNOdgP4wxCExuA8=",
    ),
    "body that is no text": (
        b"POST",
        b"/api/v5/trade/order",
        b'{"tag":"\xff\x00"}',
        b"yKk26dePPFUeJ19ziciElgcSwCk9/rN69aUaA5TBnyI=",
    ),
}


def new_ring(*, scopes: int = 3) -> KeyRing:
    """A ring with one announced key."""
    ring = KeyRing(
        Keys(
            KeyRecord(
                key_id=KEY_ID.decode(),
                account_id=ALICE,
                scopes=3,
                label="",
                passphrase_hash=PASSPHRASE_HASH,
                secret=SECRET,
                created_ms=0,
                revoked_ms=None,
            )
        )
    )
    ring.register(KEY_ID, account_id=ALICE, scopes=scopes)
    return ring


def parts_of(
    signature: bytes,
    *,
    key_id: bytes = KEY_ID,
    timestamp: bytes = STAMP,
    passphrase: bytes = PASSPHRASE,
) -> SignedParts:
    """Four headers."""
    return SignedParts(
        key_id=key_id, signature=signature, timestamp=timestamp, passphrase=passphrase
    )


async def verify(parts: SignedParts, name: str, ring: KeyRing | None = None) -> object:
    """Verify a vector's request with these headers."""
    method, target, body, _ = VECTORS[name]
    return await verify_signature(
        new_ring() if ring is None else ring,
        parts,
        method=method,
        target=target,
        body=body,
        now_ms=STAMP_MS,
    )


@pytest.mark.parametrize("name", VECTORS)
async def test_a_vector_is_accepted_and_says_whose_it_is(name: str) -> None:
    found = await verify(parts_of(VECTORS[name][3]), name, new_ring(scopes=1))

    assert found == Caller(account_id=ALICE, key_id=KEY_ID.decode(), scopes=1)


@pytest.mark.parametrize("name", VECTORS)
async def test_one_changed_byte_anywhere_breaks_a_signature(name: str) -> None:
    method, target, body, signature = VECTORS[name]
    key = new_ring().find(KEY_ID)
    assert key is not None
    parts = parts_of(signature)
    assert is_signed(key, parts, method=method, target=target, body=body)

    for at in range(len(body)):
        changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        assert not is_signed(key, parts, method=method, target=target, body=changed)
    for at in range(len(target)):
        changed = target[:at] + bytes([target[at] ^ 1]) + target[at + 1 :]
        assert not is_signed(key, parts, method=method, target=changed, body=body)
    for at in range(len(signature)):
        changed = signature[:at] + bytes([signature[at] ^ 1]) + signature[at + 1 :]
        assert not is_signed(key, parts_of(changed), method=method, target=target, body=body)
    assert not is_signed(key, parts, method=b"PUT", target=target, body=body)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"key_id": b"37c541a1"}, SignatureFault.UNKNOWN_KEY),
        ({"key_id": KEY_ID.upper()}, SignatureFault.UNKNOWN_KEY),
        ({"signature": b"AAAA"}, SignatureFault.WRONG_SIGNATURE),
        ({"signature": b"\xff\xfe"}, SignatureFault.WRONG_SIGNATURE),
        ({"timestamp": b"2026-01-02T03:04:35.679Z"}, SignatureFault.CLOCK_TOO_FAR),
        ({"timestamp": b"2026-01-02T03:03:35.677Z"}, SignatureFault.CLOCK_TOO_FAR),
        ({"timestamp": b"2026-01-02T03:04:05.679Z"}, SignatureFault.WRONG_SIGNATURE),
        ({"timestamp": b"1767323045.678"}, SignatureFault.BAD_TIMESTAMP),
        ({"timestamp": b"2026-13-02T03:04:05.678Z"}, SignatureFault.BAD_TIMESTAMP),
        ({"timestamp": b"0000-01-02T03:04:05.678Z"}, SignatureFault.BAD_TIMESTAMP),
        ({"timestamp": STAMP + b"\n"}, SignatureFault.BAD_TIMESTAMP),
        ({"timestamp": "٢٠26-01-02T03:04:05.678Z".encode()}, SignatureFault.BAD_TIMESTAMP),
        ({"passphrase": b"tide-pool 7"}, SignatureFault.WRONG_PASSPHRASE),
        ({"passphrase": b"\xff\x00"}, SignatureFault.WRONG_PASSPHRASE),
        ({"passphrase": b"x" * HEADER_BYTES_MAX}, SignatureFault.WRONG_PASSPHRASE),
    ],
)
async def test_each_wrong_header_has_its_own_fault(
    changed: dict[str, bytes], fault: SignatureFault
) -> None:
    name = "get with a query"
    fields = {"signature": VECTORS[name][3], **changed}

    assert await verify(parts_of(**fields), name) is fault


def test_the_codes_are_those_that_clients_know() -> None:
    assert {
        "NO_KEY": 50103,
        "NO_PASSPHRASE": 50104,
        "WRONG_PASSPHRASE": 50105,
        "NO_SIGNATURE": 50106,
        "NO_TIMESTAMP": 50107,
        "UNKNOWN_KEY": 50111,
        "BAD_TIMESTAMP": 50112,
        "CLOCK_TOO_FAR": 50102,
        "WRONG_SIGNATURE": 50113,
    } == {fault.name: fault.code for fault in SignatureFault}


@pytest.mark.parametrize("skew_ms", [-CLOCK_SKEW_MS_MAX, 0, CLOCK_SKEW_MS_MAX])
def test_a_clock_may_be_thirty_seconds_off_and_not_a_millisecond_more(skew_ms: int) -> None:
    ring = new_ring()
    parts = parts_of(b"x")
    beyond = skew_ms + (1 if skew_ms > 0 else -1)

    assert check_parts(ring, parts, now_ms=STAMP_MS + skew_ms) is ring.find(KEY_ID)
    if skew_ms != 0:
        found = check_parts(ring, parts, now_ms=STAMP_MS + beyond)
        assert found is SignatureFault.CLOCK_TOO_FAR


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        (b"1970-01-01T00:00:00.000Z", 0),
        (b"1970-01-01T00:00:00Z", 0),
        (b"2024-02-29T23:59:59.9Z", 1_709_251_199_900),
        (b"2026-01-02T03:04:05.678901234Z", STAMP_MS),
    ],
)
def test_a_timestamp_is_read_to_the_millisecond(text: bytes, milliseconds: int) -> None:
    ring = new_ring()

    for now_ms, is_near in (
        (milliseconds + CLOCK_SKEW_MS_MAX, True),
        (milliseconds + CLOCK_SKEW_MS_MAX + 1, False),
    ):
        found = check_parts(ring, parts_of(b"x", timestamp=text), now_ms=now_ms)
        assert (found is ring.find(KEY_ID)) == is_near


HEADERS = {
    b"ok-access-key": KEY_ID,
    b"ok-access-sign": b"c2ln",
    b"ok-access-timestamp": STAMP,
    b"ok-access-passphrase": PASSPHRASE,
}


@pytest.mark.parametrize(
    ("name", "missing", "overlong"),
    [
        (b"ok-access-key", SignatureFault.NO_KEY, SignatureFault.UNKNOWN_KEY),
        (b"ok-access-sign", SignatureFault.NO_SIGNATURE, SignatureFault.WRONG_SIGNATURE),
        (b"ok-access-timestamp", SignatureFault.NO_TIMESTAMP, SignatureFault.BAD_TIMESTAMP),
        (b"ok-access-passphrase", SignatureFault.NO_PASSPHRASE, SignatureFault.WRONG_PASSPHRASE),
    ],
)
def test_a_missing_empty_or_huge_header_has_its_fault(
    name: bytes, missing: SignatureFault, overlong: SignatureFault
) -> None:
    without = {key: value for key, value in HEADERS.items() if key != name}

    assert signed_parts(without) is missing
    assert signed_parts({**HEADERS, name: b""}) is missing
    assert isinstance(signed_parts({**HEADERS, name: b"x" * HEADER_BYTES_MAX}), SignedParts)
    assert signed_parts({**HEADERS, name: b"x" * (HEADER_BYTES_MAX + 1)}) is overlong


def test_too_long_a_target_or_body_is_not_even_hashed() -> None:
    """A signature over the limit cannot be right: the entrance refuses such requests anyway."""
    key = new_ring().find(KEY_ID)
    assert key is not None
    for target, body, is_right in (
        (b"t" * TARGET_BYTES_MAX, b"b" * BODY_BYTES_MAX, True),
        (b"t" * (TARGET_BYTES_MAX + 1), b"", False),
        (b"t", b"b" * (BODY_BYTES_MAX + 1), False),
    ):
        digest = hmac.new(SECRET, STAMP + b"POST" + target + body, "sha256").digest()
        parts = parts_of(b64encode(digest))
        assert is_signed(key, parts, method=b"POST", target=target, body=body) is is_right


@given(st.binary(max_size=64), st.binary(max_size=64), st.binary(max_size=64))
def test_no_header_makes_the_check_raise(key_id: bytes, stamp: bytes, signature: bytes) -> None:
    ring = new_ring()
    found = signed_parts(
        {
            b"ok-access-key": key_id,
            b"ok-access-sign": signature,
            b"ok-access-timestamp": stamp,
            b"ok-access-passphrase": key_id,
        }
    )
    if isinstance(found, SignedParts):
        assert isinstance(check_parts(ring, found, now_ms=STAMP_MS), SignatureFault)
        known = parts_of(signature, timestamp=stamp)
        assert isinstance(check_parts(ring, known, now_ms=STAMP_MS), SignatureFault)


async def test_a_revoked_key_is_unknown() -> None:
    name = "get with a query"
    ring = new_ring()
    ring.revoke(KEY_ID)

    assert await verify(parts_of(VECTORS[name][3]), name, ring) is SignatureFault.UNKNOWN_KEY


async def test_a_key_revoked_while_its_passphrase_is_proven_is_unknown() -> None:
    name = "get with a query"
    ring = new_ring()
    verifying = asyncio.ensure_future(verify(parts_of(VECTORS[name][3]), name, ring))
    await asyncio.sleep(0)  # argon2 runs now, in a thread
    ring.revoke(KEY_ID)

    assert await verifying is SignatureFault.UNKNOWN_KEY


async def test_argon2_is_asked_only_of_who_holds_the_secret() -> None:
    """A stranger who guesses passphrases must not be able to burn 20 ms of a core per guess."""
    name = "get with a query"
    ring = new_ring()
    key = ring.find(KEY_ID)
    assert key is not None
    await verify(parts_of(b"wrong", passphrase=b"guess"), name, ring)

    assert key.is_passphrase(b"guess") is None, "nobody has looked at it"
