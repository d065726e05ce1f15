"""The tree of commands, and how every command ends."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Final

import typer

from seawall import __version__, core_mode, require_assertions
from seawall.cli.drill_commands import add_to as add_drill_commands
from seawall.cli.journal_commands import add_to as add_journal_commands
from seawall.cli.output import complain, say
from seawall.cli.people_commands import add_to as add_people_commands
from seawall.cli.repair_commands import add_to as add_repair_commands
from seawall.cli.venue_commands import add_to as add_venue_commands
from seawall.errors import EXIT_BUG, EnvironmentFault, SeawallError

EXIT_INTERRUPTED: Final = 130
# What typer raises for arguments it cannot use; it keeps the class in different places in different
# releases, and always above BadParameter.
UsageFault: Final[type[Exception]] = next(
    one for one in typer.BadParameter.__mro__ if one.__name__ == "ClickException"
)

app = typer.Typer(
    name="seawall",
    help="A crypto exchange that survives its worst day, and can prove how it put things right.",
    epilog="Example: `seawall up` starts a demo venue in ./seawall-data and prints its addresses.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
add_venue_commands(app)
add_people_commands(app)
add_journal_commands(app)
add_drill_commands(app)
add_repair_commands(app)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        say(f"seawall {__version__} (core: {core_mode()})")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the version and whether the core is compiled.",
        ),
    ] = False,
) -> None:
    """A crypto exchange that survives its worst day, and can prove how it put things right."""


def main() -> None:
    """Run the command line; the process's exit code says how it ended."""
    require_assertions()
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read our output has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; failures become one line on standard error."""
    try:
        result = app(arguments, prog_name="seawall", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except SeawallError as error:
        complain(str(error))
        return error.exit_code
    except UsageFault as error:
        complain(_usage_line(error))
        return 2
    except BrokenPipeError:  # see `main`
        raise
    except OSError as error:
        fault = EnvironmentFault(
            expected="the machine to do what was asked",
            found=str(error),
            to_do="mend the disk, the permissions or the network, then try again",
        )
        complain(str(fault))
        return fault.exit_code
    except AssertionError as error:
        complain(f"a bug of Seawall's own stopped this command: {error!r}. To do: report it.")
        return EXIT_BUG
    except (KeyboardInterrupt, typer.Abort):
        complain("interrupted")
        return EXIT_INTERRUPTED


def _usage_line(error: BaseException) -> str:
    """What was wrong with the arguments, and where the right ones are explained."""
    context = getattr(error, "ctx", None)
    command = getattr(context, "command_path", "seawall")
    message = getattr(error, "format_message", lambda: str(error))()
    text = " ".join(str(message).split()).rstrip(".")
    return f"{text}. To do: see `{command} --help`."
