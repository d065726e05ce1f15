"""How much one tick may do: what is left goes on in the next."""

from mypy_extensions import i64

from seawall.core.engine.state import State
from seawall.core.model.limits import FILLS_PER_ENTRY_MAX, ORDERS_PER_ENTRY_MAX


def is_spent(state: State) -> bool:
    """Whether the tick has said enough, or one more order could use up the numbers that its orders
    and trades take their ids from.
    """
    most: i64 = ORDERS_PER_ENTRY_MAX
    return (
        state.out.events >= state.liquidations.events_max
        or state.orders_made >= most
        or state.trades_made > most - FILLS_PER_ENTRY_MAX
    )
