"""What an operator decides about a message: every decision is kept with what was before, so that it can be undone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from latido.console.audit.log import record
from latido.console.review.rules.marked import Span
from latido.console.review.tables import review, review_event, review_lease
from latido.console.tables import operator
from latido.crypto import Vault

LONGEST_NOTE, LONGEST_TAG, MOST_TAGS = 400, 24, 6
# What a decision may change, and undoing it puts back.
_KEPT = ("state", "intent", "wording", "entities", "flagged", "tags", "annotated_by", "approved_by")
_MOMENTS = ("annotated_at", "approved_at")


class ReviewRefused(Exception):
    """It cannot be decided so; `reason` names why, in labels.yml."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Reviewer:
    """Who decides and when; `seen` is the number of the last decision she had before her eyes, 0 for none."""

    operator_id: int
    now: datetime
    seen: int


@dataclass(frozen=True)
class Reading:
    """What she says the message meant, in a wording that tells nobody."""

    intent: str
    wording: str
    entities: Sequence[Span] = ()


def annotate(connection: Connection, message_id: int, by: Reviewer, reading: Reading) -> None:
    """Say what it meant; somebody else has to agree before it is learned from, whatever was decided before."""
    _changed(connection, message_id, by, "annotated", lambda row: _annotation(by, reading))


def approve(connection: Connection, message_id: int, by: Reviewer, reading: Reading) -> bool:
    """Agree with a colleague; True when it is applied now, False when she changed it and a third one has to agree."""

    def agreed(row: Row[Any]) -> dict[str, Any]:
        if row.state != "pending":
            raise ReviewRefused("not_pending")
        if (row.intent, row.wording, _spans(row.entities)) != (
            reading.intent,
            reading.wording,
            _spans(reading.entities),
        ):
            return _annotation(by, reading)
        if row.annotated_by == by.operator_id:
            raise ReviewRefused("same_person")
        return {"state": "applied", "approved_by": by.operator_id, "approved_at": by.now}

    applied: bool = _changed(connection, message_id, by, "approved", agreed)["state"] == "applied"
    if applied:
        record(connection, by.operator_id, "review_approved", message=message_id, intent=reading.intent)
    return applied


def discard(connection: Connection, message_id: int, by: Reviewer) -> None:
    """Learn nothing from it: nobody can say what it means, or it tells too much of somebody."""
    blank = {"intent": None, "wording": None, "entities": None, "approved_by": None, "approved_at": None}
    decided = {"state": "discarded", "annotated_by": by.operator_id, "annotated_at": by.now}
    _changed(connection, message_id, by, "discarded", lambda row: blank | decided)


def flag(connection: Connection, message_id: int, by: Reviewer) -> None:
    """Put a flag on it, or take it off."""
    _changed(connection, message_id, by, "flagged", lambda row: {"flagged": not row.flagged})


def tag(connection: Connection, message_id: int, by: Reviewer, words: str) -> None:
    """Set its tags: words with commas between; none removes them."""
    tags = list(dict.fromkeys(" ".join(one.lower().split()) for one in words.split(",") if one.strip()))
    if len(tags) > MOST_TAGS or any(len(one) > LONGEST_TAG for one in tags):
        raise ReviewRefused("tags")
    _changed(connection, message_id, by, "tagged", lambda row: {"tags": tags})


def note(connection: Connection, vault: Vault, message_id: int, by: Reviewer, words: str) -> None:
    """Leave words for colleagues, sealed; empty ones remove them."""
    text = words.strip()
    if len(text) > LONGEST_NOTE:
        raise ReviewRefused("note")
    sealed = vault.seal(text) if text else None
    _changed(connection, message_id, by, "noted", lambda row: {"note_sealed": sealed})


def undo(connection: Connection, message_id: int, by: Reviewer) -> None:
    """Take back her own last decision about it, if nobody has decided anything since."""
    _unchanged(connection, message_id, by)  # whoever looks at it now: nothing was decided since
    last = connection.execute(_LAST.where(review_event.c.message_id == message_id)).first()
    if last is None or last.operator_id != by.operator_id or last.kind == "noted":
        raise ReviewRefused("no_undo")
    before = dict(last.before)
    for name in _MOMENTS:
        before[name] = datetime.fromisoformat(before[name]) if before[name] else None
    connection.execute(update(review).where(review.c.message_id == message_id).values(before))
    connection.execute(delete(review_event).where(review_event.c.id == last.id))
    if last.kind == "approved":
        record(connection, by.operator_id, "review_approval_undone", message=message_id)


def release(connection: Connection, message_id: int, operator_id: int) -> None:
    """Let somebody else look at it."""
    hers = (review_lease.c.message_id == message_id, review_lease.c.operator_id == operator_id)
    connection.execute(delete(review_lease).where(*hers))


def seen_until(connection: Connection, message_id: int) -> int:
    """The number of the last decision about it, 0 for none."""
    last = select(func.max(review_event.c.id)).where(review_event.c.message_id == message_id)
    return connection.execute(last).scalar() or 0


def last_of(connection: Connection, operator_id: int) -> Row[Any] | None:
    """Her last decision: its `message_id` and `kind`, for the button that undoes it."""
    return connection.execute(_LAST.where(review_event.c.operator_id == operator_id)).first()


_LAST = select(review_event).order_by(review_event.c.id.desc()).limit(1)


def _changed(
    connection: Connection, message_id: int, by: Reviewer, kind: str, change: Callable[[Row[Any]], Mapping[str, Any]]
) -> dict[str, Any]:
    """Apply what `change` says of the locked row, and keep what was before; the row as it is now."""
    row = _locked(connection, message_id, by)
    values = dict(change(row))
    before = {name: getattr(row, name) for name in _KEPT} | {
        name: getattr(row, name) and getattr(row, name).isoformat() for name in _MOMENTS
    }
    noted = {"message_id": message_id, "operator_id": by.operator_id, "kind": kind, "before": before}
    connection.execute(insert(review_event).values(noted))
    connection.execute(update(review).where(review.c.message_id == message_id).values(values))
    return dict(row._mapping) | values


def _locked(connection: Connection, message_id: int, by: Reviewer) -> Row[Any]:
    row = _unchanged(connection, message_id, by)
    theirs = (review_lease.c.message_id == message_id, review_lease.c.operator_id != by.operator_id)
    if connection.execute(select(review_lease.c.message_id).where(*theirs, review_lease.c.until > by.now)).first():
        raise ReviewRefused("held")
    return row


def _unchanged(connection: Connection, message_id: int, by: Reviewer) -> Row[Any]:
    row = connection.execute(select(review).where(review.c.message_id == message_id).with_for_update()).first()
    if row is None:
        raise ReviewRefused("unknown")
    if seen_until(connection, message_id) != by.seen:
        raise ReviewRefused("changed")
    return row


def _annotation(by: Reviewer, reading: Reading) -> dict[str, Any]:
    return {
        "state": "pending",
        "intent": reading.intent,
        "wording": reading.wording,
        "entities": _spans(reading.entities),
        "annotated_by": by.operator_id,
        "annotated_at": by.now,
        "approved_by": None,
        "approved_at": None,
    }


def _spans(entities: Sequence[Sequence[Any]] | None) -> list[list[Any]]:
    return [list(one) for one in entities or ()]


def names_of(connection: Connection, *operator_ids: int | None) -> dict[int, str]:
    """The names of these operators."""
    wanted = [one for one in operator_ids if one is not None]
    found = connection.execute(select(operator.c.id, operator.c.username).where(operator.c.id.in_(wanted)))
    return {row.id: row.username for row in found}
