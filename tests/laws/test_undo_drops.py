"""Law 10: to drop more of what bad sources said never liquidates somebody who is healthy on the
clean tape.

Healthy (the drill's measure): the equity at the clean world's marks, each moved against the trader
by as much as the guarded index moves when sources are missing, covers the maintenance margin.
"""

from __future__ import annotations

import pytest

from seawall.core.engine import open_engine
from seawall.core.engine.state import Account, State
from seawall.core.model.enums import LiquidationPhase, MarginMode
from seawall.core.model.event_reader import read_entries
from seawall.core.model.limits import ACCOUNT_ID_SYSTEM
from seawall.core.model.risk_events import LiquidationStepped
from tests.laws.undo_venue import BIG, SMALL, SWAPS, USDT
from tests.laws.undo_worlds import UndoWorld, undo_world
from tests.laws.worlds import Draw, seeds

CLAMP_E4 = {BIG: 50, SMALL: 200}  # ten thousandths: C of the tier; of the last tier that of alt's
BEGUN = (LiquidationPhase.CANCEL, LiquidationPhase.TAKEOVER)


def clean_marks(world: UndoWorld) -> list[dict[int, int]]:
    """The marks of the clean world after each batch."""
    engine = open_engine(world.genesis)
    found = []
    for batch in world.clean:
        engine.apply_many(batch)
        markets = engine.state.markets
        found.append({one: int(markets[one].swap.mark) for one in SWAPS})
    return found


def is_healthy(state: State, account: Account, marks: dict[int, int], where: int) -> bool:
    """Of the cross unit (where 0) or of one isolated position."""
    equity = maintenance = 0
    if where == 0:
        equity = int(state.trading_account(account, USDT).balance)
    for position in account.positions:
        is_isolated = position.margin_mode == MarginMode.ISOLATED
        instrument_id = int(position.instrument_id)
        if position.size == 0 or is_isolated != (where != 0) or where not in (0, instrument_id):
            continue
        market = state.markets[instrument_id]
        against = -1 if position.size > 0 else 1
        mark = marks[instrument_id] * (10_000 + against * CLAMP_E4[instrument_id]) // 10_000
        value = int(position.size) * mark * int(market.instrument.unit_value)
        equity += value - int(position.cost)
        if position.isolated is not None and is_isolated:
            equity += int(position.isolated.balance)
        maintenance += int(market.swap.tiers.maintenance_margin(abs(value)))
    return equity > maintenance


def wrongly_hit(
    world: UndoWorld, edits: dict[int, list[bytes]], marks: list[dict[int, int]]
) -> set[tuple[int, int]]:
    """Whose liquidation began although he was healthy on the clean tape: account and unit."""
    engine = open_engine(world.genesis)
    hit: set[tuple[int, int]] = set()
    for place, batch in enumerate(world.batches):
        healthy: set[tuple[int, int]] = set()
        if int.from_bytes(batch[2:4], "little") == 0:  # the clock's: liquidations happen there
            for account in engine.state.accounts:
                for where in (0, *SWAPS) if account.account_id != ACCOUNT_ID_SYSTEM else ():
                    if is_healthy(engine.state, account, marks[place], where):
                        healthy.add((int(account.account_id), where))
        engine.apply_edited(batch, 0, edits)
        for entry in read_entries(engine.take_events()):
            for one in entry.events:
                if isinstance(one, LiquidationStepped) and one.phase in BEGUN:
                    unit = (int(one.account_id), int(one.instrument_id))
                    if unit in healthy:
                        hit.add(unit)
    return hit


@pytest.mark.slow
@pytest.mark.parametrize("flavour", ["unsafe", "guarded"])
def test_dropping_more_lies_liquidates_nobody_who_is_healthy(flavour: str) -> None:
    """Nested parts of the lies, up to all of them; then nobody is hit wrongly at all."""
    hit_by_all_lies = 0
    for seed in seeds(few=8, many=300):
        world = undo_world(seed, flavour)
        draw, marks = Draw(seed), clean_marks(world)
        lies = sorted(world.drops)
        before = wrongly_hit(world, {}, marks)
        hit_by_all_lies += len(before)
        dropped: dict[int, list[bytes]] = {}
        for percent in (30, 50, 100):
            dropped |= {seq: [] for seq in lies if draw.chance(percent)}
            after = wrongly_hit(world, dropped, marks)
            assert after <= before, f"seed {seed}, {len(dropped)} of {len(lies)} lies dropped"
            before = after
        assert before == set() or world.is_of("stuck"), f"seed {seed}"
    assert hit_by_all_lies > 0
