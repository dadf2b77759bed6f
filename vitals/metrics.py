"""Metrics of one process of the bot's environment. Labels are names of ours, never a resident, an intent or a path."""

from __future__ import annotations

import hmac
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, Info, generate_latest
from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from tracelog import FinishedStep, tell_of_steps

# The same name and limits as in the service's parts, so that one query sees every step of a turn.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 20)
LOOPBACK = frozenset({"127.0.0.1", "::1"})

STEPS = Histogram("latido_step_seconds", "Steps of turns by how they ended", ["step", "outcome"], buckets=SECONDS)
FAILURES = Counter("latido_bot_failures", "Turns that were not made, by reason", ["reason"])
UNDER_WAY = Gauge("latido_bot_turns_under_way", "Turns that are being made or wait for their turn")
MODEL = Info("latido_model", "Which model the bot serves")
LEAVING = Gauge("latido_leaving", "1 from the order to stop on")


def count_steps() -> None:
    """Count every step that ends in this process from now on."""
    tell_of_steps(_count)


def _count(finished: FinishedStep) -> None:
    outcome = "raised" if finished.error else str(finished.facts.get("outcome", "done"))
    STEPS.labels(finished.name, outcome).observe(finished.seconds)


def count_failure(error: Exception) -> None:
    """Count a turn that was not made, under its error's name: `store_unavailable`, `lost_race`, `action_failed`."""
    FAILURES.labels(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).lower()).inc()


def name_model(model_id: str) -> None:
    """Tell which model is served."""
    MODEL.info({"model_id": model_id})


@contextmanager
def turn_under_way() -> Iterator[None]:
    """Count the block as a turn under way."""
    with UNDER_WAY.track_inprogress():
        yield


def answer_metrics(request: Request) -> HTTPResponse:
    """The numbers as Prometheus reads them, for the machine itself or whoever bears the service token; else 401."""
    if not (request.ip in LOOPBACK or _bears_token(request.headers.get("authorization", ""))):
        return response.json({"error": "unauthorized"}, status=401)
    return response.raw(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _bears_token(authorization: str) -> bool:
    expected = os.environ.get("LATIDO_SERVICE_TOKEN", "").encode()
    scheme, _, token = authorization.partition(" ")
    return bool(expected) and hmac.compare_digest(token.strip().encode(), expected) and scheme.lower() == "bearer"
