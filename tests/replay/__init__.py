"""Tests of replay, compare and verify."""
