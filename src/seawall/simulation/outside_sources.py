"""The sources of a simulated venue: recordings where there are any, else the generated market."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from seawall.core.model.enums import InstrumentKind
from seawall.core.model.genesis import Genesis
from seawall.core.model.instruments import Instrument
from seawall.feeds.updates import Source
from seawall.simulation.generator import (
    LEVELS_E8,
    PROFILES,
    GeneratedMarket,
    OutsideInstrument,
    OutsideVenue,
)
from seawall.simulation.paced import PacedSource
from seawall.simulation.recording import find_recordings
from seawall.simulation.tape import TapedInstrument, TapeMarket


def outside_sources(
    genesis: Genesis,
    *,
    seed: int,
    tape: Path | None,
    origin_ms: int,
    note: Callable[[str], None],
    levels_e8: Mapping[str, int] = LEVELS_E8,
) -> list[Source]:
    """The outside venues: generated, or a recording where it speaks of an instrument.

    levels_e8: where the generated prices begin, unless they go with a recording.

    Raises BadConfiguration for a bad tape.
    """
    source_ids = [source.source_id for source in genesis.sources][: len(PROFILES)]
    if not source_ids or not genesis.instruments:
        return []
    taped = [] if tape is None else _taped(genesis, tape, source_ids[0], note)
    sources: list[Source] = []
    taped_ids = {instrument.instrument_id for instrument in taped}
    if taped:
        taped_market = TapeMarket(
            seed=seed,
            origin_ms=origin_ms,
            source_ids=source_ids,
            instruments=taped,
            note=note,
        )
        sources.append(PacedSource(taped_market, monotonic_ms=_monotonic_ms))
    generated = [
        OutsideInstrument(instrument_id=instrument_id, name=name)
        for instrument_id, name in market_names(genesis).items()
        if instrument_id not in taped_ids
    ]
    if generated:
        market = GeneratedMarket(
            seed=seed,
            origin_ms=origin_ms,
            venues=[
                OutsideVenue(source_id=source_id, name=str(source_id)) for source_id in source_ids
            ],
            instruments=generated,
            levels_e8=_levels_beside(taped, levels_e8),
        )
        sources.append(PacedSource(market, monotonic_ms=_monotonic_ms))
    return sources


def market_names(genesis: Genesis) -> dict[int, str]:
    """The outside markets that the venue's instruments follow, each by the id of one instrument:
    spot instruments by themselves, and swaps whose index no spot instrument is named after.
    """
    names = {one.instrument_id: name for one, name in _followed(genesis) if name == one.name}
    for one, name in _followed(genesis):
        if name not in names.values():
            names[one.instrument_id] = name
    return {instrument_id: name.decode("ascii") for instrument_id, name in names.items()}


def followed_markets(genesis: Genesis) -> dict[int, str]:
    """For each instrument the name of its outside market: of a swap that of its index."""
    return {one.instrument_id: name.decode("ascii") for one, name in _followed(genesis)}


def _followed(genesis: Genesis) -> list[tuple[Instrument, bytes]]:
    index_names = {index.index_id: index.name for index in genesis.indices}
    return [
        (one, index_names[one.index_id] if one.kind == InstrumentKind.SWAP else one.name)
        for one in genesis.instruments
    ]


def indices_by_instrument(genesis: Genesis) -> dict[int, int]:
    """For each index the one instrument whose outside market it follows: that of its name, else
    the first that is priced by it.
    """
    found = {}
    markets = market_names(genesis)
    for index in genesis.indices:
        name = index.name.decode("ascii")
        named = [instrument_id for instrument_id, market in markets.items() if market == name]
        priced = [
            one.instrument_id for one in genesis.instruments if one.index_id == index.index_id
        ]
        for instrument_id in (named or priced)[:1]:
            found[instrument_id] = index.index_id
    return found


def _taped(
    genesis: Genesis, tape: Path, source_id: int, note: Callable[[str], None]
) -> list[TapedInstrument]:
    """The instruments of which a recording speaks."""
    found = []
    for recording in find_recordings(tape):
        for instrument_id, name in market_names(genesis).items():
            symbol = name.replace("-", "")
            if symbol in recording.symbols:
                found.append(
                    TapedInstrument(instrument_id=instrument_id, symbol=symbol, recording=recording)
                )
                note(f"{name}: source {source_id} is the recording {recording.path.name}")
    return found


def _levels_beside(
    taped: Sequence[TapedInstrument], levels_e8: Mapping[str, int]
) -> Mapping[str, int]:
    """Price levels that go with a tape of BTC: all move by its factor, so crosses still agree."""
    for instrument in taped:
        if instrument.symbol == "BTCUSDT":
            recorded = instrument.recording.symbols[instrument.symbol]
            return {
                asset: level * recorded // LEVELS_E8["BTC"] for asset, level in LEVELS_E8.items()
            }
    return levels_e8


def _monotonic_ms() -> int:
    return time.monotonic_ns() // 1_000_000
