"""Token buckets by account (or address) and class of endpoint, in integers.

A bucket is one number: the moment at which it would be full again (the generic cell rate
algorithm). Taking `count` tokens moves that moment by `count` intervals; it must not move further
ahead of now than the period. The limits are at least
twice what OKX publishes (60 per 2 s per instrument and call, 300 in batches, 1,000 new and amended
per 2 s in all; cancels not counted), because a client that counts in windows may send the end of
one and the start of the next at once: who keeps to the published limits never meets ours.
"""

from __future__ import annotations

from enum import Enum

from seawall.gateway.limits import BUCKETS_MAX, SECOND_NS


class EndpointClass(Enum):
    """What a request costs the venue; the value is (tokens, period in ns)."""

    ORDERS = ("orders", 2_000, 2 * SECOND_NS)  # new and amended orders, one token each
    CANCELS = ("cancels", 8_000, 2 * SECOND_NS)  # one token per order; a mass cancel takes one
    PRIVATE_READS = ("private_reads", 500, 2 * SECOND_NS)
    PUBLIC_READS = ("public_reads", 1_000, 2 * SECOND_NS)  # by address
    TRANSFERS = ("transfers", 20, 2 * SECOND_NS)

    def __init__(self, label: str, tokens: int, period_ns: int) -> None:
        self.label = label
        self.tokens = tokens
        self.period_ns = period_ns
        self.interval_ns = period_ns // tokens


class RateLimits:
    """The buckets. A key that is silent for a period is forgotten, since its buckets are full."""

    def __init__(self, *, buckets_max: int = BUCKETS_MAX) -> None:
        self._full_at_ns: dict[tuple[int | str, str], int] = {}  # by key and label of the class
        self._buckets_max = buckets_max

    def __len__(self) -> int:
        return len(self._full_at_ns)

    def take(
        self, key: int | str, endpoint_class: EndpointClass, *, now_ns: int, count: int = 1
    ) -> int:
        """Take tokens: 0 when they were there, else nothing is taken and the nanoseconds until
        they are.

        key: an account id, or an address for public endpoints. A count above the bucket never fits
        and answers a full period.
        """
        bucket = (key, endpoint_class.label)  # an enumeration's member hashes ten times slower
        full_at_ns = self._full_at_ns.get(bucket, 0)
        wanted_ns = max(full_at_ns, now_ns) + count * endpoint_class.interval_ns
        wait_ns = wanted_ns - now_ns - endpoint_class.period_ns
        if wait_ns > 0:
            return min(wait_ns, endpoint_class.period_ns)
        if full_at_ns == 0 and len(self._full_at_ns) >= self._buckets_max:
            self._forget_full(now_ns)
        self._full_at_ns[bucket] = wanted_ns
        return 0

    def _forget_full(self, now_ns: int) -> None:
        """Make room: full buckets go; were none full, all go, which errs towards letting people
        in.
        """
        self._full_at_ns = {
            bucket: full_at_ns
            for bucket, full_at_ns in self._full_at_ns.items()
            if full_at_ns > now_ns
        }
        if len(self._full_at_ns) >= self._buckets_max:
            self._full_at_ns.clear()
