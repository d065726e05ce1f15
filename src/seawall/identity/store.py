"""People and API keys in a database: SQLite by default, any other that SQLAlchemy speaks.

Written by the command line and by operators, read at the start of the edge and when the journal
announces a key. Secrets leave this module only in a `NewKey`, once, and in the `KeyRecord` of a
ring.
"""

from __future__ import annotations

import secrets
from enum import IntFlag
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from seawall.core.model.limits import ACCOUNT_ID_MAX
from seawall.errors import DataFault, EnvironmentFault, NewerFormat, OperatorFault
from seawall.identity.passphrases import hash_passphrase
from seawall.identity.sealing import OWNER_ONLY, Sealer, open_sealer

FORMAT = 1
NAME_LENGTH_MAX = 64
LABEL_LENGTH_MAX = 64
KEYS_PER_ACCOUNT_MAX = 50
# Accounts of people who are created while the venue runs; genesis uses the ids below.
FIRST_ACCOUNT_ID = 100_001
_RESTORE = "restore identity.db and identity.key from the same backup"

_METADATA = sa.MetaData()
_FORMAT = sa.Table("identity_format", _METADATA, sa.Column("version", sa.Integer, primary_key=True))
_PEOPLE = sa.Table(
    "people",
    _METADATA,
    sa.Column("person_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("name", sa.String(NAME_LENGTH_MAX), nullable=False, unique=True),
    sa.Column("account_id", sa.Integer, nullable=False, unique=True),
    sa.Column("owner_id", sa.Integer, nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
)
_KEYS = sa.Table(
    "api_keys",
    _METADATA,
    sa.Column("key_id", sa.String(64), primary_key=True),
    sa.Column("account_id", sa.Integer, nullable=False, index=True),
    sa.Column("scopes", sa.Integer, nullable=False),
    sa.Column("label", sa.String(LABEL_LENGTH_MAX), nullable=False),
    sa.Column("passphrase_hash", sa.String(256), nullable=False),
    sa.Column("secret_sealed", sa.LargeBinary, nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("revoked_ms", sa.BigInteger, nullable=True),
)


class Scope(IntFlag):
    """What a key may do; the numbers stand in the journal."""

    READ = 1
    TRADE = 2


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with a trading account. Accounts of one owner never trade with each other."""

    person_id: int
    name: str
    account_id: int
    owner_id: int
    created_ms: int


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key as its owner sees it, once: the venue cannot show secret and passphrase again."""

    key_id: str
    secret: str
    passphrase: str
    account_id: int
    scopes: int


class KeyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A key as the venue keeps it, its secret opened."""

    key_id: str
    account_id: int
    scopes: int
    label: str
    passphrase_hash: str
    secret: bytes
    created_ms: int
    revoked_ms: int | None

    def __repr__(self) -> str:
        """Leave the secret out of logs and tracebacks."""
        return f"KeyRecord(key_id={self.key_id!r}, account_id={self.account_id})"


class IdentityStore:
    """The database and the sealer. Build it with `IdentityStore.open`."""

    def __init__(self, engine: sa.Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    @classmethod
    def open(cls, directory: Path, *, database_url: str | None = None) -> IdentityStore:
        """The store of a data directory: `identity.db` and `identity.key`, both mode 600, made when
        missing, but not in a venue that is complete. `database_url` names another database. Raises
        OperatorFault, DataFault, NewerFormat and EnvironmentFault.
        """
        if database_url is None:
            database_url = f"sqlite:///{_prepared_file(directory)}"
        engine = sa.create_engine(database_url)
        if engine.dialect.name == "sqlite":
            sa.event.listen(engine, "connect", _set_up_sqlite)
        try:
            return cls._opened(directory, engine)
        except sa.exc.OperationalError as error:
            engine.dispose()
            raise EnvironmentFault(
                expected=f"to read and write the identity database in {directory}",
                found=str(error.orig),
                to_do="mend the disk or the permissions, or end the process that locks it",
            ) from error
        except sa.exc.DatabaseError as error:
            engine.dispose()
            raise DataFault(
                expected=f"an identity database in {directory}",
                found=str(error.orig),
                to_do=_RESTORE,
            ) from error

    @classmethod
    def _opened(cls, directory: Path, engine: sa.Engine) -> IdentityStore:
        _METADATA.create_all(engine)
        with engine.begin() as connection:
            version = connection.execute(sa.select(sa.func.max(_FORMAT.c.version))).scalar()
            if version is None:
                connection.execute(_FORMAT.insert().values(version=FORMAT))
            elif version > FORMAT:
                raise NewerFormat(
                    expected=f"an identity database of format {FORMAT}",
                    found=f"format {version}",
                    to_do="use the release that wrote it, or a later one",
                )
            has_keys = connection.execute(sa.select(_KEYS.c.key_id).limit(1)).first() is not None
        return cls(engine, open_sealer(directory / "identity.key", may_create=not has_keys))

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def create_user(
        self,
        *,
        name: str,
        now_ms: int,
        account_id: int | None = None,
        owner_id: int | None = None,
        above: int = 0,
    ) -> Person:
        """Remember a person. Without `account_id` the next free one from FIRST_ACCOUNT_ID on is
        taken, and above `above`: the highest account of the journal, which may know accounts that
        a database from a backup does not. Without `owner_id` the person owns the account alone.
        The account itself is opened by the journal (`OpenAccount`). Raises OperatorFault when name
        or account are taken or out of range.
        """
        if not 0 < len(name) <= NAME_LENGTH_MAX or not name.isprintable():
            raise OperatorFault(
                expected=f"a name of 1 to {NAME_LENGTH_MAX} printable characters",
                found=repr(name[: NAME_LENGTH_MAX + 1]),
                to_do="choose another name",
            )
        while True:
            chosen = self._next_account_id(above) if account_id is None else account_id
            if not 0 < chosen <= ACCOUNT_ID_MAX:
                raise OperatorFault(
                    expected=f"an account id from 1 to {ACCOUNT_ID_MAX}",
                    found=str(chosen),
                    to_do="choose another account id",
                )
            try:
                return self._add_person(
                    name=name,
                    now_ms=now_ms,
                    account_id=chosen,
                    owner_id=chosen if owner_id is None else owner_id,
                )
            except sa.exc.IntegrityError as error:
                if self.person(name) is not None:
                    raise OperatorFault(
                        expected="a name that nobody has",
                        found=f"{name!r} in use",
                        to_do="choose another name",
                    ) from error
                if account_id is not None:
                    raise OperatorFault(
                        expected="an account that nobody has",
                        found=f"account {account_id} in use",
                        to_do="choose another account id",
                    ) from error
                # Somebody else took the next account between our look and our write: look again.

    def _next_account_id(self, above: int) -> int:
        with self._engine.connect() as connection:
            highest = connection.execute(sa.select(sa.func.max(_PEOPLE.c.account_id))).scalar()
        return max(FIRST_ACCOUNT_ID, (highest or 0) + 1, above + 1)

    def _add_person(self, *, name: str, now_ms: int, account_id: int, owner_id: int) -> Person:
        with self._engine.begin() as connection:
            done = connection.execute(
                _PEOPLE.insert().values(
                    name=name, account_id=account_id, owner_id=owner_id, created_ms=now_ms
                )
            )
            assert done.inserted_primary_key is not None
            return Person(
                person_id=done.inserted_primary_key[0],
                name=name,
                account_id=account_id,
                owner_id=owner_id,
                created_ms=now_ms,
            )

    def person(self, name: str) -> Person | None:
        """The person called `name`."""
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(_PEOPLE).where(_PEOPLE.c.name == name)).first()
        return None if row is None else Person(**row._mapping)

    def people(self) -> list[Person]:
        """Everybody, by account id."""
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(_PEOPLE).order_by(_PEOPLE.c.account_id)).all()
        return [Person(**row._mapping) for row in rows]

    def create_key(self, *, account_id: int, scopes: Scope, now_ms: int, label: str = "") -> NewKey:
        """Make a key for an account. It is accepted once the journal has announced it
        (`RegisterKey`). Raises OperatorFault when the account has too many keys.
        """
        new_key = NewKey(
            key_id=secrets.token_hex(16),
            secret=secrets.token_hex(24).upper(),
            passphrase=secrets.token_urlsafe(12),
            account_id=account_id,
            scopes=int(scopes),
        )
        self.put_key(new_key, now_ms=now_ms, label=label)
        return new_key

    def put_key(self, new_key: NewKey, *, now_ms: int, label: str = "") -> None:
        """Store a key whose secret and passphrase are known, e.g. of the demo. Raises
        OperatorFault.
        """
        if len(label) > LABEL_LENGTH_MAX:
            raise OperatorFault(
                expected=f"a label of at most {LABEL_LENGTH_MAX} characters",
                found=f"{len(label)} characters",
                to_do="choose a shorter label",
            )
        with self._engine.begin() as connection:
            active = connection.execute(
                sa.select(sa.func.count())
                .select_from(_KEYS)
                .where(_KEYS.c.account_id == new_key.account_id, _KEYS.c.revoked_ms.is_(None))
            ).scalar_one()
            if active >= KEYS_PER_ACCOUNT_MAX:
                raise OperatorFault(
                    expected=f"at most {KEYS_PER_ACCOUNT_MAX} keys of one account",
                    found=f"{active} keys of account {new_key.account_id}",
                    to_do="revoke one that is not used",
                )
            connection.execute(
                _KEYS.insert().values(
                    key_id=new_key.key_id,
                    account_id=new_key.account_id,
                    scopes=new_key.scopes,
                    label=label,
                    passphrase_hash=hash_passphrase(new_key.passphrase),
                    secret_sealed=self._sealer.seal(new_key.secret.encode(), key_id=new_key.key_id),
                    created_ms=now_ms,
                )
            )

    def revoke_key(self, key_id: str, *, now_ms: int) -> bool:
        """Mark a key as no longer accepted; False when there is no such active key. The journal
        announces it (`RevokeKey`), which is what makes a running venue refuse it.
        """
        with self._engine.begin() as connection:
            done = connection.execute(
                _KEYS.update()
                .where(_KEYS.c.key_id == key_id, _KEYS.c.revoked_ms.is_(None))
                .values(revoked_ms=now_ms)
            )
        return done.rowcount == 1

    def key(self, key_id: str) -> KeyRecord | None:
        """One key, revoked or not. Raises DataFault when its secret does not open."""
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(_KEYS).where(_KEYS.c.key_id == key_id)).first()
        return None if row is None else self._record(row)

    def active_keys(self) -> list[KeyRecord]:
        """All keys that are not revoked, oldest first. Raises DataFault when a secret does not
        open.
        """
        query = sa.select(_KEYS).where(_KEYS.c.revoked_ms.is_(None))
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(_KEYS.c.created_ms, _KEYS.c.key_id)).all()
        return [self._record(row) for row in rows]

    def _record(self, row: sa.Row[Any]) -> KeyRecord:
        return KeyRecord(
            key_id=row.key_id,
            account_id=row.account_id,
            scopes=row.scopes,
            label=row.label,
            passphrase_hash=row.passphrase_hash,
            secret=self._sealer.open(row.secret_sealed, key_id=row.key_id),
            created_ms=row.created_ms,
            revoked_ms=row.revoked_ms,
        )


def _prepared_file(directory: Path) -> Path:
    """The database file, for its owner only. A venue that is complete has had one since its first
    start: an empty one in its place would give old accounts to new people.
    """
    path = directory / "identity.db"
    if not path.exists() and (directory / "VERSION").exists():
        raise DataFault(
            expected=f"the identity database {path}", found="no such file", to_do=_RESTORE
        )
    path.touch(mode=OWNER_ONLY)
    path.chmod(OWNER_ONLY)
    return path


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 5000")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()
