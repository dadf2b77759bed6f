"""The sweep on servers with other manners, and the write that a careless server would do twice."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import select

from latido.care.booking.appointments import find_by_booking_key, residents_appointments
from latido.care.booking.patients import find_patients
from latido.care.booking.writing.steps import StepWriter
from latido.care.desk.reading import read_changes
from latido.care.desk.tables import known, marks
from latido.care.services import Care
from latido.fhir.client import FhirClient
from latido.fhir.errors import Busy
from tests.integration.care.conftest import Clock
from tests.integration.fhir_client.loopback import Answer, Asked, HangUp, bundle, loopback

ANA = "a" * 32
PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"system": "urn:latido:resident", "value": f"{ANA}:self"}],
}


def appointment(identity: str, updated: datetime, version: str = "1") -> dict[str, Any]:
    start = datetime.now(UTC) + timedelta(days=3)
    return {
        "resourceType": "Appointment",
        "id": identity,
        "meta": {"versionId": version, "lastUpdated": updated.isoformat()},
        "status": "booked",
        "start": start.isoformat(),
        "participant": [{"actor": {"reference": "Patient/p1"}, "status": "accepted"}],
    }


@dataclass
class Pages:
    """A server that gives these pages whatever is asked for, and breaks off after as many as a test says."""

    pages: list[list[dict[str, Any]]]
    breaks_at: int | None = None
    says_it_sorts: bool = False
    asked: list[Asked] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        if asked.path.startswith("/fhir/Patient"):
            return Answer(200, bundle(PATIENT))
        number = int(asked.params.get("page", "1"))
        if number == self.breaks_at:
            return Answer(503)
        links = {"next": f"?page={number + 1}"} if number < len(self.pages) else {}
        links |= {"self": f"?{asked.query}"} if self.says_it_sorts else {}
        return Answer(200, bundle(*self.pages[number - 1], **links))


@pytest.fixture
def now(clock: Clock) -> datetime:
    clock.now = datetime.now(UTC)
    return clock.now


def seen(care: Care) -> set[str]:
    with care.engine.connect() as connection:
        return set(connection.execute(select(known.c.appointment_id)).scalars())


def mark(care: Care) -> datetime:
    with care.engine.connect() as connection:
        return connection.execute(select(marks.c.read_until)).scalar_one()


def at(care: Care, url: str) -> Care:
    return replace(care, fhir=FhirClient(f"{url}/fhir", requests.Session()))


def test_pages_in_order_are_dealt_with_for_good(bare_care: Care, now: datetime) -> None:
    several = [[appointment("a", now + timedelta(minutes=5))], [appointment("b", now + timedelta(minutes=10))]]
    pages = Pages(several, breaks_at=2, says_it_sorts=True)
    with loopback(pages) as server:
        with pytest.raises(Busy):
            read_changes(at(bare_care, server.url))
        assert seen(bare_care) == {"a"}
        assert mark(bare_care) == now + timedelta(minutes=5)
        pages.breaks_at = None
        read_changes(at(bare_care, server.url))
        assert seen(bare_care) == {"a", "b"}
        assert mark(bare_care) == now + timedelta(minutes=10)


def test_a_server_that_does_not_sort_is_read_to_the_end_before_the_mark_moves(bare_care: Care, now: datetime) -> None:
    late, early = appointment("late", now + timedelta(hours=1)), appointment("early", now + timedelta(minutes=1))
    other = appointment("other", now + timedelta(minutes=2))
    pages = Pages([[early, late], [other], [appointment("last", now)]], 3)
    with loopback(pages) as server:
        for _ in range(2):
            with pytest.raises(Busy):
                read_changes(at(bare_care, server.url))
            bare_care.now.now += timedelta(seconds=20)
        pages.breaks_at = None
        read_changes(at(bare_care, server.url))
        assert seen(bare_care) == {"early", "late", "other", "last"}


def test_what_is_older_than_was_asked_for_is_left_out(bare_care: Care, now: datetime) -> None:
    pages = Pages([[appointment("old", now - timedelta(days=30)), appointment("new", now)]])
    with loopback(pages) as server:
        assert read_changes(at(bare_care, server.url)) == 1
    assert seen(bare_care) == {"new"}


def test_a_clock_from_another_age_does_not_blind_it(bare_care: Care, now: datetime) -> None:
    pages = Pages([[appointment("odd", now + timedelta(days=9000))]])
    with loopback(pages) as server:
        read_changes(at(bare_care, server.url))
    assert mark(bare_care) <= now + timedelta(days=1, minutes=1)


def test_people_are_asked_for_by_form_and_only_those_of_latido(bare_care: Care, now: datetime) -> None:
    pages = Pages([[appointment("a", now)]])
    with loopback(pages) as server:
        read_changes(at(bare_care, server.url))
    (asked,) = [each for each in pages.asked if "Patient" in each.path]
    assert (asked.method, asked.path, asked.query) == ("POST", "/fhir/Patient/_search", "")
    assert asked.form["identifier"] == "urn:latido:resident|"


def test_a_lost_answer_is_looked_up_before_the_appointment_is_made_again() -> None:
    """This server heeds no If-None-Exist: a second create would be a second appointment."""
    stored: list[dict[str, Any]] = []

    def careless(asked: Asked) -> Answer:
        if asked.method == "PUT":
            return Answer(200, asked.json)
        if asked.method == "POST":
            own = {"system": "urn:hospital", "value": str(len(stored))}
            named = {"id": f"a{len(stored)}", "identifier": [own, *asked.json["identifier"]]}
            stored.append({**asked.json, **named})
            raise HangUp
        return Answer(200, bundle(*stored))

    wanted = {
        "resourceType": "Appointment",
        "status": "booked",
        "identifier": [{"system": "urn:latido:booking", "value": "SM1:book"}],
    }
    slot = {"resourceType": "Slot", "id": "s1", "status": "free", "meta": {"versionId": "1"}}
    with loopback(careless) as server:
        made = StepWriter(FhirClient(f"{server.url}/fhir", requests.Session())).take(wanted, slot)
    assert made["id"] == "a0"
    assert len(stored) == 1


def test_a_server_that_ignores_who_is_asked_for_shows_nobody_elses(bare_care: Care, now: datetime) -> None:
    """Every search gives everything: a stranger's Patient and appointments are never taken for hers."""
    other = {
        "resourceType": "Patient",
        "id": "p2",
        "identifier": [{"system": "urn:latido:resident", "value": "b:self"}],
    }
    strange = {"resourceType": "Patient", "id": "p3", "identifier": [{"system": "urn:hospital", "value": "1"}]}
    theirs = appointment("theirs", now)
    theirs["participant"] = [{"actor": {"reference": "Patient/p2"}, "status": "accepted"}]
    theirs["identifier"] = [{"system": "urn:latido:booking", "value": "SM9:book"}]
    theirs["end"] = theirs["start"]

    def everything(asked: Asked) -> Answer:
        found = [PATIENT, other, strange] if "Patient" in asked.path else [theirs]
        return Answer(200, bundle(*found))

    with loopback(everything) as server:
        care = at(bare_care, server.url)
        assert set(find_patients(care.fhir, ANA)) == {"self"}
        assert residents_appointments(care, ANA) == {"appointments": [], "missable": []}
        assert find_by_booking_key(care.fhir, "SM1:book") is None
        assert find_by_booking_key(care.fhir, "SM9:book") == theirs
