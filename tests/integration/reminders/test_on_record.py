"""How often the health service is asked for a resident's record, and that what was remembered of her never decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
import requests

from latido.care.errors import HealthServiceUnavailable
from latido.care.fhir_names import RESIDENT
from latido.care.life_course import children
from latido.care.patient_ids import PatientIds
from latido.fhir.client import FhirClient
from latido.fhir.server import FhirServer
from latido.fhir.transport import IN_PROCESS_BASE, in_process_session
from latido.reminders.knowing import known_of
from tests.integration.reminders.conftest import OTHER, Story


class Counting(FhirServer):
    """The embedded server, which remembers what it was asked."""

    asked: list[str]

    def handle(self, method, path, query_string, headers, body, base_url=None):  # type: ignore[no-untyped-def]
        self.asked.append(f"{method} {path}")
        return super().handle(method, path, query_string, headers, body, base_url)


@pytest.fixture
def asked(booked: Story) -> tuple[Story, list[str]]:
    """Ana's story with a server that counts, and what it was asked."""
    server = Counting(booked.care.engine, booked.care.vault)
    server.asked = []
    fhir = FhirClient(IN_PROCESS_BASE, in_process_session(server))
    care = replace(booked.care, fhir=fhir, patient_ids=PatientIds())
    return replace(booked, reminders=replace(booked.reminders, care=care)), server.asked


def starts(story: Story) -> list[str]:
    subjects = known_of(story.care, story.resident).subjects
    return sorted(each.id for subject in subjects for each in subject.appointments)


def test_two_calls_at_first_and_one_from_then_on(asked: tuple[Story, list[str]]) -> None:
    ana, calls = asked
    once = starts(ana)
    assert once == ana.appointments() and calls[:3] == ["GET /metadata", "POST /", "POST /"]
    calls.clear()
    assert starts(ana) == once
    assert calls == ["POST /"]


def test_whoever_has_nobody_on_record_costs_one_call(
    asked: tuple[Story, list[str]], others: Callable[[str], Story]
) -> None:
    ana, calls = asked
    eva = replace(others("eva"), reminders=ana.reminders)
    eva.is_pregnant(date(2026, 7, 6))
    calls.clear()
    [subject] = known_of(eva.care, eva.resident).subjects
    assert subject.appointments == () and calls == ["GET /metadata", "POST /"]


def test_what_was_remembered_wrongly_decides_nothing(
    asked: tuple[Story, list[str]], others: Callable[[str], Story]
) -> None:
    ana, calls = asked
    eva = replace(others("eva"), reminders=ana.reminders)
    eva.books(OTHER)
    assert starts(eva) and starts(ana)
    ana.care.patient_ids.keep(ana.resident, ana.care.patient_ids.of(eva.resident))
    calls.clear()
    assert starts(ana) == ana.appointments() and len([each for each in calls if each == "POST /"]) == 2


def test_a_person_of_hers_who_is_new_is_asked_for_at_once(asked: tuple[Story, list[str]]) -> None:
    ana, _ = asked
    starts(ana)
    children.tell(ana.care, children.Child("SM:luz", ana.resident, None, "Luz", date(2026, 9, 10)))
    value = f"{ana.resident}:child-1"
    luz = ana.care.fhir.create({"resourceType": "Patient", "identifier": [{"system": RESIDENT, "value": value}]})
    ana.care.fhir.create(
        {
            "resourceType": "Encounter",
            "status": "finished",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "type": [{"coding": [{"system": "http://snomed.info/sct", "code": "410620009"}]}],
            "subject": {"reference": f"Patient/{luz['id']}"},
            "period": {"start": "2026-11-12T09:00:00-03:00"},
        }
    )
    child = next(each for each in known_of(ana.care, ana.resident).subjects if each.role == "child-1")
    assert [each.start.day for each in child.appointments] == [12]


def test_a_cancellation_at_the_desk_is_seen_by_the_one_call(asked: tuple[Story, list[str]]) -> None:
    ana, calls = asked
    [appointment] = starts(ana)
    ana.desk_sets(appointment, "cancelled")
    calls.clear()
    assert starts(ana) == [] and calls == ["POST /"]


def test_without_an_answer_nothing_is_known(asked: tuple[Story, list[str]]) -> None:
    ana, _ = asked
    starts(ana)
    gone = FhirClient("http://127.0.0.1:9/fhir", requests.Session())
    with pytest.raises(HealthServiceUnavailable):
        known_of(replace(ana.care, fhir=gone), ana.resident)
