"""Which samples count, and what becomes of sources that lie, freeze, repeat or fall silent."""

from __future__ import annotations

import pytest

from seawall.core.model.enums import IndexState, SourceStatus
from seawall.core.pricing import InvalidReason, Source, index_parameters
from seawall.core.pricing.sources import is_fresh, status_now, take_sample
from tests.core.pricing.market import BITCOIN, E8, START_MS, Market
from tests.laws.index_worlds import observation

PRICE_MAX = 2**60
WORST = (-(2**63), 2**63 - 1)


def heard(now: int = START_MS, *, conversion: int = E8, is_normal: bool = True) -> Source:
    """A source that said 10,100 once."""
    source = Source(source_id=1, weight=1, domain=0, conversion_id=0)
    hear(source, now, conversion=conversion, is_normal=is_normal)
    return source


def hear(
    source: Source,
    now: int,
    price: int = BITCOIN,
    *,
    conversion: int = E8,
    is_normal: bool = True,
    **changes: int,
) -> int:
    """Say something more; returns why it does not count."""
    sample = observation(1, price, now, **changes)
    take_sample(
        source,
        clock_ms=now,
        observation=sample,
        conversion_e8=conversion,
        conversion_is_normal=is_normal,
    )
    return source.invalid_reason


REFUSED: list[tuple[int, dict[str, int]]] = [
    (InvalidReason.NO_PRICE, {"bid_e8": 0}),
    (InvalidReason.NO_PRICE, {"ask_e8": -1}),
    *[(InvalidReason.NO_PRICE, {"bid_e8": WORST[0]}), (InvalidReason.NO_PRICE, {"ask_e8": 0})],
    *[(InvalidReason.OUT_OF_RANGE, {name: WORST[1]}) for name in ("bid_e8", "ask_e8", "last_e8")],
    (InvalidReason.OUT_OF_RANGE, {"ask_e8": PRICE_MAX + 1}),
    (InvalidReason.CROSSED, {"bid_e8": BITCOIN + 1}),
    (InvalidReason.CROSSED, {"bid_e8": BITCOIN + 2}),
    (InvalidReason.TOO_WIDE, {"bid_e8": BITCOIN, "ask_e8": BITCOIN * 105 // 100 + 1}),
    (InvalidReason.TOO_WIDE, {"ask_e8": PRICE_MAX}),
    *[(InvalidReason.BAD_TIME, {name: -1}) for name in ("venue_ms", "receive_ms")],
    *[(InvalidReason.BAD_TIME, {name: w}) for name in ("venue_ms", "receive_ms") for w in WORST],
    (InvalidReason.CLOCKS_APART, {"venue_ms": START_MS + 3_600_000}),
    (InvalidReason.CLOCKS_APART, {"venue_ms": START_MS + 5_001}),
    (InvalidReason.CLOCKS_APART, {"venue_ms": START_MS - 5_001}),
    (InvalidReason.FROM_THE_FUTURE, {"receive_ms": START_MS + 2_001}),
    (InvalidReason.WENT_BACK, {"venue_ms": START_MS - 1}),
    (InvalidReason.WENT_BACK, {"receive_ms": START_MS - 1}),
    (InvalidReason.NOT_DEEP, {"is_deep": 0}),
]


@pytest.mark.parametrize(("reason", "changes"), REFUSED)
def test_bad_sample_is_not_taken_and_says_why(reason: int, changes: dict[str, int]) -> None:
    """The source lives on by what it said before, and nothing of the bad sample is kept."""
    source = heard()
    before = (source.price_e8, source.seen_ms, source.venue_ms, source.updates_new)

    assert hear(source, START_MS, 2 * BITCOIN if not changes else BITCOIN, **changes) == reason
    assert (source.price_e8, source.seen_ms, source.venue_ms, source.updates_new) == before
    assert is_fresh(source, index_parameters(1), START_MS)


TAKEN: list[dict[str, int]] = [
    {"last_e8": 0},
    {"last_e8": WORST[0]},
    {"last_e8": 1},
    {"bid_e8": BITCOIN, "ask_e8": BITCOIN * 105 // 100},
    {"venue_ms": START_MS + 5_000},
    {"receive_ms": START_MS + 2_000},
    {"trade_id": WORST[0]},
    {"trade_id": WORST[1], "updates": WORST[1]},
    {"updates": WORST[0], "trade_id": 9},
]


@pytest.mark.parametrize("changes", TAKEN)
def test_sample_at_the_edge_of_a_rule_is_taken(changes: dict[str, int]) -> None:
    """The rules begin one beyond."""
    source = heard()

    assert hear(source, START_MS, **changes) == InvalidReason.NONE


def test_price_is_the_median_of_bid_ask_and_last() -> None:
    """A last price from another time does not count; one between bid and ask does."""
    source = heard()
    hear(source, START_MS, bid_e8=BITCOIN - 10, ask_e8=BITCOIN + 10, last_e8=32_000_000)

    assert source.price_e8 == BITCOIN - 10

    hear(source, START_MS, bid_e8=BITCOIN - 10, ask_e8=BITCOIN + 10, last_e8=BITCOIN + 3)

    assert source.price_e8 == BITCOIN + 3


def test_highest_price_survives_conversion_and_mean() -> None:
    """Nothing wraps at 2^60."""
    source = heard()

    assert hear(source, START_MS, PRICE_MAX - 1, ask_e8=PRICE_MAX) == InvalidReason.NONE
    assert source.price_e8 == PRICE_MAX - 1

    market = Market(price=PRICE_MAX - 1, weights=[1_000_000] * 7).started()

    assert market.index.value_e8 == PRICE_MAX - 1


def test_time_that_went_back_once_does_not_silence_a_source() -> None:
    """What is newest is what was valid: an hour ahead was refused, so it is no measure."""
    source = heard()
    hear(source, START_MS, venue_ms=START_MS + 3_600_000, receive_ms=START_MS + 3_600_000)

    assert hear(source, START_MS + 1) == InvalidReason.NONE


def test_source_is_stale_after_its_time_and_frozen_without_change() -> None:
    """Ten seconds and fifteen for majors; repeating oneself is being frozen."""
    parameters = index_parameters(1)
    source = heard()

    assert status_now(source, parameters, START_MS + 10_000) == SourceStatus.LIVE
    assert status_now(source, parameters, START_MS + 10_001) == SourceStatus.STALE

    for second in range(1, 17):
        hear(source, START_MS + second * 1_000)

    assert status_now(source, parameters, START_MS + 15_000) == SourceStatus.LIVE
    assert status_now(source, parameters, START_MS + 16_000) == SourceStatus.FROZEN

    hear(source, START_MS + 16_000, trade_id=1)

    assert status_now(source, parameters, START_MS + 16_000) == SourceStatus.LIVE


def test_source_that_only_sends_rubbish_turns_invalid_when_its_last_good_sample_is_old() -> None:
    """Not at once: one bad sample among good ones is no reason to lose a source."""
    parameters = index_parameters(1)
    source = heard()
    hear(source, START_MS + 9_000, bid_e8=0)

    assert status_now(source, parameters, START_MS + 10_000) == SourceStatus.LIVE
    assert status_now(source, parameters, START_MS + 10_001) == SourceStatus.INVALID


def test_source_without_a_conversion_is_invalid_at_once() -> None:
    """A price in another quote means nothing without it, also one of a second ago."""
    source = heard(conversion=99_000_000)

    assert source.price_e8 == BITCOIN * 99 // 100

    reason = hear(source, START_MS, trade_id=3, is_normal=False)

    assert reason == InvalidReason.NO_CONVERSION
    assert status_now(source, index_parameters(1), START_MS) == SourceStatus.INVALID
    assert hear(source, START_MS, trade_id=4, conversion=0) == InvalidReason.NO_CONVERSION
    assert hear(source, START_MS, trade_id=4, conversion=1) == InvalidReason.NONE
    assert hear(source, START_MS, 60, conversion=1) == InvalidReason.OUT_OF_RANGE


def test_a_move_of_the_conversion_alone_is_no_update() -> None:
    """The other index moves all the time; the source must show that it trades."""
    source = heard()
    source.updates_new = 0
    hear(source, START_MS + 1_000, conversion=E8 + 1)

    assert source.updates_new == 0
    assert source.changed_ms == START_MS


def test_observation_may_count_several_updates_but_one_unchanged_counts_none() -> None:
    """Four sums a second may each stand for many updates; three are enough to know."""
    source = heard()

    assert source.updates_new == 1

    hear(source, START_MS + 250, trade_id=1, updates=2)

    assert source.updates_new == 3

    source.updates_new = 0
    hear(source, START_MS + 500, trade_id=1, updates=50)

    assert source.updates_new == 0


@pytest.mark.parametrize("price", [1, 32_000_000, 10**17, PRICE_MAX - 1])
@pytest.mark.parametrize("domains", ["abcdefg", "aabbccd"])
def test_one_domain_that_says_nonsense_neither_moves_nor_stops_the_index(
    price: int, domains: str
) -> None:
    """Zero, a billion, 0.32, the largest number: the index does not blink."""
    market = Market(domains).started()
    liars = {"s1": price, "s2": price} if domains == "aabbccd" else {"s1": price}
    market.seconds(100, **liars)

    assert market.shown() == (*[BITCOIN] * 3, IndexState.NORMAL, 0)
