"""The people of a phone as the care API shows them (docs/wires.md)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from latido.care.people.pregnancies import PregnancyRecord, ongoing
from latido.care.people.record import PersonRecord, live_people
from latido.care.rules.gestation import GestationalAge
from latido.care.services import BUENOS_AIRES, Care
from latido.care.views import Json


def people_view(care: Care, connection: Connection, resident: str) -> list[Json]:
    """Everybody who is told of, in the order they became known."""
    pregnant = ongoing(connection, care.vault, resident)
    today = care.local_now().date()
    known = live_people(connection, care.vault, resident)
    return [person_view(each, pregnant.get(each.role), today) for each in known]


def person_view(person: PersonRecord, pregnancy: PregnancyRecord | None, today: date) -> Json:
    """A person on a day."""
    return {
        "id": person.role,
        "kind": person.kind,
        "given_name": person.given_name,
        "birth_date": person.birth_date.isoformat() if person.birth_date else None,
        "pregnancy": _pregnancy_view(pregnancy, today) if pregnancy else None,
    }


def _pregnancy_view(pregnancy: PregnancyRecord, today: date) -> Json:
    age = pregnancy.age
    # So long after, nobody knows any more how it went on: nothing is said of weeks.
    known = age if age is not None and not age.is_over_on(today) else None
    since = pregnancy.began_at.astimezone(BUENOS_AIRES).date().isoformat()
    return {"gestational_age": _age_view(known, today), "due": _due_view(known), "since": since}


def _age_view(age: GestationalAge | None, today: date) -> Json | None:
    if age is None:
        return None
    lmp = age.lmp.isoformat() if age.lmp else None
    return {
        "weeks_min": age.earliest_on(today),
        "weeks_max": age.latest_on(today),
        "source": age.source,
        "lmp": lmp,
    }


def _due_view(age: GestationalAge | None) -> Json | None:
    if age is None:
        return None
    first, last = age.due
    return {"from": first.isoformat(), "to": last.isoformat()}
