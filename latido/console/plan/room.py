"""The page of a resident's plan: a drawing for each of her people, and the same as tables."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from starlette.responses import Response

from latido.console.pages import page
from latido.console.plan.drawing import drawing_of
from latido.console.plan.source import PlanUnavailable
from latido.console.rooms import key_of
from latido.console.visits import Problem, Visit
from latido.messaging.redaction import masked
from latido.timeline import PersonPlan, Timeline

WORDS = Path(__file__).with_name("words.yml")
BUENOS_AIRES = ZoneInfo("America/Argentina/Buenos_Aires")


def plan(visit: Visit) -> Response:
    """What is due, booked, said and planned of one resident's people."""
    with visit.console.engine.connect() as connection:
        key = key_of(visit, connection)
    try:
        timeline = visit.console.timeline_of(key)
    except PlanUnavailable:
        raise Problem(503, "El plan no se puede leer ahora. Probá de nuevo en un momento.") from None
    return page(visit, "plan.html", resident=key, timeline=timeline, people=_people(timeline), **_tools())


def _people(timeline: Timeline) -> list[tuple[str, PersonPlan, Any]]:
    """Each with what she is called here, and her drawing."""
    today = timeline.now.astimezone(BUENOS_AIRES).date()
    return [(_heading(each, today), each, drawing_of(each, timeline.now, BUENOS_AIRES)) for each in timeline.people]


def _heading(person: PersonPlan, today: date) -> str:
    """Without a name: by weeks or by age."""
    name = word("whose", person.whose)
    if person.weeks is not None:
        low, high = person.weeks
        return f"{name}, {low} semanas" if low == high else f"{name}, {low} a {high} semanas"
    if person.birth_date is not None:
        days = (today - person.birth_date).days
        return f"{name}, {days} días" if days < 60 else f"{name}, {round(days / 30.44)} meses"
    return name


def word(group: str, name: object) -> str:
    """The words for a name of the plan; the name itself where there are none."""
    return str(_words()[group].get(name, name))


def day_of(day: date) -> str:
    """`3 dic 2026`."""
    return f"{day.day} {_words()['months'][day.month - 1]} {day.year}"


def moment_of(moment: datetime) -> str:
    """`3 dic 2026, 11:00`, on the city's clocks."""
    local = moment.astimezone(BUENOS_AIRES)
    return f"{day_of(local.date())}, {local:%H:%M}"


def _tools() -> dict[str, Any]:
    return {
        "word": word,
        "word_names": lambda group: _words()[group],
        "day_of": day_of,
        "moment_of": moment_of,
        "month_of": lambda day: _words()["months"][day.month - 1],
        "masked_text": masked,
    }


@cache
def _words() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    return loaded
