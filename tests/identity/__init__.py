"""Tests of people, keys and sealed secrets."""
