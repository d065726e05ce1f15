"""Tests of the journal, and the small venue that they share (`venue.py`)."""
