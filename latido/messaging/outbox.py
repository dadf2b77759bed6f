"""Queuing what goes out, and reading it back: an outbound row keeps its whole content sealed."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from latido.crypto import Vault
from latido.messaging.doubt import ask_first, perhaps_sent_since
from latido.messaging.lanes import make_due
from latido.messaging.messages import Button, Location, Reply
from latido.messaging.redaction import masked
from latido.messaging.tables import message
from latido.messaging.templates.answers import StaticId, payload_about, read_static_id
from latido.messaging.templates.model import Definition

BUTTON_ID_PREFIX = "latido"
# What is offered does not depend on them.
TEMPLATE_FIELDS = frozenset({"template", "variables", "variant", "picture"})
_BUTTON_ID = re.compile(rf"{BUTTON_ID_PREFIX}:(?P<digest>[0-9a-f]{{16}}):(?P<index>[0-9])")


def queue_replies(
    connection: Connection,
    vault: Vault,
    resident: str,
    answers_id: int | None,
    replies: Iterable[Reply],
    reminder_id: int | None = None,
    recipient_id: int | None = None,
) -> list[int]:
    """Queue replies behind what the resident already has coming, in the caller's transaction; returns their ids.

    With `reminder_id` they are what a reminder says, with `recipient_id` what a campaign says to that recipient:
    nobody asked for them just now, and replies overtake them.
    """
    queued = []
    for reply in replies:
        about = {"answers_id": answers_id, "reminder_id": reminder_id, "campaign_recipient_id": recipient_id}
        made = connection.execute(insert(message).values(_row(vault, resident, reply) | about).returning(message.c.id))
        queued.append(int(made.scalar_one()))
    if answers_id is None and (since := perhaps_sent_since(connection, datetime.now(UTC))) is not None:
        ask_first(connection, message.c.id.in_(queued), since)
    make_due(connection, resident, "send")
    return queued


def reply_row(vault: Vault, resident: str, reply: Reply) -> dict[str, str | None]:
    """A reply as its row is to be, for a statement that takes JSON."""
    return {
        "resident": resident,
        "kind": reply.kind,
        "text": masked(reply.text),
        "content": vault.seal(json.dumps(asdict(reply), ensure_ascii=False)).decode("ascii"),
        "choices_digest": choices_digest(reply),
        "template": reply.template,
    }


def _row(vault: Vault, resident: str, reply: Reply) -> dict[str, object]:
    row = reply_row(vault, resident, reply)
    sealed = str(row.pop("content")).encode("ascii")
    return row | {"direction": "out", "state": "queued", "content_sealed": sealed}


def opened_reply(vault: Vault, content_sealed: bytes) -> Reply:
    """The reply that `queue_replies` sealed."""
    stored = json.loads(vault.open(content_sealed))
    buttons = tuple(Button(**button) for button in stored["buttons"])
    location = Location(**stored["location"]) if stored["location"] else None
    template = (stored.get("template"), stored.get("variables") or {}, stored.get("variant") or "")
    return Reply(
        stored["kind"], stored["text"], buttons, stored["list_button"], location, *template, stored.get("picture")
    )


def choices_digest(reply: Reply) -> str | None:
    """Names what a message with buttons offers (16 hexadecimal digits); None for one without."""
    if not reply.buttons:
        return None
    offered = {name: value for name, value in asdict(reply).items() if name not in TEMPLATE_FIELDS}
    return hashlib.sha256(json.dumps(offered, sort_keys=True).encode()).hexdigest()[:16]


def button_id(digest: str, index: int) -> str:
    """The opaque id a button carries to WhatsApp and back: the same offer has the same ids, whoever it is made to."""
    return f"{BUTTON_ID_PREFIX}:{digest}:{index}"


def payload_of_button(
    connection: Connection, vault: Vault, resident: str, identifier: str, replies_to_sid: str | None = None
) -> str | None:
    """The payload behind an id that came back; None unless we offered that button to this very resident."""
    static = read_static_id(identifier)
    if static is not None:
        return _payload_of_template(connection, resident, static, replies_to_sid)
    found = _BUTTON_ID.fullmatch(identifier)
    if found is None:
        return None
    row = connection.execute(
        select(message.c.content_sealed)
        .where(message.c.resident == resident, message.c.choices_digest == found["digest"])
        .order_by(message.c.id.desc())
        .limit(1)
    ).first()
    buttons = opened_reply(vault, row.content_sealed).buttons if row else ()
    index = int(found["index"])
    return buttons[index].payload if index < len(buttons) else None


def _payload_of_template(
    connection: Connection, resident: str, static: StaticId, replies_to_sid: str | None
) -> str | None:
    """A template's button says what it answers; the message it hangs on, or else the latest, says which reminder."""
    with_template = (
        select(message.c.reminder_id, message.c.campaign_recipient_id)
        .where(message.c.resident == resident, message.c.template == static.name)
        .order_by(message.c.id.desc())
        .limit(1)
    )
    row = None
    if replies_to_sid is not None:
        row = connection.execute(with_template.where(message.c.provider_sid == replies_to_sid)).first()
    if row is None:
        row = connection.execute(with_template.where(message.c.sent_as.is_not(None))).first()
    return payload_about(static.answer, row.reminder_id, row.campaign_recipient_id) if row else None


def payload_of_typed_title(vault: Vault, last: Row[Any], text: str) -> str | None:
    """The payload of the button whose title she typed instead of tapping it, among those last offered to her.

    `last` tells by its `last_…` columns what was queued for her last (`next_messages.next_inbound`).
    """
    if not 0 < len(text.strip()) <= 24:
        return None
    if last.last_kind not in ("quick_reply", "list") and last.last_definition is None:
        return None
    wanted = _plain(text)
    offered = _offered_by_template(last) or opened_reply(vault, last.last_content_sealed).buttons
    matching = [one.payload for one in offered if _plain(one.title) == wanted]
    return matching[0] if len(matching) == 1 else None


def _offered_by_template(row: Row[Any]) -> list[Button]:
    """The buttons of the template as which a message went; none for one in free form."""
    actions = Definition.read(row.last_definition).actions if row.last_definition else ()
    read = ((title, read_static_id(identifier)) for title, identifier in actions)
    about = (row.last_reminder_id, row.last_campaign_recipient_id)
    return [Button(title, payload_about(static.answer, *about)) for title, static in read if static]


def _plain(text: str) -> str:
    """Lower-case letters and digits alone: no accents, emoji or punctuation."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(sign for sign in decomposed if sign.isalnum())
