"""Signatures of v5 requests: who sent this, and is it what he signed?

```
OK-ACCESS-SIGN = base64(HMAC-SHA256(secret, timestamp + METHOD + path and query + body))
```
over the **raw** bytes of target and body, as they came. Cheap checks come first, so that a flood of
rubbish costs little: headers there and short, key known, clock near; then the HMAC; the
passphrase last, because it may take argon2, which only somebody who holds the secret may ask for.
Comparisons take the same time whatever they find.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from typing import Final

import msgspec

from seawall.gateway.limits import (
    BODY_BYTES_MAX,
    CLOCK_SKEW_MS_MAX,
    HEADER_BYTES_MAX,
    TARGET_BYTES_MAX,
)
from seawall.identity import ApiKey, KeyRing

# 2026-01-02T03:04:05.678Z; bytes patterns match ASCII digits only.
_SECOND: Final = re.compile(rb"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)", re.ASCII)
_FRACTION: Final = re.compile(rb"(?:\.(\d{1,9}))?Z", re.ASCII)
SECOND_BYTES: Final = 19
SECONDS_REMEMBERED: Final = 128  # honest clocks differ by a minute at most
_EPOCH_ORDINAL: Final = datetime(1970, 1, 1, tzinfo=UTC).toordinal()


class SignatureFault(Enum):
    """Why a request is not its sender's: the code that v5 clients know, and a sentence."""

    NO_KEY = (50103, "The header OK-ACCESS-KEY is missing or empty.")
    NO_PASSPHRASE = (50104, "The header OK-ACCESS-PASSPHRASE is missing or empty.")
    WRONG_PASSPHRASE = (50105, "The passphrase is not the one of this API key.")
    NO_SIGNATURE = (50106, "The header OK-ACCESS-SIGN is missing or empty.")
    NO_TIMESTAMP = (50107, "The header OK-ACCESS-TIMESTAMP is missing or empty.")
    UNKNOWN_KEY = (50111, "There is no such API key, or it was revoked.")
    BAD_TIMESTAMP = (50112, "The timestamp must look like 2026-01-02T03:04:05.678Z.")
    CLOCK_TOO_FAR = (50102, "The timestamp is more than 30 seconds away from the venue's clock.")
    WRONG_SIGNATURE = (50113, "The signature does not belong to this request and key.")

    def __init__(self, code: int, sentence: str) -> None:
        self.code = code
        self.sentence = sentence


class SignedParts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The four headers, raw."""

    key_id: bytes
    signature: bytes
    timestamp: bytes
    passphrase: bytes


class Caller(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who signed a request, and what the key may do (`seawall.identity.Scope`)."""

    account_id: int
    key_id: str
    scopes: int


def signed_parts(headers: Mapping[bytes, bytes]) -> SignedParts | SignatureFault:
    """The four headers of a request (lower-case names), or which is missing. An overlong one is
    wrong.
    """
    key_id = headers.get(b"ok-access-key")
    if not key_id:
        return SignatureFault.NO_KEY
    signature = headers.get(b"ok-access-sign")
    if not signature:
        return SignatureFault.NO_SIGNATURE
    timestamp = headers.get(b"ok-access-timestamp")
    if not timestamp:
        return SignatureFault.NO_TIMESTAMP
    passphrase = headers.get(b"ok-access-passphrase")
    if not passphrase:
        return SignatureFault.NO_PASSPHRASE
    if len(key_id) > HEADER_BYTES_MAX:
        return SignatureFault.UNKNOWN_KEY
    if len(timestamp) > HEADER_BYTES_MAX:
        return SignatureFault.BAD_TIMESTAMP
    if len(signature) > HEADER_BYTES_MAX:
        return SignatureFault.WRONG_SIGNATURE
    if len(passphrase) > HEADER_BYTES_MAX:
        return SignatureFault.WRONG_PASSPHRASE
    return SignedParts(
        key_id=key_id, signature=signature, timestamp=timestamp, passphrase=passphrase
    )


def check_parts(keys: KeyRing, parts: SignedParts, *, now_ms: int) -> ApiKey | SignatureFault:
    """The cheap half, which needs no body: the key is known and the clock near.

    now_ms: the venue's wall clock.
    """
    key = keys.find(parts.key_id)
    if key is None:
        return SignatureFault.UNKNOWN_KEY
    stamp_ms = _milliseconds(parts.timestamp)
    if stamp_ms is None:
        return SignatureFault.BAD_TIMESTAMP
    if not -CLOCK_SKEW_MS_MAX <= now_ms - stamp_ms <= CLOCK_SKEW_MS_MAX:
        return SignatureFault.CLOCK_TOO_FAR
    return key


def is_signed(
    key: ApiKey, parts: SignedParts, *, method: bytes, target: bytes, body: bytes
) -> bool:
    """Whether the signature is the key's over exactly these bytes. `target`: raw path and query."""
    if len(target) > TARGET_BYTES_MAX or len(body) > BODY_BYTES_MAX:
        return False
    digest = hmac.digest(key.secret, b"".join((parts.timestamp, method, target, body)), "sha256")
    return hmac.compare_digest(b64encode(digest), parts.signature)


async def verify_signature(
    keys: KeyRing, parts: SignedParts, *, method: bytes, target: bytes, body: bytes, now_ms: int
) -> Caller | SignatureFault:
    """Everything: the caller, or the first fault. Waits only when a passphrase is proven the
    first time.
    """
    key = check_parts(keys, parts, now_ms=now_ms)
    if isinstance(key, SignatureFault):
        return key
    if not is_signed(key, parts, method=method, target=target, body=body):
        return SignatureFault.WRONG_SIGNATURE
    is_right = key.is_passphrase(parts.passphrase)
    if is_right is None:
        is_right = await key.prove_passphrase(parts.passphrase)
        if keys.find(parts.key_id) is not key:
            return SignatureFault.UNKNOWN_KEY  # revoked while argon2 ran
    if not is_right:
        return SignatureFault.WRONG_PASSPHRASE
    return Caller(account_id=key.account_id, key_id=key.key_id, scopes=key.scopes)


def _milliseconds(timestamp: bytes) -> int | None:
    """Milliseconds since 1970, or None when it is no moment."""
    second_ms = _second_ms(timestamp[:SECOND_BYTES])
    tail = _FRACTION.fullmatch(timestamp, SECOND_BYTES)
    if second_ms is None or tail is None:
        return None
    return second_ms + int((tail[1] or b"0")[:3].ljust(3, b"0"))


@lru_cache(maxsize=SECONDS_REMEMBERED)
def _second_ms(text: bytes) -> int | None:
    """The same for a whole second, which many requests name, one after the other."""
    match = _SECOND.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = map(int, match.groups())
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    days = moment.toordinal() - _EPOCH_ORDINAL
    return ((days * 24 + hour) * 60 + minute) * 60_000 + second * 1_000
