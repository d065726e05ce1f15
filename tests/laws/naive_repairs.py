"""What a venue with the first rulebook and without a case answers to whoever speaks of repairs."""

from __future__ import annotations

from seawall.core.model.commands import (
    AcceptRulebook,
    ActivateRulebook,
    CloseRepair,
    Command,
    CommandType,
    OpenRepair,
    PostRepair,
    RepairPart,
)
from seawall.core.model.events import CommandRejected, Event
from seawall.core.model.genesis import Genesis
from seawall.core.model.rejects import RejectReason

KINDS = {
    OpenRepair: CommandType.OPEN_REPAIR,
    PostRepair: CommandType.POST_REPAIR,
    CloseRepair: CommandType.CLOSE_REPAIR,
}


def answer_repair(command: Command, accounts: set[int], genesis: Genesis) -> list[Event]:
    """The refusal, without the names in its head."""
    if isinstance(command, AcceptRulebook):
        is_known = command.account_id in accounts
        reason = RejectReason.BAD_RULEBOOK if is_known else RejectReason.UNKNOWN_ACCOUNT
        return [CommandRejected(0, 0, CommandType.ACCEPT_RULEBOOK, reason)]
    if isinstance(command, ActivateRulebook):
        assert command.version != 2, "no world here changes its rulebook"
        return [CommandRejected(0, 0, CommandType.ACTIVATE_RULEBOOK, RejectReason.BAD_RULEBOOK)]
    if isinstance(command, RepairPart):
        return [CommandRejected(0, 0, CommandType.REPAIR_PART, RejectReason.UNKNOWN_CASE)]
    assert isinstance(command, OpenRepair | PostRepair | CloseRepair)
    operators = [one.operator_id for one in genesis.operators]
    first, second = command.first_operator_id, command.second_operator_id
    assert first not in operators or second not in operators or first == second
    return [CommandRejected(0, 0, KINDS[type(command)], RejectReason.NOT_APPROVED)]
