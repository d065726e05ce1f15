"""`seawall repair find`: what a source said, with the seqs that an edit names."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli.output import complain, say, write_file
from seawall.errors import BadConfiguration

if TYPE_CHECKING:
    from seawall.journal.directory import DataDirectory
    from seawall.repair.observations import Search


def find(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The venue's data directory.")],
    *,
    index: Annotated[str, typer.Option(metavar="ID", help="Of which index: its name or number.")],
    source: Annotated[
        list[str], typer.Option(metavar="ID", help="Who said it; may be given more than once.")
    ],
    first: Annotated[
        int | None,
        typer.Option("--from", metavar="SEQ", min=1, help="The first seq to look at; else all."),
    ] = None,
    last: Annotated[
        int | None,
        typer.Option("--to", metavar="SEQ", min=1, help="The last seq to look at; else all."),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write the edit by which all of this is not heard."),
    ] = None,
    author: Annotated[
        str | None, typer.Option(metavar="OPERATOR", help="Who answers for that edit.")
    ] = None,
) -> None:
    """List what sources said of an index, with seqs and the sha256 of the lines, as evidence."""
    from seawall.core.model.limits import SEQ_MAX
    from seawall.node.create import require_venue
    from seawall.repair.approvals import operator_of
    from seawall.repair.observations import (
        Search,
        drop_of,
        index_of,
        nothing_said,
        source_of,
    )
    from seawall.replay.edits import encode_edits
    from seawall.replay.start import earliest_begin

    data = require_venue(directory)
    if (out is None) != (author is None):
        raise BadConfiguration(
            expected="--out with --author: an edit has somebody who answers for it",
            found="one of them alone",
            to_do="give both, or neither to look only",
        )
    author_id = None if author is None else operator_of(author, data.genesis.operators).operator_id
    search = Search(
        index_id=index_of(index, data.genesis),
        source_ids=tuple(dict.fromkeys(source_of(one, data.genesis) for one in source)),
        first_seq=first or earliest_begin(directory) + 1,
        last_seq=last or SEQ_MAX,
    )
    seqs, evidence = _list(data, search)
    if not seqs:
        raise nothing_said(source, search)
    complain(f"{len(seqs)} observations; the sha256 of these lines is {evidence}")
    if out is not None and author_id is not None:
        edit = drop_of(search, seqs=seqs, evidence=evidence, author=int(author_id))
        write_file(out, encode_edits([edit]), option="--out")
        complain(f"wrote {out}: drops what they said from seq {seqs[0]} to {seqs[-1]}")


def _list(data: DataDirectory, search: Search) -> tuple[list[int], str]:
    """Print every line; the seqs, and the sha256 of what was printed."""
    from seawall.repair.observations import line, said
    from seawall.web.numbers import iso

    seqs: list[int] = []
    evidence = sha256()
    for one in said(data.path, data.genesis, search):
        text = line(one, moment=iso(one.clock_ms))
        seqs.append(one.seq)
        evidence.update(f"{text}\n".encode())
        say(text)
    return seqs, evidence.hexdigest()
