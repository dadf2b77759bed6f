"""What appointments tell of people, and what is told of people does for appointments."""

from __future__ import annotations

from typing import Any

from latido.care.booking.book import book
from latido.care.booking.patients import Person
from latido.care.booking.wish import Booking
from latido.care.residents import CHAT, withdraw_consent
from latido.care.rules.gestation import age_by_last_period
from tests.integration.care.conftest import NOW, Clock
from tests.integration.care.people_story import ANA, Family, weeks
from tests.integration.care.people_story import family as family
from tests.integration.care.waiting_story import free
from tests.integration.care.waiting_story import waiting as waiting

FIRST, SECOND, THIRD = (f"cesac-1-prenatal-20261124T09{minute}" for minute in ("00", "20", "40"))


def books(family: Family, slot: str, **more: Any) -> Any:
    free(family.care, slot)
    return family.api.post("/appointments", {"idempotency_key": f"SM:{slot}", "resident": ANA, "slot_id": slot} | more)


def test_a_prenatal_appointment_records_the_person_and_her_pregnancy(family: Family):
    exact = weeks(0, 0, "lmp", "2026-07-01")
    other = {"for_whom": "other", "given_name": "Rosa"}
    assert books(family, FIRST, patient=other, gestational_age=exact).status_code == 201
    [rosa] = family.people()
    assert (rosa["id"], rosa["given_name"]) == ("other-1", "Rosa")
    assert rosa["pregnancy"]["gestational_age"]["lmp"] == "2026-07-01"
    assert rosa["pregnancy"]["due"] == {"from": "2027-04-07", "to": "2027-04-07"}
    # Told in another way, it is the same Rosa.
    assert family.pregnant(None, given_name="rosa")["id"] == "other-1"


def test_nothing_is_recorded_without_consent(family: Family):
    with family.care.engine.begin() as connection:
        withdraw_consent(connection, ANA, CHAT, family.care.now())
    assert books(family, FIRST, gestational_age=weeks(20)).status_code == 201
    assert family.people() == []


def test_the_weeks_told_before_serve_when_none_are_said(family: Family, clock: Clock):
    family.pregnant(gestational_age=weeks(20))
    near = {"near": {"neighbourhood": "barracas"}, "resident": ANA, "answers": {"prior_checkups": "none"}}
    unnamed = family.api.post("/offers", near).json()["priority"]
    assert unnamed["reasons"] == ["no_checkup_weeks_unknown"]
    named = family.api.post("/offers", near | {"patient": {"person": "self"}}).json()["priority"]
    assert (named["class"], named["reasons"]) == ("top", ["no_checkup_after_20_weeks"])
    booked = books(family, FIRST, answers={"prior_checkups": "none"}).json()["appointment"]
    assert booked["priority"]["class"] == "top"


def test_a_person_told_of_keeps_her_role_when_she_is_booked(family: Family):
    family.pregnant(None, given_name="Rosa")
    sister = {"for_whom": "other", "given_name": "Luz"}
    luz = books(family, FIRST, patient=sister).json()["appointment"]["patient"]
    rosa = books(family, SECOND, patient={"person": "other-1"}).json()["appointment"]["patient"]
    assert (luz["person"], luz["given_name"]) == ("other-2", "Luz")
    assert (rosa["person"], rosa["given_name"], rosa["for_whom"]) == ("other-1", "Rosa", "other")
    assert [(each["id"], each["given_name"]) for each in family.people()] == [("other-1", "Rosa"), ("other-2", "Luz")]


def test_nobody_is_booked_for_a_person_of_another_phone(family: Family):
    for stranger in ("other-3", "self-2"):
        refused = books(family, FIRST, patient={"person": stranger})
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "not_found")
    assert books(family, FIRST, patient={"person": "self"}).status_code == 201


def test_who_was_booked_for_before_may_be_named(family: Family):
    books(family, FIRST, patient={"for_whom": "other", "given_name": "Luz"})
    family.post("people/other-1/forget")
    assert family.people() == []
    again = books(family, THIRD, patient={"person": "other-1"})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "already_booked")
    # A new adult takes a role that nobody had.
    assert family.pregnant(None, given_name="Rosa")["id"] == "other-2"


def test_the_last_period_stays_with_the_appointment(family: Family):
    free(family.care, FIRST)
    age = age_by_last_period(NOW.date().replace(month=7, day=1), NOW.date())
    made = book(family.care, Booking("SM:1", ANA, FIRST, "prenatal", Person("self"), age))[0]["appointment"]
    kept = family.care.fhir.read("Appointment", made["id"])
    [parts] = [each["extension"] for each in kept["extension"] if each["url"] == "urn:latido:gestational-age"]
    assert {"url": "lastMenstrualPeriod", "valueDate": "2026-07-01"} in parts
