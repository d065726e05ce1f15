"""The documents name what exists, and every word of the venue is explained in them."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from seawall.core.model.commands import CommandType
from seawall.core.model.events import EventType
from seawall.core.model.rejects import REJECT_TEXTS
from seawall.node.config import VenueFile
from seawall.node.settings import Settings
from tests.tidy import document_rules
from tools.generate_docs import PAGES, Words, generated, members

ROOT = Path(__file__).resolve().parent.parent.parent
REFERENCE = "docs/reference/"
# Records are never edited, so what they name may have moved since; fragments are history at once.
LIVING = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    if "decisions" not in path.parts
)


def check(findings: list[str]) -> None:
    """Fail with every finding on its own line."""
    assert not findings, "\n" + "\n".join(findings)


def page(name: str) -> str:
    """The text of a page of the reference."""
    return (ROOT / REFERENCE / name).read_text(encoding="utf-8")


def limits_of(file: str) -> list[str]:
    """The limits of a module, without the units that they are written in."""
    names = document_rules.defined_names((ROOT / "src/seawall" / file).read_text())
    return sorted(one for one in names if one not in {"SECOND_NS", "DAY_NS"})


def class_name(constant: str) -> str:
    """PLACE_ORDER is the number of `PlaceOrder`."""
    return "".join(word.capitalize() for word in constant.split("_"))


def test_the_generated_pages_are_those_of_this_code() -> None:
    """Whoever changes a command or a limit runs `make docs` in the same change."""
    texts = generated()

    assert {f"{REFERENCE}{name}" for name in PAGES} == set(texts)
    check(
        [
            f"{path}: out of date; run `make docs`"
            for path, text in texts.items()
            if not (ROOT / path).is_file() or (ROOT / path).read_text(encoding="utf-8") != text
        ]
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("commands.md", [class_name(one) for one in members(CommandType)]),
        ("events.md", [class_name(one) for one in members(EventType)]),
        ("rejects.md", [name for name, _ in REJECT_TEXTS.values()]),
        ("limits.md", limits_of("core/model/limits.py") + limits_of("gateway/limits.py")),
        ("settings.md", [one.name for one in msgspec.structs.fields(Settings)]),
        ("settings.md", [f"[{one.name}]" for one in msgspec.structs.fields(VenueFile)]),
    ],
)
def test_every_word_of_the_venue_is_documented(name: str, words: list[str]) -> None:
    """A trader or operator who meets one can look it up; found without the generator's help."""
    shown = page(name).replace("[[", "[").replace("]]", "]")
    shown = re.sub(r"\[`(\w+)`\]\(#\w+\)", r"`\1`", shown)

    assert words
    check(document_rules.undocumented(name, shown, words))


def test_a_word_without_meaning_stops_the_generator() -> None:
    """So a new setting cannot slip into the tables without a sentence."""
    words = Words({"settings": {"port": "where the API listens"}})

    with pytest.raises(Exception, match=r"no text for settings\.host"):
        words.take("settings.host")
    with pytest.raises(Exception, match=r"settings\.port"):
        words.check_used()


def test_documents_name_files_and_functions_that_exist() -> None:
    """A walk that leads into nothing is worse than none."""
    check(
        [
            one
            for path in LIVING
            for one in document_rules.lost_code(ROOT, path, (ROOT / path).read_text())
        ]
    )


def test_every_invariant_names_its_guard() -> None:
    """What nobody checks is a hope."""
    texts = {path: (ROOT / path).read_text() for path in LIVING}

    assert any(document_rules.INVARIANT.search(text) for text in texts.values())
    check(
        [
            one
            for path, text in texts.items()
            for one in document_rules.unguarded_invariants(path, text)
        ]
    )


def test_the_glossary_uses_the_names_of_the_code() -> None:
    """One word per thing, everywhere."""
    code = "\n".join(path.read_text() for path in sorted((ROOT / "src").rglob("*.py")))
    names = set(document_rules.NAME.findall(code))
    text = (ROOT / "docs/glossary.md").read_text()

    assert document_rules.ROW.findall(text)
    check(document_rules.unknown_glossary_names(text, names.__contains__))
