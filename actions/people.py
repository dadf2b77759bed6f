"""Whose matter it is: the people of a phone, as care knows them, and which of them a message means. Pure.

A person is asked for only when it is not clear (docs/people.md).
"""

from __future__ import annotations

from actions.replies import Json
from actions.texts import mentions, plain
from actions.turn import Turn

ADULT, CHILD = "adult", "child"
SELF = "self"
NEW = "new"  # somebody of whom care knows nothing yet


def people(turn: Turn) -> list[Json]:
    """Everybody this phone serves, in the order they became known."""
    return list(turn.slots.get("people") or [])


def children(turn: Turn) -> list[Json]:
    """The children on record."""
    return [one for one in people(turn) if one["kind"] == CHILD]


def pregnant(turn: Turn) -> list[Json]:
    """Those with a pregnancy that goes on."""
    return [one for one in people(turn) if one.get("pregnancy")]


def pregnancy_meant(turn: Turn, for_whom: object) -> Json | None:
    """Whose pregnancy on record it is about: the one named, the only one of hers or of somebody else's; else None."""
    on_record = pregnant(turn)
    if for_whom is not None:
        on_record = [one for one in on_record if one["id"].startswith(SELF) == (for_whom == "self")]
    found = named(turn, on_record)
    return found or (on_record[0] if len(on_record) == 1 else None)


def known(turn: Turn, person_id: object) -> Json | None:
    """A person by the id that care gave."""
    return next((one for one in people(turn) if one["id"] == person_id), None)


def cue(turn: Turn) -> Json:
    """What the words say of whom they mean: `{"who", "relation", "which"}`; empty when they say nothing."""
    said = turn.entity("person_cue")
    return said if isinstance(said, dict) else {}


def named(turn: Turn, among: list[Json]) -> Json | None:
    """The one whose name stands in the message; None when it is none of them, or several."""
    said = f" {plain(turn.words)} "
    found = [one for one in among if one.get("given_name") and f" {plain(one['given_name'])} " in said]
    return found[0] if len(found) == 1 else None


def meant_child(turn: Turn) -> str | None:
    """The child this message is about: an id, NEW for one that is not on record, None when that must be asked."""
    on_record = children(turn)
    told = told_child(turn)
    if told is not None:
        return told
    if not on_record or turn.entity("given_name") or mentions(turn.words, "another_child"):
        return NEW
    return str(on_record[0]["id"]) if len(on_record) == 1 else None


def tells_of_a_child(turn: Turn) -> bool:
    """Whether a message that asks for nothing speaks of a child: "el nene cumple 2 meses el martes"."""
    about = cue(turn).get("who") == CHILD
    return about and any(turn.entity(name) for name in ("child_age", "birth_date", "given_name", "date"))


def told_child(turn: Turn) -> str | None:
    """The child on record that the message itself tells of: tapped, by its name, as the older or the younger one."""
    if turn.entity("person") is not None:
        return str(turn.entity("person"))
    found = named(turn, children(turn)) or _by_age(turn, children(turn))
    return str(found["id"]) if found else None


def _by_age(turn: Turn, on_record: list[Json]) -> Json | None:
    """ "El más grande", "la más chiquita": by their birth dates, where all have one."""
    which = cue(turn).get("which")
    born = sorted((one for one in on_record if one.get("birth_date")), key=lambda one: str(one["birth_date"]))
    if which not in ("older", "younger") or len(born) < len(on_record) or not born:
        return None
    return born[0] if which == "older" else born[-1]


def with_person(turn: Turn, person: Json) -> list[Json]:
    """Everybody this phone serves, with this person as care knows it now."""
    others = people(turn)
    if not any(one["id"] == person["id"] for one in others):
        return [*others, person]
    return [person if one["id"] == person["id"] else one for one in others]
