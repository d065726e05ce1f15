"""A live view of both worlds of a drill in a terminal, while they run."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self

import msgspec
from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from seawall.simulation.drills.venue import BTC_SWAP, E8, SOURCES, TERMS
from seawall.simulation.drills.watch_lines import Scene

REFRESH_PER_SECOND: Final = 8
_NAMES: Final = {source_id: name.decode() for source_id, name, _ in SOURCES}
_CALM: Final = ("init", "normal", "degraded")


class WatchView:
    """Shows the newest scene of each world. Lines may come from any thread."""

    def __init__(self, worlds: Sequence[str], *, title: str, console: Console) -> None:
        self._title = title
        self._scenes: dict[str, tuple[int, int, Scene]] = {
            name: (0, 1, Scene(sources={}, states={}, frozen=[])) for name in worlds
        }
        self._lock = threading.Lock()
        self._live = Live(
            self._render(), console=console, refresh_per_second=REFRESH_PER_SECOND, transient=False
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.update(self._render(), refresh=True)
        self._live.stop()

    def on_line(self, world: str, done: int, total: int, scene: bytes) -> None:
        """Take in a line of a world's process."""
        if not scene:
            return
        with self._lock:
            self._scenes[world] = (done, total, msgspec.json.decode(scene, type=Scene))
            self._live.update(self._render())

    def _render(self) -> RenderableType:
        panels = [
            Panel(_world(done, total, scene), title=name, width=58)
            for name, (done, total, scene) in self._scenes.items()
        ]
        return Group(Text(self._title, style="bold"), Columns(panels))


def _world(done: int, total: int, scene: Scene) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    at = datetime.fromtimestamp(scene.clock_ms / 1_000, tz=UTC)
    table.add_row("venue clock", at.strftime("%Y-%m-%d %H:%M:%S"))
    style = "" if scene.index_state in _CALM else "bold yellow"
    table.add_row("index", Text(f"{_usd(scene.index_e8)}  {scene.index_state}", style=style))
    table.add_row("mark", _usd(scene.mark * TERMS[BTC_SWAP].tick_size_e8))
    for source_id, (said_e8, status) in sorted(scene.sources.items()):
        is_well = status == "live" and abs(said_e8 - scene.index_e8) * 10 <= scene.index_e8
        text = Text(f"{_usd(said_e8)}  {status}", style="" if is_well else "bold red")
        table.add_row(f"  {_NAMES[source_id]}", text)
    frozen = "the whole venue" if 0 in scene.frozen else ", ".join(map(str, scene.frozen))
    table.add_row("freeze", Text(frozen or "none", style="bold cyan" if frozen else ""))
    table.add_row("detector fired", str(scene.detections))
    for name, state in sorted(scene.states.items()):
        table.add_row(f"  {name}", state)
    table.add_row("fills a second", f"{scene.fills:,}  (in all {scene.fills_total:,})")
    table.add_row("triggers", f"{scene.triggers:,}")
    table.add_row("liquidations", f"{scene.liquidations:,}  (taken over {scene.taken_over:,})")
    table.add_row("deleveraged", f"{scene.deleveraged:,}")
    table.add_row("accounts hit", Text(f"{scene.accounts_hit:,}", style="bold"))
    return Group(table, ProgressBar(total=max(total, 1), completed=done, width=50))


def _usd(price_e8: int) -> str:
    cents = price_e8 * 100 // E8
    return f"${cents // 100:,}.{cents % 100:02d}"
