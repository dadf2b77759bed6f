"""Retries and the circuit breaker, against a server that fails as often as a test says."""

from __future__ import annotations

import pytest
import requests

from latido.breaker import CircuitBreaker
from latido.fhir.client import FhirClient
from latido.fhir.errors import Busy, Conflict, FhirError, NeverSent, NotFound, OutcomeUnknown
from latido.fhir.resilience import LeftAlone, Patience, Resilience
from tests.integration.fhir_client.loopback import Answer, HangUp, bundle, in_turn, loopback
from tests.serving import free_port

SLOT = {"resourceType": "Slot", "id": "1"}
GOOD = Answer(200, SLOT)


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def patient_client(url: str, clock: Clock, failures_to_open: int = 99, **patience: float) -> FhirClient:
    breaker = CircuitBreaker(clock, failures_to_open, open_seconds=30.0)
    resilience = Resilience(breaker, Patience(**patience), clock.sleep, clock)
    return FhirClient(f"{url}/fhir", requests.Session(), (1.0, 2.0), resilience=resilience)


@pytest.mark.parametrize("failure", [Answer(500), Answer(503), HangUp, Answer(502, b"<html>")])
def test_a_read_is_tried_again(failure: Answer) -> None:
    clock = Clock()
    with loopback(in_turn(failure, failure, GOOD)) as server:
        assert patient_client(server.url, clock).read("Slot", "1") == SLOT
    assert len(server.asked) == 3
    assert 0 < clock.slept[0] < clock.slept[1] * 2


def test_a_search_by_post_is_a_read() -> None:
    with loopback(in_turn(Answer(500), Answer(200, bundle(SLOT)))) as server:
        assert patient_client(server.url, Clock()).search("Slot", post=True).matches == [SLOT]


def test_a_read_gives_up_after_its_tries() -> None:
    with loopback(in_turn(Answer(500))) as server, pytest.raises(Busy):
        patient_client(server.url, Clock(), tries=3).read("Slot", "1")
    assert len(server.asked) == 3


def test_the_server_says_how_long_to_wait() -> None:
    clock = Clock()
    with loopback(in_turn(Answer(429, None, {"Retry-After": "3"}), GOOD)) as server:
        patient_client(server.url, clock, seconds=6).read("Slot", "1")
    assert clock.slept == [3.0]


def test_nobody_is_kept_longer_than_the_budget() -> None:
    clock = Clock()
    with loopback(in_turn(Answer(503, None, {"Retry-After": "7"}), GOOD)) as server, pytest.raises(Busy):
        patient_client(server.url, clock, seconds=6).read("Slot", "1")
    assert (len(server.asked), clock.slept) == (1, [])


@pytest.mark.parametrize(("answer", "error"), [(Answer(404), NotFound), (Answer(412), Conflict)])
def test_a_clear_answer_is_not_asked_for_twice(answer: Answer, error: type[FhirError]) -> None:
    with loopback(in_turn(answer)) as server, pytest.raises(error):
        patient_client(server.url, Clock()).read("Slot", "1")
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("failure", "error"), [(Answer(500), OutcomeUnknown), (HangUp, OutcomeUnknown), (Answer(503), Busy)]
)
def test_a_write_whose_fate_is_unknown_is_never_repeated(failure: Answer, error: type[FhirError]) -> None:
    with loopback(in_turn(failure, GOOD)) as server, pytest.raises(error):
        patient_client(server.url, Clock()).update(SLOT)
    assert len(server.asked) == 1


def test_a_write_that_never_left_is_repeated() -> None:
    clock = Clock()
    client = patient_client(f"http://127.0.0.1:{free_port()}", clock, tries=3)
    with pytest.raises(NeverSent):
        client.update(SLOT)
    assert len(clock.slept) == 2


def test_a_server_that_is_down_is_left_alone_then_tried_by_one() -> None:
    clock = Clock()
    with loopback(in_turn(*[Answer(500)] * 3, GOOD)) as server:
        client = patient_client(server.url, clock, failures_to_open=3, tries=1)
        for _ in range(3):
            with pytest.raises(Busy):
                client.read("Slot", "1")
        with pytest.raises(LeftAlone, match="Nothing was sent"):
            client.update(SLOT)
        assert len(server.asked) == 3
        clock.now += 31
        assert client.read("Slot", "1") == SLOT
        assert client.update(SLOT) == SLOT


def test_a_trial_that_fails_leaves_it_alone_again() -> None:
    clock = Clock()
    with loopback(in_turn(Answer(500))) as server:
        client = patient_client(server.url, clock, failures_to_open=1, tries=1)
        with pytest.raises(Busy):
            client.read("Slot", "1")
        clock.now += 31
        with pytest.raises(Busy):
            client.read("Slot", "1")
        with pytest.raises(LeftAlone):
            client.read("Slot", "1")
    assert len(server.asked) == 2


@pytest.mark.parametrize("answer", [Answer(404), Answer(409), Answer(422), Answer(401), Answer(429)])
def test_refusals_do_not_mean_that_it_is_down(answer: Answer) -> None:
    with loopback(in_turn(*[answer] * 5, GOOD)) as server:
        client = patient_client(server.url, Clock(), failures_to_open=2, tries=1)
        for _ in range(5):
            with pytest.raises(FhirError):
                client.read("Slot", "1")
        assert client.read("Slot", "1") == SLOT
