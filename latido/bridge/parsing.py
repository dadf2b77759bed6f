"""From Twilio's form parameters to values; knows every message kind and never fails on an unknown one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from urllib.parse import parse_qsl

from latido.messaging.messages import InboundKind, InboundMessage, Location, Media, Receipt

LONGEST_SID = 64
LONGEST_STATUS = 24
LARGEST_CODE = 2**31 - 1
STICKER_TYPES = ("image/webp",)
CONTACT_TYPES = ("text/vcard", "text/x-vcard", "text/directory")
MEDIA_KINDS: Mapping[str, InboundKind] = {"image": "image", "audio": "audio", "video": "video"}


class Form(dict[str, str]):
    """The parameters of a webhook by name, of those given twice the last; `pairs` are all, in their order."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs

    def getlist(self, name: str) -> list[str]:
        """Every value given under this name."""
        return [value for given, value in self.pairs if given == name]


class MalformedWebhook(Exception):
    """A signed webhook without what every message has (a MessageSid and a From)."""


def parse_form(body: bytes) -> Form:
    """All parameters of a form body, blank ones too: Twilio signs them."""
    return Form(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def parse_inbound(form: Form) -> InboundMessage:
    """The message a webhook carries; raises MalformedWebhook when it names no message or no sender."""
    form = _storable(form)
    sid, address = _sid(form), form.get("From", "")
    if not sid or not address:
        raise MalformedWebhook("MessageSid and From are needed")
    location, media = _location(form), _media(form)
    button_id = form.get("ButtonPayload") or form.get("ListId") or None
    return InboundMessage(
        sid=sid,
        address=address,
        kind=_kind(form, button_id, location, media),
        text=form.get("Body", ""),
        profile_name=form.get("ProfileName") or None,
        button_id=button_id,
        location=location,
        media=media,
        replies_to_sid=form.get("OriginalRepliedMessageSid") or None,
    )


def parse_receipt(form: Form, reference: str | None) -> Receipt:
    """The delivery receipt of a status callback; `reference` is what our callback URL carried."""
    form = _storable(form)
    sid, status = _sid(form), form.get("MessageStatus", "")
    if not sid or not status or len(status) > LONGEST_STATUS:
        raise MalformedWebhook("MessageSid and a MessageStatus of Twilio's are needed")
    code = _number(form.get("ErrorCode"))
    return Receipt(sid, status, code if code is not None and code <= LARGEST_CODE else None, _number(reference))


def _storable(form: Form) -> Form:
    """The parameters without NUL, which Postgres takes in no text: the rest of such a message is not lost for it."""
    if not any("\x00" in value for value in form.values()):
        return form
    return Form([(name, value.replace("\x00", "")) for name, value in form.pairs])


def _sid(form: Form) -> str:
    sid = form.get("MessageSid", "")
    if len(sid) > LONGEST_SID:
        raise MalformedWebhook("MessageSid is longer than any of Twilio's")
    return sid


def _kind(form: Form, button_id: str | None, location: Location | None, media: Media | None) -> InboundKind:
    if button_id is not None:
        return "button"
    if location is not None:
        return "location"
    if media is not None:
        return _media_kind(media.content_type, form.get("MessageType", ""))
    if form.get("MessageType") == "contacts":
        return "contact"
    return "text" if form.get("Body", "").strip() else "unknown"


def _media_kind(content_type: str, hint: str) -> InboundKind:
    bare = content_type.split(";", 1)[0].strip().lower()
    if bare in CONTACT_TYPES or hint == "contacts":
        return "contact"
    if hint == "sticker" or bare in STICKER_TYPES:
        return "sticker"
    return MEDIA_KINDS.get(bare.split("/", 1)[0], "document")


def _location(form: Form) -> Location | None:
    try:
        latitude, longitude = float(form["Latitude"]), float(form["Longitude"])
    except (KeyError, ValueError):
        return None
    if not (math.isfinite(latitude) and abs(latitude) <= 90 and math.isfinite(longitude) and abs(longitude) <= 180):
        return None
    return Location(latitude, longitude, form.get("Label") or None, form.get("Address") or None)


def _media(form: Form) -> Media | None:
    url = form.get("MediaUrl0")
    return Media(form.get("MediaContentType0", ""), url) if url else None


def _number(text: str | None) -> int | None:
    """A positive whole number that a Postgres bigint can hold, else None."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 18:
        return None
    return int(text)
