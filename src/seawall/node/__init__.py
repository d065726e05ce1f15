"""The roof: configuration, and the wiring of every other room into processes that run a venue.

Only here are configuration read and real sockets, files and clocks opened; every other room is
given them as constructor arguments. A venue is three processes (engine, edge, follower) under a
supervisor, or the same parts in one loop. This room must not know how orders match, what a request
looks like, or who trades: the simulated world is handed in by the command line.

Start with `supervisor.py` (what `seawall up` starts), then `engine_process.py` (durable, then
applied, then told), `edge.py` (what clients reach) and `follower.py` (what checks and keeps).
"""
