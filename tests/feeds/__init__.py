"""Tests of what outside venues say, and how it is carried in."""
