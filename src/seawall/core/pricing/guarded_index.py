"""The guarded index: what several outside sources say of a price, with a grade (domain 1.2).

Once a second `tick` asks which sources are live, forms a candidate from them, and decides whether
to accept it, to wait for confirmation, or to hold the last value:

    state     | becomes CONFIRM    | becomes HOLD          | becomes NORMAL or DEGRADED
    INIT      | never              | never                 | 10 good ticks in a row
    NORMAL,   | candidate moved    | too few live sources, | stays so while candidates are
    DEGRADED  | too fast           | or they dispute       | within the velocity windows
    CONFIRM   |                    | as above              | the jump stood long enough, or went
              |                    |                       | away for 5 ticks in a row
    HOLD      | 10 good ticks, but |                       | 10 good ticks, and the candidate is
              | far from the value |                       | within

Runs ("in a row") count ticks, times count the clock. Ticks stand at whole seconds. A late tick that
steps over several seconds is one tick: it adds one to a run, and its whole length to times. What it
stepped over has left its windows, so the last accepted value stands in for an empty window, and a
candidate must stay within the one-second velocity of it.

With `is_protected` False (an unsafe genesis) the index is the lowest ask of all sources, always
NORMAL; the detector still speaks, and nobody listens.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.commands import ObservePrices
from seawall.core.model.enums import (
    Detector,
    HoldReason,
    IndexQuality,
    IndexState,
    JumpStep,
    SourceStatus,
)
from seawall.core.model.risk_events import DetectorFired, IndexJumped, SourceStatusChanged
from seawall.core.model.units import E8
from seawall.core.pricing.confirmation import (
    AcceptedValues,
    confirm_ms,
    is_strong_evidence,
)
from seawall.core.pricing.detector import (
    PAUSE_MS,
    RETURN_E8,
    count_outlier,
    counted_sources,
    find_far,
    has_support,
    let_back,
    may_pause,
    put_out,
    review_quarantine,
    watch_return,
)
from seawall.core.pricing.parameters import (
    CONFIRM_SHORT_MS,
    HOLD_SHORT_MS,
    RECOVER_RUN,
    RESUME_RUN,
    IndexParameters,
)
from seawall.core.pricing.reading import Reading, read_sources
from seawall.core.pricing.sources import (
    Source,
    begin_confirming,
    count_updates,
    is_fresh,
    status_now,
    take_sample,
)
from seawall.core.pricing.states import (
    AGREEMENT_MAX_E8,
    NEVER,
    PRICE_MAX_E8,
    Grade,
    Quarantine,
)
from seawall.core.pricing.weighting import distance_e8

SECOND_MS: Final = 1_000
SOURCE_WEIGHT_MAX: Final = 1_000_000
IndexEvent = SourceStatusChanged | IndexJumped | DetectorFired


@final
@mypyc_attr(acyclic=True)
class GuardedIndex:
    """One index and its sources.

    Published after each tick: `value_e8` with its interval `low_e8` to `high_e8` (0 before the
    first), `state`, `reason`, `quality`, `agreement_e8`, `since_ms` (when state and reason began; a
    CONFIRM after a HOLD counts the ten seconds that were seen already), and `pause_until_ms`, until
    when the detector wants mark-driven actions to wait.
    """

    def __init__(
        self,
        *,
        index_id: i64,
        name: bytes,
        parameters: IndexParameters,
        sources: list[Source],
        is_protected: bool,
    ) -> None:
        self.index_id: i64 = index_id
        self.name: bytes = name
        self.parameters: IndexParameters = parameters
        self.sources: list[Source] = sources
        self.is_protected: bool = is_protected
        self.weight_all: int = 0
        for source in sources:
            assert 1 <= source.weight <= SOURCE_WEIGHT_MAX
            self.weight_all += source.weight

        self.value_e8: int = 0
        self.low_e8: int = 0
        self.high_e8: int = 0
        self.state: i64 = IndexState.INIT
        self.reason: i64 = HoldReason.NONE
        self.quality: i64 = IndexQuality.NONE
        self.agreement_e8: int = 0
        self.since_ms: i64 = NEVER
        self.pause_until_ms: i64 = NEVER

        self.second_ms: i64 = NEVER  # of the newest tick
        self.run: i64 = 0  # good ticks in a row: to accept a first value, or to end a hold
        self.hold_ms: i64 = NEVER  # when it was held first since the last accepted value
        self.confirm_ms: i64 = NEVER  # from when the jump's standing counts
        self.rejecting: i64 = 0  # ticks in a row that speak against the jump
        self.candidate_before_e8: int = 0  # at the last tick that spoke for it
        self.is_rise: bool = False
        self.accepted: AcceptedValues = AcceptedValues()
        self.events: list[IndexEvent] = []

    def source(self, source_id: i64) -> Source | None:
        """The constituent of that id, or None."""
        for source in self.sources:
            if source.source_id == source_id:
                return source
        return None

    def observe(
        self,
        clock_ms: i64,
        observation: ObservePrices,
        *,
        conversion_e8: i64,
        conversion_is_normal: bool,
    ) -> bool:
        """Take what a source said; False when it is not one of this index.

        `conversion_e8` turns the source's quote into ours: E8 where they are the same.
        """
        source = self.source(observation.source_id)
        if source is None:
            return False
        take_sample(
            source,
            clock_ms=clock_ms,
            observation=observation,
            conversion_e8=conversion_e8,
            conversion_is_normal=conversion_is_normal,
        )
        return True

    def take_events(self) -> list[IndexEvent]:
        """What happened since this was last asked, in order."""
        events = self.events
        self.events = []
        return events

    def tick(self, clock_ms: i64) -> None:
        """Do what a passed second demands. The clock stands in a later second than at the last
        tick.
        """
        second_ms = clock_ms - clock_ms % SECOND_MS
        assert second_ms > self.second_ms
        self.second_ms = second_ms
        is_confirming = self.state == IndexState.CONFIRM
        for source in self.sources:
            count_updates(source, second_ms, is_confirming=is_confirming)
            review_quarantine(source, second_ms)
            self._set_status(source, status_now(source, self.parameters, clock_ms))
        self.accepted.forget(second_ms)
        self._detect(second_ms)
        if self.is_protected:
            live = counted_sources(self.sources, self.parameters, self.weight_all, clock_ms)
            reading = read_sources(live, self.parameters, self.weight_all)
            self.quality = reading.quality
            self.agreement_e8 = min(reading.agreement_e8, AGREEMENT_MAX_E8)
            self._decide(second_ms, reading)
            self._watch_sources(second_ms, clock_ms, reading)
        else:
            self._believe_lowest(second_ms)

    def override(self, clock_ms: i64, value_e8: i64) -> None:
        """Accept a value that operators set, from 1 to PRICE_MAX_E8. The next tick judges what the
        sources say against it, as after any accepted value.
        """
        assert 1 <= value_e8 <= PRICE_MAX_E8
        second_ms = clock_ms - clock_ms % SECOND_MS
        self.accepted.clear()
        self._accept(second_ms, value_e8, self.quality)

    def quarantine(self, clock_ms: i64, source_id: i64) -> bool:
        """Keep a source out until an operator releases it; False when there is none of that id."""
        source = self.source(source_id)
        if source is None:
            return False
        source.quarantine = Quarantine.OPERATOR
        source.quarantined_ms = clock_ms - clock_ms % SECOND_MS
        source.agrees_ms = NEVER
        self._set_status(source, SourceStatus.QUARANTINED)
        return True

    def release(self, clock_ms: i64, source_id: i64) -> bool:
        """Let a source back in, whoever kept it out, and forget its exclusions; False when there is
        none of that id.
        """
        source = self.source(source_id)
        if source is None:
            return False
        let_back(source)
        source.excluded_ms = []
        self._set_status(source, status_now(source, self.parameters, clock_ms))
        return True

    def grade(self, clock_ms: i64) -> i64:
        """The Grade at this moment: a column of the capability matrix."""
        state = self.state
        if state == IndexState.NORMAL:
            return Grade.NORMAL
        if state == IndexState.DEGRADED:
            return Grade.DEGRADED
        if state == IndexState.CONFIRM:
            is_short = clock_ms - self.since_ms <= CONFIRM_SHORT_MS
            return Grade.CONFIRM_SHORT if is_short else Grade.CONFIRM_LONG
        if state == IndexState.INIT:
            return Grade.NO_INDEX
        if clock_ms - self.hold_ms <= HOLD_SHORT_MS:
            return Grade.HOLD_SHORT
        return Grade.HOLD_STALE if self.reason == HoldReason.STALE else Grade.HOLD_DISPUTED

    # The tick, step by step

    def _set_status(self, source: Source, status: i64) -> None:
        if status != source.status:
            self.events.append(
                SourceStatusChanged(self.index_id, source.source_id, source.status, status)
            )
            source.status = status

    def _detect(self, second_ms: i64) -> None:
        """Find sources far from the others, and under protection keep them out before they count
        in this tick.
        """
        outlier_e8 = self.parameters.outlier_e8
        found = find_far(self.sources, outlier_e8)
        is_good = self.state == IndexState.NORMAL or self.state == IndexState.DEGRADED
        for source in self.sources:
            others_e8 = 0
            for far in found:
                if far.source.source_id == source.source_id:
                    others_e8 = far.others_e8
            if self.is_protected and not (
                is_good and has_support(others_e8, self.value_e8, outlier_e8)
            ):
                others_e8 = 0
            is_new = others_e8 != 0 and not source.is_far
            source.is_far = others_e8 != 0
            if is_new:
                self._fire(source, second_ms, others_e8)

    def _fire(self, source: Source, second_ms: i64, others_e8: i64) -> None:
        self.events.append(
            DetectorFired(
                Detector.SOURCE_FAR_FROM_OTHERS,
                self.index_id,
                source.source_id,
                source.price_e8,
                others_e8,
            )
        )
        if self.is_protected:
            put_out(source, second_ms)
            self._set_status(source, SourceStatus.QUARANTINED)
            if may_pause(source, second_ms):
                self.pause_until_ms = second_ms + PAUSE_MS

    def _decide(self, second_ms: i64, reading: Reading) -> None:
        """The transitions of the table at the top."""
        is_disputed = reading.agreement_e8 > self.parameters.agreement_max_e8
        if reading.quality == IndexQuality.NONE:
            self.run = 0
            self._hold(second_ms, HoldReason.STALE, reading)
        elif self.state == IndexState.INIT:
            self._start(second_ms, reading)
        elif is_disputed:
            self.run = 0
            self._hold(second_ms, HoldReason.DISPUTED, reading)
        elif self.state == IndexState.HOLD:
            self._resume(second_ms, reading)
        elif self._is_within(second_ms, reading):
            self._follow(second_ms, reading)
        else:
            self._confirm(second_ms, reading)

    def _start(self, second_ms: i64, reading: Reading) -> None:
        """Accept a first value after ten ticks in a row of full and strong agreement."""
        is_good = reading.agreement_e8 <= self.parameters.agreement_strong_e8
        self.run = self.run + 1 if is_good and reading.quality == IndexQuality.FULL else 0
        if self.run >= RESUME_RUN:
            self._accept(second_ms, reading.candidate_e8, reading.quality)

    def _resume(self, second_ms: i64, reading: Reading) -> None:
        """Leave a hold after ten good ticks in a row, which count as confirmation when the
        candidate is far from the value.
        """
        self.run += 1
        if self.run < RESUME_RUN:
            self._hold(second_ms, self.reason, reading)
        elif self._is_within(second_ms, reading):
            self.accepted.clear()
            self._accept(second_ms, reading.candidate_e8, reading.quality)
        else:
            from_ms = second_ms - RESUME_RUN * SECOND_MS
            self.run = 0
            self._begin_confirm(from_ms, reading)
            self._judge_jump(second_ms, reading)

    def _follow(self, second_ms: i64, reading: Reading) -> None:
        """Accept a candidate that moved no further than the windows allow. A jump that waited for
        confirmation is rejected by five such ticks in a row.
        """
        if self.state == IndexState.CONFIRM:
            self.rejecting += 1
            if self.rejecting < RECOVER_RUN:
                self._span(reading.candidate_e8)
                return
            self._tell_jump(JumpStep.REJECTED, reading.candidate_e8)
        self._accept(second_ms, reading.candidate_e8, reading.quality)

    def _confirm(self, second_ms: i64, reading: Reading) -> None:
        """Wait for a jump to stand long enough; one that moves on, or turns, starts anew."""
        candidate = reading.candidate_e8
        if self.state != IndexState.CONFIRM:
            self._begin_confirm(second_ms, reading)
        else:
            is_rise = candidate > self.value_e8
            moved = distance_e8(candidate, self.candidate_before_e8)
            if moved > self.parameters.step_e8 or is_rise != self.is_rise:
                self._tell_jump(JumpStep.RESTARTED, candidate)
                self._count_from(second_ms)
            self.candidate_before_e8 = candidate
            self.is_rise = is_rise
        self._judge_jump(second_ms, reading)

    def _begin_confirm(self, from_ms: i64, reading: Reading) -> None:
        self.state = IndexState.CONFIRM
        self.reason = HoldReason.NONE
        self.since_ms = from_ms
        self.candidate_before_e8 = reading.candidate_e8
        self.is_rise = reading.candidate_e8 > self.value_e8
        self._count_from(from_ms)
        self._tell_jump(JumpStep.STARTED, reading.candidate_e8)

    def _count_from(self, from_ms: i64) -> None:
        self.confirm_ms = from_ms
        for source in self.sources:
            begin_confirming(source, from_ms)

    def _judge_jump(self, second_ms: i64, reading: Reading) -> None:
        """Accept the jump when it has stood as long as its size and evidence demand."""
        candidate = reading.candidate_e8
        self.rejecting = 0
        self._span(candidate)
        stood_ms = second_ms - self.confirm_ms
        jump_e8 = E8 - self.low_e8 * E8 // self.high_e8
        is_strong = is_strong_evidence(
            reading,
            self.parameters,
            value_e8=self.value_e8,
            weight_all=self.weight_all,
            jump_e8=jump_e8,
            stood_ms=stood_ms,
        )
        needed_ms = confirm_ms(self.parameters, jump_e8, is_strong=is_strong)
        if needed_ms > 0 and stood_ms >= needed_ms:
            self._tell_jump(JumpStep.CONFIRMED, candidate)
            self.accepted.clear()
            self._accept(second_ms, candidate, reading.quality)

    def _is_within(self, second_ms: i64, reading: Reading) -> bool:
        return self.accepted.is_within(
            reading.candidate_e8, self.parameters, second_ms=second_ms, value_e8=self.value_e8
        )

    def _accept(self, second_ms: i64, value_e8: int, quality: i64) -> None:
        is_full = quality == IndexQuality.FULL
        self._enter(second_ms, IndexState.NORMAL if is_full else IndexState.DEGRADED)
        self.value_e8 = value_e8
        self._span(value_e8)
        self.run = 0
        self.rejecting = 0
        self.hold_ms = NEVER
        self.confirm_ms = NEVER
        self.candidate_before_e8 = 0
        self.is_rise = False
        self.accepted.add(second_ms, value_e8)

    def _hold(self, second_ms: i64, reason: i64, reading: Reading) -> None:
        """Keep the last value. While sources dispute, the interval is what they say: together with
        the value for the first 30 seconds, alone after them. Without any value there is nothing to
        hold.
        """
        if self.state == IndexState.INIT:
            return
        if self.hold_ms == NEVER:
            self.hold_ms = second_ms
        if self.state != IndexState.HOLD or self.reason != reason:
            self._enter(second_ms, IndexState.HOLD)
            self.reason = reason
            self.since_ms = second_ms
            self.confirm_ms = NEVER
            self.rejecting = 0
            self.candidate_before_e8 = 0
            self.is_rise = False
        self._span(self.value_e8)
        if reason == HoldReason.DISPUTED and reading.quality != IndexQuality.NONE:
            self.low_e8 = reading.first_quartile_e8
            self.high_e8 = reading.third_quartile_e8
            if second_ms - self.hold_ms < HOLD_SHORT_MS:
                self.low_e8 = min(self.low_e8, self.value_e8)
                self.high_e8 = max(self.high_e8, self.value_e8)

    def _enter(self, second_ms: i64, state: i64) -> None:
        if state != self.state:
            self.state = state
            self.reason = HoldReason.NONE
            self.since_ms = second_ms

    def _span(self, other_e8: int) -> None:
        """Publish the interval from the value to another price."""
        self.low_e8 = min(self.value_e8, other_e8)
        self.high_e8 = max(self.value_e8, other_e8)

    def _tell_jump(self, step: i64, candidate_e8: i64) -> None:
        self.events.append(IndexJumped(self.index_id, step, self.value_e8, candidate_e8))

    def _watch_sources(self, second_ms: i64, clock_ms: i64, reading: Reading) -> None:
        """After a value was accepted: count who was far from it, and see who of those kept out
        agrees with it again. An index that is not good is no measure for its sources.
        """
        is_good = self.state == IndexState.NORMAL or self.state == IndexState.DEGRADED
        for source in self.sources:
            if source.quarantine == Quarantine.DETECTOR:
                is_near = (
                    is_good
                    and is_fresh(source, self.parameters, clock_ms)
                    and distance_e8(source.price_e8, self.value_e8) <= RETURN_E8
                )
                watch_return(source, is_near=is_near, second_ms=second_ms)
        if not is_good:
            return
        for source in reading.live:
            if source.quarantine == Quarantine.NONE:
                is_outlier = source not in reading.inside
                count_outlier(source, is_outlier=is_outlier, second_ms=second_ms)
                self._set_status(source, status_now(source, self.parameters, clock_ms))

    def _believe_lowest(self, second_ms: i64) -> None:
        """The index without protections: the lowest of what each source offered last, however long
        ago.
        """
        lowest = 0
        for source in self.sources:
            if source.offered_e8 > 0 and source.quarantine != Quarantine.OPERATOR:
                lowest = source.offered_e8 if lowest == 0 else min(lowest, source.offered_e8)
        if lowest > 0:
            self.accepted.clear()
            self.quality = IndexQuality.FULL
            self._accept(second_ms, lowest, IndexQuality.FULL)
