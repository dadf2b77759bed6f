"""What is said before and after an appointment, by its state and by what she answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

import pytest

from latido.reminders.rules.steps import Appointment, Subject

from .plan_cases import (
    DAY,
    HOUR,
    NOW,
    TODAY,
    VACCINES_AND_STUDIES,
    at,
    child,
    find,
    in_utc,
    known,
    names,
    planned,
    pregnant,
    table,
    visit,
)

# Nothing of the calendar but what an appointment replaces.
WOMAN = pregnant(20, since=NOW - 60 * DAY, done=VACCINES_AND_STUDIES)


def steps_of(appointment: Appointment, now: str = "2026-11-23 10:15", **more: object) -> list[str]:
    """The table of one appointment's steps."""
    whom = known(replace(WOMAN, appointments=(appointment,)), **more)  # type: ignore[arg-type]
    return [line for line in table(planned(whom, at(now))) if "prenatal-" not in line]


@pytest.mark.parametrize(
    ("start", "lines"),
    [
        (
            "2026-12-03 11:00",
            [
                "30/11 11:00 appointment confirm",
                "02/12 11:00 appointment remind",
                "03/12 07:30 appointment morning",
                "04/12 10:00 appointment after",
            ],
        ),
        # An early one has no morning; the day before, not at half past seven.
        (
            "2026-12-03 07:30",
            ["30/11 08:30 appointment confirm", "02/12 08:30 appointment remind", "04/12 10:00 appointment after"],
        ),
        (
            "2026-12-03 09:29",
            ["30/11 09:29 appointment confirm", "02/12 09:29 appointment remind", "04/12 10:00 appointment after"],
        ),
        (
            "2026-12-03 09:30",
            [
                "30/11 09:30 appointment confirm",
                "02/12 09:30 appointment remind",
                "03/12 07:30 appointment morning",
                "04/12 10:00 appointment after",
            ],
        ),
        # A day before is night: the morning says it.
        (
            "2026-12-03 21:30",
            ["01/12 08:30 appointment confirm", "03/12 07:30 appointment morning", "04/12 10:00 appointment after"],
        ),
        # Over a month's and a year's end.
        (
            "2027-01-01 10:00",
            [
                "29/12 10:00 appointment confirm",
                "31/12 10:00 appointment remind",
                "01/01 07:30 appointment morning",
                "02/01 10:00 appointment after",
            ],
        ),
    ],
)
def test_the_steps_of_an_appointment(start: str, lines: list[str]):
    assert steps_of(visit(start)) == lines


def test_what_a_step_is_and_says():
    woman = replace(WOMAN, appointments=(visit("2026-12-03 09:00", place="CeSAC N° 15, Humberto 1º 470"),))
    step = find(planned(woman), "confirm")
    assert step.key == "r:self:appointment:a1:20261203T1200Z:confirm"
    assert step.group == "r:self:appointment:a1:20261203T1200Z"
    assert (step.kind, step.template, step.appointment_id) == ("appointment", "appointment_confirm", "a1")
    assert (step.code, step.codes) == ("prenatal-20", ("prenatal-20",))
    assert (step.due_at, step.not_after) == (in_utc("2026-11-30 09:00"), in_utc("2026-12-01 21:00"))
    assert step.variables == {
        "who": "",
        "what": "Control de la semana 20",
        "day": "el jueves 3 de diciembre",
        "time": "9:00",
        "place": "CeSAC N° 15, Humberto 1º 470",
    }


def test_an_appointment_of_a_child_outside_the_calendar():
    boy = child(TODAY - 3000 * DAY, name="Bruno", appointments=(visit("2026-12-03 09:00", service="pediatric"),))
    step = find(planned(boy), "confirm")
    assert (step.variables["who"], step.variables["what"], step.code, step.codes) == ("Bruno", "Control", None, ())


def test_who_accepted_is_not_asked_again_and_who_declined_hears_nothing():
    accepted = steps_of(visit("2026-12-03 11:00", answer="accepted"))
    assert [line[12:] for line in accepted] == ["appointment remind", "appointment morning", "appointment after"]
    assert len(steps_of(visit("2026-12-03 11:00", answer="tentative"))) == 4
    assert steps_of(visit("2026-12-03 11:00", answer="declined")) == []
    assert steps_of(visit("2026-11-20 11:00", "noshow", answer="declined")) == []


@pytest.mark.parametrize("status", ["fulfilled", "arrived", "checked-in", "cancelled"])
def test_nothing_is_said_of_what_is_over(status: str):
    assert steps_of(visit("2026-11-22 11:00", status)) == []  # type: ignore[arg-type]


def test_one_that_was_moved_has_new_keys():
    first = planned(replace(WOMAN, appointments=(visit("2026-12-03 11:00"),)))
    moved = planned(replace(WOMAN, appointments=(visit("2026-12-04 11:00"),)))
    assert {each.key for each in first if each.appointment_id}.isdisjoint({each.key for each in moved})


def test_the_same_moment_in_another_zone_is_the_same_key():
    start = at("2026-12-03 11:00")
    there = visit("2026-12-03 11:00", start=start.astimezone(ZoneInfo("Europe/Madrid")))
    here = planned(replace(WOMAN, appointments=(visit("2026-12-03 11:00"),)))
    assert planned(replace(WOMAN, appointments=(there,))) == here


def test_who_has_just_booked_remembers_it():
    made = at("2026-11-30 12:00")
    assert [line[12:] for line in steps_of(visit("2026-12-03 13:00", booked_at=made), "2026-11-30 12:01")] == [
        "appointment remind",
        "appointment morning",
        "appointment after",
    ]
    tomorrow = steps_of(visit("2026-12-01 13:00", booked_at=made), "2026-11-30 12:01")
    assert tomorrow == ["01/12 07:30 appointment morning", "02/12 10:00 appointment after"]
    # Nobody knows when it was made: better once too often.
    assert "30/11 13:00 appointment remind" in steps_of(visit("2026-12-01 13:00"), "2026-11-30 12:01")


@pytest.mark.parametrize(
    ("now", "first"),
    [
        ("2026-12-01 22:59", "02/12 11:00 appointment remind"),  # asked at night, the answer would come too late
        ("2026-12-01 20:00", "30/11 11:00 appointment confirm"),
        ("2026-12-02 20:59", "02/12 11:00 appointment remind"),
        ("2026-12-02 22:00", "03/12 07:30 appointment morning"),
        ("2026-12-03 07:20", "03/12 07:30 appointment morning"),
        ("2026-12-03 09:59", "03/12 07:30 appointment morning"),
        ("2026-12-03 10:01", "04/12 10:00 appointment after"),
        ("2026-12-03 12:00", "04/12 10:00 appointment after"),
        ("2026-12-07 20:59", "07/12 20:59 appointment after"),
    ],
)
def test_after_an_outage_only_what_still_serves(now: str, first: str):
    # At eleven on the third; asked 72 hours before.
    assert steps_of(visit("2026-12-03 11:00"), now)[0] == first


def test_nothing_is_asked_days_after():
    assert steps_of(visit("2026-12-03 11:00"), "2026-12-07 21:00") == []


def test_a_missed_one_is_offered_anew_and_then_listed():
    assert steps_of(visit("2026-11-20 11:00", "noshow"), "2026-11-20 18:00") == [
        "21/11 10:00 missed offer",
        "24/11 08:30 missed overdue",
    ]
    steps = planned(replace(WOMAN, appointments=(visit("2026-11-20 11:00", "noshow"),)), at("2026-11-20 18:00"))
    offer, overdue = (find([each for each in steps if each.kind == "missed"], name) for name in ("offer", "overdue"))
    assert (offer.kind, offer.template, offer.is_listed) == ("missed", "missed_offer", False)
    assert (overdue.kind, overdue.template, overdue.is_listed) == ("missed", "", True)
    assert (offer.not_after, overdue.not_after) == (in_utc("2026-11-30 21:00"), in_utc("2026-12-11 21:00"))
    # It takes the place of the check-up's own steps.
    assert not [each for each in names(steps) if each.startswith("prenatal-20")]


def test_who_has_just_said_that_she_could_not_go_is_offered_another_one_a_day_later():
    key = "r:self:appointment:a1:20261120T1400Z:after"
    said = {key: at("2026-11-21 10:00")}
    assert steps_of(visit("2026-11-20 11:00", "noshow"), "2026-11-21 10:30", said=said)[0] == "22/11 10:00 missed offer"


@pytest.mark.parametrize("later", [visit("2026-11-30 11:00", id="a2"), visit("2026-11-22 11:00", "fulfilled", id="a2")])
def test_a_missed_one_is_cleared_by_a_later_one(later: Appointment):
    woman = replace(WOMAN, appointments=(visit("2026-11-20 11:00", "noshow"), later))
    assert not [each for each in planned(woman) if each.kind == "missed"]


def test_a_missed_one_stays_when_the_later_one_was_cancelled():
    later = visit("2026-11-30 11:00", "cancelled", id="a2")
    woman = replace(WOMAN, appointments=(visit("2026-11-20 11:00", "noshow"), later))
    assert [each.name for each in planned(woman) if each.kind == "missed"] == ["offer", "overdue"]


def test_a_visit_that_she_tells_of_clears_what_is_asked_after():
    went = replace(WOMAN, done=WOMAN.done | {"prenatal-20"}, appointments=(visit("2026-11-20 11:00", "noshow"),))
    assert not [each for each in planned(went) if each.kind == "missed"]
    asked = replace(went, appointments=(visit("2026-11-22 11:00"),))
    assert not [each for each in planned(asked) if each.name == "after"]


def test_a_later_visit_clears_what_is_asked_after_an_earlier_one():
    both = (visit("2026-11-21 11:00"), visit("2026-11-22 11:00", "fulfilled", id="a2"))
    assert not [each for each in planned(replace(WOMAN, appointments=both)) if each.name == "after"]
    booked = (visit("2026-11-22 11:00"), visit("2026-12-22 11:00", id="a2"))
    after = [each for each in planned(replace(WOMAN, appointments=booked)) if each.name == "after"]
    assert [each.appointment_id for each in after] == ["a1", "a2"]


def test_an_appointment_days_after_a_visit_in_the_same_window_is_for_the_check_up_that_begins_soon():
    baby = child(date(2026, 8, 26), since=at("2026-09-01 10:00"))  # three months from the 26th of November on
    went = visit("2026-10-30 11:00", "fulfilled", "pediatric")
    visits = (went, visit("2026-11-24 11:00", service="pediatric", id="a2"))
    steps = planned(replace(baby, appointments=visits))
    assert {each.code for each in steps if each.appointment_id == "a2"} == {"well-child-3m"}
    assert not [each for each in steps if each.code == "well-child-3m" and each.name in ("book", "book_again")]
    # The same visit kept twice is one, and a first visit in a window is for that window.
    twice = (went, visit("2026-10-30 11:20", "fulfilled", "pediatric", id="encounter"))
    assert find(planned(replace(baby, appointments=twice)), "book", "well-child-3m")
    first = planned(replace(baby, appointments=(visits[1],)))
    assert {each.code for each in first if each.appointment_id == "a2"} == {"well-child-2m"}


@pytest.mark.parametrize("seen", ["2026-11-22 10:20", "2026-11-22 11:00", "2026-11-22 11:40"])
def test_a_visit_kept_apart_from_its_appointment_clears_what_is_asked_after(seen: str):
    both = (visit("2026-11-22 11:00"), visit(seen, "fulfilled", id="encounter"))
    assert not [each for each in planned(replace(WOMAN, appointments=both)) if each.name == "after"]
    day_before = (both[0], visit("2026-11-21 11:00", "fulfilled", id="encounter"))
    assert [each for each in planned(replace(WOMAN, appointments=day_before)) if each.name == "after"]


def test_nothing_is_asked_of_what_was_before_she_told_us():
    old = (visit("2026-11-22 11:00"), visit("2026-11-21 11:00", "noshow", id="a2"))
    woman = replace(WOMAN, since=NOW, appointments=old)
    assert not [each for each in planned(woman) if each.name in ("after", "offer") or each.kind == "missed"]


def test_she_may_ask_to_be_asked_later():
    key = "r:self:appointment:a1:20261203T1400Z:confirm"
    wish = at("2026-12-01 18:00")
    woman = replace(WOMAN, appointments=(visit("2026-12-03 11:00"),))
    steps = planned(known(woman, said={key: at("2026-11-30 11:00")}, asked_for={key: wish}), at("2026-11-30 12:00"))
    again = find(steps, "confirm")
    assert (again.key, again.due_at) == (f"{key}:20261201", wish)
    too_late = known(woman, said={key: at("2026-11-30 11:00")}, asked_for={key: at("2026-12-02 18:00")})
    assert "appointment confirm" not in names(planned(too_late, at("2026-11-30 12:00")))


def test_three_days_are_72_hours_also_when_the_clock_is_changed():
    # Santiago puts the clock forward on 6 September 2026.
    santiago = ZoneInfo("America/Santiago")
    start = at("2026-09-07 11:00", santiago)
    woman = pregnant(
        20, on=start.date(), since=start - 60 * DAY, appointments=(visit("2026-09-07 11:00", start=start),)
    )
    steps = {each.name: each for each in planned(woman, start - 10 * DAY, santiago) if each.appointment_id}
    assert steps["confirm"].due_at == start.astimezone(UTC) - 72 * HOUR
    assert steps["confirm"].due_at == at("2026-09-04 10:00", santiago)
    assert steps["morning"].due_at == at("2026-09-07 07:30", santiago)
    assert steps["after"].due_at == at("2026-09-08 10:00", santiago)
    assert steps["confirm"].variables["day"] == "el lunes 7 de septiembre"
    assert steps["remind"].not_after - steps["remind"].due_at == timedelta(hours=20)


def test_an_appointment_of_somebody_who_told_of_no_pregnancy_names_none() -> None:
    """Also of one whose pregnancy is over, and who moved her appointment after it."""
    appointment = visit("2026-12-03 15:00", booked_at=at("2026-11-20 10:00"))
    steps = planned(Subject("self", "self", "prenatal", NOW, appointments=(appointment,)))
    assert {step.name for step in steps} >= {"confirm", "remind", "morning", "after"}
    assert {step.variables["what"] for step in steps} == {"Turno"}
