"""Words: the one module that knows `librt`.

Everything encoded is little-endian 64-bit words and raw bytes padded to whole words. The first word
of a command or an event is `type | flags << 8 | instrument << 16 | account << 32`. librt's calls
become single machine instructions when compiled (2 to 3 ns for a 40-byte command; `struct` takes 69
to 211).
"""

from typing import Final

from librt.strings import BytesWriter as Writer
from librt.strings import read_i64_le as read_word
from librt.strings import write_i64_le as write_word
from librt.vecs import append, vec
from mypy_extensions import i64

__all__ = [
    "WORD",
    "Writer",
    "append",
    "head",
    "padded",
    "read_word",
    "unpadded",
    "vec",
    "write_head",
    "write_word",
]

WORD: Final = 8  # bytes


def head(*, type_: i64, flags: i64, instrument_id: i64, account_id: i64) -> i64:
    """The first word of a command or an event; account ids stay below 2^31, so it is never
    negative.
    """
    return type_ | flags << 8 | instrument_id << 16 | account_id << 32


def write_head(out: Writer, type_: i64, flags: i64, instrument_id: i64, account_id: i64) -> None:
    """Write the first word of a command."""
    write_word(
        out, head(type_=type_, flags=flags, instrument_id=instrument_id, account_id=account_id)
    )


def padded(text: bytes, size: i64) -> bytes:
    """`text` filled with zero bytes up to `size`; longer text is a bug of the caller."""
    missing: i64 = size - len(text)
    if missing == 0:
        return text
    assert missing > 0
    return text + b"\0" * missing


def unpadded(text: bytes) -> bytes:
    """The inverse of `padded`."""
    return text.rstrip(b"\0")
