"""Every limit of `model/limits.py`: fine at it, refused one above."""

from __future__ import annotations

from pathlib import Path
from zlib import crc32

import pytest

from seawall.core.engine import restore_engine
from seawall.core.margin import MarginTiers
from seawall.core.model import limits
from seawall.core.model.batch import batch_fault, encode_batch
from seawall.core.model.command_codec import decode_command, encode_command
from seawall.core.model.commands import (
    CancelOrder,
    ChainMark,
    CreditDeposit,
    ListAsset,
    ListInstrument,
    MassCancel,
    OpenAccount,
    OpenRepair,
    TransferFunds,
)
from seawall.core.model.enums import CancelReason, RiskTier, TimeInForce
from seawall.core.model.events import AccountOpened, AssetListed, DepositCredited, InstrumentListed
from seawall.core.model.genesis import GenesisAccount, Mirror, Parameters, PriceSource
from seawall.core.model.genesis_check import genesis_fault
from seawall.core.model.ids import order_id_of, seq_of_order_id, shard_of_order_id
from seawall.core.model.instruments import FeeTier, are_sound_fee_tiers
from seawall.core.model.order_events import (
    MassCancelled,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
)
from seawall.core.model.rejects import RejectReason
from seawall.core.model.repair_events import RepairOpened
from tests.laws.outside import INDEX, small_index
from tests.laws.venue import (
    ALICE,
    BOB,
    BTC,
    START_MS,
    USDT,
    Venue,
    buy,
    genesis,
    instrument,
    market,
    of_kind,
    reason_of,
    sell,
)

ELSEWHERE = {  # limits whose test needs a stage of its own
    "ALGOS_PER_ACCOUNT_MAX": (
        "core/engine/test_algo_refusals.py",
        "test_an_account_has_two_hundred_algo_orders_at_most",
    ),
    "FIRED_PER_TICK_MAX": (
        "core/engine/test_cascades.py",
        "test_2500_stops_by_mark_take_three_ticks_in_the_order_of_placement",
    ),
}


def test_every_limit_has_a_test() -> None:
    """A limit that nobody tests is a wish."""
    text = Path(__file__).read_text()
    names = [name for name in vars(limits) if name.isupper()]
    untested = [name for name in names if f"limits.{name}" not in text and name not in ELSEWHERE]

    assert untested == []


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_limit_is_tested_where_it_is_said_to_be(name: str) -> None:
    """The test exists, and speaks of the limit by its name."""
    file, test = ELSEWHERE[name]
    text = (Path(__file__).parents[1] / file).read_text()

    body = text.partition(f"def {test}(")[2].partition("\ndef ")[0]
    assert name in body


def test_an_asset_holds_amount_max_and_no_unit_more() -> None:
    """AMOUNT_MAX is what 64 bits hold with room for a sum."""
    venue = Venue(genesis(wealth=0))
    most = limits.AMOUNT_MAX

    assert reason_of(venue.do(CreditDeposit(ALICE, BTC, most + 1, bytes(32)))) == (
        RejectReason.AMOUNT_TOO_LARGE
    )
    assert of_kind(venue.do(CreditDeposit(ALICE, BTC, most, bytes(32))), DepositCredited)
    assert reason_of(venue.do(CreditDeposit(BOB, BTC, 1, bytes([1] * 32)))) == (
        RejectReason.AMOUNT_TOO_LARGE
    )
    assert reason_of(venue.do(TransferFunds(ALICE, BTC, most, to_trading=True))) == 0


def test_an_opening_balance_may_be_amount_max() -> None:
    """The same limit stands at the genesis."""
    fine, too_much = genesis(wealth=limits.AMOUNT_MAX // 4), genesis(wealth=limits.AMOUNT_MAX // 2)

    assert genesis_fault(fine) == ""
    assert "exceed" in genesis_fault(too_much)


def listed(**changes: int) -> list[object]:
    """The answer to listing a second instrument with these terms."""
    terms = {
        "instrument_id": 1,
        "base_asset_id": BTC,
        "quote_asset_id": USDT,
        "tick_size_e8": 10**8,
        "lot_size": 1,
        "quantity_min": 1,
        "quantity_max": 10,
        "price_max": 10,
        "market_cap_e8": 0,
    }
    return Venue().do(ListInstrument(name=b"NEW", **{**terms, **changes}))


def test_the_largest_order_at_the_highest_price_stays_below_notional_max() -> None:
    """Then no product of price, quantity and unit value leaves 64 bits."""
    most = limits.NOTIONAL_MAX

    assert of_kind(listed(price_max=1, quantity_max=most), InstrumentListed)
    assert reason_of(listed(price_max=1, quantity_max=most + 1)) == RejectReason.BAD_LISTING
    assert of_kind(listed(price_max=most, quantity_max=1), InstrumentListed)
    assert reason_of(listed(price_max=most + 1, quantity_max=1)) == RejectReason.BAD_LISTING


def test_account_and_owner_ids_end_at_account_id_max() -> None:
    """An account's id shares a word with a type, flags and an instrument."""
    most, system, error = (
        limits.ACCOUNT_ID_MAX,
        limits.ACCOUNT_ID_SYSTEM,
        limits.ACCOUNT_ID_ERROR,
    )

    assert of_kind(Venue().do(OpenAccount(error - 1, most, 0)), AccountOpened)
    assert reason_of(Venue().do(OpenAccount(error, 1, 0))) == RejectReason.BAD_ACCOUNT
    assert reason_of(Venue().do(OpenAccount(system, 1, 0))) == RejectReason.BAD_ACCOUNT
    assert reason_of(Venue().do(OpenAccount(9, most + 1, 0))) == RejectReason.BAD_ACCOUNT
    assert decode_command(encode_command(OpenAccount(most + 1 - 2**32, 1, 0)), 0, 24) is None


def test_the_last_instrument_id_means_all() -> None:
    """INSTRUMENT_ID_MAX itself is the word for all instruments in a mass cancel."""
    assert of_kind(listed(instrument_id=limits.INSTRUMENT_ID_MAX - 1), InstrumentListed)
    assert reason_of(listed(instrument_id=limits.INSTRUMENT_ID_MAX)) == RejectReason.BAD_LISTING


def test_asset_ids_scales_and_names_end() -> None:
    """Accounts keep a list indexed by asset, and a name fills 32 bytes."""
    ids, scale = limits.ASSET_ID_MAX, limits.ASSET_SCALE_MAX
    name = b"N" * limits.NAME_BYTES

    assert of_kind(Venue().do(ListAsset(ids, name, scale)), AssetListed)
    assert reason_of(Venue().do(ListAsset(ids + 1, name, scale))) == RejectReason.BAD_LISTING
    assert reason_of(Venue().do(ListAsset(ids, name, scale + 1))) == RejectReason.BAD_LISTING
    with pytest.raises(AssertionError):
        encode_command(ListAsset(ids, name + b"N", scale))


def test_client_ids_and_tags_fill_their_bytes() -> None:
    """One byte more is refused at the codec, by an assertion: gateways check before."""
    full = buy(ALICE, 1, 1, client_id=b"c" * limits.CLIENT_ID_BYTES)
    full.tag = b"t" * limits.TAG_BYTES

    assert of_kind(Venue().do(full), OrderAccepted)
    for too_long in ({"client_id": full.client_id + b"c"}, {"tag": full.tag + b"t"}):
        order = buy(ALICE, 1, 1)
        for name, value in too_long.items():
            setattr(order, name, value)
        with pytest.raises(AssertionError):
            encode_command(order)


def test_ids_carry_shard_seq_and_counter_to_their_limits() -> None:
    """63 bits: shard, seq, counter within the entry."""
    shard, seq, counter = limits.SHARD_MAX, limits.SEQ_MAX, limits.ORDERS_PER_ENTRY_MAX
    last = order_id_of(shard=shard, seq=seq, counter=counter)

    assert 2**63 - 1 == last
    assert (shard, seq) == (shard_of_order_id(last), seq_of_order_id(last))
    for more in ({"shard": shard + 1}, {"seq": seq + 1}, {"counter": counter + 1}):
        with pytest.raises(AssertionError):
            order_id_of(**{"shard": 0, "seq": 1, "counter": 0, **more})
    wrong = genesis()
    wrong.shard = shard + 1
    assert "shard" in genesis_fault(wrong)


def test_the_last_seq_is_applied_and_none_after_it() -> None:
    """At a million entries a second it comes after 278 years; then the venue stops rather than
    wraps.
    """
    venue = Venue()
    data = venue.engine.snapshot()
    place = 40
    assert int.from_bytes(data[place : place + 8], "little") == venue.engine.seq
    late = data[:place] + (limits.SEQ_MAX - 1).to_bytes(8, "little") + data[place + 8 :]
    venue.engine, fault = restore_engine(genesis(), late)
    assert fault == ""

    assert of_kind(venue.do(buy(ALICE, 1, 1)), OrderAccepted)
    with pytest.raises(AssertionError):
        venue.do(buy(ALICE, 1, 1))


@pytest.mark.slow
def test_one_entry_meets_at_most_so_many_makers() -> None:
    """A taker stops after FILLS_PER_ENTRY_MAX steps, so that no entry lasts long."""
    most = limits.FILLS_PER_ENTRY_MAX
    for makers, ending in ((most, []), (most + 1, [CancelReason.FILL_LIMIT])):
        venue = Venue()
        for _ in range(makers):
            venue.do(sell(BOB, 1, 100))
        events = venue.do(buy(ALICE, makers, 100))

        assert len(of_kind(events, OrderFilled)) == most
        assert [one.reason for one in of_kind(events, OrderCancelled)] == ending


@pytest.mark.slow
def test_a_fill_or_kill_beyond_the_step_limit_is_killed() -> None:
    """It would fill in part, which it must not."""
    most = limits.FILLS_PER_ENTRY_MAX
    venue = Venue()
    for _ in range(most + 1):
        venue.do(sell(BOB, 1, 100))
    killed = venue.do(buy(ALICE, most + 1, 100, time_in_force=TimeInForce.FOK))
    filled = venue.do(buy(ALICE, most, 100, time_in_force=TimeInForce.FOK))

    assert [CancelReason.FOK] == [one.reason for one in of_kind(killed, OrderCancelled)]
    assert most == len(of_kind(filled, OrderFilled))


@pytest.mark.slow
def test_an_account_has_at_most_so_many_open_orders() -> None:
    """OPEN_ORDERS_PER_ACCOUNT_MAX bounds what a mass cancel may cost; one that ends makes room."""
    venue = Venue()
    for _ in range(limits.OPEN_ORDERS_PER_ACCOUNT_MAX - 1):
        venue.do(buy(ALICE, 1, 1))

    assert of_kind(venue.do(buy(ALICE, 1, 1)), OrderAccepted)
    assert reason_of(venue.do(buy(ALICE, 1, 1))) == RejectReason.TOO_MANY_OPEN_ORDERS
    assert of_kind(venue.do(buy(BOB, 1, 1)), OrderAccepted)
    cancelled = of_kind(venue.do(MassCancel(ALICE)), MassCancelled)[0].cancelled
    assert limits.OPEN_ORDERS_PER_ACCOUNT_MAX == cancelled
    assert of_kind(venue.do(buy(ALICE, 1, 1)), OrderAccepted)


def place_and_end(venue: Venue, client_id: bytes) -> int:
    """Place an order that ends at once; the reason of its refusal, or of its end."""
    command = buy(ALICE, 1, 1, time_in_force=TimeInForce.IOC, client_id=client_id)
    return reason_of(venue.do(command))


def test_a_client_id_is_free_again_after_its_memory() -> None:
    """CLIENT_ID_MEMORY_MS after the end of its order, and not a millisecond earlier."""
    venue = Venue()
    assert place_and_end(venue, b"a") == CancelReason.IOC
    venue.jump(limits.CLIENT_ID_MEMORY_MS - 200_000)
    venue.wait(198)
    venue.jump(1_999)

    assert place_and_end(venue, b"a") == RejectReason.DUPLICATE_CLIENT_ORDER_ID
    venue.jump(1)
    assert place_and_end(venue, b"a") == CancelReason.IOC


@pytest.mark.slow
def test_the_oldest_client_id_is_forgotten_first() -> None:
    """CLIENT_IDS_REMEMBERED_PER_ACCOUNT_MAX bounds the memory of an account that ends very many
    orders.
    """
    venue = Venue()
    most = limits.CLIENT_IDS_REMEMBERED_PER_ACCOUNT_MAX
    for number in range(most):
        place_and_end(venue, b"%d" % number)

    assert place_and_end(venue, b"0") == RejectReason.DUPLICATE_CLIENT_ORDER_ID
    assert place_and_end(venue, b"one more") == CancelReason.IOC
    assert place_and_end(venue, b"1") == RejectReason.DUPLICATE_CLIENT_ORDER_ID
    assert place_and_end(venue, b"0") == CancelReason.IOC


def test_batches_and_their_commands_have_sizes() -> None:
    """ENTRY_BYTES_MAX, COMMANDS_PER_BATCH_MAX, BATCH_BYTES_MAX and PUBLISHERS_MAX hold at the
    door.
    """
    entry, count = limits.ENTRY_BYTES_MAX, limits.COMMANDS_PER_BATCH_MAX
    assert batch_fault(batch([bytes(entry)]), 0) == ""
    assert "length" in batch_fault(batch([bytes(entry + 8)]), 0)
    assert batch_fault(batch([b""] * count), 0) == ""
    with pytest.raises(AssertionError):
        batch([b""] * (count + 1))
    assert batch_fault(batch([b""], publisher_id=limits.PUBLISHERS_MAX - 1), 0) == ""
    with pytest.raises(AssertionError):
        batch([b""], publisher_id=limits.PUBLISHERS_MAX)

    overhead = 32 + 8 + 2 * 16
    half = (limits.BATCH_BYTES_MAX - overhead) // 2
    assert limits.BATCH_BYTES_MAX == len(batch([bytes(half)] * 2))
    assert batch_fault(batch([bytes(half)] * 2), 0) == ""
    with pytest.raises(AssertionError):
        batch([bytes(half + 8), bytes(half)])


def batch(commands: list[bytes], publisher_id: int = 1) -> bytes:
    """A batch of raw commands."""
    return encode_batch(
        shard=0,
        publisher_id=publisher_id,
        incarnation=1,
        batch_number=1,
        stamps_ns=[0] * len(commands),
        commands=commands,
    )


@pytest.mark.parametrize(
    ("place", "value", "fault"),
    [
        (0, 1 | 1 << 16 | (limits.COMMANDS_PER_BATCH_MAX + 1) << 32, "count"),
        (0, 1 | limits.PUBLISHERS_MAX << 16 | 1 << 32, "publisher"),
        (24, limits.BATCH_BYTES_MAX + 8, "length"),
        (8, 0, "incarnation"),
        (16, 0, "incarnation"),
    ],
)
def test_a_header_beyond_its_limits_is_refused(place: int, value: int, fault: str) -> None:
    """Somebody may write batches with other software than ours."""
    data = bytearray(batch([b""]))
    data[place : place + 8] = value.to_bytes(8, "little")
    data[-8:] = crc32(data[:-8]).to_bytes(8, "little")

    assert fault in batch_fault(bytes(data), 0)


@pytest.mark.slow
def test_a_tick_ends_so_many_orders_and_goes_on_in_the_next() -> None:
    """TICK_EVENTS_MAX keeps a tick short when very many orders expire at once."""
    venue = Venue()
    for _ in range(limits.TICK_EVENTS_MAX + 1):
        venue.do(buy(ALICE, 1, 1, time_in_force=TimeInForce.GTD, expire_ms=START_MS + 1))

    assert limits.TICK_EVENTS_MAX == len(of_kind(venue.wait(1), OrderCancelled))
    assert len(of_kind(venue.wait(1), OrderCancelled)) == 1
    assert of_kind(venue.wait(1), OrderCancelled) == []


@pytest.mark.parametrize(
    ("late_ms", "valid_for_ms", "reason"),
    [
        (-limits.STAMP_AHEAD_MS_MAX, 0, 0),
        (-limits.STAMP_AHEAD_MS_MAX - 1, 0, RejectReason.VENUE_PAUSED),
        (limits.VALID_FOR_MS_DEFAULT, limits.VALID_FOR_MS_DEFAULT, 0),
        (limits.VALID_FOR_MS_DEFAULT + 1, limits.VALID_FOR_MS_DEFAULT, RejectReason.TOO_LATE),
        (limits.VALID_FOR_MS_MAX, limits.VALID_FOR_MS_MAX, 0),
        (limits.VALID_FOR_MS_MAX + 1, limits.VALID_FOR_MS_MAX, RejectReason.TOO_LATE),
        (0, limits.VALID_FOR_MS_MAX + 1, RejectReason.BAD_FLAGS),
    ],
)
def test_a_command_is_neither_stale_nor_early(late_ms: int, valid_for_ms: int, reason: int) -> None:
    """A venue that was away executes no order that waited too long, and none that is ahead of
    it.
    """
    command = buy(ALICE, 1, 1)
    command.valid_for_ms = valid_for_ms

    assert reason == reason_of(Venue().do(command, late_ms=late_ms))


def test_a_cancel_is_never_late() -> None:
    """However old it is, it reduces risk."""
    venue = Venue()
    venue.do(buy(ALICE, 1, 1))
    cancel = CancelOrder(account_id=ALICE, instrument_id=0, order_id=venue.last_order_id())

    assert reason_of(venue.do(cancel, late_ms=10 * limits.VALID_FOR_MS_MAX)) == CancelReason.USER


@pytest.mark.parametrize(
    ("quantity", "price", "reason"),
    [
        (10, 1, 0),
        (9, 1, RejectReason.QUANTITY_TOO_SMALL),
        (500, 1_000, 0),
        (501, 1, RejectReason.QUANTITY_TOO_LARGE),
        (10, 1_001, RejectReason.PRICE_TOO_HIGH),
        (0, 1, RejectReason.BAD_QUANTITY),
        (10, 0, RejectReason.BAD_PRICE),
    ],
)
def test_an_order_stays_within_its_instrument(quantity: int, price: int, reason: int) -> None:
    """Quantity from smallest to largest, price from one tick to the highest."""
    traded = instrument(quantity_min=10, quantity_max=500, price_max=1_000)

    assert reason == reason_of(Venue(genesis(traded=traded)).do(buy(ALICE, quantity, price)))


def test_a_quote_sized_order_is_at_most_notional_max() -> None:
    """It has no quantity that could be too large, so its amount is limited."""
    venue = Venue(genesis(wealth=limits.AMOUNT_MAX // 4))
    venue.do(sell(BOB, 1, 100))
    fine = market(ALICE, 0, 0, quote_amount=limits.AMOUNT_MAX // 4)
    too_much = market(ALICE, 0, 0, quote_amount=limits.NOTIONAL_MAX + 1)

    assert reason_of(venue.do(too_much)) == RejectReason.QUANTITY_TOO_LARGE
    assert of_kind(venue.do(fine), OrderAccepted)


def test_fee_rates_end_at_five_percent() -> None:
    """FEE_RATE_E8_MAX, and no pair of tiers costs the house money."""
    most = limits.FEE_RATE_E8_MAX
    assert are_sound_fee_tiers([FeeTier(maker_e8=-most, taker_e8=most)])
    assert not are_sound_fee_tiers([FeeTier(maker_e8=0, taker_e8=most + 1)])
    assert not are_sound_fee_tiers([FeeTier(maker_e8=most + 1, taker_e8=0)])
    assert not are_sound_fee_tiers([FeeTier(maker_e8=-2, taker_e8=1)])
    assert not are_sound_fee_tiers([])


def test_timers_and_sources_are_counted() -> None:
    """TIMERS_MAX and SOURCES_MAX bound what a genesis may configure."""
    found = genesis()
    found.parameters = Parameters(timers=limits.TIMERS_MAX)
    last = PriceSource(source_id=limits.SOURCES_MAX - 1, name=b"z", domain=b"z", is_synthetic=False)
    found.sources.append(last)
    assert genesis_fault(found) == ""
    found.parameters.timers += 1
    assert "timers" in genesis_fault(found)
    found.parameters.timers -= 1
    last.source_id += 1
    assert "source" in genesis_fault(found)


def test_index_ids_and_mirrors_are_counted() -> None:
    """INDICES_MAX and MIRRORS_MAX bound what a tick has to do."""
    found = genesis()
    found.indices.append(small_index(limits.INDICES_MAX, b"last"))
    assert genesis_fault(found) == ""
    found.indices[-1].index_id += 1
    assert "ids are unique and from 1 to 1024" in genesis_fault(found)
    found = genesis()
    traded = found.instruments[0]
    traded.index_id, traded.risk_tier = INDEX, RiskTier.TAIL
    found.accounts = [
        GenesisAccount(account_id=one, owner_id=one, fee_tier=0)
        for one in range(1, limits.MIRRORS_MAX + 2)
    ]
    found.mirrors = [Mirror(one, 0, 1, 0, 1) for one in range(1, limits.MIRRORS_MAX + 1)]
    assert genesis_fault(found) == ""
    found.mirrors.append(Mirror(limits.MIRRORS_MAX + 1, 0, 1, 0, 1))
    assert "mirrors: at most 64, found 65" in genesis_fault(found)


def test_leverage_ends_at_lever_max() -> None:
    """Whatever brackets ask: one of 0.8 % allows LEVER_MAX, and lower ones no more."""
    for initial_e8, expected in ((800_000, limits.LEVER_MAX), (100_000, limits.LEVER_MAX)):
        tiers = MarginTiers(
            floors=[0], initial_e8=[initial_e8], maintenance_e8=[50_000], notional_max=10**9
        )

        assert tiers.lever_max(1) == expected


def test_a_mark_names_what_has_been_applied() -> None:
    """A mark of the future is a mistake of its writer."""
    venue = Venue()
    past = ChainMark(marked_seq=venue.engine.seq, blocks=0, chain=b"", events_hash=b"")
    assert venue.do(past) == []
    future = ChainMark(marked_seq=venue.engine.seq + 1, blocks=0, chain=b"", events_hash=b"")

    assert reason_of(venue.do(future)) == RejectReason.BAD_MARK


def test_a_case_has_a_short_name_and_few_thousand_parts() -> None:
    """Its name shares a word pair, and each part is an entry."""
    most = limits.REPAIR_PARTS_MAX
    name = b"N" * limits.CASE_ID_BYTES

    assert of_kind(Venue().do(OpenRepair(name, 0, b"p" * 32, most, 1, 2)), RepairOpened)
    assert reason_of(Venue().do(OpenRepair(name, 0, b"p" * 32, most + 1, 1, 2))) == (
        RejectReason.BAD_REPAIR
    )
    with pytest.raises(AssertionError):
        encode_command(OpenRepair(name + b"N", 0, b"p" * 32, 1, 1, 2))
