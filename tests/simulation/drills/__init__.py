"""Tests of the drills: scripts, judges, and whole days."""
