"""Whether she comes, and whether she came."""

from datetime import timedelta

import pytest

from latido.care.booking.settling import sweep
from tests.integration.care.test_holds import NEXT_WEEK, NINE


@pytest.fixture
def booked(api):
    body = {"idempotency_key": "SM0", "resident": "ana", "slot_id": NINE}
    return api.post("/appointments", body).json()["appointment"]["id"]


def ask(api, appointment, what, resident="ana", key="SM1", **more):
    return api.post(f"/appointments/{appointment}/{what}", {"idempotency_key": key, "resident": resident, **more})


def test_her_answer_is_kept_and_shown(api, care, booked):
    answer = ask(api, booked, "attendance", answer="accepted")
    assert answer.status_code == 200 and answer.json()["appointment"]["attendance"] == "accepted"
    assert ask(api, booked, "attendance", answer="accepted").json() == answer.json()
    responses = care.fhir.search("AppointmentResponse", [("appointment", f"Appointment/{booked}")]).matches
    assert [each["participantStatus"] for each in responses] == ["accepted"]
    assert api.get("/residents/ana/appointments").json()["appointments"][0]["attendance"] == "accepted"
    assert ask(api, booked, "attendance", "eva", "SM2", answer="accepted").status_code == 404
    assert ask(api, booked, "attendance", key="SM3", answer="declined").status_code == 400


def test_nobody_confirms_what_does_not_stand(api, booked):
    ask(api, booked, "cancel")
    refused = ask(api, booked, "attendance", key="SM2", answer="accepted")
    assert refused.status_code == 409 and refused.json()["error"]["code"] == "not_live"


def test_missed_only_after_its_start_and_then_she_may_book_again(api, care, clock, booked):
    early = ask(api, booked, "missed")
    assert early.status_code == 409 and early.json()["error"]["code"] == "not_missable"
    clock.now += timedelta(days=1)
    assert [each["id"] for each in api.get("/residents/ana/appointments").json()["missable"]] == [booked]
    sweep(care)
    missed = ask(api, booked, "missed", key="SM2")
    assert missed.status_code == 200 and missed.json()["appointment"]["status"] == "noshow"
    assert ask(api, booked, "missed", key="SM2").json() == missed.json()
    assert ask(api, booked, "missed", key="SM3").status_code == 409
    assert care.fhir.read("Slot", NINE)["status"] == "busy"
    assert api.get("/residents/ana/appointments").json() == {"appointments": [], "missable": []}
    again = {"idempotency_key": "SM4", "resident": "ana", "slot_id": NEXT_WEEK}
    assert api.post("/appointments", again).status_code == 201
