"""Next links: followed home by whatever name, never elsewhere, never in a circle."""

from __future__ import annotations

import pytest
import requests

from latido.fhir.client import FhirClient
from latido.fhir.errors import NotFhir
from latido.fhir.paging import next_url
from tests.integration.fhir_client.loopback import Answer, Asked, bundle, in_turn, loopback

BASE = "https://salud.example/fhir/R4"
INNER = "http://fhir-0.internal:8080/fhir"


@pytest.mark.parametrize(
    ("link", "found"),
    [
        (f"{BASE}?page=2", f"{BASE}?page=2"),
        (f"{BASE}/Slot?page=2", f"{BASE}/Slot?page=2"),
        ("Slot?page=2", f"{BASE}/Slot?page=2"),
        ("?_getpages=a", f"{BASE}/?_getpages=a"),
        ("https://salud.example/pages/77", "https://salud.example/pages/77"),
        (f"{INNER}?_getpages=a&b=c", f"{BASE}?_getpages=a&b=c"),
        (f"{INNER}/Slot?page=2", f"{BASE}/Slot?page=2"),
        ("http://salud.example/fhir/R4?page=2", f"{BASE}?page=2"),
        ("http://salud.example:80/fhir/R4?page=2", f"{BASE}?page=2"),
    ],
)
def test_a_link_home_is_followed(link: str, found: str) -> None:
    assert next_url(BASE, link, (f"{INNER}/",)) == found


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.example/fhir/R4?page=2",
        "https://salud.example.evil/fhir/R4?page=2",
        "https://salud.example@evil.example/fhir/R4",
        "http://fhir-0.internal:8080/fhirother?page=2",
        "http://fhir-0.internal:8080.evil.example/fhir?page=2",
        "http://salud.example:8080/fhir/R4?page=2",
        "//evil.example/x",
        "ftp://salud.example/fhir/R4",
    ],
)
def test_a_link_elsewhere_is_not(link: str) -> None:
    with pytest.raises(NotFhir, match="LATIDO_FHIR_ALIASES"):
        next_url(BASE, link, (INNER,))


def slot(identity: str) -> dict[str, str]:
    return {"resourceType": "Slot", "id": identity}


def test_all_pages_of_a_server_that_calls_itself_by_its_inner_name() -> None:
    pages = [bundle(slot("1"), next=f"{INNER}?page=2"), bundle(slot("2"), next=f"{INNER}/?page=3"), bundle(slot("3"))]
    with loopback(in_turn(*[Answer(200, page) for page in pages])) as server:
        client = FhirClient(f"{server.url}/fhir", requests.Session(), aliases=[INNER])
        found = [each["id"] for page in client.search_all("Slot") for each in page.matches]
    assert found == ["1", "2", "3"]
    assert [each.params.get("page") for each in server.asked] == [None, "2", "3"]


def test_links_that_go_round_are_left() -> None:
    def rounds(asked: Asked) -> Answer:
        following = {"2": "3", "3": "2"}.get(asked.params.get("page", ""), "2")
        return Answer(200, bundle(slot(asked.params.get("page", "1")), next=f"?page={following}"))

    with loopback(rounds) as server:
        client, seen = FhirClient(f"{server.url}/fhir", requests.Session()), []
        with pytest.raises(NotFhir, match="circle"):
            seen.extend(page.matches[0]["id"] for page in client.search_all("Slot"))
        assert len(server.asked) == 3


def test_pages_without_an_end_are_left() -> None:
    def endless(asked: Asked) -> Answer:
        page = int(asked.params.get("page", "1"))
        return Answer(200, bundle(slot(str(page)), next=f"?page={page + 1}"))

    with loopback(endless) as server:
        client = FhirClient(f"{server.url}/fhir", requests.Session())
        with pytest.raises(NotFhir, match="5 pages"):
            list(client.search_all("Slot", most_pages=5))
        assert len(server.asked) == 5


def test_exactly_the_most_pages_is_no_fault() -> None:
    pages = [bundle(slot("1"), next="?page=2"), bundle(slot("2"))]
    with loopback(in_turn(*[Answer(200, page) for page in pages])) as server:
        client = FhirClient(f"{server.url}/fhir", requests.Session())
        assert len(list(client.search_all("Slot", most_pages=2))) == 2


def test_a_write_is_not_sent_elsewhere() -> None:
    moved = Answer(302, None, {"Location": "/other/Slot/1"})
    with loopback(in_turn(moved)) as server, pytest.raises(NotFhir, match="correct the base URL"):
        FhirClient(f"{server.url}/fhir", requests.Session()).update(slot("1"))
    assert server.calls() == ["PUT /fhir/Slot/1"]
