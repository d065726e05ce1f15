"""Sealing secrets: AES-256-GCM under one key file that only its owner may read.

A sealed secret is bound to the id of its API key, so a row of the database moved to another id
does not open. The file is made once, atomically; it is never made anew while something was sealed
under it.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from seawall.errors import DataFault, OperatorFault

KEY_BYTES = 32
NONCE_BYTES = 12
OWNER_ONLY = stat.S_IRUSR | stat.S_IWUSR  # 600


class Sealer:
    """Seals and opens secrets under the key in a file. Build it with `open_sealer`."""

    def __init__(self, key: bytes) -> None:
        assert len(key) == KEY_BYTES
        self._cipher = AESGCM(key)

    def seal(self, secret: bytes, *, key_id: str) -> bytes:
        """The secret, readable only with the key file and only for this key id."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, key_id.encode())

    def open(self, sealed: bytes, *, key_id: str) -> bytes:
        """The inverse of `seal`. Raises DataFault when key file, id or bytes are not the ones of
        then.
        """
        nonce, body = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, body, key_id.encode())
        except (InvalidTag, ValueError) as error:
            raise DataFault(
                expected=f"the secret of API key {key_id}, sealed under this identity.key",
                found="a secret that does not open: another key file, or changed bytes",
                to_do="restore identity.db and identity.key from the same backup",
            ) from error


def open_sealer(path: Path, *, may_create: bool) -> Sealer:
    """The sealer of the key file at `path`, made now when it is missing and `may_create`.

    Raises OperatorFault when others may read the file, DataFault when it is missing or cut.
    """
    if not path.exists():
        if not may_create:
            raise DataFault(
                expected=f"the key file {path.name} beside the identity database",
                found="a database with sealed secrets and no key file",
                to_do="restore the key file from the backup, or revoke and create all API keys",
            )
        _create_key_file(path)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & ~OWNER_ONLY:
        raise OperatorFault(
            expected=f"{path.name} to be readable by its owner only (mode 600)",
            found=f"mode {mode:o}",
            to_do=f"chmod 600 {path.name}, and if others could read it, create new API keys",
        )
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise DataFault(
            expected=f"{KEY_BYTES} bytes in {path.name}",
            found=f"{len(key)} bytes",
            to_do="restore the key file from the backup",
        )
    return Sealer(key)


def write_owner_only(path: Path, data: bytes) -> None:
    """Write a whole file with mode 600, durable, replacing what was there."""
    scratch = path.with_name(f"{path.name}.{secrets.token_hex(8)}.tmp")
    _write_new(scratch, data)
    scratch.replace(path)
    _sync_directory(path.parent)


def _create_key_file(path: Path) -> None:
    """Two processes that start together end up with one key: the link fails for the second."""
    scratch = path.with_name(f"{path.name}.{secrets.token_hex(8)}.tmp")
    _write_new(scratch, secrets.token_bytes(KEY_BYTES))
    try:
        os.link(scratch, path)
    except FileExistsError:
        return  # the other process was first: its key counts
    finally:
        scratch.unlink()
    _sync_directory(path.parent)


def _write_new(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
