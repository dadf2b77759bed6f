"""Of whom a schedule is asked: somebody on record, or weeks or a birthday that were told. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from actions.children.answers import birthday
from actions.offers import known_age
from actions.people import CHILD, NEW, children, cue, known, meant_child, named, people, pregnant
from actions.replies import Json
from actions.texts import mentions
from actions.turn import Turn

PREGNANCY = "pregnancy"
# What is asked for when nothing is known: the slot of the question.
ASK_WEEKS, ASK_BIRTHDAY, ASK_WHOSE = "schedule_weeks", "schedule_birthday", "whose"


def basis(turn: Turn, intent: str, today: date) -> Json | str:
    """`{"person": id}`, `{"gestational_age"}` or `{"birth_date"}`; else what has to be asked."""
    tapped = turn.entity("person")
    if tapped is not None and known(turn, tapped):
        return {"person": str(tapped)}
    if _of_pregnancy(turn, intent):
        return _pregnancy(turn)
    return _child(turn, today) if _of_child(turn, intent) else _only_one(turn)


def _of_pregnancy(turn: Turn, intent: str) -> bool:
    if intent == "ask_prenatal_schedule" or turn.entity("schedule_of") == PREGNANCY:
        return True
    speaks = bool(turn.entity("gestational_age")) or mentions(turn.words, "of_pregnancy")
    return intent == "ask_vaccines" and speaks


def _of_child(turn: Turn, intent: str) -> bool:
    if intent == "ask_pediatric_schedule" or turn.entity("schedule_of") == CHILD:
        return True
    speaks = bool(turn.entity("child_age")) or cue(turn).get("who") == CHILD or bool(named(turn, children(turn)))
    return speaks or mentions(turn.words, "of_child")


def _pregnancy(turn: Turn) -> Json | str:
    told = turn.entity("gestational_age")
    if isinstance(told, dict):
        return {"gestational_age": told}
    on_record = pregnant(turn)
    if len(on_record) > 1:
        meant = named(turn, on_record) or next((p for p in on_record if _fits(turn, p)), None)
        return {"person": meant["id"]} if meant else ASK_WHOSE
    if on_record and on_record[0]["pregnancy"].get("gestational_age"):
        return {"person": on_record[0]["id"]}
    age = known_age(turn.slots)
    return {"gestational_age": age} if age else ASK_WEEKS


def _fits(turn: Turn, person: Json) -> bool:
    who = cue(turn).get("who")
    return who is not None and (person["id"].startswith("self") == (who == "self"))


def _child(turn: Turn, today: date) -> Json | str:
    born = birthday(turn)
    if born:
        return {"birth_date": born}
    child = meant_child(turn)
    person = known(turn, child) if child != NEW else None
    age = turn.entity("child_age")
    if isinstance(age, dict) and person is None:
        return {"birth_date": _about(age, today), "about": True}
    if child is None:
        return ASK_WHOSE
    return {"person": person["id"]} if person and person.get("birth_date") else ASK_BIRTHDAY


def _about(age: Json, today: date) -> str:
    """A birthday in the middle of the ages told."""
    return (today - timedelta(days=(int(age["days_min"]) + int(age["days_max"])) // 2)).isoformat()


def _only_one(turn: Turn) -> Json | str:
    """Vaccines, and not said of whom: the only person with a schedule, else she is asked."""
    able = [one for one in people(turn) if one.get("pregnancy") or one.get("birth_date")]
    return {"person": able[0]["id"]} if len(able) == 1 else ASK_WHOSE
