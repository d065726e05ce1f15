"""The keys of the demo's people: in a file that only the owner may read, the same at each start.

They exist so that a person can try the venue within a minute; a venue without a demo has no such
file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from seawall.errors import DataFault
from seawall.identity.sealing import OWNER_ONLY, write_owner_only
from seawall.identity.store import IdentityStore, NewKey, Scope

DEMO_KEYS_FILE = "demo-keys.json"


class DemoKey(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the file, in the words that clients use."""

    name: str
    account_id: int
    api_key: str
    secret: str
    passphrase: str
    scopes: int


def ensure_demo_keys(
    store: IdentityStore, directory: Path, *, accounts: Mapping[str, int], now_ms: int
) -> list[DemoKey]:
    """A key for each name and account: those of the file, else new ones, which are added to it.

    The database is made to agree with the file, so a lost database brings the same keys back. The
    caller announces them to the journal (`RegisterKey`). Raises DataFault when the file is damaged.
    """
    path = directory / DEMO_KEYS_FILE
    keys = {key.name: key for key in _read(path)}
    fresh = [name for name in accounts if name not in keys]
    for name in fresh:
        new_key = store.create_key(
            account_id=accounts[name],
            scopes=Scope.READ | Scope.TRADE,
            now_ms=now_ms,
            label=f"demo {name}",
        )
        keys[name] = DemoKey(
            name=name,
            account_id=new_key.account_id,
            api_key=new_key.key_id,
            secret=new_key.secret,
            passphrase=new_key.passphrase,
            scopes=new_key.scopes,
        )
    if fresh:
        write_owner_only(path, msgspec.json.format(msgspec.json.encode(list(keys.values()))))
    path.chmod(OWNER_ONLY)
    for key in keys.values():
        if store.key(key.api_key) is None:
            store.put_key(_new_key(key), now_ms=now_ms, label=f"demo {key.name}")
    return [keys[name] for name in accounts]


def _new_key(key: DemoKey) -> NewKey:
    return NewKey(
        key_id=key.api_key,
        secret=key.secret,
        passphrase=key.passphrase,
        account_id=key.account_id,
        scopes=key.scopes,
    )


def _read(path: Path) -> list[DemoKey]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[DemoKey])
    except FileNotFoundError:
        return []
    except msgspec.DecodeError as error:
        raise DataFault(
            expected=f"a list of demo keys in {path.name}",
            found=str(error),
            to_do=f"delete {path.name}: new demo keys are made at the next start",
        ) from error
