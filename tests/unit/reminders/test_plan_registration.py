"""Whoever tells us at a milestone, on its first day or its last, hears of it: no check-up, vaccine or study is lost."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from latido.care.rules.calendar import Item
from latido.reminders.rules.steps import Step, Subject

from .plan_cases import CALENDARS, POLICY, TODAY, VACCINES_AND_STUDIES, ZONE, child, find, local_day, planned, pregnant

CASES = [
    (service, item)
    for service, calendar in CALENDARS.items()
    for item in calendar.items
    if item.code not in POLICY.calendar.not_told
]
CHECKUPS = [(service, item) for service, item in CASES if item.kind == "checkup"]
NOON = time(11)


def day_for(service: str, item: Item, last: bool) -> tuple[date, date]:
    """A day on which the item begins or ends, and what the calendar counts from then."""
    begins = item.born_from or (TODAY - timedelta(days=1800 if item.born_before else 200))
    return item.window.dates(begins)[last], begins


def registering(service: str, begins: date, moment: datetime, done: frozenset[str] = frozenset()) -> Subject:
    """Somebody who tells us at that moment."""
    if service == "prenatal":
        days = (moment.date() - begins).days
        return pregnant(days // 7, days % 7, on=moment.date(), since=moment, done=done)
    return child(begins, since=moment, done=done)


def saying(steps: list[Step], title: str) -> list[Step]:
    """The messages that name it."""
    said = (f"{each.variables.get('what', '')}; {each.variables.get('also', '')}" for each in steps)
    return [step for step, words in zip(steps, said, strict=True) if title in words and not step.is_listed]


@pytest.mark.parametrize("last", [False, True], ids=["first day", "last day"])
@pytest.mark.parametrize(("service", "item"), CHECKUPS, ids=[item.code for _, item in CHECKUPS])
def test_a_check_up_is_said_at_once_to_whoever_registers_in_its_window(service: str, item: Item, last: bool):
    day, begins = day_for(service, item, last)
    moment = datetime.combine(day, NOON, ZONE)
    # Alone: a study whose last day it is would be said first.
    subject = registering(service, begins, moment, VACCINES_AND_STUDIES)
    step = find(planned(subject, moment), "book", item.code)
    assert moment <= step.due_at <= moment + timedelta(hours=22)
    assert local_day(step.due_at) <= item.window.dates(begins)[1]


@pytest.mark.parametrize("hour", [0, 6, 8, 20, 22, 23])
@pytest.mark.parametrize(("service", "item"), CHECKUPS, ids=[item.code for _, item in CHECKUPS])
def test_at_any_hour_of_its_first_day(service: str, item: Item, hour: int):
    day, begins = day_for(service, item, last=False)
    moment = datetime.combine(day, time(hour, 40), ZONE)
    # Alone: a study whose last day it is would be said first.
    subject = registering(service, begins, moment, VACCINES_AND_STUDIES)
    step = find(planned(subject, moment), "book", item.code)
    assert moment <= step.due_at <= moment + timedelta(hours=35)


@pytest.mark.parametrize("last", [False, True], ids=["first day", "last day"])
@pytest.mark.parametrize(("service", "item"), CASES, ids=[f"{service} {item.code}" for service, item in CASES])
def test_everything_of_the_calendars_is_said_to_whoever_registers_in_its_window(service: str, item: Item, last: bool):
    day, begins = day_for(service, item, last)
    moment = datetime.combine(day, NOON, ZONE)
    found = saying(planned(registering(service, begins, moment), moment), item.title)
    assert found
    assert local_day(min(each.due_at for each in found)) <= item.window.dates(begins)[1]


@pytest.mark.parametrize(("service", "item"), CHECKUPS, ids=[item.code for _, item in CHECKUPS])
def test_who_registered_long_before_hears_of_it_by_the_beginning_of_its_window(service: str, item: Item):
    first, begins = day_for(service, item, last=False)
    since = datetime.combine(max(begins, first - timedelta(days=45)), NOON, ZONE)
    subject = registering(service, begins, since)
    step = find(planned(subject, since), "book", item.code)
    # Not before the check-up before it is over, and a message or two away from what else is due then.
    assert since <= step.due_at and local_day(step.due_at) <= first + timedelta(days=6)
