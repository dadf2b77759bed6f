"""After a restore: what may have been sent by those whose log is lost is asked of Twilio before it is sent.

A copy of the database knows nothing of what happened after it was made. A message that it holds as queued, the answer
to a message that it holds as open, and a reminder that it holds as due may all have gone out since.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, func, select, text, true, update

from latido.messaging.tables import message

SETTING = "latido.perhaps_sent_since"
# So long what nobody asked for is looked up at Twilio first. Reminders that were due before are through by then.
LASTS = timedelta(days=2)
MARGIN = timedelta(minutes=5)


def begin_doubt(connection: Connection, now: datetime) -> datetime:
    """Say in the database what may have been sent since its copy was made; returns that moment, a little earlier.

    Nothing else may be at work on it.
    """
    latest = connection.execute(select(func.max(message.c.created_at))).scalar_one_or_none()
    since = (latest or now) - MARGIN
    ask_first(connection, true(), since)
    database = connection.execute(text("SELECT quote_ident(current_database())")).scalar_one()
    told = f"{since.astimezone(UTC).isoformat()} {(now + LASTS).astimezone(UTC).isoformat()}"
    connection.execute(text(f"ALTER DATABASE {database} SET {SETTING} = '{told}'"))
    return since


def doubt_open_messages(connection: Connection, since: datetime) -> int:
    """The answers to what residents wrote, as far as it is open, may have been sent since then; returns how many."""
    mine = (message.c.direction == "in", message.c.state == "received")
    return connection.execute(update(message).where(*mine).values(attempted_at=since)).rowcount


def perhaps_sent_since(connection: Connection, now: datetime) -> datetime | None:
    """Since when an unasked message that is queued now may have been sent already; None at ordinary times."""
    told = connection.execute(text("SELECT current_setting(:name, true)"), {"name": SETTING}).scalar_one()
    if not told:
        return None
    since, until = (datetime.fromisoformat(each) for each in str(told).split())
    return since if now < until else None


def ask_first(connection: Connection, which: ColumnElement[bool], since: datetime) -> None:
    """Have the sender ask Twilio for these messages before it sends them."""
    queued = (message.c.direction == "out", message.c.state == "queued")
    values = {"state": "unknown", "attempted_at": since, "not_before": None}
    connection.execute(update(message).where(which, *queued).values(values))
