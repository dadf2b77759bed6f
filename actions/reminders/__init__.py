"""Talking back to a reminder: its buttons work days later and without context (docs/reminders.md)."""
