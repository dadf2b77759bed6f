"""Keeps the index of conversations: days that changed are read again from the message log. Repeatable at any time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Date,
    DateTime,
    Engine,
    Row,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.dialects.postgresql import insert as upsert

from latido.console.finding.facts import facts_of
from latido.console.finding.tables import conversation, days, known_words, stale
from latido.console.finding.words import sounds_of, words_of, worth_knowing
from latido.console.showing import BUENOS_AIRES
from latido.messaging.tables import message, ticket, ticket_event

LOCK = 7_142_022
BATCH = 500
AT_ONCE = 200
DOUBTS = 200
MOMENT = DateTime(timezone=True)
Day = tuple[str, date]
# Whether a message of the log was written by somebody of the team.
BY_PERSON = exists().where(ticket_event.c.message_id == message.c.id, ticket_event.c.kind == "wrote")


@dataclass(frozen=True)
class _Read:
    """What the log says of one day; nothing where it holds no message of it."""

    facts: Sequence[str]
    words: Sequence[str]


def refresh(engine: Engine, limit: int = AT_ONCE) -> int:
    """Index the days of up to `limit` changes, the oldest first; how many changes. None while somebody else is at it.

    What was seen is deleted by its ids: a change that is committed meanwhile stays, and has its day read once more.
    """
    with engine.begin() as connection:
        if not connection.execute(select(func.pg_try_advisory_xact_lock(LOCK))).scalar_one():
            return 0
        changed = connection.execute(select(stale).order_by(stale.c.id).limit(limit)).all()
        if changed:
            wanted = sorted({(row.resident, row.day) for row in changed})
            _write(connection, wanted, _read(connection, wanted))
            _note_last(connection, changed)
            connection.execute(delete(stale).where(stale.c.id.in_([row.id for row in changed])))
    return len(changed)


def catch_up(engine: Engine) -> int:
    """Index everything that changed, and forget words that are nobody's any more; returns how many days."""
    done = 0
    while found := refresh(engine, BATCH):
        done += found
    drop_doubtful(engine)
    return done


def reindex(engine: Engine) -> int:
    """Make the whole index anew from the message log; returns how many days it has."""
    local = func.timezone(BUENOS_AIRES.key, message.c.created_at).cast(Date)
    everyone = select(message.c.resident, func.max(message.c.id)).group_by(message.c.resident)
    with engine.begin() as connection:
        for table in (days, known_words, stale, conversation):
            connection.execute(delete(table))
        connection.execute(upsert(conversation).from_select(["resident", "last_message_id"], everyone))
        every_day = select(message.c.resident, local).distinct()
        connection.execute(upsert(stale).from_select(["resident", "day"], every_day))
    return catch_up(engine)


def drop_doubtful(engine: Engine) -> int:
    """Forget words that were in what is gone and that nobody else wrote; returns how many were forgotten."""
    gone = 0
    with engine.begin() as connection:
        doubtful = select(known_words.c.word).where(known_words.c.doubtful).order_by(known_words.c.word).limit(DOUBTS)
        for word in connection.execute(doubtful.with_for_update()).scalars().all():
            held = select(days.c.day).where(days.c.words.op("@@")(cast(f"'{word}'", TSQUERY))).limit(1)
            if connection.execute(held).first() is None:
                gone += connection.execute(delete(known_words).where(known_words.c.word == word)).rowcount
            else:
                connection.execute(update(known_words).where(known_words.c.word == word).values(doubtful=False))
    return gone


def _read(connection: Connection, wanted: Sequence[Day]) -> Mapping[Day, _Read]:
    """Read these days' messages; a day whose messages are gone is not in the answer."""
    said, asked = _messages(connection, wanted), _asked_for_a_person(connection, wanted)
    read = {}
    for day, rows in said.items():
        words = {word for row in rows if row.direction == "in" or row.by_person for word in words_of(row.text)}
        read[day] = _Read(sorted(facts_of(rows, day in asked)), sorted(words))
    return read


def _messages(connection: Connection, wanted: Sequence[Day]) -> Mapping[Day, Sequence[Row[Any]]]:
    names = ("id", "resident", "direction", "kind", "state", "status", "text", "nlu", "slots", "actions", "active_form")
    columns = [message.c[name] for name in (*names, "flags", "reminder_id", "campaign_recipient_id", "created_at")]
    query = select(*columns, BY_PERSON.label("by_person"))
    found: dict[Day, list[Any]] = defaultdict(list)
    for row in connection.execute(on_days(query, message, wanted).order_by(message.c.id)):
        found[row.resident, row.created_at.astimezone(BUENOS_AIRES).date()].append(row)
    return found


def _asked_for_a_person(connection: Connection, wanted: Sequence[Day]) -> frozenset[Day]:
    query = on_days(select(ticket.c.resident, ticket.c.created_at), ticket, wanted)
    return frozenset(
        (row.resident, row.created_at.astimezone(BUENOS_AIRES).date()) for row in connection.execute(query)
    )


def on_days(query: Select[Any], table: Table, wanted: Sequence[Day]) -> Select[Any]:
    """A table's rows of these residents on these days; joined to one of spans, for the log is indexed by resident."""
    spans = [(key, *_span(day)) for key, day in wanted]
    columns: tuple[tuple[str, Any], ...] = (("key", Text), ("first", MOMENT), ("ending", MOMENT))
    arrays = [
        func.unnest(cast([span[place] for span in spans], ARRAY(kind))).label(name)
        for place, (name, kind) in enumerate(columns)
    ]
    span = select(*arrays).subquery("span")
    moment_of = table.c.created_at
    return query.join(span, and_(table.c.resident == span.c.key, moment_of >= span.c.first, moment_of < span.c.ending))


def _span(day: date) -> tuple[datetime, datetime]:
    first = datetime.combine(day, time(), BUENOS_AIRES)
    return first, datetime.combine(day + timedelta(days=1), time(), BUENOS_AIRES)


def _write(connection: Connection, wanted: Sequence[Day], read: Mapping[Day, _Read]) -> None:
    _drop_days(connection, [day for day in wanted if day not in read])
    kept = [(key, day, read[key, day]) for key, day in wanted if (key, day) in read]
    if kept:
        rows = [{"whose": key, "on": day, "facts": one.facts, "said": one.words} for key, day, one in kept]
        connection.execute(_WRITE_DAY, rows)
        _learn_words(connection, {word for _, _, one in kept for word in one.words})


def _note_last(connection: Connection, changed: Sequence[Row[Any]]) -> None:
    """The newest message of each resident: the list goes by it."""
    last: dict[str, int] = {}
    for row in changed:
        if row.message_id is not None:
            last[row.resident] = max(row.message_id, last.get(row.resident, 0))
    if last:
        connection.execute(_NOTE_LAST, [{"whose": key, "newest": last[key]} for key in sorted(last)])


def _drop_days(connection: Connection, over: Sequence[Day]) -> None:
    if over:
        connection.execute(delete(days).where(tuple_(days.c.resident, days.c.day).in_(over)))


def _learn_words(connection: Connection, words: set[str]) -> None:
    worth = worth_knowing(words)
    known = select(known_words.c.word).where(known_words.c.word == func.any(cast(sorted(worth), ARRAY(Text))))
    new = sorted(worth.difference(connection.execute(known).scalars()))
    if new:
        rows = [{"word": word, "sounds": sorted(sounds_of(word))} for word in new]
        connection.execute(upsert(known_words).on_conflict_do_nothing(), rows)


_WORDS = func.array_to_tsvector(bindparam("said", type_=ARRAY(Text)))
_NEW_DAY = upsert(days).values(resident=bindparam("whose"), day=bindparam("on"), facts=bindparam("facts"), words=_WORDS)
_WRITE_DAY = _NEW_DAY.on_conflict_do_update(
    index_elements=["resident", "day"], set_={"facts": _NEW_DAY.excluded.facts, "words": _NEW_DAY.excluded.words}
)
_NEW_LAST = upsert(conversation).values(resident=bindparam("whose"), last_message_id=bindparam("newest"))
_NOTE_LAST = _NEW_LAST.on_conflict_do_update(
    index_elements=["resident"],
    set_={"last_message_id": func.greatest(conversation.c.last_message_id, _NEW_LAST.excluded.last_message_id)},
)
