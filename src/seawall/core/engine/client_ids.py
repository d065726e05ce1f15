"""Client order ids in use or remembered: rows of eight words, found through a flat index.

A dictionary per account touches its header, its table, an entry and a key object, all cold; a row
is one cache line, and an open order knows its row, so that ending it needs no search. The rows of
an account's ended orders form a queue in the order of their end. Where a row lies has no influence
on what the engine does, and is not part of the canonical state.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from seawall.core.model.codec import Writer, append, read_word, vec, write_word
from seawall.core.model.limits import CLIENT_ID_BYTES

NO_ROW: Final = -1

_ROW_WORDS: Final = 8  # the id in words 0 to 3, then:
_MARK: Final = 4
_NEXT: Final = 5
_SLOT: Final = 6
_HASH: Final = 7
_EMPTY: Final = 0
_REMOVED: Final = -1
_SIZE_MIN: Final = 1_024
_LOW32: Final = 0xFFFFFFFF
_FACTOR: Final = 0x5851F42D  # below 2^31, so that its product with 32 bits stays positive


@final
@mypyc_attr(acyclic=True)
class ClientIds:
    """All client ids of all accounts. A mark is the order id of an open order (positive), or minus
    the clock at which the id of one that ended may be used again.
    """

    def __init__(self, *, seed: i64) -> None:
        self.seed: i64 = seed & _LOW32  # so that nobody chooses ids that collide everywhere
        self.index: vec[i64] = vec[i64]([0] * _SIZE_MIN)  # row + 1 | 31 bits of the hash << 32
        self.mask: i64 = _SIZE_MIN - 1
        self.count: i64 = 0
        self.used: i64 = 0  # entries of the index, those of removed rows included
        self.rows: vec[i64] = vec[i64]([])
        self.free_row: i64 = NO_ROW  # a list through _NEXT

    def find(self, slot: i64, client_id: bytes) -> i64:
        """The row of this account's client id (32 bytes), or NO_ROW."""
        assert len(client_id) == CLIENT_ID_BYTES
        hashed = self._hash(slot, client_id)
        place = hashed & self.mask
        index = self.index
        while True:
            entry = index[place]
            if entry == _EMPTY:
                return NO_ROW
            if entry >> 32 == hashed >> 1:
                row = (entry & _LOW32) - 1
                if self._is_at(row, slot, client_id):
                    return row
            place = (place + 1) & self.mask

    def add(self, slot: i64, client_id: bytes, mark: i64) -> i64:
        """Put in a client id that is not there; returns its row."""
        if self.used * 2 > self.mask:
            self._lay_out()
        row = self._new_row()
        rows = self.rows
        base = row * _ROW_WORDS
        word: i64 = 0
        while word < 4:
            rows[base + word] = read_word(client_id, word * 8)
            word += 1
        hashed = self._hash(slot, client_id)
        rows[base + _MARK] = mark
        rows[base + _NEXT] = NO_ROW
        rows[base + _SLOT] = slot
        rows[base + _HASH] = hashed
        self._enter(row, hashed)
        self.count += 1
        return row

    def remove(self, row: i64) -> None:
        """Forget the row; its place will be used again."""
        base = row * _ROW_WORDS
        index = self.index
        mask = self.mask
        place = self.rows[base + _HASH] & mask
        while index[place] & _LOW32 != row + 1 or index[place] < 0:
            assert index[place] != _EMPTY
            place = (place + 1) & mask
        index[place] = _REMOVED
        if index[(place + 1) & mask] == _EMPTY:
            while index[place] == _REMOVED:  # nobody probes past an empty place: clear the marks
                index[place] = _EMPTY
                self.used -= 1
                place = (place - 1) & mask
        self.rows[base + _NEXT] = self.free_row
        self.free_row = row
        self.count -= 1

    def mark_of(self, row: i64) -> i64:
        """The mark of the row."""
        return self.rows[row * _ROW_WORDS + _MARK]

    def set_mark(self, row: i64, mark: i64) -> None:
        """Change the mark of the row."""
        self.rows[row * _ROW_WORDS + _MARK] = mark

    def next_of(self, row: i64) -> i64:
        """The row that ended after this one, of the same account."""
        return self.rows[row * _ROW_WORDS + _NEXT]

    def set_next(self, row: i64, next_row: i64) -> None:
        """Queue `next_row` behind the row."""
        self.rows[row * _ROW_WORDS + _NEXT] = next_row

    def client_id(self, row: i64) -> bytes:
        """The client id of the row, 32 bytes."""
        out = Writer()
        word: i64 = 0
        while word < 4:
            write_word(out, self.rows[row * _ROW_WORDS + word])
            word += 1
        return out.getvalue()

    def _is_at(self, row: i64, slot: i64, client_id: bytes) -> bool:
        rows = self.rows
        base = row * _ROW_WORDS
        return (
            rows[base + _SLOT] == slot
            and rows[base] == read_word(client_id, 0)
            and rows[base + 1] == read_word(client_id, 8)
            and rows[base + 2] == read_word(client_id, 16)
            and rows[base + 3] == read_word(client_id, 24)
        )

    def _hash(self, slot: i64, client_id: bytes) -> i64:
        """32 bits that depend on every bit of account and id."""
        mixed = ((self.seed ^ slot) & _LOW32) * _FACTOR
        word: i64 = 0
        while word < 4:
            value = read_word(client_id, word * 8)
            mixed = ((mixed ^ mixed >> 29 ^ value) & _LOW32) * _FACTOR
            mixed = ((mixed ^ mixed >> 29 ^ value >> 32) & _LOW32) * _FACTOR
            word += 1
        return (mixed ^ mixed >> 31) & _LOW32

    def _new_row(self) -> i64:
        row = self.free_row
        if row != NO_ROW:
            self.free_row = self.rows[row * _ROW_WORDS + _NEXT]
            return row
        row = len(self.rows) // _ROW_WORDS
        assert row < _LOW32
        rows = self.rows
        word: i64 = 0
        while word < _ROW_WORDS:
            rows = append(rows, 0)
            word += 1
        self.rows = rows
        return row

    def _enter(self, row: i64, hashed: i64) -> None:
        index = self.index
        mask = self.mask
        place = hashed & mask
        while index[place] > 0:
            place = (place + 1) & mask
        if index[place] == _EMPTY:
            self.used += 1
        index[place] = row + 1 | hashed >> 1 << 32

    def _lay_out(self) -> None:
        old = self.index
        size: i64 = _SIZE_MIN
        while size < self.count * 4:
            size *= 2
        self.index = vec[i64]([0] * size)
        self.mask = size - 1
        self.used = 0
        for entry in old:
            if entry > 0:
                row = (entry & _LOW32) - 1
                self._enter(row, self.rows[row * _ROW_WORDS + _HASH])
