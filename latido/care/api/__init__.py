"""The care API, /care/v1: what the dialogue's actions call."""
