"""Booking over HTTP, on a real Postgres and the embedded FHIR server."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from latido.care.services import local

BARRACAS = {"neighbourhood": "barracas"}
LATE_AND_UNCHECKED = {
    "gestational_age": {"weeks_min": 18, "weeks_max": 22, "source": "months", "lmp": None},
    "answers": {"prior_checkups": "none", "age_band": None, "conditions": None, "history": None},
}


def offers(api, resident="ana", **wishes):
    answer = api.post("/offers", {"resident": resident, "service": "prenatal", "near": BARRACAS, **wishes})
    assert answer.status_code == 200, answer.text
    return answer.json()


def booking(slot_id, resident="ana", key="SM1:book", patient=None, **more):
    who = patient or {"for_whom": "self", "given_name": None, "document": {"status": "dni", "number": "30111222"}}
    return {
        "idempotency_key": key,
        "resident": resident,
        "slot_id": slot_id,
        "service": "prenatal",
        "patient": who,
    } | more


def appointments(care):
    return care.fhir.search("Appointment", [("_count", "200")]).matches


def test_the_whole_way_from_offer_to_appointment_and_back(api, care):
    offer = offers(api, **LATE_AND_UNCHECKED)
    assert offer["priority"]["class"] == "top" and offer["priority"]["fhir_priority"] == 1
    assert offer["priority"]["reasons"] == ["no_checkup_after_20_weeks"] and offer["within_target"]
    assert [slot["start"] for slot in offer["slots"]] == sorted(slot["start"] for slot in offer["slots"])
    first = next(slot for slot in offer["slots"] if slot["center"]["number"] == 1)
    assert first["start"] == "2026-11-24T09:00:00-03:00"
    assert first["center"]["distance_m"] == 565 and first["center"]["walking_minutes"] == 10

    made = api.post("/appointments", booking(first["slot_id"], priority=offer["priority"], **LATE_AND_UNCHECKED))
    assert made.status_code == 201, made.text
    appointment = made.json()["appointment"]
    assert (appointment["status"], appointment["start"]) == ("booked", first["start"])
    assert appointment["priority"]["class"] == "top" and appointment["priority"]["reason_text"].startswith("Te damos")
    assert appointment["patient"] == {"for_whom": "self", "given_name": None, "person": "self"}

    stored = care.fhir.read("Appointment", appointment["id"])
    assert stored["priority"] == 1 and care.fhir.read("Slot", first["slot_id"])["status"] == "busy"
    assert first["slot_id"] not in [slot["slot_id"] for slot in offers(api, "eva", **LATE_AND_UNCHECKED)["slots"]]
    assert api.get("/residents/ana/appointments").json()["appointments"] == [appointment]
    assert api.get("/residents/ana").json()["open_appointments"] == 1

    cancelled = api.post(f"/appointments/{appointment['id']}/cancel", {"idempotency_key": "SM2:c", "resident": "ana"})
    assert cancelled.status_code == 200 and cancelled.json()["appointment"]["status"] == "cancelled"
    assert care.fhir.read("Slot", first["slot_id"])["status"] == "free"
    assert care.fhir.read("Appointment", appointment["id"])["cancelationReason"]["coding"][0]["code"] == "pat"
    assert api.get("/residents/ana/appointments").json()["appointments"] == []

    again = api.post("/appointments", booking(first["slot_id"], key="SM3:book"))
    assert again.status_code == 201 and again.json()["appointment"]["id"] != appointment["id"]


def test_lower_classes_see_later_slots(api):
    first_of = {}
    for name, answers in {
        "top": LATE_AND_UNCHECKED,
        "priority": {"answers": {"age_band": "15_17"}},
        "routine": {"answers": {"prior_checkups": "some"}},
    }.items():
        offer = offers(api, **answers)
        assert offer["priority"]["class"] == name
        first_of[name] = offer["slots"][0]["start"][:10]
    assert first_of == {"top": "2026-11-24", "priority": "2026-11-24", "routine": "2026-11-30"}


def test_more_and_other_centres(api):
    seen, after = [], None
    while True:
        offer = offers(api, after=after, center_number=1)
        seen += [slot["slot_id"] for slot in offer["slots"]]
        if not offer["more"]:
            break
        after = offer["slots"][-1]["start"]
    assert len(seen) == len(set(seen)) and all(each.startswith("cesac-1-") for each in seen)
    elsewhere = offers(api, exclude_centers=[1], **LATE_AND_UNCHECKED)
    assert {slot["center"]["number"] for slot in elsewhere["slots"]} <= {16, 9}


def test_thirty_residents_race_for_the_last_slot(api, care):
    last = "cesac-9-prenatal-20261124T0800"

    def attempt(number):
        return api.post("/appointments", booking(last, f"resident{number}", f"SM{number}:book", {"for_whom": "self"}))

    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(attempt, range(30)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 29
    assert {answer.json()["error"]["code"] for answer in answers if answer.status_code == 409} == {"slot_taken"}
    assert len(appointments(care)) == 1 and care.fhir.read("Slot", last)["status"] == "busy"
    loser = next(number for number, answer in enumerate(answers) if answer.status_code == 409)
    fresh = offers(api, f"resident{loser}", **LATE_AND_UNCHECKED)["slots"]
    assert fresh and last not in [slot["slot_id"] for slot in fresh]
    retried = api.post("/appointments", booking(fresh[0]["slot_id"], f"resident{loser}", f"SM{loser}:again"))
    assert retried.status_code == 201


def test_the_same_request_thirty_times_at_once_is_one_appointment(api, care):
    slot = "cesac-1-prenatal-20261124T0920"
    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda _: api.post("/appointments", booking(slot)), range(30)))
    assert {answer.status_code for answer in answers} <= {200, 201}, [answer.text for answer in answers]
    assert len({answer.json()["appointment"]["id"] for answer in answers}) == 1
    assert len(appointments(care)) == 1
    assert len(care.fhir.search("Patient", [("identifier", "urn:latido:resident|ana:self")]).matches) == 1


def test_one_person_racing_for_two_slots_gets_one(api, care):
    slots = ["cesac-1-prenatal-20261124T0900", "cesac-16-prenatal-20261125T1400", "cesac-9-prenatal-20261124T0800"]
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda slot: api.post("/appointments", booking(slot, key=f"{slot}:k")), slots))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {each["error"]["code"] for each in refused} == {"already_booked"}
    assert {each["appointment"]["id"] for each in refused} == {each["id"] for each in appointments(care)}


def test_the_same_key_for_another_request_is_a_conflict(api):
    made = api.post("/appointments", booking("cesac-1-prenatal-20261124T0900"))
    assert made.status_code == 201
    repeated = api.post("/appointments", booking("cesac-1-prenatal-20261124T0900"))
    assert (repeated.status_code, repeated.json()) == (200, made.json())
    other = api.post("/appointments", booking("cesac-1-prenatal-20261124T0920"))
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_conflict")


def test_a_refused_key_may_be_used_for_another_slot(api):
    api.post("/appointments", booking("cesac-9-prenatal-20261124T0800", "eva", "SM9:book", {"for_whom": "self"}))
    refused = api.post("/appointments", booking("cesac-9-prenatal-20261124T0800"))
    assert refused.json()["error"]["code"] == "slot_taken"
    assert api.post("/appointments", booking("cesac-1-prenatal-20261124T0900")).status_code == 201


def test_a_second_appointment_is_refused_with_the_first_but_another_person_may_book(api):
    first = api.post("/appointments", booking("cesac-1-prenatal-20261124T0900")).json()["appointment"]
    second = api.post("/appointments", booking("cesac-1-prenatal-20261124T0920", key="SM2:book"))
    assert (second.status_code, second.json()["error"]["code"]) == (409, "already_booked")
    assert second.json()["appointment"] == first
    sister = {"for_whom": "other", "given_name": "Luz", "document": {"status": "in_process", "number": None}}
    hers = api.post("/appointments", booking("cesac-1-prenatal-20261124T0920", key="SM3:book", patient=sister))
    assert hers.status_code == 201
    assert hers.json()["appointment"]["patient"] == {"for_whom": "other", "given_name": "Luz", "person": "other-1"}
    friend = sister | {"given_name": "Sol"}
    assert (
        api.post("/appointments", booking("cesac-1-prenatal-20261124T0940", key="SM4:b", patient=friend)).status_code
        == 201
    )
    listed = api.get("/residents/ana/appointments").json()["appointments"]
    assert [each["patient"]["given_name"] for each in listed] == [None, "Luz", "Sol"]


@pytest.mark.parametrize(
    "document", [None, {"status": "none", "number": None}, {"status": "in_process"}, {"status": "foreign"}]
)
def test_nobody_is_refused_for_lack_of_a_dni(api, document):
    person = {"for_whom": "self", "document": document}
    assert api.post("/appointments", booking("cesac-1-prenatal-20261124T0900", patient=person)).status_code == 201


def test_a_past_appointment_does_not_stop_a_new_one_and_cannot_be_cancelled(api, clock):
    first = api.post("/appointments", booking("cesac-1-prenatal-20261124T0900")).json()["appointment"]
    clock.now += timedelta(days=3)
    late = api.post(f"/appointments/{first['id']}/cancel", {"idempotency_key": "SM2:c", "resident": "ana"})
    assert late.json()["error"]["code"] == "not_cancellable"
    assert api.post("/appointments", booking("cesac-1-prenatal-20261130T0900", key="SM3:book")).status_code == 201


def test_a_past_slot_is_neither_offered_nor_booked(api, clock):
    clock.now += timedelta(days=3)
    assert min(slot["start"] for slot in offers(api, **LATE_AND_UNCHECKED)["slots"]) > local(clock.now)
    assert api.post("/appointments", booking("cesac-1-prenatal-20261124T0900")).json()["error"]["code"] == "slot_taken"


def test_cancelling_is_for_her_own_appointment_once(api, care):
    made = api.post("/appointments", booking("cesac-1-prenatal-20261124T0900")).json()["appointment"]
    path = f"/appointments/{made['id']}/cancel"
    stranger = api.post(path, {"idempotency_key": "SM2:c", "resident": "eva"})
    assert (stranger.status_code, stranger.json()["error"]["code"]) == (404, "not_found")
    first = api.post(path, {"idempotency_key": "SM3:c", "resident": "ana"})
    repeated = api.post(path, {"idempotency_key": "SM3:c", "resident": "ana"})
    assert first.json() == repeated.json() and repeated.status_code == 200
    other_key = api.post(path, {"idempotency_key": "SM4:c", "resident": "ana"})
    assert (other_key.status_code, other_key.json()["error"]["code"]) == (409, "not_cancellable")
    assert api.post("/appointments/nothing/cancel", {"idempotency_key": "SM5:c", "resident": "ana"}).status_code == 404


def test_a_late_repeat_of_a_cancellation_does_not_free_a_slot_somebody_else_took(api, care):
    made = api.post("/appointments", booking("cesac-1-prenatal-20261124T0900")).json()["appointment"]
    cancel = {"idempotency_key": "SM2:c", "resident": "ana"}
    api.post(f"/appointments/{made['id']}/cancel", cancel)
    assert api.post("/appointments", booking("cesac-1-prenatal-20261124T0900", "eva", "SM3:book")).status_code == 201
    api.post(f"/appointments/{made['id']}/cancel", cancel)
    assert care.fhir.read("Slot", "cesac-1-prenatal-20261124T0900")["status"] == "busy"


def test_the_desk_cancelling_frees_her_to_book_again(api, care):
    made = api.post("/appointments", booking("cesac-1-prenatal-20261124T0900")).json()["appointment"]
    stored = care.fhir.read("Appointment", made["id"])
    care.fhir.update({**stored, "status": "cancelled"}, if_match=stored["meta"]["versionId"])
    assert api.post("/appointments", booking("cesac-1-prenatal-20261130T0900", key="SM2:book")).status_code == 201


@pytest.mark.parametrize(
    "change",
    [
        {"idempotency_key": "a|b"},
        {"idempotency_key": ""},
        {"resident": "../x"},
        {"slot_id": "a/b"},
        {"service": "dental"},
        {"surprise": 1},
        {"patient": {"for_whom": "30.111.222"}},
    ],
)
def test_a_malformed_booking_is_refused_without_repeating_what_was_sent(api, change):
    refused = api.post("/appointments", booking("cesac-1-prenatal-20261124T0900") | change)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid")
    assert "30.111.222" not in refused.text and "a|b" not in refused.text


def test_neither_dni_nor_name_reaches_our_own_tables_in_the_clear(api, care):
    person = {"for_whom": "other", "given_name": "Nombredeprueba", "document": {"status": "dni", "number": "30111222"}}
    assert api.post("/appointments", booking("cesac-1-prenatal-20261124T0900", patient=person)).status_code == 201
    with care.engine.connect() as connection:
        for table in ("care_idempotency", "care_booking", "care_resident_place", "care_consent"):
            rows = str(connection.exec_driver_sql(f"SELECT t::text FROM {table} t").all())
            assert "30111222" not in rows and "Nombredeprueba" not in rows
        assert connection.exec_driver_sql("SELECT count(*) FROM care_booking").scalar() == 1


@pytest.mark.parametrize(("written", "kept"), [("30.111.222", "30111222"), ("AB123", None), ("1" * 12, None)])
def test_a_dni_is_kept_as_digits_and_a_wrong_one_refuses_nobody(api, care, written, kept):
    person = {"for_whom": "self", "document": {"status": "dni", "number": written}}
    assert api.post("/appointments", booking("cesac-1-prenatal-20261124T0900", patient=person)).status_code == 201
    (patient,) = care.fhir.search("Patient", [("identifier", "urn:latido:resident|ana:self")]).matches
    found = [each["value"] for each in patient["identifier"] if each["system"] == "http://www.renaper.gob.ar/dni"]
    assert found == ([kept] if kept else [])


def test_another_dni_on_the_same_phone_is_another_person(api):
    assert api.post("/appointments", booking("cesac-1-prenatal-20261124T0900")).status_code == 201
    other = {"for_whom": "self", "document": {"status": "dni", "number": "40222333"}}
    answer = api.post("/appointments", booking("cesac-1-prenatal-20261124T0920", key="SM2:book", patient=other))
    assert answer.status_code == 201
    assert len(api.get("/residents/ana/appointments").json()["appointments"]) == 2
