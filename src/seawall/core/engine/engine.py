"""The engine: entries in, events out. The same entries give the same events and the same state,
anywhere, always.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.engine.ahead import AHEAD, LOOKS_AHEAD, look_ahead
from seawall.core.engine.audit import state_faults
from seawall.core.engine.describe import describe_state
from seawall.core.engine.dispatch import contain_fault, dispatch, say_rejected
from seawall.core.engine.listing import add_index, add_market
from seawall.core.engine.position_events import say_positions
from seawall.core.engine.snapshot import restore_state, snapshot_state
from seawall.core.engine.state import PublisherState, State
from seawall.core.engine.triggers import fire_by_trades
from seawall.core.ledger import transfer
from seawall.core.model.batch import BATCH_HEADER_BYTES, BatchHeader, read_batch_header
from seawall.core.model.codec import read_word
from seawall.core.model.command_codec import decode_command, encode_command
from seawall.core.model.commands import Command, CommandType
from seawall.core.model.enums import LedgerKind
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import Event
from seawall.core.model.genesis import Genesis
from seawall.core.model.genesis_check import genesis_fault
from seawall.core.model.genesis_codec import encode_genesis
from seawall.core.model.limits import SEQ_MAX
from seawall.core.model.rejects import RejectReason

_NS_PER_MS: Final = 1_000_000
_NS_PER_SECOND: Final = 1_000_000_000

KNOWN_COMMANDS: Final = frozenset(
    [
        CommandType.PLACE_ORDER,
        CommandType.AMEND_ORDER,
        CommandType.CANCEL_ORDER,
        CommandType.MASS_CANCEL,
        CommandType.PLACE_ALGO,
        CommandType.CANCEL_ALGO,
        CommandType.SET_LEVERAGE,
        CommandType.ADJUST_MARGIN,
        CommandType.TIMER_BEAT,
        CommandType.CHAIN_MARK,
        CommandType.ACCEPT_CLOCK,
        CommandType.ACTIVATE_RULES,
        CommandType.OBSERVE_PRICES,
        CommandType.RECORD_HEDGE,
        CommandType.OPEN_ACCOUNT,
        CommandType.SET_ACCOUNT_STATE,
        CommandType.CREDIT_DEPOSIT,
        CommandType.TRANSFER_FUNDS,
        CommandType.REGISTER_KEY,
        CommandType.REVOKE_KEY,
        CommandType.LIST_ASSET,
        CommandType.LIST_INSTRUMENT,
        CommandType.SET_TRADING_STATE,
        CommandType.SET_FREEZE,
        CommandType.OVERRIDE_INDEX,
        CommandType.SET_SOURCE,
        CommandType.SET_PARAMETER,
        CommandType.OPEN_REPAIR,
        CommandType.REPAIR_PART,
        CommandType.POST_REPAIR,
        CommandType.CLOSE_REPAIR,
        CommandType.ACTIVATE_RULEBOOK,
        CommandType.ACCEPT_RULEBOOK,
        CommandType.DEBIT_WITHDRAWAL,
    ]
)


@final
@dataclass
class Entry:
    """A command with its place and its time stamp."""

    seq: i64
    time_ns: i64
    command: Command


@final
@mypyc_attr(acyclic=True)
class Engine:
    """The one door of the core. Build it with `open_engine` or `restore_engine`."""

    def __init__(self, state: State) -> None:
        self.state: State = state
        self.genesis: Genesis = state.genesis
        self.genesis_hash: bytes = sha256(encode_genesis(state.genesis)).digest()

    @property
    def seq(self) -> i64:
        """The last applied seq; 0 before entry 1."""
        return self.state.seq

    @property
    def clock_ms(self) -> i64:
        """The venue's clock; 0 before the first beat."""
        return self.state.clock_ms

    @property
    def time_ns(self) -> i64:
        """The stamp of the newest entry."""
        return self.state.time_ns

    def snapshot(self) -> bytes:
        """The canonical bytes of the state."""
        return snapshot_state(self.state, self.genesis_hash)

    def state_hash(self) -> bytes:
        """sha256 of the snapshot."""
        return sha256(self.snapshot()).digest()

    def describe(self) -> bytes:
        """Events from which a reader builds its picture of the present state."""
        return describe_state(self.state)

    def ledger_faults(self) -> list[str]:
        """What breaks a law of ledger or book, as sentences; empty when all is well."""
        return state_faults(self.state)

    def last_batch(self, publisher_id: i64) -> tuple[i64, i64]:
        """(incarnation, batch number) of the publisher's last applied batch; (0, 0) when there is
        none.
        """
        known = self.state.publishers.get(publisher_id)
        if known is None:
            return 0, 0
        return known.incarnation, known.batch_number

    def apply(self, entry: Entry) -> list[Event]:
        """Apply one entry, given as objects; `entry.seq` must follow. For tests and tools."""
        assert entry.seq == self.state.seq + 1
        data = encode_command(entry.command)
        self._begin_entry(entry.time_ns)
        self._act(data, 0, len(data))
        self._end_entry()
        events: list[Event] = []
        for found in read_entries(self.state.out.take()):
            events.extend(found.events)
        return events

    def apply_many(self, data: bytes) -> bytes:
        """Apply concatenated batches that `batch_fault` has found sound; returns the events'
        bytes.
        """
        at: i64 = 0
        end: i64 = len(data)
        while at < end:
            self.apply_batch(data, at)
            at += read_word(data, at + 24)
        return self.state.out.take()

    def take_events(self) -> bytes:
        """The bytes of all events since the last call."""
        return self.state.out.take()

    def apply_batch(self, data: bytes, start: i64) -> i64:
        """Apply the sound batch at `start`; returns its first seq, or 0 when it is not the
        publisher's next and is dropped.

        Exactly once: within an incarnation numbers follow each other, and a higher incarnation
        starts at 1.
        """
        header = read_batch_header(data, start)
        if not self._is_next(header):
            return 0
        first_seq = self.state.seq + 1
        at = start + BATCH_HEADER_BYTES
        index: i64 = 0
        while index < header.count:
            if LOOKS_AHEAD and index % AHEAD == 0:
                left = header.count - index
                look_ahead(self.state, data, at, AHEAD if left > AHEAD else left)
            length = read_word(data, at + 8)
            self._begin_entry(read_word(data, at))
            self._act(data, at + 16, length)
            self._end_entry()
            at += 16 + length
            index += 1
        return first_seq

    def apply_edited(self, data: bytes, start: i64, edits: dict[int, list[bytes]]) -> i64:
        """Apply a batch as `apply_batch` does, but at each seq of `edits` the commands found there
        instead of its own: none leaves a hole, several act one after the other in the one entry.

        No seq is ever renumbered: a hole takes its place and its time, and what is inserted goes on
        with the entry's order and trade ids. Without edits it is `apply_batch`.
        """
        if len(edits) == 0:
            return self.apply_batch(data, start)
        header = read_batch_header(data, start)
        if not self._is_next(header):
            return 0
        first_seq = self.state.seq + 1
        at = start + BATCH_HEADER_BYTES
        index: i64 = 0
        while index < header.count:
            length = read_word(data, at + 8)
            self._begin_entry(read_word(data, at))
            instead = edits.get(self.state.seq)
            if instead is None:
                self._act(data, at + 16, length)
            else:
                for command in instead:
                    self._act(command, 0, len(command))
            self._end_entry()
            at += 16 + length
            index += 1
        return first_seq

    def _is_next(self, header: BatchHeader) -> bool:
        """Whether the batch is its publisher's next; if so, from now on it is his last."""
        state = self.state
        known = state.publishers.get(header.publisher_id)
        if known is None:
            known = PublisherState(incarnation=0, batch_number=0)
        if header.incarnation == known.incarnation:
            if header.batch_number != known.batch_number + 1:
                return False
        elif header.incarnation < known.incarnation or header.batch_number != 1:
            return False
        if header.shard != state.genesis.shard:
            return False
        known.incarnation = header.incarnation
        known.batch_number = header.batch_number
        state.publishers[header.publisher_id] = known
        return True

    def _begin_entry(self, stamp_ns: i64) -> None:
        state = self.state
        assert state.seq < SEQ_MAX
        state.seq += 1
        state.stamp_ns = stamp_ns
        clock_ns = state.clock_ms * _NS_PER_MS
        if stamp_ns < clock_ns:
            stamp_ns = clock_ns
        elif stamp_ns > clock_ns + _NS_PER_SECOND:
            stamp_ns = clock_ns + _NS_PER_SECOND
        state.time_ns = stamp_ns
        state.orders_made = 0
        state.trades_made = 0
        state.out.begin_entry(seq=state.seq, time_ns=stamp_ns, clock_ms=state.clock_ms)
        ports = state.ports
        if ports is not None:
            ports.begin_entry(state)

    def _act(self, data: bytes, start: i64, length: i64) -> None:
        """Do one command of the entry that has begun."""
        state = self.state
        state.has_effect = False
        command = decode_command(data, start, length)
        head: i64 = 0
        if length >= 8:
            head = read_word(data, start)
        if command is None:
            kind: int = head & 0xFF
            is_known = kind in KNOWN_COMMANDS or length < 8
            reason: i64 = RejectReason.UNDECODABLE if is_known else RejectReason.UNKNOWN_COMMAND
            say_rejected(state, head, reason)
            return
        events = state.out.events
        try:
            dispatch(state, command, head)
            if state.traded_count > 0:
                fire_by_trades(state)
        except AssertionError:
            if state.has_effect:
                raise
            assert state.out.events == events
            contain_fault(state, head)

    def _end_entry(self) -> None:
        """Say how the positions and the balances are that the entry has changed."""
        state = self.state
        ports = state.ports
        if ports is not None:
            ports.end_entry(state)
        if state.touched_positions_count > 0:
            say_positions(state)
        ledger = state.ledger
        if ledger.touched_count == 0:
            return
        count = ledger.take_touched()
        index: i64 = 0
        while index < count:
            account = ledger.touched[index]
            index += 1
            state.out.balance_changed(
                kind=account.kind,
                account_id=account.account_id,
                asset_id=account.asset_id,
                balance=account.balance,
                held=account.held,
                instrument_id=account.instrument_id,
            )


def open_engine(genesis: Genesis) -> Engine:
    """The engine before entry 1: everything the genesis names, and its opening balances as
    transfers from custody.
    """
    assert genesis_fault(genesis) == ""
    state = State(genesis)
    for asset in genesis.assets:
        state.assets[asset.asset_id] = asset
    for index in genesis.indices:
        add_index(state, index)
    for instrument in genesis.instruments:
        add_market(state, instrument.copy())
    for account in genesis.accounts:
        state.add_account(
            account_id=account.account_id,
            owner_id=account.owner_id,
            fee_tier=account.fee_tier,
        )
    ledger = state.ledger
    for amount in genesis.amounts:
        owner = state.account(amount.account_id)
        if owner is None:  # account 0: the house's own capital
            target = ledger.account(
                kind=LedgerKind.HOUSE_TREASURY, account_id=0, asset_id=amount.asset_id
            )
        else:
            target = state.trading_account(owner, amount.asset_id)
        custody = ledger.account(
            kind=LedgerKind.EXT_CUSTODY, account_id=0, asset_id=amount.asset_id
        )
        transfer(ledger, source=custody, target=target, amount=amount.amount)
    for seed in genesis.fund_seeds:
        treasury = ledger.account(
            kind=LedgerKind.HOUSE_TREASURY, account_id=0, asset_id=seed.asset_id
        )
        fund = ledger.account(kind=LedgerKind.INSURANCE, account_id=0, asset_id=seed.asset_id)
        transfer(ledger, source=treasury, target=fund, amount=seed.amount)
    set_fee_floors(state)
    ledger.take_touched()
    return Engine(state)


def restore_engine(genesis: Genesis, data: bytes) -> tuple[Engine | None, str]:
    """The engine of a snapshot and "", or None and what is wrong with it."""
    state = State(genesis)
    fault = restore_state(state, sha256(encode_genesis(genesis)).digest(), data)
    if fault:
        return None, fault
    set_fee_floors(state)
    return Engine(state), ""


def set_fee_floors(state: State) -> None:
    """house:fee may fall to minus the house's own capital of the asset, less what seeds the
    insurance fund, so that rebates are paid from money it has.
    """
    capital: dict[int, int] = {}
    for amount in state.genesis.amounts:
        if amount.account_id == 0:
            capital[amount.asset_id] = capital.get(amount.asset_id, 0) + amount.amount
    for seed in state.genesis.fund_seeds:
        capital[seed.asset_id] -= seed.amount
    for asset_id, total in capital.items():
        fee = state.ledger.account(kind=LedgerKind.HOUSE_FEE, account_id=0, asset_id=asset_id)
        fee.floor = -total
