"""Moving an appointment: the old one stands until the new one is booked."""

from datetime import timedelta

import pytest

from latido.care.booking.settling import sweep
from tests.integration.care.test_holds import NEXT_WEEK, NINE, NINE_TWENTY, confirm, held_id, hold, live, slot_status


@pytest.fixture
def booked(api):
    body = {"idempotency_key": "SM0", "resident": "ana", "slot_id": NINE, "answers": {"age_band": "under_15"}}
    return api.post("/appointments", body).json()["appointment"]["id"]


def move(api, appointment, slot, resident="ana", key="SM1:move"):
    body = {"idempotency_key": key, "resident": resident, "slot_id": slot}
    return api.post(f"/appointments/{appointment}/reschedule", body)


def test_moved_at_once(api, care, booked):
    answer = move(api, booked, NEXT_WEEK)
    assert answer.status_code == 200, answer.text
    moved, replaced = answer.json()["appointment"], answer.json()["replaced"]
    assert (moved["status"], replaced["status"], replaced["id"]) == ("booked", "cancelled", booked)
    assert moved["priority"]["class"] == "top"  # what she had told stays told
    assert (slot_status(care, NINE), slot_status(care, NEXT_WEEK)) == ("free", "busy")
    stored = care.fhir.read("Appointment", moved["id"])
    assert stored["supportingInformation"] == [{"reference": f"Appointment/{booked}"}]
    assert move(api, booked, NEXT_WEEK).json() == answer.json()
    assert [each["id"] for each in api.get("/residents/ana/appointments").json()["appointments"]] == [moved["id"]]
    assert move(api, moved["id"], NINE_TWENTY, key="SM2:move").status_code == 200


def test_held_first_and_confirmed(api, care, booked):
    held = held_id(hold(api, NEXT_WEEK, replaces=booked))
    assert care.fhir.read("Appointment", booked)["status"] == "booked" and slot_status(care, NINE) == "busy"
    answer = confirm(api, held).json()
    assert answer["replaced"]["id"] == booked and answer["replaced"]["status"] == "cancelled"
    assert (slot_status(care, NINE), slot_status(care, NEXT_WEEK)) == ("free", "busy")
    assert [each["id"] for each in live(care)] == [held]


def test_a_hold_that_runs_out_leaves_the_old_one_as_it_was(api, care, clock, booked):
    held_id(hold(api, NEXT_WEEK, replaces=booked))
    clock.now += timedelta(minutes=11)
    sweep(care)
    assert [(each["id"], each["status"]) for each in live(care)] == [(booked, "booked")]
    assert (slot_status(care, NINE), slot_status(care, NEXT_WEEK)) == ("busy", "free")
    assert move(api, booked, NEXT_WEEK).status_code == 200


def test_another_choice_while_moving(api, care, booked):
    held_id(hold(api, NEXT_WEEK, replaces=booked))
    held = held_id(hold(api, NINE_TWENTY, key="SM5", replaces=booked))
    assert slot_status(care, NEXT_WEEK) == "free"
    assert confirm(api, held).json()["replaced"]["id"] == booked
    assert [each["id"] for each in live(care)] == [held]


def test_a_taken_slot_leaves_the_old_one_and_shows_others(api, care, booked):
    held_id(hold(api, NEXT_WEEK, "eva", "SM9"))
    refused = move(api, booked, NEXT_WEEK)
    assert refused.status_code == 409 and refused.json()["error"]["code"] == "slot_taken"
    assert len(refused.json()["offers"]["slots"]) == 3
    assert care.fhir.read("Appointment", booked)["status"] == "booked"


def test_only_hers_and_only_what_stands(api, care, clock, booked):
    assert move(api, booked, NEXT_WEEK, resident="eva").status_code == 404
    assert move(api, "nobodys", NEXT_WEEK).status_code == 404
    clock.now += timedelta(days=1)
    past = move(api, booked, NEXT_WEEK, key="SM2")
    assert past.status_code == 409 and past.json()["error"]["code"] == "not_movable"


def test_offers_for_a_move_keep_the_class(api, booked):
    near = {"center_number": 1}
    offer = api.post("/offers", {"resident": "ana", "near": near, "replaces": booked}).json()
    assert offer["priority"]["class"] == "top"
    assert api.post("/offers", {"resident": "eva", "near": near, "replaces": booked}).status_code == 404
