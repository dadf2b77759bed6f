"""Asked whether she comes, and silent: a person calls; a slot is given away only where all conditions hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from latido.reminders.rules.plan import plan
from latido.reminders.rules.steps import Appointment, Delivery, Known, Step, Subject

from .plan_cases import (
    CALENDARS,
    DAY,
    HOUR,
    MINUTE,
    NOW,
    POLICY,
    VACCINES_AND_STUDIES,
    ZONE,
    at,
    child,
    planned,
    pregnant,
    visit,
)

START = "2026-12-03 11:00"
ASKED = at("2026-11-30 11:00")
KEY = "appointment:a1:20261203T1400Z"
RELEASING = replace(POLICY, unconfirmed=replace(POLICY.unconfirmed, releases=True))
OF_CHILD = visit(START, service="pediatric", is_top=False, is_ours=True)


def asked(subject: Subject, template: str = "appointment_confirm", at_: datetime = ASKED, **more: object) -> Known:
    """Asked at that moment; the receipt came a minute later."""
    key = f"r:{subject.role}:{KEY}:confirm"
    heard = {key: Delivery(at_, at_ + MINUTE, template)}
    known = Known("r", True, False, (subject,), said={key: at_}, delivered=heard)
    return replace(known, **more)  # type: ignore[arg-type]


def woman(appointment: Appointment | None = None) -> Subject:
    appointments = (appointment or visit(START),)
    return pregnant(20, since=NOW - 60 * DAY, done=VACCINES_AND_STUDIES, appointments=appointments)


def toddler(appointment: Appointment = OF_CHILD, born: str = "2025-10-01") -> Subject:
    return child(date.fromisoformat(born), since=NOW - 60 * DAY, appointments=(appointment,))


def listed(known: Known, now: str = "2026-12-01 12:00", policy: object = POLICY) -> list[Step]:
    steps = plan(known, CALENDARS, policy, ZONE, at(now))  # type: ignore[arg-type]
    return [step for step in steps if step.name in ("unconfirmed", "release")]


def test_a_day_after_the_question_was_delivered_a_person_calls():
    [step] = listed(asked(woman()))
    assert (step.name, step.kind, step.is_listed, step.template) == ("unconfirmed", "appointment", True, "")
    assert (step.key, step.group) == (f"r:self:{KEY}:unconfirmed", f"r:self:{KEY}")
    assert (step.due_at, step.not_after) == (ASKED + DAY + MINUTE, at(START) - 2 * HOUR)
    assert step.appointment_id == "a1" and step.variables["time"] == "11:00"


def test_in_the_night_nobody_calls():
    [step] = listed(asked(woman(), at_=at("2026-11-30 20:59")))
    assert step.due_at == at("2026-12-02 08:30")


def test_whoever_was_not_reached_is_not_silent():
    assert listed(asked(woman(), delivered={})) == []


@pytest.mark.parametrize("answer", ["accepted", "tentative", "declined"])
def test_whoever_answered_is_not_unconfirmed(answer: str):
    assert listed(asked(woman(visit(START, answer=answer)))) == []


def test_any_word_of_hers_since_the_question_counts_even_before_its_receipt():
    assert listed(asked(woman(), wrote_at=ASKED + MINUTE / 2)) == []
    assert listed(asked(woman(), wrote_at=ASKED + 30 * HOUR)) == []
    assert len(listed(asked(woman(), wrote_at=ASKED - MINUTE))) == 1


def test_asked_once_more_it_counts_from_then():
    first, again = f"r:self:{KEY}:confirm", f"r:self:{KEY}:confirm:20261201"
    later = ASKED + DAY
    heard = {first: Delivery(ASKED, ASKED, ""), again: Delivery(later, later, "")}
    [step] = listed(asked(woman(), delivered=heard, wrote_at=ASKED + HOUR), "2026-12-02 12:00")
    assert step.due_at == later + DAY


def test_nothing_of_an_appointment_that_is_over_moved_or_begins_soon():
    assert listed(asked(woman(visit(START, "fulfilled")))) == []
    assert listed(asked(woman(visit("2026-12-03 12:00")))) == []
    assert listed(asked(woman()), "2026-12-03 09:01") == []
    assert [step.name for step in listed(asked(woman()), "2026-12-03 08:59")] == ["unconfirmed"]


def test_as_it_ships_nothing_is_released_by_itself():
    assert POLICY.unconfirmed.releases is False
    assert [step.name for step in listed(asked(toddler(), "appointment_confirm_warned"))] == ["unconfirmed"]


def test_where_the_city_wants_it_a_warned_childs_slot_is_released():
    [step] = listed(asked(toddler(), "appointment_confirm_warned"), policy=RELEASING)
    assert (step.name, step.is_listed, step.template) == ("release", True, "")
    assert step.not_after == at(START) - DAY


@pytest.mark.parametrize(
    ("known", "now"),
    [
        (asked(woman(), "appointment_confirm_warned"), "2026-12-01 12:00"),
        (asked(toddler(), "appointment_confirm"), "2026-12-01 12:00"),
        (asked(toddler(replace(OF_CHILD, is_top=True)), "appointment_confirm_warned"), "2026-12-01 12:00"),
        (asked(toddler(replace(OF_CHILD, is_top=None)), "appointment_confirm_warned"), "2026-12-01 12:00"),
        # A day before its half year; and a child whose birth date nobody knows.
        (asked(toddler(born="2026-06-02"), "appointment_confirm_warned"), "2026-12-01 12:00"),
        (
            asked(
                Subject("child-1", "child-1", "pediatric", NOW, appointments=(OF_CHILD,)), "appointment_confirm_warned"
            ),
            "2026-12-01 12:00",
        ),
        (asked(toddler(), "appointment_confirm_warned"), "2026-12-02 11:01"),
    ],
    ids=["pregnant", "not-warned", "top", "priority-unknown", "baby", "age-unknown", "too-late"],
)
def test_else_a_person_calls(known: Known, now: str):
    assert [step.name for step in listed(known, now, RELEASING)] == ["unconfirmed"]


def test_whose_slot_was_given_away_is_told_once_and_nothing_more_of_it():
    gone = replace(OF_CHILD, status="cancelled", was_released=True)
    known = asked(toddler(gone), "appointment_confirm_warned")
    steps = [step for step in plan(known, CALENDARS, POLICY, ZONE, at("2026-12-01 11:05")) if step.appointment_id]
    [step] = steps
    assert (step.name, step.template, step.is_listed) == ("released", "appointment_released", False)
    assert (step.due_at, step.not_after) == (ASKED + DAY + MINUTE, at(START))
    told = replace(known, said={**known.said, step.key: at("2026-12-01 11:06")})
    later = plan(told, CALENDARS, POLICY, ZONE, at("2026-12-01 12:00"))
    assert [one for one in later if one.appointment_id] == []
    # Cancelled for another reason, nothing is said of it at all.
    assert [one for one in planned(toddler(replace(gone, was_released=False))) if one.appointment_id] == []


def test_who_says_that_she_went_is_asked_and_offered_nothing():
    missed = visit("2026-11-20 11:00", "noshow")

    def of_it(appointment: Appointment) -> set[str]:
        return {step.name for step in planned(woman(appointment), at("2026-11-24 12:00")) if step.appointment_id}

    assert of_it(missed) == {"offer", "overdue"}
    assert of_it(replace(missed, went=True)) == of_it(replace(missed, status="booked", went=True)) == set()


def test_only_whose_slot_may_be_given_away_is_warned():
    def question(subject: Subject, policy: object) -> str:
        steps = plan(Known("r", True, False, (subject,)), CALENDARS, policy, ZONE, NOW)  # type: ignore[arg-type]
        return next(step.template for step in steps if step.name == "confirm")

    assert question(toddler(), RELEASING) == "appointment_confirm_warned"
    assert question(toddler(), POLICY) == question(woman(), RELEASING) == "appointment_confirm"
    assert question(toddler(born="2026-08-01"), RELEASING) == "appointment_confirm"
