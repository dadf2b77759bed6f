"""A resident's message on its way to the bridge: the webhook's form, its delivery, the answer in TwiML."""

import json
from dataclasses import dataclass, field

from latido.emulator import twiml
from latido.emulator.model import Medium, Message, Phone
from latido.emulator.sending import reply_with
from latido.emulator.sids import new_sid
from latido.emulator.state import Emulator
from latido.emulator.webhooks import WebhookCall

OPT_OUT = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"})
OPT_IN = frozenset({"START", "YES", "UNSTOP"})


@dataclass(frozen=True)
class Said:
    """What a resident did on the phone, before it is a message."""

    bubble_kind: str
    message_type: str
    body: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    medium: Medium | None = None
    replied_to: str | None = None


def sid_for(said_with_medium: bool) -> str:
    """The identifier of an inbound message: MM with a medium, else SM."""
    return new_sid("MM" if said_with_medium else "SM")


def webhook_form(emulator: Emulator, phone: Phone, message: Message, said: Said) -> dict[str, str]:
    """The fields of the webhook; blank ones are there and are signed."""
    form = {
        "SmsMessageSid": message.sid,
        "SmsSid": message.sid,
        "MessageSid": message.sid,
        "AccountSid": emulator.config.account_sid,
        "From": phone.address,
        "To": emulator.config.sender,
        "Body": said.body,
        "NumMedia": "1" if said.medium else "0",
        "NumSegments": "1",
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
        "ProfileName": phone.name,
        "WaId": phone.wa_id,
        "MessageType": said.message_type,
        "ReferralNumMedia": "0",
        "ChannelMetadata": _channel_metadata(phone),
        "ExternalUserId": phone.external_user_id,
    }
    if emulator.config.messaging_service_sid:
        form["MessagingServiceSid"] = emulator.config.messaging_service_sid
    if said.medium:
        form |= {"MediaContentType0": said.medium.content_type, "MediaUrl0": media_url(emulator, said.medium)}
    if said.replied_to:
        form |= _reply_fields(emulator, said.replied_to)
    return form | _opt_out(emulator, phone, said.body) | said.extra


def media_url(emulator: Emulator, medium: Medium) -> str:
    """Where the bridge fetches a medium, with the account's Basic auth."""
    account = f"{emulator.config.base_url}/2010-04-01/Accounts/{emulator.config.account_sid}"
    return f"{account}/Messages/{medium.message_sid}/Media/{medium.sid}"


async def post(emulator: Emulator, message: Message, form: dict[str, str]) -> WebhookCall:
    """Call the inbound webhook, its fallback if that fails, and act on the answer; returns the last call."""
    call = await _call(emulator, "inbound", emulator.config.inbound_url, message, form)
    if not call.ok and emulator.config.fallback_url:
        reason = {"ErrorCode": str(call.error_code), "ErrorUrl": call.url}
        call = await _call(emulator, "fallback", emulator.config.fallback_url, message, form | reason)
    if message.tick != "read":
        message.tick = "delivered" if call.ok else "failed"
    message.error_code = None if call.ok else call.error_code
    emulator.show(message)
    if call.ok:
        _answer(emulator, message, call)
    return call


async def _call(emulator: Emulator, kind: str, url: str, message: Message, form: dict[str, str]) -> WebhookCall:
    call = WebhookCall(kind, message.sid, url, form, "", emulator.now())
    await emulator.webhooks.call(call, emulator.faults.retry_on_timeout)
    emulator.log_call(call)
    return call


def _answer(emulator: Emulator, message: Message, call: WebhookCall) -> None:
    """TwiML in the webhook's answer is a reply, too."""
    attempt = call.attempts[-1]
    if attempt.status == 204 or not attempt.body:
        return
    replies, problem = twiml.read(attempt.content_type, attempt.body)
    if problem:
        emulator.warn(problem, message.sid, call.url)
    for body in replies:
        reply_with(emulator, message.sender, body)


def _reply_fields(emulator: Emulator, sid: str) -> dict[str, str]:
    return {
        "OriginalRepliedMessageSid": sid,
        "OriginalRepliedMessageSender": emulator.config.sender,
        "Forwarded": "false",
        "FrequentlyForwarded": "false",
    }


def _opt_out(emulator: Emulator, phone: Phone, body: str) -> dict[str, str]:
    """Advanced Opt-Out belongs to a Messaging Service: without one, STOP is a word like any other."""
    word = body.strip().upper()
    if not emulator.config.messaging_service_sid or word not in OPT_OUT | OPT_IN | {"HELP"}:
        return {}
    if word != "HELP":
        phone.opted_out = word in OPT_OUT
    return {"OptOutType": "HELP" if word == "HELP" else "STOP" if phone.opted_out else "START"}


def _channel_metadata(phone: Phone) -> str:
    context = {"ProfileName": phone.name, "WaId": phone.wa_id}
    return json.dumps({"type": "whatsapp", "data": {"context": context}}, ensure_ascii=False)
