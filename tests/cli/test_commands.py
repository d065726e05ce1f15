"""Commands run in this process: what they print, where, and how they end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seawall import __version__, core_mode
from seawall.cli.app import run
from seawall.core.model.batch import encode_batch
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import OpenAccount
from seawall.identity.store import FIRST_ACCOUNT_ID
from seawall.journal.directory import open_directory
from seawall.journal.writer import JournalWriter
from seawall.node.people import COMMAND_LINE_PUBLISHER

COMMANDS = (
    (),
    ("init",),
    ("up",),
    ("status",),
    ("bench",),
    ("user",),
    ("user", "create"),
    ("key",),
    ("key", "create"),
    ("replay",),
    ("verify",),
    ("repair",),
    ("repair", "plan"),
    ("repair", "show"),
    ("repair", "approve"),
    ("repair", "apply"),
    ("repair", "receipt"),
    ("verify-receipt",),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody should have to read the source to start."""
    code = run([*command, "--help"])

    assert code == 0
    assert "Usage: seawall" in capsys.readouterr().out


@pytest.mark.parametrize(
    "command", [one for one in COMMANDS if one not in {("user",), ("key",)}], ids=" ".join
)
def test_every_command_shows_an_example(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """An example answers most questions."""
    run([*command, "--help"])

    assert "Example: " in capsys.readouterr().out


def test_version_says_which_core_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """A venue on an interpreted core is ten times slower; its owner must be able to see that."""
    assert run(["--version"]) == 0

    assert capsys.readouterr().out == f"seawall {__version__} (core: {core_mode()})\n"


# arguments, exit code, words of the one line
MISTAKES = {
    "no such command": (("fly",), 2, "No such command 'fly'"),
    "no such option": (("up", "--fast"), 2, "--fast"),
    "not a number": (("up", "--port", "eight"), 2, "'--port'"),
    "port out of range": (("up", "{tmp}/v", "--port", "70000"), 78, "port to be 1 to 65535"),
    "no settings": (("up", "{tmp}/v", "--config", "{tmp}/none.toml"), 78, "none.toml"),
    "no such role": (("up", "{tmp}", "--role", "king"), 78, "king"),
    "missing argument": (("replay",), 2, "DIR"),
    "init of nothing": (("init",), 78, "the directory of the new venue"),
    "no venue file": (("init", "{tmp}/v", "--from", "{tmp}/none.toml"), 78, "none.toml"),
    "nothing to replay": (("replay", "{tmp}/none"), 64, "no such directory"),
    "not a journal": (("verify", "{tmp}"), 64, "no file VERSION"),
    "no such scopes": (("key", "create", "demo", "--scopes", "all"), 78, "--scopes"),
    "no venue for a user": (("user", "create", "alice", "--dir", "{tmp}/none"), 64, "no such"),
    "until in the past": (("replay", "{venue}", "--until", "-1"), 78, "a seq from 0"),
    "json to nowhere": (("replay", "{venue}", "--json", "{tmp}/no/x.json"), 78, "--json"),
    "nobody there": (("status", "--url", "http://127.0.0.1:1"), 74, "a venue that answers"),
    "no address": (("status", "--url", "ftp://somewhere"), 78, "correct --url"),
    "no such bench": (("bench", "flight"), 78, "flight"),
    "nobody called so": (("key", "create", "zoe", "--dir", "{venue}"), 64, "'zoe'"),
    "no such asset": (
        ("user", "create", "zoe", "--deposit", "EUR=1", "--dir", "{venue}"),
        78,
        "'EUR=1'",
    ),
    "no amount": (("user", "create", "zoe", "--deposit", "BTC", "--dir", "{venue}"), 78, "'BTC'"),
    "amount of nothing": (
        ("user", "create", "zoe", "--deposit", "BTC=0.0", "--dir", "{venue}"),
        78,
        "above 0",
    ),
    "amount below": (
        ("user", "create", "zoe", "--deposit", "BTC=-1", "--dir", "{venue}"),
        78,
        "'BTC=-1'",
    ),
    "amount too fine": (
        ("user", "create", "zoe", "--deposit", "BTC=0.000000001", "--dir", "{venue}"),
        78,
        "digits",
    ),
    "amount with exponent": (
        ("user", "create", "zoe", "--deposit", "BTC=1e3", "--dir", "{venue}"),
        78,
        "'BTC=1e3'",
    ),
    "amount beyond the ledger": (
        ("user", "create", "zoe", "--deposit", "BTC=99999999999999", "--dir", "{venue}"),
        78,
        "what the ledger holds",
    ),
    "an asset twice": (
        ("user", "create", "zoe", *("--deposit", "BTC=1") * 2, "--dir", "{venue}"),
        78,
        "two of BTC",
    ),
    "deposit while stopped": (
        ("user", "create", "zoe", "--deposit", "BTC=1", "--dir", "{venue}"),
        74,
        "seawall up",
    ),
    "venue exists": (("init", "{venue}"), 78, "exists already"),
}


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo venue that nobody has started."""
    directory = tmp_path_factory.mktemp("made") / "venue"
    assert run(["init", str(directory)]) == 0
    return directory


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_gets_one_clear_line(
    mistake: str, tmp_path: Path, venue: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was expected, what was found, what to do; a script sees the exit code."""
    arguments, expected_code, words = MISTAKES[mistake]

    code = run([one.format(tmp=tmp_path, venue=venue) for one in arguments])

    captured = capsys.readouterr()
    assert code == expected_code, captured.err
    assert captured.out == ""
    assert captured.err.startswith("seawall: ")
    assert captured.err.count("\n") == 1, captured.err
    assert words in captured.err
    assert "To do: " in captured.err


def test_init_makes_a_venue_and_demo_keys_that_only_the_owner_reads(
    venue: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The keys of the demo open real doors of this machine."""
    keys = json.loads((venue / "demo-keys.json").read_text())

    assert keys[0]["name"] == "demo"
    assert (venue / "demo-keys.json").stat().st_mode & 0o777 == 0o600
    assert (venue / "identity.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_money_is_not_made_up_where_it_is_real(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only the genesis says whether a venue is simulated, and it cannot be changed later."""
    assert run(["init", "--example"]) == 0
    path = tmp_path / "real.toml"
    path.write_text(capsys.readouterr().out.replace("is_simulated = true", "is_simulated = false"))
    assert run(["init", str(tmp_path / "real"), "--from", str(path)]) == 0
    capsys.readouterr()

    code = run(["user", "create", "zoe", "--deposit", "BTC=1", "--dir", str(tmp_path / "real")])

    captured = capsys.readouterr()
    assert (code, captured.out) == (64, "")
    assert captured.err.count("\n") == 1
    assert "is_simulated" in captured.err
    assert "To do: " in captured.err
    assert run(["user", "create", "zoe", "--dir", str(tmp_path / "real")]) == 0  # she is still new


@pytest.mark.slow
def test_printed_example_makes_a_venue(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is what people start from."""
    run(["init", "--example"])
    path = tmp_path / "mine.toml"
    path.write_text(capsys.readouterr().out)

    assert run(["init", str(tmp_path / "mine"), "--from", str(path)]) == 0


@pytest.mark.slow
def test_user_and_key_are_remembered_for_the_next_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The secret is shown once; what follows later is told on standard error."""
    venue = tmp_path / "venue"
    run(["init", str(venue)])
    capsys.readouterr()

    assert run(["user", "create", "alice", "--dir", str(venue), "--json", "-"]) == 0
    captured = capsys.readouterr()
    person = json.loads(captured.out)
    assert run(["key", "create", "alice", "--dir", str(venue), "--json", "-"]) == 0
    key = json.loads(capsys.readouterr().out)

    assert "opens when it starts" in captured.err
    assert key["account_id"] == person["account_id"]
    assert key["scopes"] == 3
    assert {"key_id", "secret", "passphrase"} <= key.keys()


@pytest.mark.slow
def test_new_person_never_gets_an_account_that_the_journal_knows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A backup of identity may be older than the journal: its next account may be somebody's."""
    venue = tmp_path / "venue"
    run(["init", str(venue)])
    taken = OpenAccount(account_id=FIRST_ACCOUNT_ID + 6, owner_id=7, fee_tier=0)
    batch = encode_batch(
        shard=open_directory(venue).genesis.shard,
        publisher_id=COMMAND_LINE_PUBLISHER,
        incarnation=1,
        batch_number=1,
        stamps_ns=[0],
        commands=[encode_command(taken)],
    )
    writer = JournalWriter(venue)
    writer.append([batch])
    writer.close()
    capsys.readouterr()

    assert run(["user", "create", "alice", "--dir", str(venue), "--json", "-"]) == 0

    person = json.loads(capsys.readouterr().out)
    assert person["account_id"] == FIRST_ACCOUNT_ID + 7


@pytest.mark.slow
def test_journal_without_records_is_not_called_verified(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Green by emptiness is no result."""
    run(["init", str(tmp_path / "venue")])
    capsys.readouterr()

    code = run(["verify", str(tmp_path / "venue")])

    assert code == 65
    assert "holds no record" in capsys.readouterr().err
