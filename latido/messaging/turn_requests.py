"""What the bot is asked for one message (docs/wires.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, Row

from latido.crypto import Vault
from latido.messaging.conversation import JsonObject
from latido.messaging.outbox import payload_of_button, payload_of_typed_title
from latido.messaging.reminded import is_unasked, reminder_before

BUENOS_AIRES = ZoneInfo("America/Argentina/Buenos_Aires")


def turn_request(engine: Engine, vault: Vault, inbound: Row[Any], now: datetime) -> JsonObject:
    """The request for a message as `next_inbound` found it; what she tapped or quoted is looked up here."""
    content = json.loads(vault.open(inbound.content_sealed))
    media = content["media"]
    reminder, unasked = _follows(engine, inbound, content.get("replies_to_sid"))
    return {
        "message_sid": inbound.provider_sid,
        "resident": inbound.resident,
        "kind": inbound.kind,
        "text": content["text"] or None,
        "payload": _payload(engine, vault, inbound, content),
        "location": content["location"],
        "media": {"kind": inbound.kind, "content_type": media["content_type"]} if media else None,
        "context": {
            "now": now.astimezone(BUENOS_AIRES).isoformat(timespec="seconds"),
            "received_at": inbound.created_at.astimezone(BUENOS_AIRES).isoformat(timespec="seconds"),
            "profile_name": vault.open(inbound.profile_name_sealed) if inbound.profile_name_sealed else None,
            "ticket": inbound.ticket,
            "held": inbound.ticket == "taken",
            "reminder": None if reminder is None else str(reminder),
            "unasked": unasked,
        },
    }


def _follows(engine: Engine, inbound: Row[Any], quoted_sid: str | None) -> tuple[int | None, bool]:
    """The reminder that her message follows, if one, and whether it follows something that was no answer of ours."""
    if quoted_sid is None:
        return inbound.reminded, inbound.unasked
    with engine.connect() as connection:
        follows = (connection, inbound.resident, inbound.id, quoted_sid)
        return reminder_before(*follows), is_unasked(*follows)


def _payload(engine: Engine, vault: Vault, inbound: Row[Any], content: Mapping[str, Any]) -> str | None:
    if content["button_id"] is not None:
        with engine.connect() as connection:
            about = content.get("replies_to_sid")
            return payload_of_button(connection, vault, inbound.resident, content["button_id"], about)
    return payload_of_typed_title(vault, inbound, content["text"]) if inbound.kind == "text" else None
