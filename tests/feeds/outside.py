"""Updates and a publisher for the tests of feeds."""

from __future__ import annotations

from seawall.core.model.batch import BATCH_HEADER_BYTES, batch_fault, read_batch_header
from seawall.core.model.codec import read_word
from seawall.core.model.command_codec import decode_command
from seawall.core.model.commands import ObservePrices
from seawall.feeds.updates import OutsideBbo, OutsideTrade

E8 = 10**8


def bbo(
    bid: int,
    ask: int,
    *,
    source_id: int = 1,
    instrument_id: int = 0,
    receive_ms: int = 1_000,
    raw: bytes = b"{}",
) -> OutsideBbo:
    """A best bid and offer in whole quote units."""
    return OutsideBbo(
        source_id=source_id,
        instrument_id=instrument_id,
        bid_e8=bid * E8,
        ask_e8=ask * E8,
        bid_size_e8=E8,
        ask_size_e8=E8,
        is_deep=True,
        venue_ms=receive_ms - 3,
        receive_ms=receive_ms,
        raw=raw,
    )


def trade(
    price: int, trade_id: int, *, source_id: int = 1, receive_ms: int = 1_000
) -> OutsideTrade:
    """A trade at a price in whole quote units."""
    return OutsideTrade(
        source_id=source_id,
        instrument_id=0,
        price_e8=price * E8,
        size_e8=E8,
        trade_id=trade_id,
        is_buy=True,
        venue_ms=receive_ms - 3,
        receive_ms=receive_ms,
        raw=b'{"t":%d}' % trade_id,
    )


class FakePublisher:
    """Keeps batches; answers them when told. Sends nothing while `is_connected` is False."""

    def __init__(self) -> None:
        self.is_connected = True
        self.batches: list[bytes] = []
        self.waiting: list[int] = []

    def send_batch(self, data: bytes) -> bool:
        """Keep a sound batch."""
        if not self.is_connected:
            return False
        assert batch_fault(data, 0) == ""
        self.batches.append(data)
        self.waiting.append(read_batch_header(data, 0).batch_number)
        return True

    def unanswered(self, publisher_id: int) -> list[int]:
        """The numbers without an answer."""
        assert publisher_id == 4
        return self.waiting

    def answer(self) -> None:
        """Say that everything is applied."""
        self.waiting = []

    def numbers(self) -> list[int]:
        """The numbers of all batches sent."""
        return [read_batch_header(data, 0).batch_number for data in self.batches]

    def last(self) -> list[ObservePrices]:
        """The observations of the last batch."""
        data = self.batches[-1]
        found = []
        at = BATCH_HEADER_BYTES
        for _ in range(read_batch_header(data, 0).count):
            length = read_word(data, at + 8)
            command = decode_command(data, at + 16, length)
            assert isinstance(command, ObservePrices)
            found.append(command)
            at += 16 + length
        return found
