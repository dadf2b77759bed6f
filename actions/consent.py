"""Whether she agreed, also when care could not say so at the beginning."""

from __future__ import annotations

from actions.care_client import CareClient
from actions.turn import Turn


def consent_given(care: CareClient, turn: Turn) -> str | None:
    """The version she agreed to, looked up again where it was unknown; None when she has not."""
    known: str | None = turn.slots.get("consent")
    if known != "unknown":
        return known
    given = care.resident(turn.resident).get("consent")
    return given["version"] if given else None
