"""Whether what was said to a resident reached her phone, as far as Twilio's receipts tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select

from latido.messaging.tables import message
from latido.messaging.tables import resident as residents
from latido.reminders.rules.steps import Reach
from latido.reminders.rules.unreached import LAST_WORDS

# Made once: every check asks it.
_HERS: Select[Any] = select(residents.c.unreachable_since, residents.c.last_inbound_at).where(
    residents.c.key == bindparam("whose")
)


def reach_of(connection: Connection, resident: str, rows: Sequence[Row[Any]]) -> Reach:
    """Of a resident and the rows of her reminders. Whoever wrote since has her phone in her hand."""
    hers = connection.execute(_HERS, {"whose": resident}).first()
    if hers is None:
        return Reach()
    said = {row.message_id: row for row in rows if row.name in LAST_WORDS and row.state in ("sent", "failed")}
    failed: dict[str, datetime] = {}
    waiting: dict[str, datetime] = {}
    for tried in connection.execute(select(message).where(message.c.id.in_(list(said)))) if said else ():
        row = said[tried.id]
        moment = tried.failed_at if row.state == "failed" else tried.handed_over_at
        arrived = row.state == "sent" and (tried.delivered_at is not None or tried.read_at is not None)
        if moment is None or arrived or (hers.last_inbound_at is not None and hers.last_inbound_at > moment):
            continue
        (failed if row.state == "failed" else waiting)[row.key] = moment
    unheard = frozenset(row.key for row in rows if row.state == "failed")
    return Reach(hers.unreachable_since, waiting, failed, unheard)
