"""Counting all indicators of a month and keeping the figures; the same month again replaces them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert

from latido.care.services import BUENOS_AIRES, Care
from latido.fhir.errors import FhirError
from latido.indicators.counting import chats, coverage, reach, visits
from latido.indicators.kept import counted_at
from latido.indicators.rules.figures import Figure, Month
from latido.indicators.tables import figures

log = logging.getLogger(__name__)

Count = Callable[[Care, Connection, datetime, datetime], Sequence[Figure]]

COUNTS: dict[str, Count] = {
    "prenatal_five": lambda care, found, start, end: coverage.prenatal_five(found, care.vault, start, end),
    "pediatric_seven": lambda care, found, start, end: coverage.pediatric_seven(
        found, care.vault, start, min(end, care.now())
    ),
    "first_visit_before_13": lambda care, found, start, end: coverage.first_visit_before_13(
        found, care.vault, start, min(end, care.now())
    ),
    "wait_for_first": visits.wait_for_first,
    "visits_kept": lambda care, found, start, end: visits.visits_kept(found, start, min(end, care.now())),
    "visits_unknown": lambda care, found, start, end: visits.visits_unknown(found, start, min(end, care.now())),
    "reminders": lambda care, found, start, end: visits.reminders(found, start, end, care.now()),
    "within_15_minutes": lambda care, found, start, end: reach.within_15_minutes(found, care.directory),
    "conversations": lambda care, found, start, end: chats.conversations(found, start, end),
    "without_person": lambda care, found, start, end: chats.without_person(found, start, end),
    "not_understood": lambda care, found, start, end: chats.not_understood(found, start, end),
    "danger_answered": lambda care, found, start, end: chats.danger_answered(found, start, end),
    "danger_to_person": lambda care, found, start, end: chats.danger_to_person(found, start, end),
    "danger_not_seen": lambda care, found, start, end: chats.danger_not_seen(found, start, end),
    "opted_out": lambda care, found, start, end: chats.opted_out(found, start, end),
}

# What is true now and was not written down before: of a month that is over, its last count stands.
AS_OF_NOW = frozenset(("within_15_minutes",))
EVERY = timedelta(hours=1)


def count_month(care: Care, month: Month) -> int:
    """Count every indicator of a month anew; returns how many could be counted. The others keep their figures."""
    done, is_over = 0, month.next().first <= care.now().astimezone(BUENOS_AIRES).date()
    for name, count in COUNTS.items():
        if is_over and name in AS_OF_NOW:
            continue
        try:
            with care.engine.connect() as connection:
                found = count(care, connection, *month.span(BUENOS_AIRES))
        except FhirError as error:  # the health service is away: the figures of yesterday serve
            log.warning("an indicator was not counted: %s, %s", name, type(error).__name__)
            continue
        _keep(care, name, month, found)
        done += 1
    return done


def count_if_due(care: Care, every: timedelta = EVERY) -> int:
    """Count the month before once a local day, and this one again after `every`; returns how many were counted."""
    now, done = care.now(), 0
    this = Month.of(now.astimezone(BUENOS_AIRES).date())
    with care.engine.connect() as connection:
        last_before, last = counted_at(connection, this.before()), counted_at(connection, this)
    if last_before is None or last_before.astimezone(BUENOS_AIRES).date() < now.astimezone(BUENOS_AIRES).date():
        done += count_month(care, this.before())
    if last is None or now - last >= every:
        done += count_month(care, this)
    return done


def _keep(care: Care, name: str, month: Month, found: Sequence[Figure]) -> None:
    """The figures in place of those of before, in one transaction."""
    named = {"indicator": name, "month": month.name, "counted_at": care.now()}
    with care.engine.begin() as connection:
        connection.execute(delete(figures).where(figures.c.indicator == name, figures.c.month == month.name))
        if found:
            connection.execute(insert(figures), [named | asdict(each) for each in found])
