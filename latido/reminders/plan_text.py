"""A resident's timeline as lines of text, for whoever runs Latido: no names, but what is due tells of health."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from latido.care.services import BUENOS_AIRES
from latido.reminders.parts import Reminders
from latido.reminders.timelines import resident_beginning, timeline_for
from latido.timeline import Item, Note, PersonPlan, Timeline, Visit


def plan_lines(reminders: Reminders, signs: str) -> list[str]:
    """The plan of the resident whose key begins so. WhichResident, HealthServiceUnavailable."""
    resident = resident_beginning(reminders, signs)
    return list(_lines(resident, timeline_for(reminders, resident)))


def _lines(resident: str, timeline: Timeline) -> Iterator[str]:
    wants = "silent (BAJA)" if timeline.is_silent else "yes" if timeline.wants_reminders else "no"
    yield f"{resident[:8]}… at {_moment(timeline.now)}, wants reminders: {wants}"
    if timeline.after_loss:
        yield "a loss was told: nothing is said or shown of it"
    for person in timeline.people:
        yield from ("", _heading(person))
        yield from (_item(item) for item in person.items)
        yield from (_visit(visit) for visit in person.visits)
        yield from (_note(note) for note in person.notes)
    if timeline.others:
        yield from ("", "of whom nothing is said any more")
        yield from (_note(note) for note in timeline.others)


def _heading(person: PersonPlan) -> str:
    weeks = f", weeks {person.weeks[0]}–{person.weeks[1]}" if person.weeks else ""
    born = f", born {person.birth_date}" if person.birth_date else ""
    return f"{person.role} ({person.whose}{weeks}{born})"


def _item(item: Item) -> str:
    said = f"told {_moment(item.planned_at)}" if item.planned_at else item.why_not and f"not told: {item.why_not}"
    return f"  {item.first}  {item.last}  {item.state:<8} {item.code:<28} {said or ''}".rstrip()


def _visit(visit: Visit) -> str:
    return f"  {_moment(visit.start)}  appointment {visit.state}"


def _note(note: Note) -> str:
    more = ", ".join(one for one in (note.reason, note.answer and f"answered {note.answer}") if one)
    return f"  {_moment(note.at)}  reminder {note.name:<11} {note.fate:<10} {more}".rstrip()


def _moment(moment: datetime) -> str:
    return moment.astimezone(BUENOS_AIRES).strftime("%Y-%m-%d %H:%M")
