"""A recording replayed: one recorded source, the others derived and late."""

from __future__ import annotations

from pathlib import Path

from seawall.feeds.updates import OutsideBbo, OutsideTrade, Update
from seawall.simulation.recording import find_recordings
from seawall.simulation.tape import PROFILES, SEAM_PAUSE_MS, TapedInstrument, TapeMarket
from tests.simulation.tapes import touch_line, trade_line, write_tape

E8 = 10**8
LINES = [
    touch_line(0, "100.00", "100.01"),
    trade_line(100, "100.01", 5, lag_ms=2),
    trade_line(200, "100.01", 6, lag_ms=30),
    touch_line(200, "100.00", "100.01"),
    touch_line(300, "110.00", "110.01"),
]


def tape_market(tmp_path: Path, notes: list[str]) -> TapeMarket:
    """A market of the lines above."""
    write_tape(tmp_path / "spot.gz", LINES)
    (recording,) = find_recordings(tmp_path)
    return TapeMarket(
        seed=1,
        origin_ms=1_000_000,
        source_ids=[1, 2, 3, 4, 5, 6, 7],
        instruments=[TapedInstrument(instrument_id=3, symbol="BTCUSDT", recording=recording)],
        note=notes.append,
    )


def of_source(updates: list[Update], source_id: int) -> list[Update]:
    """The updates of one source."""
    return [update for update in updates if update.source_id == source_id]


def test_source_one_says_what_was_recorded(tmp_path: Path) -> None:
    """Prices, sizes and raw lines as they are, at the recorded distance in time."""
    updates = of_source(tape_market(tmp_path, []).advance(300), 1)
    first, last = updates[0], updates[-1]

    assert isinstance(first, OutsideBbo) and isinstance(last, OutsideBbo)
    assert (100 * E8, 10_001_000_000) == (first.bid_e8, first.ask_e8)
    assert (1_000_000, 1_000_300) == (first.receive_ms, last.receive_ms)
    assert LINES[0].split(" ", 1)[1].encode() == first.raw
    assert 3 == first.instrument_id


def test_lag_is_the_excess_over_the_least_lag(tmp_path: Path) -> None:
    """The recorder's clock is not the venue's, so only the excess is known."""
    trades = [
        update
        for update in of_source(tape_market(tmp_path, []).advance(300), 1)
        if isinstance(update, OutsideTrade)
    ]

    assert [0, 28] == [trade.receive_ms - trade.venue_ms for trade in trades]


def test_derived_sources_follow_late_and_close(tmp_path: Path) -> None:
    """Each has its stated lag; its error stays far below a basis point of a real move."""
    market = tape_market(tmp_path, [])
    updates = market.advance(299)
    for place, profile in enumerate(PROFILES):
        first = of_source(updates, place + 2)[0]

        assert isinstance(first, OutsideBbo)
        assert 1_000_000 + profile.lag_ms == first.receive_ms
        assert abs(first.bid_e8 - 100 * E8) < 100 * E8 // 5_000
        assert 1_000_000 == first.ask_e8 - first.bid_e8


def test_derived_sources_do_not_repeat_mere_sizes(tmp_path: Path) -> None:
    """Only prices and trades are followed."""
    updates = of_source(tape_market(tmp_path, []).advance(290), 7)

    assert ["OutsideBbo", "OutsideTrade"] == [type(update).__name__ for update in updates]


def test_the_seam_is_stated_and_trade_ids_go_on(tmp_path: Path) -> None:
    """The step back to the first price is not part of the recording, and the log says so."""
    notes: list[str] = []
    market = tape_market(tmp_path, notes)
    trades = [
        update.trade_id
        for update in of_source(market.advance(600 + SEAM_PAUSE_MS), 1)
        if isinstance(update, OutsideTrade)
    ]

    assert [5, 6, 10**12 + 5, 10**12 + 6] == trades
    assert "end of pass 1 after 5 lines" in notes[0]
    assert "seam: bid steps by -90910 ppm" == notes[1]


def test_small_and_large_steps_of_time_give_the_same(tmp_path: Path) -> None:
    """The pace of the caller is not part of the market."""
    one = tape_market(tmp_path, []).advance(2_000)
    market = tape_market(tmp_path, [])
    many = [update for at_ms in range(0, 2_001, 7) for update in market.advance(at_ms)]
    many += market.advance(2_000)

    assert one == many
