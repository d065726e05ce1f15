"""An obvious, slow, independent model of the venue: the auditor of the engine.

It is written from the documents, shares nothing with the engine but the dictionary (`core.model`),
and never keeps what it can work out: holds are summed, books are sorted, reasons are listed and the
smallest told. The law is that for every stream its events equal the engine's.
"""

from __future__ import annotations

from seawall.core.model.codec import WORD
from seawall.core.model.command_codec import decode_command
from seawall.core.model.commands import (
    AcceptClock,
    ActivateRules,
    AmendOrder,
    CancelOrder,
    ChainMark,
    Command,
    CommandType,
    CreditDeposit,
    DebitWithdrawal,
    ListAsset,
    ListInstrument,
    MassCancel,
    ObservePrices,
    OpenAccount,
    PlaceOrder,
    RegisterKey,
    RevokeKey,
    SetAccountState,
    SetTradingState,
    TimerBeat,
    TransferFunds,
)
from seawall.core.model.enums import (
    CancelReason,
    LedgerKind,
    SystemMode,
    TimeInForce,
    TradingState,
)
from seawall.core.model.events import (
    AccountOpened,
    AccountStateChanged,
    AssetListed,
    BalanceChanged,
    ClockAccepted,
    ClockStarted,
    CommandRejected,
    DepositCredited,
    Event,
    FundsTransferred,
    InstrumentListed,
    KeyRegistered,
    KeyRevoked,
    OutageEnded,
    PricesObserved,
    RulesActivated,
    SystemModeChanged,
    TradingStateChanged,
)
from seawall.core.model.genesis import RULES_VERSION, Genesis
from seawall.core.model.instruments import (
    Asset,
    Instrument,
    exact_unit_value,
    is_listable_asset,
    is_listable_instrument,
)
from seawall.core.model.limits import (
    ACCOUNT_ID_MAX,
    ACCOUNT_ID_SYSTEM,
    AMOUNT_MAX,
    NOTIONAL_MAX,
    STAMP_AHEAD_MS_MAX,
    TICK_EVENTS_MAX,
    VALID_FOR_MS_DEFAULT,
)
from seawall.core.model.rejects import RejectReason
from seawall.core.model.repair_events import WithdrawalDebited
from tests.laws.naive_ledger import NaiveAccount
from tests.laws.naive_orders import NaiveOrders
from tests.laws.naive_repairs import answer_repair

CUSTODY = (LedgerKind.EXT_CUSTODY, 0)
KEY_SCOPES_MAX = 3
WALL_MS_MAX = 2**43  # the largest power of two whose nanoseconds fit into 63 bits


class NaiveTwin(NaiveOrders):
    """The venue on paper. Feed it entries in order; it answers with events."""

    def __init__(self, genesis: Genesis) -> None:
        super().__init__(genesis)
        self.mode_until_ms = 0
        self.was_long_outage = False
        self.beats: dict[int, int] = {}
        self.deposits: list[bytes] = []
        self.withdrawals: list[bytes] = []
        self.keys: dict[bytes, int] = {}
        self.marks: list[int] = []

    def apply(self, *, seq: int, stamp_ns: int, command: Command) -> list[Event]:
        """The events of one entry: what the command did, then every ledger account that differs."""
        self.seq = seq
        before = self.statement()
        events = self.answer(stamp_ns // 1_000_000, command)
        events += self.say_positions()
        after = self.statement()
        for key in sorted({**before, **after}):
            balance, held = after.get(key, (0, 0))
            if before.get(key, (0, 0)) != (balance, held):
                kind, account_id, asset_id, instrument_id = key
                events.append(
                    BalanceChanged(kind, account_id, asset_id, balance, held, instrument_id)
                )
        return events

    def apply_bytes(self, *, seq: int, stamp_ns: int, data: bytes) -> list[Event]:
        """The same for encoded commands; what cannot be read is refused by what its first word
        names.
        """
        if len(data) < WORD:
            self.seq = seq
            return [refused(0, 0, 0, RejectReason.UNDECODABLE)]
        head = int.from_bytes(data[:WORD], "little", signed=True)
        account_id, instrument_id, type_ = max(head >> 32, 0), head >> 16 & 0xFFFF, head & 0xFF
        command = decode_command(data, 0, len(data))
        if command is None:
            self.seq = seq
            is_known = type_ in vars(CommandType).values()
            reason = RejectReason.UNDECODABLE if is_known else RejectReason.UNKNOWN_COMMAND
            return [refused(account_id, instrument_id, type_, reason)]
        events = self.apply(seq=seq, stamp_ns=stamp_ns, command=command)
        for event in events:
            if isinstance(event, CommandRejected):
                event.account_id, event.instrument_id = account_id, instrument_id
        return events

    def time_of(self, stamp_ns: int) -> int:
        """The time of an entry: its stamp, kept between the clock and a second later."""
        lowest = self.clock_ms * 1_000_000
        return min(max(stamp_ns, lowest), lowest + 1_000_000_000)

    def answer(self, stamp_ms: int, command: Command) -> list[Event]:
        """The visible table of this twin."""
        if isinstance(command, PlaceOrder):
            return self.place(stamp_ms, command)
        if isinstance(command, AmendOrder):
            return self.amend(stamp_ms, command)
        if isinstance(command, CancelOrder):
            return self.cancel_one(command)
        if isinstance(command, MassCancel):
            return self.mass_cancel(command)
        if isinstance(command, TimerBeat):
            return self.beat(command)
        if isinstance(command, AcceptClock):
            return self.accept_clock(command)
        if isinstance(command, TransferFunds):
            return self.transfer(stamp_ms, command)
        if isinstance(command, CreditDeposit):
            return self.credit(command)
        if isinstance(command, DebitWithdrawal):
            return self.withdraw(command)
        if isinstance(command, OpenAccount | SetAccountState | RegisterKey | RevokeKey):
            return self.change_account(command)
        if isinstance(command, ListAsset):
            return self.list_asset(command)
        if isinstance(command, ListInstrument):
            return self.list_instrument(command)
        if isinstance(command, SetTradingState):
            return self.set_trading_state(command)
        return self.note(command)

    # Time

    def beat(self, command: TimerBeat) -> list[Event]:
        """The clock follows the median of the newest beats; a whole second that passes is a
        tick.
        """
        is_configured = 0 <= command.timer_id < self.genesis.parameters.timers
        if not is_configured or not 0 < command.wall_ms < WALL_MS_MAX:
            reason = RejectReason.BAD_TIMER
            return [refused(command.timer_id, 0, CommandType.TIMER_BEAT, reason)]
        self.beats[command.timer_id] = command.wall_ms
        newest = sorted(self.beats.values())
        return self.advance(newest[(len(newest) - 1) // 2])

    def accept_clock(self, command: AcceptClock) -> list[Event]:
        """Two different operators take over a step of the wall clock."""
        operators = [one.operator_id for one in self.genesis.operators]
        first, second = command.first_operator_id, command.second_operator_id
        is_approved = first in operators and second in operators and first != second
        if not is_approved or not self.clock_ms <= command.wall_ms < WALL_MS_MAX:
            return [refused(0, 0, CommandType.ACCEPT_CLOCK, RejectReason.BAD_CLOCK)]
        accepted = ClockAccepted(command.wall_ms, first, second)
        return [accepted, *self.advance(command.wall_ms)]

    def advance(self, wall_ms: int) -> list[Event]:
        """The clock goes forward or stands."""
        old_ms = self.clock_ms
        self.clock_ms = max(old_ms, wall_ms)
        events: list[Event] = []
        if self.clock_ms == old_ms:
            return events
        if old_ms == 0:
            events.append(ClockStarted(self.clock_ms))
        if self.clock_ms // 1_000 > old_ms // 1_000:
            events += self.tick(old_ms)
        return events

    def tick(self, old_ms: int) -> list[Event]:
        """What time does by itself."""
        parameters = self.genesis.parameters
        events: list[Event] = []
        step_ms = self.clock_ms - old_ms
        if old_ms != 0 and step_ms >= parameters.outage_ms:
            events.append(OutageEnded(old_ms, self.clock_ms))
            is_recovering_long = self.mode != SystemMode.NORMAL and self.was_long_outage
            self.was_long_outage = step_ms >= parameters.long_outage_ms or is_recovering_long
            phase_ms = (
                parameters.long_cancel_only_ms
                if self.was_long_outage
                else parameters.short_cancel_only_ms
            )
            events += self.enter(SystemMode.RECOVERY_CANCEL_ONLY, self.clock_ms + phase_ms)
        expired = [
            one
            for one in sorted(self.orders, key=lambda one: (one.expire_ms, one.order_id))
            if one.time_in_force == TimeInForce.GTD and one.expire_ms <= self.clock_ms
        ]
        for order in expired[:TICK_EVENTS_MAX]:
            events += self.cancel(order, CancelReason.EXPIRED)
        while self.mode != SystemMode.NORMAL and self.clock_ms >= self.mode_until_ms:
            if self.mode == SystemMode.RECOVERY_CANCEL_ONLY and self.was_long_outage:
                until_ms = self.clock_ms + parameters.long_post_only_ms
                events += self.enter(SystemMode.RECOVERY_POST_ONLY, until_ms)
            else:
                events += self.enter(SystemMode.NORMAL, 0)
        return events + self.pay_funding()

    def pay_funding(self) -> list[Event]:
        """What positions pay in this tick; worlds without swaps have none."""
        return []

    def enter(self, mode: int, until_ms: int) -> list[Event]:
        """Change the venue's mode and say so."""
        old, self.mode, self.mode_until_ms = self.mode, mode, until_ms
        return [SystemModeChanged(old, mode, until_ms)]

    # Money

    def transfer(self, stamp_ms: int, command: TransferFunds) -> list[Event]:
        """Between an account's funding and trading side."""
        account_id, asset_id, amount = command.account_id, command.asset_id, command.amount
        reasons = []
        if stamp_ms + VALID_FOR_MS_DEFAULT < self.clock_ms:
            reasons.append(RejectReason.TOO_LATE)
        if stamp_ms > self.clock_ms + STAMP_AHEAD_MS_MAX:
            reasons.append(RejectReason.VENUE_PAUSED)
        account = self.accounts.get(account_id)
        if account is None:
            reasons.append(RejectReason.UNKNOWN_ACCOUNT)
        elif account.is_frozen:
            reasons.append(RejectReason.ACCOUNT_FROZEN)
        if command.to_trading:
            available = self.balance(LedgerKind.FUNDING, account_id, asset_id)
        else:
            available = self.available(account_id, asset_id)
        if asset_id not in self.assets:
            reasons.append(RejectReason.UNKNOWN_ASSET)
        elif amount > available:
            reasons.append(RejectReason.INSUFFICIENT_BALANCE)
        if amount <= 0:
            reasons.append(RejectReason.BAD_AMOUNT)
        if reasons:
            return [refused(account_id, asset_id, CommandType.TRANSFER_FUNDS, min(reasons))]
        funding, trading = (LedgerKind.FUNDING, account_id), (LedgerKind.TRADING, account_id)
        source, target = (funding, trading) if command.to_trading else (trading, funding)
        self.move(asset_id, amount, source, target)
        return [FundsTransferred(account_id, asset_id, amount, command.to_trading)]

    def credit(self, command: CreditDeposit) -> list[Event]:
        """A deposit, once."""
        account_id, asset_id, amount = command.account_id, command.asset_id, command.amount
        reasons = []
        if account_id not in self.accounts:
            reasons.append(RejectReason.UNKNOWN_ACCOUNT)
        if asset_id not in self.assets:
            reasons.append(RejectReason.UNKNOWN_ASSET)
        if amount - self.balance(*CUSTODY, asset_id) > AMOUNT_MAX:
            reasons.append(RejectReason.AMOUNT_TOO_LARGE)
        if amount <= 0:
            reasons.append(RejectReason.BAD_AMOUNT)
        if command.deposit_id in self.deposits:
            reasons.append(RejectReason.DUPLICATE_DEPOSIT)
        if reasons:
            return [refused(account_id, asset_id, CommandType.CREDIT_DEPOSIT, min(reasons))]
        self.deposits.append(command.deposit_id)
        self.move(asset_id, amount, CUSTODY, (LedgerKind.FUNDING, account_id))
        return [DepositCredited(account_id, asset_id, amount, command.deposit_id)]

    def withdraw(self, command: DebitWithdrawal) -> list[Event]:
        """Money leaves the funding side, once per id."""
        account_id, asset_id, amount = command.account_id, command.asset_id, command.amount
        account = self.accounts.get(account_id)
        reasons = []
        if account is None:
            reasons.append(RejectReason.UNKNOWN_ACCOUNT)
        elif account.is_frozen:
            reasons.append(RejectReason.ACCOUNT_FROZEN)
        if amount <= 0:
            reasons.append(RejectReason.BAD_AMOUNT)
        if command.withdrawal_id in self.withdrawals:
            reasons.append(RejectReason.DUPLICATE_WITHDRAWAL)
        if asset_id not in self.assets:
            reasons.append(RejectReason.UNKNOWN_ASSET)
        funding = (LedgerKind.FUNDING, account_id)
        if not reasons and amount > self.balance(*funding, asset_id):
            reasons.append(RejectReason.INSUFFICIENT_BALANCE)
        if reasons:
            return [refused(account_id, asset_id, CommandType.DEBIT_WITHDRAWAL, min(reasons))]
        self.withdrawals.append(command.withdrawal_id)
        self.move(asset_id, amount, funding, CUSTODY)
        return [WithdrawalDebited(account_id, asset_id, amount, command.withdrawal_id)]

    # Accounts and listings

    def change_account(
        self, command: OpenAccount | SetAccountState | RegisterKey | RevokeKey
    ) -> list[Event]:
        """Open, freeze, release; keys are announced only."""
        account_id = command.account_id
        account = self.accounts.get(account_id)
        if isinstance(command, OpenAccount):
            if account is not None:
                return [
                    refused(account_id, 0, CommandType.OPEN_ACCOUNT, RejectReason.ACCOUNT_EXISTS)
                ]
            has_tier = 0 <= command.fee_tier < len(self.genesis.fee_tiers)
            is_taken = account_id in (0, ACCOUNT_ID_SYSTEM)
            if is_taken or not 0 < command.owner_id <= ACCOUNT_ID_MAX or not has_tier:
                return [refused(account_id, 0, CommandType.OPEN_ACCOUNT, RejectReason.BAD_ACCOUNT)]
            self.accounts[account_id] = NaiveAccount(account_id, command.owner_id, command.fee_tier)
            return [AccountOpened(account_id, command.owner_id, command.fee_tier)]
        if isinstance(command, SetAccountState):
            if account is None:
                reason = RejectReason.UNKNOWN_ACCOUNT
                return [refused(account_id, 0, CommandType.SET_ACCOUNT_STATE, reason)]
            account.is_frozen = command.is_frozen
            return [AccountStateChanged(account_id, command.is_frozen)]
        is_register = isinstance(command, RegisterKey)
        type_ = CommandType.REGISTER_KEY if is_register else CommandType.REVOKE_KEY
        if account is None:
            return [refused(account_id, 0, type_, RejectReason.UNKNOWN_ACCOUNT)]
        if not command.key_id:
            return [refused(account_id, 0, type_, RejectReason.BAD_KEY)]
        if isinstance(command, RegisterKey):
            if not 0 < command.scopes <= KEY_SCOPES_MAX or command.key_id in self.keys:
                return [refused(account_id, 0, type_, RejectReason.BAD_KEY)]
            self.keys[command.key_id] = account_id
            return [KeyRegistered(account_id, command.key_id, command.scopes)]
        if self.keys.get(command.key_id) != account_id:
            return [refused(account_id, 0, type_, RejectReason.BAD_KEY)]
        del self.keys[command.key_id]
        return [KeyRevoked(account_id, command.key_id)]

    def list_asset(self, command: ListAsset) -> list[Event]:
        """A new asset with an id and a name of its own."""
        asset = Asset(asset_id=command.asset_id, name=command.name, scale=command.scale)
        is_new = command.asset_id not in self.assets and command.name not in self.names()
        if not is_new or not is_listable_asset(asset):
            return [refused(0, command.asset_id, CommandType.LIST_ASSET, RejectReason.BAD_LISTING)]
        self.assets[command.asset_id] = asset
        return [AssetListed(command.asset_id, command.name, command.scale)]

    def names(self) -> list[bytes]:
        """Names in use; an asset and an instrument do not share one."""
        return [one.name for one in [*self.assets.values(), *self.instruments.values()]]

    def list_instrument(self, command: ListInstrument) -> list[Event]:
        """A new instrument, if every order it admits stays exact."""
        base = self.assets.get(command.base_asset_id)
        quote = self.assets.get(command.quote_asset_id)
        id_ = command.instrument_id
        if base is None or quote is None:
            return [refused(0, id_, CommandType.LIST_INSTRUMENT, RejectReason.BAD_LISTING)]
        instrument = Instrument(
            instrument_id=id_,
            name=command.name,
            base_asset_id=command.base_asset_id,
            quote_asset_id=command.quote_asset_id,
            tick_size_e8=command.tick_size_e8,
            lot_size=command.lot_size,
            unit_value=exact_unit_value(
                tick_size_e8=command.tick_size_e8,
                lot_size=command.lot_size,
                base_units=10**base.scale,
                quote_units=10**quote.scale,
            ),
            quantity_min=command.quantity_min,
            quantity_max=command.quantity_max,
            price_max=command.price_max,
            market_cap_e8=command.market_cap_e8,
            kind=command.kind,
            index_id=command.index_id,
            risk_tier=command.risk_tier,
        )
        indices = [0, *(one.index_id for one in self.genesis.indices)]
        is_new = id_ not in self.instruments and command.name not in self.names()
        is_sound = command.index_id in indices and is_listable_instrument(instrument, base, quote)
        if not is_new or not is_sound:
            return [refused(0, id_, CommandType.LIST_INSTRUMENT, RejectReason.BAD_LISTING)]
        self.instruments[id_] = instrument
        self.states[id_] = TradingState.LIVE
        terms = ("name", "base_asset_id", "quote_asset_id", "tick_size_e8", "lot_size")
        limits = ("unit_value", "quantity_min", "quantity_max", "price_max", "market_cap_e8")
        values = [getattr(instrument, name) for name in (*terms, *limits)]
        return [
            InstrumentListed(
                id_,
                *values,
                trading_state=TradingState.LIVE,
                kind=command.kind,
                index_id=command.index_id,
                risk_tier=command.risk_tier,
            )
        ]

    def set_trading_state(self, command: SetTradingState) -> list[Event]:
        """What an operator lets an instrument accept."""
        id_, type_ = command.instrument_id, CommandType.SET_TRADING_STATE
        if id_ not in self.states:
            return [refused(0, id_, type_, RejectReason.UNKNOWN_INSTRUMENT)]
        old = self.states[id_]
        is_known = command.trading_state in (
            *(TradingState.LIVE, TradingState.POST_ONLY, TradingState.REDUCE_ONLY),
            *(TradingState.CANCEL_ONLY, TradingState.HALTED),
        )
        if not is_known or command.trading_state == old:
            return [refused(0, id_, type_, RejectReason.BAD_TRADING_STATE)]
        self.states[id_] = command.trading_state
        return [TradingStateChanged(id_, old, command.trading_state)]

    def note(self, command: Command) -> list[Event]:
        """Commands that change no state a trader sees."""
        if isinstance(command, ChainMark):
            if not 0 <= command.marked_seq < self.seq:
                return [refused(0, 0, CommandType.CHAIN_MARK, RejectReason.BAD_MARK)]
            return []
        if isinstance(command, ActivateRules):
            if command.version != RULES_VERSION:
                reason = RejectReason.BAD_RULES_VERSION
                return [refused(0, 0, CommandType.ACTIVATE_RULES, reason)]
            return [RulesActivated(command.version, command.release)]
        if not isinstance(command, ObservePrices):
            return answer_repair(command, set(self.accounts), self.genesis)
        reasons = []
        constituents = {
            one.index_id: [source.source_id for source in one.sources]
            for one in self.genesis.indices
        }
        sources = [one.source_id for one in self.genesis.sources]
        if command.index_id not in constituents:
            reasons.append(RejectReason.UNKNOWN_INDEX)
        if command.source_id not in constituents.get(command.index_id, sources):
            reasons.append(RejectReason.BAD_SOURCE)
        last, extremes = command.last_e8, (command.low_e8, command.high_e8)
        prices = (command.bid_e8, command.ask_e8, last, *extremes)
        if not all(0 <= price <= NOTIONAL_MAX for price in prices):
            reasons.append(RejectReason.BAD_OBSERVATION)
        if reasons:
            source_id, id_ = command.source_id, command.index_id
            return [refused(source_id, id_, CommandType.OBSERVE_PRICES, min(reasons))]
        return [
            PricesObserved(
                source_id=command.source_id,
                index_id=command.index_id,
                bid_e8=command.bid_e8,
                ask_e8=command.ask_e8,
                last_e8=command.last_e8,
                receive_ms=command.receive_ms,
                is_synthetic=command.is_synthetic,
            )
        ]


def refused(account_id: int, instrument_id: int, type_: int, reason: int) -> CommandRejected:
    """The refusal of a command that is no order."""
    return CommandRejected(
        account_id=account_id, instrument_id=instrument_id, command_type=type_, reason=reason
    )
