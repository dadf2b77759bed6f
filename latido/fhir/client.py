"""A thin FHIR R4 client: explicit headers, a time-out per call, errors that say what may be done next."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlencode, urljoin, urlsplit

import requests

from latido.fhir.bundles import (
    RequestEntry,
    ResponseEntry,
    SearchBundle,
    only_query,
    read_searchset,
    read_transaction_response,
)
from latido.fhir.errors import Busy, NeverSent, NotFhir, OutcomeUnknown
from latido.fhir.exchange import Exchange
from latido.fhir.resources import FHIR_JSON, PERSONAL_TYPES, Resource, etag, reference_to

Parameters = Sequence[tuple[str, str]]

LONGEST_QUERY = 1500
"""Characters of a query that any server and proxy takes in a URL."""

_PERSONAL_PARAMETERS = frozenset({"identifier", "phone", "telecom", "email", "name", "family", "given", "birthdate"})


class FhirClient:
    """Calls to one FHIR server. The session carries authentication and, in one process, the in-process adapter."""

    def __init__(self, base_url: str, session: requests.Session, timeout: tuple[float, float] = (3.05, 10.0)) -> None:
        self.base_url = base_url.rstrip("/")
        self._exchange = Exchange(session, timeout)

    def capabilities(self) -> Resource:
        """The server's CapabilityStatement."""
        return self._get("metadata", "CapabilityStatement")

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

    def next_page(self, page: SearchBundle) -> SearchBundle | None:
        """The page after this one, None after the last; a link to another host is refused, for our token's sake."""
        if page.next_link is None:
            return None
        url = urljoin(self.base_url + "/", page.next_link)
        if urlsplit(url)[:2] != urlsplit(self.base_url)[:2]:
            raise NotFhir("the server's next link leads to another host; page with _count and _sort instead")
        return read_searchset(self._exchange.read("GET", url, {}).expect("Bundle"))

    def search_all(self, resource_type: str, params: Parameters = ()) -> Iterator[SearchBundle]:
        """Every page of a search, one after the other."""
        page: SearchBundle | None = self.search(resource_type, params)
        while page is not None:
            yield page
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
