"""Seven ways to answer an incident, and the rules by which fills are judged."""

from __future__ import annotations

import msgspec
import pytest

from seawall.core.model.enums import RiskTier
from seawall.core.model.rulebook import first_rulebook
from seawall.repair.policies import POLICIES, POLICY_DEFAULT, policy_of, posting_fault
from seawall.repair.rulebook import RULEBOOKS, rulebook_of


def test_there_are_seven_policies_and_cause_is_the_default() -> None:
    """Their ids are a contract with whoever reads a report."""
    expected = ["stand", "compensate", "band", "cause", "strict", "rerun", "window"]

    assert expected == [one.policy_id for one in POLICIES]
    assert POLICY_DEFAULT == "cause"


@pytest.mark.parametrize("policy_id", [one.policy_id for one in POLICIES])
def test_each_is_found_by_its_id(policy_id: str) -> None:
    """One table, no second spelling."""
    policy = policy_of(policy_id)

    assert policy is not None and policy.policy_id == policy_id


def test_an_unknown_policy_names_those_there_are() -> None:
    """So that whoever mistyped can go on."""
    assert "cause" in posting_fault("caus")
    assert policy_of("caus") is None


@pytest.mark.parametrize(
    ("tier", "band_e8"),
    [
        (RiskTier.MAJOR, 3_000_000),
        (RiskTier.ALT, 7_000_000),
        (RiskTier.TAIL, 15_000_000),
        (RiskTier.NONE, 15_000_000),
    ],
)
def test_review_bands_of_the_first_rulebook(tier: int, band_e8: int) -> None:
    """3, 7 and 15 per cent; without a tier the widest, which voids least."""
    rulebook = rulebook_of(1)

    assert rulebook is not None and rulebook.band_e8(tier) == band_e8


def test_versions_count_from_one_without_a_gap() -> None:
    """A version that was accepted stays where it is."""
    assert [one.version for one in RULEBOOKS] == list(range(1, len(RULEBOOKS) + 1))
    assert rulebook_of(len(RULEBOOKS) + 1) is None


def test_the_words_of_the_first_rulebook_never_change() -> None:
    """Users have accepted this hash; whoever wants other words writes another version."""
    expected = "a4aa6ca1e56e61d089a1daf4d5630839eee498bd5256d0bc9212f353ab9f9228"

    assert expected == RULEBOOKS[0].digest().hex()


def test_every_word_counts() -> None:
    """Who accepts a rulebook accepts its text."""
    rulebook = RULEBOOKS[0]
    sections = (*rulebook.sections[:-1], rulebook.sections[-1] + " ")

    assert msgspec.structs.replace(rulebook, sections=sections).digest() != rulebook.digest()
    assert msgspec.structs.replace(rulebook, is_adjusting=True).digest() != rulebook.digest()


def test_the_first_rulebook_is_the_one_that_is_in_force_from_genesis_on() -> None:
    """The text that users read has the numbers by which the engine judges."""
    ours, theirs = RULEBOOKS[0], first_rulebook()

    assert ours.version == theirs.version
    assert ours.is_adjusting == theirs.is_adjusting
    for tier in (RiskTier.MAJOR, RiskTier.ALT, RiskTier.TAIL):
        assert ours.band_e8(tier) == theirs.band_e8(tier)


def test_a_venue_takes_another_version_with_its_bands_and_hash() -> None:
    """The engine knows the numbers; the hash ties them to the text."""
    rulebook = msgspec.structs.replace(RULEBOOKS[0], version=2, band_alt_e8=8_000_000)
    command = rulebook.activation()

    assert (command.version, command.alt_e8) == (2, 8_000_000)
    assert command.rulebook_hash == rulebook.digest()
