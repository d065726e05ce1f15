"""Auto-deleveraging: whose profitable position is closed against one that went bankrupt (domain
4.3).

Counterparties stand in the order of a score: the share of profit times the leverage, or the share
of loss divided by it. Scores are fractions, compared by cross-multiplication; nothing is rounded.
Everybody is closed at the bankruptcy price, without fees; nothing here opens a position.
"""

from typing import final

from mypy_extensions import i64, mypyc_attr

from seawall.core.clearing import value_of


@final
@mypyc_attr(acyclic=True)
class Candidate:
    """A position opposite to the bankrupt one, measured at the mark; quote units.

    equity_share: the equity of the position: its own when isolated, else the account's in
    proportion to its maintenance margin; candidates have more than 0. equity: that of the whole
    unit. `score` is the fraction numerator / denominator, with a denominator above 0.
    """

    def __init__(
        self,
        *,
        account_id: i64,
        account_slot: i64,
        size: i64,
        cost: i64,
        notional: i64,
        equity_share: i64,
        equity: i64,
    ) -> None:
        assert size != 0 and notional > 0 and equity_share > 0
        self.account_id: i64 = account_id
        self.account_slot: i64 = account_slot
        self.size: i64 = size
        self.notional: i64 = notional
        self.equity: i64 = equity
        value = int(notional)
        spent = int(cost if size > 0 else -cost)
        gain = value - spent if size > 0 else spent - value
        # gain / spent is the share of profit, value / equity_share the leverage
        if gain > 0:
            self.numerator: int = gain * value
            self.denominator: int = spent * int(equity_share)
        else:
            self.numerator = gain * int(equity_share)
            self.denominator = spent * value


@final
@mypyc_attr(acyclic=True)
class Deleveraging:
    """Close `lots` of the candidate's position at the bankruptcy price."""

    def __init__(self, *, candidate: Candidate, lots: i64) -> None:
        self.candidate: Candidate = candidate
        self.lots: i64 = lots


def is_candidate(*, bankrupt_size: i64, size: i64, equity_share: i64) -> bool:
    """Whether a position may be deleveraged: opposite, and with equity of its own."""
    is_opposite = size < 0 if bankrupt_size > 0 else size > 0
    return is_opposite and equity_share > 0


def ranks_before(a: Candidate, b: Candidate) -> bool:
    """Whether `a` is deleveraged before `b`: higher score, larger notional, lower account id."""
    ours = a.numerator * b.denominator
    theirs = b.numerator * a.denominator
    if ours != theirs:
        return ours > theirs
    if a.notional != b.notional:
        return a.notional > b.notional
    return a.account_id < b.account_id


def counterparties(
    candidates: list[Candidate], *, lots: i64, price: i64, mark: i64, unit_value: i64
) -> list[Deleveraging]:
    """Who is closed, how many lots each, until `lots` are found; fewer when candidates run out.

    A candidate whose unit would be left with equity below 0 by this price is passed over. The list
    of candidates is used up. Only as many are ranked as are needed.
    """
    found: list[Deleveraging] = []
    needed = lots
    count: i64 = len(candidates)
    parent: i64 = count // 2 - 1
    while parent >= 0:
        _sift(candidates, parent, count)
        parent -= 1
    while needed > 0 and count > 0:
        candidate = candidates[0]
        count -= 1
        candidates[0] = candidates[count]
        candidates.pop()
        _sift(candidates, 0, count)
        size = candidate.size if candidate.size > 0 else -candidate.size
        taken = size if size < needed else needed
        if _equity_after(candidate, lots=taken, price=price, mark=mark, unit_value=unit_value) < 0:
            continue
        found.append(Deleveraging(candidate=candidate, lots=taken))
        needed -= taken
    return found


def _equity_after(
    candidate: Candidate, *, lots: i64, price: i64, mark: i64, unit_value: i64
) -> int:
    """The unit's equity once `lots` are closed at `price` rather than valued at `mark`."""
    at_mark = int(value_of(price=mark, lots=lots, unit_value=unit_value))
    at_price = int(value_of(price=price, lots=lots, unit_value=unit_value))
    change = at_price - at_mark if candidate.size > 0 else at_mark - at_price
    return int(candidate.equity) + change


def _sift(heap: list[Candidate], place: i64, count: i64) -> None:
    """Restore the heap (the first ranks before all) below `place`."""
    while True:
        best = place
        child = 2 * place + 1
        if child < count and ranks_before(heap[child], heap[best]):
            best = child
        child += 1
        if child < count and ranks_before(heap[child], heap[best]):
            best = child
        if best == place:
            return
        moved = heap[place]
        heap[place] = heap[best]
        heap[best] = moved
        place = best
