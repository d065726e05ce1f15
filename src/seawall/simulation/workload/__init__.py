"""Streams of commands for benches and laws: encoded, deterministic, made before anything is timed.

Two mixes. SPOT: orders, cancels, immediate-or-cancel, amends over eight spot instruments. WHOLE:
the same on spot and perpetual swaps with everything else switched on: accounts with leverage and
positions (cross and isolated), algo orders placed and cancelled, seven outside sources that say a
price of each index every second, one beat and so one tick per second, and a funding settlement
whose sweep runs beside the orders. A stream is written with a light model of the books, so that it
fits any version of the engine; that model and engine agree is tested. Start with `stream.py`.
"""

from seawall.simulation.workload.genesis import margin_mode_of, spot_genesis, whole_genesis
from seawall.simulation.workload.mix import BATCH, SPOT, WHOLE, Kind, Mix
from seawall.simulation.workload.observations import Observations
from seawall.simulation.workload.opening import Risk
from seawall.simulation.workload.stream import BatchWriter, Label, Shape, Workload, make_workload

__all__ = [
    "BATCH",
    "BatchWriter",
    "SPOT",
    "WHOLE",
    "Kind",
    "Label",
    "Mix",
    "Observations",
    "Risk",
    "Shape",
    "Workload",
    "make_workload",
    "margin_mode_of",
    "spot_genesis",
    "whole_genesis",
]
