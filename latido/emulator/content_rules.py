"""What Twilio's Content API accepts: types, required fields, lengths (source: content-types-overview, Meta)."""

import re
from collections.abc import Mapping
from typing import Any

BODY, TEXT_BODY, TITLE, BUTTON_ID = 1024, 1600, 20, 128
ITEM, ITEM_ID, DESCRIPTION, LIST_BUTTON = 24, 200, 72, 20
KNOWN = frozenset(
    f"twilio/{name}"
    for name in ("text", "media", "location", "list-picker", "call-to-action", "quick-reply", "card", "catalog")
) | {"twilio/carousel", "twilio/flows", "twilio/schedule", "whatsapp/card", "whatsapp/authentication", "whatsapp/flows"}


def fault_in(types: Mapping[str, Any]) -> str | None:
    """What is wrong with the `types` of a content, in words, or None. Lengths count characters."""
    given = {name: fields for name, fields in types.items() if fields is not None}
    if not given:
        return "types must hold at least one content type"
    for name, fields in given.items():
        if name not in KNOWN:
            return f"unknown content type {name}"
        if not isinstance(fields, dict):
            return f"{name} must be an object"
        fault = _RULES.get(name, lambda _: None)(fields)
        if fault:
            return f"{name}: {fault}"
    return None


def rejection_of(types: Mapping[str, Any], samples: Mapping[str, str]) -> str | None:
    """Why WhatsApp would not approve a content as a template, or None (source: Twilio, Meta, on approval)."""
    body = str(next(fields for fields in types.values() if fields is not None).get("body") or "")
    numbers = re.findall(r"\{\{(\w+)\}\}", body)
    words = len(re.findall(r"[^\W\d_]+", re.sub(r"\{\{\w+\}\}", " ", body)))
    if re.match(r"\W*\{\{", body) or re.search(r"\}\}\W*\Z", body):
        return "a variable stands first or last"
    if re.search(r"\}\}\W*\{\{", body):
        return "variables stand side by side"
    if sorted(set(numbers)) != [str(number) for number in range(1, len(set(numbers)) + 1)]:
        return "variables are not numbered in sequence"
    if numbers and words < 2 * len(numbers) + 1:
        return "too many variables for the length of the text"
    missing = set(numbers) - set(samples)
    return f"no sample for variable {min(missing)}" if missing else None


def _long(fields: Mapping[str, Any], name: str, limit: int, required: bool = True) -> str | None:
    value = fields.get(name)
    if value in (None, "") and not required:
        return None
    if not isinstance(value, str) or not value:
        return f"{name} is required"
    return f"{name} is longer than {limit} characters" if len(value) > limit else None


def _unknown(fields: Mapping[str, Any], *allowed: str) -> str | None:
    extra = set(fields) - set(allowed)
    return f"unknown property {sorted(extra)[0]}" if extra else None


def _text(fields: Mapping[str, Any]) -> str | None:
    return _unknown(fields, "body") or _long(fields, "body", TEXT_BODY)


def _quick_reply(fields: Mapping[str, Any]) -> str | None:
    actions = fields.get("actions")
    if not isinstance(actions, list) or not 1 <= len(actions) <= 10:
        return "actions must hold 1 to 10 buttons"
    each = (_button(action) for action in actions)
    return _unknown(fields, "body", "actions") or _long(fields, "body", BODY) or next(filter(None, each), None)


def _button(action: Mapping[str, Any]) -> str | None:
    return (
        _unknown(action, "type", "title", "id")
        or _long(action, "title", TITLE)
        or _long(action, "id", BUTTON_ID, required=False)
    )


def _list(fields: Mapping[str, Any]) -> str | None:
    items = fields.get("items")
    if not isinstance(items, list) or not 1 <= len(items) <= 10:
        return "items must hold 1 to 10 items"
    each = (_item(item) for item in items)
    head = _unknown(fields, "body", "button", "items") or _long(fields, "body", BODY)
    return head or _long(fields, "button", LIST_BUTTON) or next(filter(None, each), None)


def _item(item: Mapping[str, Any]) -> str | None:
    return (
        _unknown(item, "id", "item", "description")
        or _long(item, "item", ITEM)
        or _long(item, "id", ITEM_ID)
        or _long(item, "description", DESCRIPTION, required=False)
    )


def _location(fields: Mapping[str, Any]) -> str | None:
    for name, limit in (("latitude", 90), ("longitude", 180)):
        value = fields.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > limit:
            return f"{name} must be a number of degrees"
    return _unknown(fields, "latitude", "longitude", "label", "id", "address")


_RULES = {
    "twilio/text": _text,
    "twilio/quick-reply": _quick_reply,
    "twilio/list-picker": _list,
    "twilio/location": _location,
}
