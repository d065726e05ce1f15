"""Simulation: the test world around a venue: outside venues, traders, workloads, benches.

The generated market (`generator.py`) has seven outside venues around one hidden true path; a
recording (`tape.py`) can stand in for it. Makers and takers hold API keys and trade through the
HTTP API like anyone. `workload/` makes command streams for benches and laws; `bench/` measures.
Everything random is integer and drawn from a seed, so a run can be repeated on any machine. This
room may know every other room; no other room may know it, and nothing here may change the venue
except through the doors that everybody uses. Start with `world.py`, which puts the outside world
together.
"""
