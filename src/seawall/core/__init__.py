"""The core: the venue's rules as a pure function of its journal.

Ground floor of the house. No I/O, clock, randomness, threads, floats or logging lives here: the
same entries give the same events and the same state, byte for byte, compiled or interpreted. Start
reading in `engine` (the one door), then `matching`, `clearing`, `ledger`; the words are in `model`.
From above, only `core.engine` and `core.model` are imported.
"""
