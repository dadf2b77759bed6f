"""Message templates: what may be written to her when she has not written for 24 hours (docs/templates.md)."""
