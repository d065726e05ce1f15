"""The index without each failure domain: what a liquidation must hold under."""

from __future__ import annotations

from seawall.core.model.enums import RiskTier
from seawall.core.model.units import E8
from seawall.core.pricing import (
    GuardedIndex,
    Source,
    index_parameters,
    leave_one_domain_out_shifts,
    leave_one_domain_out_values,
)

NOW_MS = 1_700_000_000_000


def index_of(*quotes: tuple[int, float]) -> GuardedIndex:
    """An index whose sources, by domain, say these prices now."""
    sources = []
    for number, (domain, price) in enumerate(quotes, start=1):
        source = Source(source_id=number, weight=1, domain=domain, conversion_id=0)
        source.price_e8 = round(price * E8)
        source.seen_ms = source.changed_ms = NOW_MS
        sources.append(source)
    return GuardedIndex(
        index_id=1,
        name=b"BTC",
        parameters=index_parameters(RiskTier.MAJOR),
        sources=sources,
        is_protected=True,
    )


def test_each_domain_is_left_out_once() -> None:
    """Three domains give three values; the one that pulls is the one without which all agree."""
    index = index_of((0, 99.7), (0, 99.7), (1, 100), (1, 100), (2, 100), (2, 100))
    values = leave_one_domain_out_values(index, NOW_MS)

    assert len(values) == 3
    assert values[0] == 100 * E8
    assert values[1] == values[2] < 100 * E8


def test_shifts_are_against_what_all_say() -> None:
    """Below and above, never the wrong sign; nothing when all agree."""
    index = index_of((0, 99.7), (0, 99.7), (1, 100), (1, 100), (2, 100), (2, 100))
    low, high = leave_one_domain_out_shifts(index, NOW_MS)

    assert low < 0 < high
    assert leave_one_domain_out_shifts(index_of((0, 100), (1, 100), (2, 100)), NOW_MS) == (0, 0)


def test_what_contradicts_itself_counts_at_both_ends() -> None:
    """Without the domain in the middle two are left that dispute: both their prices are values."""
    index = index_of((0, 50), (1, 100), (2, 150))
    values = leave_one_domain_out_values(index, NOW_MS)

    assert {50 * E8, 150 * E8} <= set(values)


def test_a_single_domain_cannot_be_left_out() -> None:
    """Nobody else is there to hold it against."""
    assert leave_one_domain_out_values(index_of((0, 100), (0, 100)), NOW_MS) == []
    assert leave_one_domain_out_shifts(index_of(), NOW_MS) == (0, 0)


def test_who_is_silent_is_no_domain() -> None:
    """A source that is too old is not counted, with or without the others."""
    index = index_of((0, 100), (1, 100), (2, 50))
    index.sources[2].seen_ms = index.sources[2].changed_ms = NOW_MS - 3_600_000

    assert leave_one_domain_out_values(index, NOW_MS) == [100 * E8, 100 * E8]
