"""The indexes of waiting algo orders, checked against each other."""

from mypy_extensions import i64

from seawall.core.engine.state import State
from seawall.core.engine.trailing import NOT_FIRED
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
    if watched != watching:
        faults.append(f"{watched} triggers are watched, the algo orders have {watching}")
    return faults


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
