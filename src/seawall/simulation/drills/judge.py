"""The judge: what of a day was wrong, measured against the same day with true prices.

A fill is out of band when its price lies further from the clean world's index than the execution
band of the tier. A liquidation or a trigger is wrongful when its condition does not hold on the
clean world's prices, even if they are moved against the trader by the clamp of the tier: the
guarded index moves by as much when sources are missing. An account is affected when its economic
state differs from that in the clean world.

Both worlds are read from their event bytes; entries are compared at the same place of the script.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from seawall.core.model.enums import AlgoType, LedgerKind, MarginMode, Side
from seawall.core.model.events import EntryEvents, Event, PricesObserved
from seawall.core.model.genesis import Genesis
from seawall.core.model.limits import ACCOUNT_ID_SYSTEM
from seawall.core.model.order_events import OrderFilled
from seawall.core.model.risk_events import (
    AlgoTriggered,
    DetectorFired,
    FreezeChanged,
    IndexPublished,
    LiquidationStepped,
    PositionChanged,
    PositionDeleveraged,
    PositionTakenOver,
)
from seawall.simulation.drills.feeds import Fault
from seawall.simulation.drills.margin_table import maintenance_margin
from seawall.simulation.drills.picture import Picture, Waiting
from seawall.simulation.drills.venue import E8, TERMS, USDT
from seawall.simulation.drills.verdict import FreezeSeen, TickCounts, Verdict, WrongfulAct

BAND_E8: Final = 3 * E8 // 100  # execution band of the major tier (domain 5.3)
NS_PER_MS: Final = 1_000_000
CLAMP_E8: Final = E8 // 200  # clamp C of the major tier (domain 1.3)


class Judge:
    """Reads the day beside the clean day. `clean` yields that world's entries in order."""

    def __init__(
        self,
        *,
        genesis: Genesis,
        clean_genesis: Genesis,
        clean: Iterable[EntryEvents],
        fault: Fault,
    ) -> None:
        self.verdict = Verdict(accounts=len(genesis.accounts))
        self._fault = fault
        self._actual = Picture(genesis)
        self._reference = Picture(clean_genesis)
        self._clean: Iterator[EntryEvents] = iter(clean)
        self._ahead: EntryEvents | None = next(self._clean, None)
        self._bad_since_ns = 0
        self._added = 0  # entries that only the day has
        self._is_cut = False
        self._episodes: set[tuple[int, int, int]] = set()
        self._hit: set[int] = set()

    def judge(self, entries: Iterable[EntryEvents]) -> Verdict:
        """Read the whole day and say what was wrong."""
        for entry in entries:
            self._judge_entry(entry)
        self._follow(2**62)
        if not self._is_cut:
            self._compare()
        return self.verdict

    def _judge_entry(self, entry: EntryEvents) -> None:
        freeze = next((one for one in entry.events if _is_venue_freeze(one)), None)
        if freeze is not None and not self._is_cut:
            # States are compared at the last entry before the operator's freeze.
            self._is_cut = True
            self._added = 1
            self._follow(entry.seq - 1)
            self._compare()
        self._follow(entry.seq - self._added)
        for event in entry.events:
            self._judge_event(event, entry)
        self._actual.apply(entry)

    def _follow(self, seq: int) -> None:
        """Read the clean world up to the same place of the script."""
        while self._ahead is not None and self._ahead.seq <= seq:
            self._reference.apply(self._ahead)
            for event in self._ahead.events:
                if isinstance(event, OrderFilled):
                    self.verdict.clean_fills += 1
            self._ahead = next(self._clean, None)

    def _compare(self) -> None:
        ours, theirs = self._actual.holdings(), self._reference.holdings()
        self.verdict.accounts_affected = sum(
            1 for account_id in {*ours, *theirs} if ours.get(account_id) != theirs.get(account_id)
        )

    def _judge_event(self, event: Event, entry: EntryEvents) -> None:
        verdict = self.verdict
        if isinstance(event, OrderFilled):
            verdict.fills += 1
            if self._is_out_of_band(event):
                verdict.fills_out_of_band += 1
        elif isinstance(event, PricesObserved):
            if self._bad_since_ns == 0 and self._is_bad(event):
                self._bad_since_ns = entry.time_ns
        elif isinstance(event, IndexPublished):
            self._note_index(event, entry)
        elif isinstance(event, AlgoTriggered):
            self._judge_trigger(event, entry)
        elif isinstance(event, LiquidationStepped):
            self._judge_liquidation(event, entry)
        elif isinstance(event, PositionTakenOver):
            verdict.taken_over += 1
            if event.account_id not in self._hit:
                self._count_liquidation(event.account_id, event.instrument_id, entry)
        elif isinstance(event, PositionDeleveraged):
            verdict.deleveraged += 1
        elif isinstance(event, DetectorFired):
            verdict.detections += 1
        elif isinstance(event, FreezeChanged) and event.is_frozen:
            self._judge_freeze(entry)

    def _judge_trigger(self, event: AlgoTriggered, entry: EntryEvents) -> None:
        verdict, tick = self.verdict, self._tick(entry)
        verdict.triggers += 1
        tick.triggers += 1
        waiting = self._actual.algos.get(event.algo_id)
        assert waiting is not None, "what fires has been accepted"
        if self._is_wrongful_trigger(event, waiting, entry):
            verdict.wrongful_triggers += 1
            tick.wrongful_triggers += 1
            self._note(f"seq {entry.seq}: algo {event.algo_id} fired at {event.price_e8}")
            held = self._actual.positions.get(event.account_id, {}).get(event.instrument_id)
            verdict.acts.append(
                WrongfulAct(
                    kind="trigger",
                    seq=int(entry.seq),
                    time_ms=_moment(entry),
                    account_id=int(event.account_id),
                    algo_id=int(event.algo_id),
                    positions=() if held is None else (held,),
                )
            )

    def _judge_freeze(self, entry: EntryEvents) -> None:
        if self._bad_since_ns and self.verdict.freeze is None:
            self.verdict.freeze = FreezeSeen(
                seq=int(entry.seq),
                time_ms=_moment(entry),
                after_ms=(entry.time_ns - self._bad_since_ns) // NS_PER_MS,
                is_by_operator=not any(isinstance(one, DetectorFired) for one in entry.events),
            )

    def _note_index(self, event: IndexPublished, entry: EntryEvents) -> None:
        """The lowest that the venue itself believed while sources lied."""
        fault = self._fault
        if event.index_id != fault.index_id or event.value_e8 <= 0 or self._bad_since_ns == 0:
            return
        if _moment(entry) < fault.to_ms:
            low = self.verdict.index_low_e8 or event.value_e8
            self.verdict.index_low_e8 = int(min(low, event.value_e8))

    def _tick(self, entry: EntryEvents) -> TickCounts:
        return self.verdict.tick(int(entry.clock_ms) // 1_000)

    def _is_bad(self, event: PricesObserved) -> bool:
        fault = self._fault
        is_ours = event.source_id in fault.source_ids and event.index_id == fault.index_id
        return is_ours and fault.from_ms <= event.receive_ms < fault.to_ms

    def _is_out_of_band(self, event: OrderFilled) -> bool:
        terms = TERMS[event.instrument_id]
        index_e8 = self._reference.indices.get(terms.index_id, 0)
        away = abs(int(event.price) * terms.tick_size_e8 - index_e8)
        return away * E8 > index_e8 * BAND_E8

    def _judge_liquidation(self, event: LiquidationStepped, entry: EntryEvents) -> None:
        """An episode is judged where it begins: its later steps bring the account back further than
        the condition asks.
        """
        key = (event.account_id, event.instrument_id, event.episode)
        if event.account_id == ACCOUNT_ID_SYSTEM or key in self._episodes:
            return
        self._episodes.add(key)
        self._count_liquidation(event.account_id, event.instrument_id, entry)

    def _count_liquidation(self, account_id: int, instrument_id: int, entry: EntryEvents) -> None:
        self._hit.add(account_id)
        verdict, tick = self.verdict, self._tick(entry)
        verdict.liquidations += 1
        tick.liquidations += 1
        if self._is_wrongful_liquidation(account_id, instrument_id):
            verdict.wrongful_liquidations += 1
            tick.wrongful_liquidations += 1
            self._note(f"seq {entry.seq}: account {account_id} instrument {instrument_id}")
            owned = self._actual.positions.get(account_id, {}).values()
            verdict.acts.append(
                WrongfulAct(
                    kind="liquidation",
                    seq=int(entry.seq),
                    time_ms=_moment(entry),
                    account_id=int(account_id),
                    algo_id=0,
                    positions=tuple(
                        one for one in owned if instrument_id in (0, one.instrument_id)
                    ),
                )
            )

    def _is_wrongful_liquidation(self, account_id: int, instrument_id: int) -> bool:
        """Whether equity exceeds maintenance margin at the clean world's mark, moved by the clamp
        against the account.
        """
        owned = self._actual.positions.get(account_id, {})
        isolated = owned.get(instrument_id)
        if isolated is not None and isolated.margin_mode == MarginMode.ISOLATED:
            equity, unit = isolated.margin, [isolated]
        else:
            key = (int(LedgerKind.TRADING), USDT, 0)
            equity = self._actual.balances.get(account_id, {}).get(key, (0, 0))[0]
            unit = [one for one in owned.values() if one.margin_mode == MarginMode.CROSS]
        maintenance = 0
        for position in unit:
            notional = self._worst_notional(position)
            equity += (notional if position.size > 0 else -notional) - position.cost
            maintenance += maintenance_margin(notional)
        return equity > maintenance

    def _worst_notional(self, position: PositionChanged) -> int:
        """Size times the clean mark, moved by the clamp against the position."""
        terms = TERMS[position.instrument_id]
        at_mark = abs(int(position.size)) * self._reference.marks[position.instrument_id]
        toward = -CLAMP_E8 if position.size > 0 else CLAMP_E8
        return at_mark * terms.unit_value * (E8 + toward) // E8

    def _is_wrongful_trigger(
        self, event: AlgoTriggered, waiting: Waiting, entry: EntryEvents
    ) -> bool:
        algo = waiting.algo
        is_second = event.leg == 1
        watched = (algo.instrument_id, algo.second_trigger_by if is_second else algo.trigger_by)
        span = self._reference.around(watched, second=entry.clock_ms // 1_000)
        if span is None:
            return True
        low, high = span[0] * (E8 - CLAMP_E8), span[1] * (E8 + CLAMP_E8)
        if algo.algo_type == AlgoType.TRAILING:
            least, most = self._reference.extremes(watched, since_seq=waiting.seq) or span
            if algo.side == Side.SELL:
                return low > _trailed(most, algo.callback_e8, algo.callback_ticks, -1, watched[0])
            return high < _trailed(least, algo.callback_e8, algo.callback_ticks, 1, watched[0])
        ticks = algo.second_trigger_price if is_second else algo.trigger_price
        trigger_e8 = ticks * TERMS[algo.instrument_id].tick_size_e8
        if algo.algo_type == AlgoType.OCO:
            is_rising = (algo.side == Side.SELL) != is_second
        else:
            is_rising = trigger_e8 > waiting.first_e8
        if is_rising:
            return high < trigger_e8 * E8
        return low > trigger_e8 * E8

    def _note(self, text: str) -> None:
        if len(self.verdict.examples) < 10:
            self.verdict.examples.append(text)


def _trailed(
    extreme_e8: int, callback_e8: int, callback_ticks: int, way: int, instrument_id: int
) -> int:
    """Where a trailing order fires after this extreme, times 1e8; the clamp widens it too."""
    distance = callback_ticks * TERMS[instrument_id].tick_size_e8 * E8
    if callback_e8:
        distance = extreme_e8 * callback_e8
    return extreme_e8 * (E8 - way * CLAMP_E8) + way * distance


def _moment(entry: EntryEvents) -> int:
    """When the entry was, in ms of the venue's clock."""
    return int(entry.time_ns) // NS_PER_MS


def _is_venue_freeze(event: Event) -> bool:
    return isinstance(event, FreezeChanged) and event.is_frozen and event.index_id == 0
