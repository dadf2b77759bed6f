"""Whole turns while things go wrong: every real process, residents who chat and book, faults of each kind, an audit."""
