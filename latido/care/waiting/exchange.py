"""The waiting list as other systems see it: one FHIR Appointment `waitlist` an entry, without a slot.

It is a view: the record is our table. What cannot be written now is written by the sweep.
"""

from __future__ import annotations

import logging

from sqlalchemy import select, update

from latido.care.booking.appointments import cancelled, find_by_booking_key, priority_extension
from latido.care.booking.writing.writer import condition_of, version_of
from latido.care.fhir_names import BOOKING
from latido.care.rules.status import may, step
from latido.care.services import Care, local
from latido.care.waiting.entries import Entry, entries_by_id
from latido.care.waiting.tables import entries
from latido.fhir.errors import FhirError
from latido.fhir.resources import Resource

LEFT, OTHER = "pat", "other"
AT_ONCE = 50

log = logging.getLogger(__name__)


def show(care: Care, entry: Entry) -> bool:
    """Bring the server's Appointment in line with the entry; False when the server is away: it is told later."""
    try:
        _write(care, entry)
    except FhirError as error:
        log.warning("a waiting-list entry is not on the FHIR server yet: %s", type(error).__name__)
        return False
    shown = "waiting" if entry.is_live else "ended"
    with care.engine.begin() as connection:
        same = (entries.c.id == entry.id, entries.c.state == entry.state)
        connection.execute(update(entries).where(*same).values(shown_on_server=shown))
    return True


def show_what_is_left(care: Care) -> None:
    """Entries whose last change has not reached the server, until one finds it away."""
    live = entries.c.state.in_(("waiting", "offered"))
    unshown = (live & (entries.c.shown_on_server != "waiting")) | (~live & (entries.c.shown_on_server != "ended"))
    with care.engine.connect() as connection:
        ids = connection.execute(select(entries.c.id).where(unshown).limit(AT_ONCE)).scalars().all()
        left = entries_by_id(connection, care.vault, ids)
    all(show(care, entry) for entry in left.values())


def waitlist_appointment(care: Care, entry: Entry) -> Resource:
    """The Appointment that stands for an entry: who, which service, how urgent, until when, where if she said so."""
    priority = entry.wish.priority_on(care.rules[entry.service], care.local_now().date())
    where = entry.wish.center_number
    place = care.agendas.location_of(where) if where is not None else None
    location = [{"actor": {"reference": place}, "status": "needs-action"}] if place else []
    return {
        "resourceType": "Appointment",
        "extension": [priority_extension(priority)],
        "identifier": [{"system": BOOKING, "value": f"waiting:{entry.id}"}],
        "status": step(None, "wait").status,
        "serviceType": [care.agendas.service_type(entry.service)],
        "priority": priority.fhir_priority,
        "created": local(entry.since),
        "participant": [
            {"actor": {"reference": f"Patient/{entry.patient_id}"}, "status": "accepted"},
            *location,
        ],
        "requestedPeriod": [{"start": local(entry.since), "end": local(entry.ends_at)}],
    }


def _write(care: Care, entry: Entry) -> None:
    stored = find_by_booking_key(care.fhir, f"waiting:{entry.id}")
    if stored is None:
        if entry.is_live:
            wanted = waitlist_appointment(care, entry)
            care.fhir.create(wanted, if_none_exist=condition_of(wanted))
        return
    if not may(stored["status"], "cancel"):
        return
    over = {} if entry.is_live else cancelled(stored, LEFT if entry.state == "left" else OTHER)
    changed = {**stored, **(over or waitlist_appointment(care, entry))}
    if changed != stored:
        care.fhir.update(changed, if_match=version_of(stored))
