"""The laws: what holds of every history, whatever is sent.

A law is a property checked over many random worlds. Each has a test beside it that breaks the law
on purpose and sees it turn red, for a law that cannot fail says nothing. Start reading in
`naive_twin.py`: the venue as one would explain it on paper. `worlds.py` draws worlds,
`strategies.py` streams of commands for them; `witness.py` checks events as any reader could,
`driving.py` brings streams to the engine, `shrinking.py` makes a failing stream small.

`SEAWALL_LAWS=many` draws more worlds; `SEAWALL_SEED=n` draws others.
"""
