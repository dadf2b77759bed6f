"""What stands of somebody when something ends: appointments that were booked, and signs of a pregnancy."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping

from sqlalchemy import Connection, select

from latido.care.booking.appointments import appointment_view, live_appointments, patient_id_of
from latido.care.booking.patients import find_patients
from latido.care.fhir_names import PRENATAL
from latido.care.people.pregnancies import ongoing
from latido.care.services import Care
from latido.care.tables import bookings
from latido.care.views import Json
from latido.care.waiting.entries import live_entries_of
from latido.fhir.errors import FhirError

log = logging.getLogger(__name__)


def appointments_of(care: Care, resident: str, roles: Mapping[str, Collection[str]]) -> list[Json] | None:
    """The booked appointments to come of these people, by service; None while the health service cannot say."""
    if not any(roles.values()):
        return []
    try:
        patients = find_patients(care.fhir, resident)
        return [
            each for service, some in roles.items() for each in _of_service(care, resident, patients, service, some)
        ]
    except FhirError as error:
        log.warning("what stands cannot be read now: %s", type(error).__name__)
        return None


def _of_service(
    care: Care, resident: str, patients: Mapping[str, Json], service: str, roles: Collection[str]
) -> list[Json]:
    by_id = {patient["id"]: patient for role, patient in patients.items() if role in roles}
    live = live_appointments(care, list(by_id), care.now(), service)
    booked = [each for each in live if each["status"] != "pending"]
    return [appointment_view(care, each, by_id[patient_id_of(each) or ""], resident) for each in booked]


def may_be_pregnant(care: Care, connection: Connection, resident: str) -> list[str]:
    """Whose pregnancy goes on, as she told us; when she told of none, who waits for or has a prenatal appointment."""
    told = list(ongoing(connection, care.vault, resident))
    if told:
        return told
    waiting = [each.role for each in live_entries_of(connection, care.vault, resident, PRENATAL)]
    open_rows = (
        bookings.c.resident == resident,
        bookings.c.service == PRENATAL,
        bookings.c.state != "ended",
        bookings.c.starts_at > care.now(),
    )
    keys = connection.execute(
        select(bookings.c.patient_key).where(*open_rows).order_by(bookings.c.created_at)
    ).scalars()
    return list(dict.fromkeys([*waiting, *(key.removeprefix(f"{resident}:") for key in keys)]))
