"""Asked whether she comes, and silent for a day: a person calls her; where the city wants it, a slot goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select, update

from latido.care.agenda.command import import_agenda
from latido.care.booking.book import book
from latido.care.booking.patients import Person
from latido.care.booking.wish import Booking
from latido.care.life_course import children
from latido.care.services import BUENOS_AIRES, Care
from latido.care.tables import bookings
from latido.care.waiting.free_slots import note_release
from latido.care.waiting.offering import offer_released
from latido.messaging.outbox import opened_reply
from latido.messaging.tables import resident
from latido.reminders.rules.plan import plan
from latido.reminders.talking import told
from tests.integration.care.conftest import NOW
from tests.integration.care.waiting_story import all_told, joins, slot_status, wrote
from tests.integration.reminders.conftest import DAY, HOUR, MINUTE, VISIT, Story, at
from tests.integration.reminders.test_answering import served

ASKED = at(28, 11, month=11)
CHILDS = "cesac-1-pediatric-20261201T1100"
AGENDA = "center,service,date,from,to,minutes\n1,pediatric,2026-12-01,11:00,11:20,20\n"


def waits(story: Story) -> Story:
    """The same where somebody looks after the waiting list, and the only slot to come is Ana's."""
    care = story.care
    for slot in care.fhir.search("Slot", [("status", "free"), ("_count", "200")]).matches:
        if slot["id"] not in (VISIT, CHILDS):
            care.fhir.update({**slot, "status": "busy-unavailable"})
    kept = replace(care, released=lambda slot_id: note_release(care.engine, slot_id, care.now()))
    return replace(story, reminders=replace(story.reminders, care=kept))


def asked(story: Story, delivered: bool = True) -> int:
    """The question whether she comes is with Twilio, and on her phone a minute later."""
    story.works(ASKED + MINUTE)
    story.sends()
    row = story.row("confirm")
    assert row.state == "sent"
    story.marks(row.message_id, attempted_at=ASKED + MINUTE)
    if delivered:
        story.marks(row.message_id, delivered_at=ASKED + 2 * MINUTE)
    return int(row.id)


def writes(story: Story) -> None:
    with story.care.engine.begin() as connection:
        this = update(resident).where(resident.c.key == story.resident)
        connection.execute(this.values(last_inbound_at=story.care.now()))


def ended_why(care: Care) -> list[str | None]:
    with care.engine.connect() as connection:
        return list(connection.execute(select(bookings.c.ended_why)).scalars())


def test_who_stays_silent_is_listed_for_a_call_and_keeps_her_appointment(booked: Story) -> None:
    asked(booked)
    booked.works(ASKED + DAY)
    assert booked.states("unconfirmed") in ({}, {"unconfirmed": "pending"})
    booked.works(ASKED + DAY + 3 * MINUTE)
    row = booked.row("unconfirmed")
    assert (row.state, row.kind, row.service, row.appointment_id) == (
        "listed",
        "appointment",
        "prenatal",
        booked.appointments()[0],
    )
    assert booked.works(ASKED + 30 * HOUR)["released"] == 0
    assert len(booked.appointments()) == 1 and len(booked.said()) == 1


def test_without_a_receipt_nobody_is_called_silent(booked: Story) -> None:
    asked(booked, delivered=False)
    booked.works(ASKED + 26 * HOUR)
    assert booked.rows("unconfirmed") == []


def test_who_confirmed_meanwhile_is_not_listed(booked: Story) -> None:
    asked(booked)
    booked.confirms(booked.appointments()[0])
    booked.works(ASKED + 26 * HOUR)
    assert booked.rows("unconfirmed") == []


def test_any_word_of_hers_takes_her_off_the_list_within_a_round(booked: Story) -> None:
    asked(booked)
    booked.works(ASKED + 26 * HOUR)
    assert booked.row("unconfirmed").state == "listed"
    booked.clock.now += MINUTE
    writes(booked)
    booked.plans()
    assert booked.row("unconfirmed").state == "cancelled"
    booked.empties()
    assert booked.plans() == 0  # once is enough


def test_a_slot_cancelled_from_the_button_of_a_reminder_goes_to_the_waiting_list(booked: Story) -> None:
    story = waits(booked)
    number = asked(story)
    joins(story.care, "eva")
    wrote(story.care, "eva")
    assert offer_released(story.care) == 0
    who = {"resident": story.resident}
    with served(story.reminders) as api:
        found = api.get(f"/reminders/{number}?resident={story.resident}").json()["reminder"]
        tapped = {"idempotency_key": "SM-c:reminder", "answer": "cancel", **who}
        assert api.post(f"/reminders/{number}/answer", tapped).status_code == 200
        gone = api.post(f"/appointments/{found['appointment']['id']}/cancel", {"idempotency_key": "SM-c:cancel", **who})
        assert gone.json()["appointment"]["status"] == "cancelled"
    assert offer_released(story.care) == 1
    assert all_told(story.care, "eva") == [1] and slot_status(story.care, VISIT) == "busy-tentative"
    story.works(ASKED + 26 * HOUR)
    assert story.rows("unconfirmed") == [] and told(story.reminders, story.resident, number)["now"] == "cancelled"


@pytest.fixture
def luca(ana: Story) -> Story:
    """Ana with an appointment for Luca, who is one year old, at a city that gives away what nobody confirms."""
    story = waits(ana)
    import_agenda(story.care.fhir, story.care.directory, AGENDA, NOW)
    children.tell(story.care, children.Child("SM:luca", story.resident, None, "Luca", date(2025, 11, 20)))
    booking = Booking("SM:book", story.resident, CHILDS, "pediatric", Person("other", role="child-1"))
    book(story.care, booking)
    policy = story.reminders.policy
    policy = replace(policy, unconfirmed=replace(policy.unconfirmed, releases=True))
    calendars = story.care.calendars
    reminders = replace(
        story.reminders, policy=policy, plan=lambda known, now: plan(known, calendars, policy, BUENOS_AIRES, now)
    )
    return replace(story, reminders=reminders)


def test_a_warned_childs_slot_is_released_and_she_is_told_with_a_way_to_book_anew(luca: Story) -> None:
    asked(luca)
    assert len([text for text in luca.said() if "le damos el lugar a otra persona" in text]) == 1
    outcomes = luca.works(ASKED + DAY + 3 * MINUTE)
    assert outcomes["released"] == 1 and luca.appointments() == []
    assert ended_why(luca.care) == ["unconfirmed"] and slot_status(luca.care, CHILDS) == "free"
    luca.works(ASKED + DAY + 4 * MINUTE)
    luca.sends()
    [row] = luca.rows("released")
    assert row.state == "sent" and luca.row("release").state == "cancelled"
    [message] = [each for each in luca.messages("handed_over") if each.reminder_id == row.id]
    reply = opened_reply(luca.care.vault, message.content_sealed)
    assert "le dimos tu turno a otra persona" in reply.text and "Luca" in reply.text
    assert reply.buttons[0].payload == f'/reminder_answer{{"answer": "book", "reminder": "{row.id}"}}'
    assert told(luca.reminders, luca.resident, row.id)["now"] == "cancelled"
    luca.works(ASKED + DAY + 6 * HOUR)
    assert len(luca.rows("released")) == 1 and luca.states("unconfirmed") == {}


def test_a_word_in_the_last_moment_keeps_the_slot(luca: Story) -> None:
    asked(luca)
    luca.clock.now = ASKED + DAY + 3 * MINUTE
    luca.plans()
    writes(luca)
    assert luca.round()["released"] == 0
    assert len(luca.appointments()) == 1


def test_on_the_health_services_bad_day_nothing_is_released(luca: Story) -> None:
    asked(luca)
    luca.works(ASKED + 20 * HOUR)
    away = luca.without_fhir()
    assert away.works(ASKED + DAY + 3 * MINUTE)["released"] == 0
    assert len(luca.appointments()) == 1
