"""Canned replies: the team's and an operator's own, filled with the day's facts, never sent without being seen."""
