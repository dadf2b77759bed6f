"""Queuing what goes out, and reading it back: an outbound row keeps its whole content sealed."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import Connection, insert, select

from latido.crypto import Vault
from latido.messaging.lanes import make_due
from latido.messaging.messages import Button, Location, Reply
from latido.messaging.redaction import masked
from latido.messaging.tables import message

BUTTON_ID_PREFIX = "latido"
_BUTTON_ID = re.compile(rf"{BUTTON_ID_PREFIX}:(?P<digest>[0-9a-f]{{16}}):(?P<index>[0-9])")


def queue_replies(
    connection: Connection, vault: Vault, resident: str, answers_id: int | None, replies: Iterable[Reply]
) -> None:
    """Queue replies behind what the resident already has coming, in the caller's transaction."""
    for reply in replies:
        connection.execute(
            insert(message).values(
                resident=resident,
                direction="out",
                kind=reply.kind,
                state="queued",
                text=masked(reply.text),
                content_sealed=vault.seal(json.dumps(asdict(reply), ensure_ascii=False)),
                choices_digest=choices_digest(reply),
                answers_id=answers_id,
            )
        )
    make_due(connection, resident, "send")


def opened_reply(vault: Vault, content_sealed: bytes) -> Reply:
    """The reply that `queue_replies` sealed."""
    stored = json.loads(vault.open(content_sealed))
    buttons = tuple(Button(**button) for button in stored["buttons"])
    location = Location(**stored["location"]) if stored["location"] else None
    return Reply(stored["kind"], stored["text"], buttons, stored["list_button"], location)


def choices_digest(reply: Reply) -> str | None:
    """Names what a message with buttons offers (16 hexadecimal digits); None for one without."""
    if not reply.buttons:
        return None
    return hashlib.sha256(json.dumps(asdict(reply), sort_keys=True).encode()).hexdigest()[:16]


def button_id(digest: str, index: int) -> str:
    """The opaque id a button carries to WhatsApp and back: the same offer has the same ids, whoever it is made to."""
    return f"{BUTTON_ID_PREFIX}:{digest}:{index}"


def payload_of_button(connection: Connection, vault: Vault, resident: str, identifier: str) -> str | None:
    """The payload behind an id that came back; None unless we offered that button to this very resident."""
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


def payload_of_typed_title(
    connection: Connection, vault: Vault, resident: str, before_id: int, text: str
) -> str | None:
    """The payload of the button whose title she typed instead of tapping it, among those last offered to her."""
    if not 0 < len(text.strip()) <= 24:
        return None
    row = connection.execute(
        select(message.c.content_sealed, message.c.kind)
        .where(message.c.resident == resident, message.c.direction == "out", message.c.id < before_id)
        .order_by(message.c.id.desc())
        .limit(1)
    ).first()
    if row is None or row.kind not in ("quick_reply", "list"):
        return None
    wanted = _plain(text)
    matching = [one.payload for one in opened_reply(vault, row.content_sealed).buttons if _plain(one.title) == wanted]
    return matching[0] if len(matching) == 1 else None


def _plain(text: str) -> str:
    """Lower-case letters and digits alone: no accents, emoji or punctuation."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(sign for sign in decomposed if sign.isalnum())
