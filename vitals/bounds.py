"""How much and how slowly a process of Sanic may be told: without, 100 MB, and an hour for a body (Rasa's)."""

from __future__ import annotations

from sanic import Sanic

HEAD_SECONDS = 10
ANSWER_SECONDS = 60  # with the body: no turn and no action is waited for half as long


def bound_requests(app: Sanic, largest: int) -> None:
    """Let a body have so many bytes, a head ten seconds, and a request a minute until its answer."""
    app.config.REQUEST_MAX_SIZE = largest
    app.config.REQUEST_TIMEOUT = HEAD_SECONDS
    app.config.RESPONSE_TIMEOUT = ANSWER_SECONDS
