"""Higher classes see earlier slots, the reason is shown and kept, on a real agenda."""

from __future__ import annotations

from datetime import date, datetime

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from latido.care.agenda.command import import_agenda
from latido.care.booking.offers import Request, offer
from latido.care.places.locate import Near
from latido.care.rules.priority import ORDER, Answers
from latido.care.services import Care
from tests.integration.care.conftest import NOW, served

# 23 November is today; the days span what is kept back from each class and beyond each target.
DAYS = ("2026-11-23", "2026-11-24", "2026-11-25", "2026-11-27", "2026-11-29", "2026-12-02", "2026-12-10", "2026-12-20")
AGENDA = "center,service,date,from,to,minutes\n" + "".join(f"4,prenatal,{day},15:00,16:00,30\n" for day in DAYS)
SLOTS = [f"cesac-4-prenatal-{day.replace('-', '')}T{hour}" for day in DAYS for hour in ("1500", "1530")]
OTHERS = tuple(number for number in range(1, 51) if number not in (4, 15))
ANSWERS = {
    "top": Answers("none", "under_15"),
    "priority": Answers("some", conditions="yes"),
    "routine": Answers("some"),
}


@given(st.sets(st.sampled_from(SLOTS), min_size=1, max_size=5))
@example({"cesac-4-prenatal-20261123T1500", "cesac-4-prenatal-20261125T1500"})
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_of_one_agenda_a_higher_class_never_sees_a_later_first_slot(care: Care, open_slots: set[str]) -> None:
    import_agenda(care.fhir, care.directory, AGENDA, NOW)
    only(care, open_slots)
    first = []
    for name in ORDER:
        answer = offer(care, Request("ana", "prenatal", center_number=4, answers=ANSWERS[name]))
        assert answer["priority"]["class"] == name and answer["slots"]
        first.append(datetime.fromisoformat(answer["slots"][0]["start"]))
    assert first == sorted(first)


def only(care: Care, open_slots: set[str]) -> None:
    """Just these are free at CeSAC 4."""
    found = care.fhir.search("Slot", [("schedule", "Schedule/cesac-4-prenatal"), ("_count", "100")]).matches
    for slot in found:
        wanted = "free" if slot["id"] in open_slots else "busy-unavailable"
        if slot["status"] != wanted:
            care.fhir.update({**slot, "status": wanted})


def test_the_reason_is_shown_with_the_offer_and_kept_with_the_appointment(care: Care) -> None:
    body = {"resident": "ana", "answers": {"prior_checkups": "none"}, "gestational_age": {"weeks_max": 22}}
    with served(care) as api:
        offered = api.post("/offers", body | {"near": {"neighbourhood": "barracas"}}).json()
        slot = offered["slots"][0]["slot_id"]
        held = api.post("/holds", body | {"idempotency_key": "SM1", "slot_id": slot}).json()
        path = f"/holds/{held['hold']['id']}/confirm"
        booked = api.post(path, {"idempotency_key": "SM2", "resident": "ana"}).json()["appointment"]
    shown = {name: offered["priority"][name] for name in ("class", "reasons", "reason_text")}
    assert shown["reasons"] == ["no_checkup_after_20_weeks"] and "20 semanas" in shown["reason_text"]
    assert booked["priority"] == shown
    kept = care.fhir.read("Appointment", booked["id"])
    [extension] = [each for each in kept["extension"] if each["url"] == "urn:latido:priority"]
    values = {part["url"]: part.get("valueCode") or part.get("valueString") for part in extension["extension"]}
    assert values == {"class": "top", "reasons": "no_checkup_after_20_weeks", "ruleSet": "2026-11"}
    assert kept["priority"] == 1


WISHED = """center,service,date,from,to,minutes
4,prenatal,2026-12-01,09:00,11:00,30
4,prenatal,2026-12-02,14:00,15:00,30
15,prenatal,2026-12-01,14:00,17:00,30
"""


def test_within_a_wish_the_order_stays_the_usual_one(care: Care) -> None:
    """The afternoon of the nearest centre comes first, though a far one has more and earlier afternoons."""
    import_agenda(care.fhir, care.directory, WISHED, NOW)
    at_hers = Near(point=care.directory.centers[4].point)
    usual = {"near": at_hers, "answers": ANSWERS["routine"], "exclude_centers": OTHERS}
    afternoon = offer(care, Request("ana", "prenatal", part="afternoon", limit=1, **usual))
    assert [slot["start"] for slot in afternoon["slots"]] == ["2026-12-02T14:00:00-03:00"]
    morning = offer(care, Request("ana", "prenatal", part="morning", **usual))
    assert {slot["start"][:13] for slot in morning["slots"]} == {"2026-12-01T09", "2026-12-01T10"}


def test_a_day_and_half_of_it_are_all_that_is_shown(care: Care) -> None:
    import_agenda(care.fhir, care.directory, WISHED, NOW)
    body = {"resident": "ana", "near": {"neighbourhood": "barracas"}, "limit": 10, "exclude_centers": OTHERS}
    with served(care) as api:
        that_day = api.post("/offers", body | {"day": "2026-12-01", "part": "afternoon"}).json()["slots"]
        none_then = api.post("/offers", body | {"day": "2026-12-03"}).json()
    assert {slot["start"][:13] for slot in that_day} == {f"2026-12-01T{hour}" for hour in (14, 15, 16)}
    assert none_then["slots"] == [] and none_then["waiting_list"]["advised"] is False


def test_of_one_day_the_nearest_come_first(care: Care) -> None:
    """A later hour at her own centre stands before an earlier one farther away."""
    rows = ("15,prenatal,2026-12-03,08:00,08:30,30", "4,prenatal,2026-12-03,10:00,10:30,30")
    import_agenda(care.fhir, care.directory, "\n".join(["center,service,date,from,to,minutes", *rows, ""]), NOW)
    at_hers = Near(point=care.directory.centers[4].point)
    asked = Request("ana", "prenatal", near=at_hers, day=date(2026, 12, 3), exclude_centers=OTHERS)
    assert [slot["center"]["number"] for slot in offer(care, asked)["slots"]] == [4, 15]
