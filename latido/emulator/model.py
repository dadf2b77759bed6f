"""What the emulator keeps in memory: phones, messages, contents, media."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from latido.emulator.addresses import bare, digits_of

FINAL_STATUSES = frozenset({"failed", "undelivered", "canceled", "read"})


@dataclass(frozen=True)
class Choice:
    """A quick-reply button, or an item of a list."""

    title: str
    id: str
    description: str = ""


@dataclass(frozen=True)
class Place:
    """A point in degrees, with what is written under the pin."""

    latitude: float
    longitude: float
    label: str = ""
    address: str = ""


@dataclass(frozen=True)
class Bubble:
    """A message as a phone shows it."""

    kind: str
    body: str = ""
    buttons: tuple[Choice, ...] = ()
    list_button: str = ""
    items: tuple[Choice, ...] = ()
    location: Place | None = None
    media_url: str = ""
    content_type: str = ""
    filename: str = ""


@dataclass
class Phone:
    """A resident's phone. `wa_id` and `has_number` may be odd on purpose; the switches make sends fail."""

    address: str
    name: str
    external_user_id: str = ""
    wa_id: str = ""
    opted_out: bool = False
    blocked: bool = False
    on_whatsapp: bool = True
    last_inbound_at: datetime | None = None

    @property
    def number(self) -> str:
        """The address without its prefix."""
        return bare(self.address)

    @staticmethod
    def at(address: str, name: str) -> "Phone":
        """A well-behaved phone: its WaId are its digits, its business-scoped id is made from them."""
        digits = digits_of(address)
        scoped = f"whatsapp:AR.{digits[::-1]}" if digits else address
        return Phone(address, name, external_user_id=scoped, wa_id=digits)


@dataclass
class Medium:
    """A photo, voice note, sticker … with its bytes."""

    sid: str
    message_sid: str
    content_type: str
    content: bytes
    created: datetime
    filename: str = ""


@dataclass
class Content:
    """A Content resource; `approval` is None until it is submitted."""

    sid: str
    language: str
    types: Mapping[str, Any]
    created: datetime
    friendly_name: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    approval: dict[str, Any] | None = None

    @property
    def approved(self) -> bool:
        """Whether WhatsApp lets it out of the window."""
        return bool(self.approval) and self.approval is not None and self.approval["status"] == "approved"


@dataclass
class Message:
    """Either direction; `sequence` is its place among all that was shown, `doomed_by` is a failure known at the 201."""

    sid: str
    direction: str
    sender: str
    to: str
    body: str
    status: str
    created: datetime
    updated: datetime
    bubble: Bubble
    sent: datetime | None = None
    error_code: int | None = None
    doomed_by: int | None = None
    messaging_service_sid: str | None = None
    status_callback: str | None = None
    media_sids: tuple[str, ...] = ()
    approved_template: bool = False
    send_at: datetime | None = None
    visible: bool = False
    sequence: int = 0
    tick: str = "sent"
    replied_to: str | None = None
    statuses: list[tuple[str, datetime]] = field(default_factory=list)

    @property
    def inbound(self) -> bool:
        """True for what a resident wrote."""
        return self.direction == "inbound"

    @property
    def phone(self) -> str:
        """The resident's address, whichever way the message goes."""
        return self.sender if self.inbound else self.to

    def move_to(self, status: str, at: datetime) -> None:
        """Take a new status and remember when."""
        self.status, self.updated = status, at
        self.statuses.append((status, at))
