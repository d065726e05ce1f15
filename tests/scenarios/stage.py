"""The stage: the venue on which every scenario plays, its people, and what the actors remember of
their orders.

BTC-USDT has tick 0.1 and lot 0.00001, ETH-USDT tick 0.01 and lot 0.0001. Alice, Bob and Carol start
with 10 BTC, 100 ETH and 1,000,000 USDT on their trading sides and pay 0.10 % as takers, 0.08 % as
makers. Alice also has the account `alice.bot`, of the same owner. Mia makes markets: she gets a
rebate of 0.005 % as a maker. Pia has nothing. The house's capital is 100 USDT. It is noon when the
clock starts; a recovery after a short outage lasts 5 s, after a long one 60 s and 120 s.

Those two instruments know no outside price. Three others do: the swaps BTC-USDT-SWAP (major, 0.01
BTC a contract) and ETH-USDT-SWAP (alt, 0.1 ETH a contract, 1,152 ETH open at most) and the spot
market BTC-USDC (major). The indices BTC and ETH have the sources 11 to 17 in failure domains of 2,
2, 2 and 1; they are silent until a scenario says what the price is outside. The insurance fund is
seeded with 100,000 USDT. Lea mirrors source 11 on BTC-USDC: 0.1 BTC at 0.5 % from it.
"""

from __future__ import annotations

from fractions import Fraction

from seawall.core.engine import Engine, open_engine
from seawall.core.model.batch import encode_batch
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import (
    Command,
    ObservePrices,
    PlaceAlgo,
    PlaceOrder,
    TimerBeat,
)
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
    PriceSource,
)
from seawall.core.model.ids import order_id_of
from seawall.core.model.instruments import Asset, FeeTier, Instrument
from seawall.core.model.order_events import OrderAccepted
from tests.laws.outside import outside_sources, small_index
from tests.laws.witness import Witness

NOON_MS = 1_700_049_600_000
NS_PER_MS = 1_000_000
PEOPLE = {"alice": 1, "bob": 2, "carol": 3, "alice.bot": 4, "mia": 5, "pia": 6, "lea": 20}
OWNERS = {1: 1, 2: 2, 3: 3, 4: 1, 5: 5, 6: 6, 20: 20}
ASSETS = {"BTC": 0, "USDT": 1, "ETH": 2, "USDC": 9}
WEALTH = {"BTC": 10, "ETH": 100, "USDT": 1_000_000, "USDC": 1_000_000}
INDICES = {"BTC": 10, "ETH": 11}
SOURCES = tuple(range(11, 18))
E8 = 10**8


def scenario_genesis() -> Genesis:
    """The world that the docstring of this module tells of."""
    traded = [("BTC-USDT", 0, 10**7, 1_000, 10**7), ("ETH-USDT", 2, 10**6, 10_000, 10**8)]
    instruments = [
        Instrument(
            instrument_id=number,
            name=name.encode(),
            base_asset_id=base,
            quote_asset_id=ASSETS["USDT"],
            tick_size_e8=tick_size_e8,
            lot_size=lot_size,
            unit_value=tick_size_e8 * lot_size // E8,
            quantity_min=10,
            quantity_max=10**8,
            price_max=price_max,
            market_cap_e8=1_000_000,
        )
        for number, (name, base, tick_size_e8, lot_size, price_max) in enumerate(traded)
    ]
    instruments += guarded_instruments()
    rich = [one for name, one in PEOPLE.items() if name != "pia"]
    amounts = [
        GenesisAmount(account_id=one, asset_id=ASSETS[asset], amount=whole * E8)
        for one in rich
        for asset, whole in WEALTH.items()
    ]
    amounts.append(GenesisAmount(account_id=0, asset_id=ASSETS["USDT"], amount=100_100 * E8))
    seed = GenesisAmount(account_id=0, asset_id=ASSETS["USDT"], amount=100_000 * E8)
    return Genesis(
        venue=b"scenarios",
        created_ms=NOON_MS,
        is_simulated=True,
        assets=[Asset(asset_id=id_, name=name.encode(), scale=8) for name, id_ in ASSETS.items()],
        instruments=instruments,
        fee_tiers=[
            FeeTier(maker_e8=80_000, taker_e8=100_000),
            FeeTier(maker_e8=-5_000, taker_e8=50_000),
        ],
        sources=outside_sources() + guarded_sources(),
        indices=[small_index(), *guarded_indices()],
        fund_seeds=[seed],
        mirrors=[
            Mirror(
                account_id=20, instrument_id=12, source_id=11, spread_e8=500_000, quantity=10_000
            )
        ],
        operators=[Operator(operator_id=1, name=b"olga"), Operator(operator_id=2, name=b"otto")],
        accounts=[
            GenesisAccount(account_id=one, owner_id=OWNERS[one], fee_tier=1 if name == "mia" else 0)
            for name, one in PEOPLE.items()
        ],
        amounts=amounts,
    )


def guarded_instruments() -> list[Instrument]:
    """The instruments with an index."""
    rows = [
        ("BTC-USDT-SWAP", 10, "BTC", "USDT", 10**7, 10**6, 10**6, 10**7, "BTC"),
        ("ETH-USDT-SWAP", 11, "ETH", "USDT", 10**6, 10**7, 10**4, 10**9, "ETH"),
        ("BTC-USDC", 12, "BTC", "USDC", 10**7, 1_000, 10**8, 10**7, "BTC"),
    ]
    return [
        Instrument(
            instrument_id=number,
            name=name.encode(),
            base_asset_id=ASSETS[base],
            quote_asset_id=ASSETS[quote],
            tick_size_e8=tick_size_e8,
            lot_size=lot_size,
            unit_value=tick_size_e8 * lot_size // E8,
            quantity_min=1,
            quantity_max=largest,
            price_max=price_max,
            market_cap_e8=1_000_000,
            kind=InstrumentKind.SWAP if name.endswith("SWAP") else InstrumentKind.SPOT,
            index_id=INDICES[index],
            risk_tier=RiskTier.MAJOR if index == "BTC" else RiskTier.ALT,
        )
        for name, number, base, quote, tick_size_e8, lot_size, largest, price_max, index in rows
    ]


def guarded_sources() -> list[PriceSource]:
    """Seven sources in four failure domains."""
    return [
        PriceSource(
            source_id=one,
            name=b"source %d" % one,
            domain=b"host %d" % ((one - SOURCES[0]) // 2),
            is_synthetic=True,
        )
        for one in SOURCES
    ]


def guarded_indices() -> list[IndexDefinition]:
    """BTC and ETH, each of all seven."""
    return [
        IndexDefinition(
            index_id=number,
            name=name.encode(),
            risk_tier=RiskTier.MAJOR if name == "BTC" else RiskTier.ALT,
            sources=[IndexSource(source_id=one) for one in SOURCES],
        )
        for name, number in INDICES.items()
    ]


def observation(index: str, source_id: int, price: Fraction, wall_ms: int) -> ObservePrices:
    """What a source says whose market stands at `price`, 0.01 % wide."""
    middle = int(price * E8)
    half = max(1, middle // 20_000)
    return ObservePrices(
        source_id=source_id,
        index_id=INDICES[index],
        bid_e8=middle - half,
        ask_e8=middle + half,
        last_e8=middle,
        low_e8=middle,
        high_e8=middle,
        trade_id=wall_ms,
        venue_ms=wall_ms,
        receive_ms=wall_ms,
        updates=3,
        is_deep=True,
        is_synthetic=True,
        stream_hash=b"",
    )


class Stage:
    """The venue of one scenario. Labels name orders; the witness reads along."""

    def __init__(self) -> None:
        self.engine: Engine = open_engine(scenario_genesis())
        self.witness = Witness().see(read_entries(self.engine.describe()))
        self.wall_ms = NOON_MS
        self.labels: dict[str, int] = {}  # label: newest order id
        self.names: dict[int, str] = {}  # order id: label
        self.placed: dict[str, PlaceOrder] = {}
        self.fees: dict[int, dict[int, int]] = {}  # order id: asset id: paid
        self.algos: dict[str, int] = {}  # label: newest algo id
        self.algo_names: dict[int, str] = {}  # algo id: label
        self.placed_algos: dict[str, PlaceAlgo] = {}
        self.sent_rows: dict[str, bytes] = {}  # case: the rows sent last
        self.batches = 0
        self.is_unwitnessed = False
        self.outside: dict[tuple[str, int], Fraction] = {}  # index, source: price
        self.silent: set[int] = set()
        self.do(TimerBeat(timer_id=0, wall_ms=self.wall_ms))

    def do(self, command: Command | bytes, *, late_ms: int = 0) -> list[Event]:
        """Send a command through the engine's door of bytes; its events."""
        return self.do_all([command], late_ms=late_ms)

    def do_all(self, commands: list[Command | bytes], *, late_ms: int = 0) -> list[Event]:
        """Send several commands as one batch."""
        self.batches += 1
        batch = encode_batch(
            shard=0,
            publisher_id=2,
            incarnation=1,
            batch_number=self.batches,
            stamps_ns=[(self.wall_ms - late_ms) * NS_PER_MS] * len(commands),
            commands=[
                command if isinstance(command, bytes) else encode_command(command)
                for command in commands
            ],
        )
        entries = read_entries(self.engine.apply_many(batch))
        if not self.is_unwitnessed:
            self.witness.see(entries)
        return [event for entry in entries for event in entry.events]

    def call_witness(self) -> None:
        """A new witness, after so many entries that the old one would have taken long."""
        complaints = self.witness.complaints
        self.witness = Witness().see(read_entries(self.engine.describe()))
        self.witness.complaints += complaints
        self.is_unwitnessed = False

    def place(self, label: str, command: PlaceOrder, *, late_ms: int = 0) -> list[Event]:
        """Place an order and remember it by its label."""
        events = self.do(command, late_ms=late_ms)
        self.placed[label] = command
        if events and isinstance(events[0], OrderAccepted):
            self.labels[label] = events[0].order_id
            self.names[events[0].order_id] = label
        return events

    def jump(self, by_ms: int) -> list[Event]:
        """One beat after so long a silence; just before it the sources that speak do."""
        self.wall_ms += by_ms
        said: list[Command | bytes] = [
            observation(index, source_id, price, self.wall_ms)
            for (index, source_id), price in sorted(self.outside.items())
            if source_id not in self.silent
        ]
        said.append(TimerBeat(timer_id=0, wall_ms=self.wall_ms))
        return self.do_all(said)

    def label_of(self, order_id: int) -> str:
        """The label of an order, or its seq when it has none."""
        return self.names.get(order_id, f"order of seq {order_id >> 12}")

    def order_id(self, label: str) -> int:
        """The id behind a label; an order that never was has one that is not used yet."""
        return self.labels.get(label, order_id_of(shard=0, seq=int(self.engine.seq) + 9, counter=0))

    def instrument(self, name: str) -> Instrument:
        """The terms of an instrument."""
        found = [one for one in scenario_genesis().instruments if one.name == name.encode()]
        assert found, f"there is no instrument {name} on the stage"
        return found[0]

    def instrument_of(self, instrument_id: int) -> Instrument:
        """The terms, by id."""
        found = [
            one for one in scenario_genesis().instruments if one.instrument_id == instrument_id
        ]
        return found[0]

    def person(self, account_id: int) -> str:
        """The name of an account."""
        names = [name for name, one in PEOPLE.items() if one == account_id]
        return names[0] if names else f"account {account_id}"


def whole(text: str, unit: Fraction) -> int:
    """A number as people write it, in units: `whole("100.5", tick)` is its ticks."""
    units = Fraction(text) / unit
    assert units.denominator == 1, f"{text} is not a multiple of {float(unit)}"
    return int(units)


def tick(instrument: Instrument) -> Fraction:
    """The price step in whole quote."""
    return Fraction(int(instrument.tick_size_e8), E8)


def lot(instrument: Instrument) -> Fraction:
    """The quantity step in whole base."""
    return Fraction(int(instrument.lot_size), E8)


def shown(units: int, unit: Fraction) -> str:
    """Units as people write them, without trailing zeros."""
    value = units * unit
    sign, value = ("-" if value < 0 else ""), abs(value)
    digits = f"{int(value * E8):09d}"
    text = f"{digits[:-8]}.{digits[-8:]}".rstrip("0").rstrip(".")
    return sign + text
