"""What the liquidation watch is told: fills, outflows, and changes that need a new measurement."""

from mypy_extensions import i64

from seawall.core.clearing import Position
from seawall.core.engine.state import Account, State


def note_fill(
    state: State,
    account: Account,
    position: Position,
    *,
    is_buy: bool,
    lots: i64,
    price: i64,
    fee: i64,
) -> None:
    """The position traded."""


def note_outflow(state: State, account: Account, asset_id: i64, amount: i64) -> None:
    """Cash of the account went elsewhere: a withdrawal, a spot order's hold, margin moved out."""


def note_change(state: State, account: Account, position: Position) -> None:
    """Something else changed (leverage, margin, takeover, funding): measure the unit anew."""
