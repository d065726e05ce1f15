"""An algo order that a repair gives back is in the read models as one that waits."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import OpenRepair, PlaceAlgo, PostRepair, RepairPart
from seawall.core.model.enums import AlgoType, MarginMode, Side, TriggerPrice
from seawall.core.model.repair import AlgoRow, RepairRows
from seawall.core.model.repair_codec import encode_rows
from seawall.projections import RiskQueries
from tests.core.engine.swap_venue import BTC_SWAP
from tests.projections.written_venue import WrittenVenue

pytestmark = pytest.mark.slow


def test_a_rearmed_algo_order_is_ended_no_longer(tmp_path: Path) -> None:
    """It fired in an entry that was written long ago."""
    venue = WrittenVenue(tmp_path)
    terms = PlaceAlgo(
        account_id=3,
        instrument_id=BTC_SWAP,
        algo_type=AlgoType.TRIGGER,
        side=Side.SELL,
        quantity=7,
        margin_mode=MarginMode.CROSS,
        reduce_only=False,
        trigger_price=600_400,
        trigger_by=TriggerPrice.MARK,
        order_price=600_500,
    )
    venue.do(terms)
    venue.tick(20, btc=60_060)
    venue.write()
    queries = RiskQueries(venue.models)
    (fired,) = queries.ended_algos(3, limit=5)
    row = AlgoRow(3, fired.algo_id, encode_command(terms), 0, True, False, False)
    data = encode_rows(RepairRows(ledger=[], positions=[], algos=[row], orders=[]))
    venue.tick(5, btc=60_000)
    venue.do(OpenRepair(b"one", 1, b"p" * 32, 1, 1, 2))
    venue.do(RepairPart(b"one", 0, 1, data))
    venue.do(PostRepair(b"one", sha256(data).digest(), 1, 2))
    venue.write()

    assert [one.algo_id for one in venue.state.algo_book.by_id.values()] == [fired.algo_id]
    assert queries.ended_algos(3, limit=5) == []
