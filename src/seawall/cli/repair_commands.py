"""`seawall repair`: plan what would put an incident right, approve it, post it, prove it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import typer

from seawall.cli.drill_commands import stages
from seawall.cli.output import complain, progress, say, write_file, write_result
from seawall.cli.repair_search import find
from seawall.cli.repair_tables import case_lines
from seawall.errors import BadConfiguration, OperatorFault
from seawall.node.settings import DIRECTORY_DEFAULT

if TYPE_CHECKING:
    from seawall.repair.receipts import Receipt

EXIT_NOT_SOUND: Final = 65  # what lies on disk is not what may be approved, or proves nothing
ACCOUNT_ID_MAX: Final = 2**31 - 1

Directory = Annotated[
    Path, typer.Option("--dir", help="The venue's data directory.", metavar="DIR")
]
CaseId = Annotated[str, typer.Argument(metavar="CASE", help="The case, as `plan` named it.")]
JsonFile = Annotated[
    str | None,
    typer.Option("--json", help="Write the result as JSON to a file (- is standard output)."),
]


def add_to(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    repair = typer.Typer(
        help="Put an incident right: plan it, approve it, post it, prove it.",
        epilog="Example: seawall repair plan seawall-data --edits edits.json",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    repair.command(epilog="Example: seawall repair find seawall-data --index 1 --source amber")(
        find
    )
    repair.command(epilog="Example: seawall repair plan seawall-data --edits edits.json")(plan)
    repair.command(epilog="Example: seawall repair show case-1")(show)
    repair.command(
        epilog="Example: seawall repair approve case-1 --operator olivia --hash 3f9a1c20"
    )(approve)
    repair.command(epilog="Example: seawall repair apply case-1")(apply)
    repair.command(
        epilog="Example: seawall repair close case-1 --operator olivia --operator oscar"
    )(close)
    repair.command(epilog="Example: seawall repair receipt case-1 --account 7 --out receipt.json")(
        receipt
    )
    app.add_typer(repair, name="repair")
    app.command("verify-receipt", epilog="Example: seawall verify-receipt receipt.json")(
        verify_receipt
    )


def plan(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The venue's data directory.")],
    *,
    edits: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="What is put right in the inputs, as JSON; its format: docs/reference/edits.md.",
        ),
    ],
    policy: Annotated[
        str, typer.Option(metavar="ID", help="compensate, band, cause or strict.")
    ] = "cause",
    case: Annotated[
        str | None, typer.Option(metavar="ID", help="How the case is called; else case-N.")
    ] = None,
    author: Annotated[
        str | None,
        typer.Option(
            metavar="OPERATOR",
            help="Who plans: name yourself, unless you wrote the edits. No author can approve.",
        ),
    ] = None,
    freeze: Annotated[
        int | None,
        typer.Option(metavar="SEQ", min=1, help="Where the window ends; else the first freeze."),
    ] = None,
    until: Annotated[
        int | None,
        typer.Option(metavar="SEQ", min=1, help="Where runs are compared; else the journal's end."),
    ] = None,
    json_file: JsonFile = None,
) -> None:
    """Run the null tests and every remedy, and write the case. Nothing is posted."""
    from seawall.node.create import require_venue
    from seawall.node.repairs import PlanOrder, plan_repair, view_case

    data = require_venue(directory)
    order = PlanOrder(
        edits=edits,
        policy=policy,
        case_id=case,
        author=author,
        freeze_seq=freeze,
        cut_seq=until,
    )
    with stages() as on_stage:
        made = plan_repair(data, order, on_stage=on_stage)
    write_result(
        _case_json(made),
        json_file=json_file,
        text=case_lines(view_case(data, made.case_id), data),
    )


def show(
    case: CaseId, *, directory: Directory = DIRECTORY_DEFAULT, json_file: JsonFile = None
) -> None:
    """Print a case: what would be posted, what each remedy costs, what holds, who has approved."""
    from seawall.node.create import require_venue
    from seawall.node.repairs import view_case

    data = require_venue(directory)
    view = view_case(data, case)
    write_result(
        {**_case_json(view.case.plan), "fault": view.fault, "posted_seq": view.posted_seq},
        json_file=json_file,
        text=case_lines(view, data),
    )
    if view.fault:
        complain(f"the plan of {case} cannot be approved: {view.fault}")
        raise typer.Exit(EXIT_NOT_SOUND)


def approve(
    case: CaseId,
    *,
    operator: Annotated[
        str, typer.Option(metavar="ID", help="Who approves: an operator's name or number.")
    ],
    prefix: Annotated[
        str,
        typer.Option("--hash", metavar="PREFIX", help="The first 8 or more digits of its hash."),
    ],
    directory: Directory = DIRECTORY_DEFAULT,
) -> None:
    """Approve the plan of a case by the hash that `show` prints. Two operators must."""
    from seawall.node.create import require_venue
    from seawall.node.repairs import approve_repair
    from seawall.repair.approvals import APPROVALS_NEEDED

    approvals = approve_repair(
        require_venue(directory),
        case,
        operator=operator,
        prefix=prefix,
        now_ms=time.time_ns() // 1_000_000,
    )
    names = ", ".join(one.operator for one in approvals)
    say(f"approved by {names}: {len(approvals)} of {APPROVALS_NEEDED}")
    if len(approvals) >= APPROVALS_NEEDED:
        say(f"post it with: seawall repair apply {case} --dir {directory}")


def apply(
    case: CaseId, *, directory: Directory = DIRECTORY_DEFAULT, json_file: JsonFile = None
) -> None:
    """Post an approved case into the venue, running or not: all of it, once."""
    from seawall.node.create import require_venue
    from seawall.node.repairs import apply_repair

    data = require_venue(directory)
    with progress("posting") as advance:
        posted = apply_repair(data, case, progress=advance)
    done = (
        f"posted {posted.rows} rows of {case} at seq {posted.posted_seq}"
        if posted.is_new
        else f"{case} was posted before; nothing was done again"
    )
    write_result(
        {**msgspec.to_builtins(posted), "is_new": posted.is_new},
        json_file=json_file,
        text=[done, f"plan  {posted.plan_hash}"],
    )


def close(
    case: CaseId,
    *,
    operator: Annotated[
        list[str],
        typer.Option(metavar="ID", help="An operator's name or number; two must close together."),
    ],
    directory: Directory = DIRECTORY_DEFAULT,
    json_file: JsonFile = None,
) -> None:
    """Give up a case that is open in the venue, running or not. Nothing of it was posted."""
    from seawall.node.create import require_venue
    from seawall.node.repairs import close_repair

    closed = close_repair(require_venue(directory), case, operators=operator)
    write_result(
        msgspec.to_builtins(closed),
        json_file=json_file,
        text=[f"closed {case} at seq {closed.closed_seq}", f"plan  {closed.plan_hash}"],
    )


def receipt(
    case: CaseId,
    *,
    account: Annotated[
        int,
        typer.Option(metavar="ID", min=0, max=ACCOUNT_ID_MAX, help="Whose; 0 is the venue's own."),
    ],
    out: Annotated[str, typer.Option(metavar="FILE", help="Where to; - is standard output.")] = "-",
    directory: Directory = DIRECTORY_DEFAULT,
) -> None:
    """Write an account's receipt, which its owner checks alone with `seawall verify-receipt`."""
    from seawall.node.create import require_venue
    from seawall.node.repairs import receipt_of
    from seawall.repair.receipts import encode_receipt

    found = encode_receipt(receipt_of(require_venue(directory), case, account))
    if out == "-":
        say(found.decode().rstrip())
        return
    write_file(out, found, option="--out")
    say(f"wrote {out}")


def verify_receipt(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A receipt, as `receipt` wrote it.")],
    *,
    plan_hash: Annotated[
        str | None,
        typer.Option(
            metavar="HEX", help="The plan's hash as the venue published it, or 8 or more digits."
        ),
    ] = None,
    json_file: JsonFile = None,
) -> None:
    """Check a receipt alone: its plan, its figures, and its way to the root. Needs no venue."""
    from seawall.journal.directory import read_at_most
    from seawall.repair.approvals import PREFIX_DIGITS_MIN, is_hash_prefix
    from seawall.repair.receipts import RECEIPT_BYTES_MAX, decode_receipt, receipt_fault

    if plan_hash is not None and not is_hash_prefix(plan_hash):
        raise OperatorFault(
            expected=f"the first {PREFIX_DIGITS_MIN} or more hexadecimal digits of the plan's hash",
            found=repr(plan_hash),
            to_do="type the hash from where the venue has published it, or leave --plan-hash out",
        )
    try:
        data = read_at_most(file, RECEIPT_BYTES_MAX + 1)
    except OSError as error:
        raise BadConfiguration(
            expected="the file of a receipt",
            found=f"{file}: {error.strerror}",
            to_do="name the file that the venue has given you",
        ) from error
    found, fault = decode_receipt(data)
    if found is not None:
        fault = receipt_fault(found, published_hash=plan_hash or "")
    text = _receipt_lines(found, is_published=bool(plan_hash)) if found and not fault else []
    write_result({"is_sound": not fault, "fault": fault}, json_file=json_file, text=text)
    if fault:
        complain(f"{file} proves nothing: {fault}")
        raise typer.Exit(EXIT_NOT_SOUND)


def _receipt_lines(found: Receipt, *, is_published: bool) -> list[str]:
    part, made = found.part, found.plan
    lines = [f"account {part.account_id} in case {made.case_id}, {part.rule}"]
    for line in part.lines:
        lines.append(f"  {line.line}: {line.before} -> {line.after} ({line.difference:+d})")
    for fill in part.fills:
        lines.append(
            f"  fill at seq {fill.seq}, {fill.quantity:+d} {fill.instrument}: {fill.verdict}; "
            f"{fill.reason}"
        )
    lines += [
        f"in the repair: {len(found.proof)} steps lead to its root",
        "all parts of the repair sum to zero",
        f"plan {found.plan_hash}",
    ]
    if not is_published:
        lines.append(
            "compare this hash with the one that the venue has published, which its journal holds "
            f"in RepairOpened of case {made.case_id}: a receipt alone does not show that its plan "
            "was posted"
        )
    return lines


def _case_json(made: Any) -> dict[str, Any]:
    from seawall.repair.plan import plan_hash

    return {"plan_hash": plan_hash(made).hex(), **msgspec.to_builtins(made)}
