"""Reading what changed on the FHIR server since the last time: the sweep is the ground truth, no event is needed."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from latido.care.booking.ledger import Entry, entry_of_appointment, find_entry
from latido.care.desk.judging import Seen, Standing, Step, instant, is_told, read_appointment, what_changed
from latido.care.desk.record import (
    Change,
    advance_mark,
    give_back_mark,
    note,
    remember,
    take_mark,
    what_was_known,
)
from latido.care.fhir_names import RESIDENT
from latido.care.mapping.agenda_map import actors_of
from latido.care.services import Care, local
from latido.fhir.client import FhirClient
from latido.fhir.resources import Resource, reference_to

# The server's clock, its own delays, and writes that end in another order than they began.
OVERLAP = timedelta(minutes=2)
LEASE = timedelta(minutes=5)
# By then Latido's ledger says of its own writes that they are its own.
SETTLE_AFTER = timedelta(seconds=15)
# A clock that runs ahead of ours by more would make the sweep blind to what comes after.
FURTHEST_AHEAD = timedelta(days=1)
PAGE = "100"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Whose:
    """The resident an appointment is of, and which of her people it is for."""

    resident: str
    role: str


def read_changes(care: Care) -> int:
    """Write down what changed of residents' appointments; returns how many were looked at, 0 while another worker is.

    What cannot be read now is read the next time: the mark moves only past what was dealt with.
    """
    now = care.now()
    mark = take_mark(care.engine, now - OVERLAP, now, LEASE)
    if mark is None:
        return 0
    try:
        return _read_since(care, mark)
    finally:
        give_back_mark(care.engine)


def _read_since(care: Care, mark: datetime) -> int:
    params = [("_lastUpdated", f"gt{local(mark - OVERLAP)}"), ("_sort", "_lastUpdated"), ("_count", PAGE)]
    looked_at, highest, in_order = 0, mark, None
    for page in care.fhir.search_all("Appointment", params):
        # Only a server that says it sorts may be believed half-way: otherwise the whole of it tells how far we are.
        in_order = page.honoured("_sort") if in_order is None else in_order
        fresh = [each for each in page.matches if _updated(each, mark) > mark - OVERLAP]
        looked_at += _note_changes(care, fresh, mark)
        highest = max([highest, *(_updated(each, mark) for each in fresh)])
        if in_order:
            advance_mark(care.engine, _believable(care, highest))
    advance_mark(care.engine, _believable(care, highest))
    return looked_at


def _note_changes(care: Care, appointments: Sequence[Resource], since: datetime) -> int:
    whose = residents_of(care.fhir, [actor for each in appointments for actor in actors_of(each)])
    found = 0
    for appointment in appointments:
        theirs = next((whose[each] for each in actors_of(appointment) if each in whose), None)
        if theirs is not None:
            _note_change(care, appointment, theirs, since)
            found += 1
    return found


def _note_change(care: Care, appointment: Resource, whose: Whose, since: datetime) -> None:
    seen, now = read_appointment(appointment), care.now()
    with care.engine.connect() as connection:
        known = what_was_known(connection, seen.appointment_id)
    if known is not None and known.version == seen.now.version:
        return
    known = known or _from_ledger(care, seen)
    kind = what_changed(known, seen, since)
    with care.engine.begin() as connection:
        remember(connection, seen.appointment_id, whose.resident, seen.now, now)
        if kind is not None:
            before, place_before = (known.starts_at, known.place) if known else (seen.now.starts_at, seen.now.place)
            step = Step(kind, before, seen.now.starts_at, place_before, seen.now.place)
            change = _change(care, appointment, seen, whose, step, is_told(kind, known, seen, now))
            note(connection, change, now, now + SETTLE_AFTER)


def _change(care: Care, appointment: Resource, seen: Seen, whose: Whose, step: Step, tell: bool) -> Change:
    return Change(
        appointment_id=seen.appointment_id,
        version=seen.now.version,
        resident=whose.resident,
        for_whom=whose.role,
        service=care.agendas.service_of(appointment),
        center_number=care.agendas.center_of(appointment),
        step=step,
        tell=tell,
    )


def _from_ledger(care: Care, seen: Seen) -> Standing | None:
    """What Latido knows of an appointment of its own that was never read before."""
    entry = entry_for(care, seen.appointment_id, seen.booking_key)
    if entry is None:
        return None
    status = "pending" if entry.state in ("placing", "held") else "booked"
    return Standing("", status, entry.starts_at)


def entry_for(care: Care, appointment_id: str, booking_key: str | None) -> Entry | None:
    """The ledger's row of an appointment; None when it was made at the desk."""
    return entry_of_appointment(care.engine, appointment_id) or (
        find_entry(care.engine, booking_key) if booking_key else None
    )


def residents_of(fhir: FhirClient, references: Iterable[str]) -> Mapping[str, Whose]:
    """Whose these Patients are, by their references; of strangers nothing is asked for or kept."""
    ids = {each.removeprefix("Patient/") for each in references if each.startswith("Patient/")}
    if not ids:
        return {}
    params = [("_id", ",".join(sorted(ids))), ("identifier", f"{RESIDENT}|"), ("_count", str(len(ids)))]
    found: dict[str, Whose] = {}
    for page in fhir.search_all("Patient", params):
        for patient in page.matches:
            for identifier in patient.get("identifier") or []:
                if identifier.get("system") == RESIDENT:
                    resident, _, role = str(identifier.get("value", "")).partition(":")
                    found[reference_to(patient)] = Whose(resident, role)
    return found


def _updated(appointment: Resource, otherwise: datetime) -> datetime:
    return instant((appointment.get("meta") or {}).get("lastUpdated")) or otherwise


def _believable(care: Care, moment: datetime) -> datetime:
    return min(moment, care.now() + FURTHEST_AHEAD)
