"""Buttons and pins in the shapes that docs/wires.md gives them."""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]


def payload(intent: str, **entities: Any) -> str:
    """`/intent{"entity": value}`: what a button of ours means."""
    return f"/{intent}{json.dumps(entities, ensure_ascii=False)}" if entities else f"/{intent}"


def button(title: str, to: str, description: str | None = None) -> Json:
    """One button or list item."""
    made = {"title": title, "payload": to}
    return {**made, "description": description} if description else made


def picture(number: int, caption: str) -> Json:
    """A picture that care keeps for the sender, with what stands below it."""
    return {"latido": "picture", "picture": number, "text": caption}


def pin(center: Json, title: str) -> Json:
    """A centre on the map."""
    return {
        "latido": "location",
        "text": title,
        "latitude": center["latitude"],
        "longitude": center["longitude"],
        "label": center.get("address") or title,
    }
