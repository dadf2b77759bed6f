"""The queue: finding what is worth a look in the log, and giving each operator another message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from latido.console.review.rules.teaching import REASONS, is_alarm, prediction_of, reason_to_review
from latido.console.review.tables import review, review_lease, review_mark
from latido.console.tables import operator
from latido.messaging.tables import message

PIECE = 500
COUNTED_TO = 1000
# Ids are given before they are committed: what came a little late is met by looking back a little.
LOOK_BACK = 200
LEASE = timedelta(minutes=5)
VIEWS = ("new", "pending", "flagged", "applied", "discarded")


@dataclass(frozen=True)
class Wanted:
    """Which part of the queue: a view, and of it one reason or all."""

    view: str = "new"
    reason: str = ""


def collect(connection: Connection, piece: int = PIECE) -> int:
    """Search the next piece of the log; how many messages were looked at, 0 when nothing new is settled."""
    connection.execute(insert(review_mark).values(name="log", read_until=0).on_conflict_do_nothing())
    mark = select(review_mark.c.read_until).where(review_mark.c.name == "log").with_for_update(skip_locked=True)
    read_until = connection.execute(mark).scalar()
    if read_until is None:  # somebody else searches
        return 0
    last = connection.execute(select(func.max(message.c.id))).scalar() or 0
    unsettled = connection.execute(select(func.min(message.c.id)).where(message.c.state == "received", _OPEN)).scalar()
    until = min(last, read_until + piece, (unsettled or last + 1) - 1)
    if until <= read_until:
        return 0
    _queue_between(connection, read_until - LOOK_BACK, until)
    connection.execute(update(review_mark).where(review_mark.c.name == "log").values(read_until=until))
    return int(until - read_until)


def collect_all(engine: Engine, piece: int = PIECE) -> int:
    """Search the log to its end, a transaction for each piece; how many messages were looked at."""
    looked_at, found = 0, 1
    while found:
        with engine.begin() as connection:
            found = collect(connection, piece)
        looked_at += found
    return looked_at


def counts(connection: Connection) -> dict[str, int]:
    """How many there are in each view and, of the new ones, for each reason; none further than COUNTED_TO and one."""
    parts = [*((view, Wanted(view)) for view in VIEWS), *((reason, Wanted("new", reason)) for reason in REASONS)]
    some = (_in_view(wanted).limit(COUNTED_TO + 1).subquery() for _, wanted in parts)
    each = [select(func.count()).select_from(one).scalar_subquery() for one in some]
    row = connection.execute(select(*each)).one()
    return {name: int(count) for (name, _), count in zip(parts, row, strict=True)}


def next_one(connection: Connection, wanted: Wanted, operator_id: int, now: datetime, after: int | None) -> int | None:
    """The next message of this view that nobody else has, after another one in its order; it is hers for a while."""
    place = _place(connection, after)
    query = _in_view(wanted).where(~_held_by_others(operator_id, now)).order_by(review.c.message_id.desc()).limit(1)
    if wanted.view == "pending":  # her own wait for somebody else
        query = query.where(review.c.annotated_by != operator_id)
    query = query.with_for_update(of=review, skip_locked=True)
    for rank in _ranks(wanted):
        if place is None or rank >= place.rank:
            passed = [review.c.message_id < after] if place and rank == place.rank else []
            found: int | None = connection.execute(query.where(review.c.rank == rank, *passed)).scalar()
            if found is not None:
                hold(connection, found, operator_id, now)
                return found
    return None


def one_before(connection: Connection, wanted: Wanted, before: int) -> int | None:
    """The message that stands before another one in this view."""
    place = _place(connection, before)
    query = _in_view(wanted).order_by(review.c.message_id).limit(1)
    for rank in reversed(_ranks(wanted)):
        if place and rank <= place.rank:
            passed = [review.c.message_id > before] if rank == place.rank else []
            found: int | None = connection.execute(query.where(review.c.rank == rank, *passed)).scalar()
            if found is not None:
                return found
    return None


def hold(connection: Connection, message_id: int, operator_id: int, now: datetime) -> str | None:
    """Take or renew the lease on one message; the name of who has it when it is somebody else's."""
    mine = {"operator_id": operator_id, "until": now + LEASE}
    free = or_(review_lease.c.operator_id == operator_id, review_lease.c.until <= now)
    taken = insert(review_lease).values(message_id=message_id, **mine)
    taken = taken.on_conflict_do_update(index_elements=["message_id"], set_=mine, where=free)
    if connection.execute(taken.returning(review_lease.c.message_id)).first():
        others = (review_lease.c.operator_id == operator_id, review_lease.c.message_id != message_id)
        connection.execute(delete(review_lease).where(*others))
        return None
    holder = select(operator.c.username).join(review_lease, review_lease.c.operator_id == operator.c.id)
    return str(connection.execute(holder.where(review_lease.c.message_id == message_id)).scalar())


def around(connection: Connection, key: str, message_id: int, width: int = 4) -> list[Row[Any]]:
    """Some messages of the same conversation before and after one, that one among them, oldest first."""
    shown = select(message.c.id, message.c.direction, message.c.kind, message.c.text, message.c.created_at)
    shown = shown.where(message.c.resident == key)
    before = shown.where(message.c.id <= message_id).order_by(message.c.id.desc()).limit(width + 1)
    after = shown.where(message.c.id > message_id).order_by(message.c.id).limit(width)
    return [*reversed(connection.execute(before).all()), *connection.execute(after).all()]


_OPEN = message.c.state.in_(("received", "queued", "sending", "unknown"))


def _queue_between(connection: Connection, after: int, until: int) -> None:
    columns = (message.c.id, message.c.nlu, message.c.flags)
    typed = (message.c.direction == "in", message.c.kind == "text", message.c.text != "", message.c.nlu.is_not(None))
    found = select(*columns).where(message.c.id > after, message.c.id <= until, *typed)
    rows = [row for one in connection.execute(found) if (row := _row_of(one.id, one.nlu, one.flags or ()))]
    if rows:
        connection.execute(insert(review).on_conflict_do_nothing(), rows)


def _row_of(message_id: int, nlu: dict[str, Any], flags: Sequence[str]) -> dict[str, Any] | None:
    predicted = prediction_of(nlu)
    reason = reason_to_review(message_id, flags, predicted)
    if reason is None:
        return None
    told = asdict(predicted)
    places = told.pop("entities")
    told["predicted_intent"] = told.pop("intent")
    queued = {"message_id": message_id, "reason": reason, "rank": REASONS.index(reason), "alarmed": is_alarm(flags)}
    return queued | told | {"predicted_entities": [list(one) for one in places]}


def _in_view(wanted: Wanted) -> Select[Any]:
    is_in = review.c.flagged if wanted.view == "flagged" else review.c.state == wanted.view
    query = select(review.c.message_id).where(is_in)
    return query.where(review.c.reason == wanted.reason) if wanted.reason else query


def _ranks(wanted: Wanted) -> Sequence[int]:
    """The ranks of this view, in their order: each is asked for by itself, for an index finds the newest of one."""
    return [REASONS.index(wanted.reason)] if wanted.reason else range(len(REASONS))


def _place(connection: Connection, message_id: int | None) -> Row[Any] | None:
    if message_id is None:
        return None
    return connection.execute(select(review.c.rank).where(review.c.message_id == message_id)).first()


def _held_by_others(operator_id: int, now: datetime) -> ColumnElement[bool]:
    theirs = (review_lease.c.operator_id != operator_id, review_lease.c.until > now)
    return exists().where(review_lease.c.message_id == review.c.message_id, *theirs)
