"""Measurements of Latido. `make bench` runs them all; nothing here asserts a time."""
