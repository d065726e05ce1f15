"""A case as people read it before they approve: tables of what would happen and what holds."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from seawall.core.model.genesis import Genesis
    from seawall.journal.directory import DataDirectory
    from seawall.node.repairs import CaseView
    from seawall.repair.plan import Plan

WIDTH: Final = 100


def case_lines(view: CaseView, data: DataDirectory) -> list[str]:
    """Everything of a case, line by line."""
    from seawall.repair.plan import plan_hash

    made, genesis = view.case.plan, data.genesis
    scales = {asset.name.decode("ascii"): int(asset.scale) for asset in genesis.assets}
    digest = plan_hash(made).hex()
    return [
        f"case      {made.case_id}, policy {made.policy}, rulebook {made.rulebook_version}",
        f"plan      {digest}",
        f"window    seq {made.window_first} to {made.window_last}, compared at {made.cut_seq}",
        f"edits     {made.edits} ({made.edits_hash[:16]})",
        f"posts     {made.rows} rows ({made.rows_hash[:16]}), {made.accounts_affected} accounts",
        f"engine    {made.release}, state {made.cut_state_hash[:16]}",
        f"authors   {_people(genesis, made.authors)}",
        f"rulebook  {made.rulebook_hash}",
        "",
        *_remedies(made, scales),
        *table_lines(("asset", "sum of all rows"), _sums(made, scales)),
        *table_lines(("null test", ""), _results(made.null_tests)),
        *table_lines(("law", ""), _results(made.laws)),
        *_approvals(view, data, digest),
    ]


def _remedies(made: Plan, scales: Mapping[str, int]) -> list[str]:
    rows = []
    for one in made.remedies:
        costs = [
            amount_text(units, asset, scales) for asset, units in one.operator_cost_by_asset.items()
        ]
        mark = " *" if one.id == made.policy else ""
        rows.append(
            (
                f"{one.id}{mark}",
                f"{one.fills_voided:,}",
                f"{one.accounts_touched:,}",
                ", ".join(costs) or "nothing",
            )
        )
    return table_lines(("remedy", "fills voided", "accounts", "the venue pays"), rows)


def _sums(made: Plan, scales: Mapping[str, int]) -> list[tuple[str, ...]]:
    return [
        (asset, amount_text(units, asset, scales)) for asset, units in made.sum_by_asset.items()
    ]


def _results(results: Mapping[str, bool]) -> list[tuple[str, ...]]:
    return [
        (name.replace("_", " "), "holds" if holds else "FAILS") for name, holds in results.items()
    ]


def _approvals(view: CaseView, data: DataDirectory, digest: str) -> list[str]:
    from seawall.repair.approvals import standing

    given = standing(view.case.plan, view.case.approvals)
    void = len(view.case.approvals) - len(given)
    names = ", ".join(one.operator for one in given) or "nobody"
    lines = [f"approved by {names}" + (f"; {void} of an earlier plan are void" if void else "")]
    if view.posted_seq:
        lines.append(f"posted at seq {view.posted_seq}")
    elif not view.fault:
        lines.append(
            f"approve with: seawall repair approve {view.case.plan.case_id} --dir {data.path} "
            f"--operator NAME --hash {digest[:8]}"
        )
    return lines


def _people(genesis: Genesis, operator_ids: Sequence[int]) -> str:
    names = {one.operator_id: one.name.decode("ascii", "replace") for one in genesis.operators}
    return ", ".join(names.get(one, str(one)) for one in operator_ids)


def amount_text(units: int, asset: str, scales: Mapping[str, int]) -> str:
    """An amount in whole assets, exactly."""
    scale = scales.get(asset)
    if scale is None:
        return f"{units} units of {asset}"
    whole, rest = divmod(abs(units), 10**scale)
    digits = f".{rest:0{scale}d}".rstrip("0").rstrip(".") if scale else ""
    return f"{'-' if units < 0 else ''}{whole:,}{digits} {asset}"


def table_lines(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table, and an empty one."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    if not rows:
        return []
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for number, head in enumerate(heads):
        is_figure = 0 < number < len(heads) - 1 and len(heads) > 2
        table.add_column(head, justify="right" if is_figure else "left", no_wrap=number == 0)
    for row in rows:
        table.add_row(*row)
    out = io.StringIO()
    Console(file=out, width=WIDTH, color_system=None, highlight=False, markup=False).print(table)
    return [*(line.rstrip() for line in out.getvalue().splitlines()), ""]
