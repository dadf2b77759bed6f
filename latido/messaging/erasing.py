"""Forgetting what a resident wrote and was written: the rows stay, empty, so that a late webhook finds its message."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, case, func, literal, select, update

from latido.crypto import Vault
from latido.messaging.follow_ups import forget_follow_ups
from latido.messaging.messages import Reply
from latido.messaging.remarks import forget_remarks
from latido.messaging.tables import alert, message, resident, ticket, ticket_event

UNSETTLED = ("received", "queued", "sending", "unknown")
_NOTHING_IN = {"text": "", "button_id": None, "location": None, "media": None, "replies_to_sid": None}


@dataclass(frozen=True)
class LogFacts:
    """What the log holds of a resident: messages since when, WhatsApp's name of her, alerts, requests for a person."""

    messages: int
    since: datetime | None
    profile_name: str | None
    alerts: int
    tickets: int


def log_facts(connection: Connection, vault: Vault, key: str) -> LogFacts:
    """What is kept of her in the message log; nothing for one who never wrote."""
    told = select(func.count(), func.min(message.c.created_at)).where(message.c.resident == key, message.c.text != "")
    count, since = connection.execute(told).one()
    sealed = connection.execute(select(resident.c.profile_name_sealed).where(resident.c.key == key)).scalar()
    alerts, tickets = (_count(connection, table, key) for table in (alert, ticket))
    return LogFacts(int(count), since, vault.open(sealed) if sealed else None, alerts, tickets)


def _count(connection: Connection, table: Table, key: str) -> int:
    return int(connection.execute(select(func.count()).where(table.c.resident == key)).scalar_one())


def is_settled(connection: Connection, key: str) -> bool:
    """Whether nothing of hers waits to be answered or sent."""
    waiting = select(message.c.id).where(message.c.resident == key, message.c.state.in_(UNSETTLED)).limit(1)
    return connection.execute(waiting).first() is None


def hold_settled(connection: Connection, key: str) -> bool:
    """As `is_settled`, and nothing new can be stored for her until the transaction ends."""
    connection.execute(select(resident.c.key).where(resident.c.key == key).with_for_update())
    return is_settled(connection, key)


def sids_received(connection: Connection, key: str) -> Sequence[str]:
    """Twilio's ids of what she wrote: the beginnings of the keys of all that was done for it."""
    mine = (message.c.resident == key, message.c.direction == "in", message.c.provider_sid.is_not(None))
    return connection.execute(select(message.c.provider_sid).where(*mine)).scalars().all()


def forget_log(connection: Connection, vault: Vault, key: str) -> None:
    """Empty every settled message of hers and her alerts' details, remove tags and notes; repeatable."""
    settled = (message.c.resident == key, message.c.state.not_in(UNSETTLED))
    connection.execute(update(message).where(*settled).values(wordless(vault, func.now())))
    connection.execute(update(alert).where(alert.c.resident == key).values(detail=""))
    forget_follow_ups(connection, key)
    forget_remarks(connection, key)
    _forget_tickets(connection, vault, key)


def _forget_tickets(connection: Connection, vault: Vault, key: str) -> None:
    """Nobody has to answer any more; that somebody was asked for, and who took it, stays."""
    over = {"state": "closed", "operator_id": None, "closed_at": func.coalesce(ticket.c.closed_at, func.now())}
    connection.execute(
        update(ticket).where(ticket.c.resident == key).values(over | {"summary_sealed": vault.seal("[]")})
    )
    hers = select(ticket.c.id).where(ticket.c.resident == key)
    connection.execute(update(ticket_event).where(ticket_event.c.ticket_id.in_(hers)).values(note_sealed=None))


def forget_number(connection: Connection, vault: Vault, key: str) -> None:
    """Her name and her number: until she writes again nobody can write to her."""
    blank = {"profile_name_sealed": None, "address_sealed": vault.seal(""), "last_inbound_at": None}
    connection.execute(update(resident).where(resident.c.key == key).values(blank))


def wordless(vault: Vault, now: object) -> dict[str, object]:
    """The columns of a message of which only the row is to stay."""
    return {
        "emptied_at": now,
        "text": "",
        "content_sealed": _empty_content(vault),
        "choices_digest": None,
        "last_error": None,
        "nlu": None,
        "slots": None,
        "actions": None,
        "active_form": None,
        "flags": [],
    }


def _empty_content(vault: Vault) -> ColumnElement[bytes]:
    """Content that reads as a message without words, for each direction in its own shape."""
    inbound = literal(vault.seal(json.dumps(_NOTHING_IN)))
    outbound = literal(vault.seal(json.dumps(asdict(Reply("text", "")))))
    return case((message.c.direction == "in", inbound), else_=outbound)
