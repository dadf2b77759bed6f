"""Extractors of the entities of docs/wires.md, deterministic and without a model."""
