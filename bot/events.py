"""Rasa events as compact JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import rasa.shared.utils.common
import ujson
from rasa.shared.core.events import Event, UserUttered

RANKING_KEPT = 5
_PARSE_DATA_KEPT = ("intent", "entities")
_MODEL_MARKS = ("model_id", "assistant_id")  # Rasa stamps every event; the resident's own message is enough


@lru_cache(maxsize=1)
def event_classes() -> Mapping[str, type[Event]]:
    """Every event class by its type name; Rasa walks all sub-classes for each event instead."""
    classes: dict[str, type[Event]] = {}
    for cls in rasa.shared.utils.common.all_subclasses(Event):
        classes.setdefault(cls.type_name, cls)
    return classes


def dump_event(event: Event) -> str:
    """One event as compact JSON, without what can be worked out again."""
    text: str = ujson.dumps(slim(event.as_dict()), ensure_ascii=False, escape_forward_slashes=False)
    return text


def slim(data: dict[str, Any]) -> dict[str, Any]:
    """An event as Rasa writes it, without what can be worked out again."""
    if data["event"] == UserUttered.type_name:
        return {**data, "parse_data": _slim_parse_data(data["parse_data"])}
    metadata = {key: value for key, value in (data.get("metadata") or {}).items() if key not in _MODEL_MARKS}
    kept = {key: value for key, value in data.items() if key != "metadata"}
    return {**kept, "metadata": metadata} if metadata else kept


def load_events(text: str) -> list[Event]:
    """The events of a JSON array of what `dump_event` wrote; ValueError when a type is unknown."""
    return [_event_of(data) for data in ujson.loads(text)]


def load_event(text: str) -> Event:
    """The event written by `dump_event`; ValueError when its type is unknown."""
    return _event_of(ujson.loads(text))


def _event_of(data: dict[str, Any]) -> Event:
    event_class = event_classes().get(data["event"])
    event: Event | None = event_class._from_parameters(data) if event_class else None
    if event is None:
        raise ValueError(f"Unknown event type '{data['event']}' in the tracker store: clear the session.")
    return event


def _slim_parse_data(parse_data: Mapping[str, Any]) -> dict[str, Any]:
    slim = {key: parse_data.get(key) for key in _PARSE_DATA_KEPT}
    slim["intent_ranking"] = list(parse_data.get("intent_ranking") or [])[:RANKING_KEPT]
    return slim
