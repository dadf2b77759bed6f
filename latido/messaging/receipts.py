"""Merging delivery receipts, which Twilio sends in any order, twice, or not at all."""

from __future__ import annotations

from typing import Literal

AfterFailure = Literal["stop", "later", "give_up"]
RANK = {
    "accepted": 1,
    "scheduled": 2,
    "queued": 3,
    "sending": 4,
    "sent": 5,
    "delivered": 6,
    "read": 7,
}
FINAL_FAILURES = frozenset({"failed", "undelivered", "canceled"})
# She is not on WhatsApp, did not accept its terms, blocked us, or opted out by a keyword.
STOPS = frozenset({63003, 63014, 63024, 21610})
# A free text came after the 24 hours: what has a template goes as that.
OUT_OF_WINDOW = 63016
# WhatsApp's own fault; a rate or messaging limit; or Meta held back what it takes for marketing, for a day or more.
LATER = frozenset({63012, OUT_OF_WINDOW, 63018, 63049})
_MOMENT = {"sent": "sent_at", "delivered": "delivered_at", "read": "read_at"}


def merge_status(known: str | None, received: str) -> str | None:
    """The status to keep: only upwards by rank; a failure is final, and never undoes a delivery.

    Unknown statuses leave what is known as it is.
    """
    if known in FINAL_FAILURES:
        return known
    if received in FINAL_FAILURES:
        return known if RANK.get(known or "", 0) >= RANK["delivered"] else received
    if received not in RANK:
        return known
    return received if RANK[received] > RANK.get(known or "", 0) else known


def moment_column(status: str) -> str | None:
    """The column of the log that keeps when this status was reached."""
    return "failed_at" if status in FINAL_FAILURES else _MOMENT.get(status)


def after_failure(code: int | None) -> AfterFailure:
    """What a failure's code means for what is sent unasked: `stop`, `later`, or `give_up` on this message alone."""
    return "stop" if code in STOPS else "later" if code in LATER else "give_up"
