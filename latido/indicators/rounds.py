"""Counting all indicators of a month and keeping the figures; the same month again replaces them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from latido.care.services import BUENOS_AIRES, Care
from latido.fhir.errors import FhirError
from latido.indicators.counting import chats, coverage, reach, visits
from latido.indicators.rules.figures import Figure, Month
from latido.indicators.tables import figures

log = logging.getLogger(__name__)

Count = Callable[[Care, Connection, datetime, datetime], Sequence[Figure]]

COUNTS: dict[str, Count] = {
    "prenatal_five": lambda care, found, start, end: coverage.prenatal_five(found, care.vault, start, end),
    "pediatric_seven": lambda care, found, start, end: coverage.pediatric_seven(found, care.vault, start, end),
    "first_visit_before_13": lambda care, found, start, end: coverage.first_visit_before_13(
        found, care.vault, start, end
    ),
    "wait_for_first": visits.wait_for_first,
    "visits_kept": lambda care, found, start, end: visits.visits_kept(found, start, min(end, care.now())),
    "visits_unknown": lambda care, found, start, end: visits.visits_unknown(found, start, min(end, care.now())),
    "reminders": lambda care, found, start, end: visits.reminders(found, start, end),
    "within_15_minutes": lambda care, found, start, end: reach.within_15_minutes(found, care.directory),
    "conversations": lambda care, found, start, end: chats.conversations(found, start, end),
    "without_person": lambda care, found, start, end: chats.without_person(found, start, end),
    "not_understood": lambda care, found, start, end: chats.not_understood(found, start, end),
    "danger_answered": lambda care, found, start, end: chats.danger_answered(found, start, end),
    "danger_to_person": lambda care, found, start, end: chats.danger_to_person(found, start, end),
    "danger_not_seen": lambda care, found, start, end: chats.danger_not_seen(found, start, end),
    "opted_out": lambda care, found, start, end: chats.opted_out(found, start, end),
}


def count_month(care: Care, month: Month) -> int:
    """Count every indicator of a month anew; returns how many could be counted. The others keep their figures."""
    done = 0
    for name, count in COUNTS.items():
        try:
            with care.engine.connect() as connection:
                found = count(care, connection, *month.span(BUENOS_AIRES))
        except FhirError as error:  # the health service is away: the figures of yesterday serve
            log.warning("an indicator was not counted: %s, %s", name, type(error).__name__)
            continue
        _keep(care, name, month, found)
        done += 1
    return done


def count_if_due(care: Care) -> int:
    """Count this month and the one before, once a local day; returns how many indicators were counted."""
    now = care.now().astimezone(BUENOS_AIRES)
    with care.engine.connect() as connection:
        last = connection.execute(select(func.max(figures.c.counted_at))).scalar()
    if last is not None and last.astimezone(BUENOS_AIRES).date() >= now.date():
        return 0
    this = Month.of(now.date())
    return count_month(care, this.before()) + count_month(care, this)


def _keep(care: Care, name: str, month: Month, found: Sequence[Figure]) -> None:
    """The figures in place of those of before, in one transaction; a snapshot stays that of its own month."""
    named = {"indicator": name, "month": month.name, "counted_at": care.now()}
    with care.engine.begin() as connection:
        connection.execute(delete(figures).where(figures.c.indicator == name, figures.c.month == month.name))
        if found:
            connection.execute(insert(figures), [named | asdict(each) for each in found])
