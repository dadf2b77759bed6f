"""`/2010-04-01/Accounts/{AC}/Messages`: create, fetch, list, update, delete."""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from latido.emulator import delivery, rendering
from latido.emulator.addresses import is_whatsapp_address
from latido.emulator.errors import RestError, meaning
from latido.emulator.model import Bubble, Message
from latido.emulator.rest.gate import Answer, Call
from latido.emulator.rest.paging import page_of
from latido.emulator.sending import Accepted, accept
from latido.emulator.state import Emulator

BODY_LIMIT = 1600
SCHEDULE = (timedelta(seconds=300), timedelta(days=35))
IN_PROGRESS = frozenset({"queued", "accepted", "sending"})


def create(emulator: Emulator, call: Call) -> Answer:
    """201 with the resource; every rule that Twilio checks at once comes before it."""
    _check_addresses(emulator, call)
    _check_callback(call.one("StatusCallback"))
    bubble, approved, failure = _what_is_said(emulator, call)
    send = Accepted(
        to=call.one("To"),
        bubble=bubble,
        messaging_service_sid=call.one("MessagingServiceSid") or None,
        status_callback=call.one("StatusCallback") or None,
        approved_template=approved,
        failure=failure,
        send_at=_send_at(emulator, call),
    )
    return Answer(201, resource(emulator, accept(emulator, send)))


def fetch(emulator: Emulator, call: Call) -> Answer:
    """One message."""
    return Answer(200, resource(emulator, _find(emulator, call)))


def update(emulator: Emulator, call: Call) -> Answer:
    """An empty `Body` redacts; `Status=canceled` cancels what is still scheduled."""
    message = _find(emulator, call)
    if "Body" in call.form:
        if call.one("Body"):
            raise RestError(20001)
        message.body = ""
    if "Status" in call.form:
        _cancel(emulator, message, call.one("Status"))
    message.updated = emulator.now()
    return Answer(200, resource(emulator, message))


def delete(emulator: Emulator, call: Call) -> Answer:
    """204; 20009 while the message is on its way."""
    message = _find(emulator, call)
    if message.status in IN_PROGRESS:
        raise RestError(20009)
    del emulator.messages[message.sid]
    for sid in message.media_sids:
        emulator.media.pop(sid, None)
    return Answer(204)


def list_(emulator: Emulator, call: Call) -> Answer:
    """Newest first, filtered, in pages of 50 unless told otherwise."""
    found = [message for message in reversed(emulator.messages.values()) if _wanted(message, call.query)]
    page = page_of(found, call, default_size=50)
    rows = [resource(emulator, message) for message in page.rows]
    return Answer(200, page.classic_meta(call) | {"messages": rows})


def resource(emulator: Emulator, message: Message) -> dict[str, Any]:
    """The Message resource, field by field as in Twilio's OpenAPI."""
    account = emulator.config.account_sid
    uri = f"/2010-04-01/Accounts/{account}/Messages/{message.sid}"
    unassigned = message.messaging_service_sid and message.status in ("accepted", "scheduled")
    media = len(message.media_sids) or int(bool(message.bubble.media_url) and not message.inbound)
    return {
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": _rfc2822(message.created),
        "date_sent": _rfc2822(message.sent),
        "date_updated": _rfc2822(message.updated),
        "direction": message.direction,
        "error_code": None if message.inbound else message.error_code,
        "error_message": meaning(message.error_code) if message.error_code and not message.inbound else None,
        "from": None if unassigned else message.sender,
        "messaging_service_sid": message.messaging_service_sid,
        "num_media": str(media),
        "num_segments": "0" if unassigned else "1",
        "price": None,
        "price_unit": None,
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


def _check_addresses(emulator: Emulator, call: Call) -> None:
    to, sender, service = call.one("To"), call.one("From"), call.one("MessagingServiceSid")
    if not to:
        raise RestError(21604)
    if not sender and not service:
        raise RestError(21603)
    if service and service != emulator.config.messaging_service_sid:
        raise RestError(21701)
    if sender and to.startswith("whatsapp:") != sender.startswith("whatsapp:"):
        raise RestError(30016)
    if not is_whatsapp_address(to):
        raise RestError(21211, what=to)
    if sender and sender != emulator.config.sender:
        raise RestError(63007)
    phone = emulator.phones.get(to)
    if phone is not None and phone.opted_out:
        raise RestError(21610)


def _check_callback(url: str) -> None:
    host = urlsplit(url).hostname or ""
    if url and (not url.startswith(("http://", "https://")) or not host or "_" in host):
        raise RestError(21609)


def _what_is_said(emulator: Emulator, call: Call) -> tuple[Bubble, bool, int | None]:
    """The bubble, whether it is an approved template, and the code it will fail with later, if any."""
    body, media, content_sid = call.one("Body"), call.one("MediaUrl"), call.one("ContentSid")
    if not (body or media or content_sid):
        raise RestError(21619)
    if len(body) > BODY_LIMIT:
        raise RestError(21617)
    if media and urlsplit(media).scheme not in ("http", "https"):
        raise RestError(21620)
    values = _variables(call.one("ContentVariables"))
    if not content_sid:
        return rendering.plain(body, media, call.one("PersistentAction")), False, None
    content = emulator.contents.get(content_sid)
    if content is None:
        raise RestError(21655)
    try:
        return rendering.of_content(content, values), content.approved, None
    except rendering.MissingVariable:
        return Bubble("text"), content.approved, 63028


def _variables(text: str) -> Mapping[str, str]:
    if not text:
        return {}
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise RestError(21656) from None
    if not isinstance(values, dict) or not all(_is_value(each) for each in values.values()):
        raise RestError(21656)
    return values


def _is_value(value: object) -> bool:
    """One line that says something, without tabs or more than four spaces in a row (source: Twilio, 21656)."""
    return isinstance(value, str) and bool(value.strip()) and not re.search(r"[\n\t]| {5,}", value)


def _send_at(emulator: Emulator, call: Call) -> datetime | None:
    if call.one("ScheduleType") != "fixed":
        return None
    if not call.one("MessagingServiceSid"):
        raise RestError(35118)
    try:
        at = datetime.fromisoformat(call.one("SendAt"))
    except ValueError:
        raise RestError(35111) from None
    if at.tzinfo is None or not SCHEDULE[0] <= at - emulator.now() <= SCHEDULE[1]:
        raise RestError(35114)
    return at


def _cancel(emulator: Emulator, message: Message, status: str) -> None:
    if status != "canceled" or message.status != "scheduled":
        raise RestError(30409)
    message.move_to("canceled", emulator.now())
    emulator.spawn(delivery.cancel(emulator, message))


def _find(emulator: Emulator, call: Call) -> Message:
    message = emulator.messages.get(call.ids["sid"])
    if message is None:
        raise RestError(20404, what=call.path)
    return message


def _wanted(message: Message, query: Mapping[str, list[str]]) -> bool:
    for name, value in ((key, values[-1]) for key, values in query.items()):
        if (name == "To" and message.to != value) or (name == "From" and message.sender != value):
            return False
        if name.startswith("DateSent") and not _sent_within(message, name, value):
            return False
    return True


def _sent_within(message: Message, name: str, value: str) -> bool:
    """`DateSent` names a UTC day; `DateSent<` and `DateSent>` an instant or the start of a day, both inclusive."""
    try:
        limit = datetime.fromisoformat(value)
    except ValueError:
        raise RestError(20001) from None
    at = message.sent or message.created
    limit = limit if limit.tzinfo else limit.replace(tzinfo=at.tzinfo)
    if name == "DateSent":
        return at.date() == limit.date()
    return at <= limit if name == "DateSent<" else at.replace(microsecond=0) >= limit.replace(microsecond=0)


def _rfc2822(at: datetime | None) -> str | None:
    return format_datetime(at) if at else None
