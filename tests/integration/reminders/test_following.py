"""A booking and a visit are kept beside the message they followed: the last one of the group before them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Row

from tests.integration.reminders.conftest import VISIT, Story, at

# 20 weeks on the 23rd of November: the check-up of these weeks is to be booked.
LMP = date(2026, 7, 6)


def first(ana: Story) -> Row[Any]:
    """The message to book the check-up of these weeks."""
    return ana.rows("book")[0]


@pytest.fixture
def told(ana: Story) -> Story:
    """Ana, to whom the message to book was sent."""
    ana.is_pregnant(LMP)
    ana.works()
    ana.clock.now = first(ana).due_at + timedelta(minutes=1)
    ana.works()
    ana.sends()
    assert first(ana).state == "sent"
    return ana


def test_a_booking_is_kept_beside_the_message_that_asked_for_it(told: Story) -> None:
    assert first(told).cleared_by is None
    told.clock.now += timedelta(hours=1)
    told.books(VISIT)
    told.works()
    assert first(told).cleared_by == "booking"
    assert first(told).cleared_at == told.clock.now


def test_the_visit_takes_the_place_of_the_booking_and_stays(told: Story) -> None:
    appointment = told.books(VISIT)
    told.works(at(30, 11, month=11))
    told.sends()
    told.clock.now = at(2)
    told.came(appointment)
    told.works()
    told.plans()
    assert first(told).cleared_by == "visit"
    said = [row for row in told.rows("confirm", "remind") if row.state == "sent"]
    assert [row.cleared_by for row in said][-1:] == ["visit"]


def test_a_booking_made_before_the_message_is_not_its_doing(ana: Story) -> None:
    appointment = ana.books(VISIT)
    ana.works(at(28, 12, month=11))
    ana.sends()
    assert ana.row("confirm").state == "sent"
    assert ana.row("confirm").cleared_by is None
    ana.cancels(appointment)
    ana.works()
    assert ana.row("confirm").cleared_by is None
