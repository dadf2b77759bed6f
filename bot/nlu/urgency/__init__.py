"""The second opinion on danger: a linear model that generalises where phrases only list (docs/danger.md)."""
