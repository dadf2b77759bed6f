"""A phone that is off, or that WhatsApp does not deliver to: the operators hear of it once, and nothing piles up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from latido.messaging.reachability import note_unreachable
from latido.messaging.tables import resident
from tests.integration.reminders.conftest import DAY, HOUR, MINUTE, Story, at

CONFIRM, REMIND = at(28, 11, month=11), at(30, 11, month=11)


def cannot_be_reached(story: Story) -> None:
    with story.care.engine.begin() as connection:
        note_unreachable(connection, story.resident, 63024)


def writes_again(story: Story) -> None:
    back = {"last_inbound_at": story.clock.now, "unreachable_since": None, "unreachable_code": None}
    with story.care.engine.begin() as connection:
        connection.execute(update(resident).where(resident.c.key == story.resident).values(back))


def reminded(story: Story, handed_over_at: datetime) -> int:
    """The reminder of the day before was taken by Twilio; returns its message's id."""
    for moment in (CONFIRM, REMIND):
        story.works(moment)
        story.sends()
    row = story.row("remind")
    story.marks(row.message_id, handed_over_at=handed_over_at, attempted_at=handed_over_at)
    return int(row.message_id)


def test_nothing_is_queued_for_who_cannot_be_reached_and_nobody_is_told_again(booked: Story) -> None:
    booked.plans()
    cannot_be_reached(booked)
    booked.works(CONFIRM)
    booked.works(REMIND)
    assert booked.messages("queued") == [] and booked.alerts() == []
    unsaid = [row for row in booked.rows() if row.name in ("confirm", "remind", "morning")]
    assert {(row.state, row.last_reason) for row in unsaid if row.state == "cancelled"} == {
        ("cancelled", "WhatsApp does not deliver to her")
    }


def test_she_is_listed_once_when_her_reminder_would_have_been_due(booked: Story) -> None:
    cannot_be_reached(booked)
    booked.works(CONFIRM)
    assert booked.row("unreached").state == "pending"
    for _ in range(3):
        booked.works(REMIND)
    assert [row.state for row in booked.rows("unreached")] == ["listed"]


def test_what_was_queued_already_is_withdrawn_without_an_alert(booked: Story) -> None:
    assert booked.works(CONFIRM)["queued"] == 1
    cannot_be_reached(booked)
    assert booked.sends() == ["withdraw"]
    assert booked.alerts() == [] and booked.said() == []


def test_once_she_writes_she_is_reminded_and_off_the_list(booked: Story) -> None:
    cannot_be_reached(booked)
    booked.works(REMIND)
    assert booked.states("unreached") == {"unreached": "listed"}
    writes_again(booked)
    booked.works(REMIND + HOUR)
    assert booked.sends() == ["send"] and len(booked.said()) == 1
    assert booked.states("unreached") == {"unreached": "cancelled"}


def test_a_phone_that_is_off_is_called_after_some_hours(booked: Story) -> None:
    reminded(booked, REMIND)
    booked.works(REMIND + HOUR)
    assert [row.state for row in booked.rows("unreached")] in ([], ["pending"])
    booked.works(REMIND + 6 * HOUR + MINUTE)
    assert booked.states("unreached") == {"unreached": "listed"}
    booked.works(at(2, 12))
    assert booked.states("unreached") == {"unreached": "expired"}


def test_a_receipt_in_time_keeps_her_off_the_list(booked: Story) -> None:
    said = reminded(booked, REMIND)
    booked.works(REMIND + HOUR)
    booked.marks(said, delivered_at=REMIND + 2 * HOUR)
    booked.works(REMIND + 7 * HOUR)
    assert booked.rows("unreached") == [] or booked.row("unreached").state == "cancelled"


def test_refused_for_good_she_is_listed_at_once(booked: Story) -> None:
    said = reminded(booked, REMIND)
    booked.marks(said, state="failed", failed_at=REMIND + MINUTE, error_code=63021)
    booked.round()
    booked.works(REMIND + 2 * MINUTE)
    assert (booked.states("remind"), booked.states("unreached")) == ({"remind": "failed"}, {"unreached": "listed"})


def test_one_that_the_sender_held_back_waits_and_does_not_fail(booked: Story) -> None:
    booked.works(CONFIRM)
    [queued] = booked.messages("queued")
    booked.marks(queued.id, state="failed", failed_at=CONFIRM, error_code=63024, last_error="not reached")
    booked.round()
    booked.round()
    assert booked.alerts() == [] and booked.states("confirm") == {"confirm": "pending"}
    assert booked.messages("queued") == [] and booked.row("confirm").due_at > booked.clock.now
    assert booked.works(CONFIRM + MINUTE)["queued"] == 1
    assert booked.clock.now < CONFIRM + DAY


def test_one_that_comes_back_again_waits_longer_each_time(booked: Story) -> None:
    booked.works(CONFIRM)
    waited = []
    for number in range(3):
        [queued] = booked.messages("queued")
        booked.marks(queued.id, state="failed", failed_at=booked.clock.now, error_code=63024)
        booked.round()
        waited.append(booked.row("confirm").due_at - booked.clock.now)
        assert booked.works(booked.row("confirm").due_at)["queued"] == 1, number
    assert waited == [waited[0], 2 * waited[0], 4 * waited[0]]
