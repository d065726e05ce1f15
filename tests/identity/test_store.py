"""People and keys on disk: modes, seals, limits, and what happens when a file is missing."""

from __future__ import annotations

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from seawall.errors import DataFault, NewerFormat, OperatorFault
from seawall.identity import IdentityStore, KeyRing, Scope, ensure_demo_keys
from seawall.identity.passphrases import is_passphrase
from seawall.identity.sealing import open_sealer
from seawall.identity.store import FIRST_ACCOUNT_ID, KEYS_PER_ACCOUNT_MAX, LABEL_LENGTH_MAX

NOW_MS = 1_772_000_000_000
BOTH = Scope.READ | Scope.TRADE


def mode(path: Path) -> int:
    """The permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def test_the_files_are_for_their_owner_only(tmp_path: Path) -> None:
    store = IdentityStore.open(tmp_path)
    store.create_key(account_id=1, scopes=BOTH, now_ms=NOW_MS)
    store.close()

    assert sorted(path.name for path in tmp_path.iterdir()) == ["identity.db", "identity.key"]
    assert {mode(path) for path in tmp_path.iterdir()} == {0o600}
    (tmp_path / "identity.db").chmod(0o644)
    IdentityStore.open(tmp_path).close()
    assert mode(tmp_path / "identity.db") == 0o600


def test_a_key_works_after_the_store_was_opened_anew(tmp_path: Path) -> None:
    store = IdentityStore.open(tmp_path)
    made = store.create_key(account_id=5, scopes=Scope.READ, now_ms=NOW_MS, label="laptop")
    store.close()
    key_bytes = (tmp_path / "identity.key").read_bytes()

    again = IdentityStore.open(tmp_path)
    found = again.key(made.key_id)
    again.close()

    assert (tmp_path / "identity.key").read_bytes() == key_bytes, "made once"
    assert found is not None
    assert (found.account_id, found.scopes, found.label) == (5, Scope.READ, "laptop")
    assert found.secret == made.secret.encode()
    assert is_passphrase(made.passphrase.encode(), found.passphrase_hash)
    assert made.secret not in repr(found)


def test_neither_secret_nor_passphrase_stands_on_disk(tmp_path: Path) -> None:
    store = IdentityStore.open(tmp_path)
    made = store.create_key(account_id=5, scopes=BOTH, now_ms=NOW_MS)
    store.close()

    for path in tmp_path.iterdir():
        content = path.read_bytes()
        assert made.secret.encode() not in content
        assert made.passphrase.encode() not in content


def test_sealed_secrets_do_not_open_under_another_key_file(tmp_path: Path) -> None:
    store = IdentityStore.open(tmp_path)
    made = store.create_key(account_id=5, scopes=BOTH, now_ms=NOW_MS)
    store.close()
    (tmp_path / "identity.key").write_bytes(b"\1" * 32)
    stolen = IdentityStore.open(tmp_path)

    with pytest.raises(DataFault, match="does not open"):
        stolen.key(made.key_id)
    with pytest.raises(DataFault, match="same backup"):
        KeyRing(stolen)
    stolen.close()


def test_a_sealed_secret_moved_to_another_key_does_not_open(tmp_path: Path) -> None:
    store = IdentityStore.open(tmp_path)
    one = store.create_key(account_id=1, scopes=BOTH, now_ms=NOW_MS)
    other = store.create_key(account_id=2, scopes=BOTH, now_ms=NOW_MS)
    with sqlite3.connect(tmp_path / "identity.db") as connection:
        connection.execute(
            "UPDATE api_keys SET secret_sealed ="
            " (SELECT secret_sealed FROM api_keys WHERE key_id = ?) WHERE key_id = ?",
            (one.key_id, other.key_id),
        )
    connection.close()

    assert store.key(one.key_id) is not None
    with pytest.raises(DataFault):
        store.key(other.key_id)
    store.close()


def test_a_lost_key_file_is_never_replaced_silently(tmp_path: Path) -> None:
    store = IdentityStore.open(tmp_path)
    store.create_key(account_id=1, scopes=BOTH, now_ms=NOW_MS)
    store.close()
    (tmp_path / "identity.key").unlink()

    with pytest.raises(DataFault, match="restore the key file"):
        IdentityStore.open(tmp_path)

    assert not (tmp_path / "identity.key").exists()


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o644, 0o620])
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path, bits: int) -> None:
    IdentityStore.open(tmp_path).close()
    (tmp_path / "identity.key").chmod(bits)

    with pytest.raises(OperatorFault, match="chmod 600"):
        IdentityStore.open(tmp_path)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_file_of_another_length_is_refused(tmp_path: Path, size: int) -> None:
    IdentityStore.open(tmp_path).close()
    (tmp_path / "identity.key").write_bytes(b"k" * size)

    with pytest.raises(DataFault, match="32 bytes"):
        IdentityStore.open(tmp_path)


def test_processes_that_start_together_agree_on_one_key_file(tmp_path: Path) -> None:
    path = tmp_path / "identity.key"
    with ThreadPoolExecutor(8) as pool:
        sealers = list(pool.map(lambda _: open_sealer(path, may_create=True), range(8)))
    sealed = sealers[0].seal(b"secret", key_id="k")

    assert {sealer.open(sealed, key_id="k") for sealer in sealers} == {b"secret"}
    assert [one.name for one in tmp_path.iterdir()] == ["identity.key"]


def test_equal_secrets_have_different_seals(tmp_path: Path) -> None:
    sealer = open_sealer(tmp_path / "identity.key", may_create=True)

    assert sealer.seal(b"secret", key_id="k") != sealer.seal(b"secret", key_id="k")
    for damaged in (b"", b"short", sealer.seal(b"secret", key_id="k")[:-1]):
        with pytest.raises(DataFault):
            sealer.open(damaged, key_id="k")


def test_a_database_of_a_later_release_is_refused(tmp_path: Path) -> None:
    IdentityStore.open(tmp_path).close()
    with sqlite3.connect(tmp_path / "identity.db") as connection:
        connection.execute("INSERT INTO identity_format VALUES (2)")
    connection.close()

    with pytest.raises(NewerFormat, match="format 2"):
        IdentityStore.open(tmp_path)


def test_people_who_are_created_together_all_get_an_account(tmp_path: Path) -> None:
    IdentityStore.open(tmp_path).close()

    def create(number: int) -> int:
        store = IdentityStore.open(tmp_path)
        try:
            return store.create_user(name=f"person {number}", now_ms=NOW_MS).account_id
        finally:
            store.close()

    with ThreadPoolExecutor(8) as pool:
        accounts = list(pool.map(create, range(24)))

    assert sorted(accounts) == list(range(FIRST_ACCOUNT_ID, FIRST_ACCOUNT_ID + 24))


def test_people_have_names_and_accounts_of_their_own(tmp_path: Path) -> None:
    store = IdentityStore.open(tmp_path)
    demo = store.create_user(name="alice", now_ms=NOW_MS, account_id=1)
    bob = store.create_user(name="bob", now_ms=NOW_MS)
    carol = store.create_user(name="carol", now_ms=NOW_MS, owner_id=bob.owner_id)

    assert (demo.account_id, demo.owner_id) == (1, 1)
    assert bob.account_id == bob.owner_id == FIRST_ACCOUNT_ID
    assert (carol.account_id, carol.owner_id) == (FIRST_ACCOUNT_ID + 1, bob.owner_id)
    assert store.person("bob") == bob
    assert store.person("nobody") is None
    assert store.people() == [demo, bob, carol]
    for name, account_id in (
        ("alice", None),
        ("dave", 1),
        ("", None),
        ("x" * 65, None),
        ("a\n", 9),
    ):
        with pytest.raises(OperatorFault):
            store.create_user(name=name, now_ms=NOW_MS, account_id=account_id)
    for account_id in (0, 2**31):
        with pytest.raises(OperatorFault, match="account id"):
            store.create_user(name="eve", now_ms=NOW_MS, account_id=account_id)
    store.close()


def test_a_key_is_revoked_once(tmp_path: Path) -> None:
    store = IdentityStore.open(tmp_path)
    made = store.create_key(account_id=1, scopes=BOTH, now_ms=NOW_MS)
    kept = store.create_key(account_id=1, scopes=BOTH, now_ms=NOW_MS)

    assert store.revoke_key(made.key_id, now_ms=NOW_MS + 1)
    assert not store.revoke_key(made.key_id, now_ms=NOW_MS + 2)
    assert not store.revoke_key("nobody's", now_ms=NOW_MS + 2)
    found = store.key(made.key_id)
    assert found is not None
    assert found.revoked_ms == NOW_MS + 1
    assert [key.key_id for key in store.active_keys()] == [kept.key_id]
    store.close()


def test_an_account_has_a_limited_number_of_keys(tmp_path: Path) -> None:
    store = IdentityStore.open(tmp_path)
    made = store.create_key(account_id=1, scopes=BOTH, now_ms=NOW_MS)
    with sqlite3.connect(tmp_path / "identity.db") as connection:  # argon2 for each would be slow
        for index in range(KEYS_PER_ACCOUNT_MAX - 1):
            connection.execute(
                "INSERT INTO api_keys SELECT ?, account_id, scopes, label, passphrase_hash,"
                " secret_sealed, created_ms, revoked_ms FROM api_keys WHERE key_id = ?",
                (f"copy {index}", made.key_id),
            )
    connection.close()

    with pytest.raises(OperatorFault, match="revoke one"):
        store.create_key(account_id=1, scopes=BOTH, now_ms=NOW_MS)
    store.create_key(account_id=2, scopes=BOTH, now_ms=NOW_MS)
    store.revoke_key(made.key_id, now_ms=NOW_MS)
    store.create_key(account_id=1, scopes=BOTH, now_ms=NOW_MS)
    store.close()


def test_a_ring_reads_its_keys_from_the_store(tmp_path: Path) -> None:
    store = IdentityStore.open(tmp_path)
    made = store.create_key(account_id=1, scopes=BOTH, now_ms=NOW_MS)
    revoked = store.create_key(account_id=1, scopes=BOTH, now_ms=NOW_MS)
    store.revoke_key(revoked.key_id, now_ms=NOW_MS)
    ring = KeyRing(store)
    later = store.create_key(account_id=2, scopes=Scope.READ, now_ms=NOW_MS)
    for one in (made, revoked, later):
        ring.register(one.key_id.encode(), account_id=one.account_id, scopes=one.scopes)

    key = ring.find(made.key_id.encode())
    assert key is not None
    assert key.secret == made.secret.encode()
    assert ring.find(later.key_id.encode()) is not None
    assert ring.find(revoked.key_id.encode()) is None
    store.close()


def test_a_label_has_a_limited_length(tmp_path: Path) -> None:
    store = IdentityStore.open(tmp_path)
    store.create_key(account_id=1, scopes=BOTH, now_ms=NOW_MS, label="x" * LABEL_LENGTH_MAX)

    with pytest.raises(OperatorFault, match="shorter label"):
        store.create_key(
            account_id=1, scopes=BOTH, now_ms=NOW_MS, label="x" * (LABEL_LENGTH_MAX + 1)
        )
    store.close()


def test_two_processes_may_use_the_store_at_once(tmp_path: Path) -> None:
    """The command line creates a key while the edge has the database open."""
    edge, command_line = IdentityStore.open(tmp_path), IdentityStore.open(tmp_path)
    made = command_line.create_key(account_id=1, scopes=BOTH, now_ms=NOW_MS)

    found = edge.key(made.key_id)
    assert found is not None
    assert found.secret == made.secret.encode()
    edge.close()
    command_line.close()


def test_demo_keys_are_the_same_at_each_start(tmp_path: Path) -> None:
    accounts = {"alice": 1, "bob": 2}
    store = IdentityStore.open(tmp_path)
    first = ensure_demo_keys(store, tmp_path, accounts=accounts, now_ms=NOW_MS)
    store.close()
    path = tmp_path / "demo-keys.json"
    path.chmod(0o644)

    store = IdentityStore.open(tmp_path)
    second = ensure_demo_keys(store, tmp_path, accounts=accounts, now_ms=NOW_MS + 1)
    assert mode(path) == 0o600
    more = ensure_demo_keys(store, tmp_path, accounts={**accounts, "carol": 3}, now_ms=NOW_MS + 2)

    assert first == second == more[:2]
    assert [(key.name, key.account_id, key.scopes) for key in more] == [
        ("alice", 1, 3),
        ("bob", 2, 3),
        ("carol", 3, 3),
    ]
    assert {key.key_id for key in store.active_keys()} == {key.api_key for key in more}
    store.close()


def test_a_lost_database_brings_the_same_demo_keys_back(tmp_path: Path) -> None:
    store = IdentityStore.open(tmp_path)
    (before,) = ensure_demo_keys(store, tmp_path, accounts={"alice": 1}, now_ms=NOW_MS)
    store.close()
    (tmp_path / "identity.db").unlink()

    store = IdentityStore.open(tmp_path)
    (after,) = ensure_demo_keys(store, tmp_path, accounts={"alice": 1}, now_ms=NOW_MS)
    found = store.key(before.api_key)
    store.close()

    assert after == before
    assert found is not None
    assert found.secret == before.secret.encode()


def test_a_damaged_file_of_demo_keys_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "demo-keys.json"
    path.write_bytes(b"[{]")
    store = IdentityStore.open(tmp_path)

    with pytest.raises(DataFault, match=r"delete demo-keys\.json"):
        ensure_demo_keys(store, tmp_path, accounts={"alice": 1}, now_ms=NOW_MS)

    assert path.read_bytes() == b"[{]"
    store.close()


def test_the_file_of_demo_keys_is_json_for_people(tmp_path: Path) -> None:
    store = IdentityStore.open(tmp_path)
    ensure_demo_keys(store, tmp_path, accounts={"alice": 1}, now_ms=NOW_MS)
    store.close()

    (line,) = msgspec.json.decode((tmp_path / "demo-keys.json").read_bytes())
    assert set(line) == {"name", "account_id", "api_key", "secret", "passphrase", "scopes"}
