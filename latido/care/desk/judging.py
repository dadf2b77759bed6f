"""What somebody changed of an appointment, and what of that she has to be told. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from latido.care.fhir_names import BOOKING, CANCELLATION_REASON
from latido.care.mapping.agenda_map import actors_of, codings_of
from latido.care.rules.status import LIVE, TERMINAL
from latido.fhir.resources import Resource

Kind = Literal["cancelled", "moved", "booked", "noshow", "fulfilled"]
CALLED_OFF = frozenset({"cancelled", "entered-in-error"})
# The resident's own wish, whoever typed it in: FHIR R4's appointment-cancellation-reason.
HER_OWN_WISH = frozenset({"pat", "pat-crs", "pat-cpp", "pat-dec", "pat-fb", "pat-lt", "pat-mt", "pat-mv", "pat-preg",
                          "pat-swl", "pat-uwo"})  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """What an appointment is at one moment. `place` is the reference of its Location, None when it names none."""

    version: str
    status: str
    starts_at: datetime | None
    place: str | None = None


@dataclass(frozen=True)
class Seen:
    """An appointment as the server shows it now; `booking_key` when Latido made it."""

    appointment_id: str
    now: Standing
    booking_key: str | None
    created_at: datetime | None
    called_off_by_her: bool

    @property
    def is_new(self) -> bool:
        """Whether this is the first version of it, as far as the server counts from 1."""
        return self.now.version == "1"


@dataclass(frozen=True)
class Step:
    """One change, or several of one appointment taken together: how she knew it, how it is."""

    kind: Kind
    before_at: datetime | None
    starts_at: datetime | None
    place_before: str | None
    place: str | None


def read_appointment(appointment: Resource) -> Seen:
    """What matters of an Appointment here."""
    meta = appointment.get("meta") or {}
    identifiers = appointment.get("identifier") or []
    keys = [str(each["value"]) for each in identifiers if each.get("system") == BOOKING and each.get("value")]
    places = [each for each in actors_of(appointment) if each.startswith("Location/")]
    reasons = {code for system, code in codings_of(appointment, "cancelationReason") if system == CANCELLATION_REASON}
    version = meta.get("versionId") or meta.get("lastUpdated") or _digest(appointment)
    return Seen(
        appointment_id=appointment["id"],
        now=Standing(
            str(version), str(appointment["status"]), instant(appointment.get("start")), places[0] if places else None
        ),
        booking_key=keys[0] if keys else None,
        created_at=instant(appointment.get("created")),
        called_off_by_her=bool(reasons & HER_OWN_WISH),
    )


def what_changed(known: Standing | None, seen: Seen, since: datetime) -> Kind | None:
    """What is different from what was known; None when it is nothing of hers. `since`: how far was read before."""
    now = seen.now
    if now.status in CALLED_OFF:
        return "cancelled" if known is None or known.status in LIVE else None
    if now.status in ("noshow", "fulfilled"):
        return None if known and known.status == now.status else _closed(now.status)
    if now.status not in LIVE:
        return None
    if known is None:
        return "booked" if seen.booking_key is None and _made_since(seen, since) else None
    if known.status in TERMINAL:
        return "booked"
    if known.status not in LIVE:  # it was waiting; what Latido makes of its own waiting list is no news
        return "booked" if seen.booking_key is None else None
    return "moved" if _moved(known, now) else None


def is_told(kind: Kind, known: Standing | None, seen: Seen, now: datetime) -> bool:
    """Whether a change may have to be told: not what is past, what she asked for herself, or the end of a mere hold."""
    if kind in ("noshow", "fulfilled"):
        return False
    if kind == "cancelled" and (seen.called_off_by_her or (known is not None and known.status == "pending")):
        return False
    starts = [each for each in (seen.now.starts_at, known.starts_at if known else None) if each]
    return any(each > now for each in starts)


def taken_together(steps: Sequence[Step]) -> Step | None:
    """Several untold changes of one appointment, in order, as one; None when it is again as she knew it."""
    if not steps:
        return None
    first, last = steps[0], steps[-1]
    whole = replace(last, before_at=first.before_at, place_before=first.place_before)
    if len(steps) == 1:
        return whole
    if first.kind == "booked":
        return None if last.kind == "cancelled" else replace(whole, kind="booked")
    if last.kind == "cancelled":
        return whole
    same_place = whole.place_before is None or whole.place == whole.place_before
    if whole.before_at == whole.starts_at and same_place:
        return None
    return replace(whole, kind="moved")


def instant(value: object) -> datetime | None:
    """An aware instant out of FHIR's text; None where it is absent, a mere date, or unreadable."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _closed(status: str) -> Kind:
    return "noshow" if status == "noshow" else "fulfilled"


def _made_since(seen: Seen, since: datetime) -> bool:
    return seen.is_new or (seen.created_at is not None and seen.created_at >= since)


def _moved(known: Standing, now: Standing) -> bool:
    other_place = known.place is not None and now.place is not None and known.place != now.place
    return other_place or (known.starts_at is not None and known.starts_at != now.starts_at)


def _digest(appointment: Resource) -> str:
    return hashlib.sha256(json.dumps(appointment, sort_keys=True).encode()).hexdigest()[:16]
