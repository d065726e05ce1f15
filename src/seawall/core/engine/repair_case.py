"""The case of repair that is open, as it arrives part by part, and what is kept of one that was
posted.
"""

from hashlib import sha256
from typing import final

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.commands import OpenRepair


@final
@mypyc_attr(acyclic=True)
class RepairCase:
    """An open case. Once all parts are in, their bytes are gone and the overlay stands."""

    def __init__(self, opening: OpenRepair) -> None:
        self.opening: OpenRepair = opening
        self.parts: dict[int, bytes] = {}  # those that arrived, by index
        self.digests: dict[int, bytes] = {}  # of each part that arrived
        self.overlay_hash: bytes = b""  # of the rows as they arrived; empty until they all are in

    @property
    def case_id(self) -> bytes:
        """Its name."""
        return self.opening.case_id

    def is_known(self, index: i64, data: bytes) -> bool:
        """Whether this very part has arrived."""
        return self.digests.get(index, b"") == sha256(data).digest()

    def add(self, index: i64, data: bytes) -> None:
        """A part has arrived."""
        self.parts[index] = data
        self.digests[index] = sha256(data).digest()


@final
@mypyc_attr(acyclic=True)
class PostedRepair:
    """A case that was posted: at which seq, and by which plan."""

    def __init__(self, *, overlay_hash: bytes, plan_hash: bytes, cut_seq: i64, seq: i64) -> None:
        self.overlay_hash: bytes = overlay_hash  # of the rows as they arrived
        self.plan_hash: bytes = plan_hash
        self.cut_seq: i64 = cut_seq  # of the plan
        self.seq: i64 = seq  # of the posting
