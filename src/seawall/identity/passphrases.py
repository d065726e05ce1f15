"""Passphrases of API keys: argon2 at rest, a keyed digest in memory.

Argon2 is slow on purpose (about 20 ms and 19 MiB), which is right for a stolen database and wrong
for each of 4,000 requests a second. A client proves the passphrase once; then the process keeps a
BLAKE2b digest of it under a random key that lives and dies with the process, and compares with
that. The digest
is no weaker than what stands beside it in memory anyway: the secret that signs the requests.
"""

from __future__ import annotations

import hmac
import secrets
from hashlib import blake2b

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

PASSPHRASE_BYTES_MAX = 128

# RFC 9106's second choice is 64 MiB and 3 passes; an API key's passphrase is random and second to a
# signature, so the smaller figures that OWASP recommends are enough and keep a flood of logins
# cheap.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_PROCESS_KEY = secrets.token_bytes(32)


def hash_passphrase(passphrase: str) -> str:
    """The argon2id hash to store, with its salt and parameters in it."""
    return _HASHER.hash(passphrase)


def is_passphrase(passphrase: bytes, passphrase_hash: str) -> bool:
    """The slow check, about 20 ms; releases the interpreter lock. Never raises on what a user
    sends.
    """
    try:
        return _HASHER.verify(passphrase_hash, passphrase)
    except (VerificationError, InvalidHashError):
        return False


def fast_digest(passphrase: bytes) -> bytes:
    """The digest by which this process recognises a passphrase again."""
    return blake2b(passphrase, key=_PROCESS_KEY, digest_size=32).digest()


def are_equal(one: bytes, other: bytes) -> bool:
    """Comparison whose duration tells nothing."""
    return hmac.compare_digest(one, other)
