"""From what the REST API was given to the bubble that a phone shows."""

import mimetypes
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from latido.emulator.model import Bubble, Choice, Content, Place

# The richest type that WhatsApp can show wins (source: Twilio, content-types-overview).
RICHEST_FIRST = (
    "twilio/list-picker",
    "twilio/quick-reply",
    "twilio/location",
    "whatsapp/card",
    "twilio/card",
    "twilio/call-to-action",
    "twilio/media",
    "twilio/text",
)
_PLACEHOLDER = re.compile(r"\{\{\s*([^{}\s]{1,16})\s*\}\}")
_GEO = re.compile(r"geo:(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)(?:\|(.*))?")


class MissingVariable(ValueError):
    """A placeholder of the content has neither a value nor a default: Twilio fails it later with 63028."""


def plain(body: str, media_url: str, action: str) -> Bubble:
    """A message sent without a content: text, a medium, or a location by `PersistentAction`."""
    place = _geo(action, body) if action else None
    if place:
        return Bubble("location", body, location=place)
    if media_url:
        return _medium(body, media_url)
    return Bubble("text", body)


def of_content(content: Content, values: Mapping[str, str]) -> Bubble:
    """The richest type of a content with its variables filled in; MissingVariable when one is not."""
    given = {name: fields for name, fields in content.types.items() if fields is not None}
    name = next(each for each in (*RICHEST_FIRST, *given) if each in given)
    fields = _filled(given[name], {**content.variables, **values})
    return _RENDERERS.get(name, _text)(fields)


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda found: _value(found.group(1), values), value)
    if isinstance(value, dict):
        return {key: _filled(each, values) for key, each in value.items()}
    return [_filled(each, values) for each in value] if isinstance(value, list) else value


def _value(name: str, values: Mapping[str, str]) -> str:
    if name not in values:
        raise MissingVariable(name)
    return values[name]


def _geo(action: str, body: str) -> Place | None:
    found = _GEO.fullmatch(action.strip())
    return Place(float(found[1]), float(found[2]), found[3] or body) if found else None


def _text(fields: Mapping[str, Any]) -> Bubble:
    return Bubble("text", str(fields.get("body", "")))


def _quick_reply(fields: Mapping[str, Any]) -> Bubble:
    # A button without an id answers with its title, as on WhatsApp.
    buttons = tuple(Choice(each["title"], each.get("id") or each["title"]) for each in fields["actions"])
    return Bubble("quick_reply", fields["body"], buttons=buttons)


def _list(fields: Mapping[str, Any]) -> Bubble:
    items = tuple(Choice(each["item"], each["id"], each.get("description") or "") for each in fields["items"])
    return Bubble("list", fields["body"], list_button=fields["button"], items=items)


def _location(fields: Mapping[str, Any]) -> Bubble:
    label, address = fields.get("label") or "", fields.get("address") or ""
    place = Place(float(fields["latitude"]), float(fields["longitude"]), label, address)
    return Bubble("location", label, location=place)


def _media(fields: Mapping[str, Any]) -> Bubble:
    return _medium(fields.get("body") or "", (fields.get("media") or [""])[0])


def _medium(body: str, url: str) -> Bubble:
    """The kind is guessed from the file's name, until the file itself is fetched on delivery."""
    content_type = mimetypes.guess_type(urlsplit(url).path)[0] or "image/jpeg"
    family = content_type.split("/")[0]
    kind = family if family in ("image", "audio", "video") else "document"
    return Bubble(kind, body, media_url=url, content_type=content_type)


_RENDERERS = {
    "twilio/list-picker": _list,
    "twilio/quick-reply": _quick_reply,
    "twilio/location": _location,
    "twilio/media": _media,
}
