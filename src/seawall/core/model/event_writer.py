"""Events into bytes: the engine's outbox.

An entry opens with a marker (written before its first event; an entry without events writes
nothing), then events follow. The first word of marker and event is `type | length in words << 8 |
instrument << 16 | account << 32`, so a reader can skip what it does not know.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.codec import Writer, head, padded, write_word
from seawall.core.model.commands import PlaceOrder
from seawall.core.model.events import EventType

ENTRY_MARKER: Final = 0xFE
HAS_CLIENT_ID: Final = 1 << 8
HAS_TAG: Final = 1 << 9
MARGIN_MODE_SHIFT: Final = 10  # two bits
REDUCE_ONLY: Final = 1 << 12
_KEPT_BYTES_MAX: Final = 1 << 20  # the memory of a larger outbox is given back


@final
@mypyc_attr(acyclic=True)
class EventWriter:
    """Collects the events of one or more entries; `take` gives the bytes and starts anew."""

    def __init__(self) -> None:
        self.out: Writer = Writer()
        self.events: i64 = 0  # of the current entry
        self.seq: i64 = 0
        self.time_ns: i64 = 0
        self.clock_ms: i64 = 0

    def begin_entry(self, *, seq: i64, time_ns: i64, clock_ms: i64) -> None:
        """What follows belongs to the entry at `seq`."""
        self.events = 0
        self.seq = seq
        self.time_ns = time_ns
        self.clock_ms = clock_ms

    def open_event(self, type_: i64, words: i64, instrument_id: i64, account_id: i64) -> None:
        """Write the first word of an event of `words` words in all, after the marker if it is the
        entry's first.
        """
        out = self.out
        if self.events == 0:
            write_word(out, head(type_=ENTRY_MARKER, flags=4, instrument_id=0, account_id=0))
            write_word(out, self.seq)
            write_word(out, self.time_ns)
            write_word(out, self.clock_ms)
        self.events += 1
        write_word(
            out,
            head(type_=type_, flags=words, instrument_id=instrument_id, account_id=account_id),
        )

    def take(self) -> bytes:
        """All bytes since the last `take`."""
        data = self.out.getvalue()
        if len(data) <= _KEPT_BYTES_MAX:
            self.out.truncate(0)
        else:
            self.out = Writer()
        self.events = 0
        return data

    def order_accepted(self, command: PlaceOrder, *, order_id: i64, limit_price: i64) -> None:
        """`limit_price` is the order's own or, for a market order, its cap."""
        words: i64 = 7
        options = (
            command.side
            | command.order_type << 1
            | command.time_in_force << 2
            | command.self_trade_prevention << 5
            | command.margin_mode << MARGIN_MODE_SHIFT
        )
        if command.reduce_only:
            options |= REDUCE_ONLY
        has_client_id = len(command.client_id) > 0
        has_tag = len(command.tag) > 0
        if has_client_id:
            words += 4
            options |= HAS_CLIENT_ID
        if has_tag:
            words += 2
            options |= HAS_TAG
        self.open_event(EventType.ORDER_ACCEPTED, words, command.instrument_id, command.account_id)
        out = self.out
        write_word(out, order_id)
        write_word(out, limit_price)
        write_word(out, command.quantity)
        write_word(out, command.quote_amount)
        write_word(out, command.expire_ms)
        write_word(out, options)
        if has_client_id:
            out.write(padded(command.client_id, 32))
        if has_tag:
            out.write(padded(command.tag, 16))

    def order_rejected(self, command: PlaceOrder, reason: i64) -> None:
        words: i64 = 6 if command.client_id else 2
        self.open_event(EventType.ORDER_REJECTED, words, command.instrument_id, command.account_id)
        write_word(self.out, reason)
        if command.client_id:
            self.out.write(padded(command.client_id, 32))

    def order_filled(
        self,
        *,
        trade_id: i64,
        instrument_id: i64,
        price: i64,
        quantity: i64,
        taker_side: i64,
        taker_order_id: i64,
        taker_account_id: i64,
        taker_fee: i64,
        taker_open: i64,
        maker_order_id: i64,
        maker_account_id: i64,
        maker_fee: i64,
        maker_open: i64,
    ) -> None:
        self.open_event(EventType.ORDER_FILLED, 11, instrument_id, taker_account_id)
        out = self.out
        write_word(out, trade_id)
        write_word(out, price)
        write_word(out, quantity)
        write_word(out, taker_order_id)
        write_word(out, taker_fee)
        write_word(out, taker_open)
        write_word(out, maker_order_id)
        write_word(out, maker_fee)
        write_word(out, maker_open)
        write_word(out, maker_account_id | taker_side << 32)

    def order_cancelled(
        self,
        *,
        order_id: i64,
        account_id: i64,
        instrument_id: i64,
        reason: i64,
        quantity_open: i64,
        was_resting: bool,
    ) -> None:
        self.open_event(EventType.ORDER_CANCELLED, 4, instrument_id, account_id)
        write_word(self.out, order_id)
        write_word(self.out, quantity_open)
        resting: i64 = 1 if was_resting else 0
        write_word(self.out, reason | resting << 32)

    def order_amended(
        self,
        *,
        order_id: i64,
        account_id: i64,
        instrument_id: i64,
        limit_price: i64,
        quantity: i64,
        quantity_open: i64,
        kept_priority: bool,
    ) -> None:
        self.open_event(EventType.ORDER_AMENDED, 6, instrument_id, account_id)
        write_word(self.out, order_id)
        write_word(self.out, limit_price)
        write_word(self.out, quantity)
        write_word(self.out, quantity_open)
        kept: i64 = 1 if kept_priority else 0
        write_word(self.out, kept)

    def balance_changed(
        self,
        *,
        kind: i64,
        account_id: i64,
        asset_id: i64,
        balance: i64,
        held: i64,
        instrument_id: i64,
    ) -> None:
        self.open_event(EventType.BALANCE_CHANGED, 4, asset_id, account_id)
        write_word(self.out, balance)
        write_word(self.out, held)
        write_word(self.out, kind | instrument_id << 32)

    def words(self, type_: i64, *, instrument_id: i64, account_id: i64, words: list[i64]) -> None:
        """A rare event that consists of whole words only."""
        count: i64 = len(words)
        self.open_event(type_, 1 + count, instrument_id, account_id)
        for word in words:
            write_word(self.out, word)

    def text(
        self,
        type_: i64,
        *,
        instrument_id: i64,
        account_id: i64,
        words: list[i64],
        text: bytes,
        size: i64,
    ) -> None:
        """A rare event of words followed by one text, padded to `size` bytes."""
        count: i64 = len(words)
        self.open_event(type_, 1 + count + size // 8, instrument_id, account_id)
        for word in words:
            write_word(self.out, word)
        self.out.write(padded(text, size))
