"""Reminders: planned from dated calendars, checked at the last moment, sent once (docs/reminders.md, ADR 15)."""
