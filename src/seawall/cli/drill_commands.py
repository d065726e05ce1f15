"""`seawall drill`: play an incident on a venue of its own, and judge what happened."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from seawall.cli.output import ProgressCall, complain, progress, say, write_result
from seawall.errors import BadConfiguration

if TYPE_CHECKING:
    from seawall.simulation.drills.whole_day import WholeDay, Wishes
    from seawall.simulation.drills.worlds import OnLine
    from seawall.web.report import Report

EXIT_NOT_SHOWN: Final = 1  # the drill ran, and did not show what it must
SCALE_MAX: Final = 100
SEED_MAX: Final = 2**63 - 1

Seed = Annotated[int, typer.Option(min=0, max=SEED_MAX, help="Everything is drawn from it.")]
Scale = Annotated[int, typer.Option(min=1, max=SCALE_MAX, help="2,000 accounts times this.")]
JsonFile = Annotated[
    str | None,
    typer.Option("--json", help="Write the result as JSON to a file (- is standard output)."),
]
Watch = Annotated[bool, typer.Option("--watch", help="Show both worlds live in the terminal.")]


Flow = Annotated[
    Literal["scripted", "adaptive"],
    typer.Option(help="Makers quote off the true path, or off the venue's own index."),
]
PolicyId = Annotated[
    Literal["stand", "compensate", "band", "cause", "strict", "rerun", "window"],
    typer.Option(help="How the day is put right; stand, rerun and window post nothing."),
]
ReportFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write the report: one file of HTML.")
]
Compare = Annotated[
    bool, typer.Option(help="For the report: play the day with protections switched over, too.")
]
Reproducible = Annotated[
    bool, typer.Option("--reproducible", help="Leave wall times out of report and JSON.")
]


def add_to(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    drill = typer.Typer(
        help="Play an incident on a venue of its own, and judge it by the same day without it.",
        epilog="Example: seawall drill primexbt --protections off --seed 7",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    drill.command("list", epilog="Example: seawall drill list")(list_drills)
    drill.command(epilog="Example: seawall drill primexbt --protections off --json out.json")(
        primexbt
    )
    drill.command(epilog="Example: seawall drill crash --seed 7 --watch")(crash)
    app.add_typer(drill, name="drill")


def list_drills() -> None:
    """List the drills: what happened, who says so, and what is shown."""
    from seawall.simulation.drills.catalogue import DRILLS

    for drill in DRILLS:
        say(drill.name)
        say(f"  happened  {drill.happened}")
        say(f"  source    {drill.source}")
        say(f"  shows     {drill.shows}")


def primexbt(
    *,
    protections: Annotated[
        Literal["on", "off"], typer.Option(help="off: prices are believed as they come.")
    ] = "on",
    flow: Flow = "scripted",
    mirror: Annotated[
        bool, typer.Option("--mirror", help="Mirror a source of the failing domain into the book.")
    ] = False,
    seed: Seed = 7,
    scale: Scale = 1,
    tape: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Recordings for the true price of BTC.")
    ] = None,
    policy: PolicyId = "cause",
    report: ReportFile = None,
    compare: Compare = True,
    reproducible: Reproducible = False,
    json_file: JsonFile = None,
    watch: Watch = False,
) -> None:
    """Two of seven sources print bitcoin at $0.32 for ninety seconds (23 August 2019)."""
    from seawall.cli.drill_tables import whole_day_lines
    from seawall.simulation.drills.cast import REFERENCE_ACCOUNTS
    from seawall.simulation.drills.day import DaySettings
    from seawall.simulation.drills.whole_day import Wishes, whole_json

    _check_place(report)
    wishes = Wishes(
        settings=DaySettings(
            seed=seed,
            accounts=REFERENCE_ACCOUNTS * scale,
            has_protections=protections == "on",
            is_adaptive=flow == "adaptive",
            has_mirror=mirror,
            tape=tape,
        ),
        policy=policy,
        is_reported=report is not None,
        is_compared=compare,
    )
    whole = _play(wishes, is_watched=watch)
    if report is not None and whole.report is not None:
        _write_report(whole.report, report, is_reproducible=reproducible)
    result = whole_json(whole, is_reproducible=reproducible)
    write_result(result, json_file=json_file, text=whole_day_lines(whole))
    conclude(whole.failure())


def _play(wishes: Wishes, *, is_watched: bool) -> WholeDay:
    from seawall.simulation.drills.whole_day import command_of, play_whole_day

    title = command_of(wishes).removeprefix("seawall ")
    with (
        tempfile.TemporaryDirectory(prefix="seawall-drill-") as folder,
        stages() as on_stage,
        _view(title, is_watched=is_watched) as on_line,
    ):
        return play_whole_day(
            wishes,
            Path(folder),
            on_stage=on_stage,
            on_line=on_line or _as_progress(on_stage),
            is_watched=on_line is not None,
        )


def _check_place(path: Path | None) -> None:
    """Refuse a place for the report before minutes are spent on it."""
    if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise _unwritable(path, "a folder" if path.is_dir() else "no folder to hold it")


def _write_report(report: Report, path: Path, *, is_reproducible: bool) -> None:
    from seawall.web.report import render

    try:
        path.write_bytes(render(report, reproducible=is_reproducible))
    except OSError as error:
        raise _unwritable(path, str(error.strerror)) from error


def _unwritable(path: Path, fault: str) -> BadConfiguration:
    return BadConfiguration(
        expected="a file that can be written after --report",
        found=f"{path}: {fault}",
        to_do="name another file",
    )


def crash(
    *, seed: Seed = 7, scale: Scale = 1, json_file: JsonFile = None, watch: Watch = False
) -> None:
    """Bitcoin halves in a day, truly and everywhere (12 and 13 March 2020)."""
    from seawall.simulation.drills.cast import REFERENCE_ACCOUNTS
    from seawall.simulation.drills.crash import CrashSettings
    from seawall.simulation.drills.play_crash import as_json, crash_lines, play_crash

    settings = CrashSettings(seed=seed, accounts=REFERENCE_ACCOUNTS * scale)
    with (
        tempfile.TemporaryDirectory(prefix="seawall-drill-") as folder,
        stages() as on_stage,
        _view(f"drill crash, seed {seed}", is_watched=watch, worlds=("actual",)) as on_line,
    ):
        result = play_crash(
            settings,
            Path(folder),
            on_stage=on_stage,
            on_line=on_line or _as_progress(on_stage),
            is_watched=on_line is not None,
        )
    write_result(as_json(result), json_file=json_file, text=crash_lines(result))
    conclude(result.failure())


def conclude(failure: str) -> None:
    """End the command as failed when the drill did not show what it must."""
    if failure:
        complain(failure)
        raise typer.Exit(EXIT_NOT_SHOWN)


class Stages:
    """A progress bar for each stage of a drill, one after the other."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._stage = ""
        self._advance: ProgressCall | None = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage is; a new one takes the place of the old."""
        if stage != self._stage or self._advance is None:
            self._stack.close()
            self._stage = stage
            self._advance = self._stack.enter_context(progress(stage))
        self._advance(done, total)

    def close(self) -> None:
        """Take the bar away."""
        self._stack.close()


@contextmanager
def stages() -> Iterator[Stages]:
    """Progress over several stages."""
    shown = Stages()
    try:
        yield shown
    finally:
        shown.close()


def _as_progress(on_stage: Stages) -> OnLine:
    """Lines of the day's world move the bar; those of the clean world run beside it."""

    def on_line(world: str, done: int, total: int, _scene: bytes) -> None:
        if world == "actual":
            on_stage("worlds", done, total)

    return on_line


@contextmanager
def _view(
    title: str, *, is_watched: bool, worlds: tuple[str, ...] = ("actual", "clean")
) -> Iterator[OnLine | None]:
    if not is_watched:
        yield None
        return
    if not sys.stderr.isatty():
        raise BadConfiguration(
            expected="a terminal for --watch",
            found="standard error that is none",
            to_do="run it in a terminal, or leave --watch out",
        )
    from rich.console import Console

    from seawall.simulation.drills.watch import WatchView

    with WatchView(worlds, title=title, console=Console(stderr=True)) as view:
        yield view.on_line
