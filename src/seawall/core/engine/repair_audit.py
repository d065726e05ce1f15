"""The laws of repairs, checked on a whole state: the overlay sums to zero and fits its accounts,
the account that stands in for others has no orders, graces restrict whom they name.
"""

from seawall.core.engine.overlay import Overlay
from seawall.core.engine.overlay_shape import account_of
from seawall.core.engine.state import State
from seawall.core.model.limits import ACCOUNT_ID_ERROR
from seawall.core.model.repair import rows_fault


def repair_faults(state: State) -> list[str]:
    """Every law that does not hold, as a sentence; empty when all hold."""
    faults: list[str] = []
    case = state.repair
    overlay = state.overlay
    if overlay is not None:
        if case is None or not case.overlay_hash:
            faults.append("there is an overlay and no case")
        _check_overlay(state, overlay, faults)
    error = state.error_account_made
    if error is not None and (error.open_orders != 0 or error.algos != 0):
        faults.append("house:error has orders")
    for account in state.accounts:
        expected = account.is_reduce_only or account.account_id in state.grace_until_ms
        if account.is_restricted != expected:
            faults.append(f"account {account.account_id} is restricted without a reason, or not")
        if not (1 <= account.rulebook_version <= len(state.rulebooks)):
            faults.append(f"account {account.account_id} accepted a rulebook that does not exist")
    for account_id in sorted(state.grace_until_ms):
        if state.account(account_id) is None:
            faults.append(f"there is grace for account {account_id}, which does not exist")
    return faults


def _check_overlay(state: State, overlay: Overlay, faults: list[str]) -> None:
    fault = rows_fault(overlay.rows())
    if fault:
        faults.append(f"the overlay is unsound: {fault}")
    for account_id in sorted(overlay.accounts):
        if account_id == ACCOUNT_ID_ERROR and state.error_account_made is None:
            faults.append("the overlay has house:error, the venue has not")
            continue
        for instrument_id in sorted(overlay.accounts[account_id].positions):
            delta = overlay.accounts[account_id].positions[instrument_id]
            swap = state.markets[instrument_id].swap
            assert swap is not None
            position = swap.position(account_of(state, account_id).slot)
            if position is None:
                faults.append(f"account {account_id} lacks the position that the overlay changes")
            elif (position.size + delta.size == 0) != (position.cost + delta.cost == 0):
                faults.append(
                    f"account {account_id} instrument {instrument_id}: with the repair it would "
                    "have size or cost, not both"
                )
