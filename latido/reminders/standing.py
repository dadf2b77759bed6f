"""What has become of that which a reminder spoke of, on the day she answers it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from latido.care.people.pregnancies import PregnancyRecord
from latido.care.people.record import PersonRecord

Standing = Literal["stands", "booked", "moved", "cancelled", "past", "missed", "done", "lost", "born", "ended"]
Ending = Literal["lost", "born", "ended"]
VISITED = frozenset(("fulfilled", "arrived", "checked-in"))
GONE = frozenset(("cancelled", "entered-in-error", "proposed", "pending"))


@dataclass(frozen=True)
class Meant:
    """An appointment as the health service has it now."""

    status: str
    start: datetime


def standing_of_appointment(said: datetime | None, found: Meant | None, has_another: bool, now: datetime) -> Standing:
    """Of the appointment spoken of: `said` is when it was to begin, `has_another` whether one came in its place."""
    if found is None or found.status in GONE:
        return "moved" if has_another else "cancelled"
    if found.status in VISITED:
        return "done"
    if found.status == "noshow":
        return "missed"
    if found.start <= now:
        return "past"
    return "stands" if said is None or found.start == said else "moved"


def ending_of(
    person: PersonRecord | None, pregnancies: list[PregnancyRecord], since: datetime, is_prenatal: bool
) -> Ending | None:
    """Whether the person, or the pregnancy the reminder of `since` was about, is spoken of no more, and why."""
    if person is not None and person.state == "stopped":
        return "lost"
    if person is not None and person.state == "forgotten":
        return "ended"
    over = [each for each in pregnancies if each.ended_at is not None and each.ended_at >= since]
    if not is_prenatal or not over:
        return None
    first = min(over, key=lambda each: each.ended_at or since)
    return {"loss": "lost", "birth": "born"}.get(first.why or "", "ended")  # type: ignore[return-value]


def start_in(group_key: str) -> datetime | None:
    """When the appointment of a group was to begin when it was planned; None for a group that is of none."""
    try:
        return datetime.strptime(group_key.rsplit(":", 1)[-1], "%Y%m%dT%H%MZ").replace(tzinfo=UTC)
    except ValueError:
        return None
