"""The same bytes give the same events and the same state, in any process, compiled or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.core.model.genesis_codec import encode_genesis
from tests.laws.driving import batches, engine_entries, random_sizes
from tests.laws.fresh import installed_mode, run_fresh
from tests.laws.strategies import stream
from tests.laws.worlds import FLAVOURS, seeds, world_of

LENGTH = 300


def recorded(flavour: str, seed: int) -> tuple[bytes, bytes]:
    """A genesis and a stream as they lie on disk."""
    world, draw = world_of(flavour, seed)
    steps = stream(world, draw, LENGTH)
    return encode_genesis(world.genesis), b"".join(
        batches(world.genesis, steps, random_sizes(draw))
    )


@pytest.mark.slow
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_fresh_processes_agree(flavour: str, tmp_path: Path) -> None:
    """Nothing may depend on memory addresses, hash seeds or what ran before."""
    for seed in seeds(few=1, many=20):
        genesis, data = recorded(flavour, seed)
        first = run_fresh(genesis, data, folder=tmp_path, hash_seed="1", on_sources=True)
        second = run_fresh(genesis, data, folder=tmp_path, hash_seed="4242", on_sources=True)

        assert first.result() == second.result(), f"{flavour} world, seed {seed}"


@pytest.mark.slow
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_compiled_and_interpreted_agree(flavour: str, tmp_path: Path) -> None:
    """64-bit arithmetic wraps silently when compiled; a difference would be money."""
    if installed_mode() != "compiled":
        pytest.skip("needs an installed, compiled seawall beside the sources")
    for seed in seeds(few=3, many=100):
        genesis, data = recorded(flavour, seed)
        plain = run_fresh(genesis, data, folder=tmp_path, hash_seed="0", on_sources=True)
        native = run_fresh(genesis, data, folder=tmp_path, hash_seed="0", on_sources=False)

        assert (plain.mode, native.mode) == ("interpreted", "compiled")
        assert plain.result() == native.result(), f"{flavour} world, seed {seed}"


@pytest.mark.slow
def test_one_other_bit_gives_another_outcome(tmp_path: Path) -> None:
    """Hashes that agree about everything would agree about nothing."""
    genesis, data = recorded("plain", 1)
    honest = run_fresh(genesis, data, folder=tmp_path, hash_seed="0", on_sources=True)
    place = data.index(bytes([1]), 200)  # somewhere after the header, inside a command
    flipped = data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :]
    other = run_fresh(genesis, flipped, folder=tmp_path, hash_seed="0", on_sources=True)

    assert honest.events_hash != other.events_hash
    assert honest.state_hash != other.state_hash


@pytest.mark.slow
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_batching_does_not_matter(flavour: str) -> None:
    """What is sent together is applied as if it had been sent one by one."""
    for seed in seeds(few=5, many=300):
        world, draw = world_of(flavour, seed)
        steps = stream(world, draw, 150)
        one_by_one = engine_entries(world.genesis, steps)[1]
        in_batches = engine_entries(world.genesis, steps, random_sizes(draw))[1]

        assert one_by_one == in_batches, f"{flavour} world, seed {seed}"
