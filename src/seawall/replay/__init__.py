"""Replay: apply a journal again, compare two runs, and verify everything a data directory claims.

A replay starts at genesis in a fresh engine and ends with the same hashes as the venue that wrote
the journal, or says where they part. This room must not know how the venue is wired or who asks;
it opens a data directory for reading and never changes a byte of it.
Start with `run.py`, then `verify.py`.
"""
