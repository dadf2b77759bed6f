"""Search results and transactions as values."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from latido.fhir.errors import NotFhir, Refused
from latido.fhir.resources import LOCATION_DISTANCE, Resource, reference_to, split_reference

_METRES = {"m": 1.0, "km": 1000.0, "mi": 1609.344, "[mi_i]": 1609.344}


@dataclass(frozen=True)
class SearchEntry:
    """One entry of a search: the resource, why it is there, and its distance in metres where the server says it."""

    resource: Resource
    mode: str = "match"
    distance_m: float | None = None


@dataclass(frozen=True)
class SearchBundle:
    """One page of a search."""

    entries: tuple[SearchEntry, ...]
    self_link: str | None = None
    next_link: str | None = None
    total: int | None = None

    @property
    def matches(self) -> list[Resource]:
        """The resources that match, in the server's order."""
        return [entry.resource for entry in self.entries if entry.mode == "match"]

    @property
    def included(self) -> list[Resource]:
        """The resources brought along by `_include` and `_revinclude`."""
        return [entry.resource for entry in self.entries if entry.mode == "include"]

    def honoured(self, parameter: str) -> bool:
        """Whether the server says it used this parameter; servers may ignore what they do not know."""
        used = parse_qsl(urlsplit(self.self_link or "").query, keep_blank_values=True)
        return any(name.split(":")[0] == parameter.split(":")[0] for name, _ in used)

    def resolve(self, reference: dict[str, Any] | str | None) -> Resource | None:
        """The resource of this page that a Reference (or its string) points at, matched or included."""
        literal = reference.get("reference", "") if isinstance(reference, dict) else reference or ""
        target = split_reference(literal)
        found = (entry.resource for entry in self.entries)
        return next((each for each in found if target == split_reference(reference_to(each))), None)


@dataclass(frozen=True)
class RequestEntry:
    """One step of a transaction. `url` and `full_url` may be left to `create_entry` and `update_entry`."""

    method: str
    url: str
    resource: Resource | None = None
    full_url: str | None = None
    if_match: str | None = None
    if_none_exist: str | None = None

    def as_json(self) -> Resource:
        """The entry as FHIR writes it."""
        request = {"method": self.method, "url": self.url}
        if self.if_match is not None:
            request["ifMatch"] = self.if_match
        if self.if_none_exist is not None:
            request["ifNoneExist"] = self.if_none_exist
        entry: Resource = {"fullUrl": self.full_url} if self.full_url else {}
        if self.resource is not None:
            entry["resource"] = self.resource
        return entry | {"request": request}


@dataclass(frozen=True)
class ResponseEntry:
    """What became of one step of a transaction; `status` is the number, `reference` is `Type/id` where known."""

    status: int
    reference: str | None = None
    version: str | None = None
    resource: Resource | None = None
    outcome: Resource | None = None


def create_entry(resource: Resource, if_none_exist: str | None = None, full_url: str | None = None) -> RequestEntry:
    """A conditional create; `if_none_exist` is only the query, `identifier=sys|value`; `full_url` a `urn:uuid:`."""
    condition = only_query(if_none_exist) if if_none_exist is not None else None
    return RequestEntry("POST", resource["resourceType"], resource, full_url, None, condition)


def only_query(condition: str) -> str:
    """The condition of an `If-None-Exist`, once it is sure to be only the query.

    "?identifier=…" is refused by some servers, and "Appointment?identifier=…" silently makes a duplicate.
    """
    if "?" in condition.split("=", 1)[0]:
        raise Refused("If-None-Exist takes only the query, such as identifier=system|value: leave out type and '?'")
    return condition


def update_entry(resource: Resource, if_match: str | None = None) -> RequestEntry:
    """An update of `Type/id`; `if_match` is a version id as in `meta.versionId`, or a whole entity tag."""
    tag = f'W/"{if_match}"' if if_match is not None and '"' not in if_match else if_match
    return RequestEntry("PUT", reference_to(resource), resource, None, tag, None)


def read_searchset(bundle: Resource) -> SearchBundle:
    """A searchset Bundle as a page; entries without a resource are left out. NotFhir when it is no such Bundle."""
    with _as_fhir_has_it("a search"):
        links = {link.get("relation"): link.get("url") for link in bundle.get("link") or []}
        return SearchBundle(tuple(_entries(bundle)), links.get("self"), links.get("next"), bundle.get("total"))


@contextmanager
def _as_fhir_has_it(what: str) -> Iterator[None]:
    """Whatever goes wrong in reading another server's answer is that server's: NotFhir, without what it sent."""
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise NotFhir(f"the answer to {what} is not as FHIR has it ({type(error).__name__})") from error


def _entries(bundle: Resource) -> Iterator[SearchEntry]:
    for entry in bundle.get("entry") or []:
        search = entry.get("search") or {}
        if entry.get("resource"):
            if not isinstance(entry["resource"], dict):
                raise TypeError("a resource is an object")
            yield SearchEntry(entry["resource"], search.get("mode", "match"), _distance(search))


def _distance(search: Resource) -> float | None:
    for extension in search.get("extension") or []:
        if extension.get("url") == LOCATION_DISTANCE:
            value = extension.get("valueDistance") or {}
            metres = _METRES.get(value.get("code") or value.get("unit") or "m")
            return float(value["value"]) * metres if metres and "value" in value else None
    return None


def read_transaction_response(bundle: Resource) -> list[ResponseEntry]:
    """The answers to a transaction's steps, in their order; NotFhir when they are no such thing."""
    with _as_fhir_has_it("a transaction"):
        return [_response_entry(entry) for entry in bundle.get("entry") or []]


def _response_entry(entry: Resource) -> ResponseEntry:
    response = entry.get("response") or {}
    resource = entry.get("resource")
    # What a search or an operation answers has no id.
    there = reference_to(resource) if resource and "id" in resource else ""
    target = split_reference(response.get("location") or there)
    tag = (response.get("etag") or "").removeprefix("W/").strip('"')
    return ResponseEntry(
        status=int(str(response.get("status", "0")).split()[0]),
        reference="/".join(target) if target else None,
        version=tag or None,
        resource=resource,
        outcome=response.get("outcome"),
    )
