"""Feeds: what outside venues say, carried in. They observe; they do not judge.

A `Source` speaks for one or more outside venues: live ones through ccxt, a recording, or a
generated market. Its updates go to the `Collector`, which archives the raw stream as evidence,
sums up each source and index four times a second, and publishes the sums as `ObservePrices`
commands, exactly once. This room must not know how an index is made from observations, which
source is right, or anything of our own book: a wrong price is carried in like any other, with the
hash of the stream that said it. Start with `updates.py` (what a source says), then
`collector.py`.
"""

from seawall.feeds.updates import Deliver, OutsideBbo, OutsideTrade, Source, Update

__all__ = ["Deliver", "OutsideBbo", "OutsideTrade", "Source", "Update"]
