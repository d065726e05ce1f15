"""Buckets: never less than OKX publishes, exact at the limit, bounded in memory."""

from __future__ import annotations

import pytest

from seawall.gateway import EndpointClass, RateLimits
from seawall.gateway.limits import SECOND_NS

NOW_NS = 1_772_000_000 * SECOND_NS


@pytest.mark.parametrize("endpoint_class", list(EndpointClass))
def test_a_bucket_gives_exactly_its_tokens_and_then_says_how_long(
    endpoint_class: EndpointClass,
) -> None:
    limits = RateLimits()
    for _ in range(endpoint_class.tokens):
        assert limits.take(1, endpoint_class, now_ns=NOW_NS) == 0

    wait_ns = limits.take(1, endpoint_class, now_ns=NOW_NS)

    assert wait_ns == endpoint_class.interval_ns
    assert limits.take(1, endpoint_class, now_ns=NOW_NS + wait_ns - 1) == 1
    assert limits.take(1, endpoint_class, now_ns=NOW_NS + wait_ns) == 0


def test_buckets_of_others_and_of_other_classes_are_untouched() -> None:
    limits = RateLimits()
    limits.take(1, EndpointClass.ORDERS, now_ns=NOW_NS, count=2_000)

    assert limits.take(1, EndpointClass.ORDERS, now_ns=NOW_NS) > 0
    assert limits.take(2, EndpointClass.ORDERS, now_ns=NOW_NS) == 0
    assert limits.take(1, EndpointClass.CANCELS, now_ns=NOW_NS) == 0


def test_a_count_that_does_not_fit_takes_nothing() -> None:
    limits = RateLimits()
    limits.take(1, EndpointClass.ORDERS, now_ns=NOW_NS, count=1_990)

    assert limits.take(1, EndpointClass.ORDERS, now_ns=NOW_NS, count=11) > 0
    assert limits.take(1, EndpointClass.ORDERS, now_ns=NOW_NS, count=10) == 0
    too_many = limits.take(2, EndpointClass.ORDERS, now_ns=NOW_NS, count=10**9)
    assert too_many == EndpointClass.ORDERS.period_ns


@pytest.mark.parametrize(
    ("published", "per_two_seconds", "endpoint_class"),
    [
        ("new and amended orders of a sub-account", 1_000, EndpointClass.ORDERS),
        ("cancels, single and in batches, of ten instruments", 3_600, EndpointClass.CANCELS),
        ("balance 10, orders 60 each, fills 60 + 10", 200, EndpointClass.PRIVATE_READS),
        ("tickers 20, books 40, trades 100, candles 40 + 20", 220, EndpointClass.PUBLIC_READS),
        ("transfers", 4, EndpointClass.TRANSFERS),
    ],
)
def test_a_client_that_keeps_to_the_published_limits_never_meets_ours(
    published: str, per_two_seconds: int, endpoint_class: EndpointClass
) -> None:
    """Clients throttle themselves to what OKX publishes."""
    limits = RateLimits()
    for second in range(0, 20, 4):
        end_of_one = NOW_NS + second * SECOND_NS + 2 * SECOND_NS - 1
        start_of_next = end_of_one + 1
        for now_ns in (end_of_one, start_of_next):
            assert limits.take(1, endpoint_class, now_ns=now_ns, count=per_two_seconds) == 0


def test_a_clock_that_steps_back_gives_nothing_away() -> None:
    limits = RateLimits()
    limits.take(1, EndpointClass.ORDERS, now_ns=NOW_NS, count=2_000)

    assert limits.take(1, EndpointClass.ORDERS, now_ns=NOW_NS - SECOND_NS) > 0


def test_full_buckets_are_forgotten_when_there_are_too_many() -> None:
    limits = RateLimits(buckets_max=2)
    for key in ("a", "b"):
        limits.take(key, EndpointClass.PUBLIC_READS, now_ns=NOW_NS)
    limits.take("c", EndpointClass.PUBLIC_READS, now_ns=NOW_NS + 10 * SECOND_NS)
    assert len(limits) == 1

    limits.take("d", EndpointClass.PUBLIC_READS, now_ns=NOW_NS + 10 * SECOND_NS, count=1_000)
    limits.take("e", EndpointClass.PUBLIC_READS, now_ns=NOW_NS + 10 * SECOND_NS)
    assert len(limits) <= 2
