"""Replay: apply a journal again, with or without edits, compare two runs, and verify everything a
data directory claims.

A replay starts at genesis in a fresh engine and ends with the same hashes as the venue that wrote
the journal, or says where they part. A rerun is the same from a checkpoint, with some commands
exchanged: it shows what would have been. This room must not know how the venue is wired, who asks,
or what a repair is; it opens a data directory for reading and never changes a byte of it.
Start with `run.py`, then `verify.py`; for reruns with `edits.py`, `resolution.py`, `rerun.py`, and
`fresh.py` (the null test); `economics.py` compares what two worlds came to.
"""
