"""The transaction Bundle: reading its entries, and answering each."""

import re
from collections.abc import Sequence
from typing import Any

from latido.fhir.resources import Resource, etag
from latido.fhir.server.answers import refuse
from latido.fhir.server.definitions import definitions
from latido.fhir.server.instants import instant_text
from latido.fhir.server.request import read_if_match
from latido.fhir.server.steps import Done, Step

MAX_ENTRIES = 5000

_URL = re.compile(r"/?([A-Z][A-Za-z]+)(?:/([A-Za-z0-9\-.]{1,64}))?")
_ENTRY = {"fullUrl", "resource", "request", "link", "id", "extension", "modifierExtension"}


def read_transaction(bundle: Resource) -> list[Step]:
    """The steps of a transaction; refuses with the place of the first fault."""
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") != "transaction":
        refuse(400, "not-supported", "the base takes a Bundle of type transaction", "Bundle.type")
    entries = bundle.get("entry", [])
    if not isinstance(entries, list) or len(entries) > MAX_ENTRIES:
        refuse(400, "structure", f"must be a list of {MAX_ENTRIES} entries at most", "Bundle.entry")
    steps = [_step(entry, f"Bundle.entry[{index}]") for index, entry in enumerate(entries)]
    urls = [step.full_url for step in steps if step.full_url]
    if len(urls) > len(set(urls)):
        refuse(400, "duplicate", "two entries have one fullUrl", "Bundle.entry")
    return steps


def _step(entry: Any, place: str) -> Step:
    if not isinstance(entry, dict) or not entry.keys() <= _ENTRY:
        refuse(400, "structure", "is not an entry of a transaction", place)
    request, resource = entry.get("request"), entry.get("resource")
    if not isinstance(request, dict) or not isinstance(resource, dict):
        refuse(400, "required", "needs request and resource", place)
    method, url = _text(request, "method", place), _text(request, "url", place)
    kind, identity = _target(method, url, place)
    check_resource(resource, kind, identity, f"{place}.resource")
    return Step(
        kind=kind,
        resource=resource,
        identity=identity,
        if_match=read_if_match(_optional(request, "ifMatch", place)),
        if_none_exist=_optional(request, "ifNoneExist", place) if method == "POST" else None,
        full_url=_optional(entry, "fullUrl", place),
        place=place,
    )


def check_resource(resource: Resource, kind: str, identity: str | None, place: str = "") -> None:
    """Refuse a resource of another type, or with another id, than the request says."""
    if resource.get("resourceType") != kind:
        refuse(400, "structure", f"must be a {kind}", f"{place}.resourceType".lstrip("."))
    if identity is not None and resource.get("id") != identity:
        refuse(400, "value", "must be the id in the URL", f"{place or kind}.id")


def _target(method: str, url: str, place: str) -> tuple[str, str | None]:
    found = _URL.fullmatch(url)
    if method not in ("POST", "PUT") or found is None or (method == "PUT") != (found[2] is not None):
        refuse(400, "not-supported", "a step is POST Type or PUT Type/id", f"{place}.request")
    if found[1] not in definitions():
        refuse(404, "not-supported", "is not a resource type of this server", f"{place}.request.url")
    return found[1], found[2]


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


def transaction_response(done: Sequence[Done], base_url: str, minimal: bool) -> Resource:
    """The answer to a transaction, one entry a step, in their order."""
    entries = [_response_entry(each, base_url, minimal) for each in done]
    return {"resourceType": "Bundle", "type": "transaction-response"} | ({"entry": entries} if entries else {})


def _response_entry(done: Done, base_url: str, minimal: bool) -> Resource:
    stored = done.stored
    entry: Resource = {"fullUrl": f"{base_url}/{stored.reference}"}
    if not minimal:
        entry["resource"] = stored.resource
    return entry | {
        "response": {
            "status": "201 Created" if done.status == 201 else "200 OK",
            "location": f"{base_url}/{stored.reference}/_history/{stored.version}",
            "etag": etag(stored.version),
            "lastModified": instant_text(stored.last_updated),
        }
    }
