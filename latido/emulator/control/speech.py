"""From a request of the control API to what a resident did on the phone."""

from collections.abc import Callable, Mapping
from typing import Any

from latido.emulator import samples
from latido.emulator.inbound import Said, sid_for
from latido.emulator.model import Bubble, Choice, Medium, Message, Phone, Place
from latido.emulator.sids import new_sid
from latido.emulator.state import Emulator

MEDIA_KINDS = frozenset({"image", "audio", "video", "document", "sticker", "contact"})
WORDS_LIMIT = 1600


class SpeechError(ValueError):
    """The request cannot be turned into a message; the message says what it lacks."""


def understand(emulator: Emulator, phone: Phone, wanted: Mapping[str, Any], upload: Medium | None) -> Said:
    """What was said; SpeechError when the kind is unknown or a choice does not exist."""
    kind = str(wanted.get("kind") or "text")
    extra = {str(key): str(value) for key, value in dict(wanted.get("extra") or {}).items()}
    if kind in MEDIA_KINDS:
        return _medium(kind, wanted, upload or samples.medium(kind, emulator.now()), extra)
    speaker = _SPEAKERS.get(kind)
    if speaker is None:
        raise SpeechError(f"kind is one of {', '.join(sorted({*_SPEAKERS, *MEDIA_KINDS}))}")
    said = speaker(emulator, phone, wanted)
    return Said(said.bubble_kind, said.message_type, said.body, said.extra | extra, None, said.replied_to)


def message_from(emulator: Emulator, phone: Phone, said: Said) -> Message:
    """The inbound message, stored and on the phone's screen; it opens the window."""
    now, medium = emulator.now(), said.medium
    sid = sid_for(medium is not None)
    if medium is not None:
        medium.message_sid = sid
        emulator.media[medium.sid] = medium
    message = Message(
        sid=sid,
        direction="inbound",
        sender=phone.address,
        to=emulator.config.sender,
        body=said.body,
        status="received",
        created=now,
        updated=now,
        sent=now,
        bubble=_bubble(said),
        messaging_service_sid=emulator.config.messaging_service_sid,
        media_sids=(medium.sid,) if medium else (),
        replied_to=said.replied_to,
    )
    phone.last_inbound_at = now
    emulator.add_message(message)
    emulator.show(message)
    return message


def _bubble(said: Said) -> Bubble:
    place = None
    if "Latitude" in said.extra:
        position = float(said.extra["Latitude"]), float(said.extra["Longitude"])
        place = Place(*position, said.extra.get("Label", ""), said.extra.get("Address", ""))
    if said.medium is None:
        return Bubble(said.bubble_kind, said.body, location=place)
    medium, url = said.medium, f"/emulator/storage/{said.medium.sid}"
    kind, name = medium.content_type, medium.filename
    return Bubble(said.bubble_kind, said.body, media_url=url, content_type=kind, filename=name)


def _text(emulator: Emulator, phone: Phone, wanted: Mapping[str, Any]) -> Said:
    words = str(wanted.get("text") or "")
    if not words or len(words) > WORDS_LIMIT:
        raise SpeechError(f"text must have 1 to {WORDS_LIMIT} characters")
    return Said("text", "text", words)


def _location(emulator: Emulator, phone: Phone, wanted: Mapping[str, Any]) -> Said:
    try:
        latitude, longitude = float(wanted["latitude"]), float(wanted["longitude"])
    except (KeyError, TypeError, ValueError):
        raise SpeechError("a location needs latitude and longitude as numbers") from None
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise SpeechError("latitude and longitude are degrees")
    extra = {"Latitude": f"{latitude:.6f}", "Longitude": f"{longitude:.6f}"}
    named = {"Label": wanted.get("label"), "Address": wanted.get("address")}
    return Said("location", "location", "", extra | {key: str(value) for key, value in named.items() if value})


def _button(emulator: Emulator, phone: Phone, wanted: Mapping[str, Any]) -> Said:
    message = _seen(emulator, phone, wanted)
    choice = _chosen(message.bubble.buttons, wanted)
    kind = "button" if message.approved_template else "interactive"
    extra = {"ButtonText": choice.title, "ButtonPayload": choice.id, "ButtonType": "REPLY"}
    return Said("text", kind, choice.title, extra, replied_to=message.sid)


def _list_item(emulator: Emulator, phone: Phone, wanted: Mapping[str, Any]) -> Said:
    message = _seen(emulator, phone, wanted)
    choice = _chosen(message.bubble.items, wanted)
    extra = {"ListId": choice.id, "ListTitle": choice.title}
    return Said("text", "interactive", choice.title, extra, replied_to=message.sid)


def _unknown(emulator: Emulator, phone: Phone, wanted: Mapping[str, Any]) -> Said:
    return Said("unknown", "unsupported")


def _medium(kind: str, wanted: Mapping[str, Any], medium: Medium, extra: dict[str, str]) -> Said:
    caption = str(wanted.get("caption") or "")[:WORDS_LIMIT]
    return Said(kind, "contacts" if kind == "contact" else kind, caption, extra, medium)


def uploaded(content: bytes, content_type: str, filename: str, emulator: Emulator) -> Medium:
    """A file that the phone page sent."""
    return Medium(new_sid("ME"), "", content_type, content, emulator.now(), filename)


def _seen(emulator: Emulator, phone: Phone, wanted: Mapping[str, Any]) -> Message:
    message = emulator.messages.get(str(wanted.get("message_sid") or ""))
    if message is None or message.to != phone.address or not message.visible:
        raise SpeechError("message_sid must be a message that this phone has received")
    return message


def _chosen(choices: tuple[Choice, ...], wanted: Mapping[str, Any]) -> Choice:
    """By `index` or by `title`."""
    for index, choice in enumerate(choices):
        if wanted.get("index") == index or wanted.get("title") == choice.title:
            return choice
    raise SpeechError(f"no such choice; there are: {', '.join(choice.title for choice in choices) or 'none'}")


_SPEAKERS: dict[str, Callable[[Emulator, Phone, Mapping[str, Any]], Said]] = {
    "text": _text,
    "location": _location,
    "button": _button,
    "list": _list_item,
    "unknown": _unknown,
}
