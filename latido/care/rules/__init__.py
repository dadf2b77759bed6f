"""Rules of care: pure functions on values, with dated data from data/care."""
