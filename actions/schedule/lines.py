"""A schedule in words: what is due now and next, or all of it. Pure; the shape is that of docs/wires.md."""

from __future__ import annotations

from datetime import date

from actions.replies import Json
from actions.speech import BODY_LIMIT, date_in_words, shorten, time_in_words
from actions.texts import piece

A_YEAR_IS_CLEAR_DAYS = 300
SOON = 4  # how much is told before she asks for all of it
_PRESSING = ("now", "booked", "next")
KINDS = {
    "ask_prenatal_schedule": ("checkup", "study"),
    "ask_pediatric_schedule": ("checkup",),
    "ask_vaccines": ("vaccine",),
}


def of_kinds(schedule: Json, intent: str) -> list[Json]:
    """The items that answer this intent, in order of time."""
    return [item for item in schedule["items"] if item["kind"] in KINDS[intent]]


def soon(items: list[Json]) -> list[Json]:
    """What is due now and what comes next; where nothing is marked so, the first that are still to come."""
    pressing = [item for item in items if item["state"] in _PRESSING]
    to_come = [item for item in items if item["state"] == "later"]
    return (pressing + to_come)[:SOON] if len(pressing) < SOON else pressing[:SOON]


def schedule_text(schedule: Json, intent: str, whole: bool) -> str:
    """All or the next of it, for whom, how exact, and what it is not."""
    items = of_kinds(schedule, intent)
    shown = [item for item in items if item["state"] != "past"] if whole else soon(items)
    intro = piece(f"schedule.{intent}", name=_name(schedule))
    if not shown:
        return "\n\n".join([intro, piece("schedule.nothing_to_come")])
    notes = [] if schedule["on_exact_dates"] else [piece("schedule.about")]
    if any(item["state"] == "past" for item in items) and intent == "ask_vaccines":
        notes.append(piece("schedule.look_at_the_card"))
    notes.append(piece(f"schedule.note_{intent}"))
    lines = "\n".join(item_line(item, schedule["as_of"]) for item in shown)
    return shorten("\n\n".join([intro, lines, " ".join(notes)]), BODY_LIMIT)


def next_line(schedule: Json, kind: str) -> str | None:
    """The one thing of this kind that is due now or next."""
    items = soon([item for item in schedule["items"] if item["kind"] == kind])
    return item_line(items[0], schedule["as_of"]) if items else None


def item_line(item: Json, as_of: str) -> str:
    """One item: what, and when."""
    detail = piece("schedule.detail", detail=item["detail"]) if item["kind"] == "vaccine" and item.get("detail") else ""
    return piece("schedule.item", title=item["title"], when=_when(item, as_of)) + detail


def _when(item: Json, as_of: str) -> str:
    appointment = item.get("appointment")
    if item["state"] == "booked" and appointment:
        start = appointment["start"]
        return piece("schedule.booked", date=date_in_words(start), time=time_in_words(start))
    if item["state"] == "done":
        return piece("schedule.done")
    if item["from"] == item["to"]:
        return piece("schedule.on", day=_day(item["from"], as_of))
    if item["state"] == "now":
        return piece("schedule.now", until=_day(item["to"], as_of))
    return piece("schedule.between", first=_day(item["from"], as_of), last=_day(item["to"], as_of))


def _day(day: str, as_of: str) -> str:
    """A day and its month; with the year where it is not clear which."""
    said = date_in_words(day).split(" ", 1)[1]
    far = (date.fromisoformat(day) - date.fromisoformat(as_of)).days > A_YEAR_IS_CLEAR_DAYS
    return piece("schedule.with_year", day=said, year=day[:4]) if far else said


def _name(schedule: Json) -> str:
    person = schedule.get("person") or {}
    return piece("schedule.of", name=person["given_name"]) if person.get("given_name") else ""
