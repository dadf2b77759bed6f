"""The history of a resource and of a type."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from latido.fhir.client import FhirClient
from latido.fhir.server import FhirServer

from .conftest import patient, slot
from .test_interactions import ORGANIZATION, call


def pages(server: FhirServer, path: str, query: str = "") -> list[dict[str, Any]]:
    """All pages from a path, by their next links."""
    found = []
    while path:
        answer, body = call(server, "GET", path, query=query)
        assert (answer.status, body["type"]) == (200, "history")
        found.append(body)
        link = next((each["url"] for each in body["link"] if each["relation"] == "next"), "")
        path, query = urlsplit(link).path.removeprefix("/fhir/R4"), urlsplit(link).query
    return found


def versions(page: dict[str, Any]) -> list[str]:
    return [f"{each['resource']['id']}/{each['resource']['meta']['versionId']}" for each in page.get("entry", [])]


def test_every_version_of_a_resource_newest_first(client: FhirClient, server: FhirServer):
    stored = client.update(ORGANIZATION | {"id": "o"})
    for name in ("b", "c"):
        client.update(stored | {"name": name})
    (page,) = pages(server, "/Organization/o/_history")
    assert versions(page) == ["o/3", "o/2", "o/1"]
    assert page["total"] == 3
    newest, first = page["entry"][0], page["entry"][-1]
    assert newest["resource"] == client.read("Organization", "o")
    assert first["resource"] == client.read("Organization", "o", version="1")
    assert newest["request"] == {"method": "PUT", "url": "Organization/o"}
    assert newest["response"]["etag"] == 'W/"3"'
    assert first["request"]["method"] == "POST"


def test_pages_of_a_history_hold_still_while_somebody_writes(client: FhirClient, server: FhirServer):
    stored = client.update(ORGANIZATION | {"id": "o"})
    for name in "bcde":
        client.update(stored | {"name": name})
    _, first = call(server, "GET", "/Organization/o/_history", query="_count=2")
    client.update(stored | {"name": "f"})
    link = next(each["url"] for each in first["link"] if each["relation"] == "next")
    rest = pages(server, "/Organization/o/_history", urlsplit(link).query)
    assert [versions(page) for page in [first, *rest]] == [["o/5", "o/4"], ["o/3", "o/2"], ["o/1"]]


def test_the_history_of_a_type(agenda: FhirClient, server: FhirServer):
    agenda.update(slot("s1", status="busy"))
    seen = [each for page in pages(server, "/Slot/_history", "_count=4") for each in versions(page)]
    assert seen[0] == "s1/2"
    assert sorted(seen) == sorted([*(f"s{n}/1" for n in range(8)), "busy/1", "other/1", "s1/2"])


def test_since(client: FhirClient, server: FhirServer):
    stored = client.update(ORGANIZATION | {"id": "o"})
    client.update(stored | {"name": "b"})
    (page,) = pages(server, "/Organization/_history", "_since=2999-01-01")
    assert (page["total"], versions(page)) == (0, [])
    (page,) = pages(server, "/Organization/_history", f"_since={stored['meta']['lastUpdated']}")
    assert versions(page) == ["o/2", "o/1"]


def test_a_person_has_a_history_without_being_named_in_a_link(client: FhirClient, server: FhirServer):
    stored = client.update(patient())
    client.update(stored | {"birthDate": "1999-05-01"})
    found = pages(server, "/Patient/p1/_history", "_count=1")
    assert [versions(page) for page in found] == [["p1/2"], ["p1/1"]]
    assert found[1]["entry"][0]["resource"]["name"] == patient()["name"]
    assert not any("30111222" in str(page["link"]) for page in found)


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/Organization/none/_history", "", 404),
        ("/Organization/_history", "_since=yesterday", 400),
        ("/Organization/_history", "_count=-1", 400),
        ("/Organization/_history", "_page=eA==", 400),
        ("/Organization/_history", "_page=WyIyMDI2IiwgImEiLCAxXQ==", 400),
        ("/Organization/_history/1", "", 404),
    ],
)
def test_what_is_refused(server: FhirServer, path: str, query: str, status: int):
    answer, body = call(server, "GET", path, query=query)
    assert (answer.status, body["resourceType"]) == (status, "OperationOutcome")
