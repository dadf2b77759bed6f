"""What is true now of a resident, as far as her reminders depend on it: from Postgres and the FHIR server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Connection, Row, func, select

from latido.care.booking.appointments import live_appointments, patient_id_of, priority_of
from latido.care.booking.patients import find_patients
from latido.care.errors import HealthServiceUnavailable
from latido.care.fhir_names import PEDIATRIC, PRENATAL
from latido.care.mapping.agenda_map import codings_of
from latido.care.people.pregnancies import PregnancyRecord, ongoing
from latido.care.people.record import PersonRecord, all_people
from latido.care.people.stopped import is_stopped
from latido.care.residents import REMINDERS, is_silent, standing_consent
from latido.care.rules.priority import ORDER
from latido.care.services import Care
from latido.care.tables import bookings
from latido.fhir.errors import FhirError, NotFound, Refused
from latido.fhir.resources import Resource
from latido.messaging.tables import message
from latido.messaging.tables import resident as residents
from latido.reminders.rules.steps import Appointment, AppointmentStatus, Delivery, Known, Subject
from latido.reminders.tables import reminder

STATUSES = ("booked", "fulfilled", "arrived", "checked-in", "noshow")
# As long as a pregnancy: a visit clears the check-up into whose dates it fell, however long ago.
SINCE = timedelta(days=300)
WENT = "went"
ANSWERS = ("accepted", "declined", "tentative")


@dataclass(frozen=True)
class _Told:
    """What Postgres keeps of a resident."""

    people: Mapping[str, PersonRecord]
    pregnancies: Mapping[str, PregnancyRecord]
    booked: Mapping[str, tuple[datetime, str | None]]
    asked_for: Mapping[str, datetime]
    said: Mapping[str, datetime]
    done: Mapping[str, frozenset[str]]
    delivered: Mapping[str, Delivery]
    wrote_at: datetime | None


def known_of(care: Care, resident: str) -> Known:
    """All that her plan depends on. HealthServiceUnavailable when nobody can say now what appointments she has."""
    with care.engine.connect() as connection:
        wants = standing_consent(connection, resident, REMINDERS) is not None
        silent = is_silent(connection, resident)
    if not wants or silent:
        return Known(resident, wants, silent, ())
    return _known(care, resident, wants, silent)


def known_anyhow(care: Care, resident: str) -> Known:
    """The same of who wants no reminders: she may still ask what is due. HealthServiceUnavailable."""
    with care.engine.connect() as connection:
        wants = standing_consent(connection, resident, REMINDERS) is not None
        silent = is_silent(connection, resident)
    return _known(care, resident, wants, silent)


def _known(care: Care, resident: str, wants: bool, silent: bool) -> Known:
    with care.engine.connect() as connection:
        told = _told(connection, care, resident)
    try:
        appointments = _appointments(care, resident, told)
    except FhirError as error:
        raise HealthServiceUnavailable("her appointments cannot be read now: nothing is sent, try again") from error
    with care.engine.connect() as connection:
        standing = {
            whose: [each for each in theirs if not _is_stopped(connection, resident, whose, each)]
            for whose, theirs in appointments.items()
        }
    subjects = tuple(_subjects(told, standing))
    return Known(resident, wants, silent, subjects, told.asked_for, told.said, told.delivered, told.wrote_at)


def _told(connection: Connection, care: Care, resident: str) -> _Told:
    mine = select(bookings.c.appointment_id, bookings.c.created_at, bookings.c.attendance)
    booked = connection.execute(mine.where(bookings.c.resident == resident, bookings.c.appointment_id.is_not(None)))
    rows = connection.execute(select(reminder).where(reminder.c.resident == resident)).all()
    done: dict[str, set[str]] = {}
    for row in rows:
        if row.answer == WENT:
            done.setdefault(row.role, set()).update(row.codes)
    return _Told(
        people={each.role: each for each in all_people(connection, care.vault, resident)},
        pregnancies=ongoing(connection, care.vault, resident),
        booked={row.appointment_id: (row.created_at, row.attendance) for row in booked},
        asked_for={row.key: row.asked_for for row in rows if row.asked_for is not None},
        said={row.key: row.changed_at for row in rows if row.state in ("sent", "failed")},
        done={role: frozenset(codes) for role, codes in done.items()},
        delivered=_delivered(connection, rows),
        wrote_at=connection.execute(select(residents.c.last_inbound_at).where(residents.c.key == resident)).scalar(),
    )


def _delivered(connection: Connection, rows: Sequence[Row[Any]]) -> dict[str, Delivery]:
    """When the questions whether she comes reached her phone, by key; one without a receipt is not among them."""
    asked = {row.message_id: row for row in rows if row.name == "confirm" and row.state == "sent"}
    if not asked:
        return {}
    reached = func.least(message.c.delivered_at, message.c.read_at)
    these = select(message.c.id, message.c.attempted_at, reached.label("at")).where(message.c.id.in_(list(asked)))
    found = [row for row in connection.execute(these) if row.at is not None]
    return {asked[row.id].key: Delivery(row.attempted_at or row.at, row.at, asked[row.id].template) for row in found}


Whose = tuple[str, str]
"""A person's role, and the service."""


def _appointments(care: Care, resident: str, told: _Told) -> dict[Whose, list[Appointment]]:
    """The appointments and visits of her people since a pregnancy's length ago, by person and service."""
    patients = find_patients(care.fhir, resident)
    role_by_id = {patient["id"]: role for role, patient in patients.items()}
    since = care.now() - SINCE
    found: dict[Whose, list[Appointment]] = {}
    for each in live_appointments(care, list(role_by_id), since, statuses=STATUSES):
        service = care.agendas.service_of(each)
        if service is not None:
            whose = role_by_id[patient_id_of(each) or ""], service
            found.setdefault(whose, []).append(_appointment(care, each, service, told))
    for whose, visit in _visits(care, role_by_id, since):
        found.setdefault(whose, []).append(visit)
    return found


def _appointment(care: Care, resource: Resource, service: str, told: _Told) -> Appointment:
    number = care.agendas.center_of(resource)
    center = care.directory.centers.get(number or 0)
    booked_at, answer = told.booked.get(resource["id"], (_created(resource), None))
    return Appointment(
        id=resource["id"],
        service=service,
        start=datetime.fromisoformat(resource["start"]),
        status=cast(AppointmentStatus, resource["status"]),
        place=f"{center.name}, {center.address}" if center else "",
        center_number=number,
        answer=cast(Any, answer) if answer in ANSWERS else None,
        booked_at=booked_at,
        is_top=_is_top(care, resource, service),
    )


def _is_top(care: Care, resource: Resource, service: str) -> bool | None:
    rules = care.rules.get(service)
    return None if rules is None else priority_of(resource, rules.priority).name == ORDER[0]


def _created(resource: Resource) -> datetime | None:
    try:
        made = datetime.fromisoformat(str(resource.get("created", "")))
    except ValueError:
        return None
    return made if made.tzinfo else None


def _visits(care: Care, role_by_id: Mapping[str, str], since: datetime) -> Iterator[tuple[Whose, Appointment]]:
    """Encounters of ours that are over: a visit without an appointment clears a check-up as well."""
    for resource in _encounters(care, list(role_by_id), since):
        service = _service_of(care, resource)
        role = role_by_id.get(str((resource.get("subject") or {}).get("reference", "")).rsplit("/", 1)[-1])
        begun = str((resource.get("period") or {}).get("start", ""))
        if service and role and len(begun) > len("2026-11-23"):
            start = datetime.fromisoformat(begun)
            yield (role, service), Appointment(resource["id"], service, start, "fulfilled", "")


def _encounters(care: Care, patient_ids: Sequence[str], since: datetime) -> Iterable[Resource]:
    if not patient_ids:
        return []
    whose = ",".join(f"Patient/{each}" for each in patient_ids)
    params = [("patient", whose), ("status", "finished"), ("date", f"ge{since.date().isoformat()}"), ("_count", "50")]
    try:
        return care.fhir.search("Encounter", params).matches
    except (NotFound, Refused):  # a server that keeps no visits: its appointments say who came
        return []


def _service_of(care: Care, encounter: Resource) -> str | None:
    said = {code for _, code in codings_of(encounter)}
    ours = {
        service: {code for _, code in codings_of({"serviceType": care.agendas.service_type(service)})}
        for service in (PRENATAL, PEDIATRIC)
    }
    return next((service for service, codes in ours.items() if codes & said), None)


def _is_stopped(connection: Connection, resident: str, whose: Whose, appointment: Appointment) -> bool:
    role, service = whose
    return is_stopped(connection, resident, role, service, appointment.booked_at)


def _subjects(told: _Told, appointments: Mapping[Whose, Sequence[Appointment]]) -> Iterator[Subject]:
    """Her pregnancies and children, each with its appointments; then the appointments of nobody told of."""
    left = dict(appointments)
    for person in (each for each in told.people.values() if each.is_live):
        pregnancy = told.pregnancies.get(person.role)
        if person.kind == "child":
            mine = tuple(left.pop((person.role, PEDIATRIC), ()))
            yield _child(person, mine, told.done.get(person.role, frozenset()))
        elif pregnancy is not None:
            mine = tuple(left.pop((person.role, PRENATAL), ()))
            yield _pregnant(person, pregnancy, mine, told.done.get(person.role, frozenset()))
    for (role, service), theirs in left.items():
        known = told.people.get(role)
        if theirs and (known is None or known.is_live):
            name = known.given_name if known else None
            yield Subject(role, role, service, min(each.start for each in theirs), name, appointments=tuple(theirs))


def _child(person: PersonRecord, appointments: tuple[Appointment, ...], done: frozenset[str]) -> Subject:
    return Subject(
        role=person.role,
        anchor=person.role,
        service=PEDIATRIC,
        since=person.since,
        given_name=person.given_name,
        birth_date=person.birth_date,
        appointments=appointments,
        done=done,
    )


def _pregnant(
    person: PersonRecord, pregnancy: PregnancyRecord, appointments: tuple[Appointment, ...], done: frozenset[str]
) -> Subject:
    # Told of another pregnancy, the record begins anew: so does what is to be said.
    anchor = f"pregnancy-{pregnancy.id}-{pregnancy.began_at:%Y%m%d}"
    return Subject(
        role=person.role,
        anchor=anchor,
        service=PRENATAL,
        since=pregnancy.began_at,
        given_name=person.given_name,
        age=pregnancy.age,
        appointments=appointments,
        done=done,
    )
