"""A tree of hashes and sums, by which an account proves its part of a repair and sees no other.

```
leaf   sha256(0x00 | salt | part)                              and what the part adds up to
node   sha256(0x01 | left | sums of left | right | sums of right)   and left plus right
root   sha256(0x02 | top | sums of top)
```
A leaf's salt is derived from a key of the case and the account's id, so that nobody can guess a
part by trying amounts; leaves stand in the order of their hashes, so that a neighbour is anybody.

What a proof tells its owner of others: for each step up, what the accounts of the other subtree
add up to, per asset and instrument. The first of them is one other account's total (whose, it does
not say); further up they are totals of two, four, eight. The number of steps tells about how many
accounts there are. Nothing else.

What it proves: this part is in the repair that the plan names, and all parts of that repair add up
to zero. That the other leaves are real accounts is seen by whoever holds the rows, which the plan
names too.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import sha256
from typing import Final, Literal

import msgspec

KEY_BYTES: Final = 32
STEPS_MAX: Final = 40
_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"
_ROOT: Final = b"\x02"

Sums = dict[str, int]  # of units with a difference; never zero


class Leaf(msgspec.Struct, frozen=True):
    """A hash and what stands behind it adds up to. Also any node above."""

    digest: bytes
    sums: Sums


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The other half of one step up: on which side it stands, its hash and its sums."""

    side: Literal["left", "right"]
    hash: str
    sums: Sums


def salt_of(key: bytes, account_id: int) -> bytes:
    """The secret of one leaf; whoever has it can prove the part, so it is given to its owner."""
    assert len(key) == KEY_BYTES
    return hmac.digest(key, b"seawall repair leaf" + account_id.to_bytes(8, "little"), "sha256")


def leaf_of(part: bytes, *, salt: bytes, sums: Sums) -> Leaf:
    """The leaf of a part that adds up to `sums`."""
    return Leaf(sha256(_LEAF + salt + part).digest(), nonzero(sums))


def joined(left: Leaf, right: Leaf) -> Leaf:
    """The node above two."""
    data = b"".join(
        [_NODE, left.digest, _encode(left.sums), right.digest, _encode(right.sums)],
    )
    sums = dict(left.sums)
    for unit, amount in right.sums.items():
        sums[unit] = sums.get(unit, 0) + amount
    return Leaf(sha256(data).digest(), nonzero(sums))


def root_of(top: Leaf) -> bytes:
    """What a plan names."""
    return sha256(_ROOT + top.digest + _encode(top.sums)).digest()


def climb(leaf: Leaf, proof: Sequence[Step]) -> Leaf:
    """The top that a leaf and its steps lead to."""
    for step in proof:
        other = Leaf(bytes.fromhex(step.hash), step.sums)
        leaf = joined(other, leaf) if step.side == "left" else joined(leaf, other)
    return leaf


def nonzero(sums: Sums) -> Sums:
    """The sums without those that are zero."""
    return {unit: amount for unit, amount in sums.items() if amount != 0}


def _encode(sums: Sums) -> bytes:
    """Canonical, and of one meaning only: each unit with its length, then its amount."""
    data = "".join([f"{len(unit)}:{unit}{sums[unit]};" for unit in sorted(sums)]).encode()
    return len(data).to_bytes(4, "little") + data


class SumTree:
    """All leaves of a repair. A node without a neighbour goes up as it is."""

    def __init__(self, leaves: Sequence[Leaf]) -> None:
        assert leaves, "a repair touches somebody"
        self._levels = [sorted(leaves, key=lambda one: one.digest)]
        while len(self._levels[-1]) > 1:
            below = self._levels[-1]
            level = [joined(*below[at : at + 2]) for at in range(0, len(below) - 1, 2)]
            if len(below) % 2:
                level.append(below[-1])
            self._levels.append(level)
        self._places = {one.digest: place for place, one in enumerate(self._levels[0])}

    @property
    def top(self) -> Leaf:
        """The hash over everything, and the sums of everything."""
        return self._levels[-1][0]

    def proof(self, leaf: Leaf) -> tuple[Step, ...]:
        """The steps from a leaf of this tree to its top."""
        place = self._places[leaf.digest]
        steps = []
        for level in self._levels[:-1]:
            other = place ^ 1
            if other < len(level):
                one = level[other]
                side: Literal["left", "right"] = "left" if other < place else "right"
                steps.append(Step(side=side, hash=one.digest.hex(), sums=one.sums))
            place //= 2
        return tuple(steps)
