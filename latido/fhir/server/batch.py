"""The batch Bundle: each entry by itself, in a database transaction of its own."""

from collections.abc import Callable
from typing import Any

from latido.fhir.resources import Resource
from latido.fhir.server.answers import FhirResponse, Refusal, refusal_response, refuse
from latido.fhir.server.entries import answered, place_of, raw_entries, read_entry, response_bundle
from latido.fhir.server.request import FhirRequest

MAX_BATCH = 1000


def is_batch(request: FhirRequest) -> bool:
    """Whether the request, whose body has been read, is a Bundle of type batch sent to the base."""
    bundle = request.content or {}
    return not request.segments and bundle.get("resourceType") == "Bundle" and bundle.get("type") == "batch"


def run_batch(request: FhirRequest, perform: Callable[[FhirRequest], FhirResponse]) -> Resource:
    """The answers of all entries, in their order; a refused one tells why, and hinders no other."""
    entries = raw_entries(request.content or {})
    if len(entries) > MAX_BATCH:
        refuse(400, "too-costly", f"a batch has {MAX_BATCH} entries at most", "Bundle.entry")
    return response_bundle("batch-response", [_answer(each, n, request, perform) for n, each in enumerate(entries)])


def _answer(entry: Any, number: int, request: FhirRequest, perform: Callable[[FhirRequest], FhirResponse]) -> Resource:
    try:
        inner = read_entry(entry, number, request).request
        if not inner.segments:
            refuse(400, "not-supported", "a batch holds no other Bundle to be done", f"{place_of(number)}.request.url")
    except Refusal as refusal:
        return answered(refusal_response(refusal))
    return answered(perform(inner))
