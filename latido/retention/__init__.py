"""Retention: what is no longer needed goes by itself, in small steps (docs/retention.md)."""
