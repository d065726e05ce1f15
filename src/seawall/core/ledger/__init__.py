"""The double-entry book: ledger accounts, transfers between them, and holds.

Money moves in one function, `transfer`: what leaves one ledger account enters another of the same
asset, so every sum is zero by construction. A hold reserves part of a balance for an open order; it
is not a posting. This room must not know orders, prices or fees. Start with `book.py`.
"""

from seawall.core.ledger.book import (
    Ledger,
    LedgerAccount,
    available,
    hold,
    ledger_key,
    release,
    transfer,
)

__all__ = [
    "Ledger",
    "LedgerAccount",
    "available",
    "hold",
    "ledger_key",
    "release",
    "transfer",
]
