"""Stored orders and fills as the account maps take them in at the start of an edge."""

from __future__ import annotations

import msgspec

from seawall.gateway import FillView, OrderState, OrderView
from seawall.projections import FillRow, OrderRow


def order_view(row: OrderRow) -> OrderView:
    """A stored order as readers see it."""
    return OrderView(**{**msgspec.structs.asdict(row), "state": OrderState(row.state)})


def fill_view(row: FillRow) -> FillView:
    """A stored fill as readers see it."""
    return FillView(**msgspec.structs.asdict(row))
