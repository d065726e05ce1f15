"""Scenarios: what happens at the venue, as a trader would tell it.

A scenario is a text file: one command a line, behind the arrow what came of it. `stage.py` is the
venue it plays on and knows the people, `script.py` reads lines and turns words into commands,
`telling.py` turns events into words. `make accept` writes what happens now into the files; the
difference is reviewed as prose.
"""
