"""Where liquidations stand, and what finds the units to look at.

Canonical are the standings, the counters of episodes and the windows of the fund. The watch is
derived: nothing depends on whether a unit is due, only on its equity (`liquidations.py` says why).
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.engine.snapshot_reader import Reader
from seawall.core.liquidation import (
    FundWindow,
    LiquidationParameters,
    LiquidationWatch,
    MarketLimiter,
    fund_window_bytes,
    read_fund_window,
    write_fund_window,
)
from seawall.core.model.codec import Writer, write_word
from seawall.core.model.enums import LiquidationPhase

CROSS_BIT: Final = 1 << 16
SLOT_BITS: Final = 17
RANKINGS_PER_TICK_MAX: Final = 16  # each ranks all positions of an instrument


def unit_key(*, account_slot: i64, key_id: i64, is_cross: bool) -> i64:
    """Of a unit: the instrument of an isolated position, or the settlement asset of a cross
    account.
    """
    part = key_id | CROSS_BIT if is_cross else key_id
    return account_slot << SLOT_BITS | part


@final
@mypyc_attr(acyclic=True)
class Standing:
    """A unit whose condition holds, or that is being liquidated; also an inventory of the venue.

    bad_ticks: ticks in a row on which the condition held. episode counts the liquidations of the
    account, step the orders of an episode, fills those that traded. step_left: lots of the present
    step, in step_instrument_id, that the market's limiter kept back. sizes: lots of each position
    when the episode began.
    """

    def __init__(self, *, account_slot: i64, key_id: i64, is_cross: bool) -> None:
        self.account_slot: i64 = account_slot
        self.key_id: i64 = key_id
        self.is_cross: bool = is_cross
        self.bad_ticks: i64 = 0
        self.phase: i64 = LiquidationPhase.HEALTHY
        self.episode: i64 = 0
        self.step: i64 = 0
        self.fills: i64 = 0
        self.next_step_ms: i64 = 0
        self.step_left: i64 = 0
        self.step_instrument_id: i64 = 0
        self.sizes: dict[int, int] = {}  # by instrument

    @property
    def key(self) -> i64:
        """Its `unit_key`."""
        return unit_key(account_slot=self.account_slot, key_id=self.key_id, is_cross=self.is_cross)

    @property
    def instrument_id(self) -> i64:
        """As events say it: 0 for the whole cross account."""
        return 0 if self.is_cross else self.key_id


@final
@mypyc_attr(acyclic=True)
class LiquidationState:
    """All of it; see the module."""

    def __init__(self) -> None:
        self.standings: dict[int, Standing] = {}  # by unit key
        self.episodes: dict[int, int] = {}  # by slot of the account
        self.windows: dict[int, FundWindow] = {}  # by settlement asset
        # Derived:
        self.watch: LiquidationWatch = LiquidationWatch()
        self.crossed_marks: dict[int, int] = {}  # by instrument
        self.parameters: dict[int, LiquidationParameters] = {}  # by settlement asset
        # Of the current tick only:
        self.limiters: dict[int, MarketLimiter] = {}  # by instrument
        self.shifts: dict[int, tuple[int, int]] = {}  # by index; e8, at most 0 and at least 0
        self.events_max: i64 = 0
        self.rankings_left: i64 = 0
        self.examined: i64 = 0  # units looked at, for benches and tests

    def standing(self, *, account_slot: i64, key_id: i64, is_cross: bool) -> Standing:
        """The standing of a unit; a new one when there is none."""
        key = unit_key(account_slot=account_slot, key_id=key_id, is_cross=is_cross)
        found = self.standings.get(key)
        if found is None:
            found = Standing(account_slot=account_slot, key_id=key_id, is_cross=is_cross)
            self.standings[key] = found
        return found

    def next_episode(self, account_slot: i64) -> i64:
        """The number of the account's next liquidation, from 1."""
        number = self.episodes.get(account_slot, 0) + 1
        self.episodes[account_slot] = number
        return number

    def is_liquidated(self, *, account_slot: i64, key_id: i64, is_cross: bool) -> bool:
        """Whether an episode of the unit runs."""
        key = unit_key(account_slot=account_slot, key_id=key_id, is_cross=is_cross)
        found = self.standings.get(key)
        return found is not None and found.phase != LiquidationPhase.HEALTHY

    def parameters_of(self, *, asset_id: i64, quote_units: i64) -> LiquidationParameters:
        """The numbers for a settlement asset of so many units per whole."""
        found = self.parameters.get(asset_id)
        if found is None:
            found = LiquidationParameters(quote_units=quote_units)
            self.parameters[asset_id] = found
        return found


def write_liquidations(out: Writer, state: LiquidationState) -> None:
    """The canonical words."""
    write_word(out, len(state.episodes))
    for slot in sorted(state.episodes):
        write_word(out, slot)
        write_word(out, state.episodes[slot])
    write_word(out, len(state.standings))
    for key in sorted(state.standings):
        found = state.standings[key]
        for word in (
            key,
            found.bad_ticks,
            found.phase,
            found.episode,
            found.step,
            found.fills,
            found.next_step_ms,
            found.step_left,
            found.step_instrument_id,
            len(found.sizes),
        ):
            write_word(out, word)
        for instrument_id in sorted(found.sizes):
            write_word(out, instrument_id)
            write_word(out, found.sizes[instrument_id])
    write_word(out, len(state.windows))
    for asset_id in sorted(state.windows):
        write_word(out, asset_id)
        write_fund_window(out, state.windows[asset_id])


def read_liquidations(state: LiquidationState, reader: Reader) -> None:
    """The inverse."""
    for _ in range(reader.word()):
        slot = reader.word()
        state.episodes[slot] = reader.word()
    for _ in range(reader.word()):
        key = reader.word()
        found = state.standing(
            account_slot=key >> SLOT_BITS, key_id=key & 0xFFFF, is_cross=key & CROSS_BIT != 0
        )
        found.bad_ticks = reader.word()
        found.phase = reader.word()
        found.episode = reader.word()
        found.step = reader.word()
        found.fills = reader.word()
        found.next_step_ms = reader.word()
        found.step_left = reader.word()
        found.step_instrument_id = reader.word()
        for _ in range(reader.word()):
            instrument_id = reader.word()
            found.sizes[instrument_id] = reader.word()
    for _ in range(reader.word()):
        asset_id = reader.word()
        window = read_fund_window(reader.data, reader.at)
        reader.take(fund_window_bytes(window))
        state.windows[asset_id] = window
