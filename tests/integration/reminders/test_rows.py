"""From the plan to the message log and after: each state of a row, and each way from one to another."""

from __future__ import annotations

from tests.integration.reminders.conftest import Story, at


def test_an_appointment_is_reminded_of_step_by_step(booked: Story) -> None:
    assert booked.plans() == 1
    assert booked.states() == {"confirm": "pending", "remind": "pending", "morning": "pending", "after": "pending"}
    assert booked.works(at(28, 12, month=11))["queued"] == 1
    assert booked.states()["confirm"] == "queued"
    assert booked.sends() == ["send"]
    assert booked.states() == {"confirm": "sent", "remind": "pending", "morning": "pending", "after": "pending"}
    for moment in (at(30, 12, month=11), at(1, 8), at(2, 11)):
        booked.works(moment)
        booked.sends()
    assert set(booked.states().values()) == {"sent"}
    assert len(booked.said()) == 4 and len(set(booked.said())) == 4
