"""Patch, conditional update, batch and history: the same calls against the embedded and an independent server.

Left out, for the independent one (4.5.2) ignores it: `If-Match` of a PATCH, and paging links. A failing `test` is 400
there and 422 here; both are a refusal to our client.
"""

from __future__ import annotations

from typing import Any

import pytest
import requests

from latido.fhir.client import FhirClient
from latido.fhir.errors import NotFound, Refused

CANCEL = [
    {"op": "test", "path": "/status", "value": "booked"},
    {"op": "replace", "path": "/status", "value": "cancelled"},
]


def booking(client: FhirClient) -> dict[str, Any]:
    """A booked Appointment, which needs nothing else on either server."""
    return client.create(
        {
            "resourceType": "Appointment",
            "status": "booked",
            "start": "2026-11-26T09:30:00-03:00",
            "end": "2026-11-26T10:00:00-03:00",
            "participant": [{"actor": {"display": "CeSAC N° 15"}, "status": "accepted"}],
        }
    )


def send(client: FhirClient, method: str, path: str, body: Any = None) -> requests.Response:
    """A call that our client does not make, on the client's own session."""
    session = client._exchange._session
    return session.request(method, f"{client.base_url}/{path}", json=body, timeout=30)


def test_a_patch_changes_what_it_says_and_makes_a_version(client: FhirClient):
    made = booking(client)
    changed = client.patch(f"Appointment/{made['id']}", CANCEL)
    assert changed["status"] == "cancelled"
    assert changed["meta"]["versionId"] != made["meta"]["versionId"]
    assert changed["participant"] == made["participant"]
    assert client.read("Appointment", made["id"]) == changed


@pytest.mark.parametrize(
    "operations",
    [
        [
            {"op": "test", "path": "/status", "value": "noshow"},
            {"op": "replace", "path": "/status", "value": "arrived"},
        ],
        [{"op": "remove", "path": "/participant"}],
        [{"op": "replace", "path": "/start", "value": "mañana"}],
    ],
)
def test_a_patch_that_does_not_fit_is_refused(client: FhirClient, operations: list[dict[str, Any]]):
    made = booking(client)
    with pytest.raises(Refused):
        client.patch(f"Appointment/{made['id']}", operations)
    assert client.read("Appointment", made["id"]) == made


def test_a_patch_of_nothing(client: FhirClient):
    with pytest.raises(NotFound):
        client.patch("Appointment/0d7ee4a1-7c1c-4c64-8d3e-0f3ce9e24c6b", CANCEL)


def test_a_conditional_update_creates_then_updates(client: FhirClient):
    organization = {"resourceType": "Organization", "identifier": [{"system": "urn:x", "value": "once"}], "name": "a"}
    first = send(client, "PUT", "Organization?identifier=urn:x%7Conce", organization)
    again = send(client, "PUT", "Organization?identifier=urn:x%7Conce", organization | {"name": "b"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert [each["name"] for each in client.search("Organization", [("identifier", "urn:x|once")]).matches] == ["b"]


def test_each_entry_of_a_batch_stands_for_itself(client: FhirClient):
    made = booking(client)
    entries = [
        {"request": {"method": "GET", "url": f"Appointment/{made['id']}"}},
        {"request": {"method": "GET", "url": "Appointment/0d7ee4a1-7c1c-4c64-8d3e-0f3ce9e24c6b"}},
        {
            "resource": {"resourceType": "Appointment", "status": "booked"},
            "request": {"method": "POST", "url": "Appointment"},
        },
        {
            "resource": {"resourceType": "Organization", "name": "x"},
            "request": {"method": "POST", "url": "Organization"},
        },
    ]
    answer = send(client, "POST", "", {"resourceType": "Bundle", "type": "batch", "entry": entries})
    found = answer.json()
    statuses = [int(each["response"]["status"].split()[0]) for each in found["entry"]]
    assert (answer.status_code, found["type"]) == (200, "batch-response")
    assert [statuses[0], statuses[1], statuses[3]] == [200, 404, 201]
    assert statuses[2] in (400, 422)


def test_a_history_has_every_version_newest_first(client: FhirClient):
    made = booking(client)
    changed = client.patch(f"Appointment/{made['id']}", CANCEL)
    found = send(client, "GET", f"Appointment/{made['id']}/_history").json()
    assert found["type"] == "history"
    assert [each["resource"] for each in found["entry"]] == [changed, made]
