"""Talking back to a notice, days later: what it said, and her answer. In the shape of a reminder (docs/wires.md)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select, update

from latido.campaigns.parts import Campaigns
from latido.campaigns.tables import recipient
from latido.care.errors import Missing
from latido.care.fhir_names import PRENATAL
from latido.care.idempotency import Write, once_in_transaction
from latido.care.people.pregnancies import all_pregnancies
from latido.care.people.record import find_person
from latido.care.views import Json
from latido.messaging.messages import Reply
from latido.messaging.outbox import opened_reply
from latido.messaging.tables import message
from latido.messaging.templates.answers import NOTICE_PREFIX
from latido.reminders.standing import ending_of
from latido.reminders.talking import TooLate


def told(campaigns: Campaigns, resident: str, recipient_id: int) -> Json:
    """What a notice of hers said; after a loss or birth that it is spoken of no more. Missing when it is not hers."""
    care = campaigns.care
    with care.engine.connect() as connection:
        row = _hers(connection, resident, recipient_id)
        person = find_person(connection, care.vault, resident, row.role)
        pregnancies = [each for each in all_pregnancies(connection, care.vault, resident) if each.role == row.role]
        said = _said(connection, campaigns, row)
    ending = ending_of(person, pregnancies, row.sent_at or row.changed_at, row.service == PRENATAL)
    return {
        "id": f"{NOTICE_PREFIX}{row.id}",
        "kind": "campaign",
        "name": "notice",
        "role": row.role,
        "given_name": person.given_name if person and person.is_live else None,
        "service": row.service,
        "what": None,
        "codes": [],
        "now": ending or "stands",
        "appointment": None,
        "answered": row.answer,
        "message": _message(said) if said and ending is None else None,
    }


def answer(campaigns: Campaigns, resident: str, recipient_id: int, said: str, key: str) -> Json:
    """Keep what she tapped last. Missing as `told`."""
    care = campaigns.care
    write = Write(key, "notice_answer", {"resident": resident, "notice": recipient_id, "answer": said})

    def work(connection: Connection) -> Json:
        _hers(connection, resident, recipient_id)
        kept = {"answer": said, "answered_at": care.now()}
        connection.execute(update(recipient).where(recipient.c.id == recipient_id).values(kept))
        return {"answer": said}

    return once_in_transaction(care.engine, care.vault, write, care.now, work)[0]


def ask_again(campaigns: Campaigns, resident: str, recipient_id: int) -> Json:
    """A notice is said once: TooLate, whatever day she asks for. Missing as `told`."""
    with campaigns.care.engine.connect() as connection:
        _hers(connection, resident, recipient_id)
    raise TooLate("a campaign's notice is said once")


def _hers(connection: Connection, resident: str, recipient_id: int) -> Row[Any]:
    mine = (recipient.c.id == recipient_id, recipient.c.resident == resident, recipient.c.message_id.is_not(None))
    row = connection.execute(select(recipient).where(*mine)).first()
    if row is None:
        raise Missing("no such notice for this resident")
    return row


def _said(connection: Connection, campaigns: Campaigns, row: Row[Any]) -> Reply | None:
    """The message that said it, as the log keeps it; None once the log has forgotten it."""
    kept = select(message.c.content_sealed).where(message.c.id == row.message_id)
    sealed = connection.execute(kept).scalar()
    said = opened_reply(campaigns.care.vault, sealed) if sealed else None
    return said if said and said.text else None


def _message(said: Reply) -> Json:
    return {"text": said.text, "buttons": [{"title": one.title, "payload": one.payload} for one in said.buttons]}
