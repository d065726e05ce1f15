"""A price that fires nobody is passed over quickly, and no other price is."""

from __future__ import annotations

import random

from seawall.core.engine.algo_book import WatchedPrice
from seawall.core.engine.trailing import Algo
from seawall.core.engine.trigger_levels import Waiting
from seawall.core.model.commands import PlaceAlgo
from seawall.core.model.enums import AlgoType, MarginMode, Side


def trailing(algo_id: int, draw: random.Random) -> Algo:
    """A trailing order that has or has not seen a price."""
    side = draw.choice((Side.BUY, Side.SELL))
    terms = PlaceAlgo(
        account_id=1,
        instrument_id=0,
        algo_type=AlgoType.TRAILING,
        side=side,
        quantity=1,
        margin_mode=MarginMode.CASH,
        reduce_only=False,
        callback_ticks=draw.randint(3, 30),
    )
    algo = Algo(algo_id=algo_id, account_slot=0, terms=terms, unit=1)
    algo.extreme = draw.choice((0, draw.randint(90, 110), draw.randint(90, 110)))
    return algo


def picture(price: WatchedPrice) -> list[list[tuple[int, list[int]]]]:
    """Who follows, and from where."""
    return [
        [(int(group.extreme), sorted(group.members)) for group in side.groups]
        + [(0, sorted(side.fresh))]
        for side in (price.trailing_sells, price.trailing_buys)
    ]


def test_a_price_is_quiet_exactly_when_it_fires_and_moves_nobody() -> None:
    """Against the long way; a quiet price must not be one that somebody waits for."""
    draw = random.Random(1)
    quiet = loud = 0
    for _ in range(2_000):
        price = WatchedPrice()
        for algo_id in range(draw.randint(0, 3)):
            is_above = draw.random() < 0.5
            trigger = draw.randint(100, 112) if is_above else draw.randint(88, 100)
            price.side(is_above).add(Waiting(algo_id=algo_id, leg=0), trigger)
        for algo_id in range(10, 10 + draw.randint(0, 2)):
            algo = trailing(algo_id, draw)
            price.trailing(algo.terms.side).add(algo)
        value = draw.randint(85, 115)
        found = price.is_quiet(value, low=value, high=value)
        before = picture(price)
        fired = len(price.follow(value)) + len(price.reached(low=value, high=value))
        is_still = fired == 0 and picture(price) == before
        assert not found or is_still
        # A stop that a cover only bounds may be looked at in vain, nothing else.
        has_trailing = any(groups != [(0, [])] for groups in before)
        assert found or not is_still or has_trailing
        quiet += found
        loud += not is_still
    assert quiet > 100 and loud > 100
