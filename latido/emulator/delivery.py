"""What happens to a message after its 201: its place in the queue, its fate, its status callbacks."""

import asyncio
import time

from latido.emulator.addresses import bare
from latido.emulator.errors import meaning
from latido.emulator.model import Message
from latido.emulator.pictures import take_copy
from latido.emulator.state import Emulator
from latido.emulator.views import message as message_view
from latido.emulator.webhooks import WebhookCall
from latido.emulator.window import is_open, refusal

WHATSAPP_INSTALL = "XE" + "0" * 32


def queue_delay(emulator: Emulator) -> float | None:
    """Seconds this message waits in the sender's queue, or None when the queue is over four hours long."""
    return emulator.meters.queue.delay(time.monotonic(), emulator.limits.sender_per_second)


async def deliver(emulator: Emulator, message: Message, delay: float) -> None:
    """Carry one accepted message through its statuses."""
    if message.send_at is not None:
        await emulator.clock.sleep_until(message.send_at)
    if delay > 0:
        await asyncio.sleep(delay)
    if message.status == "canceled":
        return
    failure = _failure(emulator, message) or await take_copy(emulator, message)
    steps = _script(emulator, message, failure)
    late: list[str] = []
    for status in steps:
        await _pause(emulator)
        _apply(emulator, message, status, failure)
        if emulator.faults.shuffle:
            late.insert(0, status)
        else:
            await _report(emulator, message, status)
    for status in late:
        await _report(emulator, message, status)


async def cancel(emulator: Emulator, message: Message) -> None:
    """Tell of a cancelled message."""
    await _report(emulator, message, "canceled")


def window_open(emulator: Emulator, address: str) -> bool:
    """Whether free-form messages reach this user now, or what the fault says instead."""
    if emulator.faults.window != "auto":
        return emulator.faults.window == "open"
    phone = emulator.phones.get(address)
    return is_open(phone.last_inbound_at if phone else None, emulator.now())


def _failure(emulator: Emulator, message: Message) -> int | None:
    phone, now = emulator.phones.get(message.to), emulator.now()
    if code := emulator.faults.delivery_failure():
        return code
    if phone is not None and not phone.on_whatsapp:
        return 63003
    if phone is not None and phone.blocked:
        return 63014
    if message.doomed_by is not None:
        return message.doomed_by
    opened = window_open(emulator, message.to)
    if code := refusal(message.bubble, message.approved_template, opened):
        return code
    limit = emulator.limits.conversations_per_day
    if not opened and not emulator.meters.conversation_allowed(message.to, now, limit):
        return 63018
    if emulator.limits.pair and not emulator.meters.pair_allows(message.to, now):
        return 63018
    return None


def _script(emulator: Emulator, message: Message, failure: int | None) -> list[str]:
    """The statuses still to come; the first one (that of the 201) is never reported."""
    start = ["queued"] if message.messaging_service_sid else []
    if failure is None:
        return [*start, "sent", "delivered", *(["read"] if emulator.faults.read_receipts else [])]
    if failure == 63016 and emulator.faults.window_fails_as == "undelivered":
        return [*start, "sent", "undelivered"]
    return [*start, "failed"]


async def _pause(emulator: Emulator) -> None:
    if emulator.faults.status_delay_ms:
        await asyncio.sleep(emulator.faults.status_delay_ms / 1000)


def _apply(emulator: Emulator, message: Message, status: str, failure: int | None) -> None:
    message.move_to(status, emulator.now())
    if status == "sent":
        message.sent = emulator.now()
    if status in ("failed", "undelivered"):
        message.error_code = failure
        emulator.feed.publish({"type": "failed", "message": message_view(message)})
    if status == "sent" and failure is None:
        emulator.show(message)
        _mark_read(emulator, message.to)
    elif message.visible and emulator.feed.watched:
        emulator.feed.publish({"type": "message", "message": message_view(message)})


def _mark_read(emulator: Emulator, address: str) -> None:
    """An answer means that what came before it has been read."""
    for earlier in reversed(emulator.transcripts[address]):
        if earlier.inbound and earlier.tick == "read":
            break
        if earlier.inbound and earlier.tick == "delivered":
            mark_read(emulator, earlier)


def mark_read(emulator: Emulator, message: Message) -> None:
    """Turn the ticks of a resident's message blue."""
    message.tick = "read"
    if emulator.feed.watched:
        emulator.feed.publish({"type": "message", "message": message_view(message)})


async def _report(emulator: Emulator, message: Message, status: str) -> None:
    url = message.status_callback or emulator.config.status_url
    if not url or status in emulator.faults.lose:
        return
    for _ in range(1 + emulator.faults.duplicates):
        form = status_form(emulator, message, status)
        call = WebhookCall("status", message.sid, url, form, "", emulator.now())
        await emulator.webhooks.call(call, emulator.faults.retry_on_timeout)
        emulator.log_call(call)


def status_form(emulator: Emulator, message: Message, status: str) -> dict[str, str]:
    """The form of a status callback, with WhatsApp's extras."""
    form = {
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "MessageStatus": status,
        "SmsStatus": status,
        "AccountSid": emulator.config.account_sid,
        "From": message.sender,
        "To": message.to,
        "ApiVersion": "2010-04-01",
        "ChannelPrefix": "whatsapp",
        "ChannelInstallSid": WHATSAPP_INSTALL,
        "ChannelToAddress": _masked(bare(message.to)),
        "StructuredMessage": "false",
    }
    if message.messaging_service_sid:
        form["MessagingServiceSid"] = message.messaging_service_sid
    if status in ("delivered", "read", "undelivered"):
        form["EventType"] = status.upper()
    if status in ("failed", "undelivered") and message.error_code:
        form["ErrorCode"] = str(message.error_code)
        form["ErrorMessage"] = form["ChannelStatusMessage"] = meaning(message.error_code)
    return form


def _masked(number: str) -> str:
    return number[:-4] + "XXXX"
