"""The filters in words: what is on, and what can be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Text, cast, select

from latido.console.finding.facts import OUTCOMES, PRIORITIES
from latido.console.finding.filters import REMINDER_STEPS, Filters
from latido.console.reading import label, labels_of
from latido.console.review.tables import REVIEW_STATES
from latido.messaging.remarks import tags
from latido.messaging.tables import message

RECENT = 1000
MOST = 60


@dataclass(frozen=True)
class Chip:
    """Something that is asked for, in words, and the query without it."""

    words: str
    without: str


@dataclass(frozen=True)
class Choices:
    """What the form offers; pairs of a value and its words."""

    journeys: Sequence[tuple[str, str]]
    outcomes: Sequence[tuple[str, str]]
    steps: Sequence[tuple[str, str]]
    intents: Sequence[tuple[str, str]]
    tags: Sequence[str]
    models: Sequence[tuple[str, str]]
    reviews: Sequence[tuple[str, str]]
    reminders: Sequence[tuple[str, str]]
    priorities: Sequence[tuple[str, str]]


def chips_of(filters: Filters) -> tuple[Chip, ...]:
    """One for each thing asked for; a range of days or of confidence is one."""
    names = list(filters.given)
    pairs = [(name,) for name in names if name not in ("since", "until", "sure_from", "sure_to")]
    ranges = [pair for pair in (("since", "until"), ("sure_from", "sure_to")) if any(name in names for name in pair)]
    return tuple(Chip(_words(filters, group), filters.without(*_with(group)).query) for group in (*pairs, *ranges))


def choices_of(connection: Connection, filters: Filters) -> Choices:
    """What can be chosen now: names there are words for, tags in use, models of late."""
    questions = [(name, label("slots", name)) for name in labels_of("slots")]
    return Choices(
        journeys=sorted(labels_of("forms").items(), key=lambda one: one[1]),
        outcomes=[(name, label("outcomes", name)) for name in OUTCOMES],
        steps=sorted(questions, key=lambda one: one[1]) if filters.journey else (),
        intents=sorted(labels_of("intents").items(), key=lambda one: one[1]),
        tags=connection.execute(select(tags.c.tag).distinct().order_by(tags.c.tag).limit(MOST)).scalars().all(),
        models=[(name, name) for name in _models(connection)],
        reviews=[(name, label("review_states", name)) for name in REVIEW_STATES],
        reminders=[(name, label("reminder_steps", name)) for name in ("yes", *REMINDER_STEPS)],
        priorities=[(name, label("priorities", name)) for name in PRIORITIES],
    )


def _words(filters: Filters, group: tuple[str, ...]) -> str:
    if group == ("since", "until"):
        return " ".join(filter(None, (_day("desde", filters.since), _day("hasta", filters.until))))
    if group == ("sure_from", "sure_to"):
        return f"{label('filter_names', 'sure')}: {filters.sure_from or 0} a {filters.sure_to or 100} %"
    (name,) = group
    value = filters.given[name]
    kinds = {
        "journey": "forms",
        "outcome": "outcomes",
        "step": "slots",
        "intent": "intents",
        "filter": "signs",
        "review": "review_states",
        "reminder": "reminder_steps",
        "priority": "priorities",
    }
    words = label(kinds[name], value) if name in kinds else str(value)
    return words if name == "filter" else f"{label('filter_names', name)}: {words}"


def _with(group: tuple[str, ...]) -> tuple[str, ...]:
    """What goes with it: a step means nothing without its journey."""
    return ("journey", "step") if group == ("journey",) else group


def _day(word: str, day: date | None) -> str:
    return f"{word} {day:%d/%m/%Y}" if day else ""


def _models(connection: Connection) -> Sequence[str]:
    """Models that answered lately, newest first."""
    lately = (
        select(message.c.nlu["model"].astext.label("model"))
        .where(message.c.direction == "in")
        .order_by(message.c.id.desc())
        .limit(RECENT)
        .subquery()
    )
    found = select(cast(lately.c.model, Text)).distinct().where(lately.c.model.is_not(None))
    return sorted(connection.execute(found).scalars(), reverse=True)[:MOST]
