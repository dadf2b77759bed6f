"""Operations, patches and features over real HTTP."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from latido.fhir.client import FEATURES_SECONDS, FhirClient
from latido.fhir.errors import Busy, Conflict, NotFhir, OutcomeUnknown, Refused
from tests.integration.fhir_client.loopback import Answer, Asked, HangUp, bundle, in_turn, loopback

STATEMENT = {
    "resourceType": "CapabilityStatement",
    "rest": [{"mode": "server", "interaction": [{"code": "transaction"}]}],
}
PARAMETERS = {"resourceType": "Parameters", "parameter": [{"name": "slot", "valueUri": "Slot/1"}]}
BOOKED = {"resourceType": "Appointment", "id": "a1", "status": "booked"}


def client(url: str, **options: object) -> FhirClient:
    return FhirClient(f"{url}/fhir", requests.Session(), (1.0, 2.0), **options)


def test_an_operation_is_posted_and_its_answer_given_back() -> None:
    with loopback(in_turn(Answer(200, bundle(BOOKED)))) as server:
        found = client(server.url).operation("Appointment", "book", PARAMETERS)

    assert found["entry"][0]["resource"] == BOOKED
    assert server.calls() == ["POST /fhir/Appointment/$book"]
    assert server.asked[0].json == PARAMETERS


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(409), Conflict),
        (Answer(422), Refused),
        (Answer(500), OutcomeUnknown),
        (HangUp, OutcomeUnknown),
        (Answer(200, b"<html>"), OutcomeUnknown),
    ],
)
def test_an_operation_that_writes_fails_as_a_write(answer: Answer, error: type[Exception]) -> None:
    with loopback(in_turn(answer)) as server, pytest.raises(error):
        client(server.url).operation("Appointment", "book", PARAMETERS)


@pytest.mark.parametrize(("answer", "error"), [(Answer(500), Busy), (HangUp, Busy), (Answer(200, b"<html>"), NotFhir)])
def test_an_operation_that_reads_fails_as_a_read(answer: Answer, error: type[Exception]) -> None:
    with loopback(in_turn(answer)) as server, pytest.raises(error):
        client(server.url).operation("Patient", "match", PARAMETERS, reads=True)


def test_a_patch_carries_its_guard() -> None:
    steps = [{"op": "test", "path": "/status", "value": "booked"}]
    with loopback(in_turn(Answer(200, BOOKED), Answer(412))) as server:
        assert client(server.url).patch("Appointment/a1", steps, if_match="3") == BOOKED
        with pytest.raises(Conflict):
            client(server.url).patch("Appointment/a1", steps, if_match="3")

    asked = server.asked[0]
    assert (asked.method, asked.path) == ("PATCH", "/fhir/Appointment/a1")
    assert asked.headers["if-match"] == 'W/"3"'
    assert asked.headers["content-type"] == "application/json-patch+json"
    assert asked.json == steps


def test_features_are_asked_once_an_hour_however_many_ask() -> None:
    now = [0.0]
    first = threading.Barrier(4)

    def ask(_: int) -> bool:
        first.wait()
        return fhir.features().transaction

    with loopback(in_turn(Answer(200, STATEMENT))) as server:
        fhir = client(server.url, monotonic=lambda: now[0])
        with ThreadPoolExecutor(4) as threads:
            assert list(threads.map(ask, range(4))) == [True] * 4
        assert len(server.asked) == 1
        now[0] = FEATURES_SECONDS + 1
        fhir.features()
        assert len(server.asked) == 2


def test_the_last_features_serve_while_the_server_cannot_be_asked() -> None:
    now = [0.0]
    with loopback(in_turn(Answer(200, STATEMENT), Answer(503))) as server:
        fhir = client(server.url, monotonic=lambda: now[0])
        fhir.features()
        now[0] = FEATURES_SECONDS + 1
        assert fhir.features().transaction


def test_without_any_answer_the_failure_shows() -> None:
    with loopback(in_turn(Answer(503), Answer(200, STATEMENT))) as server:
        fhir = client(server.url)
        with pytest.raises(Busy):
            fhir.features()
        assert fhir.features().transaction


@pytest.mark.parametrize("answer", [Answer(200, bundle()), Answer(404, {"resourceType": "OperationOutcome"})])
def test_a_server_may_say_nothing_of_itself(answer: Answer) -> None:
    with loopback(in_turn(answer)) as server:
        assert client(server.url).features().said_nothing


def test_a_page_of_a_proxy_is_no_statement() -> None:
    def page(_: Asked) -> Answer:
        return Answer(200, b"<html>Ingrese</html>", {"Content-Type": "text/html"})

    with loopback(page) as server, pytest.raises(NotFhir):
        client(server.url).features()
