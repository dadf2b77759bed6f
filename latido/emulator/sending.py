"""Accepting a message from us: the resource behind the 201, and its delivery set going."""

from dataclasses import dataclass
from datetime import datetime

from latido.emulator.delivery import deliver, queue_delay
from latido.emulator.errors import RestError
from latido.emulator.model import Bubble, Message
from latido.emulator.sids import new_sid
from latido.emulator.state import Emulator


@dataclass(frozen=True)
class Accepted:
    """A send that has passed every check of the REST API."""

    to: str
    bubble: Bubble
    messaging_service_sid: str | None = None
    status_callback: str | None = None
    approved_template: bool = False
    failure: int | None = None
    send_at: datetime | None = None
    direction: str = "outbound-api"


def accept(emulator: Emulator, send: Accepted) -> Message:
    """Store the message and let it travel; RestError 21611 when the queue is too long."""
    delay = queue_delay(emulator)
    if delay is None:
        raise RestError(21611)
    now = emulator.now()
    message = Message(
        sid=new_sid("MM" if send.bubble.media_url else "SM"),
        direction=send.direction,
        sender=emulator.config.sender,
        to=send.to,
        body=send.bubble.body,
        status=_first_status(send),
        created=now,
        updated=now,
        bubble=send.bubble,
        doomed_by=send.failure,
        messaging_service_sid=send.messaging_service_sid,
        status_callback=send.status_callback,
        approved_template=send.approved_template,
        send_at=send.send_at,
    )
    message.statuses.append((message.status, now))
    emulator.add_message(message)
    emulator.spawn(deliver(emulator, message, delay))
    return message


def reply_with(emulator: Emulator, to: str, body: str) -> None:
    """A reply that came as TwiML in the answer of a webhook."""
    service = emulator.config.messaging_service_sid
    accept(emulator, Accepted(to, Bubble("text", body), service, direction="outbound-reply"))


def _first_status(send: Accepted) -> str:
    if send.send_at is not None:
        return "scheduled"
    return "accepted" if send.messaging_service_sid else "queued"
