"""Templates and their policy of content: the one place where HTML is put together.

Everything that a template prints is escaped; no template may call it safe. A page allows exactly
its own stylesheet and script, by their hashes, and nothing from anywhere else.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import Any, Final

import jinja2

from seawall.web import numbers, texts, tokens

TEMPLATES: Final = "templates"


@cache
def environment() -> jinja2.Environment:
    """The templates of this room with the filters and words that they use."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("seawall.web", TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        count=numbers.count,
        number=numbers.number,
        price=numbers.price,
        percent_e8=numbers.percent_e8,
        clock=numbers.clock,
        iso=numbers.iso,
        date=numbers.date,
        duration=numbers.duration,
        wall_time=numbers.wall_time,
        in_words=numbers.in_words,
        short_hash=numbers.short_hash,
    )
    made.globals.update(
        say=texts.say,
        words=texts,
        light=tokens.variables(tokens.LIGHT),
        dark=tokens.variables(tokens.DARK),
    )
    made.policies["json.dumps_kwargs"] = {"sort_keys": False, "separators": (",", ":")}
    return made


def content_hash(text: str) -> str:
    """A source of a Content-Security-Policy that allows exactly this text."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def policy_of_file(*, style: str, script: str) -> str:
    """The policy of a page that is one file: its own style and script, and no request at all."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {content_hash(style)}",
            f"script-src {content_hash(script)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def render_file(*, page: str, style: str, script: str, **facts: Any) -> bytes:
    """A page that is one file: its style and script inside, and the policy that allows them."""
    made = environment()
    styles = made.get_template(style).render()
    scripts = made.get_template(script).render()
    text = made.get_template(page).render(
        policy=policy_of_file(style=styles, script=scripts),
        style=style,
        script=script,
        **facts,
    )
    return text.encode()
