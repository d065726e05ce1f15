"""Tests of the gateway, against the real engine.

`venue.py` is a small venue; `desk.py` stands in for the way to the engine: by hand, step by step
(`Desk`), or behind a real EngineLink whose connections break at chosen moments (`FaultyDesk`).
"""
