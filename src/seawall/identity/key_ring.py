"""The keys that requests are signed with, in memory.

A key is accepted when both stores agree: identity has it and has not revoked it, and the journal
has announced it and not taken it back. What a key may do and for whom is what the journal says.
So a crash between the two leaves a key that does not work, never one that should not.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from seawall.identity.passphrases import (
    PASSPHRASE_BYTES_MAX,
    are_equal,
    fast_digest,
    is_passphrase,
)
from seawall.identity.store import KeyRecord

WRONG_PASSPHRASES_REMEMBERED_MAX = 16  # by key; the same wrong one again costs no argon2


class KeySource(Protocol):
    """Where keys are read; `IdentityStore` is one."""

    def key(self, key_id: str) -> KeyRecord | None:
        """One key, revoked or not."""

    def active_keys(self) -> list[KeyRecord]:
        """All keys that are not revoked."""


class ApiKey:
    """A key that is accepted. `secret` signs; `scopes` and `account_id` are the journal's."""

    __slots__ = (
        "_checking",
        "_digest",
        "_passphrase_hash",
        "_wrong",
        "account_id",
        "key_id",
        "scopes",
        "secret",
    )

    def __init__(self, record: KeyRecord, *, account_id: int, scopes: int) -> None:
        self.key_id: str = record.key_id
        self.account_id = account_id
        self.scopes = scopes
        self.secret: bytes = record.secret
        self._passphrase_hash = record.passphrase_hash
        self._digest: bytes | None = None  # of the right passphrase, once it was proven
        self._wrong: list[bytes] = []  # digests of passphrases that argon2 refused
        self._checking: asyncio.Lock | None = None

    def is_passphrase(self, passphrase: bytes) -> bool | None:
        """Whether it is the passphrase, without argon2; None when only argon2 can tell."""
        if len(passphrase) > PASSPHRASE_BYTES_MAX:
            return False
        digest = fast_digest(passphrase)
        if self._digest is not None:
            return are_equal(digest, self._digest)
        return False if digest in self._wrong else None

    async def prove_passphrase(self, passphrase: bytes) -> bool:
        """The same, asking argon2 in a thread when it must; one check of a key at a time."""
        if self._checking is None:
            self._checking = asyncio.Lock()
        async with self._checking:
            known = self.is_passphrase(passphrase)
            if known is not None:
                return known
            is_right = await asyncio.to_thread(is_passphrase, passphrase, self._passphrase_hash)
            if is_right:
                self._digest = fast_digest(passphrase)
                self._wrong = []
            else:
                self._wrong = [
                    *self._wrong[1 - WRONG_PASSPHRASES_REMEMBERED_MAX :],
                    fast_digest(passphrase),
                ]
            return is_right


class KeyRing:
    """All accepted keys by id. Made before the maps are described; changed by events after that."""

    def __init__(self, source: KeySource) -> None:
        self._source = source
        self._records = {record.key_id.encode(): record for record in source.active_keys()}
        self._announced: dict[bytes, tuple[int, int]] = {}  # key id: account, scopes
        self._keys: dict[bytes, ApiKey] = {}
        self._reads: set[asyncio.Future[KeyRecord | None]] = set()

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, key_id: bytes) -> ApiKey | None:
        """The key, when it is accepted now."""
        return self._keys.get(key_id)

    def is_announced(self, key_id: bytes) -> bool:
        """Whether the journal knows the key."""
        return key_id in self._announced

    def register(self, key_id: bytes, *, account_id: int, scopes: int) -> None:
        """The journal announced a key. One made since the start is read from identity, off the
        loop.
        """
        self._announced[key_id] = (account_id, scopes)
        record = self._records.get(key_id)
        if record is not None:
            self._accept(record)
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # no loop: the maps are being described, and nobody waits
            self._take(self._source.key(key_id.decode("ascii", "replace")))
            return
        read = loop.run_in_executor(None, self._source.key, key_id.decode("ascii", "replace"))
        self._reads.add(read)
        read.add_done_callback(self._on_read)

    def revoke(self, key_id: bytes) -> None:
        """The journal took a key back: it is refused from now on."""
        self._announced.pop(key_id, None)
        self._records.pop(key_id, None)
        self._keys.pop(key_id, None)

    async def settled(self) -> None:
        """Wait until the keys announced so far have been read."""
        while self._reads:
            await asyncio.wait(self._reads)
            await asyncio.sleep(0)  # the callbacks of the reads run before we look again

    def _on_read(self, read: asyncio.Future[KeyRecord | None]) -> None:
        self._reads.discard(read)
        if not read.cancelled():
            self._take(read.result())

    def _take(self, record: KeyRecord | None) -> None:
        if record is not None and record.revoked_ms is None:
            self._accept(record)

    def _accept(self, record: KeyRecord) -> None:
        key_id = record.key_id.encode()
        announced = self._announced.get(key_id)
        if announced is None:
            return  # taken back while it was being read
        account_id, scopes = announced
        self._records[key_id] = record
        self._keys[key_id] = ApiKey(record, account_id=account_id, scopes=scopes)
