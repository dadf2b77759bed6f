"""What a confirmed appointment tells: she is one of the resident's people, and goes on being pregnant. With consent."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from latido.care.booking.appointments import age_of
from latido.care.booking.ledger import Entry
from latido.care.booking.patients import given_name
from latido.care.fhir_names import PRENATAL
from latido.care.people.pregnancies import all_pregnancies, tell_pregnancy
from latido.care.people.record import PersonRecord, find_person, keep_person, lock_people
from latido.care.residents import standing_consent
from latido.care.rules.gestation import GestationalAge
from latido.care.services import BUENOS_AIRES, Care
from latido.fhir.resources import Resource

# Who was no further than this when a pregnancy of hers ended speaks of another one.
NEW_BY_THEN_WEEKS = 4


def remember_booked(care: Care, entry: Entry, appointment: Resource, patient: Resource, begun_at: datetime) -> None:
    """Record or update the person, and her pregnancy if the appointment is prenatal; may be repeated.

    `begun_at`: when she chose the slot. What was begun before a pregnancy ended does not begin it anew.
    """
    with care.engine.begin() as connection:
        lock_people(connection, entry.resident)
        if standing_consent(connection, entry.resident) is None:
            return
        if not entry.role.startswith("child"):
            _remember_adult(care, connection, entry, given_name(patient))
        age = age_of(appointment)
        if entry.service == PRENATAL and _speaks_of_a_pregnancy(care, connection, entry, age, begun_at):
            tell_pregnancy(connection, care.vault, entry.resident, entry.role, age, care.local_now())


def _remember_adult(care: Care, connection: Connection, entry: Entry, name: str | None) -> None:
    known = find_person(connection, care.vault, entry.resident, entry.role)
    if known is None or not known.is_live:
        person = PersonRecord(entry.role, "adult", care.now(), name)
    else:
        person = replace(known, given_name=known.given_name or name)
    if person != known:
        keep_person(connection, care.vault, entry.resident, person, care.now())


def _speaks_of_a_pregnancy(
    care: Care, connection: Connection, entry: Entry, age: GestationalAge | None, begun_at: datetime
) -> bool:
    """Whether a pregnancy goes on; after one ended, an appointment alone does not say so without its weeks."""
    hers = [each for each in all_pregnancies(connection, care.vault, entry.resident) if each.role == entry.role]
    ends = [each.ended_at for each in hers if each.ended_at]
    if not ends or any(each.is_ongoing for each in hers):
        return True
    day = max(ends).astimezone(BUENOS_AIRES).date()
    return age is not None and begun_at > max(ends) and age.latest_on(day) <= NEW_BY_THEN_WEEKS
