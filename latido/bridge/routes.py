"""The two webhooks Twilio calls; everything of a message is committed before it gets its 2xx."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qsl

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from latido.bridge.parsing import Form, MalformedWebhook, parse_form, parse_inbound, parse_receipt
from latido.bridge.signature import SignatureCheck
from latido.crypto import Vault
from latido.front.pacing import Pace
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
FORGERIES_A_MINUTE = 60  # of one address, and logged; more are refused in silence


@dataclass(frozen=True)
class Bridge:
    """What the webhooks need: whom to believe, where to store, whom to wake."""

    signature: SignatureCheck
    account_sid: str
    engine: Engine
    vault: Vault
    wake: Callable[[LaneName], None]


class _Rejected(Exception):
    def __init__(self, status: int, reason: str, headers: Mapping[str, str] | None = None) -> None:
        self.response = PlainTextResponse(reason, status, headers)


def routes(bridge: Bridge) -> list[Route]:
    """`POST /webhooks/twilio/inbound` and `/webhooks/twilio/status`; the endpoints are applications by themselves."""

    # Both are the same when done twice: a MessageSid is stored once, a receipt merged by rank.
    messages = RequestsTogether(once_more(partial(_stored, bridge)))
    receipts = RequestsTogether(once_more(partial(store_receipts, bridge.engine)), gather=RECEIPTS_GATHER)

    async def store(form: Form, _: str) -> None:
        received = parse_inbound(form)
        with step("webhook.inbound", begins=trace_of(received.sid)) as taken:
            taken.note(outcome="stored" if await messages.do(received) else "known")

    async def merge(form: Form, query: str) -> None:
        reference = next((value for name, value in parse_qsl(query) if name == "ref"), None)
        await receipts.do(parse_receipt(form, reference))

    forgeries = Pace(FORGERIES_A_MINUTE)
    return [
        Route("/webhooks/twilio/inbound", _Webhook(bridge, store, forgeries), methods=["POST"]),
        Route("/webhooks/twilio/status", _Webhook(bridge, merge, forgeries), methods=["POST"]),
    ]


class _Webhook:
    """One webhook as an ASGI application: a turn brings four, and a framework's request costs more than their work."""

    def __init__(self, bridge: Bridge, take: Callable[[Form, str], Awaitable[None]], forgeries: Pace) -> None:
        self._bridge, self._take, self._forgeries = bridge, take, forgeries

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 204 once what it says is committed."""
        try:
            form = _verified(self._bridge, scope, await _body(receive), self._forgeries)
            await self._take(form, scope["query_string"].decode("latin-1"))
        except _Rejected as rejected:
            await rejected.response(scope, receive, send)
        except MalformedWebhook as error:
            await PlainTextResponse(str(error), 400)(scope, receive, send)
        except SQLAlchemyError as error:
            # It is not on disk: Twilio has to come again. One line each: a full disk has no room for more.
            logger.error("a webhook could not be stored: %s", type(error).__name__)
            await PlainTextResponse("not stored: come again", 503, {"Retry-After": "5"})(scope, receive, send)
        else:
            await send(_NO_CONTENT)
            await send(_END)


_NO_CONTENT: Message = {"type": "http.response.start", "status": 204, "headers": []}
_END: Message = {"type": "http.response.body", "body": b""}


def _verified(bridge: Bridge, scope: Scope, body: bytes, forgeries: Pace) -> Form:
    """The form of a webhook that Twilio signed for our account; anything else is refused and not stored."""
    form, path = parse_form(body), scope["path"]
    signature = next((value for name, value in scope["headers"] if name == b"x-twilio-signature"), b"")
    if not bridge.signature.accepts(path, scope["query_string"].decode("latin-1"), form, signature.decode("latin-1")):
        # Only what is forged is made to wait, and a flood of it fills no log: a right signature was accepted above.
        if wait := forgeries.wait_for(scope["client"][0] if scope["client"] else ""):
            raise _Rejected(429, "too many requests without a valid signature", {"Retry-After": str(wait)})
        logger.warning("refused a webhook without a valid signature: %s", path)
        raise _Rejected(403, "the signature does not match: see LATIDO_PUBLIC_URL and TWILIO_AUTH_TOKEN")
    if form.get("AccountSid") != bridge.account_sid:
        raise _Rejected(403, "another account")
    return form


async def _body(receive: Receive) -> bytes:
    body, goes_on = b"", True
    while goes_on:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Rejected(400, "the connection was closed before the end of the message")
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise _Rejected(413, "larger than any message")
        goes_on = message.get("more_body", False)
    return body


def _stored(bridge: Bridge, received: Sequence[InboundMessage]) -> Sequence[bool]:
    are_new = store_all_inbound(bridge.engine, bridge.vault, received)
    if any(are_new):
        bridge.wake("turn")
    return are_new
