"""Identity: who people are and which API keys they hold. The second authoritative store.

It keeps people, argon2 hashes of passphrases, and the secrets of API keys, sealed under a key that
lies beside the database (`identity.key`, mode 600). Nothing of it can be derived from the
journal, and
no secret ever enters the journal: there a key is only announced (`RegisterKey`, `RevokeKey`).

It must not know orders, balances or HTTP, and it is never read on the order path: the edge holds
the secrets in memory (`KeyRing`). Back it up on its own, database and key file together. Start
reading in `store.py`, then `key_ring.py`.
"""

from seawall.identity.demo_keys import DemoKey, ensure_demo_keys
from seawall.identity.key_ring import ApiKey, KeyRing
from seawall.identity.store import IdentityStore, KeyRecord, NewKey, Person, Scope

__all__ = [
    "ApiKey",
    "DemoKey",
    "IdentityStore",
    "KeyRecord",
    "KeyRing",
    "NewKey",
    "Person",
    "Scope",
    "ensure_demo_keys",
]
