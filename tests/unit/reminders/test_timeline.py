"""What is due, booked, said and planned, on one axis of time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from latido.reminders.rules.steps import Known, Subject
from latido.reminders.rules.timeline import Facts, Said, timeline_of
from latido.timeline import Item, PersonPlan, Timeline
from tests.unit.reminders.plan_cases import (
    CALENDARS,
    DAY,
    NOW,
    POLICY,
    ZONE,
    at,
    child,
    known,
    planned,
    pregnant,
    visit,
)


def seen(whom: Known | Subject, *rows: Said, now: datetime = NOW) -> Timeline:
    """The timeline with the plan that ships with Latido."""
    all_known = whom if isinstance(whom, Known) else known(whom)
    return timeline_of(Facts(all_known, planned(all_known, now), rows, CALENDARS, POLICY, ZONE, now))


def only(timeline: Timeline) -> PersonPlan:
    (person,) = timeline.people
    return person


def item(person: PersonPlan, code: str) -> Item:
    return next(each for each in person.items if each.code == code)


def checkup_now(person: PersonPlan) -> Item:
    return next(each for each in person.items if each.kind == "checkup" and each.state in ("due", "booked", "done"))


def row(code: str, state: str = "sent", **more: object) -> Said:
    said = Said(f"r:self:pregnancy-1:{code}:book", "self", "checkup", "book", state, NOW - 2 * DAY, (code,))
    return replace(said, **more)  # type: ignore[arg-type]


def test_a_checkup_that_may_be_had_now_is_due_and_says_when_she_is_told() -> None:
    found = checkup_now(only(seen(pregnant(20))))
    assert (found.state, found.why_not) == ("due", None)
    assert found.planned_at is not None
    assert found.planned_at >= NOW
    assert found.first <= NOW.date() <= found.last


def test_with_an_appointment_it_is_booked_after_the_visit_done() -> None:
    booked = only(seen(pregnant(20, appointments=(visit("2026-11-27 11:00"),))))
    assert checkup_now(booked).state == "booked"
    assert checkup_now(booked).appointment_at == at("2026-11-27 11:00")
    assert [(each.state, each.title) for each in booked.visits] == [("booked", checkup_now(booked).title)]
    went = only(seen(pregnant(20, appointments=(visit("2026-11-20 11:00", "fulfilled"),))))
    assert [each.state for each in went.visits] == ["went"]
    assert checkup_now(went).state == "done"


def test_an_appointment_whose_hour_passed_says_that_nobody_knows() -> None:
    person = only(seen(pregnant(20, since=NOW - 30 * DAY, appointments=(visit("2026-11-20 11:00"),))))
    assert [each.state for each in person.visits] == ["past"]
    assert [each.code for each in person.items if each.kind == "checkup" and each.state == "unknown"]


@pytest.mark.parametrize(
    ("status", "answer", "expected"),
    [("noshow", None, "missed"), ("booked", "accepted", "accepted"), ("booked", "declined", "declined")],
)
def test_an_appointment_is_told_as_it_stands(status: str, answer: str | None, expected: str) -> None:
    when = "2026-11-20 11:00" if status == "noshow" else "2026-11-27 11:00"
    appointment = replace(visit(when, status), answer=answer)  # type: ignore[arg-type]
    person = only(seen(pregnant(20, since=NOW - 60 * DAY, appointments=(appointment,))))
    assert [each.state for each in person.visits] == [expected]


def test_what_passed_before_we_knew_of_her_was_not_missed() -> None:
    fresh = only(seen(pregnant(34)))
    assert {each.state for each in fresh.items if each.last < NOW.date()} == {"unknown"}
    of_old = only(seen(pregnant(34, since=NOW - 200 * DAY)))
    missed = [each for each in of_old.items if each.state == "missed"]
    assert missed
    assert {each.kind for each in missed} == {"checkup"}


@pytest.mark.parametrize(
    ("more", "reason"), [({"is_silent": True}, "silent"), ({"wants_reminders": False}, "no_consent")]
)
def test_who_wants_no_reminders_has_her_calendar_and_the_reason(more: dict[str, bool], reason: str) -> None:
    timeline = seen(known(pregnant(20), **more))
    reasons = {each.why_not for each in only(timeline).items if each.state in ("due", "future")}
    assert reasons == {reason}
    assert timeline.people[0].notes == ()


def test_everything_to_come_is_planned_or_says_why_not() -> None:
    for weeks in (6, 12, 20, 30, 38):
        person = only(seen(pregnant(weeks)))
        to_come = [each for each in person.items if each.state in ("due", "future")]
        assert to_come
        assert all((each.planned_at is None) != (each.why_not is None) for each in to_come)
    far = [each for each in only(seen(pregnant(6))).items if each.first > NOW.date() + timedelta(days=90)]
    assert {each.why_not for each in far} <= {"later", "waits_turn"}


def test_a_reminder_shows_how_far_it_came_and_what_she_answered() -> None:
    code = checkup_now(only(seen(pregnant(20)))).code
    sent = row(code, sent_at=NOW - DAY, delivered_at=NOW - DAY, words="¿Sacamos turno?")
    delivered = only(seen(pregnant(20), sent)).notes[0]
    assert (delivered.fate, delivered.at, delivered.said) == ("delivered", NOW - DAY, "¿Sacamos turno?")
    answered = only(seen(pregnant(20), replace(sent, read_at=NOW, answer="later", answered_at=NOW))).notes[0]
    assert (answered.fate, answered.answer, answered.answered_at) == ("read", "later", NOW)
    assert answered.titles == (checkup_now(only(seen(pregnant(20)))).title,)


@pytest.mark.parametrize(
    ("state", "fate"),
    [
        ("pending", "planned"),
        ("queued", "on_its_way"),
        ("sent", "sent"),
        ("failed", "failed"),
        ("listed", "listed"),
        ("cancelled", "withdrawn"),
        ("expired", "expired"),
    ],
)
def test_each_row_says_what_became_of_it(state: str, fate: str) -> None:
    notes = only(seen(pregnant(20), row("prenatal-16", state, reason="why"))).notes
    assert ("why", fate) in [(each.reason, each.fate) for each in notes]


def test_a_step_without_a_row_is_shown_once() -> None:
    person = only(seen(pregnant(20)))
    keys = [each.key for each in person.notes]
    assert len(keys) == len(set(keys))
    assert {each.key for each in person.notes} == {step.key for step in planned(pregnant(20))}
    first = planned(pregnant(20))[0]
    again = Said(first.key, "self", first.kind, first.name, "pending", first.due_at, first.codes)
    assert [each.key for each in only(seen(pregnant(20), again)).notes].count(first.key) == 1


def test_what_was_said_of_somebody_who_is_told_of_no_more_stands_apart() -> None:
    timeline = seen(known(), row("prenatal-16"))
    assert timeline.people == ()
    assert [each.fate for each in timeline.others] == ["sent"]


def test_a_child_has_its_vaccines_and_a_pregnancy_its_weeks() -> None:
    timeline = seen(known(pregnant(20), child(date(2026, 9, 20))))
    mother, baby = timeline.people
    assert (mother.whose, mother.weeks) == ("pregnancy", (20, 20))
    assert (baby.whose, baby.birth_date) == ("child", date(2026, 9, 20))
    assert {each.kind for each in baby.items} >= {"checkup", "vaccine"}
    assert any(each.kind == "vaccine" and each.state == "due" for each in baby.items)


def test_an_appointment_of_nobody_known_is_shown_without_a_calendar() -> None:
    stranger = Subject("other-1", "other-1", "prenatal", NOW, appointments=(visit("2026-11-27 11:00"),))
    person = only(seen(stranger))
    assert (person.whose, person.items, len(person.visits)) == ("appointments", (), 1)
