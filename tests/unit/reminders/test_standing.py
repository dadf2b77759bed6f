"""What has become of an appointment or pregnancy that a reminder spoke of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from latido.care.people.pregnancies import PregnancyRecord, Why
from latido.care.people.record import PersonRecord, State
from latido.reminders.standing import Meant, ending_of, standing_of_appointment, start_in

NOW = datetime(2026, 11, 28, 15, 0, tzinfo=UTC)
SOON = NOW + timedelta(days=3)
A_DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("found", "has_another", "standing"),
    [
        (Meant("booked", SOON), False, "stands"),
        (Meant("booked", SOON + A_DAY), False, "moved"),
        (Meant("booked", NOW - A_DAY), True, "past"),
        (Meant("booked", NOW), False, "past"),
        (Meant("cancelled", SOON), False, "cancelled"),
        (Meant("cancelled", SOON), True, "moved"),
        (Meant("pending", SOON), False, "cancelled"),
        (Meant("noshow", NOW - A_DAY), False, "missed"),
        (Meant("fulfilled", NOW - A_DAY), False, "done"),
        (Meant("arrived", NOW), False, "done"),
        (None, False, "cancelled"),
        (None, True, "moved"),
    ],
)
def test_an_appointment(found: Meant | None, has_another: bool, standing: str) -> None:
    assert standing_of_appointment(SOON, found, has_another, NOW) == standing


def test_the_time_it_was_said_to_begin_stands_in_the_group() -> None:
    assert start_in("key:self:appointment:123:20261201T1400Z") == datetime(2026, 12, 1, 14, 0, tzinfo=UTC)
    assert start_in("key:self:pregnancy-4-20261101:prenatal-24") is None


def pregnancy(why: Why | None, ended: datetime | None) -> PregnancyRecord:
    return PregnancyRecord("self", NOW - 60 * A_DAY, ended_at=ended, why=why)


@pytest.mark.parametrize(
    ("pregnancies", "ending"),
    [
        ([], None),
        ([pregnancy(None, None)], None),
        ([pregnancy("loss", NOW)], "lost"),
        ([pregnancy("birth", NOW)], "born"),
        ([pregnancy(None, NOW)], "ended"),  # forgotten since, and with it why
        ([pregnancy("loss", NOW - 40 * A_DAY), pregnancy(None, None)], None),  # of another one, before
        ([pregnancy("loss", NOW), pregnancy(None, None)], "lost"),  # and a new one since
    ],
)
def test_a_pregnancy_the_reminder_was_about(pregnancies: list[PregnancyRecord], ending: str | None) -> None:
    assert ending_of(PersonRecord("self", "adult", NOW), pregnancies, NOW - 20 * A_DAY, is_prenatal=True) == ending


def test_a_childs_reminder_does_not_end_with_its_mothers_pregnancy() -> None:
    child = PersonRecord("child-1", "child", NOW)
    assert ending_of(child, [pregnancy("loss", NOW)], NOW - A_DAY, is_prenatal=False) is None


@pytest.mark.parametrize(("state", "ending"), [("live", None), ("stopped", "lost"), ("forgotten", "ended")])
def test_a_person(state: State, ending: str | None) -> None:
    assert ending_of(PersonRecord("child-1", "child", NOW, state=state), [], NOW, is_prenatal=False) == ending
