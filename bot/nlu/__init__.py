"""Latido's own NLU components for chat Spanish."""
