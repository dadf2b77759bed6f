"""What a plan is made from: people, pregnancies, children, appointments and visits, and what is left out."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import delete, select

from latido.care.errors import HealthServiceUnavailable
from latido.care.fhir_names import RESIDENT
from latido.care.life_course import children
from latido.care.people.tables import people, pregnancies
from latido.fhir.client import FhirClient
from latido.fhir.resources import Resource
from latido.reminders.answering import note_answer
from latido.reminders.knowing import known_of
from latido.reminders.parts import Reminders
from latido.reminders.rules.steps import Known, Subject
from tests.integration.care.conftest import NOW
from tests.integration.reminders.conftest import DAY, OTHER, Clock, Story, at

LMP = date(2026, 7, 6)


def known(story: Story) -> Known:
    return known_of(story.care, story.resident)


def only(story: Story) -> Subject:
    [subject] = known(story).subjects
    return subject


def patient_of(story: Story, role: str = "self") -> str:
    found = story.care.fhir.search("Patient", [("identifier", f"{RESIDENT}|{story.resident}:{role}")]).matches
    return str(found[0]["id"])


def encounter(fhir: FhirClient, patient: str, service: Resource, day: str, status: str = "finished") -> None:
    fhir.create(
        {
            "resourceType": "Encounter",
            "status": status,
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "serviceType": service,
            "subject": {"reference": f"Patient/{patient}"},
            "period": {"start": f"{day}T09:00:00-03:00", "end": f"{day}T09:20:00-03:00"},
        }
    )


def test_of_who_wants_no_reminders_nothing_is_asked(reminders: Reminders, clock: Clock) -> None:
    eva = Story(reminders, clock, "eva").agrees(reminders=False)
    eva.is_pregnant(LMP)
    assert known(eva) == Known(eva.resident, False, False, ())


def test_of_who_asked_for_silence_nothing_is_asked(ana: Story) -> None:
    ana.is_pregnant(LMP)
    ana.says_stop()
    assert known(ana) == Known(ana.resident, False, True, ())


def test_a_pregnancy_with_its_appointment(ana: Story) -> None:
    ana.is_pregnant(LMP)
    appointment = ana.books()
    subject = only(ana)
    assert (subject.role, subject.service, subject.age and subject.age.lmp) == ("self", "prenatal", LMP)
    [seen] = subject.appointments
    assert (seen.id, seen.start, seen.status) == (appointment, at(1, 11), "booked")
    assert "CeSAC" in seen.place and seen.center_number == 1 and seen.booked_at == NOW


def test_a_corrected_date_leaves_the_anchor_and_another_pregnancy_changes_it(ana: Story) -> None:
    ana.is_pregnant(LMP)
    first = only(ana).anchor
    ana.clock.now += 10 * DAY
    ana.is_pregnant(date(2026, 7, 10))
    assert only(ana).anchor == first
    ana.is_pregnant(date(2026, 11, 20))
    assert only(ana).anchor != first
    with ana.care.engine.connect() as connection:
        assert len(connection.execute(select(pregnancies.c.id)).all()) == 1


def test_a_child_by_name_and_birth(ana: Story) -> None:
    children.tell(ana.care, children.Child(ana.fresh(), ana.resident, None, "Luz", date(2026, 10, 1)))
    subject = only(ana)
    assert (subject.role, subject.anchor, subject.service) == ("child-1", "child-1", "pediatric")
    assert (subject.given_name, subject.birth_date) == ("Luz", date(2026, 10, 1))


def test_an_appointment_of_nobody_told_of_stands_alone(ana: Story) -> None:
    ana.books()
    with ana.care.engine.begin() as connection:
        connection.execute(delete(pregnancies))
        connection.execute(delete(people))
    subject = only(ana)
    assert (subject.role, subject.anchor, subject.service) == ("self", "self", "prenatal")
    assert subject.age is None and subject.birth_date is None and len(subject.appointments) == 1


def test_her_answer_to_an_appointment_is_known(booked: Story) -> None:
    [seen] = only(booked).appointments
    booked.confirms(seen.id)
    assert only(booked).appointments[0].answer == "accepted"


def test_after_a_loss_nothing_of_it_is_known_and_a_later_appointment_is_hers(ana: Story) -> None:
    ana.is_pregnant(LMP)
    ana.books()
    ana.clock.now += DAY
    ana.loses_it()
    assert known(ana).subjects == ()
    ana.clock.now += DAY
    ana.cancels(ana.appointments()[0])
    later = ana.books(OTHER)
    assert [each.id for each in only(ana).appointments] == [later]


def test_a_cancelled_appointment_is_none(booked: Story) -> None:
    booked.cancels(booked.appointments()[0])
    assert only(booked).appointments == ()


def test_a_visit_written_by_the_desk_counts_as_one_she_came_to(ana: Story) -> None:
    ana.is_pregnant(LMP)
    ana.books()
    care, patient = ana.care, patient_of(ana)
    encounter(care.fhir, patient, care.agendas.service_type("prenatal"), "2026-11-20")
    encounter(care.fhir, patient, care.agendas.service_type("prenatal"), "2026-11-21", "planned")
    encounter(care.fhir, patient, {"coding": [{"system": "urn:other", "code": "dentistry"}]}, "2026-11-22")
    came = [each for each in only(ana).appointments if each.status == "fulfilled"]
    assert [each.start.day for each in came] == [20]


def test_what_she_says_she_went_to_is_done(ana: Story) -> None:
    ana.is_pregnant(date(2026, 9, 7))
    while not ana.rows("book") or ana.row("book").state != "queued":
        ana.clock.now += DAY
        ana.works()
    ana.sends()
    row = ana.row("book")
    with ana.care.engine.begin() as connection:
        note_answer(connection, ana.resident, row.id, "went", ana.care.now())
    assert row.codes and only(ana).done == frozenset(row.codes)
    assert row.key in known(ana).said
    ana.plans()
    assert {each.state for each in ana.rows() if each.group_key == row.group_key and each.id != row.id} <= {"cancelled"}


def test_while_the_health_service_is_away_nobody_knows(booked: Story) -> None:
    with pytest.raises(HealthServiceUnavailable):
        known_of(booked.without_fhir().care, booked.resident)
