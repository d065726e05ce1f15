"""The guarded index: it and its naive twin agree, a restored one goes on as it was, and what was
promised of it holds whatever sources do.
"""

from __future__ import annotations

from collections import Counter

import pytest

from seawall.core.model.codec import Writer
from seawall.core.pricing import GuardedIndex, read_index_state, write_index_state
from tests.laws import naive_index
from tests.laws.index_worlds import (
    Acted,
    Happening,
    IndexWorld,
    Said,
    Story,
    Ticked,
    apply,
    draw_index,
    published,
    story_of,
)
from tests.laws.naive_index import NaiveIndex, Voice
from tests.laws.naive_tiers import Tier
from tests.laws.worlds import seeds

SECONDS = 260
GOOD = (naive_index.NORMAL, naive_index.DEGRADED)


def story(seed: int, seconds: int = SECONDS) -> tuple[IndexWorld, list[Happening]]:
    """The world of a seed and what happens in it."""
    world, draw = draw_index(seed)
    return world, Story(world, draw).tell(seconds)


def twin_of(world: IndexWorld) -> NaiveIndex:
    """The naive index of the same definition."""
    voices = [
        Voice(place + 1, weight, domain)
        for place, (domain, weight) in enumerate(zip(world.domains, world.weights, strict=True))
    ]
    return NaiveIndex(voices, world.tier, is_protected=world.is_protected)


def apply_to_twin(twin: NaiveIndex, happening: Happening) -> None:
    """Let it happen to the twin."""
    if isinstance(happening, Said):
        said = happening
        twin.observe(said.now, said.sample, said.conversion, said.is_normal)
    elif isinstance(happening, Ticked):
        twin.tick(happening.now)
    else:
        getattr(twin, happening.act)(happening.now, happening.value)


def state_of(index: GuardedIndex) -> bytes:
    """The canonical bytes."""
    out = Writer()
    write_index_state(out, index)
    return out.getvalue()


def restored(world: IndexWorld, data: bytes) -> GuardedIndex:
    """A new index of the definition that read the bytes, all of them."""
    index = world.index()
    assert read_index_state(index, data + b"rest", 0) == len(data)
    return index


# The naive twin


def difference(seed: int) -> str:
    """The first thing that the index and its twin see differently, "" when there is none."""
    world, happenings = story(seed)
    index, twin = world.index(), twin_of(world)
    for count, happening in enumerate(happenings):
        apply(index, happening)
        apply_to_twin(twin, happening)
        ours = (published(index), [one.status for one in index.sources])
        theirs = (twin.published(), twin.statuses())
        told, twin_told = story_of(index.take_events()), twin.story
        twin.story = []
        if ours != theirs or told != twin_told:
            return (
                f"seed {seed}, {world}, happening {count}, {happening}:\n"
                f"index {ours} {told}\ntwin  {theirs} {twin_told}"
            )
    return ""


@pytest.mark.slow
def test_index_and_twin_tell_the_same_story() -> None:
    """A rule misread in one place would be misread differently in the other."""
    for seed in seeds(few=30, many=2_000):
        assert difference(seed) == ""


def no_cap(shares: dict[str, int], rounds: int) -> dict[str, int]:
    """Domains as heavy as they come."""
    return shares


def calm_at_once(self: NaiveIndex, second: int, candidate: int, *, is_new_start: bool) -> None:
    """A jump is forgotten with the first tick against it."""
    self.accept(second, candidate, is_new_start=is_new_start)


def without_outs(self: NaiveIndex, now: int) -> list[Voice]:
    """Quarantine counts, whatever it does to the quality."""
    return [v for v in self.voices if not v.out and v.is_fresh(self.tier, now)]


def never_far(self: NaiveIndex, second: int) -> None:
    """A detector that sleeps."""


def upper_median(self: naive_index.Cloud) -> int:
    """The middle of two halves is the upper one."""
    return min(p for p, _ in self.members if 2 * self.at_or_below(p) > self.whole)


def forgives(self: NaiveIndex, voice: Voice, second: int) -> None:
    """Exclusions that nobody counts."""


def always_fresh(self: Voice, tier: Tier, now: int) -> bool:
    """Whoever spoke once, counts for ever."""
    return bool(self.heard)


def any_trade(self: NaiveIndex, *found: object) -> bool:
    """Evidence that is always strong."""
    return True


WRONG_RULES: dict[str, tuple[object, str, object]] = {
    "no_cap": (naive_index, "capped", no_cap),
    "calm_at_once": (NaiveIndex, "follow", calm_at_once),
    "quarantine_always_counts": (NaiveIndex, "counted", without_outs),
    "detector_sleeps": (NaiveIndex, "detect", never_far),
    "upper_median": (naive_index.Cloud, "median", upper_median),
    "exclusions_forgiven": (NaiveIndex, "exclude", forgives),
    "always_fresh": (Voice, "is_fresh", always_fresh),
    "always_strong": (NaiveIndex, "is_traded", any_trade),
}


@pytest.mark.slow
@pytest.mark.parametrize("rule", WRONG_RULES)
def test_a_misread_rule_of_the_index_is_found(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stories must be rich enough that each rule matters."""
    monkeypatch.setattr(*WRONG_RULES[rule])

    assert any(difference(seed) for seed in range(40))


@pytest.mark.slow
def test_stories_reach_every_state_and_every_verdict() -> None:
    """A law over stories in which nothing happens says nothing."""
    seen: Counter[str] = Counter()
    for seed in range(40):
        world, happenings = story(seed)
        index = world.index()
        for happening in happenings:
            apply(index, happening)
            seen[f"state {index.state} {index.reason}"] += 1
            seen.update(f"status {one.status}" for one in index.sources)
            seen.update(f"invalid {one.invalid_reason}" for one in index.sources)
            seen.update(f"quarantine {one.quarantine}" for one in index.sources)
            seen.update(f"told {numbers[0]}" for numbers in story_of(index.take_events()))
            seen.update([happening.act] if isinstance(happening, Acted) else [])

    expected = [f"status {n}" for n in range(5)] + [f"told {n}" for n in range(5)]
    expected += [f"invalid {n}" for n in range(11)] + [f"quarantine {n}" for n in range(4)]
    expected += ["state 0 0", "state 1 0", "state 2 0", "state 3 0", "state 4 1", "state 4 2"]
    expected += ["quarantine", "release", "override"]
    assert [] == [name for name in expected if not seen[name]]


# Restore


def restore_fault(seed: int, *, forgotten: str = "") -> str:
    """Whether an index cut at a random place goes on differently; "" when it does not.

    A word of index or sources that is `forgotten` starts as in a new one.
    """
    world, happenings = story(seed)
    cut = (seed * 7_919) % len(happenings)
    index = world.index()
    for happening in happenings[:cut]:
        apply(index, happening)
        index.take_events()
    other = restored(world, state_of(index))
    if forgotten:
        for kept, new in zip(
            [other, *other.sources], [world.index(), *world.index().sources], strict=True
        ):
            if hasattr(kept, forgotten) and not callable(getattr(kept, forgotten)):
                setattr(kept, forgotten, getattr(new, forgotten))
    elif state_of(other) != state_of(index):
        return f"seed {seed}: read and written again, the bytes differ"
    for count, happening in enumerate(happenings[cut:]):
        apply(index, happening)
        apply(other, happening)
        same = published(index) == published(other)
        if not same or story_of(index.take_events()) != story_of(other.take_events()):
            return f"seed {seed}: cut at {cut}, differs {count} later"
    return "" if state_of(other) == state_of(index) else f"seed {seed}: the end differs"


@pytest.mark.slow
def test_restored_index_goes_on_as_the_one_that_was_written() -> None:
    """A restart must not be visible in prices."""
    for seed in seeds(few=40, many=2_000):
        assert restore_fault(seed) == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    "word",
    [
        *("run", "confirm_ms", "hold_ms", "rejecting", "accepted"),
        *("quarantine", "agrees_ms", "changed_ms", "excluded_ms", "is_far"),
    ],
)
def test_forgetting_a_word_of_the_state_shows_in_the_future(word: str) -> None:
    """Everything that is written matters to some future."""
    assert any(restore_fault(seed, forgotten=word) for seed in range(150))
