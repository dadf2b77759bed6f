"""Latido beside a stock Rasa project: the same messages, the same machine, the same run."""
