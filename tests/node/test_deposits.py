"""Money for a new person of a simulated venue: there at once, exactly, and only once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.node.venue import Client, Venue, seawall

pytestmark = pytest.mark.slow


def create(directory: Path, name: str, *options: str) -> dict[str, Any]:
    """`seawall user create` with its result."""
    made = seawall("user", "create", name, "--dir", str(directory), "--json", "-", *options)
    assert made.returncode == 0, made.stderr
    result: dict[str, Any] = json.loads(made.stdout)
    return result


def client_of(venue: Venue, name: str) -> Client:
    """A client with a new key of that person."""
    made = seawall("key", "create", name, "--dir", str(venue.directory), "--json", "-")
    assert made.returncode == 0, made.stderr
    key = json.loads(made.stdout)
    return Client(venue.url, {**key, "api_key": key["key_id"]})


def balances(client: Client) -> dict[str, str]:
    """Asset -> balance of the trading account."""
    _, body = client.get("/api/v5/account/balance")
    return {row["ccy"]: row["cashBal"] for row in body["data"][0]["details"]}


def funding(client: Client) -> dict[str, str]:
    """Asset -> balance of the funding account, without zeros."""
    _, body = client.get("/api/v5/asset/balances")
    return {row["ccy"]: row["bal"] for row in body["data"] if row["bal"] != "0"}


def test_new_person_trades_with_the_money_of_a_deposit(tmp_path: Path, free_port: int) -> None:
    """Buys and sells at once; what is left is exact."""
    with Venue(tmp_path / "data", free_port) as venue:
        demo = venue.client()
        demo.wait_until_trading("warm")
        made = create(
            venue.directory, "alice", "--deposit", "USDT=100000.000001", "--deposit", "BTC=2"
        )
        assert [one["is_new"] for one in made["deposits"]] == [True, True]
        alice = client_of(venue, "alice")
        assert balances(alice) == {"USDT": "100000.000001", "BTC": "2"}
        assert funding(alice) == {}

        assert demo.place("sale", side="sell", price="30000", size="1")[1]["sCode"] == "0"
        assert alice.place("buy", price="30000", size="1")[1]["sCode"] == "0"
        assert alice.order("buy")[1]["state"] == "filled"
        assert alice.place("sell", side="sell", price="90000", size="2.5")[1]["sCode"] == "0"
        assert balances(alice)["USDT"] == "70000.000001"
        for client in (demo, alice):
            client.close()
        assert venue.stop() == 0

    checked = seawall("verify", str(tmp_path / "data"))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_deposit_is_credited_once_however_often_it_is_asked_for(
    tmp_path: Path, free_port: int
) -> None:
    """Also after a restart, and with another amount; another number credits again."""
    directory = tmp_path / "data"
    with Venue(directory, free_port) as venue:
        create(directory, "bob", "--deposit", "USDT=100")
    with Venue(directory, free_port) as venue:
        bob = client_of(venue, "bob")
        again = create(directory, "bob", "--deposit", "USDT=999", "--deposit", "BTC=0.5")
        assert [one["is_new"] for one in again["deposits"]] == [False, True]
        assert balances(bob) == {"USDT": "100", "BTC": "0.5"}
        create(directory, "bob", "--deposit", "USDT=50", "--deposit-number", "2")
        assert balances(bob) == {"USDT": "150", "BTC": "0.5"}
        assert funding(bob) == {}

        told = seawall("user", "create", "bob", "--deposit", "USDT=50", "--dir", str(directory))
        assert told.returncode == 0
        assert "credited no USDT: deposit number 1 was credited before" in told.stdout
        assert balances(bob)["USDT"] == "150"
        create(directory, "carol", "--deposit", "USDT=7")
        carol = client_of(venue, "carol")
        assert balances(carol) == {"USDT": "7"}
        refused = seawall("user", "create", "bob", "--dir", str(directory))
        assert refused.returncode == 64  # without a deposit, a name that is taken is a mistake
        for client in (bob, carol):
            client.close()
        assert venue.stop() == 0


def test_what_the_ledger_cannot_hold_is_refused_in_one_line(tmp_path: Path, free_port: int) -> None:
    """The other deposits of the same command are credited."""
    with Venue(tmp_path / "data", free_port) as venue:
        options = ("--deposit", "USDT=20000000000", "--deposit", "BTC=1")
        told = seawall("user", "create", "dave", "--dir", str(venue.directory), *options)
        told_again = seawall(
            *("user", "create", "dave", "--dir", str(venue.directory)),
            *(*options, "--deposit-number", "2"),
        )
        assert told.returncode == 0, told.stderr
        assert (told_again.returncode, told_again.stdout) == (64, "")
        assert told_again.stderr.count("\n") == 1
        assert "20000000000 USDT" in told_again.stderr
        dave = client_of(venue, "dave")
        assert balances(dave) == {"USDT": "20000000000", "BTC": "2"}
        dave.close()
        assert venue.stop() == 0
