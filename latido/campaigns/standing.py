"""At which centres residents' next appointments are: those that Latido booked, as the health service has them now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, Text, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from latido.care.errors import HealthServiceUnavailable
from latido.care.services import Care
from latido.care.tables import bookings
from latido.fhir.errors import FhirError
from latido.fhir.resources import Resource

AT_ONCE = 50
STANDING = ("booked", "arrived", "checked-in")


def is_one_of(column: ColumnElement[str], keys: Sequence[str]) -> ColumnElement[bool]:
    """As `in_`, with one parameter however many keys there are."""
    return column == any_(literal(list(keys), ARRAY(Text)))


def centers_by_person(
    care: Care, connection: Connection, keys: Sequence[str]
) -> Mapping[tuple[str, str], frozenset[int]]:
    """By resident and role, the centres of their appointments to come. HealthServiceUnavailable."""
    coming = (bookings.c.state == "booked", bookings.c.starts_at > care.now(), bookings.c.appointment_id.is_not(None))
    query = select(bookings.c.resident, bookings.c.patient_key, bookings.c.appointment_id)
    rows = connection.execute(query.where(is_one_of(bookings.c.resident, keys), *coming)).all()
    whose = {row.appointment_id: (row.resident, row.patient_key.partition(":")[2]) for row in rows}
    found: dict[tuple[str, str], frozenset[int]] = {}
    for appointment in _read(care, list(whose)):
        number = care.agendas.center_of(appointment)
        if number is not None and appointment.get("status") in STANDING:
            person = whose[appointment["id"]]
            found[person] = found.get(person, frozenset()) | {number}
    return found


def _read(care: Care, ids: Sequence[str]) -> Iterator[Resource]:
    for start in range(0, len(ids), AT_ONCE):
        these = ids[start : start + AT_ONCE]
        try:
            found = care.fhir.search("Appointment", [("_id", ",".join(these)), ("_count", str(AT_ONCE))]).matches
        except FhirError as error:
            raise HealthServiceUnavailable("the appointments cannot be read now: try again") from error
        yield from (each for each in found if each["id"] in these)
