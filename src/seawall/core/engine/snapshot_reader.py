"""A place in the bytes of a snapshot, for those who read them piece by piece."""

from typing import final

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.codec import read_word


@final
@mypyc_attr(acyclic=True)
class Reader:
    """A place in the bytes of a snapshot. Reading past the end raises IndexError."""

    def __init__(self, data: bytes) -> None:
        self.data: bytes = data
        self.at: i64 = 0

    def word(self) -> i64:
        """The next word."""
        value = read_word(self.data, self.at)
        self.at += 8
        return value

    def raw(self, size: i64) -> bytes:
        """The next `size` bytes."""
        start = self.at
        self.at += size
        if self.at > len(self.data):
            raise IndexError("snapshot is cut short")
        return self.data[start : self.at]

    def take(self, size: i64) -> i64:
        """Where the next `size` bytes begin, for a reader of its own; the place moves behind
        them.
        """
        start = self.at
        self.at += size
        if self.at > len(self.data):
            raise IndexError("snapshot is cut short")
        return start
