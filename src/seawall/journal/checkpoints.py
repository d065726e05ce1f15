"""Checkpoints: the state at a record, on disk, so that a start need not apply everything again.

```
magic "SWLCP001" | genesis hash 32 | record_no u64 | seq u64 | link 32 | two lengths u64
chain (`Chain.encode`) | snapshot of the engine | sha256 of everything before
```
The name is the seq. Three are kept; one that does not verify is passed over for the one before, and
named. A checkpoint is a witness: it says which record it contains, and that record's link.
"""

from __future__ import annotations

import struct
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from seawall.core.engine import Engine
from seawall.journal.chain import Chain
from seawall.journal.directory import disk_errors, snapshots_folder, sync_folder, write_durably
from seawall.journal.store import Place
from seawall.journal.witnesses import Witness

CHECKPOINTS_KEPT: Final = 3
_MAGIC: Final = b"SWLCP001"
_HEAD: Final = struct.Struct("<8s32sQQ32sQQ")
_TRAILER_BYTES: Final = 32


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint whose bytes are what was written."""

    path: Path
    place: Place  # the record it contains, and that record's link
    seq: int
    chain: bytes
    snapshot: bytes

    def witness(self) -> Witness:
        """What it proves of the journal."""
        return Witness(
            name=f"checkpoint {self.path.name}",
            applied_record=self.place.record_no,
            applied_seq=self.seq,
        )


class Newest(msgspec.Struct, frozen=True, kw_only=True):
    """The newest checkpoint that verifies, and a sentence for each newer one that does not."""

    checkpoint: Checkpoint | None
    faults: list[str]


def write_checkpoint(directory: Path, *, engine: Engine, chain: Chain, place: Place) -> Path:
    """Write the state after record `place` and drop all but the newest three.

    Raises DiskFull or DiskFailure; then the older ones are still there.
    """
    assert engine.seq == chain.seq
    snapshot = engine.snapshot()
    chain_bytes = chain.encode()
    head = _HEAD.pack(
        _MAGIC,
        bytes(engine.genesis_hash),
        place.record_no,
        chain.seq,
        place.link,
        len(chain_bytes),
        len(snapshot),
    )
    body = b"".join([head, chain_bytes, snapshot])
    path = snapshots_folder(directory) / f"{chain.seq:016d}.snap"
    write_durably(path, body + sha256(body).digest())
    kept = checkpoint_paths(directory)[:CHECKPOINTS_KEPT]
    with disk_errors(f"removing old checkpoints in {path.parent}"):
        for one in checkpoint_paths(directory):
            if one != path and one not in kept and one.is_file():
                one.unlink()
        sync_folder(path.parent)
    return path


def read_checkpoint(path: Path, *, genesis_hash: bytes) -> tuple[Checkpoint | None, str]:
    """The checkpoint at `path` and "", or None and what is wrong with it.

    Raises FileNotFoundError when there is none.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        return None, f"{path.name}: {error.strerror}"
    body = memoryview(data)[:-_TRAILER_BYTES]
    if len(data) < _HEAD.size + _TRAILER_BYTES:
        return None, f"{path.name}: {len(data)} bytes are too few"
    magic, genesis, record_no, seq, link, chain_bytes, snapshot_bytes = _HEAD.unpack_from(data)
    if magic != _MAGIC:
        return None, f"{path.name}: not a checkpoint of this release"
    if sha256(body).digest() != data[-_TRAILER_BYTES:]:
        return None, f"{path.name}: its hash does not fit its content"
    if genesis != genesis_hash:
        return None, f"{path.name}: it belongs to another genesis"
    if len(body) != _HEAD.size + chain_bytes + snapshot_bytes or path.stem != f"{seq:016d}":
        return None, f"{path.name}: its lengths or its name do not fit"
    end = _HEAD.size + chain_bytes
    checkpoint = Checkpoint(
        path=path,
        place=Place(record_no, link),
        seq=seq,
        chain=data[_HEAD.size : end],
        snapshot=data[end : end + snapshot_bytes],
    )
    return checkpoint, ""


def checkpoint_paths(directory: Path) -> list[Path]:
    """The files of a data directory that claim to be checkpoints, newest first."""
    return sorted(snapshots_folder(directory).glob("*.snap"), reverse=True)


def newest_checkpoint(directory: Path, *, genesis_hash: bytes) -> Newest:
    """Pass over what does not verify, and say so."""
    faults: list[str] = []
    for path in checkpoint_paths(directory):
        try:
            checkpoint, fault = read_checkpoint(path, genesis_hash=genesis_hash)
        except FileNotFoundError:  # dropped by the follower while we looked
            continue
        if checkpoint is not None:
            return Newest(checkpoint=checkpoint, faults=faults)
        faults.append(fault)
    return Newest(checkpoint=None, faults=faults)
