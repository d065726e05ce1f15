"""What a drill of a day came to, as people read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seawall.cli.repair_tables import amount_text, table_lines

if TYPE_CHECKING:
    from seawall.simulation.drills.play import DayResult
    from seawall.simulation.drills.undoing import Undone
    from seawall.simulation.drills.whole_day import WholeDay


def whole_day_lines(whole: WholeDay) -> list[str]:
    """What was seen, and how it was put right."""
    lines = _day_lines(whole.played.result)
    if whole.undone is None:
        return lines
    scales = {
        asset.name.decode("ascii"): int(asset.scale) for asset in whole.played.day.genesis.assets
    }
    return [*lines, "", *_undone_lines(whole.undone, scales)]


def _day_lines(result: DayResult) -> list[str]:
    freeze = result.seconds_to_freeze
    measured = result.measured
    mirror = ", mirrored liquidity" if result.mirror else ""
    return [
        f"drill                  {result.drill}, seed {result.seed}, scale {result.scale}",
        f"protections            {result.protections}, {result.flow} flow{mirror}",
        f"commands               {result.commands:,}",
        f"fills                  {result.fills:,} (clean day {result.clean_fills:,})",
        f"fills out of band      {result.fills_out_of_band:,}",
        f"wrongful liquidations  {result.wrongful_liquidations:,} of {result.liquidations:,}",
        f"wrongful triggers      {result.wrongful_triggers:,} of {result.triggers:,}",
        f"accounts unlike clean  {result.accounts_unlike_clean:,} of {result.accounts:,}",
        f"seconds to freeze      {'never' if freeze is None else f'{freeze:.2f}'}",
        f"events_hash            {result.events_hash}",
        f"state_hash             {result.state_hash}",
        f"core                   {measured.core}, {measured.commands_per_s:,.0f} commands/s",
        f"seconds of script      {measured.script_seconds:.1f}",
        f"seconds of worlds      {measured.world_seconds:.1f}",
        f"seconds of judging     {measured.judge_seconds:.1f}",
    ]


def _undone_lines(undone: Undone, scales: dict[str, int]) -> list[str]:
    repair = undone.repair
    posted = f"seq {repair.posted_seq}" if repair.posted_seq else "nothing"
    approvals = " and ".join(repair.approvals) or "nobody"
    lines = [
        f"accounts affected      {undone.accounts_affected:,}",
        f"accounts released      {undone.accounts_released:,}",
        f"policy                 {repair.policy}",
        f"approved by            {approvals}",
        f"posted                 {posted}",
        f"seconds to the set     {undone.seconds_to_affected_set:.1f}",
        f"seconds to the repair  {undone.seconds_to_repair:.1f}",
    ]
    if repair.plan_hash:
        lines.append(f"plan_hash              {repair.plan_hash}")
    return [*lines, "", *_remedies(undone, scales), *_proofs(undone, scales)]


def _remedies(undone: Undone, scales: dict[str, int]) -> list[str]:
    rows = []
    for one in undone.remedies:
        costs = [
            amount_text(units, asset, scales) for asset, units in one.operator_cost_by_asset.items()
        ]
        mark = " *" if one.id == undone.repair.policy else ""
        figures = (f"{one.fills_voided:,}", f"{one.accounts_touched:,}")
        rows.append((f"{one.id}{mark}", *figures, ", ".join(costs) or "nothing"))
    return table_lines(("remedy", "fills voided", "accounts", "the venue pays"), rows)


def _proofs(undone: Undone, scales: dict[str, int]) -> list[str]:
    repair = undone.repair
    results = {
        "plain null test": repair.plain_null_test_equal,
        "pinned null test": repair.pinned_null_test_equal,
        **{name.replace("_", " "): holds for name, holds in repair.laws.items()},
    }
    rows = [(name, "holds" if holds else "FAILS") for name, holds in results.items()]
    rows += [
        (f"sum of all corrections, {asset}", amount_text(units, asset, scales))
        for asset, units in repair.sum_by_asset.items()
    ]
    return table_lines(("proof", ""), rows)
