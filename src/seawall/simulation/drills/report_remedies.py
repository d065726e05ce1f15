"""What each remedy leaves people with: victims made whole, bystanders worse off, what users bear.

A `RemedyWatch` looks at every policy while it is priced. Everybody is measured in one asset at the
prices that the rerun believes at the cut: what he has there in the actual run, and what the rows of
a policy give or take. What a victim is due is what the policy `cause` found: the best of the actual
run, the rerun, and cash for what was taken. A bystander is nobody's victim, and was no party to a
fill out of band either: who is not allowed to keep a bargain is no bystander.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from seawall.core.engine.valuation import Prices
from seawall.core.model.genesis import Genesis
from seawall.core.model.limits import ACCOUNT_ID_ERROR
from seawall.core.model.repair import USER_KINDS
from seawall.repair.judging import Judged
from seawall.repair.plan import Remedy
from seawall.repair.policies import POLICY_DEFAULT
from seawall.web.report import Amount
from seawall.web.report import Remedy as Shown

ROUNDING: Final = 1  # units by which a worth may be rounded down, for each asset held


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """What a remedy leaves: how many, and units of the asset that everybody is measured in."""

    victims_whole: int
    bystanders_worse_off: int
    borne: int


class Measures:
    """The prices of a cut, and how assets are called."""

    def __init__(self, judged: Judged, genesis: Genesis) -> None:
        self.state = judged.world.rerun.state
        references = judged.world.rerun.pinned.settlement.references
        self.prices = Prices(self.state, references)
        self._assets = {int(one.asset_id): one for one in genesis.assets}
        self._ids = {one.name.decode("ascii"): int(one.asset_id) for one in genesis.assets}

    @property
    def numeraire(self) -> int:
        """The asset that worth is stated in."""
        return int(self.prices.numeraire)

    def amount(self, asset_id: int, units: int) -> Amount:
        """Units of an asset as a report shows them."""
        asset = self._assets[asset_id]
        return Amount(asset=asset.name.decode("ascii"), units=units, scale=int(asset.scale))

    def worth(self, units: int) -> Amount:
        """Units of the numeraire."""
        return self.amount(self.numeraire, units)

    def asset_id(self, name: str) -> int:
        """The id of an asset."""
        return self._ids[name]

    def value(self, asset_id: int, units: int) -> int:
        """Units of an asset in the numeraire."""
        return int(self.prices.value_of(self.state, asset_id, units))

    def position_value(self, instrument_id: int, *, size: int, cost: int) -> int:
        """What a position is worth, in the numeraire."""
        instrument = self.state.markets[instrument_id].instrument
        at_reference = self.prices.ticks[instrument_id] * int(instrument.unit_value)
        return self.value(int(instrument.quote_asset_id), size * at_reference - cost)


def differences_in_worth(judged: Judged, measures: Measures) -> dict[int, int]:
    """What the rows of a policy give each user's account, in the numeraire."""
    units: dict[tuple[int, int], int] = {}
    for row in judged.rows.ledger:
        if row.kind in USER_KINDS and row.account_id < ACCOUNT_ID_ERROR:
            key = (int(row.account_id), int(row.asset_id))
            units[key] = units.get(key, 0) + int(row.amount)
    worth: dict[int, int] = {}
    for (account_id, asset_id), amount in units.items():
        worth[account_id] = worth.get(account_id, 0) + measures.value(asset_id, amount)
    for moved in judged.rows.positions:
        if moved.account_id < ACCOUNT_ID_ERROR:
            account_id = int(moved.account_id)
            worth[account_id] = worth.get(account_id, 0) + measures.position_value(
                int(moved.instrument_id), size=int(moved.size), cost=int(moved.cost)
            )
    return worth


class RemedyWatch:
    """Looks at every policy that is priced; give it to `undo_day` as `on_judged`."""

    def __init__(self, genesis: Genesis) -> None:
        self._genesis = genesis
        self._given: dict[str, dict[int, int]] = {}  # by policy, what each account gets
        self._had: dict[int, int] = {}  # victims, in the actual run
        self._due: dict[int, int] = {}
        self._bargained: set[int] = set()  # parties to fills out of band
        self._room = ROUNDING * len(genesis.assets)

    def __call__(self, judged: Judged) -> None:
        """A policy has run."""
        policy = judged.remedy.id
        self._given[policy] = differences_in_worth(judged, Measures(judged, self._genesis))
        if policy == POLICY_DEFAULT:
            self._had = {int(one): int(units) for one, units in judged.made.before.items()}
            self._due = {int(one): int(units) for one, units in judged.made.after.items()}
            for verdict in judged.world.rerun.pinned.settlement.verdicts:
                if not verdict.is_fair:
                    self._bargained |= {int(verdict.taker_id), int(verdict.maker_id)}

    @property
    def victims(self) -> int:
        """In whose name the venue acted without cause."""
        return len(self._due)

    def left_by(self, policy: str) -> Left | None:
        """What a policy leaves; None for one that was only counted."""
        given = {} if policy == "stand" else self._given.get(policy)
        if given is None or POLICY_DEFAULT not in self._given:
            return None
        short = {
            account_id: due - self._had[account_id] - given.get(account_id, 0)
            for account_id, due in self._due.items()
        }
        return Left(
            victims_whole=sum(1 for lack in short.values() if lack <= self._room),
            bystanders_worse_off=sum(
                1
                for account_id, units in given.items()
                if units < -self._room
                and account_id not in self._due
                and account_id not in self._bargained
            ),
            borne=sum(lack for lack in short.values() if lack > self._room),
        )


def remedies_shown(
    remedies: Sequence[Remedy], measures: Measures, watch: RemedyWatch
) -> tuple[Shown, ...]:
    """The remedies of a plan with their worth and what they leave."""
    return tuple(_shown(one, measures, watch.left_by(one.id)) for one in remedies)


def _shown(remedy: Remedy, measures: Measures, left: Left | None) -> Shown:
    costs: Mapping[str, int] = remedy.operator_cost_by_asset or {
        measures.worth(0).asset: 0,
    }
    return Shown(
        policy=remedy.id,
        fills_voided=remedy.fills_voided,
        accounts_touched=remedy.accounts_touched,
        operator_cost=tuple(
            measures.amount(measures.asset_id(name), units) for name, units in costs.items()
        ),
        operator_cost_value=measures.worth(
            sum(measures.value(measures.asset_id(name), units) for name, units in costs.items())
        ),
        victims_whole=None if left is None else left.victims_whole,
        bystanders_worse_off=None if left is None else left.bystanders_worse_off,
        left_with_users=None if left is None else measures.worth(left.borne),
    )
