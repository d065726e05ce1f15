"""A batch: what one publisher sends at once (record 0005).

```
word 0   version | shard << 8 | publisher << 16 | count << 32
word 1   incarnation           one life of the publisher; a restarted one takes a higher one
word 2   batch number          from 1 in each incarnation
word 3   length of the whole batch in bytes
per command: stamp_ns, length, bytes
last word: crc32 of everything before it
```
The order of batches is made elsewhere; seq, time and chain are computed identically by whoever
reads them.
"""

from typing import Final, final
from zlib import crc32

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.codec import Writer, read_word, write_word
from seawall.core.model.limits import (
    BATCH_BYTES_MAX,
    COMMANDS_PER_BATCH_MAX,
    ENTRY_BYTES_MAX,
    PUBLISHERS_MAX,
    SHARD_MAX,
)

BATCH_VERSION: Final = 1
BATCH_HEADER_BYTES: Final = 32
KINDS_MAX: Final = 63  # types of command that fit into a word of bits


@final
@mypyc_attr(acyclic=True, free_list_len=1)
class BatchHeader:
    """Who sent a batch, which of his it is, and how long it is."""

    def __init__(
        self,
        *,
        shard: i64,
        publisher_id: i64,
        count: i64,
        incarnation: i64,
        batch_number: i64,
        length: i64,
    ) -> None:
        self.shard: i64 = shard
        self.publisher_id: i64 = publisher_id
        self.count: i64 = count
        self.incarnation: i64 = incarnation
        self.batch_number: i64 = batch_number
        self.length: i64 = length


def encode_batch(
    *,
    shard: i64,
    publisher_id: i64,
    incarnation: i64,
    batch_number: i64,
    stamps_ns: list[int],
    commands: list[bytes],
) -> bytes:
    """The bytes of a batch of encoded commands; `stamps_ns[i]` is when the publisher received
    command i.
    """
    count: i64 = len(commands)
    assert 0 < count <= COMMANDS_PER_BATCH_MAX and count == len(stamps_ns)
    assert 0 <= shard <= SHARD_MAX and 0 <= publisher_id < PUBLISHERS_MAX
    length: i64 = BATCH_HEADER_BYTES + 8
    for command in commands:
        length += 16 + len(command)
    assert length <= BATCH_BYTES_MAX
    out = Writer()
    write_word(out, BATCH_VERSION | shard << 8 | publisher_id << 16 | count << 32)
    write_word(out, incarnation)
    write_word(out, batch_number)
    write_word(out, length)
    index: i64 = 0
    while index < count:
        command = commands[index]
        write_word(out, stamps_ns[index])
        write_word(out, len(command))
        out.write(command)
        index += 1
    body = out.getvalue()
    write_word(out, crc32(body))
    return out.getvalue()


def read_batch_header(data: bytes, start: i64) -> BatchHeader:
    """The header of the batch at `start`, which `batch_fault` has found sound."""
    word = read_word(data, start)
    return BatchHeader(
        shard=word >> 8 & 0xFF,
        publisher_id=word >> 16 & 0xFFFF,
        count=word >> 32,
        incarnation=read_word(data, start + 8),
        batch_number=read_word(data, start + 16),
        length=read_word(data, start + 24),
    )


def batch_fault(data: bytes, start: i64) -> str:
    """What is wrong with the batch at `start`, or "" when it is sound: the check at every door it
    passes.
    """
    if start < 0 or start + BATCH_HEADER_BYTES + 8 > len(data):
        return "shorter than the header of a batch"
    header = read_batch_header(data, start)
    if read_word(data, start) & 0xFF != BATCH_VERSION:
        return f"batch format {read_word(data, start) & 0xFF}, this release reads {BATCH_VERSION}"
    end = start + header.length
    if header.length > BATCH_BYTES_MAX or header.length < BATCH_HEADER_BYTES or end > len(data):
        return f"length {header.length} does not fit"
    if not (0 < header.count <= COMMANDS_PER_BATCH_MAX) or header.publisher_id >= PUBLISHERS_MAX:
        return "count or publisher out of range"
    if header.incarnation <= 0 or header.batch_number <= 0:
        return "incarnation and batch number start at 1"
    at = start + BATCH_HEADER_BYTES
    index: i64 = 0
    while index < header.count:
        if at + 16 > end - 8:
            return f"command {index} is cut off"
        length = read_word(data, at + 8)
        if length < 0 or length > ENTRY_BYTES_MAX or at + 16 + length > end - 8:
            return f"command {index} has length {length}"
        at += 16 + length
        index += 1
    if at != end - 8:
        return "bytes after the last command"
    if read_word(data, end - 8) != crc32(data[start : end - 8]):
        return "checksum differs"
    return ""


def find_commands(data: bytes, start: i64, kinds: i64) -> list[tuple[int, int, int]]:
    """Place in the batch, offset and length of each command of the sound batch at `start` whose
    type's bit is set in `kinds`: a reader that looks for few need not look at all.
    """
    found: list[tuple[int, int, int]] = []
    count = read_word(data, start) >> 32
    at = start + BATCH_HEADER_BYTES
    index: i64 = 0
    while index < count:
        length = read_word(data, at + 8)
        if length >= 8:
            type_ = read_word(data, at + 16) & 0xFF
            if type_ < KINDS_MAX and (kinds >> type_) & 1 != 0:
                found.append((index, at + 16, length))
        at += 16 + length
        index += 1
    return found
