"""An algo order that a repair gives back waits again, and is ended no longer."""

from __future__ import annotations

import dataclasses

from seawall.core.model.repair_events import AlgoRearmed
from seawall.core.model.risk_events import AlgoAccepted, AlgoTriggered
from seawall.gateway.algo_maps import AlgoMaps

ACCEPTED = AlgoAccepted(
    algo_id=9,
    account_id=1,
    instrument_id=2,
    algo_type=0,
    side=1,
    quantity=5,
    margin_mode=1,
    reduce_only=True,
    self_trade_prevention=0,
    trigger_price=90,
    trigger_by=1,
    order_price=0,
    second_trigger_price=0,
    second_trigger_by=0,
    second_order_price=0,
    callback_e8=0,
    callback_ticks=0,
    active_price=0,
    client_id=b"mine".ljust(32, b"\0"),
    tag=b"",
)
TRIGGERED = AlgoTriggered(
    algo_id=9, account_id=1, instrument_id=2, leg=0, price_e8=90, order_id=7, reason=0
)
REARMED = AlgoRearmed(**dataclasses.asdict(ACCEPTED))


class NoInstruments:
    """A venue whose instruments nobody has told yet."""

    def instrument(self, _instrument_id: int) -> None:
        """None."""


def test_a_rearmed_algo_order_waits_again() -> None:
    """With its terms, its id and its owner's name for it."""
    maps = AlgoMaps(NoInstruments())
    handlers = maps.handlers()
    for number, event in enumerate((ACCEPTED, TRIGGERED)):
        handlers[type(event)](event, number, number)
    assert (len(maps.waiting(1)), len(maps.ended(1))) == (0, 1)
    handlers[AlgoRearmed](REARMED, 3, 3)

    assert [one.algo_id for one in maps.waiting(1)] == [9]
    assert maps.ended(1) == []
    assert maps.algo_by_client_id(1, b"mine") == maps.waiting(1)[0]
    handlers[AlgoTriggered](TRIGGERED, 4, 4)
    assert (len(maps.waiting(1)), len(maps.ended(1))) == (0, 1)


def test_one_that_nobody_remembers_waits_too() -> None:
    """The map may have begun after it had ended."""
    maps = AlgoMaps(NoInstruments())
    maps.handlers()[AlgoRearmed](REARMED, 3, 3)

    assert [one.algo_id for one in maps.waiting(1)] == [9]
