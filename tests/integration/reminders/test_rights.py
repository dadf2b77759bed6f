"""Her rights over her reminders: told of, withdrawn and forgotten."""

from __future__ import annotations

from sqlalchemy import func, select

from latido.care.rights.erasing import erase, finish_erasures
from latido.care.rights.kept import kept_of
from latido.reminders.tables import changes, plans, reminder
from tests.integration.reminders.conftest import HOUR, Story, at

CONFIRM = at(28, 12, month=11)


def left(story: Story) -> list[int]:
    tables = (reminder, plans, changes)
    with story.care.engine.connect() as connection:
        counts = [connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]
    return [int(count) for count in counts]


def lines(story: Story) -> list[str]:
    sections = kept_of(story.care, story.resident)["sections"]
    return next((each["lines"] for each in sections if each["title"] == "Recordatorios"), [])


def test_her_reminders_are_told_of(booked: Story) -> None:
    assert lines(booked) == []
    booked.plans()
    assert len(lines(booked)) == 1 and lines(booked)[0].startswith("4,")


def test_who_is_forgotten_is_reminded_of_nothing(booked: Story) -> None:
    booked.works(CONFIRM)
    erase(booked.care, booked.resident, booked.fresh())
    assert left(booked)[0] == 0
    assert booked.sends() == [] and booked.said() == []
    assert finish_erasures(booked.care, lambda _: True) == 1
    booked.works(CONFIRM + HOUR)
    assert left(booked)[0] == 0 and booked.messages("queued") == []


def test_one_that_may_be_on_its_way_is_forgotten_once_that_is_known(booked: Story) -> None:
    booked.works(CONFIRM)
    [row] = booked.messages("queued")
    booked.marks(row.id, state="unknown", attempted_at=func.now())
    erase(booked.care, booked.resident, booked.fresh())
    assert finish_erasures(booked.care, lambda _: True) == 0
    assert booked.states() == {"confirm": "cancelled"}
    booked.marks(row.id, state="queued")
    assert booked.sends() == ["withdraw"] and booked.said() == []
    assert finish_erasures(booked.care, lambda _: True) == 1
    assert left(booked)[0] == 0
