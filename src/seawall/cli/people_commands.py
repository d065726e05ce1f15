"""`seawall user ...` and `seawall key ...`: people and their API keys."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from seawall.cli.output import complain, write_result
from seawall.errors import BadConfiguration, EngineUnreachable, OperatorFault
from seawall.node.settings import DIRECTORY_DEFAULT

if TYPE_CHECKING:
    from seawall.identity import IdentityStore, Person
    from seawall.journal.directory import DataDirectory
    from seawall.node.deposits import Credited

SCOPES: Final = {"read": 1, "trade": 2, "read,trade": 3}

Directory = Annotated[
    Path, typer.Option("--dir", help="The venue's data directory.", metavar="DIR")
]
JsonFile = Annotated[
    str | None,
    typer.Option("--json", help="Write the result as JSON to a file (- is standard output)."),
]

users = typer.Typer(help="People and their accounts.", no_args_is_help=True, rich_markup_mode=None)
keys = typer.Typer(help="API keys.", no_args_is_help=True, rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(users, name="user")
    app.add_typer(keys, name="key")


@users.command("create", epilog="Example: seawall user create alice --deposit USDT=100000")
def create_user(
    name: Annotated[str, typer.Argument(help="What the person is called.")],
    *,
    directory: Directory = DIRECTORY_DEFAULT,
    deposit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ASSET=AMOUNT",
            help="Money to begin with, in a simulated venue that runs; may be given per asset. "
            "The person may exist already.",
        ),
    ] = None,
    deposit_number: Annotated[
        int,
        typer.Option(
            metavar="N", help="A deposit of the same name, asset and number is credited once."
        ),
    ] = 1,
    json_file: JsonFile = None,
) -> None:
    """Create a person with a trading account. It opens at once, or when the venue next starts."""
    from seawall.node.create import require_venue
    from seawall.node.deposits import credit, read_deposits
    from seawall.node.people import is_running, open_account, publish

    data = require_venue(directory)
    deposits = read_deposits(deposit or [], data)
    if deposits and not is_running(directory):
        raise EngineUnreachable(
            expected="a venue that runs, to credit a deposit",
            found="none; nothing was done",
            to_do="start it with `seawall up`, and run the command again",
        )
    person, is_new = _created(data, name, may_exist=bool(deposits))
    credited: list[Credited] = []
    if deposits:
        credited = credit(data, person, deposits, number=deposit_number)
    elif is_running(directory):
        publish(data, [open_account(person)])
    else:
        complain("the venue does not run; the account opens when it starts")
    verb = "created" if is_new else "found"
    write_result(
        {**msgspec.to_builtins(person), "deposits": msgspec.to_builtins(credited)},
        json_file=json_file,
        text=[
            f"{verb} {person.name} with account {person.account_id}",
            *(_deposit_line(one, deposit_number) for one in credited),
        ],
    )


def _created(data: DataDirectory, name: str, *, may_exist: bool) -> tuple[Person, bool]:
    """The person, and whether it is new."""
    from seawall.identity import IdentityStore
    from seawall.node.people import highest_account_id

    store = IdentityStore.open(data.path)
    try:
        person = store.person(name) if may_exist else None
        if person is not None:
            return person, False
        above = highest_account_id(data)
        return store.create_user(name=name, now_ms=_now_ms(), above=above), True
    finally:
        store.close()


def _deposit_line(credited: Credited, number: int) -> str:
    if credited.is_new:
        return f"credited {credited.amount} {credited.asset}, ready to trade"
    return (
        f"credited no {credited.asset}: deposit number {number} was credited before; "
        "another --deposit-number credits again"
    )


@keys.command("create", epilog="Example: seawall key create alice --scopes read,trade")
def create_key(
    name: Annotated[str, typer.Argument(help="Whose key it is.")],
    *,
    directory: Directory = DIRECTORY_DEFAULT,
    scopes: Annotated[
        str, typer.Option(help="What the key may do: read, trade or read,trade.")
    ] = "read,trade",
    label: Annotated[str, typer.Option(help="A word to tell keys apart.")] = "",
    json_file: JsonFile = None,
) -> None:
    """Create an API key. Secret and passphrase are shown once and cannot be shown again."""
    from seawall.identity import IdentityStore, Scope
    from seawall.node.create import require_venue
    from seawall.node.people import is_running, publish, register_key

    if scopes not in SCOPES:
        raise BadConfiguration(
            expected="--scopes read, trade or read,trade", found=scopes, to_do="choose one of them"
        )
    data = require_venue(directory)
    store = IdentityStore.open(directory)
    try:
        person = _person(store, name)
        key = store.create_key(
            account_id=person.account_id,
            scopes=Scope(SCOPES[scopes]),
            now_ms=_now_ms(),
            label=label,
        )
    finally:
        store.close()
    if is_running(directory):
        publish(data, [register_key(key.key_id, account_id=key.account_id, scopes=key.scopes)])
    else:
        complain("the venue does not run; the key works when it starts")
    write_result(
        msgspec.to_builtins(key),
        json_file=json_file,
        text=[
            f"key         {key.key_id}",
            f"secret      {key.secret}",
            f"passphrase  {key.passphrase}",
            f"account     {key.account_id} ({person.name}), scopes {scopes}",
        ],
    )


def _person(store: IdentityStore, name: str) -> Person:
    person = store.person(name)
    if person is None:
        raise OperatorFault(
            expected="the name of somebody who has an account",
            found=repr(name),
            to_do="create the person first with `seawall user create NAME`",
        )
    return person


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
