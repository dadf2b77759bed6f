"""The moment a message speaks from: what the channel says, else this machine's clock, in local time (UTC-3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the scores of dates and weeks need no Rasa
    from rasa.shared.nlu.training_data.message import Message

BUENOS_AIRES = timezone(timedelta(hours=-3))


def now_of(message: Message) -> datetime:
    """`context.now` of the message's metadata, or the clock."""
    context = metadata_of(message).get("context") or {}
    return parsed(context.get("now")) or datetime.now(BUENOS_AIRES)


def metadata_of(message: Message) -> Mapping[str, Any]:
    """The metadata which the channel gave the message."""
    return message.get("metadata") or {}


def parsed(text: Any) -> datetime | None:
    """A moment in local time of what is written in ISO 8601; None when it is no moment."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return moment.astimezone(BUENOS_AIRES) if moment.tzinfo else moment.replace(tzinfo=BUENOS_AIRES)
    except (ValueError, OverflowError):
        return None
