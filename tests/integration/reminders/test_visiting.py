"""What counts as having happened: visits and vaccines on the record, by their codes, and what she told."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from latido.care.desk.record import give_back_mark, take_mark
from latido.care.fhir_names import RESIDENT
from latido.care.life_course import children
from latido.care.rights.erasing import erase
from latido.care.tables import bookings
from latido.fhir.resources import Resource
from latido.reminders.aligning import opened_variables
from latido.reminders.knowing import known_of
from latido.reminders.noticing import Noticing
from latido.reminders.planning import is_stale
from latido.reminders.rules.steps import Subject
from latido.reminders.talking import answer
from tests.integration.reminders.conftest import HOUR, OTHER, VISIT, Story, at

SCT, CVX = "http://snomed.info/sct", "http://hl7.org/fhir/sid/cvx"
BORN = date(2026, 9, 10)


def subject_of(story: Story, role: str) -> Subject:
    [subject] = [each for each in known_of(story.care, story.resident).subjects if each.role == role]
    return subject


def patient(story: Story, role: str) -> str:
    """The reference of one of her people on the health service, as any of its desks may make it."""
    identifier = {"system": RESIDENT, "value": f"{story.resident}:{role}"}
    query = [("identifier", f"{RESIDENT}|{identifier['value']}")]
    found = story.care.fhir.search("Patient", query).matches
    made = found[0] if found else story.care.fhir.create({"resourceType": "Patient", "identifier": [identifier]})
    return f"Patient/{made['id']}"


def concept(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}


def vaccinated(story: Story, role: str, code: str, on: str, system: str = CVX, status: str = "completed") -> None:
    story.care.fhir.create(
        {
            "resourceType": "Immunization",
            "status": status,
            "vaccineCode": concept(system, code),
            "patient": {"reference": patient(story, role)},
            "occurrenceDateTime": on,
        }
    )


def visited(story: Story, role: str, type_: Resource, day: str) -> None:
    story.care.fhir.create(
        {
            "resourceType": "Encounter",
            "status": "finished",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "type": [type_],
            "subject": {"reference": patient(story, role)},
            "period": {"start": f"{day}T09:00:00-03:00"},
        }
    )


@pytest.fixture
def luz(ana: Story) -> Story:
    """Ana with Luz, who is two months old and has had her first vaccines."""
    children.tell(ana.care, children.Child("SM:luz", ana.resident, None, "Luz", BORN))
    return ana


def spoken_of(story: Story) -> str:
    """All that her reminders to come speak of."""
    live = [row for row in story.rows() if row.state in ("pending", "queued")]
    said = [opened_variables(story.care.vault, row.variables_sealed) for row in live]
    return " ".join(f"{each.get('what', '')} {each.get('also', '')}" for each in said)


def test_vaccines_on_the_record_are_not_spoken_of_any_more(luz: Story) -> None:
    luz.plans()
    assert "Vacunas de los 2 meses" in spoken_of(luz)
    for code in ("133", "198", "10", "119"):
        vaccinated(luz, "child-1", code, "2026-11-12T10:00:00-03:00")
    assert subject_of(luz, "child-1").done == {"vaccine-2m", "vaccine-rotavirus-1"}
    luz.clock.now += 25 * HOUR
    luz.plans()
    assert (
        spoken_of(luz) and "Vacunas de los 2 meses" not in spoken_of(luz) and "Rotavirus, primera" not in spoken_of(luz)
    )


def test_what_was_not_done_half_done_or_told_by_month_only_settles_nothing(luz: Story) -> None:
    vaccinated(luz, "child-1", "119", "2026-11-12", status="not-done")
    vaccinated(luz, "child-1", "119", "2026-11")
    vaccinated(luz, "child-1", "198", "2026-11-12")
    assert subject_of(luz, "child-1").done == frozenset()
    # In the city it is still the 9th, a day before she is two months old.
    vaccinated(luz, "child-1", "119", "2026-11-10T02:30:00Z")
    assert subject_of(luz, "child-1").done == frozenset()


def test_a_code_nobody_knows_is_counted_without_whose_it_is(luz: Story, caplog: pytest.LogCaptureFixture) -> None:
    vaccinated(luz, "child-1", "NOMIVAC-104", "2026-11-12", system="urn:example:nomivac")
    with caplog.at_level(logging.INFO, logger="latido.reminders.visiting"):
        assert subject_of(luz, "child-1").done == frozenset()
        subject_of(luz, "child-1")
    assert [record.getMessage() for record in caplog.records] == [
        "1 doses settle nothing: record_codes.yml lacks NOMIVAC-104"
    ]
    assert luz.resident not in caplog.text and "Luz" not in caplog.text


def test_a_visit_counts_by_its_type(luz: Story) -> None:
    luz.is_pregnant(date(2026, 7, 6))
    visited(luz, "child-1", concept(SCT, "410620009"), "2026-11-12")
    visited(luz, "child-1", concept(SCT, "308335008"), "2026-11-13")
    visited(luz, "self", concept(SCT, "424619006"), "2026-11-14")
    assert [each.start.day for each in subject_of(luz, "child-1").appointments] == [12]
    assert [(each.start.day, each.status) for each in subject_of(luz, "self").appointments] == [(14, "fulfilled")]


def asked_after(story: Story) -> int:
    """Ana was asked the day after whether she could go."""
    story.works(at(2, 10, 5))
    story.sends()
    row = story.row("after")
    assert row.state == "sent"
    return int(row.id)


def told_visit(story: Story) -> list[str | None]:
    with story.care.engine.connect() as connection:
        return list(connection.execute(select(bookings.c.told_visit)).scalars())


def test_who_says_she_went_is_believed_and_the_record_is_left_alone(booked: Story) -> None:
    appointment = booked.appointments()[0]
    number = asked_after(booked)
    answer(booked.reminders, booked.resident, number, "went", "SM1:went")
    assert told_visit(booked) == ["went"]
    assert booked.care.fhir.read("Appointment", appointment)["status"] == "booked"
    booked.desk_sets(appointment, "noshow")
    booked.works(at(3, 12))
    assert [row.name for row in booked.rows() if row.kind == "missed"] == []
    answer(booked.reminders, booked.resident, number, "not_went", "SM2:not_went")
    assert told_visit(booked) == ["not_went"]
    booked.works(at(3, 12, 5))
    assert {row.name for row in booked.rows() if row.kind == "missed"} == {"offer", "overdue"}


def test_what_she_told_of_a_visit_is_forgotten_with_her(booked: Story) -> None:
    answer(booked.reminders, booked.resident, asked_after(booked), "went", "SM1:went")
    erase(booked.care, booked.resident, booked.fresh())
    assert told_visit(booked) == [None]


def made_at_the_desk(story: Story) -> str:
    """The centre made the appointment, and Latido has no booking of it."""
    story.books(OTHER)
    story.cancels(story.appointments()[0])
    whose = {"actor": {"reference": patient(story, "self")}, "status": "accepted"}
    slot = story.care.fhir.read("Slot", VISIT)
    made = story.care.fhir.create(
        {
            "resourceType": "Appointment",
            "status": "booked",
            "serviceType": [story.care.agendas.service_type("prenatal")],
            "slot": [{"reference": f"Slot/{VISIT}"}],
            "start": slot["start"],
            "end": slot["end"],
            "participant": [whose],
        }
    )
    return str(made["id"])


def test_an_appointment_of_the_desk_that_she_missed_is_planned_for_at_once(ana: Story) -> None:
    appointment = made_at_the_desk(ana)
    ana.plans()
    ana.clock.now = at(1, 15)
    ana.plans()
    ana.empties()
    ana.misses(appointment)
    assert ana.stale() == 1
    ana.plans()
    assert {row.name for row in ana.rows() if row.kind == "missed"} == {"offer", "overdue"}


def test_her_answer_to_an_appointment_of_the_desk_counts(ana: Story) -> None:
    made_at_the_desk(ana)
    ana.works(at(28, 12, month=11))
    ana.sends()
    [seen] = subject_of(ana, "self").appointments
    assert seen.answer is None and seen.is_ours is False and seen.is_top is None
    answer(ana.reminders, ana.resident, int(ana.row("confirm").id), "confirm", "SM3:confirm")
    assert subject_of(ana, "self").appointments[0].answer == "accepted"
    ana.works(ana.clock.now + 30 * HOUR)
    assert ana.rows("unconfirmed") == []


@pytest.fixture
def desk(luz: Story) -> Noticing:
    """Luz has been planned, and what was written down before that has been read."""
    noticing = Noticing(replace(luz.reminders, care=replace(luz.care, now=lambda: datetime.now(UTC))))
    noticing.round()
    luz.plans()
    return noticing


def is_marked(story: Story) -> bool:
    with story.care.engine.connect() as connection:
        return is_stale(connection, story.resident)


def test_what_a_desk_writes_down_has_her_planned_anew_once(luz: Story, desk: Noticing) -> None:
    assert desk.round() == 0 and not is_marked(luz)
    vaccinated(luz, "child-1", "20", "2026-11-20")
    assert desk.round() == 1 and is_marked(luz)
    luz.plans()
    assert desk.round() == 0 and not is_marked(luz)  # read again, for it is of just now, and known
    visited(luz, "child-1", concept(SCT, "410620009"), "2026-11-21")
    assert desk.round() == 1 and is_marked(luz)


def test_what_is_written_down_of_a_stranger_is_nobodys(luz: Story, desk: Noticing) -> None:
    stranger = luz.care.fhir.create({"resourceType": "Patient", "active": True})
    luz.care.fhir.create(
        {
            "resourceType": "Immunization",
            "status": "completed",
            "vaccineCode": concept(CVX, "20"),
            "patient": {"reference": f"Patient/{stranger['id']}"},
            "occurrenceDateTime": "2026-11-20",
        }
    )
    assert desk.round() == 0 and not is_marked(luz)


def test_while_another_worker_reads_nothing_is_read_twice(luz: Story, desk: Noticing) -> None:
    now = datetime.now(UTC)
    vaccinated(luz, "child-1", "20", "2026-11-20")
    assert take_mark(luz.care.engine, now, now, timedelta(minutes=5), "record:Immunization") is not None
    assert desk.round() == 0
    give_back_mark(luz.care.engine, "record:Immunization")
    assert desk.round() == 1
