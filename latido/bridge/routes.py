"""The two webhooks Twilio calls; everything of a message is committed before it gets its 2xx."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from latido.bridge.parsing import Form, MalformedWebhook, parse_form, parse_inbound, parse_receipt
from latido.bridge.signature import SignatureCheck
from latido.crypto import Vault
from latido.messaging.delivery import store_receipts
from latido.messaging.inbox import store_all_inbound
from latido.messaging.lanes import LaneName
from latido.messaging.messages import InboundMessage
from latido.messaging.together import RequestsTogether, once_more
from tracelog import step, trace_of

logger = logging.getLogger(__name__)

LARGEST_BODY = 64 * 1024
# There are three receipts to a message, and Twilio waits for our 2xx as long as it takes.
RECEIPTS_GATHER = 0.02


@dataclass(frozen=True)
class Bridge:
    """What the webhooks need: whom to believe, where to store, whom to wake."""

    signature: SignatureCheck
    account_sid: str
    engine: Engine
    vault: Vault
    wake: Callable[[LaneName], None]


class _Rejected(Exception):
    def __init__(self, status: int, reason: str) -> None:
        self.response = PlainTextResponse(reason, status)


def routes(bridge: Bridge) -> list[Route]:
    """`POST /webhooks/twilio/inbound` and `/webhooks/twilio/status`."""

    # Both are the same when done twice: a MessageSid is stored once, a receipt merged by rank.
    messages = RequestsTogether(once_more(partial(_stored, bridge)))
    receipts = RequestsTogether(once_more(partial(store_receipts, bridge.engine)), gather=RECEIPTS_GATHER)

    async def store(form: Form) -> None:
        received = parse_inbound(form)
        with step("webhook.inbound", begins=trace_of(received.sid)) as taken:
            taken.note(outcome="stored" if await messages.do(received) else "known")

    async def inbound(request: Request) -> Response:
        return await _answer(bridge, request, store)

    async def status(request: Request) -> Response:
        reference = request.query_params.get("ref")
        return await _answer(bridge, request, lambda form: receipts.do(parse_receipt(form, reference)))

    return [
        Route("/webhooks/twilio/inbound", inbound, methods=["POST"]),
        Route("/webhooks/twilio/status", status, methods=["POST"]),
    ]


async def _answer(bridge: Bridge, request: Request, take: Callable[[Form], Awaitable[object]]) -> Response:
    try:
        form = await _verified_form(bridge, request)
        await take(form)
    except _Rejected as rejected:
        return rejected.response
    except MalformedWebhook as error:
        return PlainTextResponse(str(error), 400)
    return Response(status_code=204)


async def _verified_form(bridge: Bridge, request: Request) -> Form:
    """The form of a webhook that Twilio signed for our account; anything else is refused and not stored."""
    form = parse_form(await _body(request))
    signature = request.headers.get("X-Twilio-Signature")
    if not bridge.signature.accepts(request.url.path, request.url.query, form, signature):
        logger.warning("refused a webhook without a valid signature: %s", request.url.path)
        raise _Rejected(403, "the signature does not match: see LATIDO_PUBLIC_URL and TWILIO_AUTH_TOKEN")
    if form.get("AccountSid") != bridge.account_sid:
        raise _Rejected(403, "another account")
    return form


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise _Rejected(413, "larger than any message")
    return body


def _stored(bridge: Bridge, received: Sequence[InboundMessage]) -> Sequence[bool]:
    are_new = store_all_inbound(bridge.engine, bridge.vault, received)
    if any(are_new):
        bridge.wake("turn")
    return are_new
