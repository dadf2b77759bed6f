"""The client against servers that fail, over real sockets: each failure says what may be done next."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest
import requests

from latido.fhir.bundles import create_entry
from latido.fhir.client import FhirClient
from latido.fhir.errors import (
    Busy,
    Conflict,
    FhirError,
    Gone,
    NeverSent,
    NotFhir,
    NotFound,
    OutcomeUnknown,
    Refused,
    Unauthorized,
)
from tests.webserver import WebServer

SLOT = {"resourceType": "Slot", "id": "1"}
OUTCOME = {
    "resourceType": "OperationOutcome",
    "issue": [
        {"severity": "error", "code": "value", "diagnostics": "DNI 30111222 is wrong", "expression": ["Slot.start"]}
    ],
}

Behaviour = Callable[[BaseHTTPRequestHandler], None]


def answering(status: int, body: object = None, **headers: str) -> Behaviour:
    content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def break_off(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "500")
    handler.end_headers()
    handler.wfile.write(b'{"resourceType":')


@contextmanager
def failing_server(*behaviours: Behaviour) -> Iterator[tuple[FhirClient, list[tuple[str, str, str]]]]:
    """A client of a server that shows these behaviours in turn, the last one for ever; and what it was asked."""
    seen: list[tuple[str, str, str]] = []
    released = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            size = int(self.headers.get("Content-Length", 0))
            seen.append((self.command, self.path, self.rfile.read(size).decode()))
            behaviour = behaviours[min(len(seen), len(behaviours)) - 1]
            if behaviour is never:
                released.wait(20)
            else:
                behaviour(self)

        do_GET = do_POST = do_PUT = handle_any  # noqa: N815 - the names are those of http.server

        def log_message(self, *_: object) -> None:
            """Be silent."""

    web = WebServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    with requests.Session() as session:
        yield FhirClient(f"http://127.0.0.1:{web.server_port}/fhir", session, timeout=(1.0, 0.3)), seen
    released.set()
    web.shutdown()
    web.server_close()
    thread.join()


def never(_: BaseHTTPRequestHandler) -> None:
    """Never answer."""


READS: list[Callable[[FhirClient], object]] = [
    lambda client: client.read("Slot", "1"),
    lambda client: client.search("Slot", [("status", "free")]),
    lambda client: client.search("Patient", [("identifier", "30111222")]),
    lambda client: client.capabilities(),
]
WRITES: list[Callable[[FhirClient], object]] = [
    lambda client: client.create(SLOT),
    lambda client: client.update(SLOT, if_match="1"),
    lambda client: client.transaction([create_entry(SLOT)]),
]


@pytest.mark.parametrize("call", READS + WRITES)
def test_nobody_listens(call):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with requests.Session() as session, pytest.raises(NeverSent):
        call(FhirClient(f"http://127.0.0.1:{port}", session))


@pytest.mark.parametrize("behaviour", [never, hang_up, break_off, answering(500), answering(502, b"<html>")])
@pytest.mark.parametrize(("calls", "kind"), [(READS, Busy), (WRITES, OutcomeUnknown)])
def test_a_lost_answer(behaviour, calls, kind):
    for call in calls:
        with failing_server(behaviour) as (client, _), pytest.raises(kind):
            call(client)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Refused),
        (401, Unauthorized),
        (403, Unauthorized),
        (404, NotFound),
        (409, Conflict),
        (410, Gone),
        (412, Conflict),
        (422, Refused),
        (429, Busy),
        (503, Busy),
    ],
)
@pytest.mark.parametrize("call", READS + WRITES)
def test_each_status_says_what_may_be_done(status, kind, call):
    with failing_server(answering(status, OUTCOME)) as (client, _), pytest.raises(FhirError) as caught:
        call(client)
    assert type(caught.value) is kind
    assert caught.value.status == status
    assert caught.value.places == ["Slot.start"]


def test_no_message_holds_what_the_server_repeated_or_what_was_asked():
    with failing_server(answering(422, OUTCOME)) as (client, _), pytest.raises(Refused) as caught:
        client.search("Slot", [("identifier", "30111222")])
    assert "30111222" not in str(caught.value)
    assert "Slot.start" in str(caught.value)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("Thu, 01 Jan 2026 00:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after(header, seconds):
    with failing_server(answering(503, None, Retry_After=header)) as (client, _), pytest.raises(Busy) as caught:
        client.read("Slot", "1")
    assert caught.value.retry_after == seconds


def test_a_page_of_html_is_not_fhir():
    with failing_server(answering(200, b"<html>welcome</html>")) as (client, _), pytest.raises(NotFhir):
        client.search("Slot")


def test_a_person_is_searched_by_post():
    with failing_server(answering(200, {"resourceType": "Bundle", "type": "searchset"})) as (client, seen):
        client.search("Patient", [("identifier", "http://www.renaper.gob.ar/dni|30111222")])
        client.search("Slot", [("start", "ge2026-11-26T00:00:00+03:00")])
    assert seen[0] == ("POST", "/fhir/Patient/_search", "identifier=http%3A%2F%2Fwww.renaper.gob.ar%2Fdni%7C30111222")
    assert seen[1] == ("GET", "/fhir/Slot?start=ge2026-11-26T00%3A00%3A00%2B03%3A00", "")


def test_a_long_search_goes_by_post():
    wanted = ",".join(f"Schedule/cesac-{number}-prenatal" for number in range(100))
    with failing_server(answering(200, {"resourceType": "Bundle", "type": "searchset"})) as (client, seen):
        client.search("Slot", [("schedule", wanted)])
    assert seen[0][:2] == ("POST", "/fhir/Slot/_search")


def test_a_server_that_ignores_a_parameter_is_found_out():
    bundle = {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": [{"relation": "self", "url": "http://x/Location?status=active"}],
        "entry": [{"resource": {"resourceType": "Location", "id": "far"}}],
    }
    with failing_server(answering(200, bundle)) as (client, _):
        page = client.search("Location", [("near", "-34|-58"), ("status", "active")])
    assert page.honoured("status")
    assert not page.honoured("near")


def test_a_next_link_to_another_host_is_not_followed():
    bundle = {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": [{"relation": "next", "url": "http://elsewhere.example/steal"}],
    }
    with failing_server(answering(200, bundle)) as (client, seen):
        page = client.search("Slot")
        with pytest.raises(NotFhir):
            client.next_page(page)
    assert len(seen) == 1


def test_a_server_that_answers_a_create_without_a_body_is_read_back():
    created = answering(201, None, Location="http://other.name/fhir/Slot/42/_history/1")
    with failing_server(created, answering(200, SLOT | {"id": "42"})) as (client, seen):
        assert client.create({"resourceType": "Slot"})["id"] == "42"
    assert seen[1][:2] == ("GET", "/fhir/Slot/42")


@pytest.mark.parametrize("condition", ["?identifier=a|b", "Appointment?identifier=a|b"])
def test_a_condition_that_makes_duplicates_is_never_sent(condition):
    with failing_server(answering(201, SLOT)) as (client, seen), pytest.raises(Refused):
        client.create({"resourceType": "Appointment"}, if_none_exist=condition)
    assert seen == []


@pytest.mark.parametrize(
    "behaviours",
    [
        [answering(201)],
        [answering(200, b"<html>welcome</html>")],
        [answering(201, None, Location="http://x/fhir/Slot/42"), answering(503)],
    ],
)
def test_an_accepted_write_that_cannot_be_seen_is_unknown(behaviours):
    for call in (WRITES[0], WRITES[2]):
        with failing_server(*behaviours) as (client, _), pytest.raises(OutcomeUnknown):
            call(client)
