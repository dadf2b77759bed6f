"""What she tells of her people is written in one transaction with its key, and only with her consent."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, select

from latido.care.errors import Invalid, Missing, NoConsent
from latido.care.idempotency import Write, once_in_transaction
from latido.care.people.pregnancies import ongoing
from latido.care.people.record import SELF, PersonRecord, all_people, find_person, keep_person, lock_people
from latido.care.people.views import person_view
from latido.care.residents import standing_consent
from latido.care.services import Care
from latido.care.tables import bookings
from latido.care.views import Json
from latido.care.waiting.tables import entries

MOST = {"other": 8, "child": 12}


def told(
    care: Care, write: Write, resident: str, work: Callable[[Connection], Json], needs_consent: bool = True
) -> tuple[Json, bool]:
    """The answer of `work` and whether it was done now; NoConsent when nothing may be stored of her."""

    def locked(connection: Connection) -> dict[str, Any]:
        lock_people(connection, resident)
        if needs_consent and standing_consent(connection, resident) is None:
            raise NoConsent("nothing is stored without consent: ask for it first")
        return work(connection)

    return once_in_transaction(care.engine, care.vault, write, care.now, locked)


def adult(care: Care, connection: Connection, resident: str, role: str) -> PersonRecord:
    """The adult of this role, written down if she herself was not yet; Missing for another nobody knows."""
    known = find_person(connection, care.vault, resident, role)
    if known is not None and known.kind == "child":
        raise Invalid("the person is a child: name an adult")
    if known is not None and known.is_live:
        return known
    if known is None and role != SELF and role not in roles_in_use(connection, resident):
        raise Missing("no such person for this resident")
    fresh = PersonRecord(role, "adult", care.now())
    keep_person(connection, care.vault, resident, fresh, care.now())
    return fresh


def next_role(connection: Connection, care: Care, resident: str, group: str) -> str:
    """A role nobody of hers ever had, "other-2" or "child-3"; Invalid when there are too many."""
    known = {each.role for each in all_people(connection, care.vault, resident)} | roles_in_use(connection, resident)
    free = (role for role in (f"{group}-{number}" for number in range(1, MOST[group] + 1)) if role not in known)
    role = next(free, None)
    if role is None:
        raise Invalid("too many people are known for this phone: hand over to a person")
    return role


def roles_in_use(connection: Connection, resident: str) -> set[str]:
    """Whoever an appointment or a place on the waiting list was asked for, told of as a person or not."""
    booked = select(bookings.c.patient_key).where(bookings.c.resident == resident)
    waiting = select(entries.c.patient_key).where(entries.c.resident == resident)
    keys = [*connection.execute(booked).scalars(), *connection.execute(waiting).scalars()]
    return {key.removeprefix(f"{resident}:") for key in keys}


def view(care: Care, connection: Connection, resident: str, role: str) -> Json | None:
    """A person as she is shown; None when nobody is told of under this role."""
    person = find_person(connection, care.vault, resident, role)
    if person is None or not person.is_live:
        return None
    pregnancy = ongoing(connection, care.vault, resident).get(role)
    return person_view(person, pregnancy, care.local_now().date())


def same_name(one: str | None, other: str | None) -> bool:
    """Whether two given names are one, whatever their case and accents; no name is the same as no name only."""
    return _plain(one) == _plain(other)


def _plain(name: str | None) -> str:
    signs = unicodedata.normalize("NFD", (name or "").casefold())
    return "".join(sign for sign in signs if sign.isalnum())
