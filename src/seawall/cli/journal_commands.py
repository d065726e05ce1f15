"""`seawall replay` and `seawall verify`: the journal applied again, and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from seawall.cli.output import complain, progress, write_result

EXIT_FINDINGS: Final = 65  # what lies on disk is not what was written

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The venue's data directory.")]
JsonFile = Annotated[
    str | None,
    typer.Option("--json", help="Write the result as JSON to a file (- is standard output)."),
]


def add_to(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.command(epilog="Example: seawall replay seawall-data --until 100000 --json run.json")(
        replay
    )
    app.command(epilog="Example: seawall verify seawall-data")(verify)


def replay(
    directory: Directory,
    *,
    until: Annotated[int | None, typer.Option(metavar="SEQ", help="Stop after this entry.")] = None,
    json_file: JsonFile = None,
) -> None:
    """Apply the journal again from genesis: commands per second, events hash, state hash."""
    from seawall.node.create import require_venue
    from seawall.replay.run import run

    require_venue(directory)
    with progress("replay") as advance:
        result = run(directory, until=until, progress=advance)
    write_result(
        msgspec.to_builtins(result),
        json_file=json_file,
        text=[
            f"commands        {result.commands} in {result.records} records",
            f"seq             {result.seq}",
            f"commands_per_s  {result.commands_per_s:,.0f} (core: {result.core})",
            f"events_hash     {result.events_hash}",
            f"state_hash      {result.state_hash}",
        ],
    )


def verify(directory: Directory, *, json_file: JsonFile = None) -> None:
    """Check the hash chain, the marks, the snapshots, every witness and every ledger law."""
    from seawall.node.create import require_venue
    from seawall.node.starting import read_model_witness
    from seawall.replay.verify import verify as verify_directory

    home = require_venue(directory)
    with progress("verify") as advance:
        result = verify_directory(directory, witnesses=read_model_witness(home), progress=advance)
    write_result(
        {**msgspec.to_builtins(result), "is_green": result.is_green},
        json_file=json_file,
        text=[
            f"records      {result.records} in {result.files} files, up to seq {result.seq}",
            f"commands     {result.commands} in {result.batches} batches",
            f"marks        {result.marks}",
            f"checkpoints  {result.checkpoints}",
            f"witnesses    {result.witnesses}",
            f"ledger laws  checked {result.laws} times",
            "all of it is as claimed" if result.is_green else "NOT as claimed",
        ],
    )
    for finding in result.findings:
        complain(f"{finding.subject}: {finding.text}")
    if not result.is_green:
        if not result.findings:
            complain("there was nothing to check: the journal holds no record")
        raise typer.Exit(EXIT_FINDINGS)
