"""Tests of the benches: that they measure what they say, never how fast."""
