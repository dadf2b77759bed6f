"""Seeing the phone of a resident: for a reason, on one answer, and written down before it is shown."""
