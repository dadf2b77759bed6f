"""The 24-hour window and the content rules: what WhatsApp lets through, and with which code it fails."""

from datetime import datetime, timedelta

from latido.emulator.model import Bubble

WINDOW = timedelta(hours=24)
SESSION_BUTTONS = 3
APPROVED_BUTTONS = 10
NEVER_OUTSIDE = frozenset({"list", "location"})


def is_open(last_inbound_at: datetime | None, now: datetime) -> bool:
    """True when the resident wrote less than 24 hours ago."""
    return last_inbound_at is not None and now - last_inbound_at < WINDOW


def refusal(bubble: Bubble, approved: bool, window_open: bool) -> int | None:
    """The code with which a message fails after its 201, or None when it may go.

    Source: Twilio 63016 and content-types-overview: list and location never outside the window, the rest only
    approved; three buttons in session, ten when approved.
    """
    if not window_open and (bubble.kind in NEVER_OUTSIDE or not approved):
        return 63016
    if len(bubble.buttons) > (APPROVED_BUTTONS if approved else SESSION_BUTTONS):
        return 63021
    return None
