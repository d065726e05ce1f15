"""Commands about prices: what outside sources say. Each returns a RejectReason."""

from typing import Final

from mypy_extensions import i64

from seawall.core.engine.prices import take_observation
from seawall.core.engine.state import State
from seawall.core.model.commands import ObservePrices
from seawall.core.model.events import EventType
from seawall.core.model.limits import NOTIONAL_MAX
from seawall.core.model.rejects import RejectReason

_PRICE_E8_MAX: Final = NOTIONAL_MAX


def observe_prices(state: State, command: ObservePrices) -> i64:
    """Take what a source of an index said; the index judges it."""
    index = state.indices.get(command.index_id)
    is_known = any(source.source_id == command.source_id for source in state.genesis.sources)
    if not is_known or (index is not None and index.source(command.source_id) is None):
        return RejectReason.BAD_SOURCE
    for price in (
        command.bid_e8,
        command.ask_e8,
        command.last_e8,
        command.low_e8,
        command.high_e8,
    ):
        if not (0 <= price <= _PRICE_E8_MAX):
            return RejectReason.BAD_OBSERVATION
    if index is None:
        return RejectReason.UNKNOWN_INDEX

    state.begin_effect()
    take_observation(state, index, command)
    synthetic: i64 = 1 if command.is_synthetic else 0
    state.out.words(
        EventType.PRICES_OBSERVED,
        instrument_id=command.index_id,
        account_id=command.source_id,
        words=[
            command.bid_e8,
            command.ask_e8,
            command.last_e8,
            command.receive_ms,
            synthetic,
        ],
    )
    return RejectReason.NONE
