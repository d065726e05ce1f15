"""The live view: what a world tells about itself, and that all of it can be seen."""

from __future__ import annotations

import io

import msgspec
from rich.console import Console

from seawall.simulation.drills.watch import WatchView
from seawall.simulation.drills.watch_lines import Scene, WatchLine

SCENE = Scene(
    clock_ms=1_566_539_531_000,
    index_e8=1_010_000_000_000,
    index_state="normal",
    mark=101_000,
    sources={0: (32_000_000, "quarantined"), 6: (1_010_100_000_000, "live")},
    states={"BTC-USDT-SWAP": "live"},
    fills=17,
    fills_total=1_234,
    triggers=5,
    liquidations=4,
    taken_over=3,
    deleveraged=2,
    detections=2,
    frozen=[1],
    accounts_hit=9,
)


def test_both_worlds_are_shown_side_by_side() -> None:
    """Prices of every source, states, the flow of fills, and who was hit."""
    out = io.StringIO()
    console = Console(file=out, width=130, force_terminal=True, color_system=None)
    with WatchView(("actual", "clean"), title="drill primexbt", console=console) as view:
        view.on_line("actual", 131, 260, msgspec.json.encode(SCENE))
        view.on_line("clean", 131, 260, b"")
    shown = out.getvalue()

    for words in (
        "drill primexbt",
        "actual",
        "clean",
        "2019-08-23 05:52:11",
        "$10,100.00  normal",
        "$0.32  quarantined",
        "glacier",
        "17  (in all 1,234)",
        "4  (taken over 3)",
    ):
        assert words in shown, words


def test_a_quiet_record_says_that_nothing_was_filled() -> None:
    """Fills are those of the record, the rest is counted from the start."""
    line = WatchLine()
    line.scene.fills = 5
    scene = msgspec.json.decode(line.after(b""), type=Scene)

    assert (scene.fills, scene.fills_total) == (0, 0)
