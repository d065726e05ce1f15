"""Rare commands: accounts, deposits, keys, listings, states, observations, rules. Each returns a
RejectReason.
"""

from typing import Final

from mypy_extensions import i64

from seawall.core.engine.doubled import (
    funding_with_repair,
    payable_with_repair,
    spendable_with_repair,
)
from seawall.core.engine.guards import may_withdraw
from seawall.core.engine.health import spendable
from seawall.core.engine.listing import add_market
from seawall.core.engine.refusals import timing_refusal
from seawall.core.engine.state import READ_SCOPE, TRADE_SCOPE, Account, State
from seawall.core.engine.trading_states import change_trading_state
from seawall.core.engine.units_watch import note_outflow
from seawall.core.ledger import LedgerAccount, available, transfer
from seawall.core.model.commands import (
    ActivateRules,
    ChainMark,
    CreditDeposit,
    DebitWithdrawal,
    ListAsset,
    ListInstrument,
    OpenAccount,
    RegisterKey,
    RevokeKey,
    SetAccountState,
    SetTradingState,
    TransferFunds,
)
from seawall.core.model.enums import LedgerKind, TradingState
from seawall.core.model.events import EventType
from seawall.core.model.genesis import RULES_VERSION
from seawall.core.model.genesis_check import index_of
from seawall.core.model.instruments import (
    Asset,
    Instrument,
    exact_unit_value,
    is_listable_asset,
    is_listable_instrument,
)
from seawall.core.model.limits import (
    ACCOUNT_ID_ERROR,
    ACCOUNT_ID_MAX,
    AMOUNT_MAX,
    NAME_BYTES,
    NOTIONAL_MAX,
    VALID_FOR_MS_DEFAULT,
)
from seawall.core.model.operator_codec import DIGEST_BYTES, KEY_ID_BYTES, RELEASE_BYTES
from seawall.core.model.rejects import RejectReason
from seawall.core.model.repair_event_writer import withdrawal_debited

_PRICE_E8_MAX: Final = NOTIONAL_MAX


def open_account(state: State, command: OpenAccount) -> i64:
    """A new trading account without money."""
    if state.account(command.account_id) is not None:
        return RejectReason.ACCOUNT_EXISTS
    tiers: i64 = len(state.genesis.fee_tiers)
    if not (0 < command.account_id < ACCOUNT_ID_ERROR):
        return RejectReason.BAD_ACCOUNT
    if not (0 < command.owner_id <= ACCOUNT_ID_MAX and 0 <= command.fee_tier < tiers):
        return RejectReason.BAD_ACCOUNT

    state.begin_effect()
    state.add_account(
        account_id=command.account_id,
        owner_id=command.owner_id,
        fee_tier=command.fee_tier,
    )
    state.out.words(
        EventType.ACCOUNT_OPENED,
        instrument_id=0,
        account_id=command.account_id,
        words=[command.owner_id, command.fee_tier],
    )
    return RejectReason.NONE


def set_account_state(state: State, command: SetAccountState) -> i64:
    """Freeze an account, let it reduce only, or release it."""
    account = state.account(command.account_id)
    if account is None:
        return RejectReason.UNKNOWN_ACCOUNT

    state.begin_effect()
    account.is_reduce_only = command.is_reduce_only
    state.restrict(account)
    freeze_account(state, account, command.is_frozen)
    return RejectReason.NONE


def freeze_account(state: State, account: Account, is_frozen: bool) -> None:
    """Change whether the account may do more than cancel, and say so."""
    account.is_frozen = is_frozen
    say_account_state(state, account)


def say_account_state(state: State, account: Account) -> None:
    """AccountStateChanged."""
    flags: i64 = 1 if account.is_frozen else 0
    if account.is_reduce_only:
        flags |= 2
    state.out.words(
        EventType.ACCOUNT_STATE_CHANGED,
        instrument_id=0,
        account_id=account.account_id,
        words=[flags],
    )


def credit_deposit(state: State, command: CreditDeposit) -> i64:
    """ext:custody -X, user:funding +X, once per deposit id (vectors LG1, DW1)."""
    account = state.account(command.account_id)
    if account is None:
        return RejectReason.UNKNOWN_ACCOUNT
    is_listed = command.asset_id in state.assets
    most: i64 = AMOUNT_MAX
    if is_listed:
        most += _custody(state, command.asset_id).balance
    if command.amount > most:
        return RejectReason.AMOUNT_TOO_LARGE
    if command.amount <= 0:
        return RejectReason.BAD_AMOUNT
    if command.deposit_id in state.deposits:
        return RejectReason.DUPLICATE_DEPOSIT
    if not is_listed:
        return RejectReason.UNKNOWN_ASSET
    custody = _custody(state, command.asset_id)
    funding = state.ledger.account(
        kind=LedgerKind.FUNDING, account_id=command.account_id, asset_id=command.asset_id
    )

    state.begin_effect()
    state.deposits[command.deposit_id] = True
    transfer(state.ledger, source=custody, target=funding, amount=command.amount)
    state.out.text(
        EventType.DEPOSIT_CREDITED,
        instrument_id=command.asset_id,
        account_id=command.account_id,
        words=[command.amount],
        text=command.deposit_id,
        size=DIGEST_BYTES,
    )
    return RejectReason.NONE


def _custody(state: State, asset_id: i64) -> LedgerAccount:
    """The contra account of the world, of a listed asset."""
    return state.ledger.account(kind=LedgerKind.EXT_CUSTODY, account_id=0, asset_id=asset_id)


def transfer_funds(state: State, command: TransferFunds) -> i64:
    """Move an amount between funding and trading."""
    reason = timing_refusal(state, VALID_FOR_MS_DEFAULT)
    if reason != RejectReason.NONE:
        return reason
    account = state.account(command.account_id)
    if account is None:
        return RejectReason.UNKNOWN_ACCOUNT
    if account.is_frozen:
        return RejectReason.ACCOUNT_FROZEN
    if not command.to_trading and state.ports is None:
        if not may_withdraw(state, account, command.asset_id):
            return RejectReason.PRICE_UNCERTAIN
        if state.is_frozen:
            return RejectReason.VENUE_FROZEN
        if account.is_restricted:
            return RejectReason.ACCOUNT_REDUCE_ONLY
    if command.amount <= 0:
        return RejectReason.BAD_AMOUNT
    if command.asset_id not in state.assets:
        return RejectReason.UNKNOWN_ASSET
    funding = state.ledger.account(
        kind=LedgerKind.FUNDING, account_id=command.account_id, asset_id=command.asset_id
    )
    trading = state.trading_account(account, command.asset_id)
    source = funding if command.to_trading else trading
    if command.amount > available(source) and state.ports is None:
        return RejectReason.INSUFFICIENT_BALANCE
    is_out = not command.to_trading and state.ports is None
    if is_out and command.amount > spendable(state, account, command.asset_id):
        return RejectReason.INSUFFICIENT_MARGIN
    if state.overlay is not None and state.ports is None:
        most = spendable_with_repair(state, account, command.asset_id)
        if command.to_trading:
            most = funding_with_repair(state, account, command.asset_id)
        if command.amount > most:
            return RejectReason.NOT_WITH_REPAIR

    state.begin_effect()
    target = trading if command.to_trading else funding
    transfer(state.ledger, source=source, target=target, amount=command.amount)
    if not command.to_trading:
        note_outflow(state, account, command.asset_id, command.amount)
    to_trading: i64 = 1 if command.to_trading else 0
    state.out.words(
        EventType.FUNDS_TRANSFERRED,
        instrument_id=command.asset_id,
        account_id=command.account_id,
        words=[command.amount, to_trading],
    )
    return RejectReason.NONE


def debit_withdrawal(state: State, command: DebitWithdrawal) -> i64:
    """user:funding -X, ext:custody +X, once per withdrawal id. While a repair of the account is
    open, what it may take out is the lesser of what it has with and without it.
    """
    account = state.account(command.account_id)
    if account is None:
        return RejectReason.UNKNOWN_ACCOUNT
    if state.ports is None:  # a rerun takes what left the venue as it was
        if account.is_frozen:
            return RejectReason.ACCOUNT_FROZEN
        if state.is_frozen:
            return RejectReason.VENUE_FROZEN
        if account.is_restricted:
            return RejectReason.ACCOUNT_REDUCE_ONLY
    if command.amount <= 0:
        return RejectReason.BAD_AMOUNT
    if command.withdrawal_id in state.withdrawals:
        return RejectReason.DUPLICATE_WITHDRAWAL
    if command.asset_id not in state.assets:
        return RejectReason.UNKNOWN_ASSET
    funding = state.ledger.account(
        kind=LedgerKind.FUNDING, account_id=command.account_id, asset_id=command.asset_id
    )
    if state.ports is None:
        if command.amount > available(funding):
            return RejectReason.INSUFFICIENT_BALANCE
        if command.amount > payable_with_repair(state, account, command.asset_id):
            return RejectReason.NOT_WITH_REPAIR

    state.begin_effect()
    state.withdrawals[command.withdrawal_id] = True
    custody = _custody(state, command.asset_id)
    transfer(state.ledger, source=funding, target=custody, amount=command.amount)
    if state.ports is not None:
        state.ports.note_left(state, account, command.asset_id)
    withdrawal_debited(
        state.out,
        account_id=command.account_id,
        asset_id=command.asset_id,
        amount=command.amount,
        withdrawal_id=command.withdrawal_id,
    )
    return RejectReason.NONE


def register_key(state: State, command: RegisterKey) -> i64:
    """An API key of the account is known from now on."""
    if state.account(command.account_id) is None:
        return RejectReason.UNKNOWN_ACCOUNT
    scopes_max: i64 = READ_SCOPE | TRADE_SCOPE
    if not command.key_id or command.key_id in state.keys:
        return RejectReason.BAD_KEY
    if not (0 < command.scopes <= scopes_max):
        return RejectReason.BAD_KEY

    state.begin_effect()
    state.keys[command.key_id] = (command.account_id, command.scopes)
    say_key(state, command.key_id, command.account_id, command.scopes)
    return RejectReason.NONE


def say_key(state: State, key_id: bytes, account_id: i64, scopes: i64) -> None:
    """KeyRegistered."""
    state.out.text(
        EventType.KEY_REGISTERED,
        instrument_id=0,
        account_id=account_id,
        words=[scopes],
        text=key_id,
        size=KEY_ID_BYTES,
    )


def revoke_key(state: State, command: RevokeKey) -> i64:
    """The key is no longer accepted."""
    if state.account(command.account_id) is None:
        return RejectReason.UNKNOWN_ACCOUNT
    known = state.keys.get(command.key_id)
    if known is None or known[0] != command.account_id:
        return RejectReason.BAD_KEY

    state.begin_effect()
    del state.keys[command.key_id]
    state.out.text(
        EventType.KEY_REVOKED,
        instrument_id=0,
        account_id=command.account_id,
        words=[],
        text=command.key_id,
        size=KEY_ID_BYTES,
    )
    return RejectReason.NONE


def list_asset(state: State, command: ListAsset) -> i64:
    """Add an asset."""
    asset = Asset(asset_id=command.asset_id, name=command.name, scale=command.scale)
    if not is_listable_asset(asset) or asset.asset_id in state.assets:
        return RejectReason.BAD_LISTING
    if is_name_taken(state, asset.name):
        return RejectReason.BAD_LISTING

    state.begin_effect()
    state.assets[asset.asset_id] = asset
    say_asset(state, asset)
    return RejectReason.NONE


def is_name_taken(state: State, name: bytes) -> bool:
    """Whether an asset or an instrument has the name."""
    for asset in state.assets.values():
        if asset.name == name:
            return True
    for market in state.markets.values():
        if market.instrument.name == name:
            return True
    return False


def say_asset(state: State, asset: Asset) -> None:
    """AssetListed."""
    state.out.text(
        EventType.ASSET_LISTED,
        instrument_id=asset.asset_id,
        account_id=0,
        words=[asset.scale],
        text=asset.name,
        size=NAME_BYTES,
    )


def list_instrument(state: State, command: ListInstrument) -> i64:
    """Add an instrument whose notionals are exact."""
    base = state.assets.get(command.base_asset_id)
    quote = state.assets.get(command.quote_asset_id)
    if base is None or quote is None or command.instrument_id in state.markets:
        return RejectReason.BAD_LISTING
    if is_name_taken(state, command.name):
        return RejectReason.BAD_LISTING
    unit_value = exact_unit_value(
        tick_size_e8=command.tick_size_e8,
        lot_size=command.lot_size,
        base_units=base.units_per_whole(),
        quote_units=quote.units_per_whole(),
    )
    instrument = Instrument(
        instrument_id=command.instrument_id,
        name=command.name,
        base_asset_id=command.base_asset_id,
        quote_asset_id=command.quote_asset_id,
        tick_size_e8=command.tick_size_e8,
        lot_size=command.lot_size,
        unit_value=unit_value,
        quantity_min=command.quantity_min,
        quantity_max=command.quantity_max,
        price_max=command.price_max,
        market_cap_e8=command.market_cap_e8,
        kind=command.kind,
        index_id=command.index_id,
        risk_tier=command.risk_tier,
    )
    if instrument.index_id != 0 and index_of(state.genesis, instrument.index_id) is None:
        return RejectReason.BAD_LISTING
    if not is_listable_instrument(instrument, base, quote):
        return RejectReason.BAD_LISTING

    state.begin_effect()
    add_market(state, instrument)
    say_instrument(state, instrument)
    return RejectReason.NONE


def say_instrument(state: State, instrument: Instrument) -> None:
    """InstrumentListed."""
    state.out.text(
        EventType.INSTRUMENT_LISTED,
        instrument_id=instrument.instrument_id,
        account_id=0,
        words=[
            instrument.base_asset_id,
            instrument.quote_asset_id,
            instrument.tick_size_e8,
            instrument.lot_size,
            instrument.unit_value,
            instrument.quantity_min,
            instrument.quantity_max,
            instrument.price_max,
            instrument.market_cap_e8,
            instrument.trading_state,
            instrument.kind,
            instrument.index_id,
            instrument.risk_tier,
        ],
        text=instrument.name,
        size=NAME_BYTES,
    )


def set_trading_state(state: State, command: SetTradingState) -> i64:
    """An operator changes what the instrument accepts."""
    market = state.markets.get(command.instrument_id)
    if market is None:
        return RejectReason.UNKNOWN_INSTRUMENT
    if not (TradingState.LIVE <= command.trading_state <= TradingState.HALTED):
        return RejectReason.BAD_TRADING_STATE
    if command.trading_state == TradingState.AUCTION:  # there are no call auctions yet
        return RejectReason.BAD_TRADING_STATE
    if command.trading_state == market.instrument.trading_state:
        return RejectReason.BAD_TRADING_STATE

    state.begin_effect()
    change_trading_state(state, market, command.trading_state)
    return RejectReason.NONE


def chain_mark(state: State, command: ChainMark) -> i64:
    """Without effect: readers compare it with their own chain."""
    if not (0 <= command.marked_seq < state.seq):
        return RejectReason.BAD_MARK
    return RejectReason.NONE


def activate_rules(state: State, command: ActivateRules) -> i64:
    """From the next entry on the rules of that version hold."""
    if command.version != RULES_VERSION:
        return RejectReason.BAD_RULES_VERSION

    state.begin_effect()
    state.rules_version = command.version
    state.out.text(
        EventType.RULES_ACTIVATED,
        instrument_id=0,
        account_id=0,
        words=[command.version],
        text=command.release,
        size=RELEASE_BYTES,
    )
    return RejectReason.NONE
