"""Twilio's identifiers: two letters and 32 hexadecimal digits."""

import uuid


def new_sid(prefix: str) -> str:
    """A fresh identifier: SM text, MM media message, ME medium, HX content."""
    return f"{prefix}{uuid.uuid4().hex}"
