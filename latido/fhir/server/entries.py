"""The entries of a batch or transaction: read as requests, answered as responses."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from latido.fhir.resources import FHIR_JSON, Resource, etag
from latido.fhir.server.answers import FhirResponse, refuse
from latido.fhir.server.instants import instant_text
from latido.fhir.server.request import FhirRequest
from latido.fhir.server.steps import Done

MAX_ENTRIES = 5000

_ENTRY = {"fullUrl", "resource", "request", "link", "id", "extension", "modifierExtension"}
_HEADERS = {
    "ifMatch": "if-match",
    "ifNoneExist": "if-none-exist",
    "ifNoneMatch": "if-none-match",
    "ifModifiedSince": "if-modified-since",
}
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Entry:
    """One entry: what it asks for, and where it stands, such as `Bundle.entry[3]`."""

    place: str
    request: FhirRequest
    full_url: str | None = None


def raw_entries(bundle: Resource) -> list[Any]:
    """The entries as they were sent; refuses too many, or what is no list."""
    entries = bundle.get("entry", [])
    if not isinstance(entries, list) or len(entries) > MAX_ENTRIES:
        refuse(400, "structure", f"must be a list of {MAX_ENTRIES} entries at most", "Bundle.entry")
    return entries


def place_of(number: int) -> str:
    """Where the entry of this number (from 0) stands."""
    return f"Bundle.entry[{number}]"


def read_entry(entry: Any, number: int, outer: FhirRequest) -> Entry:
    """An entry as a request of its own, with the preferences of the outer one; refuses what is malformed."""
    place = place_of(number)
    if not isinstance(entry, dict) or not entry.keys() <= _ENTRY:
        refuse(400, "structure", "is not an entry of a batch or transaction", place)
    request, resource = entry.get("request"), entry.get("resource")
    if not isinstance(request, dict):
        refuse(400, "required", "needs request", place)
    method, url = _text(request, "method", place), _text(request, "url", place)
    if method not in _METHODS:
        refuse(400, "not-supported", f"must be one of {', '.join(_METHODS)}", f"{place}.request.method")
    if (method in ("POST", "PUT", "PATCH")) != isinstance(resource, dict):
        refuse(400, "required", "POST, PUT and PATCH need a resource, the others have none", f"{place}.resource")
    path, _, query = url.removeprefix(outer.base_url).partition("?")
    read = FhirRequest(
        method=method,
        segments=tuple(unquote(part) for part in path.split("/") if part),
        query=query,
        headers=_headers(request, outer, f"{place}.request"),
        body=b"",
        base_url=outer.base_url,
        content=resource,
    )
    return Entry(place, read, _optional(entry, "fullUrl", place))


def _headers(request: Resource, outer: FhirRequest, place: str) -> dict[str, str]:
    own = {header: _optional(request, name, place) for name, header in _HEADERS.items()}
    shared = {"prefer": outer.headers.get("prefer"), "content-type": FHIR_JSON}
    return {name: value for name, value in (own | shared).items() if value is not None}


def _text(owner: Resource, name: str, place: str) -> str:
    value = owner.get(name)
    if not isinstance(value, str):
        return refuse(400, "required", f"needs {name}", f"{place}.request")
    return value


def _optional(owner: Resource, name: str, place: str) -> str | None:
    value = owner.get(name)
    if value is not None and not isinstance(value, str):
        refuse(400, "structure", "must be text", f"{place}.{name}")
    return value


def answered(answer: FhirResponse) -> Resource:
    """The entry that tells of an answer."""
    content = json.loads(answer.body) if answer.body else None
    response: Resource = {"status": _status(answer.status)}
    if "Location" in answer.headers:
        response["location"] = answer.headers["Location"]
    if "ETag" in answer.headers:
        response["etag"] = answer.headers["ETag"]
        response["lastModified"] = instant_text(parsedate_to_datetime(answer.headers["Last-Modified"]))
    if content is None:
        return {"response": response}
    if content["resourceType"] == "OperationOutcome":
        return {"response": response | {"outcome": content}}
    full_url = {"fullUrl": answer.headers["Location"].split("/_history/")[0]} if "Location" in answer.headers else {}
    return full_url | {"resource": content, "response": response}


def written(done: Done, base_url: str, minimal: bool) -> Resource:
    """The entry that tells of a write."""
    stored = done.stored
    entry: Resource = {"fullUrl": f"{base_url}/{stored.reference}"}
    if not minimal:
        entry["resource"] = stored.resource
    return entry | {
        "response": {
            "status": _status(done.status),
            "location": f"{base_url}/{stored.reference}/_history/{stored.version}",
            "etag": etag(stored.version),
            "lastModified": instant_text(stored.last_updated),
        }
    }


def response_bundle(kind: str, entries: Sequence[Resource]) -> Resource:
    """The Bundle of answers, in the order of what was asked."""
    return {"resourceType": "Bundle", "type": kind} | ({"entry": list(entries)} if entries else {})


def _status(number: int) -> str:
    return f"{number} {HTTPStatus(number).phrase}"
