"""Writing to the audit log, and walking it to see that nobody touched it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, text

from latido.console.audit.tables import audit_entry
from latido.console.showing import DIGEST
from latido.console.tables import operator
from latido.messaging.redaction import masked_values

LOCK = 7_142_016
BEGINNING = "0" * 64
NOBODY = ""


@dataclass(frozen=True)
class Verdict:
    """What a walk over the log found: how many entries hold, the last one's hash, and the first that does not."""

    entries: int
    head: str
    broken: int | None = None
    why: str = ""


def record(
    connection: Connection, operator_id: int | None, action: str, subject: str | None = None, **details: object
) -> int:
    """Add an entry in the caller's transaction and return its number; call it last, for others wait until the commit.

    `details` go in without documents, phones and mails, whatever they hold; names must not be given at all.
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    last = connection.execute(_NEWEST).first()
    entry: dict[str, Any] = {
        "id": last.id + 1 if last else 1,
        "at": connection.execute(select(func.clock_timestamp())).scalar_one(),
        "operator_id": operator_id,
        "operator": _name_of(connection, operator_id),
        "action": action,
        "subject": subject,
        "details": json.loads(json.dumps(_kept(details))),
        "previous_hash": last.hash if last else BEGINNING,
    }
    connection.execute(insert(audit_entry).values(**entry, hash=_hashed(entry)))
    return int(entry["id"])


def verify(connection: Connection, expected: tuple[int, str] | None = None) -> Verdict:
    """Walk the log from its beginning; `expected` is an entry's number and hash that somebody noted down earlier.

    A changed, removed or inserted entry breaks the chain. Entries cut off at the end, or a log written anew from its
    beginning, show only against what was noted outside the database.
    """
    head, count, noted = BEGINNING, 0, expected is None
    everything = select(audit_entry).order_by(audit_entry.c.id)
    for row in connection.execute(everything, execution_options={"yield_per": 1000}):
        why = _fault(row, count + 1, head)
        if why:
            return Verdict(count, head, int(row.id), why)
        head, count = row.hash, count + 1
        noted = noted or (row.id, row.hash) == expected
    if not noted and expected:
        return Verdict(count, head, expected[0], "noted")
    return Verdict(count, head)


def count_within(connection: Connection, operator_id: int, action: str, span: timedelta) -> int:
    """How often this operator did this within so long before now, by the database's clock as the log itself."""
    recent = audit_entry.c.at > func.clock_timestamp() - span
    hers = (audit_entry.c.operator_id == operator_id, audit_entry.c.action == action, recent)
    return int(connection.execute(select(func.count()).select_from(audit_entry).where(*hers)).scalar_one())


_NEWEST = select(audit_entry.c.id, audit_entry.c.hash).order_by(audit_entry.c.id.desc()).limit(1)


def _kept(details: Mapping[str, object]) -> dict[str, object]:
    """Without what looks like a document or a phone; digests are neither, whatever digits they have in a row."""
    digests = {name: value for name, value in details.items() if isinstance(value, str) and DIGEST.fullmatch(value)}
    hidden = masked_values(dict(details))
    return (hidden if isinstance(hidden, dict) else {}) | digests


def _name_of(connection: Connection, operator_id: int | None) -> str:
    if operator_id is None:
        return NOBODY
    name = connection.execute(select(operator.c.username).where(operator.c.id == operator_id)).scalar()
    if name is None:
        raise LookupError(f"no operator has the number {operator_id}: nothing can be recorded in that name")
    return str(name)


def _fault(row: Row[Any], number: int, head: str) -> str:
    """What is wrong with the entry where `number` and `head` belong: a word for labels.yml, or nothing."""
    if row.id != number:
        return "missing"
    if row.previous_hash != head:
        return "unchained"
    entry = {name: value for name, value in row._mapping.items() if name != "hash"}
    return "" if row.hash == _hashed(entry) else "changed"


def _hashed(entry: Mapping[str, Any]) -> str:
    instant = round((entry["at"] - _EPOCH) / timedelta(microseconds=1))
    content = json.dumps({**entry, "at": instant}, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
