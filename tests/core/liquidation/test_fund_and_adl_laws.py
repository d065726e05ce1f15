"""The fund's window, the market limiter and the order of deleveraging against naive accounts."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from seawall.core.liquidation import (
    Candidate,
    Claim,
    FundWindow,
    LiquidationParameters,
    MarketLimiter,
    counterparties,
    depth_near_mark,
    fund_window_bytes,
    is_candidate,
    lowest_ratio_first,
    ranks_before,
    read_fund_window,
    write_fund_window,
)
from seawall.core.matching import BookSide
from seawall.core.model.codec import Writer
from seawall.core.model.enums import Side

PARAMETERS = LiquidationParameters(quote_units=1)
WINDOW = 480  # minutes
happenings = st.lists(
    st.tuples(st.integers(0, 200), st.integers(0, 10**9), st.integers(0, 3), st.integers(0, 10**8)),
    max_size=40,
)


def window_bytes(window: FundWindow) -> bytes:
    """Its canonical words."""
    out = Writer()
    write_fund_window(out, window)
    return out.getvalue()


@given(happenings)
def test_capacity_is_what_a_full_history_says(steps: list[tuple[int, int, int, int]]) -> None:
    """Peaks and draws of the last 480 minutes, and restored from words at every step."""
    window = FundWindow()
    balances: list[tuple[int, int]] = []
    draws: list[tuple[int, int, int]] = []
    minute = 0
    for wait, balance, instrument_id, amount in steps:
        minute += wait
        balances.append((minute, balance))
        clock_ms = minute * 60_000 + wait
        window.observe(PARAMETERS, clock_ms=clock_ms, balance=balance)
        data = window_bytes(window)
        assert len(data) == fund_window_bytes(window)
        window = read_fund_window(b"head" + data, 4)
        assert window_bytes(window) == data
        drawn = sum(a for m, _, a in draws if m > minute - WINDOW)
        own = sum(a for m, i, a in draws if m > minute - WINDOW and i == instrument_id)
        peak = max(b for m, b in balances if m > minute - WINDOW)
        budget = peak * 3 // 10
        room = max(0, min(balance, budget - drawn))
        single = max(0, min(room // 2, budget // 2 - own))
        assert window.capacity(PARAMETERS, balance=balance) == room
        found = window.capacity_of(PARAMETERS, balance=balance, instrument_id=instrument_id)
        assert found == single
        window.draw(clock_ms=clock_ms, instrument_id=instrument_id, amount=min(amount, single))
        draws.append((minute, instrument_id, min(amount, single)))
    rows = [(row.minute, row.instrument_id) for row in window.draws]
    assert all(a < b for a, b in pairwise(rows))


def test_an_instrument_cannot_take_half_again_and_again() -> None:
    """Halves of what is left would add up to all of it."""
    window = FundWindow()
    window.observe(PARAMETERS, clock_ms=0, balance=1_000_000)
    taken = 0
    for _ in range(10):
        amount = window.capacity_of(PARAMETERS, balance=1_000_000 - taken, instrument_id=1)
        window.draw(clock_ms=0, instrument_id=1, amount=amount)
        taken += int(amount)

    assert taken == 150_000
    assert window.capacity_of(PARAMETERS, balance=1_000_000 - taken, instrument_id=2) == 75_000


def candidate(number: int, size: int, entry: int, mark: int, share: int, equity: int) -> Candidate:
    """A position at a mark, with a unit value of 1."""
    return Candidate(
        account_id=number,
        account_slot=number,
        size=size,
        cost=size * entry,
        notional=abs(size) * mark,
        equity_share=share,
        equity=equity,
    )


positions = st.lists(
    st.tuples(
        st.integers(1, 30),
        st.integers(1, 60),
        st.integers(1, 400),
        st.integers(-10, 200),
    ),
    max_size=25,
)


@given(positions, st.integers(1, 300), st.integers(1, 40), st.integers(1, 60), st.booleans())
def test_deleveraging_takes_from_the_top_and_leaves_nobody_below_zero(
    terms: list[tuple[int, int, int, int]], lots: int, mark: int, price: int, is_long: bool
) -> None:
    """I34: sorted by an exact score, at most what is needed, never more than a position."""
    sign = 1 if is_long else -1
    ranked = []
    for number, (size, entry, share, extra) in enumerate(terms):
        gain = sign * size * (mark - entry)
        profit = Fraction(gain, size * entry)
        lever = Fraction(size * mark, share)
        score = profit * lever if gain > 0 else profit / lever
        ranked.append((-score, -size * mark, number, size, share + extra))
    ranked.sort()
    needed, expected = lots, []
    for _, _, number, size, equity in ranked:
        taken = min(size, needed)
        if needed > 0 and equity + sign * taken * (price - mark) >= 0:
            expected.append((number, taken))
            needed -= taken
    candidates = [
        candidate(number, sign * size, entry, mark, share, share + extra)
        for number, (size, entry, share, extra) in enumerate(terms)
    ]
    found = counterparties(candidates, lots=lots, price=price, mark=mark, unit_value=1)

    assert expected == [(int(one.candidate.account_id), int(one.lots)) for one in found]


def test_equal_scores_go_by_notional_and_then_account() -> None:
    """Nothing about the order may depend on where a position stands in memory."""
    small, large, twin = (
        candidate(number, size, 50, 100, size * 10, 10**6)
        for number, size in ((1, 5), (7, 6), (8, 6))
    )

    assert ranks_before(large, small) and ranks_before(large, twin)
    assert not ranks_before(small, large) and not ranks_before(twin, large)


def test_only_the_other_side_with_equity_is_deleveraged() -> None:
    """Accounts without equity of their own are passed over."""
    cases = [(5, -3, 1), (5, 3, 1), (-5, 3, 1), (5, -3, 0)]
    found = [is_candidate(bankrupt_size=b, size=s, equity_share=e) for b, s, e in cases]

    assert found == [True, False, True, False]


@given(
    st.lists(
        st.tuples(st.integers(-50, 50), st.integers(1, 9), st.integers(1, 5), st.integers(1, 3)),
        unique_by=lambda one: one[2:],
    )
)
def test_the_lowest_ratio_is_served_first(rows: list[tuple[int, int, int, int]]) -> None:
    """Exactly, then by account, then by instrument."""
    claims = [Claim(equity=e, maintenance=m, account_id=a, instrument_id=i) for e, m, a, i in rows]
    found = [
        (one.equity, one.maintenance, one.account_id, one.instrument_id)
        for one in lowest_ratio_first(claims)
    ]

    assert found == sorted(rows, key=lambda one: (Fraction(one[0], one[1]), one[2], one[3]))


def test_flow_in_a_tick_stays_inside_the_allowance() -> None:
    """I33: what was filled counts, and one lot more than fits is not allowed."""
    limiter = MarketLimiter()
    assert limiter.allowed_lots(mark=100, unit_value=3) == 0
    limiter.open_tick(PARAMETERS, depth=3_000_000)
    assert limiter.allowed_lots(mark=100, unit_value=3) == 1_000
    limiter.spend(990, mark=100, unit_value=3)
    assert limiter.allowed_lots(mark=100, unit_value=3) == 10
    limiter.open_tick(PARAMETERS, depth=0)
    assert limiter.left == 50_000


def book_side(side: int, levels: list[tuple[int, int]]) -> BookSide:
    """A side with so many lots at each price."""
    found = BookSide(side=side)
    for price, lots in levels:
        found.level_at(price).quantity += lots
    return found


def test_depth_counts_within_a_hundredth_of_the_mark_and_stops_when_it_is_enough() -> None:
    """990 and 1,010 at a mark of 1,000 are the last that count."""
    bids = book_side(Side.BUY, [(1_002, 1), (990, 2), (989, 1_000)])
    asks = book_side(Side.SELL, [(998, 1), (1_010, 2), (1_011, 1_000)])

    assert depth_near_mark(PARAMETERS, bids, mark=1_000, unit_value=3) == 3 * (1_002 + 1_980)
    assert depth_near_mark(PARAMETERS, asks, mark=1_000, unit_value=3) == 3 * (998 + 2_020)
    huge = book_side(Side.BUY, [(1_000, 2**45), (999, 2**45)])
    assert depth_near_mark(PARAMETERS, huge, mark=1_000, unit_value=1) == 20_000_001
