"""The dictionary of the venue: every word that crosses a door, and its bytes.

Ids, units, enumerations, instruments, limits, reject reasons, commands, events, batches and the
genesis. This room must not know how orders match or where money lies: it only names things, states
their units and turns them into bytes and back. Start with `commands.py` (what can be wished),
`events.py` (what can happen) and `rejects.py` (what can be refused, and the sentence a trader
reads).
"""
