"""Indicators: what the registry defines, counted month by month, with small cells hidden (docs/indicators.md)."""
