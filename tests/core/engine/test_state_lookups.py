"""What is looked up for every command is found however it is stored, and nothing else is."""

from __future__ import annotations

import pytest

from seawall.core.engine import open_engine
from seawall.core.model.limits import ACCOUNT_ID_ERROR, ASSET_ID_MAX
from seawall.simulation.workload.genesis import whole_genesis

LAST = ACCOUNT_ID_ERROR - 1  # what lies above belongs to the venue
NEAR, FAR = 2**22 - 1, 2**22  # the last id of the flat table, the next one
UNUSED = [0, 1_023, 1_024, NEAR - 1, NEAR + 2, FAR + 1_024, LAST - 1, -1, -(2**31)]


def test_accounts_are_found_by_small_and_by_large_ids() -> None:
    """Ids may be chosen freely: those far from the others are found too."""
    state = open_engine(whole_genesis(instruments=2, accounts=4)).state
    for account_id in (NEAR, FAR, LAST):
        state.add_account(account_id=account_id, owner_id=account_id, fee_tier=0)

    for account_id in (1, 4, NEAR, FAR, LAST):
        found = state.account(account_id)
        assert found is not None and found.account_id == account_id
    assert [account_id for account_id in UNUSED if state.account(account_id) is not None] == []


def test_a_far_account_takes_no_room_for_those_before_it() -> None:
    """Who opens the highest id must not make the venue keep two thousand million empty places."""
    state = open_engine(whole_genesis(instruments=2, accounts=4)).state
    state.add_account(account_id=LAST, owner_id=9, fee_tier=0)

    assert len(state.near_slots) == 5


@pytest.mark.parametrize("instrument_id", [-1, 4, 2**16 - 1])
def test_an_unknown_instrument_is_no_market(instrument_id: int) -> None:
    """Also one that counts from the end of a list."""
    state = open_engine(whole_genesis(instruments=4, accounts=4)).state

    assert state.market(instrument_id) is None


def test_every_market_is_found_by_its_id() -> None:
    """The list and the dictionary hold the same."""
    state = open_engine(whole_genesis(instruments=4, accounts=4)).state

    assert {number: state.market(number) for number in state.markets} == state.markets
    assert sum(market is not None for market in state.market_list) == len(state.markets)


@pytest.mark.parametrize("asset_id", [-1, ASSET_ID_MAX + 1, 2**62])
def test_an_asset_that_cannot_be_takes_no_room(asset_id: int) -> None:
    """A damaged snapshot may say anything: its market is refused at once, before places are made
    for all assets below it.
    """
    state = open_engine(whole_genesis(instruments=2, accounts=4)).state
    market = state.markets[0]
    market.instrument.quote_asset_id = asset_id
    rows = len(state.trading)

    with pytest.raises(AssertionError):
        state.add_market(market)
    assert len(state.trading) == rows
