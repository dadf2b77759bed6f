"""Her calendar: what comes next for each of her people, in a few lines and as a picture; only when she asks."""

from __future__ import annotations

from rasa_sdk.executor import CollectingDispatcher

from actions.care_client import CareClient
from actions.people import people
from actions.replies import Json, button, payload, picture
from actions.speech import BODY_LIMIT, shorten
from actions.texts import mentions, piece
from actions.turn import Turn

DETAIL = "calendar"
SCHEDULES = frozenset({"ask_prenatal_schedule", "ask_pediatric_schedule"})
# Somebody or some weeks are spoken of: that is a question about them, and not about all that she has.
ABOUT_SOMEBODY = ("person", "schedule_of", "gestational_age", "child_age", "birth_date", "given_name", "person_cue")
BOOKED, DUE = "booked", "due"


def wants_calendar(turn: Turn) -> bool:
    """Whether she asks for her calendar: by a button, by its name, or for what is left without saying of whom."""
    if turn.is_button:
        return turn.entity("detail") == DETAIL
    if mentions(turn.words, "of_vaccines"):
        return False
    if mentions(turn.words, "my_calendar"):
        return True
    is_general = not any(turn.entity(name) for name in ABOUT_SOMEBODY) and turn.means(SCHEDULES)
    return is_general and mentions(turn.words, "what_is_left")


def calendar_button() -> Json:
    """Leads to her calendar."""
    return button(piece("calendar.button"), payload("list_appointments", detail=DETAIL))


def say_calendar(turn: Turn, care: CareClient, say: CollectingDispatcher, in_passing: bool = False) -> bool:
    """Says what comes next and sends the picture; False when there is nothing, and nothing was said.

    `in_passing`: without buttons that lead away.
    """
    calendar = care.calendar(turn.resident, turn.key("calendar"))
    if not calendar["people"]:
        if calendar["after_loss"]:
            say.utter_message(response="utter_calendar_after_loss")
        return bool(calendar["after_loss"])
    ways = {} if in_passing else {"buttons": _ways(calendar)}
    say.utter_message(response="utter_calendar", calendar=calendar_text(calendar, people(turn)), **ways)
    if calendar["picture"] is not None:
        say.utter_message(json_message=picture(calendar["picture"], piece("calendar.caption")))
    return True


def calendar_text(calendar: Json, known: list[Json]) -> str:
    """What comes for whom and when; what the dates are worth, and whether she is told of it."""
    names = {one["id"]: one.get("given_name") for one in known}
    parts = [_section(section, names.get(section["person"])) for section in calendar["people"]]
    notes = [calendar["unknown"]] if calendar["unknown"] else []
    if calendar["reminders"] == "off":
        notes.append(piece("calendar.no_reminders"))
    return shorten("\n\n".join([piece("calendar.intro"), *parts, *notes]), BODY_LIMIT)


def _section(section: Json, name: str | None) -> str:
    heading = section["heading"]
    titled = piece("calendar.of", name=name, heading=heading) if name else piece("calendar.heading", heading=heading)
    lines = [_line(line) for line in section["lines"]]
    return "\n".join([titled, *lines, *([section["note"]] if section["note"] else [])])


def _line(line: Json) -> str:
    said = piece(f"calendar.{line['state']}", what=line["what"], when=line["when"])
    return said + (piece("calendar.where", where=line["where"]) if line["where"] else "")


def _ways(calendar: Json) -> list[Json]:
    """To book what is due and has no appointment, and to see what stands."""
    ways = []
    for section in calendar["people"]:
        states = [line["state"] for line in section["lines"]]
        if section["service"] and DUE in states and BOOKED not in states:
            to = payload(f"book_{section['service']}", person=section["person"])
            ways = [button(piece("schedule.book_button"), to)]
            break
    mine = button(piece("calendar.appointments_button"), payload("list_appointments"))
    return [*ways, mine, button(piece("schedule.ask_vaccines_button"), payload("ask_vaccines"))]
