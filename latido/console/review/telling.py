"""A stretch of a conversation as a test story, in the wordings that people confirmed or that are proposed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from latido.console.reading import label
from latido.console.review.rules.stories import Turn, story
from latido.console.review.rules.teaching import prediction_of
from latido.console.review.rules.wording import Wording, proposed, still_identifies
from latido.console.review.store import entity_kinds, made_up
from latido.console.review.tables import review
from latido.messaging.redaction import masked
from latido.messaging.tables import message, resident

SHORTEST_PREFIX = 6


class StoryRefused(LookupError):
    """There is no such stretch of a conversation, or it would tell of somebody; the message says what to do."""


@dataclass(frozen=True)
class Told:
    """The file, and how many of its wordings nobody has confirmed: somebody has to read those."""

    yaml: str
    unconfirmed: int


def resident_of(connection: Connection, prefix: str) -> str:
    """The one resident whose key begins so; StoryRefused when there is none or more than one."""
    if not re.fullmatch(f"[0-9a-f]{{{SHORTEST_PREFIX},32}}", prefix):
        raise StoryRefused(f"give {SHORTEST_PREFIX} to 32 hexadecimal digits, the beginning of a key; not '{prefix}'")
    named = select(resident.c.key).where(resident.c.key.startswith(prefix)).limit(2)
    found = connection.execute(named).scalars().all()
    if len(found) != 1:
        raise StoryRefused(f"{'more than one' if found else 'no'} resident has a key that begins with {prefix}")
    return str(found[0])


def tell(connection: Connection, key: str, first: int, last: int) -> Told:
    """The story of the turns between two messages, both included; StoryRefused when there is none to tell."""
    columns = (message, review.c.intent, review.c.wording, review.c.entities, review.c.state.label("review_state"))
    query = select(*columns).outerjoin(review, review.c.message_id == message.c.id)
    hers = (message.c.resident == key, message.c.direction == "in", message.c.state == "answered")
    rows = connection.execute(query.where(*hers, message.c.id.between(first, last)).order_by(message.c.id)).all()
    told = [row for row in rows if row.nlu]
    if not told:
        raise StoryRefused(f"nothing that was answered stands between message {first} and {last} of this conversation")
    before = select(message.c.active_form).where(*hers, message.c.id < first).order_by(message.c.id.desc()).limit(1)
    form = connection.execute(before).scalar()
    name = f"review {key[:SHORTEST_PREFIX]} {first}-{last}"
    unconfirmed = sum(row.kind == "text" and row.wording is None for row in told)
    return Told(story(name, [_turn(row) for row in told], form, _is_ours), unconfirmed)


def _turn(row: Row[Any]) -> Turn:
    predicted = prediction_of(row.nlu)
    wording = _wording(row) if row.kind == "text" else Wording("")
    if still_identifies(wording.text, made_up()):
        raise StoryRefused(f"message {row.id} still holds a number or a mail: review it first, and confirm its wording")
    return Turn(
        intent=row.intent or predicted.intent,
        wording=wording.text,
        entities=wording.entities,
        kinds=tuple(dict.fromkeys(str(one["entity"]) for one in row.nlu.get("entities") or () if one.get("entity"))),
        actions=tuple(row.actions or ()),
        slots=row.slots or {},
        form=row.active_form,
    )


def _wording(row: Row[Any]) -> Wording:
    if row.wording is not None:
        return Wording(row.wording, tuple((kind, start, end) for kind, start, end in row.entities or ()))
    known = entity_kinds()
    places = [one for one in prediction_of(row.nlu).entities if one[0] in known]
    return proposed(masked(row.text), places, made_up())


def _is_ours(word: str) -> bool:
    return label("values", word) != word
