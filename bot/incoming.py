"""From the worker's JSON to what Rasa understands (docs/wires.md, "worker → bot")."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.shared.core.domain import Domain

from bot.errors import BadTurn

CHANNEL_NAME = "latido"
KINDS = ("text", "location", "button", "image", "audio", "video", "document", "sticker", "contact", "unknown")
MAX_TEXT = 4096  # longer than any WhatsApp message
_FORBIDDEN_INTENTS = {"restart", "back", "session_start", "nlu_fallback"}
_LOOKS_LIKE_SLASH = "\u2215"
_LEADING_SLASHES = re.compile(r"^[/\s]+")


@dataclass(frozen=True)
class Location:
    """A point in degrees, with the words WhatsApp may add."""

    latitude: float
    longitude: float
    label: str | None = None
    address: str | None = None


@dataclass(frozen=True)
class Turn:
    """One inbound message, checked."""

    message_sid: str
    resident: str
    kind: str
    text: str
    payload: str | None
    location: Location | None
    media: Mapping[str, Any]
    context: Mapping[str, Any]


@dataclass(frozen=True)
class Structured:
    """An intent with entities that we made ourselves and that need no understanding."""

    intent: str
    entities: Mapping[str, Any]

    def as_text(self) -> str:
        """Rasa's own notation, `/intent{"entity": "value"}`."""
        return f"/{self.intent}{json.dumps(self.entities, ensure_ascii=False) if self.entities else ''}"


def read_turn(body: Any) -> Turn:
    """The checked turn; BadTurn when a field is missing or of the wrong kind."""
    if not isinstance(body, dict):
        raise BadTurn("The body must be a JSON object.")
    kind = body.get("kind")
    if kind not in KINDS:
        raise BadTurn(f"`kind` must be one of {', '.join(KINDS)}.")
    location = _location(body.get("location"))
    if kind == "location" and location is None:
        raise BadTurn("A message of kind `location` needs `location`.")
    return Turn(
        message_sid=_name(body, "message_sid"),
        resident=_name(body, "resident"),
        kind=kind,
        text=harmless_text(_optional(body, "text", str) or ""),
        payload=_optional(body, "payload", str),
        location=location,
        media=_optional(body, "media", dict) or {},
        context=_optional(body, "context", dict) or {},
    )


def read_resident(body: Any) -> str:
    """The resident that `{"resident": …}` names; BadTurn when it names none."""
    if not isinstance(body, dict):
        raise BadTurn("The body must be a JSON object.")
    return _name(body, "resident")


def harmless_text(text: str) -> str:
    """The words without leading slashes, so that Rasa never takes them for a command."""
    clean = unicodedata.normalize("NFC", _encodable(text[:MAX_TEXT])).strip()
    # Every blank there is: Rasa strips them all, and "/", an em space and "/restart" would be a command again.
    words = _LEADING_SLASHES.sub("", clean)
    return words or (_LOOKS_LIKE_SLASH if clean else "")


def _encodable(text: str) -> str:
    """The text with a question mark for each lone surrogate, which neither the store nor an action can be sent."""
    return text.encode("utf-8", "replace").decode("utf-8")


def structured_input(turn: Turn, domain: Domain) -> Structured | None:
    """What needs no understanding: a payload, a location, a medium without words; None for text."""
    if turn.payload is not None:
        return read_payload(turn.payload, domain)
    if turn.location is not None:
        return _share_location(turn.location)
    if turn.text or turn.kind in ("text", "button"):
        return None
    return Structured("send_media", {"media_kind": turn.media.get("kind") or turn.kind})


def read_payload(payload: str, domain: Domain) -> Structured:
    """`/intent{json}` whose intent and entities the domain knows; BadTurn otherwise."""
    name, brace, rest = payload.partition("{")
    intent = name[1:].strip()
    if not name.startswith("/") or intent in _FORBIDDEN_INTENTS or intent not in domain.intents:
        raise BadTurn("`payload` must be `/` and an intent of the domain.")
    entities = _json_object(brace + rest) if brace else {}
    unknown = [entity for entity in entities if entity not in domain.entities]
    if unknown:
        raise BadTurn("`payload` names an entity which the domain does not know.")
    return Structured(intent, entities)


def to_user_message(turn: Turn, structured: Structured | None, output: OutputChannel) -> UserMessage:
    """Rasa's message, with id and metadata; a structured one needs no NLU."""
    return UserMessage(
        text=structured.as_text() if structured else turn.text,
        output_channel=output,
        sender_id=turn.resident,
        parse_data=_parse_data(structured) if structured else _not_understood(turn.text),
        input_channel=CHANNEL_NAME,
        message_id=turn.message_sid,
        metadata=_metadata(turn),
    )


def _parse_data(structured: Structured) -> dict[str, Any]:
    intent = {"name": structured.intent, "confidence": 1.0}
    text = structured.as_text()
    entities = [
        {"entity": name, "value": value, "start": 0, "end": len(text), "extractor": CHANNEL_NAME}
        for name, value in structured.entities.items()
    ]
    return {"text": text, "intent": intent, "intent_ranking": [intent], "entities": entities}


def _not_understood(text: str) -> dict[str, Any] | None:
    if text:
        return None
    intent = {"name": "nlu_fallback", "confidence": 1.0}
    return {"text": text, "intent": intent, "intent_ranking": [intent], "entities": []}


def _metadata(turn: Turn) -> dict[str, Any]:
    metadata: dict[str, Any] = {"kind": turn.kind, "message_sid": turn.message_sid, "context": dict(turn.context)}
    if turn.media:
        metadata["media"] = dict(turn.media)
    if turn.location:
        metadata["location"] = dict(vars(turn.location))
    return metadata


def _share_location(location: Location) -> Structured:
    entities: dict[str, Any] = {"latitude": location.latitude, "longitude": location.longitude}
    label = location.label or location.address
    if label:
        entities["location_label"] = label
    return Structured("share_location", entities)


def _location(value: Any) -> Location | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise BadTurn("`location` must be an object.")
    latitude, longitude = value.get("latitude"), value.get("longitude")
    if not (_is_degree(latitude, 90) and _is_degree(longitude, 180)):
        raise BadTurn("`location` needs `latitude` and `longitude` as numbers in degrees.")
    return Location(float(latitude), float(longitude), _optional(value, "label", str), _optional(value, "address", str))


def _is_degree(value: Any, limit: int) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -limit <= value <= limit


def _name(body: Mapping[str, Any], field: str) -> str:
    value = body.get(field)
    if not isinstance(value, str) or not value.strip() or len(value) > 200 or _encodable(value) != value:
        raise BadTurn(f"`{field}` must be a non-empty string.")
    return value


def _optional(body: Mapping[str, Any], field: str, kind: type) -> Any:
    value = body.get(field)
    if value is not None and not isinstance(value, kind):
        raise BadTurn(f"`{field}` must be of type {kind.__name__}.")
    return value


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:  # nested without end, it is as little one of ours as any other
        raise BadTurn("`payload` must carry a JSON object after its intent.") from error
    if not isinstance(value, dict):
        raise BadTurn("`payload` must carry a JSON object after its intent.")
    return value
