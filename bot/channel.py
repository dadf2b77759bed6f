"""The channel between the worker and Rasa: POST /webhooks/latido/turn, one turn a call (docs/wires.md)."""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.errors import BadTurn, LatidoBotError, TurnNotMade, WrongSetUp
from bot.incoming import CHANNEL_NAME, Turn, read_resident, read_turn, structured_input, to_user_message
from bot.startup import make_ready, settle_memory
from tracelog import note, parsed, set_up_from_environment, step, trace_of
from vitals import (
    answer_metrics,
    count_failure,
    drains_on_sigterm,
    ends_its_connection,
    is_leaving,
    name_model,
    tell_of_part,
    turn_under_way,
)
from vitals.bounds import bound_requests

logger = logging.getLogger(__name__)

# The bridge takes 64 KB of a webhook; as JSON a sign of it may have six bytes for each two.
LARGEST_TURN = 256 * 1024


class SilentOutput(OutputChannel):
    """Takes what Rasa says to the channel: the answer is read from the tracker's events instead."""

    @classmethod
    def name(cls) -> str:
        """The channel's name, which selects channel-specific responses of the domain."""
        return CHANNEL_NAME

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Says nothing now."""


class LatidoChannel(InputChannel):
    """Rasa's input channel for the worker."""

    def __init__(self, token: str) -> None:
        """Takes the service token which every call must bear."""
        self._token = token.encode()

    @classmethod
    def name(cls) -> str:
        """The channel's name and the last part of its path."""
        return CHANNEL_NAME

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> LatidoChannel:
        """The channel of credentials.yml; WrongSetUp without a token."""
        token = str((credentials or {}).get("token") or "")
        if not token or token.startswith("$"):
            raise WrongSetUp("The channel has no token: set LATIDO_SERVICE_TOKEN.")
        return cls(token)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes `turn`, `forget`, `ready` and `metrics` under /webhooks/latido."""
        routes = Blueprint("latido_turns")
        routes.middleware(ends_its_connection, "response")
        routes.listener("before_server_start")(_bound)
        routes.listener("after_server_start")(_start)
        routes.listener("after_server_stop")(_stop)

        @routes.get("/ready")
        async def ready(request: Request) -> HTTPResponse:
            """200 once the start-up check has passed, 503 before, and from the order to stop on."""
            serving = getattr(request.app.ctx, "latido_ready", False) and not is_leaving(request.app)
            return response.json({"ready": serving}, status=200 if serving else 503)

        @routes.get("/metrics")
        async def metrics(request: Request) -> HTTPResponse:
            """What this process tells of itself, for Prometheus."""
            return answer_metrics(request)

        @routes.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            """One turn, as docs/wires.md has it."""
            if not self.may_call(request.headers.get("authorization", "")):
                return response.json({"error": "unauthorized"}, status=401)
            with turn_under_way():
                return await _answer(request)

        @routes.post("/forget")
        async def forget(request: Request) -> HTTPResponse:
            """Drops what the dialogue remembers of a resident; the same again changes nothing."""
            if not self.may_call(request.headers.get("authorization", "")):
                return response.json({"error": "unauthorized"}, status=401)
            return await _forget(request)

        return routes

    def may_call(self, authorization: str) -> bool:
        """Whether the header bears the service token; takes the same time for any wrong one."""
        scheme, _, token = authorization.partition(" ")
        # Bytes that are no text come as lone surrogates.
        return (
            hmac.compare_digest(token.strip().encode("utf-8", "surrogateescape"), self._token)
            and scheme.lower() == "bearer"
        )


async def _bound(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
    bound_requests(app, LARGEST_TURN)


async def _start(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
    try:
        await make_ready(app.ctx.agent)
    except LatidoBotError as error:
        logger.error("Latido's bot does not serve: %s", error)
        sys.exit(f"Latido's bot does not serve: {error}")
    if os.environ.get("LATIDO_LOG_FORMAT") == "json":  # else Rasa's own log stays, for people
        set_up_from_environment("bot")
    tell_of_part("bot")
    name_model(app.ctx.agent.processor.model_metadata.model_id)
    drains_on_sigterm(app, loop)
    settle_memory()
    app.ctx.latido_ready = True


async def _stop(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
    endpoint = getattr(getattr(app.ctx, "agent", None), "action_endpoint", None)
    if endpoint is not None and hasattr(endpoint, "close"):
        await endpoint.close()


async def _answer(request: Request) -> HTTPResponse:
    if not getattr(request.app.ctx, "latido_ready", False):
        return response.json({"error": "starting"}, status=503)
    try:
        turn = read_turn(_json(request))
    except BadTurn as error:
        return response.json({"error": str(error)}, status=400)
    with step("bot", parsed(request.headers.get("traceparent")) or trace_of(turn.message_sid)):
        return await _made(request, turn)


async def _made(request: Request, turn: Turn) -> HTTPResponse:
    try:
        # A caller that hangs up does not undo a turn: the repeated call finds it finished.
        return response.json(await asyncio.shield(make_turn(request.app.ctx.agent, turn)))
    except BadTurn as error:
        return response.json({"error": str(error)}, status=400)
    except TurnNotMade as error:
        note(outcome="not_made")
        count_failure(error)
        logger.error("Turn not made: %s", error)
        return response.json({"error": str(error)}, status=503)


async def make_turn(agent: Agent, turn: Turn) -> dict[str, Any]:
    """The answer to the turn, after all earlier turns of the same resident."""
    structured = structured_input(turn, agent.domain)
    message = to_user_message(turn, structured, SilentOutput())
    async with agent.lock_store.lock(turn.resident):
        return await agent.processor.turn(message)


async def _forget(request: Request) -> HTTPResponse:
    if not getattr(request.app.ctx, "latido_ready", False):
        return response.json({"error": "starting"}, status=503)
    try:
        await forget_resident(request.app.ctx.agent, read_resident(_json(request)))
        return response.json({})
    except BadTurn as error:
        return response.json({"error": str(error)}, status=400)
    except TurnNotMade as error:
        count_failure(error)
        logger.error("Not forgotten: %s", error)
        return response.json({"error": str(error)}, status=503)


async def forget_resident(agent: Agent, resident: str) -> None:
    """Drops her session, after the turns that were before; StoreUnavailable when it cannot be dropped."""
    async with agent.lock_store.lock(resident):
        await agent.tracker_store.forget(resident)


def _json(request: Request) -> Any:
    try:
        return request.json
    except Exception as error:
        raise BadTurn("The body must be JSON.") from error
