"""Tests of the room `repair`."""
