"""The catalogue of words: calm, exact, complete, and used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from seawall.repair.plan import LAWS
from seawall.repair.policies import POLICIES
from seawall.simulation.drills.drill_laws import (
    ANEW_LAW,
    CRASH_LAW,
    DROPS_LAW,
    RECEIPTS_LAW,
    RERUN_LAW,
    RETURNS_LAW,
)
from seawall.web import texts

ROOM = Path(texts.__file__).parent
KEY = re.compile(r"""say\(\s*f?["']([a-z_.]+)(["'{])""")


def everything_said() -> list[str]:
    """Every text that a page can say."""
    tables = (texts.POLICIES.values(), texts.OPEN_KINDS.values())
    words = [text for table in tables for row in table for text in row]
    for plain in (texts.TEXTS, texts.CLAIMS, texts.GROUPS, texts.FREEZERS, texts.PROOF_STATES):
        words += plain.values()
    return [*words, *texts.MOMENT_KINDS.values(), *texts.GRADES.values()]


def sources() -> list[str]:
    """The code and the templates of the room."""
    paths = [*sorted(ROOM.rglob("*.py")), *sorted((ROOM / "templates").iterdir())]
    return [path.read_text() for path in paths]


def test_no_page_says_a_banned_word() -> None:
    """Soft words for hard facts are how trust is lost."""
    assert [] == [found for text in everything_said() for found in texts.banned_words(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Unfortunately the venue was down.",
        "We apologise for any inconvenience.",
        "Some users may experience issues!",
        "A brief glitch",
        "Matching engine upgrade in progress",
        "Service degraded",
        "Funds are SAFE",
        "Root cause: cloud",
        "Your account is locked",
    ],
)
def test_each_banned_word_is_found(text: str) -> None:
    """Whatever its case and wherever it stands."""
    assert texts.banned_words(text)


def test_a_calm_sentence_is_left_alone() -> None:
    """The ban must not hit what has to be said."""
    calm = "1,284 of 2,000 accounts are affected. Yours is not. A debriefing follows."

    assert [] == texts.banned_words(calm)


def test_every_text_is_said_and_every_text_said_is_there() -> None:
    """A text that nobody says is a lie in waiting; one that is missing is a crash."""
    whole, begun = set(), set()
    for source in sources():
        for key, end in KEY.findall(source):
            (begun if end == "{" else whole).add(key)
        begun.update(re.findall(r"""say\(["']([a-z_.]+)["'] ~""", source))

    assert {"lead.", "outcome.", "fills."} <= begun
    missing = {
        key for key in whole - begun if key not in texts.TEXTS and not key.endswith((".", "_"))
    }
    assert set() == missing
    unsaid = {key for key in texts.TEXTS if key not in whole and not key.startswith(tuple(begun))}
    assert set() == unsaid


def test_every_law_and_policy_of_a_repair_has_words() -> None:
    """A law that is added without words would stop the report of the day that it fails."""
    asked = {*LAWS, RERUN_LAW, RECEIPTS_LAW, RETURNS_LAW, ANEW_LAW, DROPS_LAW, CRASH_LAW}
    assert asked <= set(texts.CLAIMS)
    assert {policy.policy_id for policy in POLICIES} == set(texts.POLICIES)


def test_a_fact_that_is_missing_is_our_bug() -> None:
    """Better no page than a page with a hole."""
    with pytest.raises(KeyError):
        texts.say("title", headline="x")
