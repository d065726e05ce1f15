"""How much of the insurance fund may be drawn (domain 4.5).

The fund itself is a ledger account; this is the memory of its last hours. Capacity is
`min(balance, share * peak of the window - drawn in the window)`, at least 0, for all instruments
together. One instrument may use at most half of that, and over the window no more than half of
`share * peak`: else it could take half, and half of what is left, and so on.

Time is kept in whole minutes, and a minute leaves the window as a whole.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.liquidation.parameters import LiquidationParameters
from seawall.core.model.codec import WORD, Writer, read_word, write_word
from seawall.core.model.units import rate_floor

MINUTE_MS: Final = 60_000


@final
@mypyc_attr(acyclic=True)
class Peak:
    """The highest balance of a minute, kept only while no later minute was as high."""

    def __init__(self, *, minute: i64, balance: i64) -> None:
        self.minute: i64 = minute
        self.balance: i64 = balance


@final
@mypyc_attr(acyclic=True)
class Draw:
    """What one instrument drew in a minute."""

    def __init__(self, *, minute: i64, instrument_id: i64, amount: i64) -> None:
        self.minute: i64 = minute
        self.instrument_id: i64 = instrument_id
        self.amount: i64 = amount


@final
@mypyc_attr(acyclic=True)
class FundWindow:
    """The window of one fund.

    `peaks` is a monotone queue: minutes rise, balances fall, so the first is the peak of the
    window. `draws` rises by minute, and within a minute by instrument.
    """

    def __init__(self) -> None:
        self.peaks: list[Peak] = []
        self.draws: list[Draw] = []
        self.drawn: i64 = 0
        self.drawn_by: dict[int, int] = {}

    def observe(self, parameters: LiquidationParameters, *, clock_ms: i64, balance: i64) -> None:
        """Take the fund's balance now: in every tick, and before every draw."""
        minute = clock_ms // MINUTE_MS
        self._forget(minute - parameters.draw_window_ms // MINUTE_MS)
        peaks = self.peaks
        while len(peaks) > 0 and peaks[-1].balance <= balance:
            peaks.pop()
        if len(peaks) == 0 or peaks[-1].minute < minute:
            peaks.append(Peak(minute=minute, balance=balance))

    def draw(self, *, clock_ms: i64, instrument_id: i64, amount: i64) -> None:
        """Record that the fund has paid `amount` for a loss in the instrument."""
        assert amount >= 0
        if amount == 0:
            return
        minute = clock_ms // MINUTE_MS
        self.drawn += amount
        self.drawn_by[instrument_id] = self.drawn_by.get(instrument_id, 0) + int(amount)
        draws = self.draws
        place: i64 = len(draws)
        while place > 0 and _is_after(draws[place - 1], minute, instrument_id):
            place -= 1
        if place > 0:
            last = draws[place - 1]
            if last.minute == minute and last.instrument_id == instrument_id:
                last.amount += amount
                return
        draws.insert(place, Draw(minute=minute, instrument_id=instrument_id, amount=amount))

    def capacity(self, parameters: LiquidationParameters, *, balance: i64) -> i64:
        """What may be drawn for all instruments together."""
        room = self._budget(parameters, balance) - self.drawn
        if room > balance:
            room = balance
        return room if room > 0 else 0

    def capacity_of(
        self, parameters: LiquidationParameters, *, balance: i64, instrument_id: i64
    ) -> i64:
        """What may be drawn for one instrument."""
        room: i64 = self.capacity(parameters, balance=balance) // 2
        used: i64 = self.drawn_by.get(instrument_id, 0)
        own = self._budget(parameters, balance) // 2 - used
        if room > own:
            room = own
        return room if room > 0 else 0

    def _budget(self, parameters: LiquidationParameters, balance: i64) -> i64:
        peak = balance
        if len(self.peaks) > 0 and self.peaks[0].balance > peak:
            peak = self.peaks[0].balance
        return rate_floor(peak, parameters.draw_share_e8)

    def _forget(self, last_gone: i64) -> None:
        """Drop the minutes up to `last_gone`."""
        gone: i64 = 0
        while gone < len(self.peaks) and self.peaks[gone].minute <= last_gone:
            gone += 1
        if gone > 0:
            del self.peaks[:gone]
        gone = 0
        while gone < len(self.draws) and self.draws[gone].minute <= last_gone:
            draw = self.draws[gone]
            self.drawn -= draw.amount
            left = self.drawn_by[draw.instrument_id] - int(draw.amount)
            if left == 0:
                del self.drawn_by[draw.instrument_id]
            else:
                self.drawn_by[draw.instrument_id] = left
            gone += 1
        if gone > 0:
            del self.draws[:gone]


def _is_after(draw: Draw, minute: i64, instrument_id: i64) -> bool:
    """Whether the row belongs behind one of that minute and instrument."""
    if draw.minute != minute:
        return draw.minute > minute
    return draw.instrument_id > instrument_id


def write_fund_window(out: Writer, window: FundWindow) -> None:
    """Its canonical words."""
    write_word(out, len(window.peaks))
    for peak in window.peaks:
        write_word(out, peak.minute)
        write_word(out, peak.balance)
    write_word(out, len(window.draws))
    for draw in window.draws:
        write_word(out, draw.minute)
        write_word(out, draw.instrument_id)
        write_word(out, draw.amount)


def fund_window_bytes(window: FundWindow) -> i64:
    """How many bytes `write_fund_window` writes."""
    words: i64 = 2 + 2 * len(window.peaks) + 3 * len(window.draws)
    return words * WORD


def read_fund_window(data: bytes, at: i64) -> FundWindow:
    """The inverse of `write_fund_window`; it used `fund_window_bytes` of the result."""
    window = FundWindow()
    count = read_word(data, at)
    at += WORD
    while count > 0:
        peak = Peak(minute=read_word(data, at), balance=read_word(data, at + WORD))
        window.peaks.append(peak)
        at += 2 * WORD
        count -= 1
    count = read_word(data, at)
    at += WORD
    while count > 0:
        draw = Draw(
            minute=read_word(data, at),
            instrument_id=read_word(data, at + WORD),
            amount=read_word(data, at + 2 * WORD),
        )
        window.draws.append(draw)
        window.drawn += draw.amount
        before = window.drawn_by.get(draw.instrument_id, 0)
        window.drawn_by[draw.instrument_id] = before + int(draw.amount)
        at += 3 * WORD
        count -= 1
    return window
