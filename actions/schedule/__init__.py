"""The check-ups, studies and vaccines of one pregnancy or child, with their dates."""
