"""`seawall init`, `up`, `status` and `bench`: make a venue, run it, ask how it is, measure it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from seawall.cli.output import complain, say, stage_line, write_result
from seawall.errors import BadConfiguration, EngineUnreachable
from seawall.node.clock import WallClock, read_wall_offset_ns
from seawall.node.large_pages import with_large_pages
from seawall.node.run import VENUE_ROLES, WORLD, run_in_one_process, run_role
from seawall.node.settings import DIRECTORY_DEFAULT, PORT_DEFAULT, Settings, read_settings

if TYPE_CHECKING:
    from seawall.journal.channel import OpenChannel
    from seawall.node.launch import Launch

BENCHES: Final = ("engine", "ticks", "scaling", "journal", "replay", "api", "undo")
LONG_BENCHES: Final = ("undo-full",)  # measured when it is named only
STATUS_SECONDS: Final = 5.0

JsonFile = Annotated[
    str | None,
    typer.Option("--json", help="Write the result as JSON to a file (- is standard output)."),
]


def add_to(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.command(epilog="Example: seawall init my-venue --from my-venue.toml")(init)
    app.command(epilog="Example: seawall up my-venue --port 9000")(up)
    app.command(epilog="Example: seawall status --url http://127.0.0.1:8080")(status)
    app.command(epilog="Example: seawall bench engine --json bench.json")(bench)


def init(
    directory: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="Where the venue will live.")
    ] = None,
    *,
    venue_file: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE.toml", help="What the venue is; else the demo."),
    ] = None,
    example: Annotated[
        bool, typer.Option("--example", help="Print the demo's venue file, to start from.")
    ] = False,
) -> None:
    """Write a genesis: assets, instruments, fees, accounts, operators, parameters."""
    from seawall.node.config import demo_venue_text
    from seawall.node.create import create_venue

    if example:
        say(demo_venue_text().rstrip())
        return
    if directory is None:
        raise BadConfiguration(
            expected="the directory of the new venue",
            found="nothing",
            to_do="run `seawall init DIR`, or `seawall init --example` to see a venue file",
        )
    home = create_venue(directory, venue_file, now_ms=time.time_ns() // 1_000_000)
    say(f"made the venue {home.genesis.venue.decode('ascii', 'replace')!r} in {directory}")
    say(f"start it with: seawall up {directory}")


def up(
    directory: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="The venue's data directory.")
    ] = DIRECTORY_DEFAULT,
    *,
    port: Annotated[
        int | None, typer.Option(help=f"Where the API listens (default {PORT_DEFAULT}).")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Settings of this machine (TOML).")
    ] = None,
    tls: Annotated[
        bool, typer.Option("--tls", help="Speak TLS with a development authority of its own.")
    ] = False,
    tape: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Recorded prices for the simulated venues.")
    ] = None,
    world: Annotated[
        bool, typer.Option(help="Run simulated outside venues and traders in a simulated venue.")
    ] = True,
    one_process: Annotated[
        bool, typer.Option("--one-process", help="Run all parts in one process, for debugging.")
    ] = False,
    role: Annotated[
        str | None, typer.Option(help=f"Run one part only: {', '.join((*VENUE_ROLES, WORLD))}.")
    ] = None,
    parent: Annotated[int | None, typer.Option(hidden=True)] = None,
    clock_offset_ns: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run a venue and print its addresses. Without DIR: a demo venue in ./seawall-data."""
    settings = read_settings(config, port=port, tls=tls)
    offset_ns = read_wall_offset_ns() if clock_offset_ns is None else clock_offset_ns
    clock = WallClock(offset_ns=offset_ns)
    if role == WORLD:
        from seawall.simulation import world_process

        raise typer.Exit(
            world_process.run(directory, settings=settings, tape=tape, parent_pid=parent)
        )
    if role is not None:
        raise typer.Exit(
            run_role(role, directory, settings=settings, clock=clock, parent_pid=parent)
        )
    from seawall.node.supervisor import VenueDidNotStart

    launch = _launch(directory, settings, clock, tape=tape if world else None)
    with_world = world and launch.home.genesis.is_simulated
    if one_process:
        raise typer.Exit(_run_one_process(launch, clock, tape=tape, with_world=with_world))
    arguments = [str(directory), "--port", str(settings.port)]
    arguments += ["--clock-offset-ns", str(offset_ns)]
    arguments += ["--tls"] if settings.tls else []
    arguments += ["--config", str(config)] if config is not None else []
    arguments += ["--tape", str(tape)] if tape is not None else []
    try:
        raise typer.Exit(launch.run(arguments=arguments, with_world=with_world, say=say))
    except VenueDidNotStart as error:
        complain(str(error))
        raise typer.Exit(error.child_exit_code) from error


def _launch(directory: Path, settings: Settings, clock: WallClock, *, tape: Path | None) -> Launch:
    """The venue, ready to start. A tape that cannot be played is refused before anything is made:
    once the venue runs, it would merely have no market.
    """
    from seawall.node.launch import Launch

    if tape is not None:
        from seawall.simulation.recording import find_recordings

        find_recordings(tape)
    return Launch(directory, settings=settings, now_ms=clock.now_ms())


def _run_one_process(
    launch: Launch, clock: WallClock, *, tape: Path | None, with_world: bool
) -> int:
    """All parts in this process; node does not know the simulated world, so it is brought here."""
    from seawall.simulation import world_process

    directory, settings = launch.directory, launch.settings

    async def world(open_channel: OpenChannel, stop: asyncio.Event) -> None:
        await world_process.run_beside(
            directory, settings=settings, tape=tape, open_channel=open_channel, stop=stop
        )

    return run_in_one_process(
        directory,
        settings=settings,
        clock=clock,
        on_ready=lambda: launch.announce(say),
        companion=world if with_world else None,
    )


def status(
    *,
    url: Annotated[
        str, typer.Option(help="Where the venue answers.")
    ] = f"http://127.0.0.1:{PORT_DEFAULT}",
    json_file: JsonFile = None,
) -> None:
    """Say what disturbs trading now. Exits 0 when the venue answers, also when it is disturbed."""
    rows = _ask(f"{url.rstrip('/')}/api/v5/system/status")
    text = [f"{row.get('state', '')}: {row.get('title', '')}" for row in rows]
    write_result({"status": rows}, json_file=json_file, text=text or ["trading is undisturbed"])


def _ask(url: str) -> list[dict[str, Any]]:
    if not url.startswith(("http://", "https://")):
        raise BadConfiguration(
            expected="an address like http://127.0.0.1:8080", found=url, to_do="correct --url"
        )
    try:
        with urllib.request.urlopen(url, timeout=STATUS_SECONDS) as answer:  # noqa: S310 - checked
            rows = json.load(answer)["data"]
    except urllib.error.HTTPError as error:
        found = f"HTTP status {error.code}"
    except (OSError, ValueError) as error:
        found = str(getattr(error, "reason", error))
    except (KeyError, TypeError):
        found = "an answer of another program"
    else:
        return [row for row in rows if isinstance(row, dict)]
    raise EngineUnreachable(
        expected=f"a venue that answers at {url}",
        found=found,
        to_do="start it with `seawall up`, or name its address with --url",
    )


def _take_large_pages() -> None:
    """Start anew with the memory that a venue's engine has, unless this process has it."""
    environment = with_large_pages(os.environ)
    if environment != dict(os.environ):
        arguments = [sys.executable, *sys.orig_argv[1:]]
        os.execve(sys.executable, arguments, environment)  # noqa: S606 - this very process


def bench(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...",
            help=f"{', '.join(BENCHES)}; only when it is named: {', '.join(LONG_BENCHES)}.",
        ),
    ] = None,
    *,
    json_file: JsonFile = None,
) -> None:
    """Measure, and print numbers with their units, the machine and the commit."""
    wanted = names or list(BENCHES)
    known = (*BENCHES, *LONG_BENCHES)
    for name in wanted:
        if name not in known:
            raise BadConfiguration(
                expected=f"benches of {', '.join(known)}", found=name, to_do="name one of them"
            )
    _take_large_pages()
    from seawall.simulation.bench import lines, run

    with stage_line() as on_stage:
        result = run(wanted, on_stage=on_stage)
    write_result(result, json_file=json_file, text=lines(result))
