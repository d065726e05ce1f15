"""The canonical state of an index as words: equal states have equal bytes, and an index that reads
them goes on as the one that wrote them.

Configuration (parameters, weights, domains, conversions) is not written: the genesis has it. What
happened must have been taken out before, for events belong to the entry that made them.
"""

from typing import Final

from mypy_extensions import i64

from seawall.core.model.codec import WORD, Writer, read_word, write_word
from seawall.core.pricing.confirmation import AcceptedValues
from seawall.core.pricing.guarded_index import GuardedIndex
from seawall.core.pricing.sources import Source

_INDEX_WORDS: Final = 17
_SOURCE_WORDS: Final = 22
_FAR: Final = 1
_OUTLIER: Final = 2


def write_index_state(out: Writer, index: GuardedIndex) -> None:
    """Write everything that decides what the index will do."""
    assert len(index.events) == 0
    for word in (
        index.index_id,
        index.value_e8,
        index.low_e8,
        index.high_e8,
        index.state,
        index.reason,
        index.quality,
        index.agreement_e8,
        index.since_ms,
        index.pause_until_ms,
        index.second_ms,
        index.run,
        index.hold_ms,
        index.confirm_ms,
        index.rejecting,
        index.candidate_before_e8,
        1 if index.is_rise else 0,
    ):
        write_word(out, word)
    values: list[i64] = []
    for value in index.accepted.values_e8:
        values.append(value)
    _write_pairs(out, index.accepted.times_ms, values)
    write_word(out, len(index.sources))
    for source in index.sources:
        _write_source(out, source)


def _write_source(out: Writer, source: Source) -> None:
    marks = (_FAR if source.is_far else 0) | (_OUTLIER if source.is_outlier else 0)
    for word in (
        source.source_id,
        source.bid_e8,
        source.ask_e8,
        source.last_e8,
        source.trade_id,
        source.venue_ms,
        source.receive_ms,
        source.price_e8,
        source.seen_ms,
        source.changed_ms,
        source.invalid_reason,
        source.offered_e8,
        source.status,
        source.updates_new,
        source.updates_confirming,
        source.quarantine,
        source.quarantined_ms,
        source.agrees_ms,
        source.paused_ms,
        marks,
        len(source.recent_ms),
        len(source.excluded_ms),
    ):
        write_word(out, word)
    for place, time_ms in enumerate(source.recent_ms):
        write_word(out, time_ms)
        write_word(out, source.recent_updates[place])
    for time_ms in source.excluded_ms:
        write_word(out, time_ms)


def _write_pairs(out: Writer, times_ms: list[i64], values: list[i64]) -> None:
    write_word(out, len(times_ms))
    for place, time_ms in enumerate(times_ms):
        write_word(out, time_ms)
        write_word(out, values[place])


def read_index_state(index: GuardedIndex, data: bytes, start: i64) -> i64:
    """Fill a new index of the same definition; returns where its bytes end."""
    words = [read_word(data, start + place * WORD) for place in range(_INDEX_WORDS)]
    assert words[0] == index.index_id
    index.value_e8 = words[1]
    index.low_e8 = words[2]
    index.high_e8 = words[3]
    index.state = words[4]
    index.reason = words[5]
    index.quality = words[6]
    index.agreement_e8 = words[7]
    index.since_ms = words[8]
    index.pause_until_ms = words[9]
    index.second_ms = words[10]
    index.run = words[11]
    index.hold_ms = words[12]
    index.confirm_ms = words[13]
    index.rejecting = words[14]
    index.candidate_before_e8 = words[15]
    index.is_rise = words[16] != 0
    at = start + _INDEX_WORDS * WORD
    count = read_word(data, at)
    at += WORD
    index.accepted = AcceptedValues()
    for _ in range(count):
        index.accepted.add(read_word(data, at), read_word(data, at + WORD))
        at += 2 * WORD
    assert read_word(data, at) == len(index.sources)
    at += WORD
    for source in index.sources:
        at = _read_source(source, data, at)
    return at


def _read_source(source: Source, data: bytes, start: i64) -> i64:
    words = [read_word(data, start + place * WORD) for place in range(_SOURCE_WORDS)]
    assert words[0] == source.source_id
    source.bid_e8 = words[1]
    source.ask_e8 = words[2]
    source.last_e8 = words[3]
    source.trade_id = words[4]
    source.venue_ms = words[5]
    source.receive_ms = words[6]
    source.price_e8 = words[7]
    source.seen_ms = words[8]
    source.changed_ms = words[9]
    source.invalid_reason = words[10]
    source.offered_e8 = words[11]
    source.status = words[12]
    source.updates_new = words[13]
    source.updates_confirming = words[14]
    source.quarantine = words[15]
    source.quarantined_ms = words[16]
    source.agrees_ms = words[17]
    source.paused_ms = words[18]
    source.is_far = words[19] & _FAR != 0
    source.is_outlier = words[19] & _OUTLIER != 0
    at = start + _SOURCE_WORDS * WORD
    for _ in range(words[20]):
        source.recent_ms.append(read_word(data, at))
        source.recent_updates.append(read_word(data, at + WORD))
        at += 2 * WORD
    for _ in range(words[21]):
        source.excluded_ms.append(read_word(data, at))
        at += WORD
    return at
