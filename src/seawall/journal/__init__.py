"""The journal: everything that was ever asked of the venue, in one durable order.

A record is one group commit: the concatenated batches of many publishers, hash-linked to the record
before. It is kept in SQLite files with `synchronous=FULL`; a damaged file is refused, never read
as if it were shorter. From records a `Replica` (an engine and its hash chain) follows; checkpoints
shorten the way. `link.py` and `frames.py` are how the processes of one venue talk.

This room must not know what a command means, who sent it, or who reads the events.
Start with `writer.py` (append), `recovery.py` (how a venue comes back), `wal.py` (what is checked
before SQLite may open a file), `chain.py` (what proves that two histories are equal).
"""
