"""Laws of plain reruns: without edits a run is what it was; with the truth in place of the lies it
is the clean world, bit for bit. And the worlds are worth it: enough goes wrong in them.
"""

from __future__ import annotations

from collections import Counter

import pytest

from seawall.core.engine import open_engine
from seawall.core.model.events import Event, FundsTransferred
from seawall.core.model.order_events import OrderFilled
from seawall.core.model.risk_events import (
    AlgoTriggered,
    FundingPaid,
    LiquidationStepped,
    PositionDeleveraged,
    PositionTakenOver,
)
from tests.laws.undo_venue import FIRST, SECOND, SMALL, TICKS_E8
from tests.laws.undo_worlds import Scene, UndoWorld, rerun, undo_world
from tests.laws.worlds import seeds

HITS = (LiquidationStepped, PositionTakenOver, PositionDeleveraged)
PLENTY = {  # in 24 worlds, at least
    "liquidations": 60,
    "accounts hit wrongly": 20,
    "taken over": 4,
    "deleveraged": 2,
    "fired": 110,
    "fired wrongly": 90,
    "fills in the window": 700,
    "fills off by three percent": 30,
    "sold on": 25,
    "transfers": 12,
    "funding": 70,
    "fills after the freeze": 25,
}


def hit_and_fired(events: list[Event]) -> tuple[set[int], set[int]]:
    """Accounts that were liquidated or deleveraged, and algo orders that fired."""
    hit = {int(one.account_id) for one in events if isinstance(one, HITS)}
    return hit, {int(one.algo_id) for one in events if isinstance(one, AlgoTriggered)}


def clean_of(world: UndoWorld) -> UndoWorld:
    """The clean world as a world of its own."""
    clean = UndoWorld(world.seed, world.flavour, world.genesis, batches=world.clean)
    clean.events = [clean.engine.apply_many(batch) for batch in world.clean]
    return clean


def tally(world: UndoWorld, clean: UndoWorld, middles: dict[int, int]) -> Counter[str]:
    """What went wrong, by name."""
    low, high = world.window
    hit, fired = hit_and_fired([e for entry in clean.entries() for e in entry.events])
    counts: Counter[str] = Counter()
    wrongly: set[int] = set()
    lucky: set[int] = set()
    for entry in world.entries():
        is_after = 0 < high < entry.seq
        if not (low <= entry.seq <= high):
            fills = [one for one in entry.events if isinstance(one, OrderFilled)]
            counts["fills after the freeze"] += len(fills) if is_after else 0
            continue
        for one in entry.events:
            counts["liquidations"] += isinstance(one, LiquidationStepped)
            counts["taken over"] += isinstance(one, PositionTakenOver)
            counts["deleveraged"] += isinstance(one, PositionDeleveraged)
            counts["transfers"] += isinstance(one, FundsTransferred)
            counts["funding"] += isinstance(one, FundingPaid)
            if isinstance(one, HITS) and one.account_id not in hit:
                wrongly.add(one.account_id)
            if isinstance(one, AlgoTriggered):
                counts["fired"] += 1
                counts["fired wrongly"] += one.algo_id not in fired
            if isinstance(one, OrderFilled):
                counts["fills in the window"] += 1
                middle = middles[one.instrument_id]
                is_off = abs(int(one.price) - middle) * 100 > 3 * middle
                counts["fills off by three percent"] += is_off
                counts["sold on"] += not is_off and one.taker_account_id in lucky
                if is_off:
                    lucky.add(one.maker_account_id)
    counts["accounts hit wrongly"] = len(wrongly)
    return counts


def middles_of(scene: Scene) -> dict[int, int]:
    """The true prices at the end, in ticks: near enough to those of the window."""
    return {
        where: scene.price_e8[SECOND if where == SMALL else FIRST] // tick_e8
        for where, tick_e8 in TICKS_E8.items()
    }


@pytest.mark.slow
def test_a_plain_rerun_is_the_run_and_with_the_truth_it_is_the_clean_world() -> None:
    """Laws 1 and 6, on worlds in which plenty goes wrong."""
    counts: Counter[str] = Counter()
    worlds = seeds(few=24, many=400)
    for seed in worlds:
        scene = Scene(seed)
        world = scene.play()
        clean = clean_of(world)
        again = rerun(world.genesis, world.batches, {})
        repaired = rerun(world.genesis, world.batches, {**world.truths, **world.thaw})

        assert again.snapshot() == world.engine.snapshot(), f"seed {seed}: law 1"
        assert repaired.snapshot() == clean.engine.snapshot(), f"seed {seed}: law 6"
        assert world.engine.ledger_faults() == [] == repaired.ledger_faults(), f"seed {seed}"
        counts += tally(world, clean, middles_of(scene))
    share = len(worlds) // 24
    scarce = {name: counts[name] for name, few in PLENTY.items() if counts[name] < few * share}

    assert scarce == {}


def test_a_rerun_that_leaves_one_lie_or_skips_one_beat_is_found_out() -> None:
    """The two laws bite."""
    world = next(one for one in map(undo_world, range(50)) if one.is_of("cents"))
    clean = rerun(world.genesis, world.clean, {})
    edits = {**world.truths, **world.thaw}
    left_out = dict(list(edits.items())[1:])

    one_lie_left = rerun(world.genesis, world.batches, left_out)
    one_beat_less = rerun(world.genesis, world.batches, {last_beat(world): []})

    assert one_lie_left.snapshot() != clean.snapshot()
    assert one_beat_less.snapshot() != world.engine.snapshot()


def last_beat(world: UndoWorld) -> int:
    """The last entry before the lies that made the clock go on."""
    engine, found = open_engine(world.genesis), 0
    for batch in world.batches:
        before = engine.clock_ms
        engine.apply_many(batch)
        if engine.seq >= min(world.drops):
            break
        found = int(engine.seq) if engine.clock_ms > before else found
    return found


def test_a_world_of_a_seed_is_always_the_same() -> None:
    """Integers only."""
    assert undo_world(3).batches == undo_world(3).batches
