"""The indexes of waiting algo orders, checked against each other."""

from mypy_extensions import i64

from seawall.core.engine.algo_book import AlgoBook
from seawall.core.engine.state import State
from seawall.core.engine.trailing import FIRST_LEG, NOT_FIRED, SECOND_LEG, Algo
from seawall.core.engine.trigger_levels import TriggerSide, Waiting
from seawall.core.model.enums import AlgoType


def algo_faults(state: State) -> list[str]:
    """What is wrong with the indexes of the waiting algo orders, as sentences."""
    faults: list[str] = []
    book = state.algo_book
    watching: i64 = 0
    for algo_id in sorted(book.by_id):
        algo = book.by_id[algo_id]
        if algo not in book.of_account(algo.account_slot):
            faults.append(f"algo order {algo_id} is missing among those of its account")
        if not _are_legs_where_they_belong(book, algo):
            faults.append(f"algo order {algo_id} does not wait for its prices")
        if algo.fired_leg != NOT_FIRED:
            if algo not in book.fired:
                faults.append(f"algo order {algo_id} fired and waits for nothing")
            continue
        watching += 2 if algo.terms.algo_type == AlgoType.OCO else 1
    for account in state.accounts:
        own = len(book.of_account(account.slot))
        if own != account.algos:
            faults.append(f"account {account.account_id}: {own} algo orders, not {account.algos}")
    watched: i64 = 0
    for key, price in enumerate(book.watched):
        if price is None:
            continue
        watched += price.trailing_sells.count() + price.trailing_buys.count()
        for side in (price.rising, price.falling):
            watched += _count(side)
            keys: list[int] = [level.key for level in side.levels]
            if keys != sorted(set(keys)):
                faults.append(f"the triggers of price {key} are out of order")
            if any(level.first is None for level in side.levels):
                faults.append(f"nobody waits at a trigger of price {key}")
    if watched != watching:
        faults.append(f"{watched} triggers are watched, the algo orders have {watching}")
    return faults


def _are_legs_where_they_belong(book: AlgoBook, algo: Algo) -> bool:
    """Whether each leg waits on the side and at the price that the order names, and no other."""
    terms = algo.terms
    is_trailing = terms.algo_type == AlgoType.TRAILING
    if algo.fired_leg != NOT_FIRED or (is_trailing and algo.is_active):
        return algo.waiting is None and algo.second_waiting is None
    price = book.waiting_for(terms.instrument_id, terms.trigger_by)
    trigger = terms.active_price if is_trailing else terms.trigger_price
    if price is None:
        return False
    side = price.side(algo.is_above)
    if not _waits(side, algo.waiting, algo.algo_id, FIRST_LEG, trigger):
        return False
    if terms.algo_type != AlgoType.OCO:
        return algo.second_waiting is None
    price = book.waiting_for(terms.instrument_id, terms.second_trigger_by)
    trigger = terms.second_trigger_price
    if price is None:
        return False
    side = price.side(algo.is_second_above)
    return _waits(side, algo.second_waiting, algo.algo_id, SECOND_LEG, trigger)


def _waits(
    side: TriggerSide, waiting: Waiting | None, algo_id: i64, leg: i64, trigger: i64
) -> bool:
    """Whether that leg of the order waits on the side at the trigger price."""
    if waiting is None or waiting.algo_id != algo_id or waiting.leg != leg:
        return False
    place = side.place_of(side.sign * trigger)
    if place >= len(side.levels):
        return False
    level = side.levels[place]
    return waiting.level is level and level.key == side.sign * trigger


def _count(side: TriggerSide) -> i64:
    """How many legs wait there, as far as their links are sound."""
    found: i64 = 0
    for level in side.levels:
        before: Waiting | None = None
        waiting = level.first
        while waiting is not None and waiting.level is level and waiting.previous is before:
            found += 1
            before = waiting
            waiting = waiting.next
    return found
