"""The transaction Bundle: its entries, and whose fault a refusal is."""

from collections.abc import Iterator
from contextlib import contextmanager

from latido.fhir.server.answers import Refusal, refuse
from latido.fhir.server.entries import Entry, raw_entries, read_entry
from latido.fhir.server.request import FhirRequest


def read_transaction(request: FhirRequest) -> list[Entry]:
    """The entries of a transaction; refuses with the place of the first fault."""
    bundle = request.json_body()
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") != "transaction":
        refuse(400, "not-supported", "the base takes a Bundle of type batch or transaction", "Bundle.type")
    entries = [read_entry(each, number, request) for number, each in enumerate(raw_entries(bundle))]
    urls = [entry.full_url for entry in entries if entry.full_url]
    if len(urls) > len(set(urls)):
        refuse(400, "duplicate", "two entries have one fullUrl", "Bundle.entry")
    return entries


@contextmanager
def located(place: str) -> Iterator[None]:
    """Let a refusal tell the entry it comes from."""
    try:
        yield
    except Refusal as refusal:
        raise Refusal(refusal.status, [fault.under(place) for fault in refusal.faults]) from None
