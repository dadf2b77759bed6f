"""A collector sees one trace from the webhook over the worker's turn to the answer's way out, each in its place."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from latido.crypto import Vault
from latido.messaging.conversation import RasaConversation
from latido.messaging.lanes import claim
from latido.messaging.turns import Turns
from latido.web import Area, create_app
from tests.integration.messaging.post import Post, post
from tests.serving import served
from tests.webserver import WebServer
from tracelog import step, trace_of
from tracelog.spans import Spans

__all__ = ["post"]

Span = tuple[str, str, str, str]


class Collector:
    """Takes OTLP over HTTP, as a real one does."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.bodies = b""
        taken = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                taken.take(self.path, body)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self.server = WebServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def take(self, path: str, body: bytes) -> None:
        assert path == "/v1/traces"
        self.bodies += body
        for of_part in ExportTraceServiceRequest.FromString(body).resource_spans:
            part = next(one.value.string_value for one in of_part.resource.attributes if one.key == "service.name")
            for scope in of_part.scope_spans:
                for span in scope.spans:
                    self.spans.append((part, span.name, span.trace_id.hex(), span.parent_span_id.hex()))


@pytest.fixture
def collector() -> Iterator[Collector]:
    taking = Collector()
    threading.Thread(target=taking.server.serve_forever, daemon=True).start()
    yield taking
    taking.server.shutdown()
    taking.server.server_close()


@pytest.fixture
def care(engine: Engine) -> Iterator[str]:
    async def answer(request: Request) -> Response:
        return JSONResponse({})

    area = Area("care", "/care/v1", [Route("/care/v1/people", answer)], guarded=True)
    with served(create_app([area], engine, "service-token")) as url:
        yield url


@pytest.fixture
def bot(care: str) -> Iterator[str]:
    """Hands the trace on to care, as bot and actions do."""

    def turn(request: Request) -> Response:
        handed = {"traceparent": request.headers["traceparent"], "Authorization": "Bearer service-token"}
        requests.get(f"{care}/care/v1/people", headers=handed, timeout=60)
        return JSONResponse({"replies": [{"type": "text", "text": "eco"}]})

    with served(Starlette(routes=[Route("/webhooks/latido/turn", turn, methods=["POST"])])) as url:
        yield url


def test_one_turn_is_one_trace(post: Post, bot: str, vault: Vault, collector: Collector) -> None:
    spans = Spans("tests", collector.url)
    sid = str(post.ana.says("tengo turno?")["sid"])
    conversation = RasaConversation(bot, "service-token", 20.0, requests.Session())
    turns = Turns(post.engine, vault, conversation, lambda name: None, {}, attempts=3, lease_seconds=30.0)
    for lease in claim(post.engine, "turn", 10, 30.0):
        turns.work(lease)
    post.works()
    spans.close()
    first = trace_of(sid)
    mine = [span for span in collector.spans if span[2] == first.trace_id]
    assert {span[0] for span in mine} == {"latido-tests"}
    assert sorted(span[1] for span in mine) == ["care", "send", "turn", "webhook.inbound"]
    of = {span[1]: span[3] for span in mine}
    assert of["webhook.inbound"] == ""
    assert of["turn"] == of["send"] == first.span_id
    assert of["care"] not in ("", first.span_id)
    assert b"turno?" not in collector.bodies
    assert post.ana.number.removeprefix("+").encode() not in collector.bodies


def test_a_collector_that_is_away_costs_nothing_but_the_spans() -> None:
    spans = Spans("tests", "http://127.0.0.1:9")
    with step("turn", trace_of("SM1")):
        pass
    threading.Thread(target=spans.close, daemon=True).start()
    with step("turn", trace_of("SM1")) as taken:
        taken.note(outcome="answered")
    assert taken.facts == {"outcome": "answered"}
