"""The rulebook by which the venue repairs: its versions, and who has accepted which.

A fill carries the version that its two users had accepted; without acceptance a repair is not
enforceable. Accounts accept the newest version when they are opened.
"""

from mypy_extensions import i64

from seawall.core.engine.state import Account, State
from seawall.core.model.commands import AcceptRulebook, ActivateRulebook
from seawall.core.model.event_writer import EventWriter
from seawall.core.model.rejects import RejectReason
from seawall.core.model.repair_event_writer import rulebook_accepted, rulebook_activated
from seawall.core.model.rulebook import FIRST_VERSION, Rulebook


def activate_rulebook(state: State, command: ActivateRulebook) -> i64:
    """There is a new version, which accounts may accept."""
    found = Rulebook(
        version=command.version,
        rulebook_hash=command.rulebook_hash,
        major_e8=command.major_e8,
        alt_e8=command.alt_e8,
        tail_e8=command.tail_e8,
        is_adjusting=command.is_adjusting,
    )
    if command.version != state.newest_rulebook() + 1 or not found.is_sound():
        return RejectReason.BAD_RULEBOOK

    state.begin_effect()
    state.rulebooks[command.version] = found
    say_rulebook(state.out, found)
    return RejectReason.NONE


def accept_rulebook(state: State, command: AcceptRulebook) -> i64:
    """The account's fills carry the version from now on; there is no way back."""
    account = state.account(command.account_id)
    if account is None:
        return RejectReason.UNKNOWN_ACCOUNT
    if not (account.rulebook_version < command.version <= state.newest_rulebook()):
        return RejectReason.BAD_RULEBOOK

    state.begin_effect()
    account.rulebook_version = command.version
    rulebook_accepted(state.out, account_id=command.account_id, version=command.version)
    return RejectReason.NONE


def say_rulebook(out: EventWriter, rulebook: Rulebook) -> None:
    """RulebookActivated."""
    rulebook_activated(
        out,
        version=rulebook.version,
        rulebook_hash=rulebook.rulebook_hash,
        major_e8=rulebook.major_e8,
        alt_e8=rulebook.alt_e8,
        tail_e8=rulebook.tail_e8,
        is_adjusting=rulebook.is_adjusting,
    )


def say_rulebooks(out: EventWriter, state: State) -> None:
    """For a reader that starts: every version, and who has accepted another than the first."""
    for version in sorted(state.rulebooks):
        say_rulebook(out, state.rulebooks[version])
    for account in state.accounts:
        if _is_users(account) and account.rulebook_version != FIRST_VERSION:
            rulebook_accepted(out, account_id=account.account_id, version=account.rulebook_version)


def _is_users(account: Account) -> bool:
    return account.owner_id != 0
