"""A log may hold a batch twice, or one of a publisher's earlier life: each command is applied
once.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seawall.core.engine import open_engine
from seawall.core.model.batch import encode_batch
from seawall.core.model.genesis import Genesis
from tests.laws.strategies import stream
from tests.laws.worlds import Draw, seeds, world_of

Known = tuple[int, int]  # incarnation and number of a publisher's last applied batch


def is_next(known: Known, incarnation: int, number: int) -> bool:
    """The rule: the next number of this life, or the first of a later one."""
    if incarnation == known[0]:
        return number == known[1] + 1
    return incarnation > known[0] and number == 1


def is_any_later(known: Known, incarnation: int, number: int) -> bool:
    """A wrong rule that lets gaps pass."""
    return (incarnation, number) > known


def messy_log(genesis: Genesis, seed: int, draw: Draw) -> list[tuple[int, int, int, bytes]]:
    """(publisher, incarnation, number, batch) with duplicates, gaps and old lives."""
    world, more = world_of("plain", seed)
    world.genesis = genesis
    steps = stream(world, more, 120)
    log: list[tuple[int, int, int, bytes]] = []
    newest: dict[int, Known] = {}
    for step in steps:
        publisher_id = draw.one((0, 1, 2))
        incarnation, number = newest.get(publisher_id, (1, 0))
        what = draw.below(10)
        if what == 0 and log:
            log.append(draw.one(log))
            continue
        if what == 1:
            incarnation, number = incarnation + draw.between(1, 3), 0
        elif what == 2:
            number += draw.between(1, 3)
        elif what == 3:
            incarnation = max(incarnation - 1, 1)
        newest[publisher_id] = max(newest.get(publisher_id, (1, 0)), (incarnation, number + 1))
        batch = encode_batch(
            shard=genesis.shard,
            publisher_id=publisher_id,
            incarnation=incarnation,
            batch_number=number + 1,
            stamps_ns=[step.stamp_ns],
            commands=[step.data],
        )
        log.append((publisher_id, incarnation, number + 1, batch))
    return log


def misjudged(seed: int, rule: Callable[[Known, int, int], bool]) -> int:
    """How many batches the engine judges otherwise than the rule; the applied ones alone tell the
    same.
    """
    world, draw = world_of("plain", seed)
    engine = open_engine(world.genesis)
    known: dict[int, Known] = {}
    applied = []
    wrong = 0
    for publisher_id, incarnation, number, batch in messy_log(world.genesis, seed, draw):
        expected = rule(known.get(publisher_id, (0, 0)), incarnation, number)
        before = int(engine.seq)
        first_seq = engine.apply_batch(batch, 0)
        wrong += expected != (first_seq == before + 1) or int(engine.seq) != before + expected
        if first_seq:
            known[publisher_id] = (incarnation, number)
            applied.append(batch)
        wrong += tuple(engine.last_batch(publisher_id)) != known.get(publisher_id, (0, 0))
    clean = open_engine(world.genesis)
    wrong += clean.apply_many(b"".join(applied)) != engine.take_events()
    return wrong + (clean.state_hash() != engine.state_hash())


@pytest.mark.slow
def test_each_batch_is_applied_exactly_once() -> None:
    """A publisher may repeat a batch for as long as it must; a later life forgets the earlier
    one.
    """
    for seed in seeds(few=30, many=1_000):
        assert misjudged(seed, is_next) == 0, f"seed {seed}"


def test_a_rule_that_lets_gaps_pass_is_found() -> None:
    """The logs must be messy enough to tell the rule from one like it."""
    assert sum(misjudged(seed, is_any_later) for seed in range(5)) > 0


def test_a_batch_of_another_shard_is_dropped() -> None:
    """Its ids would collide with ours."""
    world, _ = world_of("plain", 3)
    engine = open_engine(world.genesis)
    batch = encode_batch(
        shard=(world.genesis.shard + 1) % 256,
        publisher_id=2,
        incarnation=1,
        batch_number=1,
        stamps_ns=[0],
        commands=[b""],
    )

    assert engine.apply_batch(batch, 0) == 0
    assert engine.last_batch(2) == (0, 0)
