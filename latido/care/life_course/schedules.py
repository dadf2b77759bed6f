"""The check-ups, studies and vaccines of one of her people, with dates, and which of them are booked or done."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime, time

from latido.care.booking.appointments import live_appointments
from latido.care.booking.patients import find_patients
from latido.care.errors import Invalid, Missing
from latido.care.fhir_names import PEDIATRIC, PRENATAL
from latido.care.life_course.children import refuse_impossible
from latido.care.people.pregnancies import ongoing
from latido.care.people.record import find_person
from latido.care.people.views import person_view
from latido.care.rules.calendar import Planned, plan
from latido.care.rules.gestation import GestationalAge
from latido.care.services import BUENOS_AIRES, Care, local
from latido.care.views import Json
from latido.fhir.errors import FhirError
from latido.fhir.resources import Resource

CAME = ("fulfilled", "arrived", "checked-in")

log = logging.getLogger(__name__)


def schedule_of(care: Care, resident: str, role: str) -> Json:
    """The schedule of somebody known; without items while neither weeks nor a birth date are known.

    Missing when nobody of that id is told of, or an adult without a pregnancy.
    """
    with care.engine.connect() as connection:
        person = find_person(connection, care.vault, resident, role)
        pregnancy = ongoing(connection, care.vault, resident).get(role)
    if person is None or not person.is_live or (person.kind == "adult" and pregnancy is None):
        raise Missing("no such child or pregnancy for this resident")
    service = PEDIATRIC if person.kind == "child" else PRENATAL
    begins = _begins(care, pregnancy.age if pregnancy else None, person.birth_date)
    items = plan(care.calendars[service], begins, care.local_now().date()) if begins else []
    kept = _kept_appointments(care, resident, role, service, items)
    shown = person_view(person, pregnancy, care.local_now().date())
    return _view(care, service, begins, items, kept) | {"person": shown}


def schedule_by(care: Care, age: GestationalAge | None, birth_date: date | None) -> Json:
    """The schedule by weeks or by a birth date; nothing is stored. Invalid, ImpossibleBirthDate."""
    if (age is None) == (birth_date is None):
        raise Invalid("say either gestational_age, with its weeks, or birth_date")
    today = care.local_now().date()
    refuse_impossible(birth_date, today)
    service = PRENATAL if age else PEDIATRIC
    begins = _begins(care, age, birth_date)
    items = plan(care.calendars[service], begins, today) if begins else []
    return _view(care, service, begins, items, []) | {"person": None}


def _begins(care: Care, age: GestationalAge | None, birth_date: date | None) -> tuple[date, date] | None:
    """What the calendar counts from: one day, or a range of days; None while nobody knows, or it is long over."""
    if birth_date is not None:
        return birth_date, birth_date
    if age is None or age.is_over_on(care.local_now().date()):
        return None
    return age.last_period


def _kept_appointments(care: Care, resident: str, role: str, service: str, items: Sequence[Planned]) -> list[Resource]:
    """The person's appointments of the service that are booked, or that she came to; none while nobody can say."""
    if not items:
        return []
    since = datetime.combine(items[0].first, time(0), BUENOS_AIRES)
    try:
        patient = find_patients(care.fhir, resident).get(role)
        if patient is None:
            return []
        kept = live_appointments(care, [patient["id"]], since, service, ("booked", *CAME))
    except FhirError as error:
        log.warning("a schedule is shown without its appointments: %s", type(error).__name__)
        return []
    return [each for each in kept if each["status"] in CAME or datetime.fromisoformat(each["start"]) > care.now()]


def _view(
    care: Care,
    service: str,
    begins: tuple[date, date] | None,
    items: Sequence[Planned],
    appointments: Sequence[Resource],
) -> Json:
    calendar = care.calendars[service]
    of_item = _matched(items, appointments)
    return {
        "as_of": care.local_now().date().isoformat(),
        "on_exact_dates": begins is not None and begins[0] == begins[1],
        "items": [_item_view(each, of_item.get(number)) for number, each in enumerate(items)],
        "counts": {"official_minimum": calendar.official_minimum},
        "version": calendar.version,
        "sources": [dict(each) for each in calendar.sources],
    }


def _matched(items: Sequence[Planned], appointments: Sequence[Resource]) -> dict[int, Resource]:
    """Each appointment by the number of the check-up into whose dates it falls, the nearest when there are several."""
    found: dict[int, Resource] = {}
    for appointment in appointments:
        day = datetime.fromisoformat(appointment["start"]).astimezone(BUENOS_AIRES).date()
        fitting = [
            number
            for number, each in enumerate(items)
            if each.kind == "checkup" and number not in found and each.first <= day <= each.last
        ]
        if fitting:
            found[min(fitting, key=lambda number: _off(items[number], day))] = appointment
    return found


def _off(item: Planned, day: date) -> int:
    middle = item.first + (item.last - item.first) // 2
    return abs((day - middle).days)


def _item_view(item: Planned, appointment: Resource | None) -> Json:
    state = item.state if appointment is None else "done" if appointment["status"] in CAME else "booked"
    start = local(datetime.fromisoformat(appointment["start"])) if appointment else None
    return {
        "kind": item.kind,
        "code": item.code,
        "title": item.title,
        "detail": item.detail,
        "from": item.first.isoformat(),
        "to": item.last.isoformat(),
        "state": state,
        "appointment": {"id": appointment["id"], "start": start} if appointment else None,
    }
