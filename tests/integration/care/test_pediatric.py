"""Check-ups of a child, from offer to missed visit, and its place on the waiting list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from latido.care.agenda.command import import_agenda
from latido.care.booking.settling import sweep
from latido.care.waiting.offering import offer_released
from tests.integration.care.conftest import NOW, Clock
from tests.integration.care.people_story import ANA, Family
from tests.integration.care.people_story import family as family
from tests.integration.care.waiting_story import DAY, HOUR, key, told, wrote
from tests.integration.care.waiting_story import waiting as waiting

AGENDA = """center,service,date,from,to,minutes
1,pediatric,2026-11-24,09:00,10:00,20
1,pediatric,2026-11-26,09:00,09:40,20
16,pediatric,2026-12-01,14:00,15:00,30
1,pediatric,2027-01-12,09:00,10:00,20
"""
TOMORROW, TOMORROW_LATER, THURSDAY = (
    "cesac-1-pediatric-20261124T0900",
    "cesac-1-pediatric-20261124T0920",
    "cesac-1-pediatric-20261126T0900",
)
NEXT_WEEK, JANUARY = "cesac-16-pediatric-20261201T1400", "cesac-1-pediatric-20270112T0900"
BARRACAS = {"neighbourhood": "barracas"}
LUCA = {"person": "child-1"}


@pytest.fixture
def clinic(family: Family) -> Family:
    """Ana, with Luca of twelve weeks, and paediatric slots."""
    import_agenda(family.care.fhir, family.care.directory, AGENDA, NOW)
    assert family.child("Luca", "2026-09-01")["id"] == "child-1"
    return family


def offers(family: Family, patient: dict[str, Any] | None = None, **more: Any) -> Any:
    wanted = {
        "resident": ANA,
        "service": "pediatric",
        "near": BARRACAS,
        "patient": LUCA if patient is None else patient,
    } | more
    return family.api.post("/offers", wanted)


def hold(family: Family, slot: str, patient: dict[str, Any] | None = None, key: str = "SM:hold", **more: Any) -> Any:
    wanted = {
        "idempotency_key": f"{key}:{slot}",
        "resident": ANA,
        "slot_id": slot,
        "service": "pediatric",
        "patient": LUCA if patient is None else patient,
    }
    return family.api.post("/holds", wanted | more)


def confirm(family: Family, held: Any, **more: Any) -> Any:
    held_id = held.json()["hold"]["id"]
    body = {"idempotency_key": f"SM:{held_id}:confirm", "resident": ANA} | more
    return family.api.post(f"/holds/{held_id}/confirm", body)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_from_offer_to_appointment(clinic: Family):
    offered = offers(clinic, answers={"prior_checkups": "none"}).json()
    assert (offered["priority"]["class"], offered["priority"]["reasons"]) == ("top", ["no_checkup_in_the_first_months"])
    assert offered["priority"]["rule_set"] == "2026-11-pediatric"
    assert offered["slots"][0]["slot_id"] == TOMORROW
    held = hold(clinic, TOMORROW, answers={"prior_checkups": "none"})
    assert (held.status_code, held.json()["appointment"]["status"]) == (201, "pending")
    booked = confirm(clinic, held).json()["appointment"]
    assert (booked["status"], booked["service"], booked["priority"]["class"]) == ("booked", "pediatric", "top")
    assert booked["patient"] == {"for_whom": "other", "given_name": "Luca", "person": "child-1"}
    listed = clinic.api.get(f"/residents/{ANA}/appointments").json()["appointments"]
    assert [each["id"] for each in listed] == [booked["id"]]
    patient = clinic.care.fhir.search("Patient", [("identifier", f"urn:latido:resident|{ANA}:child-1")]).matches[0]
    assert (patient["birthDate"], patient["name"]) == ("2026-09-01", [{"given": ["Luca"]}])
    # A check-up of a child makes nobody pregnant.
    assert clinic.ids() == ["child-1"]


def test_the_child_s_age_decides(clinic: Family):
    clinic.child("Mía", "2026-11-20")
    clinic.child("Juan", "2020-01-01")
    newborn = offers(clinic, {"person": "child-2"}).json()["priority"]
    assert (newborn["class"], newborn["target_days"], newborn["reasons"]) == ("top", 3, ["newborn_first_week"])
    assert offers(clinic, {"person": "child-3"}).json()["priority"]["class"] == "routine"
    overdue = offers(clinic, answers={"prior_checkups": "overdue"}).json()["priority"]
    assert (overdue["class"], overdue["reasons"]) == ("priority", ["overdue_in_the_first_year"])


def test_a_child_without_a_birth_date_and_nobody_s_child_cannot_be_offered_anything(clinic: Family):
    clinic.child("Eva")
    clinic.pregnant()
    assert code(offers(clinic, {"person": "child-2"})) == (409, "no_birth_date")
    assert code(hold(clinic, TOMORROW, {"person": "child-2"})) == (409, "no_birth_date")
    assert code(offers(clinic, {"person": "child-9"})) == (404, "not_found")
    assert code(hold(clinic, TOMORROW, {"person": "self"})) == (400, "invalid")
    # With two children somebody has to say which.
    assert code(hold(clinic, TOMORROW, {})) == (400, "invalid")
    prenatal = {"idempotency_key": "SM:p", "resident": ANA, "slot_id": TOMORROW, "service": "prenatal", "patient": LUCA}
    assert code(clinic.api.post("/holds", prenatal)) == (400, "invalid")


def test_an_only_child_need_not_be_named(clinic: Family):
    assert hold(clinic, TOMORROW, {}).json()["appointment"]["patient"]["person"] == "child-1"


def test_one_live_appointment_a_child_and_window(clinic: Family):
    clinic.child("Mía", "2026-09-01")
    first = confirm(clinic, hold(clinic, TOMORROW)).json()["appointment"]
    again = hold(clinic, THURSDAY)
    assert code(again) == (409, "already_booked") and again.json()["appointment"]["id"] == first["id"]
    # Her twin has a window of her own, and January is another visit of his.
    assert confirm(clinic, hold(clinic, THURSDAY, {"person": "child-2"})).status_code == 200
    assert confirm(clinic, hold(clinic, JANUARY)).status_code == 200


def test_windows_of_a_newborn_are_days_apart(clinic: Family, clock: Clock):
    # Six days old tomorrow, eight on Thursday: two visits, though three days would have to lie between them.
    clinic.child("Mía", "2026-11-18")
    assert confirm(clinic, hold(clinic, TOMORROW, {"person": "child-2"})).status_code == 200
    assert code(hold(clinic, THURSDAY, {"person": "child-2"})) == (409, "already_booked")
    assert confirm(clinic, hold(clinic, NEXT_WEEK, {"person": "child-2"})).status_code == 200


def test_which_child_it_is_for_may_be_said_at_the_end(clinic: Family):
    clinic.child("Mía", "2025-09-10")
    booked = confirm(clinic, hold(clinic, TOMORROW), patient={"person": "child-2"}).json()["appointment"]
    assert booked["patient"]["given_name"] == "Mía"
    # Luca is free to have one, and Mía's window is that of her own age.
    assert confirm(clinic, hold(clinic, TOMORROW_LATER)).status_code == 200
    assert code(hold(clinic, NEXT_WEEK, {"person": "child-2"})) == (409, "already_booked")


def test_it_is_moved_kept_confirmed_and_cancelled(clinic: Family):
    booked = confirm(clinic, hold(clinic, TOMORROW)).json()["appointment"]
    moved = confirm(clinic, hold(clinic, THURSDAY, replaces=booked["id"])).json()
    assert (moved["replaced"]["id"], moved["replaced"]["status"]) == (booked["id"], "cancelled")
    assert moved["appointment"]["patient"]["person"] == "child-1"
    again = clinic.api.post(
        f"/appointments/{moved['appointment']['id']}/reschedule",
        {"idempotency_key": "SM:move", "resident": ANA, "slot_id": NEXT_WEEK},
    ).json()["appointment"]
    told = clinic.api.post(
        f"/appointments/{again['id']}/attendance",
        {"idempotency_key": "SM:yes", "resident": ANA, "answer": "accepted"},
    )
    assert told.json()["appointment"]["attendance"] == "accepted"
    over = clinic.api.post(f"/appointments/{again['id']}/cancel", {"idempotency_key": "SM:no", "resident": ANA})
    assert over.json()["appointment"]["status"] == "cancelled"
    assert clinic.care.fhir.read("Slot", NEXT_WEEK)["status"] == "free"


def test_a_missed_visit_is_told(clinic: Family, clock: Clock):
    booked = confirm(clinic, hold(clinic, TOMORROW)).json()["appointment"]
    clock.now += 2 * DAY
    missable = clinic.api.get(f"/residents/{ANA}/appointments").json()["missable"]
    assert [each["patient"]["given_name"] for each in missable] == ["Luca"]
    missed = clinic.api.post(f"/appointments/{booked['id']}/missed", {"idempotency_key": "SM:m", "resident": ANA})
    assert missed.json()["appointment"]["status"] == "noshow"


def test_a_taken_slot_is_refused_with_others_for_the_child(clinic: Family):
    wrote(clinic.care, "berta")
    berta = Family(clinic.api, clinic.care, key("berta"))
    berta.child("Eva", "2026-01-01")
    taken = clinic.api.post(
        "/appointments",
        {"idempotency_key": "SM:b", "resident": key("berta"), "slot_id": TOMORROW, "service": "pediatric"},
    )
    assert taken.status_code == 201
    clinic.api.post("/places/search", {"resident": ANA, "near": BARRACAS})
    refused = hold(clinic, TOMORROW)
    assert code(refused) == (409, "slot_taken")
    assert all("pediatric" in slot["slot_id"] for slot in refused.json()["offers"]["slots"])
    assert refused.json()["offers"]["priority"]["rule_set"] == "2026-11-pediatric"


def join(family: Family, who: str, patient: dict[str, Any], **more: Any) -> Any:
    body = {
        "idempotency_key": f"SM:{who}:{patient['person']}:join",
        "resident": key(who),
        "service": "pediatric",
        "near": BARRACAS,
        "patient": patient,
    }
    return family.api.post("/waiting-list", body | more)


def nothing_free(family: Family) -> None:
    for slot in family.care.fhir.search("Slot", [("status", "free"), ("_count", "200")]).matches:
        family.care.fhir.update({**slot, "status": "busy-unavailable"})


def test_a_child_waits_and_is_offered_what_becomes_free(clinic: Family, clock: Clock):
    clinic.child("Mía", "2025-09-01")
    nothing_free(clinic)
    joined = join(clinic, "ana", LUCA, answers={"prior_checkups": "none"})
    assert (joined.status_code, joined.json()["entry"]["state"], joined.json()["entry"]["position"]) == (
        201,
        "waiting",
        1,
    )
    assert join(clinic, "ana", {"person": "child-2"}).json()["entry"]["id"] != joined.json()["entry"]["id"]
    advised = offers(clinic).json()["waiting_list"]
    assert advised == {"advised": False, "entry": joined.json()["entry"]}
    clinic.care.fhir.update({**clinic.care.fhir.read("Slot", THURSDAY), "status": "free"})
    assert offer_released(clinic.care) == 1
    assert "Se liberó un turno" in told(clinic.care, "ana")[0].text and "Luca" not in told(clinic.care, "ana")[0].text
    accepted = clinic.api.post(
        f"/waiting-list/{joined.json()['entry']['id']}/accept", {"idempotency_key": "SM:a", "resident": ANA}
    ).json()["appointment"]
    assert (accepted["patient"]["person"], accepted["service"]) == ("child-1", "pediatric")


def test_of_two_children_alike_the_younger_is_first(clinic: Family, clock: Clock):
    nothing_free(clinic)
    for who, born in (("berta", "2026-10-01"), ("clara", "2026-10-20")):
        wrote(clinic.care, who)
        Family(clinic.api, clinic.care, key(who)).child("Eva", born)
    none = {"answers": {"prior_checkups": "none"}}
    assert join(clinic, "berta", LUCA, **none).json()["entry"]["position"] == 1
    assert join(clinic, "clara", LUCA, **none).json()["entry"]["position"] == 1
    clock.now += HOUR
    clinic.care.fhir.update({**clinic.care.fhir.read("Slot", THURSDAY), "status": "free"})
    assert offer_released(clinic.care) == 1
    assert [len(told(clinic.care, who)) for who in ("berta", "clara")] == [0, 1]


def test_pediatric_centres_are_those_that_publish_it_or_publish_nothing(clinic: Family):
    near = {"near": {"center_number": 41}, "service": "pediatric", "limit": 10}
    centers = clinic.api.post("/places/search", near).json()["centers"]
    assert 41 not in [center["number"] for center in centers]
    assert any("pediatrics" in (center["services"] or []) for center in centers)


def test_a_corrected_birth_date_reaches_the_health_service(clinic: Family):
    confirm(clinic, hold(clinic, TOMORROW))
    clinic.child(born="2026-08-31", child="child-1")
    clinic.child("Lucas", child="child-1")
    assert confirm(clinic, hold(clinic, JANUARY)).status_code == 200
    patient = clinic.care.fhir.search("Patient", [("identifier", f"urn:latido:resident|{ANA}:child-1")]).matches[0]
    assert (patient["birthDate"], patient["name"]) == ("2026-08-31", [{"given": ["Lucas"]}])


def test_the_appointment_of_a_child_who_was_forgotten_can_still_be_moved(clinic: Family):
    booked = confirm(clinic, hold(clinic, TOMORROW)).json()["appointment"]
    clinic.post("people/child-1/forget")
    moved = confirm(clinic, hold(clinic, THURSDAY, {}, replaces=booked["id"])).json()["appointment"]
    assert (moved["patient"]["person"], clinic.people()) == ("child-1", [])


def test_a_hold_of_a_child_that_ran_out_is_taken_anew(clinic: Family, clock: Clock):
    held = hold(clinic, THURSDAY)
    clock.now += timedelta(minutes=30)
    sweep(clinic.care)
    booked = confirm(clinic, held).json()["appointment"]
    assert (booked["status"], booked["patient"]["person"]) == ("booked", "child-1")
