"""The mark price: vectors, its clamp, what is held, and samples that grow old."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.model.codec import Writer
from seawall.core.model.units import E8
from seawall.core.pricing.mark import (
    BASIS_SECONDS,
    MARK_PRICE_BYTES,
    MarkPrice,
    book_price_e8,
    carried_price_e8,
    read_mark_price,
    to_tick_inside,
    write_mark_price,
)
from tests.core.clearing.vector_rule import Numbers, Vector, check, check_that_one_off_fails

HOUR = 3_600_000
K, B = 1_500_000, 500_000
START = 1_000_000  # ms


def e8(text: str) -> int:
    """A price in e8."""
    whole, _, rest = text.partition(".")
    return int(whole) * E8 + int(rest.ljust(8, "0"))


def marked(
    index: str,
    *,
    rate: int = 10_000,
    left_hours: int = 4,
    basis: list[str] | None = None,
    book: tuple[str, str, str] = ("0", "0", "59000"),
    tick: str = "0.1",
) -> Numbers:
    """P1, P2, P3 (0: not valid) and the mark, after one sample a second."""
    index_e8 = e8(index)
    mark = MarkPrice(clamp_e8=K, basis_clamp_e8=B)
    clock_ms = START
    for one in basis or []:
        clock_ms += 1_000
        mark.sample(clock_ms=clock_ms, index_e8=index_e8, impact_mid_e8=index_e8 + e8(one))
    bid, ask, last = (e8(one) for one in book)
    carry = {
        "index_e8": index_e8,
        "funding_rate_e8": rate,
        "left_ms": left_hours * HOUR,
        "interval_ms": 8 * HOUR,
    }
    found = mark.compute(
        clock_ms=clock_ms,
        best_bid_e8=bid,
        best_ask_e8=ask,
        last_e8=last,
        tick_e8=e8(tick),
        **carry,
    )
    first = carried_price_e8(**carry)
    third = book_price_e8(bid_e8=bid, ask_e8=ask, last_e8=last)
    return first, mark.based_price_e8(index_e8), third, found


SPIKED = ("62000", "62010", "62005")
VECTORS = [
    Vector(
        "MK1",
        (e8("60003"), e8("60012.5"), e8("60011"), 600_110),
        lambda: marked("60000", basis=["12.5"] * 60, book=("60010", "60011", "60020")),
    ),
    Vector(
        "MK2",
        (e8("60003"), e8("60017.29166666"), e8("62005"), 600_173),
        lambda: marked("60000", basis=["12.5"] * 59 + ["2005"], book=SPIKED),
    ),
    Vector(
        "MK3",
        (e8("60003"), e8("60300"), e8("62005"), 603_000),
        lambda: marked("60000", basis=["2005"] * 60, book=SPIKED),
    ),
    Vector(
        "MK4",
        (e8("59989.5"), 0, 0, 599_895),
        lambda: marked("60000", rate=-20_000, left_hours=7),
    ),
    Vector(
        "MK5",
        (e8("0.500025"), e8("0.5012"), e8("0.513"), 5_012),
        lambda: marked("0.5", basis=["0.0012"] * 60, book=("0.51", "0.513", "0.52"), tick="0.0001"),
    ),
]


@pytest.mark.parametrize("vector", VECTORS, ids=[one.id for one in VECTORS])
def test_vector(vector: Vector) -> None:
    """The number was worked out outside."""
    check(vector)


@pytest.mark.parametrize("vector", VECTORS, ids=[one.id for one in VECTORS])
def test_vector_fails_when_an_expected_number_is_off_by_one(vector: Vector) -> None:
    """A check that lets one unit pass is none."""
    check_that_one_off_fails(vector)


prices = st.integers(E8, 10**14)


@given(prices, prices, st.integers(1, 10**8), st.integers(1, 10**7))
def test_the_mark_is_the_nearest_tick_inside_the_clamp(
    index_e8: int, price_e8: int, tick_e8: int, clamp_e8: int
) -> None:
    """Invariant I40. Where no tick lies inside, the nearest one, less than a tick outside."""
    found = to_tick_inside(price_e8=price_e8, index_e8=index_e8, clamp_e8=clamp_e8, tick_e8=tick_e8)
    room = floor(Fraction(index_e8 * clamp_e8, E8))
    low, high = index_e8 - room, index_e8 + room
    clamped = min(max(price_e8, low), high)

    assert found >= 1
    if -(-low // tick_e8) <= high // tick_e8:
        assert low <= found * tick_e8 <= high
        if low <= (nearest := (2 * clamped + tick_e8) // (2 * tick_e8)) * tick_e8 <= high:
            assert found == nearest
    elif found > 1:
        assert abs(found * tick_e8 - clamped) * 2 <= tick_e8


@given(
    index_e8=st.integers(10**6, 10**13),
    rate=st.integers(-(10**6), 10**6),
    left=st.integers(0, HOUR),
    basis=st.lists(st.integers(-(10**12), 10**12), max_size=60),
    book=st.tuples(*[st.one_of(st.just(0), st.integers(1, 10**13))] * 2, st.integers(0, 10**7)),
    tick_e8=st.integers(1, 10**5),
)
def test_the_mark_is_the_median_that_the_prose_describes(
    index_e8: int, rate: int, left: int, basis: list[int], book: tuple[int, int, int], tick_e8: int
) -> None:
    """Worked out in fractions; the book lies near the index often enough to be valid."""
    bid, last, spread = book[0], book[1], book[2]
    ask = bid + spread
    mark = MarkPrice(clamp_e8=K, basis_clamp_e8=B)
    for place, one in enumerate(basis):
        mark.sample(clock_ms=START + place * 1_000, index_e8=index_e8, impact_mid_e8=index_e8 + one)
    taken = [one for one in basis if index_e8 + one > 0]
    room = index_e8 * B // E8
    first = index_e8 + floor(Fraction(index_e8 * rate * left, E8 * HOUR))
    second = third = None
    if len(taken) >= 30:
        bounded = [min(max(one, -room), room) for one in taken]
        second = index_e8 + floor(Fraction(sum(bounded), len(bounded)))
    if 0 < bid < ask and last and Fraction(ask - bid, bid) <= Fraction(1, 100):
        third = sorted((bid, ask, last))[1]
    middle = first
    if second is not None or third is not None:
        three = (first, index_e8 if second is None else second, third or index_e8)
        middle = sorted(three)[1]
    low = index_e8 - index_e8 * K // E8
    high = index_e8 + index_e8 * K // E8
    near = floor(Fraction(min(max(middle, low), high), tick_e8) + Fraction(1, 2))
    if -(-low // tick_e8) <= high // tick_e8:
        near = min(max(near, -(-low // tick_e8)), high // tick_e8)
    found = mark.compute(
        clock_ms=START + 60 * 1_000 - 1,
        index_e8=index_e8,
        funding_rate_e8=rate,
        left_ms=left,
        interval_ms=HOUR,
        best_bid_e8=bid,
        best_ask_e8=ask if bid else 0,
        last_e8=last,
        tick_e8=tick_e8,
    )

    assert found == max(near, 1)


def test_without_protections_the_mark_is_the_index() -> None:
    """0.32 is believed as it comes, to the tick."""
    mark = MarkPrice(clamp_e8=K, basis_clamp_e8=B)
    assert mark.follow(index_e8=32_000_000, tick_e8=E8 // 10) == 3
    assert mark.follow(index_e8=35_000_000, tick_e8=E8 // 10) == 4
    assert not mark.is_held


def test_an_index_below_one_tick_still_has_a_mark() -> None:
    """A mark of zero would divide somewhere; the instrument is halted long before."""
    assert to_tick_inside(price_e8=3, index_e8=3, clamp_e8=K, tick_e8=100) == 1


@pytest.mark.parametrize(
    ("bid", "ask", "last"),
    [(0, 101, 100), (100, 0, 100), (100, 101, 0), (101, 100, 100), (100, 100, 100), (100, 102, 1)],
)
def test_a_book_that_is_empty_crossed_or_wide_says_nothing(bid: int, ask: int, last: int) -> None:
    """One percent of the bid is still good, one unit more is not."""
    assert book_price_e8(bid_e8=bid, ask_e8=ask, last_e8=last) == 0
    assert book_price_e8(bid_e8=100, ask_e8=101, last_e8=1) == 100


def sampled(seconds: list[int]) -> MarkPrice:
    """Samples of a basis of +7 at those seconds."""
    mark = MarkPrice(clamp_e8=K, basis_clamp_e8=B)
    for second in seconds:
        mark.sample(clock_ms=second * 1_000, index_e8=E8, impact_mid_e8=E8 + 7)
    return mark


def test_the_basis_speaks_from_thirty_samples_on() -> None:
    """Not from twenty-nine."""
    assert sampled(list(range(100, 129))).based_price_e8(E8) == 0
    assert sampled(list(range(100, 130))).based_price_e8(E8) == E8 + 7


def test_samples_leave_by_age_when_a_tick_steps_several_seconds() -> None:
    """What the book said before an outage does not speak for the present."""
    mark = sampled(list(range(100, 160)))
    still = {"index_e8": E8, "funding_rate_e8": 0, "left_ms": 0, "interval_ms": HOUR}
    book = {"best_bid_e8": 0, "best_ask_e8": 0, "last_e8": 0, "tick_e8": 1}

    mark.compute(clock_ms=189_000, **still, **book)
    assert (mark.basis.count, mark.based_price_e8(E8)) == (30, E8 + 7)
    mark.compute(clock_ms=190_000, **still, **book)
    assert (mark.basis.count, mark.based_price_e8(E8)) == (29, 0)
    mark.compute(clock_ms=10**9, **still, **book)
    assert (mark.basis.count, mark.basis.total) == (0, 0)


def test_a_thin_book_gives_no_sample() -> None:
    """An impact price of 0 means there is none."""
    mark = MarkPrice(clamp_e8=K, basis_clamp_e8=B)
    mark.sample(clock_ms=START, index_e8=E8, impact_mid_e8=0)

    assert mark.basis.count == 0


@pytest.mark.parametrize("side", [1, -1])
def test_one_sample_moves_the_basis_by_its_clamp_at_most(side: int) -> None:
    """To either side; B of an index of 60,000 is 300."""
    mark = MarkPrice(clamp_e8=K, basis_clamp_e8=B)
    index_e8 = 60_000 * E8
    mark.sample(clock_ms=START, index_e8=index_e8, impact_mid_e8=index_e8 + side * 301 * E8)

    assert mark.basis.total == side * 300 * E8


def test_a_held_mark_stays_and_says_so() -> None:
    """Until it is computed from a good index again."""
    mark = sampled(list(range(100, 160)))
    assert (mark.hold(), mark.is_held) == (0, True)
    terms = {"funding_rate_e8": 0, "left_ms": 0, "interval_ms": HOUR, "tick_e8": 1}
    book = {"best_bid_e8": 0, "best_ask_e8": 0, "last_e8": 0}
    first = mark.compute(clock_ms=160_000, index_e8=E8, **terms, **book)

    assert not mark.is_held
    assert (mark.hold(), mark.is_held) == (first, True)


def test_what_is_left_of_an_interval_is_never_negative_or_more_than_it() -> None:
    """A postponed settlement carries nothing."""
    terms = {"index_e8": 10**12, "funding_rate_e8": 10_000, "interval_ms": HOUR}

    assert carried_price_e8(left_ms=-5, **terms) == 10**12
    assert carried_price_e8(left_ms=9 * HOUR, **terms) == 10**12 + 10**8


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(-(10**9), 10**9)), max_size=90))
def test_a_mark_comes_back_from_its_words(steps: list[tuple[int, int]]) -> None:
    """Same samples, same bytes; and the ring agrees with a plain list of the last minute."""
    mark = MarkPrice(clamp_e8=K, basis_clamp_e8=B)
    index_e8, second, kept = 10**13, 1_000, {}
    for step, basis in steps:
        second += step
        mark.sample(
            clock_ms=second * 1_000 + 999, index_e8=index_e8, impact_mid_e8=index_e8 + basis
        )
        kept[second] = basis
    young = [basis for at, basis in kept.items() if second - at < BASIS_SECONDS]
    out = Writer()
    write_mark_price(out, mark)
    data = out.getvalue()
    again = read_mark_price(data, 0, clamp_e8=K, basis_clamp_e8=B)
    copy = Writer()
    write_mark_price(copy, again)

    assert (mark.basis.count, mark.basis.total) == (len(young), sum(young))
    assert mark.basis.mean() == (sum(young) // len(young) if young else 0)
    assert len(data) == MARK_PRICE_BYTES and copy.getvalue() == data
    assert (again.basis.count, again.basis.total) == (mark.basis.count, mark.basis.total)
