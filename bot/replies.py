"""From what Rasa uttered to the replies of docs/wires.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rasa.shared.core.events import BotUttered

from bot.wording import wording

Reply = dict[str, Any]

MAX_QUICK_REPLIES = 3
MAX_ITEMS = 10
QUICK_REPLY_TITLE = 20
ITEM_TITLE = 24
ITEM_DESCRIPTION = 72


def replies_of(uttered: BotUttered) -> list[Reply]:
    """The replies of one bot utterance, in order; empty when it says nothing."""
    replies: list[Reply] = []
    text = (uttered.text or "").strip()
    buttons = uttered.data.get("buttons") or uttered.data.get("quick_replies") or []
    if text:
        replies.append(_with_buttons(text, buttons, uttered.metadata) if buttons else {"type": "text", "text": text})
    custom = uttered.data.get("custom")
    if isinstance(custom, dict) and custom.get("latido") == "location":
        replies.append(_location(custom))
    if isinstance(custom, dict) and custom.get("latido") == "picture":
        replies.append({"type": "picture", "text": str(custom["text"]), "picture": int(custom["picture"])})
    return replies


def _with_buttons(text: str, buttons: Sequence[Mapping[str, Any]], metadata: Mapping[str, Any]) -> Reply:
    if len(buttons) <= MAX_QUICK_REPLIES and not any(button.get("description") for button in buttons):
        return {"type": "quick_reply", "text": text, "buttons": [_quick_reply(button) for button in buttons]}
    return {
        "type": "list",
        "text": text,
        "button": _list_button(metadata),
        "items": [_item(button) for button in buttons[:MAX_ITEMS]],
    }


def _list_button(metadata: Mapping[str, Any]) -> str:
    nested = metadata.get("metadata")
    named = metadata.get("list_button") or (nested.get("list_button") if isinstance(nested, dict) else None)
    return _cut(str(named or wording()["list_button"]), QUICK_REPLY_TITLE)


def _quick_reply(button: Mapping[str, Any]) -> dict[str, str]:
    return {"title": _cut(str(button["title"]), QUICK_REPLY_TITLE), "payload": str(button["payload"])}


def _item(button: Mapping[str, Any]) -> dict[str, str]:
    item = {"title": _cut(str(button["title"]), ITEM_TITLE), "payload": str(button["payload"])}
    if button.get("description"):
        item["description"] = _cut(str(button["description"]), ITEM_DESCRIPTION)
    return item


def _location(custom: Mapping[str, Any]) -> Reply:
    reply: Reply = {
        "type": "location",
        "text": str(custom.get("text") or ""),
        "latitude": float(custom["latitude"]),
        "longitude": float(custom["longitude"]),
    }
    if custom.get("label"):
        reply["label"] = str(custom["label"])
    return reply


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
