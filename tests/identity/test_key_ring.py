"""Keys in memory: both stores must agree, and argon2 is asked once."""

from __future__ import annotations

import asyncio

import pytest

from seawall.identity import KeyRecord, KeyRing, Scope
from seawall.identity.key_ring import WRONG_PASSPHRASES_REMEMBERED_MAX, ApiKey
from seawall.identity.passphrases import PASSPHRASE_BYTES_MAX, hash_passphrase

pytestmark = pytest.mark.anyio

RIGHT = b"tide-Pool 7"
RIGHT_HASH = hash_passphrase(RIGHT.decode())
ACCOUNT_ID = 7


class Source:
    """A hand-written store that counts how often it is read."""

    def __init__(self, *records: KeyRecord) -> None:
        self.records = {record.key_id: record for record in records}
        self.reads = 0

    def key(self, key_id: str) -> KeyRecord | None:
        self.reads += 1
        return self.records.get(key_id)

    def active_keys(self) -> list[KeyRecord]:
        return [record for record in self.records.values() if record.revoked_ms is None]


def record(key_id: str, *, revoked_ms: int | None = None) -> KeyRecord:
    """A key of account 7."""
    return KeyRecord(
        key_id=key_id,
        account_id=ACCOUNT_ID,
        scopes=int(Scope.READ | Scope.TRADE),
        label="",
        passphrase_hash=RIGHT_HASH,
        secret=b"secret",
        created_ms=0,
        revoked_ms=revoked_ms,
    )


def api_key() -> ApiKey:
    """An accepted key."""
    return ApiKey(record("k"), account_id=ACCOUNT_ID, scopes=3)


def test_a_key_is_accepted_only_when_identity_and_journal_agree() -> None:
    ring = KeyRing(Source(record("both"), record("only-identity"), record("gone", revoked_ms=1)))
    for key_id in (b"both", b"only-journal", b"gone"):
        ring.register(key_id, account_id=ACCOUNT_ID, scopes=3)

    assert ring.find(b"both") is not None
    for key_id in (b"only-identity", b"only-journal", b"gone", b"", b"\xff"):
        assert ring.find(key_id) is None
    assert len(ring) == 1
    assert ring.is_announced(b"only-journal")


def test_what_a_key_may_do_is_what_the_journal_says() -> None:
    ring = KeyRing(Source(record("k")))
    ring.register(b"k", account_id=9, scopes=int(Scope.READ))

    key = ring.find(b"k")
    assert key is not None
    assert (key.account_id, key.scopes) == (9, Scope.READ)


async def test_a_key_made_while_the_venue_runs_is_read_once_it_is_announced() -> None:
    source = Source()
    ring = KeyRing(source)
    source.records["new"] = record("new")

    ring.register(b"new", account_id=ACCOUNT_ID, scopes=3)
    assert ring.find(b"new") is None, "the read runs beside the loop"
    await ring.settled()

    assert ring.find(b"new") is not None
    assert source.reads == 1


async def test_a_key_taken_back_while_it_is_being_read_stays_out() -> None:
    source = Source()
    ring = KeyRing(source)
    source.records["new"] = record("new")
    ring.register(b"new", account_id=ACCOUNT_ID, scopes=3)
    ring.revoke(b"new")
    await ring.settled()

    assert ring.find(b"new") is None
    ring.revoke(b"never seen")


async def test_the_first_check_asks_argon2_and_later_ones_do_not() -> None:
    """4,000 requests a second cannot pay 20 ms each: without its hash, a proven key still
    answers.
    """
    key = api_key()
    assert key.is_passphrase(RIGHT) is None
    assert await key.prove_passphrase(RIGHT)
    key._passphrase_hash = "argon2 would refuse everything from here on"

    assert key.is_passphrase(RIGHT) is True
    assert await key.prove_passphrase(RIGHT)
    assert key.is_passphrase(b"another") is False


async def test_a_wrong_passphrase_costs_argon2_once() -> None:
    key = api_key()

    assert not await key.prove_passphrase(b"wrong")
    assert key.is_passphrase(b"wrong") is False
    assert key.is_passphrase(RIGHT) is None
    assert await key.prove_passphrase(RIGHT)


async def test_wrong_passphrases_are_remembered_within_a_limit() -> None:
    key = api_key()
    for index in range(WRONG_PASSPHRASES_REMEMBERED_MAX + 1):
        await key.prove_passphrase(b"wrong %d" % index)

    assert key.is_passphrase(b"wrong 0") is None, "the oldest is forgotten"
    assert key.is_passphrase(b"wrong 1") is False
    assert await key.prove_passphrase(RIGHT)


async def test_a_crowd_that_comes_at_once_asks_argon2_once() -> None:
    key = api_key()

    answers = await asyncio.gather(*(key.prove_passphrase(RIGHT) for _ in range(50)))

    assert all(answers)


async def test_strange_passphrases_are_wrong_and_never_raise() -> None:
    key = api_key()

    for passphrase in (b"", b"\xff\xfe", b"\0", b"x" * PASSPHRASE_BYTES_MAX):
        assert not await key.prove_passphrase(passphrase)
    assert key.is_passphrase(b"x" * (PASSPHRASE_BYTES_MAX + 1)) is False


async def test_a_damaged_hash_in_the_database_opens_to_nobody() -> None:
    damaged = KeyRecord(
        key_id="k",
        account_id=1,
        scopes=3,
        label="",
        passphrase_hash="rubbish",
        secret=b"s",
        created_ms=0,
        revoked_ms=None,
    )

    assert not await ApiKey(damaged, account_id=1, scopes=3).prove_passphrase(RIGHT)
