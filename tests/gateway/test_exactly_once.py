"""Over links that break at the worst moments, nothing is lost, nothing happens twice, nobody is
lied to.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest

from seawall.core.model.batch import read_batch_header
from seawall.core.model.event_reader import read_entries
from seawall.core.model.order_events import OrderAccepted
from seawall.gateway import Gateway, OrderView, Outcome, OutcomeStatus
from seawall.journal.link import EngineLink
from tests.gateway.desk import (
    APPLY,
    APPLY_TWICE,
    LOSE_AFTER,
    LOSE_BEFORE,
    REFUSE,
    TELL_TWICE,
    FaultyDesk,
    Ledger,
)
from tests.gateway.venue import PEOPLE, WallClock, cancel, limit, new_gateway

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(90)]

FAULTS = (APPLY, LOSE_BEFORE, LOSE_AFTER, APPLY_TWICE, TELL_TWICE, REFUSE)


class World:
    """A gateway behind a real link to a desk that makes faults."""

    def __init__(self, faults: list[int]) -> None:
        self.ledger = Ledger()
        self.faults = faults
        self.desk = FaultyDesk(self.ledger, self._next_fault)
        self.gateway: Gateway = new_gateway(WallClock())
        self.link = EngineLink(
            self.desk.listener.open_channel,
            on_events=self.gateway.on_events,
            on_refused=self.gateway.on_refused,
            on_lost=self.gateway.on_lost,
            on_regained=self.gateway.on_regained,
        )

    def _next_fault(self) -> int:
        return self.faults.pop(0) if self.faults else APPLY

    async def start(self) -> None:
        engine = self.ledger.engine
        self.gateway.describe(engine.describe(), seq=engine.seq)
        await self.link.connect()
        await self.gateway.start(self.link)

    async def close(self) -> None:
        await self.link.close()
        await self.desk.listener.close()

    def accepted(self) -> Counter[bytes]:
        """How often each client id became an order in the journal."""
        return Counter(
            event.client_id.rstrip(b"\0")
            for frame in self.ledger.frames
            for entry in read_entries(frame.events)
            for event in entry.events
            if isinstance(event, OrderAccepted)
        )


@pytest.mark.parametrize("fault", FAULTS)
async def test_one_fault_at_a_time_neither_loses_nor_doubles_an_order(fault: int) -> None:
    world = World([fault])
    await world.start()
    try:
        (outcome,) = await asyncio.wait_for(
            world.gateway.place([limit(1, client_id=b"only")]), timeout=10
        )
    finally:
        await world.close()

    if fault == REFUSE:
        assert outcome.status is OutcomeStatus.NOT_ACCEPTED
        assert world.accepted() == Counter()
    else:
        assert outcome.status is OutcomeStatus.EXECUTED
        assert world.accepted() == Counter({b"only": 1})
        assert isinstance(world.gateway.outcome_of(1, b"only"), OrderView)


async def test_a_batch_in_doubt_is_sent_again_byte_for_byte() -> None:
    world = World([LOSE_BEFORE, LOSE_BEFORE])
    await world.start()
    try:
        await asyncio.wait_for(world.gateway.place([limit(1, client_id=b"a")]), timeout=10)
    finally:
        await world.close()

    ours = [data for data in world.ledger.batches if read_batch_header(data, 0).publisher_id == 2]
    assert len(ours) == 1
    assert world.ledger.engine.last_batch(2) == (1, 1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
async def test_what_clients_were_told_is_what_the_journal_says(seed: int) -> None:
    """Random faults under random traffic; every outcome is compared with the journal."""
    chance = random.Random(seed)
    faults = [chance.choice(FAULTS) if chance.getrandbits(2) == 0 else APPLY for _ in range(120)]
    world = World(faults)
    await world.start()
    told: dict[bytes, Outcome] = {}

    async def trade(account_id: int) -> None:
        chance = random.Random(seed * 10 + account_id)
        open_ids: list[int] = []
        for index in range(30):
            client_id = b"s%da%di%d" % (seed, account_id, index)
            if open_ids and chance.getrandbits(1):
                order_id = open_ids.pop(chance.randrange(len(open_ids)))
                await world.gateway.cancel([cancel(account_id, order_id)])
            side = chance.getrandbits(1)
            price = 100 - 5 * chance.randrange(3) if side == 0 else 100 + 5 * chance.randrange(3)
            (outcome,) = await world.gateway.place(
                [limit(account_id, side, price, client_id=client_id)]
            )
            told[client_id] = outcome
            if outcome.status is OutcomeStatus.EXECUTED:
                open_ids.append(outcome.order_id)

    try:
        async with asyncio.timeout(60):
            await asyncio.gather(*(trade(account_id) for account_id in PEOPLE))
    finally:
        await world.close()

    accepted = world.accepted()
    assert set(accepted.values()) == {1}
    executed = {one for one, outcome in told.items() if outcome.status is OutcomeStatus.EXECUTED}
    assert executed == set(accepted)
    assert world.gateway.applied_seq == world.ledger.engine.seq
    assert not world.faults or len(told) == 120
    assert world.ledger.engine.ledger_faults() == []
