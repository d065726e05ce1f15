"""The one visible table from command to handler, and what happens when a handler has a bug."""

from mypy_extensions import i64

from seawall.core.engine import operations, price_operations, repairs, rulebooks
from seawall.core.engine.algo_orders import cancel_algo, place_algo
from seawall.core.engine.amend import amend_order
from seawall.core.engine.cancel import cancel_order, mass_cancel
from seawall.core.engine.clock import accept_clock, timer_beat
from seawall.core.engine.place import place_order
from seawall.core.engine.positions import adjust_margin, set_leverage
from seawall.core.engine.state import State
from seawall.core.engine.trading_states import change_trading_state
from seawall.core.model.commands import (
    AcceptClock,
    AcceptRulebook,
    ActivateRulebook,
    ActivateRules,
    AdjustMargin,
    AmendOrder,
    CancelAlgo,
    CancelOrder,
    ChainMark,
    CloseRepair,
    Command,
    CommandType,
    CreditDeposit,
    DebitWithdrawal,
    ListAsset,
    ListInstrument,
    MassCancel,
    ObservePrices,
    OpenAccount,
    OpenRepair,
    OverrideIndex,
    PlaceAlgo,
    PlaceOrder,
    PostRepair,
    RecordHedge,
    RegisterKey,
    RepairPart,
    RevokeKey,
    SetAccountState,
    SetFreeze,
    SetLeverage,
    SetParameter,
    SetSource,
    SetTradingState,
    TimerBeat,
    TransferFunds,
)
from seawall.core.model.enums import TradingState
from seawall.core.model.events import EventType
from seawall.core.model.rejects import RejectReason


def dispatch(state: State, command: Command, head: i64) -> None:
    """Give the command to its handler. `head` is its first word, for the event of a refusal."""
    if isinstance(command, PlaceOrder):
        place_order(state, command)
    elif isinstance(command, CancelOrder):
        cancel_order(state, command)
    elif isinstance(command, AmendOrder):
        amend_order(state, command)
    elif isinstance(command, MassCancel):
        mass_cancel(state, command)
    elif isinstance(command, PlaceAlgo):
        place_algo(state, command)
    elif isinstance(command, CancelAlgo):
        cancel_algo(state, command)
    else:
        reason = RejectReason.NONE
        ports = state.ports
        if ports is not None and isinstance(
            command, (SetLeverage, AdjustMargin, TransferFunds, DebitWithdrawal)
        ):
            reason = ports.admit()
        if reason == RejectReason.NONE:
            reason = _rare(state, command)
        if reason != RejectReason.NONE:
            say_rejected(state, head, reason)


def _rare(state: State, command: Command) -> i64:
    if isinstance(command, TimerBeat):
        return timer_beat(state, command)
    if isinstance(command, ObservePrices):
        return price_operations.observe_prices(state, command)
    if isinstance(command, SetLeverage):
        return set_leverage(state, command)
    if isinstance(command, AdjustMargin):
        return adjust_margin(state, command)
    if isinstance(command, ChainMark):
        return operations.chain_mark(state, command)
    if isinstance(command, TransferFunds):
        return operations.transfer_funds(state, command)
    if isinstance(command, CreditDeposit):
        return operations.credit_deposit(state, command)
    if isinstance(command, OpenAccount):
        return operations.open_account(state, command)
    if isinstance(command, SetAccountState):
        return operations.set_account_state(state, command)
    if isinstance(command, RegisterKey):
        return operations.register_key(state, command)
    if isinstance(command, RevokeKey):
        return operations.revoke_key(state, command)
    if isinstance(command, ListAsset):
        return operations.list_asset(state, command)
    if isinstance(command, ListInstrument):
        return operations.list_instrument(state, command)
    if isinstance(command, SetTradingState):
        return operations.set_trading_state(state, command)
    if isinstance(command, ActivateRules):
        return operations.activate_rules(state, command)
    if isinstance(command, SetFreeze):
        return price_operations.set_freeze(state, command)
    if isinstance(command, OverrideIndex):
        return price_operations.override_index(state, command)
    if isinstance(command, SetSource):
        return price_operations.set_source(state, command)
    if isinstance(command, SetParameter):
        return price_operations.set_parameter(state, command)
    if isinstance(command, RecordHedge):
        return price_operations.record_hedge(state, command)
    if isinstance(command, DebitWithdrawal):
        return operations.debit_withdrawal(state, command)
    if isinstance(command, RepairPart):
        return repairs.repair_part(state, command)
    if isinstance(command, OpenRepair):
        return repairs.open_repair(state, command)
    if isinstance(command, PostRepair):
        return repairs.post_repair(state, command)
    if isinstance(command, CloseRepair):
        return repairs.close_repair(state, command)
    if isinstance(command, ActivateRulebook):
        return rulebooks.activate_rulebook(state, command)
    if isinstance(command, AcceptRulebook):
        return rulebooks.accept_rulebook(state, command)
    assert isinstance(command, AcceptClock)
    return accept_clock(state, command)


def say_rejected(state: State, head: i64, reason: i64) -> None:
    """CommandRejected, naming what can be read of the command's first word."""
    account_id = head >> 32
    state.out.words(
        EventType.COMMAND_REJECTED,
        instrument_id=head >> 16 & 0xFFFF,
        account_id=account_id if account_id > 0 else 0,
        words=[head & 0xFF, reason],
    )


def contain_fault(state: State, head: i64) -> None:
    """A handler failed before its first effect: say so and freeze what the command names, equally
    on every replica.

    A command of the trading kinds freezes its instrument (cancels go on), or its account when there
    is no such instrument; any other kind freezes its account when it names one.
    """
    instrument_id = head >> 16 & 0xFFFF
    account_id = head >> 32
    kind = head & 0xFF
    state.out.words(
        EventType.INTERNAL_FAULT,
        instrument_id=instrument_id,
        account_id=account_id if account_id > 0 else 0,
        words=[kind],
    )
    market = state.markets.get(instrument_id)
    names_instrument = kind < CommandType.TIMER_BEAT or kind in (
        CommandType.LIST_INSTRUMENT,
        CommandType.SET_TRADING_STATE,
        CommandType.SET_PARAMETER,
    )
    if names_instrument and market is not None:
        if market.instrument.trading_state < TradingState.CANCEL_ONLY:
            change_trading_state(state, market, TradingState.CANCEL_ONLY)
        return
    account = state.account(account_id)
    names_account = kind < CommandType.TIMER_BEAT or (
        CommandType.OPEN_ACCOUNT <= kind <= CommandType.REVOKE_KEY
        or kind == CommandType.ACCEPT_RULEBOOK
        or kind == CommandType.DEBIT_WITHDRAWAL
    )
    if names_account and account is not None and not account.is_frozen:
        operations.freeze_account(state, account, True)
