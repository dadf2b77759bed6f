"""The batch Bundle: each entry by itself. One that writes has a database transaction of its own."""

from collections.abc import Callable, Sequence
from typing import Any

from latido.fhir.resources import Resource
from latido.fhir.server.answers import FhirResponse, Refusal, refusal_response, refuse
from latido.fhir.server.entries import answered, place_of, raw_entries, read_entry, response_bundle
from latido.fhir.server.interactions import READING
from latido.fhir.server.request import FhirRequest

MAX_BATCH = 1000


def is_batch(request: FhirRequest) -> bool:
    """Whether the request, whose body has been read, is a Bundle of type batch sent to the base."""
    bundle = request.content or {}
    return not request.segments and bundle.get("resourceType") == "Bundle" and bundle.get("type") == "batch"


def run_batch(
    request: FhirRequest,
    perform: Callable[[FhirRequest], FhirResponse],
    read_all: Callable[[Sequence[FhirRequest]], Sequence[FhirResponse] | None],
) -> Resource:
    """The answers of all entries, in their order; a refused one tells why, and hinders no other.

    Entries that all only read are tried on one connection (`read_all`, None when that failed), which costs less.
    """
    entries = raw_entries(request.content or {})
    if len(entries) > MAX_BATCH:
        refuse(400, "too-costly", f"a batch has {MAX_BATCH} entries at most", "Bundle.entry")
    inner = [_request(each, number, request) for number, each in enumerate(entries)]
    asked = [each for each in inner if isinstance(each, FhirRequest)]
    read = read_all(asked) if asked and all(each.method in READING for each in asked) else None
    answers = iter(map(perform, asked) if read is None else read)
    done = [next(answers) if isinstance(each, FhirRequest) else refusal_response(each) for each in inner]
    return response_bundle("batch-response", [answered(each) for each in done])


def _request(entry: Any, number: int, request: FhirRequest) -> FhirRequest | Refusal:
    try:
        inner = read_entry(entry, number, request).request
        if not inner.segments:
            refuse(400, "not-supported", "a batch holds no other Bundle to be done", f"{place_of(number)}.request.url")
    except Refusal as refusal:
        return refusal
    return inner
