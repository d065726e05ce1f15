"""Everything at once: worlds in which traders, sources, the clock and operators all misbehave in
the same minutes, drawn from a seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from seawall.core.engine import Engine, open_engine
from seawall.core.model.batch import encode_batch
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import Command, ObservePrices, TimerBeat
from seawall.core.model.enums import InstrumentKind, RiskTier
from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import Event
from seawall.core.model.genesis import (
    Genesis,
    GenesisAccount,
    GenesisAmount,
    IndexDefinition,
    IndexSource,
    Mirror,
    Operator,
    Parameters,
    PriceSource,
)
from seawall.core.model.instruments import Asset, FeeTier, Instrument
from tests.laws.driving import PUBLISHER
from tests.laws.storm_wishes import (
    BIG,
    GAMBLERS,
    MAKERS,
    MIRROR,
    OTHER,
    PLAIN,
    SMALL,
    SPOT,
    Wishes,
    always,
)
from tests.laws.swap_worlds import BTC, E8, USDC, USDT, swap_instrument
from tests.laws.worlds import NS_PER_MS, Draw, Step

HOUR_MS = 3_600_000
MIDNIGHT_MS = 1_700_006_400_000  # a boundary of funding
FIRST, SECOND = 1, 2  # indices
SOURCES = range(1, 8)
OWNERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 7, 9: 9, 10: 10, 11: 11}
START_SECONDS = 12  # until the indices are there
PHASES = (
    *("calm", "calm", "drift", "drift", "drift", "crash", "crash", "jump", "jump", "back"),
    *(
        "back",
        "liar",
        "liar",
        "split",
        "split",
        "majority",
        "silent",
        "thin",
        "thin",
        "frozen",
        "broken",
    ),
)
STEADY = ("drift", "crash", "calm", "back")


@dataclass
class Weather:
    """What one outside market does."""

    price_e8: int = 100 * E8
    phase: str = "calm"
    left: int = 20
    slope: int = 0  # ten thousandths of the price, each second
    liars: list[int] = field(default_factory=list)
    factor: int = 100  # percent of the truth that liars say


def storm_genesis(draw: Draw) -> Genesis:
    """Two indices of the same seven sources; two spot markets, three swaps in two currencies; a
    provider who mirrors sources. Fund, fees, durations and tiers are drawn.
    """
    protections = 0 if draw.chance(20) else 1
    tier = draw.one((RiskTier.MAJOR, RiskTier.ALT))
    scale = draw.one((8, 6, 4))
    scales = {BTC: 8, USDT: scale, USDC: 6}
    cash = {one: draw.one((300, 1_000, 3_000)) for one in GAMBLERS}
    cash |= dict.fromkeys((*MAKERS, MIRROR), 200_000)
    capital = draw.one((0, 50, 5_000))
    house = [
        GenesisAmount(account_id=0, asset_id=one, amount=capital * 10 ** scales[one])
        for one in (USDT, USDC)
        if capital > 0
    ]
    return Genesis(
        venue=b"storm",
        created_ms=MIDNIGHT_MS - 24 * HOUR_MS,
        shard=draw.one((0, 7)),
        is_simulated=True,
        is_unsafe=protections == 0,
        parameters=Parameters(
            short_cancel_only_ms=draw.one((0, 1_000, 3_000)),
            long_cancel_only_ms=draw.one((0, 2_000)),
            long_post_only_ms=draw.one((0, 3_000)),
            protections=protections,
        ),
        assets=[
            Asset(asset_id=one, name=name, scale=scales[one])
            for one, name in ((BTC, b"BTC"), (USDT, b"USDT"), (USDC, b"USDC"))
        ],
        instruments=storm_instruments(tier, scale),
        fee_tiers=[
            FeeTier(maker_e8=draw.one((-5_000, 0, 20_000)), taker_e8=50_000),
            FeeTier(maker_e8=30_001, taker_e8=70_003),
        ],
        sources=[
            PriceSource(
                source_id=one, name=b"s%d" % one, domain=b"d%d" % (one // 2), is_synthetic=True
            )
            for one in SOURCES
        ],
        indices=[
            IndexDefinition(
                index_id=index_id,
                name=name,
                risk_tier=tier,
                sources=[IndexSource(source_id=one) for one in SOURCES],
            )
            for index_id, name in ((FIRST, b"FIRST"), (SECOND, b"SECOND"))
        ],
        operators=[Operator(operator_id=1, name=b"olga"), Operator(operator_id=2, name=b"otto")],
        accounts=[
            GenesisAccount(account_id=one, owner_id=owner, fee_tier=draw.below(2))
            for one, owner in OWNERS.items()
        ],
        amounts=[
            GenesisAmount(account_id=one, asset_id=asset, amount=whole * 10**digits)
            for one, whole in cash.items()
            for asset, digits in scales.items()
        ]
        + house,
        fund_seeds=[
            GenesisAmount(account_id=0, asset_id=one.asset_id, amount=one.amount // 2)
            for one in house
        ],
        mirrors=[
            Mirror(
                account_id=MIRROR,
                instrument_id=instrument_id,
                source_id=source_id,
                spread_e8=300_000,
                quantity=40,
            )
            for instrument_id, source_id in ((BIG, 1), (BIG, 4), (SPOT, 2))
        ],
    )


def storm_instruments(tier: int, scale: int) -> list[Instrument]:
    """What is traded; ticks of 0.1, but for SMALL."""
    plain = swap_instrument(PLAIN, b"PLAIN", scale, quantity_max=1_000)
    plain.kind, plain.index_id, plain.risk_tier = InstrumentKind.SPOT, 0, RiskTier.NONE
    spot = swap_instrument(SPOT, b"SPOT", scale, quantity_max=10_000, tier=tier)
    spot.kind = InstrumentKind.SPOT
    big = swap_instrument(BIG, b"BIG", scale, quantity_max=100_000, tier=tier)
    small = swap_instrument(
        *(SMALL, b"SMALL", scale),
        tick_size_e8=5 * 10**7,
        lot_size=10**5,
        quantity_max=1_000_000,
        tier=RiskTier.TAIL,
    )
    small.index_id = SECOND
    other = swap_instrument(OTHER, b"OTHER", 6, quantity_max=100_000, tier=tier)
    other.quote_asset_id = USDC
    return [plain, spot, big, small, other]


def batch_of(genesis: Genesis, step: Step, number: int) -> bytes:
    """One entry as the publisher's batch of that number."""
    return encode_batch(
        shard=genesis.shard,
        publisher_id=PUBLISHER,
        incarnation=1,
        batch_number=number,
        stamps_ns=[step.stamp_ns],
        commands=[step.data],
    )


class Storm:
    """Writes a stream, entry by entry, and applies it to `engine` as it is written: whoever acts
    looks at the venue as it is.
    """

    def __init__(self, seed: int) -> None:
        self.draw = Draw(seed)
        self.genesis = storm_genesis(self.draw)
        self.engine: Engine = open_engine(self.genesis)
        self.steps: list[Step] = []
        away_ms = self.draw.one((60_000, 100_000, 20_000, 8 * HOUR_MS - 50_000))
        self.wall_ms = MIDNIGHT_MS - away_ms
        self.weather = {FIRST: Weather(), SECOND: Weather()}
        self.seconds = 0
        self.wishes = Wishes(self)
        self.planned: list[Callable[[], Command]] = []

    def next_batch(self) -> bytes:
        """The next entry, as bytes; it is not applied yet."""
        while not self.planned:
            self.plan_second()
        command = self.planned.pop(0)()
        off_ms = 0 if not self.draw.chance(2) else self.draw.one((-2_001, 1_999, 2_001, 10**7))
        if isinstance(command, TimerBeat | ObservePrices):
            off_ms = 0
        step = Step((self.wall_ms + off_ms) * NS_PER_MS, encode_command(command))
        self.steps.append(step)
        return batch_of(self.genesis, step, len(self.steps))

    def step(self) -> tuple[bytes, bytes, list[Event]]:
        """Write and apply an entry: its batch, what it said as bytes, and as events."""
        batch = self.next_batch()
        said = self.engine.apply_many(batch)
        events = [event for entry in read_entries(said) for event in entry.events]
        self.wishes.look(events)
        return batch, said, events

    def plan_second(self) -> None:
        """A second passes: sources, the clock, makers, then whoever wants something."""
        draw = self.draw
        self.seconds += 1
        self.wall_ms += self.away_ms()
        for index_id, weather in self.weather.items():
            self.blow(weather)
            for source_id in SOURCES:
                said = self.said(index_id, weather, source_id)
                if said is not None:
                    self.planned.append(always(said))
        if not draw.chance(3):
            self.planned.append(always(TimerBeat(timer_id=0, wall_ms=self.wall_ms)))
        if self.seconds == START_SECONDS:
            self.planned += self.wishes.openings()
        if self.seconds >= START_SECONDS:
            self.planned += self.wishes.quotes()
            self.planned += [self.wishes.next] * draw.between(1, 9)

    def away_ms(self) -> int:
        """How much time passes: a second, or the clock was out."""
        if self.seconds <= START_SECONDS or not self.draw.chance(2):
            return 1_000
        to_boundary_ms = 8 * HOUR_MS - self.wall_ms % (8 * HOUR_MS)
        return self.draw.one(
            (
                *(2_000, 3_000, 4_500, 9_999, 15_000, 70_000, to_boundary_ms),
                *(to_boundary_ms - 2_000, to_boundary_ms + HOUR_MS + 5_000),
            )
        )

    def blow(self, weather: Weather) -> None:
        """The true price of one outside market moves on."""
        draw = self.draw
        weather.left -= 1
        if weather.left <= 0:
            was_wild = weather.phase not in STEADY
            weather.phase = draw.one(STEADY if was_wild and draw.chance(60) else PHASES)
            weather.left = draw.between(14, 45) if weather.phase == "thin" else draw.between(3, 20)
            weather.slope = draw.one((-10, -6, -3, 3, 6, 10))
            if weather.phase == "crash":
                weather.slope = draw.one((-60, -40, -25, 25, 40))
            weather.liars = [one for one in SOURCES if draw.chance(45)]
            if weather.phase == "liar":
                weather.liars = [draw.one(list(SOURCES))]
            elif weather.phase == "thin":  # enough for a degraded index
                weather.liars = [draw.one((2, 3)), draw.one((4, 5)), draw.one((6, 7))]
            elif weather.phase == "majority":
                weather.liars = [one for one in SOURCES if draw.chance(85)]
            weather.factor = draw.one((1, 50, 80, 93, 97, 103, 108, 130, 500))
            if weather.phase == "jump":
                percent = draw.one((88, 94, 96, 98, 102, 105, 112))
                weather.price_e8 = weather.price_e8 * percent // 100
        if weather.phase == "back":
            weather.price_e8 += (100 * E8 - weather.price_e8) // 12
        moved = weather.price_e8 // 10_000
        weather.price_e8 += draw.between(-moved, moved) * 3
        if weather.phase in ("drift", "crash"):
            weather.price_e8 += moved * weather.slope
        weather.price_e8 = min(max(weather.price_e8, 8 * E8), 700 * E8)

    def said(self, index_id: int, weather: Weather, source_id: int) -> ObservePrices | None:
        """What one source says of it now, or None."""
        draw = self.draw
        price = weather.price_e8 + draw.between(-2, 2) * 10**6
        is_liar = source_id in weather.liars
        phase = weather.phase
        if phase == "silent" or (phase == "thin" and is_liar):
            return None
        if is_liar and phase in ("liar", "split", "majority"):
            price = price * weather.factor // 100
        trade_id, updates = len(self.steps), 3
        if is_liar and phase == "frozen":
            price, trade_id, updates = 100 * E8, 7, 0
        bid_e8, ask_e8, venue_ms = price - 10**6, price + 10**6, self.wall_ms
        if is_liar and phase == "broken":
            way = draw.below(4)
            bid_e8 = ask_e8 + 1 if way == 0 else bid_e8
            ask_e8 = 0 if way == 1 else ask_e8
            venue_ms -= 6_000 if way == 2 else 0
        return ObservePrices(
            source_id=source_id,
            index_id=index_id,
            bid_e8=bid_e8,
            ask_e8=ask_e8,
            last_e8=price,
            low_e8=price,
            high_e8=price,
            trade_id=trade_id,
            venue_ms=venue_ms,
            receive_ms=self.wall_ms,
            updates=updates,
            is_deep=not (is_liar and phase == "broken" and draw.chance(30)),
            is_synthetic=True,
            stream_hash=bytes(32),
        )
