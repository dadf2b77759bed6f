"""Open data: the published indicators of months that no longer change, for everybody (docs/indicators.md)."""
