"""A limit of WhatsApp is no end: the reminder is said later, and the operators are told only when it is too late."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func

from latido.reminders.policy_data import load_policy
from tests.integration.reminders.conftest import Story, at

HALF_AN_HOUR = load_policy().held_back.again_after[63018]


def held_back(story: Story, code: int) -> None:
    """The newest message was taken by Twilio, and a receipt says that it was held back."""
    story.sends()
    story.marks(story.messages("handed_over")[-1].id, state="failed", failed_at=func.now(), error_code=code)
    story.round()


def test_a_limit_moves_it_to_another_moment_and_it_is_said_once(booked: Story) -> None:
    booked.works(at(28, 11, month=11))
    held_back(booked, 63018)
    assert (booked.states()["confirm"], booked.alerts()) == ("pending", [])
    booked.works(booked.clock.now + timedelta(minutes=1))
    assert booked.messages("queued") == []
    booked.works(booked.clock.now + HALF_AN_HOUR)
    assert booked.sends() == ["send"]
    assert (booked.states()["confirm"], len(booked.said())) == ("sent", 1)
    booked.works(booked.clock.now + HALF_AN_HOUR)
    assert booked.messages("queued") == []


def test_a_limit_that_is_told_at_once_moves_it_too(booked: Story) -> None:
    booked.works(at(28, 11, month=11))
    told = {"state": "failed", "failed_at": func.now(), "handed_over_at": func.now(), "error_code": 63018}
    booked.marks(booked.messages("queued")[-1].id, **told)
    booked.round()
    assert (booked.states()["confirm"], booked.alerts()) == ("pending", [])


def test_what_would_come_too_late_is_for_the_operators(booked: Story) -> None:
    booked.works(at(30, 11, month=11))
    held_back(booked, 63049)
    assert (booked.states("remind")["remind"], booked.alerts()) == ("failed", ["undelivered"])


def test_it_is_not_tried_for_ever(booked: Story) -> None:
    booked.works(at(28, 11, month=11))
    for _ in range(4):
        held_back(booked, 63018)
        booked.works(booked.clock.now + HALF_AN_HOUR + timedelta(minutes=1))
    assert (booked.states()["confirm"], booked.alerts()) == ("failed", ["undelivered"])


def test_another_refusal_is_none_of_its_business(booked: Story) -> None:
    booked.works(at(28, 11, month=11))
    held_back(booked, 63021)
    assert booked.states()["confirm"] == "failed"


def test_a_free_text_that_came_too_late_is_said_again_at_once(booked: Story) -> None:
    booked.works(at(28, 11, month=11))
    held_back(booked, 63016)
    assert booked.alerts() == []
    booked.works(booked.clock.now + timedelta(seconds=1))
    assert [row.template for row in booked.messages("queued")] == ["appointment_confirm"]


def test_what_a_check_ups_message_named_as_well_is_said_with_the_next(ana: Story) -> None:
    told = ana.clock.now
    ana.is_pregnant(told.date() - timedelta(weeks=32, days=5))  # week 32 ends tomorrow
    ana.works(told + timedelta(days=1))
    held_back(ana, 63049)
    assert [row.state for row in ana.rows("book") if row.codes == ["prenatal-32"]] == ["failed"]
    ana.works(told + timedelta(days=5))
    ana.sends()
    [shown] = ana.said()
    assert "Control de la semana 34" in shown and "Antigripal" in shown
    assert ana.states("tell") == {}
