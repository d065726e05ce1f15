"""Worlds with swaps say the same again: after a restart at any place, in a fresh process, compiled
or not, and without what was refused.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import seawall
from seawall.core.engine import Engine, open_engine, position_events
from seawall.core.model.event_reader import read_entries
from seawall.core.model.event_writer import EventWriter
from seawall.core.model.genesis_codec import encode_genesis
from seawall.core.model.risk_event_writer import position_changed
from tests.laws.driving import batches, engine_entries, first_difference, random_sizes
from tests.laws.fresh import installed_mode, run_fresh
from tests.laws.swap_strategies import swap_stream
from tests.laws.swap_worlds import SWAP_FLAVOURS, SwapWorld, swap_world_of
from tests.laws.test_restore import REFUSALS, restored, without_place
from tests.laws.worlds import Draw, Step, seeds

WISHES = 150
RESTART_PERCENT = 6


def told(flavour: str, seed: int, wishes: int = WISHES) -> tuple[SwapWorld, Draw, list[Step]]:
    """A world, its draws and its stream."""
    world, draw = swap_world_of(flavour, seed)
    return world, draw, swap_stream(world, draw, wishes)


def restart_fault(flavour: str, seed: int) -> str:
    """What an engine that was restarted now and then from bytes says otherwise; "" for nothing."""
    world, draw, steps = told(flavour, seed)
    engine = open_engine(world.genesis)
    again = open_engine(world.genesis)
    for batch in batches(world.genesis, steps):
        if draw.chance(RESTART_PERCENT):
            data = engine.snapshot()
            again = restored(world.genesis, data)
            if again.snapshot() != data:
                return f"seq {engine.seq}: another snapshot"
            if again.describe() != engine.describe():
                ours, theirs = read_entries(engine.describe()), read_entries(again.describe())
                return f"another description: {first_difference(ours, theirs)}"
        ours, theirs = engine.apply_many(batch), again.apply_many(batch)
        if ours != theirs:
            return first_difference(read_entries(ours), read_entries(theirs))
    return "" if engine.state_hash() == again.state_hash() else "another state at the end"


@pytest.mark.slow
@pytest.mark.parametrize("flavour", SWAP_FLAVOURS)
def test_restarts_at_random_places_change_nothing(flavour: str) -> None:
    """Marks, funding, positions and liquidations in the middle of their course included."""
    for seed in seeds(few=5, many=300):
        assert restart_fault(flavour, seed) == "", f"{flavour} world, seed {seed}"


def opened_now(out: EventWriter, position: object, margin_mode: int) -> None:
    """A bound that depends on the way here; a restart knows a nearer one."""
    names = ("account_id", "instrument_id", "size", "cost", "lever", "realised", "fees")
    terms = {name: getattr(position, name) for name in names}
    position_changed(
        out,
        **terms,
        margin_mode=margin_mode,
        margin=position.highest_buy,
        funding=0,
        opened_ms=position.opened_ms,
    )


@pytest.mark.skipif(seawall.core_mode() == "compiled", reason="replaces a function of the core")
def test_a_word_that_the_snapshot_forgets_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The law turns red when readers are told what a restart does not know."""
    monkeypatch.setattr(position_events, "say_position", opened_now)

    assert any(restart_fault("steady", seed) for seed in range(10))


def changes_by_refusals(flavour: str, seed: int) -> tuple[int, list[str]]:
    """How many commands were refused alone, and which of them left something behind."""
    world, _, steps = told(flavour, seed)
    engine = open_engine(world.genesis)
    refused, left = 0, []
    for step, batch in zip(steps, batches(world.genesis, steps), strict=True):
        before = without_place(engine) if is_wish(step) else b""
        entries = read_entries(engine.apply_many(batch))
        if not entries or not before or engine.seq == 1:
            continue
        if isinstance(entries[0].events[0], REFUSALS) and len(entries[0].events) == 1:
            refused += 1
            if without_place(engine) != before:
                left.append(f"seq {engine.seq}: {entries[0].events[0]}")
    return refused, left


def is_wish(step: Step) -> bool:
    """Whether it is a trader's or an operator's, not of the sources or the clock."""
    return step.data[0] not in (10, 20)


@pytest.mark.slow
@pytest.mark.parametrize("flavour", SWAP_FLAVOURS)
def test_a_refused_command_changes_nothing(flavour: str) -> None:
    """I49. Only the seq, the stamp and the publisher's batch number tell that it was there."""
    refused = 0
    for seed in seeds(few=2, many=200):
        count, left = changes_by_refusals(flavour, seed)
        refused += count

        assert left == [], f"{flavour} world, seed {seed}"
    assert refused > 60


def recorded(flavour: str, seed: int) -> tuple[bytes, bytes]:
    """A genesis and a stream as they lie on disk."""
    world, draw, steps = told(flavour, seed, 300)
    sizes = random_sizes(draw)
    return encode_genesis(world.genesis), b"".join(batches(world.genesis, steps, sizes))


@pytest.mark.slow
@pytest.mark.parametrize("flavour", SWAP_FLAVOURS)
def test_fresh_processes_of_any_hash_seed_agree(flavour: str, tmp_path: Path) -> None:
    """Nothing depends on memory addresses, hash seeds or what ran before."""
    for seed in seeds(few=1, many=20):
        genesis, data = recorded(flavour, seed)
        first = run_fresh(genesis, data, folder=tmp_path, hash_seed="1", on_sources=True)
        second = run_fresh(genesis, data, folder=tmp_path, hash_seed="4242", on_sources=True)

        assert first.result() == second.result(), f"{flavour} world, seed {seed}"


@pytest.mark.slow
@pytest.mark.parametrize("flavour", SWAP_FLAVOURS)
def test_compiled_and_interpreted_swaps_agree(flavour: str, tmp_path: Path) -> None:
    """64-bit arithmetic wraps silently when compiled; a difference would be money."""
    if installed_mode() != "compiled":
        pytest.skip("needs an installed, compiled seawall beside the sources")
    for seed in seeds(few=2, many=100):
        genesis, data = recorded(flavour, seed)
        plain = run_fresh(genesis, data, folder=tmp_path, hash_seed="0", on_sources=True)
        native = run_fresh(genesis, data, folder=tmp_path, hash_seed="0", on_sources=False)

        assert (plain.mode, native.mode) == ("interpreted", "compiled")
        assert plain.result() == native.result(), f"{flavour} world, seed {seed}"


@pytest.mark.slow
@pytest.mark.parametrize("flavour", SWAP_FLAVOURS)
def test_batching_of_swap_commands_does_not_matter(flavour: str) -> None:
    """What is sent together is applied as if it had been sent one by one."""
    for seed in seeds(few=2, many=100):
        world, draw, steps = told(flavour, seed)
        engine, one_by_one = engine_entries(world.genesis, steps)
        together, in_batches = engine_entries(world.genesis, steps, random_sizes(draw))

        assert one_by_one == in_batches, f"{flavour} world, seed {seed}"
        assert economic(engine) == economic(together)


def economic(engine: Engine) -> list[object]:
    """What readers are told of the state."""
    return [entry.events for entry in read_entries(engine.describe())]
