"""When the question that follows a danger sign is asked: some hours later, never at night."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from latido.messaging.follow_ups import BUENOS_AIRES, due_at


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ("2026-11-23 10:15", "2026-11-23 13:15"),
        ("2026-11-23 18:59", "2026-11-23 21:59"),
        ("2026-11-23 19:00", "2026-11-24 08:30"),
        ("2026-11-23 23:30", "2026-11-24 08:30"),
        ("2026-11-24 02:00", "2026-11-24 08:30"),
        ("2026-11-24 05:01", "2026-11-24 08:01"),
    ],
)
def test_three_hours_later_and_in_the_morning_after_a_night(told: str, asked: str) -> None:
    moment = datetime.fromisoformat(told).replace(tzinfo=BUENOS_AIRES)
    assert due_at(moment, timedelta(hours=3)) == datetime.fromisoformat(asked).replace(tzinfo=BUENOS_AIRES)


def test_it_is_always_within_the_day_in_which_she_may_be_written_to() -> None:
    midnight = datetime(2026, 11, 23, tzinfo=BUENOS_AIRES)
    for minutes in range(0, 24 * 60, 7):
        told = midnight + timedelta(minutes=minutes)
        due = due_at(told, timedelta(hours=3))
        assert timedelta(hours=2) < due - told < timedelta(hours=24)
        assert 8 <= due.hour < 22
