"""Asking for reminders and content, each once, where she would expect it; and what she answers (docs/dialogue.md)."""
