"""Write the tables of docs/reference from the code, or say which are out of date.

    python tools/generate_docs.py            write
    python tools/generate_docs.py --check    write nothing; exit 1 when something would change

Text comes from docstrings and from the comment beside a field, and, where the code has no sentence
of its own, from `document_words.toml`.
"""

from __future__ import annotations

import ast
import importlib
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "seawall"
REFERENCE = "docs/reference/"
NOTE: Final = "Generated from the code by `make docs`; do not edit.\n"
GROUPS: Final = {  # of reasons, by their hundreds
    1: "The door: may the command be looked at?",
    2: "The order itself: is it well formed?",
    3: "The book: can it be done now?",
    4: "Money",
    5: "Operations",
}
# Where a comment names its source in a document that is not in the repository.
FOREIGN: Final = re.compile(r"\s*\((?:decisions?|domain|spec|invariant|vectors?)\b[^)]*\)")
NS_PER_SECOND: Final = 1_000_000_000
E8: Final = 100_000_000


class MissingWord(Exception):
    """Something in the code has no text, or a text has nothing in the code any more."""


class Words:
    """The texts of `document_words.toml`, and which of them were used."""

    def __init__(self, texts: Mapping[str, Any]) -> None:
        self._texts = dict(_flat(texts, ""))
        self._unused = set(self._texts)

    def take(self, key: str) -> str:
        """The text of a key, which must be there."""
        if key not in self._texts:
            raise MissingWord(f"tools/document_words.toml: no text for {key}")
        self._unused.discard(key)
        return self._texts[key]

    def paragraph(self, key: str) -> str:
        """An introduction, as a paragraph of its own."""
        return self.take(f"intro.{key}").strip() + "\n"

    def check_used(self) -> None:
        """Every text must describe something."""
        if self._unused:
            names = ", ".join(sorted(self._unused))
            raise MissingWord(f"tools/document_words.toml: nothing in the code is called {names}")


def _flat(texts: Mapping[str, Any], prefix: str) -> Iterable[tuple[str, str]]:
    for key, value in texts.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


class Source:
    """A module's text: its docstrings, and the comment at the end of a line."""

    def __init__(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        self._lines = text.splitlines()
        self.tree = ast.parse(text)
        self.classes = {one.name: one for one in self.tree.body if isinstance(one, ast.ClassDef)}

    def comment(self, node: ast.stmt) -> str:
        """The comment beside a statement, or inside the brackets that it is wrapped in."""
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1):
            _, found, text = self._lines[number - 1].partition("  # ")
            if found:
                return FOREIGN.sub("", text.strip())
        return ""

    def sentence(self, name: str) -> str:
        """The docstring of a class as one line."""
        text = " ".join((ast.get_docstring(self.classes[name]) or "").split())
        return FOREIGN.sub("", text)

    def fields(self, name: str) -> list[tuple[str, str, str]]:
        """(name, type, comment) of each field of a class, in order."""
        found = []
        for node in ast.walk(self.classes[name]):
            if not isinstance(node, ast.AnnAssign):
                continue
            target = node.target
            field = target.attr if isinstance(target, ast.Attribute) else ast.unparse(target)
            found.append((field, ast.unparse(node.annotation), self.comment(node)))
        return found

    def constants(self) -> list[tuple[str, str]]:
        """(name, comment) of each constant of the module, in order."""
        return [
            (ast.unparse(node.target), self.comment(node))
            for node in self.tree.body
            if isinstance(node, ast.AnnAssign)
        ]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell(one) for one in row)} |\n" for row in lines)


def cell(text: str) -> str:
    """A text as Markdown shows it inside a table."""
    text = text.replace("|", "\\|")
    return text if "`" in text else text.replace("<", "&lt;")


def members(enumeration: type) -> dict[str, int]:
    """The named integers of a class, in their order."""
    return {
        name: value
        for name, value in vars(enumeration).items()
        if name.isupper() and isinstance(value, int)
    }


def constant_name(class_name: str) -> str:
    """`PlaceOrder` is PLACE_ORDER in the enumeration of numbers."""
    return "".join(f"_{one}" if one.isupper() else one for one in class_name).strip("_").upper()


def commands_page(words: Words) -> str:
    """Every command: its number, who sends it, its fields."""
    from seawall.core.model.commands import CommandType

    numbers = members(CommandType)
    sources = {
        one: source
        for source in map(Source, (SOURCE / "core/model").glob("*commands.py"))
        for one in source.classes
        if constant_name(one) in numbers
    }
    names = sorted(sources, key=lambda one: numbers[constant_name(one)])
    rows = [
        [
            str(numbers[constant_name(one)]),
            f"[`{one}`](#{one.lower()})",
            words.take(f"senders.{one}"),
        ]
        for one in names
    ]
    parts = [
        "# Commands\n",
        NOTE,
        words.paragraph("commands"),
        table(["number", "command", "sent by"], rows),
    ]
    for name in names:
        source = sources[name]
        parts += [f"## {name}\n", source.sentence(name) + "\n", _field_table(source, name, words)]
    return "\n".join(parts)


def events_page(words: Words) -> str:
    """Every event: its number and fields; then the words of their numbers."""
    from seawall.core.model import enums
    from seawall.core.model.events import EventType
    from seawall.core.model.repair_events import RepairEventType
    from seawall.core.model.risk_events import RiskEventType

    numbers = {**members(EventType), **members(RiskEventType), **members(RepairEventType)}
    modules = ("order_events", "events", "risk_events", "repair_events")
    sources = [Source(SOURCE / f"core/model/{name}.py") for name in modules]
    found = [
        (source, one)
        for source in sources
        for one in source.classes
        if constant_name(one) in numbers
    ]
    rows = [[str(numbers[constant_name(one)]), f"[`{one}`](#{one.lower()})"] for _, one in found]
    parts = [
        "# Events\n",
        NOTE,
        words.paragraph("events"),
        table(["number", "event"], rows),
    ]
    for source, name in found:
        parts += [f"## {name}\n", source.sentence(name) + "\n", _field_table(source, name, words)]
    parts.append("## Numbers in fields\n")
    named = Source(SOURCE / "core/model/enums.py")
    for name in named.classes:
        numbers = members(getattr(enums, name))
        shown = getattr(enums, f"{constant_name(name)}_NAMES")
        rows = [
            [
                str(numbers[member]),
                f"`{shown[numbers[member]]}`",
                comment or words.take(f"enums.{name}.{member}"),
            ]
            for member, _, comment in named.fields(name)
        ]
        parts += [f"### {name}\n", named.sentence(name) + "\n"]
        parts.append(table(["number", "word", "meaning"], rows))
    return "\n".join(parts)


def _field_table(source: Source, name: str, words: Words) -> str:
    rows = [
        [f"`{field}`", kind, comment or words.take(f"fields.{field}")]
        for field, kind, comment in source.fields(name)
    ]
    return table(["field", "type", "meaning"], rows)


def rejects_page(words: Words) -> str:
    """Every reason to refuse, in order of precedence, with the code that clients see."""
    from seawall.api.codes import code_of_reason
    from seawall.core.model.rejects import REJECT_TEXTS, RejectReason

    parts = [
        "# Reject reasons\n",
        NOTE,
        words.paragraph("rejects"),
    ]
    reasons = [one for one in members(RejectReason).values() if one]
    for group, title in GROUPS.items():
        rows = [
            [str(one), f"`{REJECT_TEXTS[one][0]}`", REJECT_TEXTS[one][1], code_of_reason(one).code]
            for one in reasons
            if one // 100 == group
        ]
        parts += [f"## {title}\n", table(["number", "reason", "sentence", "code"], rows)]
    return "\n".join(parts)


def capabilities_page(words: Words) -> str:
    """What works at which grade of the price, from the table of the core; then the margin tiers."""
    from seawall.core.engine import capability_view as view
    from seawall.core.engine.margin_view import SwapTerms
    from seawall.core.model.enums import RISK_TIER_NAMES, RiskTier

    rows = [
        [action, *(view.ALLOWANCE_NAMES[allowance] for allowance in allowances)]
        for action, allowances in zip(view.ACTION_NAMES, view.CAPABILITIES, strict=True)
    ]
    parts = [
        "# What works at which grade of the price\n",
        NOTE,
        words.paragraph("capabilities"),
        table(["", *(name.replace("_", " ") for name in view.GRADE_NAMES)], rows),
        "## Answers\n",
        table(
            ["answer", "meaning"],
            [[name, words.take(f"allowances.{name}")] for name in view.ALLOWANCE_NAMES],
        ),
        words.paragraph("degraded").format(lever=view.DEGRADED_LEVER_MAX),
        "## Grades\n",
        table(
            ["grade", "meaning"],
            [[name.replace("_", " "), words.take(f"grades.{name}")] for name in view.GRADE_NAMES],
        ),
        "## Margin tiers\n",
        words.paragraph("margin_tiers"),
    ]
    for risk_tier in range(RiskTier.MAJOR, len(RISK_TIER_NAMES)):
        terms = SwapTerms(
            risk_tier=risk_tier, quote_units=1, tick_size_e8=1, unit_value=1, price_max=1
        )
        rows = [
            [f"{low:,}", f"{high:,}", percent(initial), percent(maintenance), f"{E8 // initial} x"]
            for low, high, initial, maintenance in terms.brackets()
        ]
        head = ["notional from", "to", "initial", "maintenance", "highest leverage"]
        parts += [f"### {RISK_TIER_NAMES[risk_tier]}\n", table(head, rows)]
    return "\n".join(parts)


def percent(rate_e8: int) -> str:
    """A rate as people write it."""
    whole, rest = divmod(rate_e8, E8 // 100)
    return f"{whole}{f'.{rest:06d}'.rstrip('0').rstrip('.')} %"


def limits_page(words: Words) -> str:
    """Every limit of core and gateway, and the rate limits."""
    from seawall.gateway.rate_limits import EndpointClass

    parts = ["# Limits\n", NOTE]
    for title, name, file in (
        ("The core: enforced by a reject", "core", "core/model/limits.py"),
        ("The gateway: what is kept in memory and what is let in", "gateway", "gateway/limits.py"),
    ):
        module = importlib.import_module(f"seawall.{file.removesuffix('.py').replace('/', '.')}")
        rows = []
        for constant, comment in Source(SOURCE / file).constants():
            meaning = comment or words.take(f"limits.{name}.{constant}")
            if meaning:
                rows.append([f"`{constant}`", number_text(getattr(module, constant)), meaning])
        parts += [f"## {title}\n", table(["limit", "value", "meaning"], rows)]
    rows = [
        [f"`{one.label}`", f"{one.tokens:,}", f"{one.period_ns // NS_PER_SECOND} s"]
        for one in EndpointClass
    ]
    parts += [
        "## Requests\n",
        words.paragraph("requests"),
        table(["class of endpoint", "tokens", "period"], rows),
    ]
    return "\n".join(parts)


def number_text(value: float) -> str:
    """A number that can be read."""
    return f"{value:,}"


def settings_page(words: Words) -> str:
    """The two TOML files that people write."""
    from seawall.node import config
    from seawall.node.settings import RANGES, Settings

    rows = []
    for field in msgspec.structs.fields(Settings):
        low, high = RANGES.get(field.name, ("", ""))
        bounds = f"{low:,} to {high:,}" if isinstance(low, int) else ""
        meaning = words.take(f"settings.{field.name}")
        rows.append([f"`{field.name}`", default_text(field), bounds, meaning])
    parts = [
        "# Settings\n",
        NOTE,
        "## How this machine runs a venue\n",
        words.paragraph("settings"),
        table(["key", "default", "range", "meaning"], rows),
        "## What a venue is\n",
        words.paragraph("venue_file"),
    ]
    for field in msgspec.structs.fields(config.VenueFile):
        section, title = field.type, f"[{field.name}]"
        if getattr(section, "__origin__", None) is list:
            section, title = section.__args__[0], f"[[{field.name}]]"
        rows = [
            [f"`{one.name}`", default_text(one), words.take(f"venue.{field.name}.{one.name}")]
            for one in msgspec.structs.fields(section)
        ]
        parts += [f"### `{title}`\n", table(["key", "default", "meaning"], rows)]
    return "\n".join(parts)


def default_text(field: msgspec.structs.FieldInfo) -> str:
    """The default of a key as TOML writes it."""
    value = field.default
    if field.default_factory is not msgspec.NODEFAULT:
        return "none"
    if value is msgspec.NODEFAULT:
        return "required"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def command_line_page(words: Words) -> str:
    """The tree of `seawall` with arguments, options and examples; then the exit codes."""
    import typer.main

    from seawall.cli.app import app

    parts = [
        "# The command line\n",
        NOTE,
        words.paragraph("command_line"),
    ]
    for path, command in sorted(_leaves("seawall", typer.main.get_command(app))):
        parameters = [one for one in command.params if not getattr(one, "hidden", False)]
        usage = " ".join([path, *(_usage(one) for one in parameters)])
        parts += [f"## {path}\n", f"    {usage}\n", _one_line(command.help) + "\n"]
        rows = [[f"`{_spelling(one)}`", _one_line(one.help)] for one in parameters]
        if rows:
            parts.append(table(["argument", "meaning"], rows))
        if command.epilog:
            parts.append(_example(command.epilog))
    parts += ["## Exit codes\n", _exit_codes()]
    return "\n".join(parts)


def _leaves(path: str, command: Any) -> Iterable[tuple[str, Any]]:
    """Every command that does something, with its words."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, one in inner.items():
        if not one.hidden:
            yield from _leaves(f"{path} {name}", one)


def _usage(parameter: Any) -> str:
    spelling = _spelling(parameter)
    return spelling if parameter.required else f"[{spelling}]"


def _spelling(parameter: Any) -> str:
    metavar = (parameter.metavar or parameter.name.upper()).replace("[", "").replace("]", "")
    if parameter.param_type_name == "argument":
        return str(metavar)
    if parameter.is_flag:
        return " / ".join([*parameter.opts, *parameter.secondary_opts])
    return f"{parameter.opts[0]} {'FILE' if metavar == 'JSON_FILE' else metavar}"


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def _example(epilog: str) -> str:
    text = _one_line(epilog)
    example = text.removeprefix("Example: ")
    return f"    {example}\n" if example != text else f"{text}\n"


def _exit_codes() -> str:
    from seawall import errors

    source = Source(SOURCE / "errors.py")
    found = [
        (getattr(errors, name).exit_code, name, source.sentence(name))
        for name in source.classes
        if "exit_code" in dir(getattr(errors, name))
    ]
    rows = [["0", "", "success"], ["2", "", "arguments that cannot be used"]]
    rows += [[str(code), f"`{name}`", sentence] for code, name, sentence in sorted(found)]
    rows.append([str(errors.EXIT_BUG), "", "a bug of Seawall's own: an assertion failed"])
    rows.append(["130", "", "interrupted"])
    return table(["code", "failure", "meaning"], rows)


def errors_page(_words: Words) -> str:
    """Every code of the API, as its room writes them."""
    from seawall.api.codes_document import errors_document

    return errors_document()


PAGES: Final[dict[str, Callable[[Words], str]]] = {
    "commands.md": commands_page,
    "events.md": events_page,
    "rejects.md": rejects_page,
    "capabilities.md": capabilities_page,
    "errors.md": errors_page,
    "limits.md": limits_page,
    "settings.md": settings_page,
    "command-line.md": command_line_page,
}


def generated() -> dict[str, str]:
    """Path -> text of every generated document."""
    words = Words(tomllib.loads((ROOT / "tools/document_words.toml").read_text(encoding="utf-8")))
    pages = {f"{REFERENCE}{name}": page(words) for name, page in PAGES.items()}
    words.check_used()
    return pages


def main(arguments: Sequence[str]) -> int:
    """Write what differs, or only name it."""
    is_check = "--check" in arguments
    differing = {
        path: text
        for path, text in generated().items()
        if not (ROOT / path).exists() or (ROOT / path).read_text(encoding="utf-8") != text
    }
    for path, text in differing.items():
        print(f"{'out of date' if is_check else 'written'}: {path}")
        if not is_check:
            (ROOT / path).write_text(text, encoding="utf-8")
    return 1 if is_check and differing else 0


if __name__ == "__main__":
    try:
        raise SystemExit(main(sys.argv[1:]))
    except MissingWord as missing:
        raise SystemExit(str(missing)) from None
