"""Tests of the test world: generated and recorded markets, traders, workloads, benches."""
