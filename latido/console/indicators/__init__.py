"""The page of indicators: figures of a month with their definitions, as charts and as text."""
