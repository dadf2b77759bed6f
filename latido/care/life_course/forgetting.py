"""Somebody is not hers, or is not to be kept: she is forgotten."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from latido.care.errors import Missing
from latido.care.idempotency import Write
from latido.care.life_course.telling import told
from latido.care.people.pregnancies import forget_pregnancies
from latido.care.people.record import find_person, keep_person
from latido.care.people.views import people_view
from latido.care.services import Care
from latido.care.views import Json
from latido.care.waiting.stopping import Stopped, give_back, stop_waiting


def forget(care: Care, resident: str, role: str, key: str) -> Json:
    """Her people without this one, whose name, dates and places on the waiting list are gone. Missing when not hers.

    Appointments stay: the health service keeps them.
    """
    write = Write(key, "forget", {"resident": resident, "person": role})
    stopped: list[Stopped] = []

    def work(connection: Connection) -> Json:
        person = find_person(connection, care.vault, resident, role)
        if person is None or not person.is_live:
            raise Missing("no such person for this resident")
        gone = replace(person, given_name=None, birth_date=None, state="forgotten")
        keep_person(connection, care.vault, resident, gone, care.now())
        forget_pregnancies(connection, care.vault, resident, role)
        stopped.extend(stop_waiting(care, connection, resident, [role]))
        return {"people": people_view(care, connection, resident)}

    answer, first = told(care, write, resident, work, needs_consent=False)
    if first:
        give_back(care, stopped)
    return answer
