"""`seawall drill` from the command line: what it lists, refuses and explains."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typer

import seawall
from seawall.cli.app import run
from seawall.cli.drill_commands import EXIT_NOT_SHOWN, conclude
from seawall.repair.policies import POLICIES
from seawall.simulation.drills.catalogue import DRILLS, drill_names

COMMANDS = (("drill",), ("drill", "list"), ("drill", "primexbt"), ("drill", "crash"))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_drill_explains_itself_with_an_example(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody should have to read the source to start."""
    code = run([*command, "--help"])
    out = capsys.readouterr().out

    assert code == 0
    assert "Usage: seawall drill" in out
    assert "Example: seawall drill" in out


def test_the_list_says_what_happened_who_says_so_and_what_is_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A drill without its source is a story."""
    assert run(["drill", "list"]) == 0
    out = capsys.readouterr().out

    for drill in DRILLS:
        assert f"\n{drill.name}\n" in f"\n{out}"
        for words in (drill.happened, drill.source, drill.shows):
            assert words in out


def test_every_drill_of_the_list_is_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    """The catalogue promises what the command line keeps."""
    assert drill_names() == ["primexbt", "crash"]
    for name in drill_names():
        assert run(["drill", name, "--help"]) == 0
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["atlantis"], "'atlantis'"),
        (["primexbt", "--protections", "half"], "'half'"),
        (["primexbt", "--flow", "wild"], "'wild'"),
        (["primexbt", "--policy", "nonsense"], "'nonsense'"),
        (["primexbt", "--policy", "nonsense"], "compensate"),
        (["primexbt", "--scale", "0"], "'--scale'"),
        (["primexbt", "--seed", "-1"], "'--seed'"),
        (["crash", "--scale", "101"], "'--scale'"),
    ],
)
def test_bad_arguments_get_one_clear_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was wrong, and where the right ones are explained."""
    code = run(["drill", *arguments])
    said = capsys.readouterr().err

    assert code == 2
    assert words in said
    assert said.count("\n") == 1 and "To do:" in said


def test_a_tape_that_is_not_there_is_refused_before_anything_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, and nothing left behind."""
    code = run(["drill", "primexbt", "--tape", str(tmp_path / "none")])

    assert code == 78
    assert capsys.readouterr().err.count("\n") == 1


def test_every_policy_may_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """The command line and the table of policies name the same."""
    run(["drill", "primexbt", "--policy", "nonsense"])
    said = capsys.readouterr().err

    assert [one.policy_id for one in POLICIES] == re.findall(r"'([a-z]+)'", said.split("not")[1])


@pytest.mark.parametrize("place", ["", "no/such/folder/report.html"])
def test_a_report_that_cannot_be_written_is_refused_before_anything_starts(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder, or a file in none: minutes are not spent first."""
    code = run(["drill", "primexbt", "--report", str(tmp_path / place)])
    said = capsys.readouterr().err

    assert code == 78
    assert "--report" in said
    assert said.count("\n") == 1


def test_watching_needs_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A live view into a file would be a file of control characters."""
    code = run(["drill", "crash", "--watch"])

    assert code == 78
    assert "terminal" in capsys.readouterr().err


def test_a_drill_that_did_not_show_what_it_must_fails_with_one_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A script that starts drills reads the exit code; a person the sentence."""
    with pytest.raises(typer.Exit) as ended:
        conclude("there were 3 and 0")

    assert ended.value.exit_code == EXIT_NOT_SHOWN != 0
    assert capsys.readouterr().err == "seawall: there were 3 and 0\n"
    conclude("")


@pytest.mark.slow
@pytest.mark.skipif(
    seawall.core_mode() != "compiled", reason="a full drill takes minutes on interpreted sources"
)
def test_a_drill_writes_its_result_for_scripts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With protections, which is the default, a drill ends well and says so in JSON."""
    file = tmp_path / "result.json"
    code = run(["drill", "primexbt", "--seed", "11", "--json", str(file)])
    result = json.loads(file.read_text())

    assert code == 0
    assert capsys.readouterr().out == ""
    assert (result["drill"], result["seed"], result["protections"]) == ("primexbt", 11, "on")
    assert (result["scale"], result["flow"], result["mirror"]) == (1, "scripted", False)
    assert result["fills_out_of_band"] == result["wrongful_liquidations"] == 0
    assert result["measured"]["core"] == "compiled"
    assert (result["accounts_affected"], result["remedies"]) == (0, [])
    assert result["repair"]["plain_null_test_equal"] is True
    assert result["repair"]["pinned_null_test_equal"] is True


@pytest.mark.slow
@pytest.mark.skipif(
    seawall.core_mode() != "compiled", reason="a full drill takes minutes on interpreted sources"
)
def test_a_drill_without_protections_is_put_right_and_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole of it from the command line: exit 0, a table of remedies, one file of HTML."""
    report = tmp_path / "report.html"
    arguments = ["--protections", "off", "--seed", "7", "--report", str(report), "--reproducible"]
    code = run(["drill", "primexbt", *arguments])
    said = capsys.readouterr().out

    assert code == 0
    for words in ("accounts affected", "accounts released", "remedy", "cause *", "olivia and"):
        assert words in said
    assert "FAILS" not in said
    page = report.read_text(encoding="utf-8")
    assert "Bitcoin at $0.32 for 90 seconds, put right to the last unit" in page
    assert 'id="measured"' not in page
