"""Pure rules of the indicators: figures, and which of them must not be shown."""
