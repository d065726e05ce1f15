"""The rulebook: by which rules a repair judges fills, in versions that accounts accept.

A fill is judged by the version that its two users had accepted when it happened; a venue carries
the version in force in its journal, by number, bands and hash. The hash is taken over every word of
a version, so that a user who accepts it accepts exactly this text. The first version needs no
activation: the core has its numbers, and it is in force from genesis on.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import msgspec

from seawall.core.model.commands import ActivateRulebook
from seawall.core.model.enums import RiskTier
from seawall.repair.policies import POLICY_DEFAULT

E8: Final = 100_000_000

_TEXT_1: Final = """
Reviewed are the fills of the window, from the first entry that is put right to the freeze. No
other fill is ever reviewed.

The fair price of a fill is the repaired index at that moment plus the basis of the minute before
the window.

A fill outside the band of its instrument's tier around the fair price is void. On the edge it
stands.

A fill inside the band stands between two sides of which each wanted it: a user by his order, the
venue by a trigger or liquidation that happens without the incident too.

Where one side did not, the other keeps its fill, and the venue takes the place of the side that
did not. Where neither did, the fill is void.

A quantity that a later fill of the same account has closed is closed with the venue.

Nobody becomes party to a trade that did not happen. What somebody would have got is paid by the
venue.

The venue pays from its own account for errors; never from the insurance fund, and never by
deleveraging.

The same rules hold for the venue's own accounts.
"""


class Rulebook(msgspec.Struct, frozen=True, kw_only=True):
    """One version. Bands are shares of the fair price in 1e-8; an adjusting rulebook moves a void
    fill's price to the edge of the band where both limits allow, instead of voiding it.
    """

    version: int
    band_major_e8: int
    band_alt_e8: int
    band_tail_e8: int
    is_adjusting: bool
    policy: str
    sections: tuple[str, ...]

    def band_e8(self, risk_tier: int) -> int:
        """The band of a tier; an instrument without a tier has the widest."""
        if risk_tier == RiskTier.MAJOR:
            return self.band_major_e8
        return self.band_alt_e8 if risk_tier == RiskTier.ALT else self.band_tail_e8

    def activation(self) -> ActivateRulebook:
        """The command that brings this version into a venue."""
        return ActivateRulebook(
            version=self.version,
            rulebook_hash=self.digest(),
            major_e8=self.band_major_e8,
            alt_e8=self.band_alt_e8,
            tail_e8=self.band_tail_e8,
            is_adjusting=self.is_adjusting,
        )

    def digest(self) -> bytes:
        """What its users accept: the hash of every word of it."""
        return sha256(msgspec.json.encode(self)).digest()


def _sections(text: str) -> tuple[str, ...]:
    return tuple(" ".join(one.split()) for one in text.split("\n\n"))


# From genesis on the first is in force. A version is never edited; a new one goes to the end.
RULEBOOKS: Final = (
    Rulebook(
        version=1,
        band_major_e8=3 * E8 // 100,
        band_alt_e8=7 * E8 // 100,
        band_tail_e8=15 * E8 // 100,
        is_adjusting=False,
        policy=POLICY_DEFAULT,
        sections=_sections(_TEXT_1),
    ),
)


def rulebook_of(version: int) -> Rulebook | None:
    """The rulebook of a version, or None."""
    return next((one for one in RULEBOOKS if one.version == version), None)
