"""The script of a drill: what is fixed before the fault, and what the fault changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.core.model.commands import CommandType, ObservePrices
from seawall.core.model.genesis_check import genesis_fault
from seawall.simulation.drills.day import (
    ASK_E8,
    FAULT_S,
    FREEZE_TICKS,
    START_MS,
    WELL_S,
    DaySettings,
    make_day,
)
from seawall.simulation.drills.script import LANE
from tests.simulation.drills.small import Told, kind_of, read, small_day, told_in, write_day

Journals = tuple[list[Told], list[Told]]


@pytest.fixture(scope="module", params=[True, False], ids=["protected", "unprotected"])
def journals(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Journals:
    """What the day's journal tells, and what the clean day's tells."""
    folder = tmp_path_factory.mktemp("day")
    actual, clean = write_day(small_day(has_protections=request.param), folder)
    return told_in(actual), told_in(clean)


@pytest.mark.slow
def test_users_ask_for_the_same_in_both_worlds(journals: Journals) -> None:
    """Else a difference between the worlds could come from the users."""
    actual, clean = ([one for one in told if one[0] == LANE] for told in journals)

    assert len(actual) > 10_000
    assert actual == clean


@pytest.mark.slow
def test_the_worlds_differ_in_the_failing_domain_and_the_freeze_only(journals: Journals) -> None:
    """The clean day is the same script with true observations."""
    actual = [one for one in journals[0] if kind_of(one[2]) != CommandType.SET_FREEZE]
    clean = journals[1]

    assert len(actual) == len(clean)
    differing = [
        (read(data), read(other[2]))
        for (*_, data), other in zip(actual, clean, strict=True)
        if data != other[2]
    ]
    assert len(differing) == 2 * 2 * (WELL_S - FAULT_S)
    for bad, true in differing:
        assert isinstance(bad, ObservePrices) and isinstance(true, ObservePrices)
        assert bad.ask_e8 == ASK_E8 < true.ask_e8
        assert bad.source_id == true.source_id < 2


@pytest.mark.slow
def test_only_an_unprotected_venue_is_frozen_by_hand(
    journals: Journals, request: pytest.FixtureRequest
) -> None:
    """With protections the detector has done it five ticks before anybody could."""
    freezes = [
        [stamp for _, stamp, data in told if kind_of(data) == CommandType.SET_FREEZE]
        for told in journals
    ]

    by_hand_ns = (START_MS + (FAULT_S + FREEZE_TICKS) * 1_000) * 1_000_000
    has_protections = request.node.callspec.params["journals"]
    assert freezes == [[] if has_protections else [by_hand_ns], []]


@pytest.mark.slow
def test_a_seed_gives_the_same_bytes_again(tmp_path: Path, journals: Journals) -> None:
    """The journal is the reproducible thing; everything after it is the engine's determinism."""
    _, clean = write_day(small_day(has_protections=False), tmp_path)

    assert told_in(clean) == journals[1]


def test_no_domain_carries_more_than_a_third_of_the_sources() -> None:
    """The fault hits one of four domains, and one domain can neither move nor stop the index."""
    genesis = make_day(small_day()).genesis
    domains = [source.domain for source in genesis.sources]

    assert sorted(domains.count(domain) for domain in set(domains)) == [1, 2, 2, 2]


def test_without_protections_the_genesis_says_that_it_is_unsafe() -> None:
    """Every surface repeats it; nobody can take such a venue for a real one."""
    unsafe = make_day(small_day(has_protections=False)).genesis
    safe = make_day(small_day()).genesis

    assert (unsafe.is_unsafe, unsafe.parameters.protections) == (True, 0)
    assert (safe.is_unsafe, safe.parameters.protections) == (False, 1)


def test_mirrored_orders_are_left_to_the_engine() -> None:
    """With a mirror nobody tells the provider's orders: the engine derives them."""
    mirrored = make_day(small_day(has_mirror=True))
    plain = make_day(small_day())
    provider = {mirror.account_id for mirror in mirrored.genesis.mirrors}

    assert len(provider) == 1
    assert not provider & {quoter.account_id for quoter in mirrored.quoters}
    assert provider <= {quoter.account_id for quoter in plain.quoters}


@pytest.mark.slow
def test_a_large_cast_has_as_many_accounts_as_people() -> None:
    """More takers than there is room for before the traders stand behind them."""
    day = make_day(DaySettings(accounts=34_000, makers=1, has_protections=False))

    assert genesis_fault(day.genesis) == ""
    assert len(day.genesis.accounts) == 34_000 + 60 * 17 + 2
