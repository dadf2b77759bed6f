"""Whom messages do not reach: nothing more is written to her by the plan, and a person calls about her appointment."""

from __future__ import annotations

from datetime import datetime

import pytest

from latido.reminders.rules.keys import appointment_group
from latido.reminders.rules.steps import Appointment, Delivery, Known, Reach, Step, Subject
from tests.unit.reminders.plan_cases import DAY, HOUR, POLICY, at, known, planned, pregnant, visit

# Thursday at 15:00: there is a reminder on the day before, and one that morning.
VISIT = visit("2026-12-03 15:00", booked_at=at("2026-11-20 10:00"))
SENT = at("2026-12-02 10:00")
AFTER = POLICY.unreached.after


def subject(appointment: Appointment = VISIT) -> Subject:
    return pregnant(20, appointments=(appointment,))


def key(name: str) -> str:
    return f"{appointment_group('r', subject(), VISIT)}:{name}"


def whom(appointment: Appointment = VISIT, said: tuple[str, ...] = ("confirm", "remind"), **reach: object) -> Known:
    return known(subject(appointment), said={key(name): SENT for name in said}, reach=Reach(**reach))  # type: ignore[arg-type]


def calls(known: Known, now: datetime) -> list[Step]:
    return [step for step in planned(known, now) if step.name == "unreached"]


def test_while_receipts_come_nobody_calls() -> None:
    assert calls(whom(), SENT + DAY / 2) == []


def test_without_a_receipt_a_person_calls_some_hours_later() -> None:
    [call] = calls(whom(not_arrived={key("remind"): SENT}), SENT + HOUR)
    assert call.due_at == SENT + AFTER
    assert call.not_after == VISIT.start - POLICY.unreached.last
    assert call.is_listed and call.template == "" and call.appointment_id == VISIT.id
    assert call.key.startswith(call.group)


def test_what_failed_for_good_is_for_a_person_at_once() -> None:
    [call] = calls(whom(failed={key("remind"): SENT}), SENT + HOUR)
    assert call.due_at == SENT


def test_by_night_it_waits_for_the_morning() -> None:
    late = at("2026-12-02 20:00")
    [call] = calls(whom(not_arrived={key("remind"): late}), late + HOUR)
    assert call.due_at == at("2026-12-03 08:30")


def test_one_of_two_that_arrived_is_enough() -> None:
    both = whom(said=("remind", "morning"), not_arrived={key("remind"): SENT})
    assert calls(both, SENT + DAY / 2) == []


@pytest.mark.parametrize("change", [{"answer": "accepted"}, {"answer": "declined"}, {"status": "fulfilled"}])
def test_nobody_calls_where_nothing_is_open(change: dict[str, object]) -> None:
    other = visit("2026-12-03 15:00", booked_at=VISIT.booked_at, **change)
    assert calls(whom(other, failed={key("remind"): SENT}), SENT + HOUR) == []


def test_nobody_calls_when_it_is_too_late_for_her_to_come() -> None:
    assert calls(whom(failed={key("remind"): SENT}), VISIT.start - POLICY.unreached.last + HOUR) == []


def test_of_two_reasons_to_call_one_is_listed() -> None:
    told = {key("confirm"): Delivery(SENT - 2 * DAY, SENT - 2 * DAY, "appointment_confirm")}
    both = known(
        subject(), said={key("remind"): SENT}, reach=Reach(failed={key("remind"): SENT}), delivered=told, wrote_at=None
    )
    assert [step.name for step in planned(both, SENT + HOUR) if step.is_listed and step.appointment_id] == [
        "unconfirmed"
    ]


def test_to_whom_whatsapp_does_not_deliver_nothing_is_written() -> None:
    now = at("2026-11-24 10:00")
    away = known(subject(), reach=Reach(away_since=now))
    steps = planned(away, now)
    assert all(step.is_listed for step in steps)
    [call] = calls(away, now)
    assert call.due_at == at("2026-12-02 15:00")
    reached = planned(known(subject()), now)
    assert {"confirm", "remind", "morning"} <= {step.name for step in reached}


def test_who_was_reminded_before_she_was_away_needs_no_call() -> None:
    morning_too = whom(said=("confirm", "remind", "morning"), away_since=SENT + HOUR)
    assert calls(morning_too, SENT + 2 * HOUR) == []
