"""An emulator and a bridge of our own on the loopback, with Twilio's library and a test client between them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from latido.emulator import EmulatorConfig, create_app
from latido.emulator.client import EmulatorClient
from tests.serving import free_port

ACCOUNT = "AC" + "0" * 32
TOKEN = "emulator-token-of-the-tests"
SENDER = "whatsapp:+5491150500147"
ANA = "+5491155550001"


@dataclass(frozen=True)
class Received:
    path: str
    query: str
    form: dict[str, str]
    signature_ok: bool
    headers: dict[str, str]


@dataclass
class Bridge:
    """Writes down every webhook and answers it as told: the next of `answers`, or 204."""

    base_url: str
    received: list[Received] = field(default_factory=list)
    answers: list[Response | None] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def app(self) -> Starlette:
        paths = ("/inbound", "/status", "/fallback", "/elsewhere")
        return Starlette(routes=[Route(path, self.take, methods=["GET", "POST"]) for path in paths])

    async def take(self, request: Request) -> Response:
        raw = (await request.body()).decode()
        form = dict(parse_qsl(raw, keep_blank_values=True))
        url = f"{self.base_url}{request.url.path}" + (f"?{request.url.query}" if request.url.query else "")
        right = RequestValidator(TOKEN).validate(url, form, request.headers.get("X-Twilio-Signature", ""))
        with self.arrived:
            self.received.append(Received(request.url.path, request.url.query, form, right, dict(request.headers)))
            self.arrived.notify_all()
        answer = self.answers.pop(0) if self.answers else Response(status_code=204)
        return answer or Response(status_code=204)

    def waits_for(self, path: str, count: int, timeout: float = 10.0) -> list[Received]:
        """The webhooks to a path, once there are `count` of them."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.at(path)) >= count, timeout), self.received
            return self.at(path)

    def at(self, path: str) -> list[Received]:
        return [each for each in self.received if each.path == path]


@dataclass(frozen=True)
class Stage:
    emulator: EmulatorClient
    bridge: Bridge
    twilio: Client
    config: EmulatorConfig

    def sends(self, to: str = ANA, **what: object) -> object:
        """A message to a resident through Twilio's own library."""
        callback = f"{self.bridge.base_url}/status?ref=7"
        sender = {} if "messaging_service_sid" in what else {"from_": SENDER}
        return self.twilio.messages.create(to=f"whatsapp:{to}", status_callback=callback, **sender, **what)

    def opens_window(self, phone: str = ANA) -> None:
        self.emulator.phone(phone).says("hola")


@contextmanager
def staged(overrides: str = "", **config: object) -> Iterator[Stage]:
    """The whole stage, for as long as the block runs."""
    bridge = Bridge(f"http://127.0.0.1:{free_port()}")
    wanted = EmulatorConfig(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        sender=SENDER,
        inbound_url=f"{bridge.base_url}/inbound{overrides}",
        port=free_port(),
        **config,
    )
    with _serving(bridge.app(), int(bridge.base_url.rsplit(":", 1)[1])), _serving(create_app(wanted), wanted.port):
        yield Stage(EmulatorClient(wanted.base_url), bridge, _twilio(wanted.base_url), wanted)


def _twilio(base_url: str) -> Client:
    client = Client(ACCOUNT, TOKEN, http_client=TwilioHttpClient(timeout=5))
    client.api.base_url = client.content.base_url = client.messaging.base_url = base_url
    return client


@contextmanager
def _serving(app: ASGIApp, port: int) -> Iterator[None]:
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
        assert thread.is_alive(), "the server did not start"
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)
