"""Drills: the worst days of the field, played on the venue from bytes on disk.

A drill writes a script (`script.py`: the batches of every publisher, in a real journal), runs the
day and the same day with true prices as two processes (`world.py`), and judges the one by the other
(`judge.py`). Traders of a drill take the same road as anyone: commands in a journal, applied by the
engine. Everything is drawn in integers from a seed; equal seeds give equal hashes.

This room knows how the venue is written to and read, nothing of its inside: it judges by events.
Start with `catalogue.py` (which drills there are), then `day.py` (the script of 23 August 2019),
`play.py` (what a run does) and `undoing.py` (how the day is put right).
"""
