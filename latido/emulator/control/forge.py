"""`POST /emulator/forge`: webhooks that Twilio would not send, for the tests of the bridge."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from latido.emulator import views
from latido.emulator.addresses import address_of
from latido.emulator.control.answers import BadRequest, emulator_of, guarded, json_object
from latido.emulator.inbound import Said, webhook_form
from latido.emulator.model import Bubble, Message, Phone
from latido.emulator.overrides import split_overrides
from latido.emulator.sids import new_sid
from latido.emulator.state import Emulator
from latido.emulator.webhooks import WebhookCall, sign

KINDS = ("signed", "forged", "unsigned", "altered", "replayed")
SOMEBODY = "+5491155559999"


@guarded
async def forge(request: Request) -> Response:
    """Send it and tell what the bridge answered: `{"status": 403, …}`."""
    emulator, wanted = emulator_of(request), await json_object(request)
    kind = wanted.get("kind", "forged")
    if kind not in KINDS:
        raise BadRequest(f"kind is one of {', '.join(KINDS)}")
    call = _replayed(emulator, wanted) if kind == "replayed" else _new(emulator, wanted, kind)
    await emulator.webhooks.send_as_is(call)
    emulator.log_call(call)
    return JSONResponse(views.webhook(call) | {"body": call.attempts[-1].body})


def _replayed(emulator: Emulator, wanted: dict[str, Any]) -> WebhookCall:
    """A call that went out before, to the letter, signature included."""
    for earlier in reversed(emulator.calls):
        if earlier.sid == wanted.get("sid") and earlier.kind == wanted.get("target", "inbound"):
            form = dict(earlier.form)
            return WebhookCall("replayed", earlier.sid, earlier.url, form, earlier.signature, emulator.now())
    raise BadRequest("sid must be that of a message whose webhook has been sent")


def _new(emulator: Emulator, wanted: dict[str, Any], kind: str) -> WebhookCall:
    target = wanted.get("url") or _target(emulator, wanted.get("target", "inbound"))
    form = {**_form(emulator), **{str(key): str(value) for key, value in dict(wanted.get("form") or {}).items()}}
    token = "emulator-somebody-else" if kind == "forged" else emulator.config.auth_token
    signature = "" if kind == "unsigned" else sign(token, split_overrides(target)[0], form)
    if kind == "altered":
        form["Body"] = form.get("Body", "") + "."
    return WebhookCall(kind, form.get("MessageSid", ""), target, form, signature, emulator.now())


def _target(emulator: Emulator, name: str) -> str:
    url = emulator.config.status_url if name == "status" else emulator.config.inbound_url
    if not url:
        raise BadRequest("the emulator was started without a status_url: name the url")
    return url


def _form(emulator: Emulator) -> dict[str, str]:
    """An ordinary text from a phone that is never shown."""
    phone, now = Phone.at(address_of(SOMEBODY), "Nadie"), emulator.now()
    said = Said("text", "text", "hola")
    message = Message(
        new_sid("SM"), "inbound", phone.address, emulator.config.sender, "hola", "received", now, now, Bubble("text")
    )
    return webhook_form(emulator, phone, message, said)


def routes() -> list[Route]:
    """The route of this module."""
    return [Route("/emulator/forge", forge, methods=["POST"])]
