"""SMART Backend Services against an authorization server that verifies everything."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from latido.fhir.client import FhirClient
from latido.fhir.errors import NeverSent, NotFhir, Unauthorized
from latido.fhir.keys import ClientKey, jwks, make_key
from latido.fhir.smart import BackendServices, BearerAuth, Client, StaticToken
from tests.integration.fhir_client.authorization import CLIENT_ID, City
from tests.integration.fhir_client.loopback import Answer, Asked, HangUp, Loopback, bundle, in_turn, loopback
from tests.serving import free_port

SCOPES = "system/Slot.read system/Appointment.write"


@pytest.fixture(scope="module", params=["ec", "rsa"])
def key(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ClientKey:
    return make_key(tmp_path_factory.mktemp("keys") / "key.pem", request.param)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def city(key: ClientKey, **options: object) -> Iterator[tuple[City, Loopback, FhirClient, Clock]]:
    """A guarded FHIR server and a client that logs in there."""
    guard, clock = City(jwks([key]), **options), Clock()
    with loopback(guard) as server:
        guard.url = server.url
        base = f"{server.url}/fhir"
        session = requests.Session()
        tokens = BackendServices(base, Client(CLIENT_ID, key, SCOPES), requests.Session(), clock)
        session.auth = BearerAuth(base, tokens)
        yield guard, server, FhirClient(base, session, (1.0, 5.0)), clock


def test_a_verified_assertion_buys_a_token_that_serves_many_calls(key: ClientKey) -> None:
    with city(key) as (guard, server, fhir, _):
        for _ in range(3):
            assert fhir.read("Slot", "1")["id"] == "1"

    assert len(guard.issued) == 1
    assert guard.scopes == [SCOPES]
    assert server.calls()[:2] == ["GET /fhir/.well-known/smart-configuration", "POST /token"]
    assert "authorization" not in server.asked[0].headers
    assert "authorization" not in server.asked[1].headers


def test_a_token_is_renewed_shortly_before_it_expires_each_time_with_another_jti(key: ClientKey) -> None:
    with city(key, expires_in=300) as (guard, _, fhir, clock):
        fhir.read("Slot", "1")
        clock.now += 260
        fhir.read("Slot", "1")
        assert len(guard.issued) == 1
        clock.now += 15
        fhir.read("Slot", "1")
        assert len(guard.issued) == 2
    assert len({claims["jti"] for claims in guard.assertions}) == 2


@pytest.mark.parametrize("expires_in", [None, 10])
def test_an_unsaid_or_a_short_life_is_not_used_to_its_end(key: ClientKey, expires_in: int | None) -> None:
    with city(key, expires_in=expires_in) as (guard, _, fhir, clock):
        fhir.read("Slot", "1")
        clock.now += 4
        fhir.read("Slot", "1")
        assert len(guard.issued) == 1
        clock.now += 290
        fhir.read("Slot", "1")
        assert len(guard.issued) == 2


def test_a_revoked_token_is_replaced_once_and_the_write_done_once(key: ClientKey) -> None:
    with city(key) as (guard, server, fhir, _):
        fhir.read("Slot", "1")
        guard.revoke_all()
        fhir.update({"resourceType": "Slot", "id": "1"}, if_match="1")

    puts = [each for each in server.asked if each.method == "PUT"]
    assert [each.headers["authorization"] for each in puts] == ["Bearer token-0", "Bearer token-1"]
    assert puts[0].body == puts[1].body
    assert puts[1].headers["if-match"] == 'W/"1"'


def test_a_server_that_refuses_every_token_is_asked_twice_not_for_ever(key: ClientKey) -> None:
    guard = City(jwks([key]))

    def behave(asked: Asked) -> Answer:
        return guard(asked) if not asked.path.startswith("/fhir/Slot") else Answer(401)

    with loopback(behave) as server:
        guard.url = server.url
        base, session = f"{server.url}/fhir", requests.Session()
        session.auth = BearerAuth(base, BackendServices(base, Client(CLIENT_ID, key, SCOPES), requests.Session()))
        with pytest.raises(Unauthorized):
            FhirClient(base, session).read("Slot", "1")
    assert server.calls().count("GET /fhir/Slot/1") == 2


def test_many_threads_ask_for_one_token(key: ClientKey) -> None:
    with city(key) as (guard, _, fhir, _), ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: fhir.read("Slot", "1"), range(24)))
        assert len(guard.issued) == 1
        guard.revoke_all()
        list(threads.map(lambda _: fhir.read("Slot", "1"), range(24)))
        assert len(guard.issued) == 2


@pytest.mark.parametrize("failure", [Answer(503), Answer(429), HangUp])
def test_while_no_token_can_be_had_nothing_was_sent(key: ClientKey, failure: Answer) -> None:
    with city(key, failures=[failure]) as (guard, server, fhir, _):
        with pytest.raises(NeverSent):
            fhir.create({"resourceType": "Slot"})
        assert "POST /fhir/Slot" not in server.calls()
        assert fhir.read("Slot", "1")
        assert len(guard.issued) == 1


def test_an_unknown_client_is_told_so_and_does_not_keep_knocking(key: ClientKey, tmp_path: Path) -> None:
    stranger = make_key(tmp_path / "other.pem")
    guard, clock = City(jwks([key])), Clock()
    with loopback(guard) as server:
        guard.url = server.url
        base, session = f"{server.url}/fhir", requests.Session()
        tokens = BackendServices(base, Client(CLIENT_ID, stranger, SCOPES), requests.Session(), clock)
        session.auth = BearerAuth(base, tokens)
        fhir = FhirClient(base, session)
        for _ in range(3):
            with pytest.raises(Unauthorized, match="invalid_client"):
                fhir.read("Slot", "1")
        assert server.calls().count("POST /token") == 1
        clock.now += 60
        with pytest.raises(Unauthorized):
            fhir.read("Slot", "1")
        assert server.calls().count("POST /token") == 2


def test_the_server_verifies_for_real(key: ClientKey) -> None:
    """A clock that is an hour off makes an assertion that this authorization server refuses."""
    guard = City(jwks([key]))
    with loopback(guard) as server:
        guard.url = server.url
        base = f"{server.url}/fhir"
        tokens = BackendServices(base, Client(CLIENT_ID, key, SCOPES), requests.Session(), now=lambda: 1_000_000.0)
        with pytest.raises(Unauthorized, match="invalid_client"):
            tokens.current()


def test_discovery_without_a_safe_token_endpoint_is_refused(key: ClientKey) -> None:
    for said in ({}, {"token_endpoint": "http://auth.example/token"}, {"token_endpoint": 7}):
        with loopback(in_turn(Answer(200, said))) as server:
            tokens = BackendServices(server.url, Client(CLIENT_ID, key, SCOPES), requests.Session())
            with pytest.raises(NotFhir, match="LATIDO_FHIR_TOKEN_URL"):
                tokens.current()


def test_a_given_token_url_needs_no_discovery(key: ClientKey) -> None:
    guard = City(jwks([key]))
    with loopback(guard) as server:
        guard.url = server.url
        client = Client(CLIENT_ID, key, SCOPES, f"{server.url}/token")
        assert BackendServices(f"{server.url}/fhir", client, requests.Session()).current() == "token-0"
    assert server.calls() == ["POST /token"]


def test_with_nobody_listening_nothing_was_sent(key: ClientKey) -> None:
    base = f"http://127.0.0.1:{free_port()}/fhir"
    tokens = BackendServices(base, Client(CLIENT_ID, key, SCOPES), requests.Session())
    with pytest.raises(NeverSent):
        tokens.current()


def test_the_token_goes_to_no_other_host() -> None:
    with loopback(in_turn(Answer(200, bundle()))) as other, loopback(in_turn(Answer(200, bundle()))) as server:
        session = requests.Session()
        session.auth = BearerAuth(f"{server.url}/fhir", StaticToken("s3cret"))
        session.get(f"{server.url}/fhir/Slot")
        session.get(f"{other.url}/fhir/Slot")
    assert server.asked[0].headers["authorization"] == "Bearer s3cret"
    assert "authorization" not in other.asked[0].headers


def test_a_redirect_to_another_host_loses_the_token() -> None:
    with loopback(in_turn(Answer(200, bundle()))) as other:
        elsewhere = Answer(307, None, {"Location": f"{other.url}/fhir/Slot"})
        with loopback(in_turn(elsewhere)) as server:
            session = requests.Session()
            session.auth = BearerAuth(f"{server.url}/fhir", StaticToken("s3cret"))
            FhirClient(f"{server.url}/fhir", session).search("Slot")
    assert "authorization" not in other.asked[0].headers


def test_no_token_nor_assertion_is_logged_or_shown(key: ClientKey, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with city(key, failures=[Answer(400, {"error": "token-0 eyJ<script>", "error_description": "x"})]) as (
        *_,
        fhir,
        clock,
    ):
        with pytest.raises(Unauthorized) as refused:
            fhir.read("Slot", "1")
        clock.now += 60
        fhir.read("Slot", "1")
    written = caplog.text + str(refused.value) + repr(refused.value) + repr(key)
    assert "token-0" not in written
    assert "eyJ" not in written
    assert "PRIVATE" not in written
