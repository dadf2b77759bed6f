"""The server behind real HTTP, as the web process mounts it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.fhir.bundles import create_entry, update_entry
from latido.fhir.client import FhirClient
from latido.fhir.errors import Conflict
from latido.fhir.server import FhirServer
from latido.fhir.server.web import MAX_BODY, routes

from .conftest import appointment, center, slot


@pytest.fixture(params=["mounted", "prefixed"])
def base_url(request: pytest.FixtureRequest, server: FhirServer) -> Iterator[str]:
    prefixed = routes(server, prefix="/fhir/R4")
    app = Starlette(routes=prefixed if request.param == "prefixed" else [Mount("/fhir/R4", routes=routes(server))])
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    web = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=web.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{port}/fhir/R4"
    web.should_exit = True
    thread.join()
    listener.close()


def test_a_booking_over_http(base_url: str):
    with requests.Session() as session:
        client = FhirClient(base_url, session)
        client.transaction([update_entry(each) for each in [*center(15, -34.6, -58.4), slot("s1"), slot("s2")]])
        assert client.capabilities()["implementation"]["url"] == base_url
        client.transaction(
            [
                create_entry(appointment("s1"), "identifier=urn:latido:booking|SM1:book"),
                update_entry(slot("s1", status="busy"), if_match="1"),
            ]
        )
        with pytest.raises(Conflict):
            client.create(appointment("s1", key="SM2:book"))
        pages = list(client.search_all("Slot", [("_count", "1"), ("_sort", "_id")]))
        assert [page.matches[0]["id"] for page in pages] == ["s1", "s2"]
        assert (pages[0].next_link or "").startswith(f"{base_url}/Slot?")
        assert session.head(f"{base_url}/Slot/s1").headers["ETag"] == 'W/"2"'


def test_many_callers_at_once(base_url: str):
    with requests.Session() as session:
        FhirClient(base_url, session).transaction(
            [update_entry(each) for each in [*center(15, -34.6, -58.4), slot("s1")]]
        )

    def book(number: int) -> int:
        with requests.Session() as session:
            return session.post(f"{base_url}/Appointment", json=appointment("s1", key=f"SM{number}")).status_code

    with ThreadPoolExecutor(16) as pool:
        results = sorted(pool.map(book, range(32)))
    assert results == [201] + [409] * 31


def test_a_body_without_end_is_refused(base_url: str):
    answer = requests.post(f"{base_url}/", data=b" " * (MAX_BODY + 1), timeout=30)
    assert answer.status_code == 413
    assert answer.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PROPFIND", "DELETE"])
def test_a_method_that_is_not_there_is_refused_in_fhirs_terms(base_url: str, method: str):
    for path in ("", "/", "/Slot/s1"):
        answer = requests.request(method, base_url + path, timeout=30)
        assert answer.status_code == 405
        assert answer.json()["resourceType"] == "OperationOutcome"
        assert answer.headers["Allow"]
