"""Several searches in one call: a batch of reads, told apart again."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from latido.fhir.bundles import ResponseEntry, SearchBundle, read_searchset, read_transaction_response
from latido.fhir.errors import NotFhir, NotFound, Refused, Unauthorized
from latido.fhir.exchange import error_of_status
from latido.fhir.resources import Resource

Parameters = Sequence[tuple[str, str]]
Search = tuple[str, Parameters]
"""A resource type, and what is asked of it."""

Found = SearchBundle | NotFound | Refused
"""The first page; the error of a server that keeps no such resources, or does not know a parameter."""

NO_BATCH = (Refused, NotFound, NotFhir, Unauthorized)
"""What says that a server takes no batch, or not from us; anything else that it cannot answer now."""


def batch_of(searches: Sequence[Search]) -> Resource:
    """The Bundle that asks all of them."""
    urls = [f"{kind}?{urlencode(list(params))}" for kind, params in searches]
    entries = [{"request": {"method": "GET", "url": url}} for url in urls]
    return {"resourceType": "Bundle", "type": "batch", "entry": entries}


def read_batch(searches: Sequence[Search], answer: Resource) -> list[Found]:
    """The answers in the order of the searches; NotFhir when they are not answers to these."""
    answers = read_transaction_response(answer)
    if len(answers) != len(searches):
        raise NotFhir("the batch has not as many answers as questions")
    return [_found(kind, each) for (kind, _), each in zip(searches, answers, strict=True)]


def _found(kind: str, answer: ResponseEntry) -> Found:
    error = error_of_status(answer.status, f"GET {kind} in a batch", answer.outcome)
    if isinstance(error, NotFound | Refused):
        return error
    if error is not None:
        raise error
    if answer.resource is None or answer.resource.get("resourceType") != "Bundle":
        raise NotFhir("an answer of the batch is no search result")
    page = read_searchset(answer.resource)
    if any(each.get("resourceType") != kind for each in page.matches):
        raise NotFhir("an answer of the batch is to another question")
    return page
