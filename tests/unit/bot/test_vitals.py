"""Bot and actions tell how they do without a word of anybody, and leave without cutting anything off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest
import requests
from bot_parts import ROOT, free_port
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bot.errors import LostRace, StoreUnavailable
from tracelog import trace_of
from vitals import answer_metrics, count_failure, name_model
from vitals.metrics import generate_latest

PATIENCE = 60.0


class Leaving:
    """A process that was told to leave, or not yet."""

    def __init__(self, drain_seconds: float, **more: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        given = {"LATIDO_DRAIN_SECONDS": str(drain_seconds), "PYTHONPATH": str(ROOT), **more}
        command = [sys.executable, str(Path(__file__).parent / "leaving_app.py"), "127.0.0.1", str(self.port)]
        self.process = subprocess.Popen(command, env={**os.environ, **given}, stderr=subprocess.DEVNULL)

    def waits_until(self, path: str, status: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while self._status(path) != status:
            assert time.monotonic() < deadline, f"{path} never was {status}"
            time.sleep(0.02)

    def _status(self, path: str) -> int:
        try:
            return requests.get(self.url + path, timeout=PATIENCE).status_code
        except requests.ConnectionError:
            return 0

    def number(self, sample: str) -> float:
        lines = requests.get(f"{self.url}/metrics", timeout=PATIENCE).text.splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(sample)), 0.0)


@pytest.fixture
def leaving(request: pytest.FixtureRequest) -> Iterator[Leaving]:
    served = Leaving(request.param)
    try:
        served.waits_until("/ready", 200)
        yield served
    finally:
        served.process.kill()
        served.process.wait()


@pytest.mark.parametrize("leaving", [600.0], indirect=True)
def test_who_leaves_says_so_and_answers_whoever_has_not_heard_yet(leaving: Leaving) -> None:
    with requests.Session() as caller:
        assert caller.get(f"{leaving.url}/ready", timeout=PATIENCE).headers["connection"] == "keep-alive"
        leaving.process.send_signal(signal.SIGTERM)
        leaving.waits_until("/ready", 503)
        late = caller.get(f"{leaving.url}/let-go", timeout=PATIENCE)
        assert (late.status_code, late.headers["connection"]) == (200, "close")
    assert leaving.number("latido_leaving") == 1


@pytest.mark.parametrize("leaving", [0.0], indirect=True)
def test_what_is_under_way_comes_to_its_end_before_the_process_does(leaving: Leaving) -> None:
    with ThreadPoolExecutor(1) as pool, requests.Session() as kept:
        kept.get(f"{leaving.url}/ready", timeout=PATIENCE)
        slow = pool.submit(requests.get, f"{leaving.url}/slow", timeout=PATIENCE)
        while leaving.number("latido_bot_turns_under_way") < 1:
            time.sleep(0.02)
        with requests.Session() as last:
            last.get(f"{leaving.url}/ready", timeout=PATIENCE)
            leaving.process.send_signal(signal.SIGTERM)
            leaving.waits_until("/ready", 0)
            assert not slow.done()
            assert leaving.process.poll() is None
        leaving.process.send_signal(signal.SIGUSR1)
        assert slow.result(PATIENCE).text == "done"
    assert leaving.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("leaving", [0.0], indirect=True)
def test_steps_are_counted_by_how_they_ended(leaving: Leaving) -> None:
    leaving.waits_until("/let-go", 200)
    leaving.waits_until("/slow", 200)
    assert leaving.number('latido_step_seconds_count{outcome="done",step="bot"}') == 1
    assert leaving.number("latido_bot_turns_under_way") == 0


class Collector(BaseHTTPRequestHandler):
    """Takes OTLP over HTTP, as a real one does."""

    taken: ClassVar[list[ExportTraceServiceRequest]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.taken.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def test_steps_are_sent_as_spans_to_the_collector_that_is_named() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    leaving = Leaving(0.0, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{server.server_port}")
    try:
        leaving.waits_until("/let-go", 200)
        leaving.waits_until("/slow", 200)
        leaving.process.send_signal(signal.SIGTERM)
        assert leaving.process.wait(PATIENCE) == 0, "what waits is sent before it ends"
    finally:
        leaving.process.kill()
        server.shutdown()
        server.server_close()
    (part,) = [spans for request in Collector.taken for spans in request.resource_spans]
    assert [one.value.string_value for one in part.resource.attributes if one.key == "service.name"] == ["latido-tests"]
    (span,) = part.scope_spans[0].spans
    first = trace_of("SM1")
    assert (span.name, span.trace_id.hex(), span.parent_span_id.hex()) == ("bot", first.trace_id, first.span_id)


def test_failures_are_counted_by_their_name_and_the_model_by_its_id() -> None:
    for error in (StoreUnavailable("of her"), LostRace("of her"), LostRace("of her")):
        count_failure(error)
    name_model("abc123")
    told = generate_latest().decode()
    assert 'latido_bot_failures_total{reason="store_unavailable"} 1.0' in told
    assert 'latido_bot_failures_total{reason="lost_race"} 2.0' in told
    assert 'latido_model_info{model_id="abc123"} 1.0' in told
    assert "of her" not in told


@pytest.mark.parametrize(("address", "token", "status"), [
    ("127.0.0.1", None, 200), ("10.0.0.7", None, 401), ("10.0.0.7", "wrong", 401), ("10.0.0.7", "right", 200),
])  # fmt: skip
def test_only_the_machine_and_bearers_of_the_token_read_them(
    monkeypatch: pytest.MonkeyPatch, address: str, token: str | None, status: int
) -> None:
    monkeypatch.setenv("LATIDO_SERVICE_TOKEN", "right")
    headers = {"authorization": f"Bearer {token}"} if token else {}
    assert answer_metrics(SimpleNamespace(ip=address, headers=headers)).status == status  # type: ignore[arg-type]
