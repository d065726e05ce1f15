"""All maps of the edge together: what applies events to them, in order, and who is told after.

An answer to a sender leaves only after the maps have applied its entry, which is why everybody
reads their own writes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from seawall.core.model.event_reader import read_entries
from seawall.core.model.events import EntryEvents, KeyRegistered, KeyRevoked
from seawall.gateway.account_maps import AccountMaps
from seawall.gateway.handlers import Handler
from seawall.gateway.limits import FRESH_SECONDS_MAX
from seawall.gateway.venue_maps import VenueMaps
from seawall.identity import KeyRing
from seawall.journal.frames import EventsFrame

Follower = Callable[[EventsFrame, list[EntryEvents]], None]


class Maps:
    """Venue, accounts and keys as of one seq. Filled once by `describe`, then frame by frame."""

    def __init__(self, *, venue: VenueMaps, accounts: AccountMaps, keys: KeyRing) -> None:
        self.venue = venue
        self.accounts = accounts
        self.keys = keys
        self.applied_seq = 0  # everything up to here is in the maps
        self._known_seq = 0  # the newest seq this edge has heard of
        self._handlers: dict[type, Handler] = {
            **venue.handlers(),
            **accounts.handlers(),
            KeyRegistered: self._on_key_registered,
            KeyRevoked: self._on_key_revoked,
        }
        self._followers: list[Follower] = []
        self._readers: list[tuple[int, asyncio.Future[None]]] = []  # who waits for which seq

    def describe(self, events: bytes, *, seq: int) -> None:
        """Fill the maps with what `Engine.describe()` tells of the state after entry `seq`."""
        assert self.applied_seq == 0, "the maps are described once, before anything else"
        entries = read_entries(events)
        self._apply(entries)
        self.applied_seq = seq
        self.hear_of(seq)
        if entries:
            self.venue.clock_ms = entries[-1].clock_ms

    def follow(self, follower: Follower) -> None:
        """Call `follower` with every frame and its entries, after the maps have applied them."""
        self._followers.append(follower)

    def hear_of(self, seq: int) -> None:
        """The engine is known to have applied `seq`; readers who come now wait for it."""
        self._known_seq = max(self._known_seq, seq)

    def apply(self, frame: EventsFrame) -> list[EntryEvents]:
        """Apply the next batch, tell the followers, and return its entries that had events."""
        last_seq = frame.first_seq + frame.count - 1
        assert last_seq > self.applied_seq, "the link gives each frame once"
        assert frame.first_seq <= self.applied_seq + 1, "the link leaves no gap"
        entries = read_entries(frame.events)
        self._apply(entries)
        self.applied_seq = last_seq
        self.hear_of(last_seq)
        self.venue.clock_ms = frame.clock_ms
        for follower in self._followers:
            follower(frame, entries)
        if self._readers:
            self._wake_readers()
        return entries

    async def fresh(self) -> bool:
        """Wait until the maps have applied the newest seq known when called; False when that takes
        longer than FRESH_SECONDS_MAX.
        """
        if self.applied_seq >= self._known_seq:
            return True
        reader: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._readers.append((self._known_seq, reader))
        done, _ = await asyncio.wait({reader}, timeout=FRESH_SECONDS_MAX)
        reader.cancel()
        return bool(done)

    def _apply(self, entries: list[EntryEvents]) -> None:
        handlers = self._handlers
        for entry in entries:
            seq = entry.seq
            time_ns = entry.time_ns
            for event in entry.events:
                handler = handlers.get(type(event))
                if handler is not None:
                    handler(event, seq, time_ns)

    def _wake_readers(self) -> None:
        waiting = []
        for seq, reader in self._readers:
            if reader.done():
                continue
            if seq <= self.applied_seq:
                reader.set_result(None)
            else:
                waiting.append((seq, reader))
        self._readers = waiting

    def _on_key_registered(self, event: KeyRegistered, _seq: int, _time_ns: int) -> None:
        self.keys.register(event.key_id, account_id=event.account_id, scopes=event.scopes)

    def _on_key_revoked(self, event: KeyRevoked, _seq: int, _time_ns: int) -> None:
        self.keys.revoke(event.key_id)
