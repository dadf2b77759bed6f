"""Comparing wordings: who is told which one, what followed, and how sure that is (docs/reminders.md, "Learning")."""
