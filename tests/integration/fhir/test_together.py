"""Several searches in one call: with a server that takes a batch, one that does not, and one that only says it does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from latido.fhir.bundles import SearchBundle
from latido.fhir.client import FhirClient
from latido.fhir.errors import Busy, NeverSent, NotFound, Refused, Unauthorized
from tests.serving import served

SEARCHES = [("Slot", [("status", "free")]), ("Encounter", [("patient", "Patient/p")])]
SLOT = {"resourceType": "Slot", "id": "1", "status": "free"}
VISIT = {"resourceType": "Encounter", "id": "2", "status": "finished"}


def page(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": each} for each in resources]}


def said(status: str, resource: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"response": {"status": status}} | ({"resource": resource} if resource else {})


BOTH = [said("200 OK", page(SLOT)), said("200 OK", page(VISIT))]


class Foreign:
    """A FHIR server: says that it takes batches or not, and answers one with these entries, or with a status alone."""

    def __init__(self, says: bool = True, entries: list[dict[str, Any]] | None = None, status: int = 200) -> None:
        self.says, self.entries, self.status = says, entries, status
        self.single = {"Slot": 200, "Encounter": 200}
        self.asked: list[str] = []
        self.delay: threading.Event | None = None

    def answer(self, request: Request) -> Response:
        self.asked.append(f"{request.method} {request.url.path.removeprefix('/fhir/')}")
        path = request.url.path.removeprefix("/fhir/").removesuffix("/_search")
        if path == "metadata":
            return JSONResponse(self.statement())
        if not path:
            if self.delay is not None:
                self.delay.wait(60)
            content = {"resourceType": "Bundle", "type": "batch-response", "entry": self.entries or []}
            return JSONResponse(content if self.status == 200 else {}, self.status)
        found = page(SLOT if path == "Slot" else VISIT)
        return JSONResponse(found if self.single[path] == 200 else {}, self.single[path])

    def statement(self) -> dict[str, Any]:
        interaction = [{"code": "batch"}] if self.says else []
        rest = [{"mode": "server", "interaction": interaction}]
        return {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": rest}


@contextmanager
def client_of(server: Foreign, seconds: float = 60.0) -> Iterator[FhirClient]:
    route = Route("/fhir/{rest:path}", server.answer, methods=["GET", "POST"])
    with served(Starlette(routes=[route])) as url, requests.Session() as session:
        yield FhirClient(f"{url}/fhir", session, (60.0, seconds))


def ids(found: list[Any]) -> list[list[str] | type]:
    return [[each["id"] for each in one.matches] if isinstance(one, SearchBundle) else type(one) for one in found]


def test_one_call_where_the_server_takes_a_batch():
    server = Foreign(entries=BOTH)
    with client_of(server) as client:
        assert [ids(client.search_together(SEARCHES)) for _ in range(2)] == [[["1"], ["2"]]] * 2
    assert server.asked == ["GET metadata", "POST ", "POST "]


def test_one_after_the_other_where_it_says_nothing_of_batches():
    server = Foreign(says=False)
    with client_of(server) as client:
        assert ids(client.search_together(SEARCHES)) == [["1"], ["2"]]
    assert server.asked == ["GET metadata", "GET Slot", "POST Encounter/_search"]


@pytest.mark.parametrize(
    "server",
    [
        Foreign(status=400),
        Foreign(status=401),
        Foreign(status=403),
        Foreign(status=404),
        Foreign(status=405),
        Foreign(entries=BOTH[:1]),
        Foreign(entries=BOTH[::-1]),
        Foreign(entries=[said("200 OK", page(SLOT)), said("200 OK")]),
        Foreign(entries=[said("200 OK", SLOT), said("200 OK", page(VISIT))]),
        Foreign(entries=[said("403 Forbidden"), said("200 OK", page(VISIT))]),
    ],
    ids=["400", "401", "403", "404", "405", "one", "mixed up", "empty", "no search", "entry 403"],
)
def test_a_batch_that_is_not_done_is_given_up_for_a_while(server: Foreign):
    server.asked.clear()
    with client_of(server) as client:
        for _ in range(2):
            assert ids(client.search_together(SEARCHES)) == [["1"], ["2"]]
    singly = ["GET Slot", "POST Encounter/_search"]
    assert server.asked == ["GET metadata", "POST ", *singly, *singly]


@pytest.mark.parametrize("status", ["404 Not Found", "400 Bad Request"])
def test_what_the_server_does_not_keep_has_its_error_in_its_place(status: str):
    server = Foreign(entries=[BOTH[0], said(status)])
    with client_of(server) as client:
        assert ids(client.search_together(SEARCHES)) == [["1"], NotFound if status.startswith("404") else Refused]
    server = Foreign(says=False)
    server.single["Encounter"] = int(status[:3])
    with client_of(server) as client:
        assert ids(client.search_together(SEARCHES)) == [["1"], NotFound if status.startswith("404") else Refused]


@pytest.mark.parametrize("status", ["500 Internal Server Error", "503 Service Unavailable", "429 Too Many Requests"])
def test_what_cannot_be_answered_now_is_raised_and_not_asked_again_singly(status: str):
    server = Foreign(entries=[BOTH[0], said(status)])
    with client_of(server) as client, pytest.raises(Busy):
        client.search_together(SEARCHES)
    assert server.asked == ["GET metadata", "POST "]
    server = Foreign(status=int(status[:3]))
    with client_of(server) as client:
        with pytest.raises(Busy):
            client.search_together(SEARCHES)
        assert server.asked == ["GET metadata", "POST "]
        assert ids(client.search_together(SEARCHES)) == [["1"], ["2"]]
    assert server.asked[2:] == ["GET Slot", "POST Encounter/_search"]


def test_a_batch_that_takes_longer_than_our_patience_is_asked_singly_the_next_time():
    server, over = Foreign(entries=BOTH), threading.Event()
    server.delay = over
    with client_of(server, seconds=5.0) as client:
        with pytest.raises(Busy):
            client.search_together(SEARCHES)
        over.set()
        assert ids(client.search_together(SEARCHES)) == [["1"], ["2"]]
    assert server.asked[-2:] == ["GET Slot", "POST Encounter/_search"]


def test_who_may_not_read_some_of_it_is_told():
    server = Foreign(entries=[said("200 OK", page(SLOT)), said("403 Forbidden")])
    server.single["Encounter"] = 403
    with client_of(server) as client, pytest.raises(Unauthorized):
        client.search_together(SEARCHES)


def test_a_server_that_cannot_be_reached_is_not_asked_again_singly():
    server = Foreign(entries=BOTH)
    with client_of(server) as client:
        away = FhirClient("http://127.0.0.1:9/fhir", requests.Session())
        with pytest.raises(NeverSent):
            away.search_together(SEARCHES)
        assert ids(client.search_together(SEARCHES)) == [["1"], ["2"]]


def test_the_embedded_server_answers_as_it_does_one_by_one(agenda: FhirClient):
    searches = [
        ("Slot", [("status", "free"), ("_sort", "start"), ("_count", "1")]),
        ("Patient", [("identifier", "urn:latido:resident|nobody:self,urn:latido:resident|nobody:other-1")]),
        ("Slot", [("colour", "red")]),
        ("Location", [("identifier", "urn:latido:center|15,urn:latido:center|41,urn:x|15,99"), ("_sort", "name")]),
    ]
    found = agenda.search_together(searches)
    assert ids(found) == [["s0"], [], Refused, ["cesac-15", "cesac-41"]]
    singly = [agenda.search(kind, params) for kind, params in (searches[0], searches[1], searches[3])]
    assert [found[0], found[1], found[3]] == singly
