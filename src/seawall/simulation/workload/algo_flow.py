"""Algo orders placed and cancelled. Their triggers stand further away than prices go while a
workload lasts: they are watched at every trade and in every tick, and none fires.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from seawall.core.model.commands import CancelAlgo, PlaceAlgo
from seawall.core.model.enums import AlgoType, Side, TriggerPrice
from seawall.core.model.ids import order_id_of
from seawall.simulation.draws import MILLION, Draws
from seawall.simulation.workload.genesis import margin_mode_of

_OCO_PPM: Final = 200_000
_TRAILING_PPM: Final = 100_000
_NEAR: Final = 2_000  # ticks from the fair price at least: 2 %
_REACH: Final = 8_000
_CALLBACK_E8: Final = 10_000_000  # 10 %
_LOTS_MAX: Final = 100


@dataclass(frozen=True, kw_only=True)
class _Waiting:
    algo_id: int
    account_id: int
    instrument_id: int


class AlgoFlow:
    """Writes algo orders for the swaps of a venue, and knows which wait."""

    def __init__(self, draws: Draws, *, accounts: int) -> None:
        self._draws = draws
        self._accounts = accounts
        self._waiting: list[_Waiting] = []

    def place(self, *, seq: int, instrument_id: int, fair: int) -> PlaceAlgo:
        """Most wait for one price, some for one of two, some trail."""
        draws = self._draws
        account_id = 1 + draws.below(self._accounts)
        self._waiting.append(
            _Waiting(
                algo_id=order_id_of(shard=0, seq=seq, counter=0),
                account_id=account_id,
                instrument_id=instrument_id,
            )
        )
        is_rise = draws.sign() > 0
        away = _NEAR + draws.below(_REACH)
        made = PlaceAlgo(
            account_id=account_id,
            instrument_id=instrument_id,
            algo_type=AlgoType.TRIGGER,
            side=Side.BUY if draws.sign() > 0 else Side.SELL,
            quantity=1 + draws.below(_LOTS_MAX),
            margin_mode=margin_mode_of(account_id),
            reduce_only=False,
            trigger_by=(TriggerPrice.LAST, TriggerPrice.MARK, TriggerPrice.INDEX)[draws.below(3)],
        )
        kind = draws.below(MILLION)
        if kind < _TRAILING_PPM:
            made.algo_type = AlgoType.TRAILING
            made.callback_e8 = _CALLBACK_E8
            return made
        made.trigger_price = fair + away if is_rise else fair - away
        if kind < _TRAILING_PPM + _OCO_PPM:
            made.algo_type = AlgoType.OCO
            made.second_trigger_price = fair - away if is_rise else fair + away
            made.second_trigger_by = made.trigger_by
        return made

    def cancel(self) -> CancelAlgo:
        """Any of those that wait."""
        place = self._draws.below(len(self._waiting))
        ended = self._waiting[place]
        self._waiting[place] = self._waiting[-1]
        del self._waiting[-1]
        return CancelAlgo(
            account_id=ended.account_id,
            instrument_id=ended.instrument_id,
            algo_id=ended.algo_id,
        )
