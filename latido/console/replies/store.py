"""Canned replies as kept: an operator's own before the team's, these before those of the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from latido.console.replies.rules import ReplyRefused, check_text, check_word, provided
from latido.console.tables import canned_reply

MOST = 60
Whose = Literal["own", "team", "file"]


@dataclass(frozen=True)
class Canned:
    """One reply; `whose` says where it is kept."""

    word: str
    text: str
    whose: Whose


def replies_of(connection: Connection, operator_id: int) -> Sequence[Canned]:
    """What this operator has at hand, each word once, by word."""
    hers = or_(canned_reply.c.operator_id.is_(None), canned_reply.c.operator_id == operator_id)
    kept = connection.execute(select(canned_reply).where(hers).order_by(canned_reply.c.operator_id.nulls_first()))
    found = {word: Canned(word, text, "file") for word, text in provided().replies.items()}
    for row in kept:
        found[row.word] = Canned(row.word, row.text, "own" if row.operator_id else "team")
    return tuple(found[word] for word in sorted(found))


def keep_reply(connection: Connection, operator_id: int | None, word: str, text: str) -> str:
    """Keep it, in place of one with the same word; None as operator: for the team. Raises ReplyRefused."""
    values = {"operator_id": operator_id, "word": check_word(word), "text": check_text(text)}
    count = connection.execute(select(func.count()).select_from(canned_reply).where(_of(operator_id))).scalar_one()
    if count >= MOST:
        raise ReplyRefused("many")
    unique = ["word"] if operator_id is None else ["operator_id", "word"]
    kept = upsert(canned_reply).values(values)
    where = canned_reply.c.operator_id.is_(None) if operator_id is None else canned_reply.c.operator_id.is_not(None)
    again = {"text": values["text"], "updated_at": func.now()}
    connection.execute(kept.on_conflict_do_update(index_elements=unique, index_where=where, set_=again))
    return str(values["word"])


def drop_reply(connection: Connection, operator_id: int | None, word: str) -> bool:
    """Remove it; what the team or the file has under the word serves again. False when there was none."""
    this = (_of(operator_id), canned_reply.c.word == word)
    return connection.execute(delete(canned_reply).where(*this)).rowcount > 0


def _of(operator_id: int | None) -> ColumnElement[bool]:
    column = canned_reply.c.operator_id
    return column.is_(None) if operator_id is None else column == operator_id
