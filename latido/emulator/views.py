"""JSON of the control API and of the event stream."""

from datetime import datetime
from typing import Any

from latido.emulator.addresses import bare
from latido.emulator.model import Choice, Message, Phone
from latido.emulator.requests_log import RestRecord
from latido.emulator.webhooks import WebhookCall


def iso(at: datetime | None) -> str | None:
    """An instant as ISO 8601, None where there is none."""
    return at.isoformat() if at else None


def phone(of: Phone) -> dict[str, Any]:
    """A phone with its switches."""
    return {
        "phone": of.number,
        "name": of.name,
        "wa_id": of.wa_id,
        "external_user_id": of.external_user_id,
        "opted_out": of.opted_out,
        "blocked": of.blocked,
        "on_whatsapp": of.on_whatsapp,
        "last_inbound_at": iso(of.last_inbound_at),
    }


def message(of: Message) -> dict[str, Any]:
    """A message as the phone page and the test client read it."""
    bubble, place = of.bubble, of.bubble.location
    return {
        "seq": of.sequence,
        "sid": of.sid,
        "phone": bare(of.phone),
        "direction": of.direction,
        "kind": bubble.kind,
        "body": bubble.body,
        "buttons": [{"title": each.title, "id": each.id} for each in bubble.buttons],
        "list_button": bubble.list_button,
        "items": [_item(each) for each in bubble.items],
        "location": place and vars(place),
        "media": {"url": bubble.media_url, "content_type": bubble.content_type, "filename": bubble.filename}
        if bubble.media_url
        else None,
        "at": iso(of.created),
        "status": of.status,
        "statuses": [{"status": status, "at": iso(at)} for status, at in of.statuses],
        "error_code": of.error_code,
        "tick": of.tick,
        "reply_to": of.replied_to,
        "template": of.approved_template,
    }


def message_in_brief(of: Message) -> dict[str, Any]:
    """What an audit has to know of a message; `seq` is 0 for one that never reached a screen."""
    known = {"seq": of.sequence, "sid": of.sid, "phone": bare(of.phone), "direction": of.direction}
    return known | {"status": of.status, "at": iso(of.created), "error_code": of.error_code}


def _item(choice: Choice) -> dict[str, str]:
    return {"title": choice.title, "id": choice.id, "description": choice.description}


def webhook(of: WebhookCall) -> dict[str, Any]:
    """A webhook with every try."""
    return {
        "kind": of.kind,
        "sid": of.sid,
        "at": iso(of.at),
        "url": of.url,
        "form": dict(of.form),
        "signature": of.signature,
        "ok": of.ok,
        "status": of.status,
        "error_code": of.error_code,
        "attempts": [
            {"failure": each.failure, "status": each.status, "milliseconds": each.milliseconds} for each in of.attempts
        ],
    }


def request(of: RestRecord, brief: bool = False) -> dict[str, Any]:
    """A REST call; `brief` leaves out the bodies."""
    head = {
        "number": of.number,
        "at": iso(of.at),
        "method": of.method,
        "path": of.path,
        "status": of.status,
        "fault": of.fault,
    }
    if brief:
        return head
    return head | {"query": of.query, "form": of.form, "json": of.json, "response": of.response}
