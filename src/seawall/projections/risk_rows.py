"""Events of swaps into rows: positions, funding, liquidations, algo orders."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias, final

from seawall.core.model.codec import unpadded
from seawall.core.model.repair_events import AlgoRearmed
from seawall.core.model.risk_events import (
    AlgoAccepted,
    AlgoCancelled,
    AlgoTriggered,
    FundingPaid,
    FundingSettled,
    LiquidationStepped,
    PositionChanged,
    PositionDeleveraged,
    PositionTakenOver,
    RiskEventType,
)
from seawall.projections.tables import AlgoStage

Row: TypeAlias = dict[str, Any]
# event, seq, position within the entry, time_ns
Taker: TypeAlias = Callable[[Any, int, int, int], None]

NS_PER_MS: Final = 1_000_000


@final
class RiskRows:
    """The rows of a run of entries, as far as swaps and triggers make them.

    asset_of: the settlement asset of an instrument.
    """

    def __init__(self, asset_of: Callable[[int], int]) -> None:
        self._asset_of = asset_of
        self.positions: dict[tuple[int, int], Row] = {}
        self.funding_rounds: list[Row] = []
        self.liquidations: list[Row] = []
        self.payments: list[Row] = []  # funding, as account events
        self.algos: dict[int, Row] = {}
        self.algo_ends: dict[int, Row] = {}  # of algo orders that were there before
        self._takers: dict[type, Taker] = {
            PositionChanged: self._on_position,
            FundingSettled: self._on_funding_settled,
            FundingPaid: self._on_funding_paid,
            LiquidationStepped: self._on_liquidation,
            PositionTakenOver: self._on_takeover,
            PositionDeleveraged: self._on_deleveraged,
            AlgoAccepted: self._on_algo_accepted,
            AlgoRearmed: self._on_algo_rearmed,
            AlgoTriggered: self._on_algo_triggered,
            AlgoCancelled: self._on_algo_cancelled,
        }

    def add(self, event: object, *, seq: int, position: int, time_ns: int) -> bool:
        """Fold in one event; False when it makes no row here."""
        taker = self._takers.get(type(event))
        if taker is None:
            return False
        taker(event, seq, position, time_ns)
        return True

    def _on_position(self, event: PositionChanged, seq: int, _position: int, _ns: int) -> None:
        self.positions[(event.account_id, event.instrument_id)] = {
            "account_id": event.account_id,
            "instrument_id": event.instrument_id,
            "size": event.size,
            "cost": event.cost,
            "margin_mode": event.margin_mode,
            "lever": event.lever,
            "margin": event.margin,
            "realised": event.realised,
            "fees": event.fees,
            "funding": event.funding,
            "opened_ms": event.opened_ms,
            "seq": seq,
        }

    def _on_funding_settled(
        self, event: FundingSettled, _seq: int, _position: int, time_ns: int
    ) -> None:
        self.funding_rounds.append(
            {
                "instrument_id": event.instrument_id,
                "time_ms": time_ns // NS_PER_MS,
                "rate_e8": event.rate_e8,
                "mark": event.mark,
                "next_ms": event.next_ms,
            }
        )

    def _on_funding_paid(self, event: FundingPaid, seq: int, position: int, time_ns: int) -> None:
        self.payments.append(
            {
                "seq": seq,
                "position": position,
                "account_id": event.account_id,
                "event_type": RiskEventType.FUNDING_PAID,
                "asset_id": self._asset_of(event.instrument_id),
                "amount": event.amount,
                "detail": event.instrument_id,
                "reference": b"",
                "time_ns": time_ns,
            }
        )

    def _on_liquidation(
        self, event: LiquidationStepped, seq: int, position: int, time_ns: int
    ) -> None:
        self._put_liquidation(
            event,
            RiskEventType.LIQUIDATION_STEPPED,
            seq,
            position,
            time_ns,
            phase=event.phase,
            episode=event.episode,
            step=event.step,
            quantity=event.quantity,
            price=event.limit_price,
            mark=event.mark,
            equity=event.equity,
            maintenance=event.maintenance,
        )

    def _on_takeover(self, event: PositionTakenOver, seq: int, position: int, time_ns: int) -> None:
        self._put_liquidation(
            event,
            RiskEventType.POSITION_TAKEN_OVER,
            seq,
            position,
            time_ns,
            quantity=event.size,
            price=event.price,
            equity=event.equity,
        )

    def _on_deleveraged(
        self, event: PositionDeleveraged, seq: int, position: int, time_ns: int
    ) -> None:
        self._put_liquidation(
            event,
            RiskEventType.POSITION_DELEVERAGED,
            seq,
            position,
            time_ns,
            quantity=event.quantity,
            price=event.price,
            equity=event.realised,
        )

    def _put_liquidation(
        self,
        event: LiquidationStepped | PositionTakenOver | PositionDeleveraged,
        event_type: int,
        seq: int,
        position: int,
        time_ns: int,
        **known: int,
    ) -> None:
        numbers = ("phase", "episode", "step", "quantity", "price", "mark", "equity", "maintenance")
        self.liquidations.append(
            {
                "seq": seq,
                "position": position,
                "account_id": event.account_id,
                "instrument_id": event.instrument_id,
                "event_type": event_type,
                "time_ns": time_ns,
                **dict.fromkeys(numbers, 0),
                **known,
            }
        )

    def _on_algo_accepted(
        self, event: AlgoAccepted, _seq: int, _position: int, time_ns: int
    ) -> None:
        self.algos[event.algo_id] = {
            "algo_id": event.algo_id,
            "account_id": event.account_id,
            "instrument_id": event.instrument_id,
            "algo_type": event.algo_type,
            "side": event.side,
            "quantity": event.quantity,
            "margin_mode": event.margin_mode,
            "reduce_only": int(event.reduce_only),
            "self_trade_prevention": event.self_trade_prevention,
            "trigger_price": event.trigger_price,
            "trigger_by": event.trigger_by,
            "order_price": event.order_price,
            "second_trigger_price": event.second_trigger_price,
            "second_trigger_by": event.second_trigger_by,
            "second_order_price": event.second_order_price,
            "callback_e8": event.callback_e8,
            "callback_ticks": event.callback_ticks,
            "active_price": event.active_price,
            "client_id": unpadded(event.client_id),
            "tag": unpadded(event.tag),
            "state": AlgoStage.LIVE,
            "fired_leg": -1,
            "fired_e8": 0,
            "order_id": 0,
            "reason": 0,
            "created_ns": time_ns,
            "updated_ns": time_ns,
        }

    def _on_algo_rearmed(self, event: AlgoRearmed, _seq: int, _position: int, time_ns: int) -> None:
        self._end_algo(
            event.algo_id,
            state=AlgoStage.LIVE,
            fired_leg=-1,
            fired_e8=0,
            order_id=0,
            reason=0,
            updated_ns=time_ns,
        )

    def _on_algo_triggered(
        self, event: AlgoTriggered, _seq: int, _position: int, time_ns: int
    ) -> None:
        self._end_algo(
            event.algo_id,
            state=AlgoStage.FAILED if event.order_id == 0 else AlgoStage.EFFECTIVE,
            fired_leg=event.leg,
            fired_e8=event.price_e8,
            order_id=event.order_id,
            reason=event.reason,
            updated_ns=time_ns,
        )

    def _on_algo_cancelled(
        self, event: AlgoCancelled, _seq: int, _position: int, time_ns: int
    ) -> None:
        self._end_algo(
            event.algo_id,
            state=AlgoStage.CANCELLED,
            fired_leg=-1,
            fired_e8=0,
            order_id=0,
            reason=event.reason,
            updated_ns=time_ns,
        )

    def _end_algo(self, algo_id: int, **end: int) -> None:
        new = self.algos.get(algo_id)
        if new is not None:
            new.update(end)
        else:
            self.algo_ends[algo_id] = {"of_algo": algo_id} | {
                f"new_{name}": value for name, value in end.items()
            }
