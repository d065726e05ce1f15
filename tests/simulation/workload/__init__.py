"""Tests of the workloads: that a stream is what it says, as the engine sees it."""
