"""A thin FHIR R4 client: explicit headers, a time-out per call, errors that say what may be done next."""

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlencode

import requests

from latido.fhir.bundles import (
    RequestEntry,
    ResponseEntry,
    SearchBundle,
    only_query,
    read_searchset,
    read_transaction_response,
)
from latido.fhir.errors import Busy, FhirError, NeverSent, NotFhir, NotFound, OutcomeUnknown, Refused
from latido.fhir.exchange import Exchange
from latido.fhir.features import Features, read_features
from latido.fhir.paging import MOST_PAGES, next_url
from latido.fhir.resilience import Resilience
from latido.fhir.resources import FHIR_JSON, JSON_PATCH, PERSONAL_TYPES, Resource, etag, reference_to
from latido.fhir.together import NO_BATCH, Found, Search, batch_of, read_batch

Parameters = Sequence[tuple[str, str]]

LONGEST_QUERY = 1500
"""Characters of a query that any server and proxy takes in a URL."""

FEATURES_SECONDS = 3600.0
"""How long a server's CapabilityStatement is believed, and a server that refused a batch is sent none."""

SINGLY_SECONDS = 300.0
"""How long a server is sent no batch after one that it could not answer."""

_PERSONAL_PARAMETERS = frozenset({"identifier", "phone", "telecom", "email", "name", "family", "given", "birthdate"})


class FhirClient:
    """Calls to one FHIR server. The session carries authentication and, in one process, the in-process adapter.

    `resilience` repeats calls to a server that is not our own; `aliases` are base URLs that its links may show instead.
    """

    def __init__(
        self,
        base_url: str,
        session: requests.Session,
        timeout: tuple[float, float] = (3.05, 10.0),
        monotonic: Callable[[], float] = time.monotonic,
        resilience: Resilience | None = None,
        aliases: Sequence[str] = (),
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._exchange = Exchange(session, timeout, resilience)
        self.aliases = tuple(aliases)
        self._monotonic = monotonic
        self._features: tuple[float, Features] | None = None
        self._features_lock = threading.Lock()
        self._no_batch_until = -math.inf

    def capabilities(self) -> Resource:
        """The server's CapabilityStatement."""
        return self._get("metadata", "CapabilityStatement")

    def features(self) -> Features:
        """What the server says it can do, asked once an hour; the last answer serves while it cannot be asked."""
        with self._features_lock:
            known = self._features
            if known is not None and self._monotonic() < known[0]:
                return known[1]
            try:
                found = self._ask_features()
            except FhirError:
                if known is None:
                    raise
                found = known[1]
            self._features = (self._monotonic() + FEATURES_SECONDS, found)
            return found

    def _ask_features(self) -> Features:
        try:
            answer = self._exchange.read("GET", f"{self.base_url}/metadata", {})
        except NotFound:
            return Features(said_nothing=True)
        if answer.body is None or "resourceType" not in answer.body:
            raise NotFhir("metadata is no FHIR JSON: check the base URL", answer.status)
        return read_features(answer.body)

    def read(self, resource_type: str, resource_id: str, version: str | None = None) -> Resource:
        """One resource, or one version of it; NotFound or Gone when there is none."""
        suffix = f"/_history/{version}" if version is not None else ""
        return self._get(f"{resource_type}/{resource_id}{suffix}", resource_type)

    def search(
        self, resource_type: str, params: Parameters = (), post: bool = False, strict: bool = True
    ) -> SearchBundle:
        """One page of a search. What may identify a person, or is long, goes in a form body, not in the URL.

        `strict` asks the server to refuse parameters that it does not know (`Prefer: handling=strict`).
        """
        prefer = {"Prefer": "handling=strict"} if strict else {}
        url, query = f"{self.base_url}/{resource_type}", urlencode(list(params))
        if post or len(query) > LONGEST_QUERY or _names_a_person(resource_type, params):
            form = {"Content-Type": "application/x-www-form-urlencoded"} | prefer
            answer = self._exchange.read("POST", f"{url}/_search", form, query.encode())
        else:
            answer = self._exchange.read("GET", f"{url}?{query}" if query else url, prefer)
        return read_searchset(answer.expect("Bundle"))

    def search_together(self, searches: Sequence[Search]) -> list[Found]:
        """The first page of each, in one call where the server takes a batch, else one after the other.

        A search that the server refuses, or whose resources it does not keep, has that error in its place; what it
        cannot answer now is raised. No values that may identify a person: in a batch they would stand in a URL.
        """
        if self._takes_batches():
            url, headers = f"{self.base_url}/", {"Content-Type": FHIR_JSON, "Prefer": "handling=strict"}
            try:
                answer = self._exchange.ask("POST", url, headers, batch_of(searches))
                return read_batch(searches, answer.expect("Bundle"))
            except NO_BATCH:
                self._no_batch_until = self._monotonic() + FEATURES_SECONDS
            except Busy:
                # Perhaps the batch is what it cannot do, or not within our patience: next time it is asked singly.
                self._no_batch_until = self._monotonic() + SINGLY_SECONDS
                raise
        return [self._search_or_error(kind, params) for kind, params in searches]

    def _takes_batches(self) -> bool:
        if self._monotonic() < self._no_batch_until:
            return False
        try:
            return self.features().batch
        except NO_BATCH:
            return False

    def _search_or_error(self, kind: str, params: Parameters) -> Found:
        try:
            return self.search(kind, params)
        except (NotFound, Refused) as error:
            return error

    def next_page(self, page: SearchBundle) -> SearchBundle | None:
        """The page after this one, None after the last; a link to another host is refused, for our token's sake."""
        if page.next_link is None:
            return None
        url = next_url(self.base_url, page.next_link, self.aliases)
        return read_searchset(self._exchange.read("GET", url, {}).expect("Bundle"))

    def search_all(
        self, resource_type: str, params: Parameters = (), most_pages: int = MOST_PAGES
    ) -> Iterator[SearchBundle]:
        """Every page of a search, one after the other; NotFhir when the links go round or `most_pages` do not do."""
        page: SearchBundle | None = self.search(resource_type, params)
        followed: set[str] = set()
        while page is not None:
            yield page
            link = page.next_link or ""
            if link in followed:
                raise NotFhir("the server's next links go round in a circle; page with _count and _sort instead")
            if len(followed) + 2 > most_pages and link:
                raise NotFhir(f"the search goes on after {most_pages} pages: narrow it")
            followed.add(link)
            page = self.next_page(page)

    def create(self, resource: Resource, if_none_exist: str | None = None) -> Resource:
        """The stored resource; with `if_none_exist` (`identifier=sys|value`) the one that was there already."""
        headers = {"Content-Type": FHIR_JSON, "Prefer": "return=representation"}
        if if_none_exist is not None:
            headers["If-None-Exist"] = only_query(if_none_exist)
        kind = resource["resourceType"]
        answer = self._exchange.write("POST", f"{self.base_url}/{kind}", headers, resource)
        return self._stored(answer.body, answer.location, kind)

    def update(self, resource: Resource, if_match: str | None = None) -> Resource:
        """The stored resource; Conflict when `if_match` (a version id) is no longer the current version."""
        headers = {"Content-Type": FHIR_JSON, "Prefer": "return=representation"}
        if if_match is not None:
            headers["If-Match"] = if_match if '"' in if_match else etag(if_match)
        url = f"{self.base_url}/{reference_to(resource)}"
        answer = self._exchange.write("PUT", url, headers, resource)
        return self._stored(answer.body, reference_to(resource), resource["resourceType"])

    def patch(self, reference: str, operations: Sequence[Resource], if_match: str | None = None) -> Resource:
        """The resource after a JSON Patch; Conflict when `if_match` is no longer current, Refused when a test fails.

        Some servers ignore `If-Match` here: a `test` operation on what must still hold is the surer guard.
        """
        headers = {"Content-Type": JSON_PATCH, "Prefer": "return=representation"}
        if if_match is not None:
            headers["If-Match"] = if_match if '"' in if_match else etag(if_match)
        answer = self._exchange.write("PATCH", f"{self.base_url}/{reference}", headers, list(operations))
        return self._stored(answer.body, reference, reference.split("/")[0])

    def operation(self, resource_type: str, name: str, parameters: Resource, reads: bool = False) -> Resource:
        """What `POST Type/$name` answers. Errors are a write's, unless the operation only `reads`, as `$match` does."""
        url, headers = f"{self.base_url}/{resource_type}/${name}", {"Content-Type": FHIR_JSON}
        send = self._exchange.ask if reads else self._exchange.write
        answer = send("POST", url, headers, parameters)
        if answer.body is not None and "resourceType" in answer.body:
            return answer.body
        wrong = NotFhir if reads else OutcomeUnknown
        raise wrong(f"${name} was accepted, but its answer is not FHIR", answer.status)

    def transaction(self, entries: Sequence[RequestEntry], minimal: bool = False) -> list[ResponseEntry]:
        """All entries or none, answers in their order; `minimal` leaves the stored resources out of the answer.

        On a foreign server atomicity is a promise only: read back by identifier after an error.
        """
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry.as_json() for entry in entries]}
        prefer = "return=minimal" if minimal else "return=representation"
        headers = {"Content-Type": FHIR_JSON, "Prefer": prefer}
        answer = self._exchange.write("POST", f"{self.base_url}/", headers, bundle)
        try:
            return read_transaction_response(answer.expect("Bundle"))
        except NotFhir as error:
            raise OutcomeUnknown("the transaction was accepted, but its answer is not FHIR") from error

    def _get(self, path: str, kind: str) -> Resource:
        return self._exchange.read("GET", f"{self.base_url}/{path}", {}).expect(kind)

    def _stored(self, body: Resource | None, location: str | None, kind: str) -> Resource:
        """The representation that came back, or a read of it: servers may ignore `Prefer`."""
        if body is not None and body.get("resourceType") == kind:
            return body
        found = (location or "").rsplit(f"{kind}/", 1)
        if len(found) < 2:
            raise OutcomeUnknown(f"the server accepted a {kind} but did not say where it is")
        try:
            return self.read(kind, found[1].split("/")[0])
        except (Busy, NeverSent) as error:
            raise OutcomeUnknown(f"the server accepted a {kind} but cannot be asked for it now") from error


def _names_a_person(resource_type: str, params: Parameters) -> bool:
    chained = (name.rsplit(".", 1)[-1].split(":")[0] for name, _ in params if "." in name)
    return resource_type in PERSONAL_TYPES or any(name in _PERSONAL_PARAMETERS for name in chained)
