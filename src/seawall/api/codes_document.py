"""The reference of error codes, generated from the table.

`python -m seawall.api.codes_document` prints it; it is kept as `docs/reference/errors.md`.
"""

from __future__ import annotations

import sys
from typing import Final

from seawall.api.codes import OF_REASON, api_codes
from seawall.core.model.rejects import REJECT_TEXTS

PATH: Final = "docs/reference/errors.md"
INTRODUCTION: Final = """# Error codes

Generated from `src/seawall/api/codes.py`; do not edit by hand.

Every answer is `{"code", "msg", "data"}`. `code` is `0` when all is well. An order endpoint answers
`1` when all of its rows failed and `2` when some did, under HTTP 200, and each row carries its own
`sCode`. What a client may do next follows from the code:

- `50001`, `50013` and `50026` as the code of the whole answer: nothing was accepted, so the same
  request may be sent again. `50001` is said only while a stop is planned; `50026` names the
  incident when there is one.
- `50004`: the request was sent to the engine and no answer came in time. It does not mean success
  or failure: ask `GET /api/v5/trade/order` for the client order id.
- Everything else: the request was refused for the reason that is given, and nothing changed.
"""


def errors_document() -> str:
    """The whole reference, as Markdown."""
    lines = [INTRODUCTION, "## All codes", "", "| code | HTTP | message |", "|---|---|---|"]
    lines += [f"| {one.code} | {one.http_status} | {one.message} |" for one in api_codes()]
    lines += [
        "",
        "## Reasons of the engine",
        "",
        "What the engine refuses, in the order in which it checks, and the one code of each.",
        "",
        "| reason | code | sentence |",
        "|---|---|---|",
    ]
    for reason, code in OF_REASON:
        name, sentence = REJECT_TEXTS[reason]
        lines.append(f"| `{name}` | {code.code} | {sentence} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(errors_document())
