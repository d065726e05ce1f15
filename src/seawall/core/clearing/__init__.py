"""Clearing: what a fill does to money. For spot: base against quote, and the fees of both sides.

This room turns a fill into transfers of the ledger; it must not know the book, time or the journal.
Start with `spot.py`.
"""

from seawall.core.clearing.spot import Leg, settle_spot

__all__ = ["Leg", "settle_spot"]
