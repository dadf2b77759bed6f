"""Schedules over HTTP: of somebody known, of nobody in particular, and with her appointments."""

from __future__ import annotations

from latido.care.agenda.command import import_agenda
from tests.integration.care.conftest import NOW, Clock
from tests.integration.care.people_story import ANA, Family, weeks
from tests.integration.care.people_story import family as family
from tests.integration.care.waiting_story import DAY
from tests.integration.care.waiting_story import waiting as waiting

AGENDA = """center,service,date,from,to,minutes
1,prenatal,2026-11-26,09:00,10:00,20
1,prenatal,2027-01-14,09:00,10:00,20
"""


def items(schedule: dict) -> dict[str, dict]:
    return {each["code"]: each for each in schedule["items"]}


def test_the_schedule_of_a_pregnancy(family: Family):
    family.pregnant(gestational_age=weeks(0, 0, "lmp", "2026-07-01"))
    schedule = family.api.get(f"/residents/{ANA}/schedule?person=self").json()
    assert (schedule["on_exact_dates"], schedule["as_of"], schedule["version"]) == (True, "2026-11-23", "2026-11")
    assert schedule["counts"] == {"official_minimum": 5}
    assert schedule["person"]["id"] == "self"
    assert items(schedule)["prenatal-20"] == {
        "kind": "checkup",
        "code": "prenatal-20",
        "title": "Control de la semana 20",
        "detail": "Miden la panza y escuchan los latidos.",
        "from": "2026-11-04",
        "to": "2026-12-01",
        "state": "now",
        "appointment": None,
    }
    assert {"Calendario Nacional de Vacunación 2026"} <= {source["name"] for source in schedule["sources"]}


def test_a_booked_appointment_and_one_she_came_to_show(family: Family, clock: Clock):
    import_agenda(family.care.fhir, family.care.directory, AGENDA, NOW)
    family.pregnant(gestational_age=weeks(0, 0, "lmp", "2026-07-01"))
    soon = family.api.post(
        "/appointments",
        {"idempotency_key": "SM1:book", "resident": ANA, "slot_id": "cesac-1-prenatal-20261126T0900"},
    ).json()["appointment"]
    clock.now += DAY
    shown = items(family.api.get(f"/residents/{ANA}/schedule?person=self").json())
    assert (shown["prenatal-20"]["state"], shown["prenatal-20"]["appointment"]) == (
        "booked",
        {"id": soon["id"], "start": "2026-11-26T09:00:00-03:00"},
    )
    kept = family.care.fhir.read("Appointment", soon["id"])
    family.care.fhir.update({**kept, "status": "arrived"})
    clock.now += 5 * DAY
    shown = items(family.api.get(f"/residents/{ANA}/schedule?person=self").json())
    assert shown["prenatal-20"]["state"] == "done"
    assert [code for code, each in shown.items() if each["appointment"]] == ["prenatal-20"]


def test_the_schedule_of_a_child(family: Family):
    family.child("Luca", "2026-09-01")
    schedule = family.api.get(f"/residents/{ANA}/schedule?person=child-1").json()
    assert schedule["on_exact_dates"] is True and schedule["counts"] == {"official_minimum": 7}
    assert schedule["person"]["given_name"] == "Luca"
    assert items(schedule)["vaccine-2m"]["state"] == "now"


def test_what_is_not_known_has_no_items(family: Family):
    family.pregnant()
    family.child("Luca")
    for person in ("self", "child-1"):
        schedule = family.api.get(f"/residents/{ANA}/schedule?person={person}").json()
        assert (schedule["items"], schedule["on_exact_dates"]) == ([], False)


def test_who_is_not_told_of_has_no_schedule(family: Family):
    family.pregnant(gestational_age=weeks(39))
    family.post("births", mother="self", born_on="2026-11-22", children=[{}])
    for person in ("self", "other-1", "child-2"):
        assert family.api.get(f"/residents/{ANA}/schedule?person={person}").status_code == 404
    for query in ("", "?person=nobody"):
        assert family.api.get(f"/residents/{ANA}/schedule{query}").status_code == 400


def test_the_schedule_of_nobody_in_particular(family: Family):
    told = family.api.post("/schedules", {"gestational_age": weeks(18, 22, "months")}).json()
    assert (told["person"], told["on_exact_dates"]) == (None, False)
    assert items(told)["prenatal-20"]["state"] == "now"
    born = family.api.post("/schedules", {"birth_date": "2026-11-23"}).json()
    assert born["on_exact_dates"] is True and items(born)["well-child-discharge"]["state"] == "now"
    assert family.people() == []


def test_a_schedule_by_something_impossible_is_refused(family: Family):
    def code(body: dict) -> tuple[int, str]:
        answer = family.api.post("/schedules", body)
        return answer.status_code, answer.json()["error"]["code"]

    assert code({}) == (400, "invalid")
    assert code({"birth_date": "2026-01-01", "gestational_age": weeks(12)}) == (400, "invalid")
    assert code({"birth_date": "2026-11-24"}) == (409, "impossible_birth_date")
    assert code({"gestational_age": weeks(0, 0, "lmp", "2026-11-24")}) == (400, "invalid")
