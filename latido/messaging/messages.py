"""The values of the message log: what came in, what goes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

InboundKind = Literal[
    "text", "location", "button", "image", "audio", "video", "document", "sticker", "contact", "unknown"
]


@dataclass(frozen=True)
class Location:
    """A point in WGS84 degrees, as WhatsApp shares it."""

    latitude: float
    longitude: float
    label: str | None = None
    address: str | None = None


@dataclass(frozen=True)
class Media:
    """One attachment; the file itself stays at Twilio."""

    content_type: str
    url: str


@dataclass(frozen=True)
class InboundMessage:
    """One message of a resident as Twilio delivered it."""

    sid: str
    address: str
    kind: InboundKind
    text: str
    profile_name: str | None = None
    button_id: str | None = None
    location: Location | None = None
    media: Media | None = None
    replies_to_sid: str | None = None


@dataclass(frozen=True)
class Receipt:
    """One delivery receipt; `reference` is the outbox id that our callback URL carried."""

    sid: str
    status: str
    error_code: int | None = None
    reference: int | None = None


@dataclass(frozen=True)
class Button:
    """A choice offered to the resident; `payload` is ours and never leaves the log."""

    title: str
    payload: str
    description: str | None = None


@dataclass(frozen=True)
class Reply:
    """One bubble of a turn: `text`, `quick_reply` (1–3 buttons), `list` (1–10 buttons), `location` or `picture`.

    `template` (with its `variant`) is what is sent instead outside the 24-hour window, filled with `variables`.
    `picture` is the id of what latido/messaging/pictures keeps for it; the text is then its caption.
    """

    kind: Literal["text", "quick_reply", "list", "location", "picture"]
    text: str
    buttons: tuple[Button, ...] = field(default=())
    list_button: str = ""
    location: Location | None = None
    template: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    variant: str = ""
    picture: int | None = None
