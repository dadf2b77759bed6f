"""Hold, confirm, release, expire, over the care API."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from latido.care.booking.ledger import entry_of_appointment
from latido.care.booking.settling import sweep

NINE, NINE_TWENTY, NEXT_WEEK = (
    "cesac-1-prenatal-20261124T0900",
    "cesac-1-prenatal-20261124T0920",
    "cesac-1-prenatal-20261130T0900",
)
AGE = {"weeks_min": 18, "weeks_max": 22, "source": "months"}


def hold(api, slot=NINE, resident="ana", key="SM1:hold", **more):
    return api.post("/holds", {"idempotency_key": key, "resident": resident, "slot_id": slot, **more})


def confirm(api, held, resident="ana", key="SM2:confirm", **more):
    return api.post(f"/holds/{held}/confirm", {"idempotency_key": key, "resident": resident, **more})


def release(api, held, resident="ana", key="SM3:release"):
    return api.post(f"/holds/{held}/release", {"idempotency_key": key, "resident": resident})


def held_id(answer):
    assert answer.status_code == 201, answer.text
    return answer.json()["hold"]["id"]


def slot_status(care, slot=NINE):
    return care.fhir.read("Slot", slot)["status"]


def live(care):
    return care.fhir.search("Appointment", [("status", "pending,booked"), ("_count", "500")]).matches


def test_a_slot_is_held_and_then_booked(api, care, clock):
    answer = hold(api, gestational_age=AGE)
    held = held_id(answer)
    shown = answer.json()
    assert shown["hold"] == {"id": held, "expires_at": "2026-11-23T10:25:00-03:00", "minutes": 10}
    assert shown["appointment"]["status"] == "pending" and slot_status(care) == "busy-tentative"
    assert api.get("/residents/ana/appointments").json()["appointments"] == []
    assert api.get("/residents/ana").json()["open_appointments"] == 0

    clock.now += timedelta(minutes=9)
    sweep(care)
    booked = confirm(api, held)
    assert booked.status_code == 200 and booked.json()["appointment"]["status"] == "booked"
    assert booked.json()["appointment"]["id"] == held and slot_status(care) == "busy"
    stored = care.fhir.read("Appointment", held)
    assert {each["status"] for each in stored["participant"]} == {"accepted"}
    kept = {part["url"]: part for ext in stored["extension"] for part in ext["extension"]}
    assert kept["weeksMax"]["valueUnsignedInt"] == 22 and kept["asOf"]["valueDate"] == "2026-11-23"
    assert confirm(api, held).json() == booked.json()


def test_a_hold_that_runs_out_frees_its_slot_for_somebody_else(api, care, clock):
    held = held_id(hold(api))
    clock.now += timedelta(minutes=10, seconds=1)
    assert sweep(care) == 1 and sweep(care) == 0
    assert slot_status(care) == "free"
    over = care.fhir.read("Appointment", held)
    assert over["status"] == "cancelled" and over["cancelationReason"]["coding"][0]["code"] == "other"
    assert hold(api, resident="eva", key="SM9:hold").status_code == 201

    late = confirm(api, held)
    assert late.status_code == 409 and late.json()["error"]["code"] == "hold_expired"
    assert [slot["slot_id"] for slot in late.json()["offers"]["slots"]] and NINE not in late.text


def test_a_hold_that_ran_out_is_booked_all_the_same_while_its_slot_is_free(api, care, clock):
    held = held_id(hold(api, gestational_age=AGE, answers={"prior_checkups": "none"}))
    clock.now += timedelta(minutes=11)
    sweep(care)
    booked = confirm(api, held)
    assert booked.status_code == 200 and booked.json()["appointment"]["status"] == "booked"
    assert booked.json()["appointment"]["id"] != held and slot_status(care) == "busy"
    assert booked.json()["appointment"]["priority"]["class"] == "top"
    assert confirm(api, held).json() == booked.json() and len(live(care)) == 1


def test_a_hold_past_its_time_that_nobody_swept_is_simply_confirmed(api, care, clock):
    held = held_id(hold(api))
    clock.now += timedelta(minutes=30)
    assert confirm(api, held).json()["appointment"]["id"] == held
    sweep(care)
    assert [each["status"] for each in live(care)] == ["booked"]


def test_letting_go_frees_the_slot_once(api, care):
    held = held_id(hold(api))
    gone = release(api, held)
    assert gone.status_code == 200 and gone.json()["appointment"]["status"] == "cancelled"
    assert slot_status(care) == "free" and release(api, held).json() == gone.json()
    assert release(api, held, key="SM4:again").status_code == 200
    assert confirm(api, held, resident="eva", key="SM5").status_code == 404
    assert release(api, held, resident="eva", key="SM6").status_code == 404


def test_a_confirmed_hold_cannot_be_let_go(api, care):
    held = held_id(hold(api))
    confirm(api, held)
    assert release(api, held).status_code == 404 and slot_status(care) == "busy"


def test_another_choice_lets_go_of_the_first_unless_it_is_taken(api, care):
    held_id(hold(api, NINE))
    held_id(hold(api, NINE_TWENTY, "eva", "SM2:hold"))
    refused = hold(api, NINE_TWENTY, key="SM3:hold")
    assert refused.status_code == 409 and refused.json()["error"]["code"] == "slot_taken"
    assert slot_status(care, NINE) == "busy-tentative"  # nothing is lost by a choice that failed
    held_id(hold(api, NEXT_WEEK, key="SM4:hold"))
    assert [slot_status(care, each) for each in (NINE, NINE_TWENTY, NEXT_WEEK)] == ["free"] + ["busy-tentative"] * 2


def test_who_it_is_for_may_be_said_at_the_end(api, care):
    held = held_id(hold(api))
    other = {"for_whom": "other", "given_name": "Luz", "document": {"status": "dni", "number": "30.111.222"}}
    booked = confirm(api, held, patient=other).json()["appointment"]
    assert booked["patient"] == {"for_whom": "other", "given_name": "Luz", "person": "other-1"}
    mine = api.post("/appointments", {"idempotency_key": "SM7", "resident": "ana", "slot_id": NINE_TWENTY})
    assert mine.status_code == 201  # the first one was not for herself after all
    held = held_id(hold(api, NEXT_WEEK, key="SM8", patient={"for_whom": "other", "given_name": "Paz"}))
    again = confirm(api, held, key="SM9", patient=other)
    assert again.status_code == 409 and again.json()["appointment"]["id"] == booked["id"]


def test_one_live_appointment_a_window_and_the_next_window_is_open(api, care):
    held = held_id(hold(api, NINE, gestational_age={"weeks_min": 23, "weeks_max": 23}))
    confirm(api, held)
    same = hold(api, "cesac-1-prenatal-20261130T0900", key="SM5", gestational_age={"weeks_min": 22, "weeks_max": 22})
    assert same.status_code == 409 and same.json()["error"]["code"] == "already_booked"
    unknown = hold(api, "cesac-1-prenatal-20261130T0900", key="SM6")
    assert unknown.status_code == 409
    later = hold(api, "cesac-1-prenatal-20261130T0900", key="SM7", gestational_age={"weeks_min": 23, "weeks_max": 23})
    assert later.status_code == 201, later.text


def test_confirming_and_expiring_at_once_have_one_winner(api, care, clock):
    for number in range(12):
        resident, key = f"ana{number}", f"SM{number}"
        held = held_id(hold(api, resident=resident, key=f"{key}:h"))
        clock.now += timedelta(minutes=10, seconds=1)
        with ThreadPoolExecutor(2) as pool:
            answer = pool.submit(confirm, api, held, resident, f"{key}:c")
            pool.submit(sweep, care).result()
        sweep(care)
        booked = live(care)
        assert answer.result().status_code == 200 and len(booked) == 1 and slot_status(care) == "busy"
        cancel = {"idempotency_key": f"{key}:x", "resident": resident}
        assert api.post(f"/appointments/{booked[0]['id']}/cancel", cancel).status_code == 200


@pytest.mark.parametrize("wrong", [{"slot_id": "no-such-slot"}, {"replaces": "nobodys"}, {"service": "pediatric"}])
def test_a_hold_of_nothing_is_refused_and_leaves_nothing(api, care, wrong):
    body = {"idempotency_key": "SM1", "resident": "ana", "slot_id": NINE} | wrong
    assert api.post("/holds", body).status_code in (400, 404, 409)
    assert live(care) == [] and entry_of_appointment(care.engine, "x") is None
    assert hold(api).status_code == 201
