"""How each indicator is counted: one function an indicator, from what Latido knows (docs/indicators.md)."""
