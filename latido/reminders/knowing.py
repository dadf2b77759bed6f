"""What is true now of a resident, as far as her reminders depend on it: from Postgres and the FHIR server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import BindParameter, Connection, Row, Select, bindparam, func, select

from latido.care.booking.appointments import patient_id_of, priority_of
from latido.care.booking.ledger import UNCONFIRMED
from latido.care.errors import HealthServiceUnavailable
from latido.care.fhir_names import PEDIATRIC, PRENATAL
from latido.care.people.pregnancies import PregnancyRecord, ongoing
from latido.care.people.record import PersonRecord, all_people
from latido.care.people.stopped import read_stops
from latido.care.residents import REMINDERS, is_silent, standing_consent
from latido.care.rules.priority import ORDER
from latido.care.services import Care
from latido.care.tables import bookings
from latido.fhir.errors import FhirError
from latido.fhir.resources import Resource
from latido.messaging.tables import message
from latido.messaging.tables import resident as residents
from latido.reminders.on_record import OnRecord, read_record
from latido.reminders.reaching import reach_of
from latido.reminders.readers import reader_of
from latido.reminders.record_data import load_record_codes
from latido.reminders.rules.recorded import Dose, settled_by_doses
from latido.reminders.rules.steps import Appointment, AppointmentStatus, Delivery, Known, Reach, Subject
from latido.reminders.rules.visits import planned_for
from latido.reminders.standing import start_in
from latido.reminders.tables import reminder

STATUSES = ("booked", "fulfilled", "arrived", "checked-in", "noshow")
_CANCELLED = ("cancelled",)
WENT, NOT_WENT, CONFIRM = "went", "not_went", "confirm"
ANSWERS = ("accepted", "declined", "tentative")


@dataclass(frozen=True)
class _Booked:
    """What the ledger says of an appointment."""

    created_at: datetime
    answer: str | None
    ended_why: str | None


@dataclass(frozen=True)
class _Told:
    """What Postgres keeps of a resident."""

    people: Mapping[str, PersonRecord]
    pregnancies: Mapping[str, PregnancyRecord]
    booked: Mapping[str, _Booked]
    went: frozenset[str]
    confirmed: Mapping[str, datetime | None]
    asked_for: Mapping[str, datetime]
    said: Mapping[str, datetime]
    done: Mapping[str, frozenset[str]]
    delivered: Mapping[str, Delivery]
    wrote_at: datetime | None
    reach: Reach


def known_of(care: Care, resident: str) -> Known:
    """All that her plan depends on. HealthServiceUnavailable when nobody can say now what appointments she has."""
    with care.engine.connect() as connection:
        wants = standing_consent(connection, resident, REMINDERS) is not None
        silent = is_silent(connection, resident)
        reader = reader_of(connection, care, resident)
        if silent or not (wants or reader):
            return Known(resident, wants, silent, ())
        told = _told(connection, care, resident)
    return replace(_known(care, resident, wants, silent, told), reader=reader)


def known_anyhow(care: Care, resident: str) -> Known:
    """The same of who wants no reminders: she may still ask what is due. HealthServiceUnavailable."""
    with care.engine.connect() as connection:
        wants = standing_consent(connection, resident, REMINDERS) is not None
        silent = is_silent(connection, resident)
        told = _told(connection, care, resident)
    return _known(care, resident, wants, silent, told)


def _known(care: Care, resident: str, wants: bool, silent: bool, told: _Told) -> Known:
    released = [each for each, row in told.booked.items() if row.ended_why == UNCONFIRMED]
    try:
        on_record = read_record(care, resident, (*STATUSES, *(_CANCELLED if released else ())))
    except FhirError as error:
        raise HealthServiceUnavailable("her appointments cannot be read now: nothing is sent, try again") from error
    standing = _standing(care, resident, _appointments(care, on_record, told, released))
    given = on_record.doses
    subjects = tuple(_with_doses(care, each, given.get(each.role, ())) for each in _subjects(told, standing))
    told_by_receipts = (told.delivered, told.wrote_at, told.reach)
    return Known(resident, wants, silent, subjects, told.asked_for, told.said, *told_by_receipts)


# Made once: every check asks them.
_WHOSE: BindParameter[str] = bindparam("whose")
_BOOKED: Select[Any] = select(bookings).where(bookings.c.resident == _WHOSE, bookings.c.appointment_id.is_not(None))
_ROWS: Select[Any] = select(reminder).where(reminder.c.resident == _WHOSE)
_WROTE_AT: Select[Any] = select(residents.c.last_inbound_at).where(residents.c.key == _WHOSE)


def _told(connection: Connection, care: Care, resident: str) -> _Told:
    booked = connection.execute(_BOOKED, {"whose": resident}).all()
    rows = connection.execute(_ROWS, {"whose": resident}).all()
    done: dict[str, set[str]] = {}
    for row in rows:
        if row.answer == WENT:
            done.setdefault(row.role, set()).update(row.codes)
    return _Told(
        people={each.role: each for each in all_people(connection, care.vault, resident)},
        pregnancies=ongoing(connection, care.vault, resident),
        booked={row.appointment_id: _Booked(row.created_at, row.attendance, row.ended_why) for row in booked},
        went=_went(rows, booked),
        confirmed={row.appointment_id: start_in(row.group_key) for row in rows if row.answer == CONFIRM},
        asked_for={row.key: row.asked_for for row in rows if row.asked_for is not None},
        said={row.key: row.changed_at for row in rows if row.state in ("sent", "failed")},
        done={role: frozenset(codes) for role, codes in done.items()},
        delivered=_delivered(connection, rows),
        wrote_at=connection.execute(_WROTE_AT, {"whose": resident}).scalar(),
        reach=reach_of(connection, resident, rows),
    )


def _went(rows: Sequence[Row[Any]], booked: Sequence[Row[Any]]) -> frozenset[str]:
    """The appointments she told us she went to; her last word counts, also where the desk made the appointment."""
    told = sorted((row for row in rows if row.answer in (WENT, NOT_WENT)), key=lambda row: row.answered_at)
    last = {row.appointment_id: row.answer for row in told if row.appointment_id}
    last |= {row.appointment_id: row.told_visit for row in booked if row.told_visit}
    return frozenset(appointment_id for appointment_id, answer in last.items() if answer == WENT)


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


def _appointments(
    care: Care, on_record: OnRecord, told: _Told, released: Sequence[str]
) -> dict[Whose, list[Appointment]]:
    """The appointments and visits of her people, by person and service."""
    found: dict[Whose, list[Appointment]] = {}
    for each in on_record.appointments:
        service = care.agendas.service_of(each)
        if service is not None and (each["status"] not in _CANCELLED or each["id"] in released):
            whose = on_record.role_by_id[patient_id_of(each) or ""], service
            found.setdefault(whose, []).append(_appointment(care, each, service, told))
    for role, visit in on_record.visits:
        found.setdefault((role, visit.service), []).append(visit)
    return found


def _standing(
    care: Care, resident: str, appointments: Mapping[Whose, Sequence[Appointment]]
) -> dict[Whose, list[Appointment]]:
    """Those that may still be spoken of, as Postgres knows after the health service has answered."""
    if not appointments:
        return {}
    with care.engine.connect() as connection:
        stops = read_stops(connection, resident)
    return {
        (role, service): [each for each in theirs if not stops.hold_for(role, service, each.booked_at)]
        for (role, service), theirs in appointments.items()
    }


def _appointment(care: Care, resource: Resource, service: str, told: _Told) -> Appointment:
    number = care.agendas.center_of(resource)
    center = care.directory.centers.get(number or 0)
    booked, start = told.booked.get(resource["id"]), datetime.fromisoformat(resource["start"])
    return Appointment(
        id=resource["id"],
        service=service,
        start=start,
        status=cast(AppointmentStatus, resource["status"]),
        place=f"{center.name}, {center.address}" if center else "",
        center_number=number,
        answer=_answer(booked, told.confirmed.get(resource["id"]), start),
        booked_at=booked.created_at if booked else _created(resource),
        is_top=_is_top(care, resource, service),
        went=resource["id"] in told.went,
        is_ours=booked is not None,
        was_released=booked is not None and booked.ended_why == UNCONFIRMED,
    )


def _answer(booked: _Booked | None, confirmed: datetime | None, start: datetime) -> Any:
    """Hers, as the ledger has it; for one made at the desk, as she answered a reminder of this very time."""
    if booked is not None:
        return booked.answer if booked.answer in ANSWERS else None
    return "accepted" if confirmed == start else None


def _is_top(care: Care, resource: Resource, service: str) -> bool | None:
    rules = care.rules.get(service)
    if rules is None or "priority" not in resource:
        return None
    return priority_of(resource, rules.priority).name == ORDER[0]


def _created(resource: Resource) -> datetime | None:
    try:
        made = datetime.fromisoformat(str(resource.get("created", "")))
    except ValueError:
        return None
    return made if made.tzinfo else None


def _with_doses(care: Care, subject: Subject, given: Sequence[Dose]) -> Subject:
    """Settled are also the vaccines that the record has."""
    if not given:
        return subject
    items = planned_for(subject, care.calendars.get(subject.service), care.local_now().date())
    return replace(subject, done=subject.done | settled_by_doses(load_record_codes(), items, given))


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
