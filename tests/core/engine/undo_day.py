"""A day that goes wrong, in a few lines: who has what, what sources say, who trades, the freeze;
and what a repair makes of it.

One index of seven sources in four failure domains, without protections unless asked: the index is
the lowest ask. BTC-USDT (tick 0.01, lots of 0.01 BTC) and BTC-USDT-SWAP (tick 0.1, contracts of one
BTC), both of the major tier; ETH-USDT-SWAP (tick 0.1, one ETH, alt tier) on an index of its own.
Prices are decimals in strings or whole numbers of USDT, coins are BTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from seawall.core.engine.review import ReviewPolicy
from seawall.core.model.batch import encode_batch
from seawall.core.model.command_codec import encode_command
from seawall.core.model.commands import (
    Command,
    DebitWithdrawal,
    ObservePrices,
    PlaceAlgo,
    PlaceOrder,
    SetFreeze,
    SetLeverage,
    TimerBeat,
    TransferFunds,
)
from seawall.core.model.enums import (
    AlgoType,
    InstrumentKind,
    LedgerKind,
    MarginMode,
    OrderType,
    RiskTier,
    Side,
    TimeInForce,
    TriggerPrice,
)
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
from seawall.core.model.limits import ACCOUNT_ID_ERROR
from tests.laws.undo_laws import NOTHING, Repair, cut_off, positions_of, repaired, wealth_of
from tests.laws.undo_worlds import UndoWorld

E8 = 10**8
BTC, USDT, ETH = 1, 2, 3
SPOT, SWAP, ETHER = 1, 2, 3
TICK_E8 = {SPOT: 10**6, SWAP: 10**7, ETHER: 10**7}
LOT = {SPOT: 10**6, SWAP: 10**8, ETHER: 10**8}
SOURCES = range(1, 8)
START_MS = 1_700_049_600_000  # noon: no boundary of funding is near
Price = str | int


def e8(price: Price) -> int:
    """A decimal as e8."""
    return int(Decimal(price) * E8)


def day_genesis(
    people: Sequence[str],
    *,
    has: dict[str, tuple[Price, Price]],
    fees: FeeTier | None,
    fund: int,
    capital: int,
    mirrors: list[Mirror],
    is_protected: bool,
    owners: dict[str, str],
) -> Genesis:
    """`has`: USDT and BTC of whoever has not 10 million and 1,000. `fund`, `capital`: the insurance
    fund and what the house has besides, whole USDT.
    """
    names = list(people)
    amounts = []
    if fund + capital:
        one = GenesisAmount(account_id=0, asset_id=USDT, amount=(fund + capital) * E8)
        amounts.append(one)
    for account_id, name in enumerate(names, 1):
        for asset_id, whole in zip((USDT, BTC), has.get(name, (10**7, 1_000)), strict=True):
            if e8(whole):
                one = GenesisAmount(account_id=account_id, asset_id=asset_id, amount=e8(whole))
                amounts.append(one)
    rows = (
        (SPOT, b"BTC-USDT", BTC, InstrumentKind.SPOT, 1, RiskTier.MAJOR),
        (SWAP, b"BTC-USDT-SWAP", BTC, InstrumentKind.SWAP, 1, RiskTier.MAJOR),
        (ETHER, b"ETH-USDT-SWAP", ETH, InstrumentKind.SWAP, 2, RiskTier.ALT),
    )
    return Genesis(
        venue=b"a day",
        created_ms=START_MS,
        is_simulated=True,
        is_unsafe=not is_protected,
        parameters=Parameters(protections=int(is_protected)),
        assets=[
            Asset(asset_id=one, name=name, scale=8)
            for one, name in ((BTC, b"BTC"), (USDT, b"USDT"), (ETH, b"ETH"))
        ],
        instruments=[
            Instrument(
                instrument_id=number,
                name=name,
                base_asset_id=base,
                quote_asset_id=USDT,
                tick_size_e8=TICK_E8[number],
                lot_size=LOT[number],
                unit_value=TICK_E8[number] * LOT[number] // E8,
                quantity_min=1,
                quantity_max=10**4,
                price_max=5 * 10**6,
                market_cap_e8=E8,
                kind=kind,
                index_id=index_id,
                risk_tier=tier,
            )
            for number, name, base, kind, index_id, tier in rows
        ],
        fee_tiers=[fees or FeeTier(maker_e8=0, taker_e8=0)],
        sources=[
            PriceSource(
                source_id=one,
                name=b"s%d" % one,
                domain=b"d%d" % ((one - 1) // 2),
                is_synthetic=True,
            )
            for one in SOURCES
        ],
        indices=[
            IndexDefinition(
                index_id=one,
                name=name,
                risk_tier=tier,
                sources=[IndexSource(source_id=source) for source in SOURCES],
            )
            for one, name, tier in (
                (1, b"BTC-USDT", RiskTier.MAJOR),
                (2, b"ETH-USDT", RiskTier.ALT),
            )
        ],
        operators=[Operator(operator_id=1, name=b"olga"), Operator(operator_id=2, name=b"otto")],
        accounts=[
            GenesisAccount(
                account_id=place,
                owner_id=names.index(owners.get(name, name)) + 1,
                fee_tier=0,
            )
            for place, name in enumerate(names, 1)
        ],
        amounts=amounts,
        fund_seeds=[GenesisAmount(account_id=0, asset_id=USDT, amount=fund * E8)] if fund else [],
        mirrors=mirrors,
    )


class Day:
    """The actual run, written and applied as it is told."""

    def __init__(
        self,
        *people: str,
        price: Price = 10_000,
        has: dict[str, tuple[Price, Price]] | None = None,
        fees: FeeTier | None = None,
        fund: int = 100_000,
        capital: int = 10**6,
        mirrors: list[Mirror] | None = None,
        is_protected: bool = False,
        owners: dict[str, str] | None = None,
        start_ms: int = START_MS,
    ) -> None:
        self.people = people
        self.algo = 0  # of the case
        genesis = day_genesis(
            people,
            has=has or {},
            fees=fees,
            fund=fund,
            capital=capital,
            mirrors=mirrors or [],
            is_protected=is_protected,
            owners=owners or {},
        )
        self.world = UndoWorld(0, "told", genesis)
        self.wall_ms = start_ms
        self.true_e8 = {1: e8(price), 2: e8(300)}
        self.told_e8: dict[tuple[int, int], int | None] = {}  # by index and source: its lie
        self.numbers: dict[int, int] = {}
        self.seconds(14 if is_protected else 2)

    def id_of(self, name: str) -> int:
        """The account of that name."""
        return self.people.index(name) + 1

    # What happens.

    def do(self, command: Command, publisher_id: int = 2) -> list[Event]:
        """A command reaches the venue now."""
        return self.tell(publisher_id, [command])

    def tell(
        self, publisher_id: int, told: Sequence[Command], truth: Sequence[Command] = ()
    ) -> list[Event]:
        """A batch; what differs from the truth is an edit."""
        world = self.world
        said = [encode_command(one) for one in told]
        meant = [encode_command(one) for one in truth] or said
        self.numbers[publisher_id] = self.numbers.get(publisher_id, 0) + 1
        first = int(world.engine.seq) + 1
        for place, (one, other) in enumerate(zip(said, meant, strict=True)):
            if one != other:
                world.drops[first + place] = []
                world.truths[first + place] = [other]
        batch = encode_batch(
            shard=0,
            publisher_id=publisher_id,
            incarnation=1,
            batch_number=self.numbers[publisher_id],
            stamps_ns=[self.wall_ms * 1_000_000] * len(said),
            commands=said,
        )
        world.batches.append(batch)
        world.events.append(world.engine.apply_many(batch))
        return [one for entry in read_entries(world.events[-1]) for one in entry.events]

    def seconds(self, count: int = 1) -> list[Event]:
        """So many seconds, in which all sources speak."""
        events: list[Event] = []
        for _ in range(count):
            self.wall_ms += 1_000
            told: list[Command] = []
            truth: list[Command] = []
            for index_id, price_e8 in self.true_e8.items():
                for source_id in SOURCES:
                    lie = self.told_e8.get((index_id, source_id))
                    truth.append(self.sample(index_id, source_id, price_e8))
                    told.append(self.sample(index_id, source_id, price_e8 if lie is None else lie))
            events += self.tell(4, told, truth)
            events += self.do(TimerBeat(timer_id=0, wall_ms=self.wall_ms), 0)
        return events

    def sample(self, index_id: int, source_id: int, price_e8: int) -> ObservePrices:
        """What a source says; its ask is the price."""
        return ObservePrices(
            source_id=source_id,
            index_id=index_id,
            bid_e8=max(price_e8 - price_e8 // 50_000, 1),
            ask_e8=price_e8,
            last_e8=price_e8,
            low_e8=price_e8,
            high_e8=price_e8,
            trade_id=self.wall_ms,
            venue_ms=self.wall_ms,
            receive_ms=self.wall_ms,
            updates=3,
            is_deep=True,
            is_synthetic=True,
            stream_hash=b"",
        )

    def price(self, price: Price, index_id: int = 1) -> list[Event]:
        """The true price moves there; a second passes."""
        self.true_e8[index_id] = e8(price)
        return self.seconds()

    def lie(self, price: Price, *sources: int, index_id: int = 1) -> list[Event]:
        """From now on these sources (or one) say that; a second passes."""
        for one in sources or (1,):
            self.told_e8[index_id, one] = e8(price)
        return self.seconds()

    def truth(self) -> list[Event]:
        """Everybody tells the truth again; a second passes."""
        self.told_e8.clear()
        return self.seconds()

    def freeze(self, index_id: int = 1) -> None:
        """An operator stops what follows the index (0: everything)."""
        self.do(SetFreeze(index_id, True, 1), 5)
        self.world.freeze_seq = int(self.world.engine.seq)

    def order(
        self, name: str, side: int, lots: int, price: Price = 0, where: int = SWAP, **more: Any
    ) -> list[Event]:
        """A limit order that stays, or (price 0) a market order."""
        is_market = price == 0
        terms: dict[str, Any] = {
            "time_in_force": TimeInForce.IOC if is_market else TimeInForce.GTC,
            "margin_mode": MarginMode.CASH if where == SPOT else MarginMode.CROSS,
            **more,
        }
        command = PlaceOrder(
            account_id=self.id_of(name),
            instrument_id=where,
            side=side,
            order_type=OrderType.MARKET if is_market else OrderType.LIMIT,
            limit_price=e8(price) // TICK_E8[where],
            quantity=lots,
            **terms,
        )
        return self.do(command)

    def buy(
        self, name: str, lots: int, price: Price = 0, where: int = SWAP, **more: Any
    ) -> list[Event]:
        """Bid, or buy at once."""
        return self.order(name, Side.BUY, lots, price, where, **more)

    def sell(
        self, name: str, lots: int, price: Price = 0, where: int = SWAP, **more: Any
    ) -> list[Event]:
        """Offer, or sell at once."""
        return self.order(name, Side.SELL, lots, price, where, **more)

    def trade(
        self, buyer: str, seller: str, lots: int, price: Price, where: int = SWAP, **more: Any
    ) -> None:
        """The seller offers, the buyer takes."""
        self.sell(seller, lots, price, where)
        self.buy(buyer, lots, price, where, **more)

    def lever(self, name: str, times: int, mode: int = MarginMode.CROSS, where: int = SWAP) -> None:
        """Choose a leverage."""
        self.do(SetLeverage(self.id_of(name), where, margin_mode=mode, lever=times))

    def stop(
        self,
        name: str,
        side: int,
        lots: int,
        trigger: Price,
        where: int = SWAP,
        by: int = TriggerPrice.INDEX,
        **more: Any,
    ) -> int:
        """A market order that waits for a price; returns its algo id."""
        terms: dict[str, Any] = {
            "algo_type": AlgoType.CONDITIONAL,
            "margin_mode": MarginMode.CASH if where == SPOT else MarginMode.CROSS,
            "reduce_only": False,
            "trigger_price": e8(trigger) // TICK_E8[where],
            "trigger_by": by,
            **more,
        }
        events = self.do(
            PlaceAlgo(
                account_id=self.id_of(name),
                instrument_id=where,
                side=side,
                quantity=lots,
                **terms,
            )
        )
        return next(int(one.algo_id) for one in events if type(one).__name__ == "AlgoAccepted")

    def withdraw(self, name: str, asset_id: int, whole: Price) -> list[Event]:
        """Coins or cash leave the venue."""
        account_id, amount = self.id_of(name), e8(whole)
        self.do(TransferFunds(account_id, asset_id, amount, False))
        return self.do(DebitWithdrawal(account_id, asset_id, amount, b"w%d" % self.wall_ms), 3)

    # What a repair makes of it.

    def undone(self, *, truths: bool = False, policy: ReviewPolicy | None = None) -> Undone:
        """Run again under pins, cut, and post in a copy."""
        edits = self.world.truths if truths else None
        return Undone(self, cut_off(repaired(self.world, edits, policy=policy)))


class Undone:
    """A repair, asked by name."""

    def __init__(self, day: Day, repair: Repair) -> None:
        self.day = day
        self.repair = repair
        assert repair.posted is not None and repair.made is not None
        self.before, self.after = day.world.engine.state, repair.posted.state
        self.made = repair.made
        assert repair.posted.ledger_faults() == []

    def gets(self, name: str) -> tuple[Decimal, Decimal]:
        """What the account has more after the repair: USDT and BTC, wherever they lie."""
        account_id = self.day.id_of(name)
        was, found = wealth_of(self.before), wealth_of(self.after)
        changed = [found[account_id, one] - was[account_id, one] for one in (USDT, BTC)]
        return whole(changed[0]), whole(changed[1])

    def usdt(self, name: str) -> Decimal:
        """Its USDT only."""
        return self.gets(name)[0]

    def wealth(self, name: str) -> Decimal:
        """All its USDT after the repair."""
        return whole(wealth_of(self.after)[self.day.id_of(name), USDT])

    def house(self, kind: int, asset_id: int = USDT) -> Decimal:
        """What a ledger account of the venue has more."""
        amount = 0
        for sign, state in ((1, self.after), (-1, self.before)):
            for one in state.ledger.accounts.values():
                if one.kind == kind and one.asset_id == asset_id:
                    amount += sign * int(one.balance)
        return whole(amount)

    def error(self, asset_id: int = USDT) -> Decimal:
        """house:error's cash."""
        return self.house(LedgerKind.HOUSE_ERROR, asset_id)

    def position(self, name: str, where: int = SWAP) -> tuple[int, Decimal]:
        """Lots and cost in USDT after the repair; name "E": house:error's."""
        account_id = ACCOUNT_ID_ERROR if name == "E" else self.day.id_of(name)
        row = positions_of(self.after).get((account_id, where), NOTHING)
        return row[0], whole(row[1])

    def realised(self, name: str, where: int = SWAP) -> Decimal:
        """How much more profit its position has realised."""
        key = (self.day.id_of(name), where)
        was = positions_of(self.before).get(key, NOTHING)
        return whole(positions_of(self.after).get(key, NOTHING)[2] - was[2])

    def value(self, name: str, price: Price, where: int = SWAP) -> Decimal:
        """What the account has more, its position valued at that price."""
        key = (self.day.id_of(name), where)
        changed = 0
        for sign, state in ((1, self.after), (-1, self.before)):
            row = positions_of(state).get(key, NOTHING)
            unit_value = TICK_E8[where] * LOT[where] // E8
            changed += sign * (row[0] * (e8(price) // TICK_E8[where]) * unit_value - row[1])
        return whole(changed) + self.usdt(name)

    @property
    def verdicts(self) -> list[tuple[int, int, int]]:
        """Of each reviewed fill: lots that stand, are split, are void."""
        return [
            (int(one.stood), int(one.split), int(one.quantity - one.stood - one.split))
            for one in self.repair.rerun.pinned.settlement.verdicts
        ]

    @property
    def bills(self) -> dict[tuple[str, int], Decimal]:
        """What house:error pays beyond the rerun, by name and kind."""
        return {
            (self.day.people[int(one.account_id) - 1], int(one.kind)): whole(int(one.amount))
            for one in self.made.bills
        }

    def is_waiting(self, algo_id: int) -> bool:
        """Whether the algo order waits after the repair."""
        return algo_id in self.after.algo_book.by_id


def whole(amount: int) -> Decimal:
    """Units as a decimal."""
    return Decimal(amount) / E8
