"""Tags and notes as kept: a note's every wording stays, the newest one is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from latido.console.tables import operator
from latido.crypto import Vault
from latido.messaging.redaction import masked
from latido.messaging.remarks import notes, tags
from latido.messaging.tables import resident

MOST_TAGS = 12
MOST_NOTES = 200
LONGEST_NOTE = 2000
_TAG = re.compile(r"[^\W_]+([ \-][^\W_]+)*")


class RemarkRefused(ValueError):
    """It cannot be added; the message is the name of the reason, of `remark_refusals`."""


@dataclass(frozen=True)
class Wording:
    """One wording of a note."""

    text: str
    at: datetime


@dataclass(frozen=True)
class Note:
    """A note as it reads now, `before` what it said earlier, oldest first; `number` is that of the newest wording."""

    number: int
    author: str
    is_mine: bool
    now: Wording
    before: tuple[Wording, ...]


@dataclass(frozen=True)
class Remarks:
    """What was added to a conversation."""

    tags: Sequence[str]
    notes: Sequence[Note]


def remarks_of(connection: Connection, vault: Vault, key: str, operator_id: int) -> Remarks:
    """Its tags by name, its notes by age; those that were taken back are not among them."""
    tagged = connection.execute(select(tags.c.tag).where(tags.c.resident == key).order_by(tags.c.tag)).scalars().all()
    return Remarks(tagged, _notes(connection, vault, key, operator_id))


def add_tag(connection: Connection, key: str, operator_id: int, tag: str) -> None:
    """Add it, if it is not there; RemarkRefused."""
    word = " ".join(tag.lower().split())
    if not _TAG.fullmatch(word) or len(word) > 24 or masked(word) != word:
        raise RemarkRefused("tag")
    _hold(connection, key)
    count = select(func.count()).where(tags.c.resident == key)
    if connection.execute(count).scalar_one() >= MOST_TAGS:
        raise RemarkRefused("many_tags")
    new = upsert(tags).values(resident=key, tag=word, operator_id=operator_id)
    connection.execute(new.on_conflict_do_nothing())


def drop_tag(connection: Connection, key: str, tag: str) -> None:
    """Remove it, whoever added it."""
    connection.execute(delete(tags).where(tags.c.resident == key, tags.c.tag == tag))


def write_note(
    connection: Connection, vault: Vault, key: str, operator_id: int, text: str, replaces: int | None = None
) -> None:
    """Add a note, or another wording of one of hers; an empty wording takes it back. RemarkRefused."""
    words = masked(text.strip())
    if len(words) > LONGEST_NOTE:
        raise RemarkRefused("long")
    if not words and replaces is None:
        raise RemarkRefused("empty")
    _hold(connection, key)
    if replaces is not None:
        _check_newest(connection, key, operator_id, replaces)
    elif connection.execute(select(func.count()).where(notes.c.resident == key)).scalar_one() >= MOST_NOTES:
        raise RemarkRefused("many_notes")
    sealed = vault.seal(words) if words else b""
    values = {"resident": key, "operator_id": operator_id, "replaces": replaces, "note_sealed": sealed}
    connection.execute(insert(notes).values(values))


def _check_newest(connection: Connection, key: str, operator_id: int, number: int) -> None:
    mine = (notes.c.id == number, notes.c.resident == key, notes.c.operator_id == operator_id)
    if connection.execute(select(notes.c.id).where(*mine)).first() is None:
        raise RemarkRefused("not_hers")
    if connection.execute(select(notes.c.id).where(notes.c.replaces == number)).first() is not None:
        raise RemarkRefused("changed")


def _hold(connection: Connection, key: str) -> None:
    """One writer of remarks at a time for a conversation."""
    connection.execute(select(resident.c.key).where(resident.c.key == key).with_for_update(key_share=True))


def _notes(connection: Connection, vault: Vault, key: str, operator_id: int) -> Sequence[Note]:
    written = select(notes, operator.c.username).join(operator, operator.c.id == notes.c.operator_id)
    found: dict[int, Note] = {}
    for row in connection.execute(written.where(notes.c.resident == key).order_by(notes.c.id)):
        earlier = found.pop(row.replaces, None) if row.replaces is not None else None
        before = (*earlier.before, earlier.now) if earlier else ()
        wording = Wording(vault.open(row.note_sealed) if row.note_sealed else "", row.created_at)
        found[row.id] = Note(row.id, row.username, row.operator_id == operator_id, wording, before)
    kept = [note for note in found.values() if note.now.text]
    return tuple(sorted(kept, key=lambda note: note.before[0].at if note.before else note.now.at))
