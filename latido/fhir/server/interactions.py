"""The interactions of FHIR's REST API, each on one connection."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from latido.crypto import Vault
from latido.fhir.resources import version_of_etag
from latido.fhir.server.answers import (
    Fault,
    FhirResponse,
    json_response,
    operation_outcome,
    refuse,
    version_headers,
)
from latido.fhir.server.capabilities import capability_statement
from latido.fhir.server.definitions import definitions
from latido.fhir.server.request import FhirRequest
from latido.fhir.server.search.page import bundle, revealed, run_search
from latido.fhir.server.search.request import read_parameters, read_search
from latido.fhir.server.steps import Done, Step
from latido.fhir.server.storage import Stored, find, find_version
from latido.fhir.server.transaction import check_resource, read_transaction, transaction_response
from latido.fhir.server.writes import execute

Interaction = Callable[["Interactions", FhirRequest], FhirResponse]

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_VERSION = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class Interactions:
    """All interactions, at one moment, in one database transaction."""

    connection: Connection
    vault: Vault
    now: datetime

    @staticmethod
    def find(request: FhirRequest) -> Interaction:
        """The interaction a request asks for; 404 for an unknown path, 405 for a method it does not take."""
        methods = _methods(request.segments)
        method = "GET" if request.method == "HEAD" else request.method
        if method not in methods:
            allowed = ", ".join(methods)
            refuse(405, "not-supported", f"this takes {allowed}", headers={"Allow": allowed})
        return methods[method]

    def metadata(self, request: FhirRequest) -> FhirResponse:
        """The CapabilityStatement."""
        return json_response(200, capability_statement(request.base_url))

    def read(self, request: FhirRequest) -> FhirResponse:
        """The current version; 304 when the caller has it."""
        kind, identity = request.segments
        stored = find(self.connection, self.vault, (kind, identity))
        if stored is None:
            refuse(404, "not-found", f"there is no such {kind}")
        if version_of_etag(request.headers.get("if-none-match", "")) == str(stored.version):
            return FhirResponse(304, version_headers(stored.version, stored.last_updated))
        return _representation(200, stored)

    def vread(self, request: FhirRequest) -> FhirResponse:
        """One version."""
        kind, identity, _, number = request.segments
        wanted = int(number) if _VERSION.fullmatch(number) else 0
        stored = find_version(self.connection, self.vault, (kind, identity), wanted)
        if stored is None:
            refuse(404, "not-found", f"there is no such version of a {kind}")
        return _representation(200, stored)

    def search(self, request: FhirRequest) -> FhirResponse:
        """One page of matches, by GET or by POST with a form."""
        definition = definitions()[request.segments[0]]
        form = request.form_body() if request.method == "POST" else ""
        parameters = revealed([*read_parameters(request.query), *read_parameters(form)], self.vault)
        search = read_search(definition, parameters, strict=request.prefers("handling") == "strict")
        page = run_search(self.connection, self.vault, search)
        return json_response(200, bundle(page, search, request.base_url, self.vault))

    def create(self, request: FhirRequest) -> FhirResponse:
        """A new resource, or the one that `If-None-Exist` finds."""
        kind = request.segments[0]
        resource = request.json_body()
        check_resource(resource, kind, None)
        step = Step(kind, resource, if_none_exist=request.headers.get("if-none-exist"))
        return self._write(request, step)

    def update(self, request: FhirRequest) -> FhirResponse:
        """A new version, or a new resource under an id of the caller's."""
        kind, identity = request.segments
        resource = request.json_body()
        check_resource(resource, kind, identity)
        return self._write(request, Step(kind, resource, identity, if_match=request.expected_version()))

    def transaction(self, request: FhirRequest) -> FhirResponse:
        """All entries or none."""
        done = execute(self.connection, self.vault, read_transaction(request.json_body()), self.now)
        minimal = request.prefers("return") in ("minimal", "OperationOutcome")
        return json_response(200, transaction_response(done, request.base_url, minimal))

    def _write(self, request: FhirRequest, step: Step) -> FhirResponse:
        (done,) = execute(self.connection, self.vault, [step], self.now)
        return _written(request, done)


def _written(request: FhirRequest, done: Done) -> FhirResponse:
    stored = done.stored
    headers = version_headers(stored.version, stored.last_updated)
    headers["Location"] = f"{request.base_url}/{stored.reference}/_history/{stored.version}"
    wanted = request.prefers("return")
    if wanted == "minimal":
        return FhirResponse(done.status, headers)
    if wanted == "OperationOutcome":
        stored_well = operation_outcome([Fault("", "informational", "stored")], "information")
        return json_response(done.status, stored_well, headers)
    return json_response(done.status, stored.body, headers)


def _representation(status: int, stored: Stored) -> FhirResponse:
    return json_response(status, stored.body, version_headers(stored.version, stored.last_updated))


def _methods(segments: Sequence[str]) -> dict[str, Interaction]:
    """What may be done at a path."""
    if not segments:
        return {"POST": Interactions.transaction}
    if list(segments) == ["metadata"]:
        return {"GET": Interactions.metadata}
    if segments[0] not in definitions():
        refuse(404, "not-supported", "is not a resource type of this server")
    return _methods_of_type(list(segments[1:]))


def _methods_of_type(rest: list[str]) -> dict[str, Interaction]:
    if not rest:
        return {"GET": Interactions.search, "POST": Interactions.create}
    if rest == ["_search"]:
        return {"POST": Interactions.search}
    if len(rest) == 1 and _ID.fullmatch(rest[0]):
        return {"GET": Interactions.read, "PUT": Interactions.update}
    if len(rest) == 3 and _ID.fullmatch(rest[0]) and rest[1] == "_history":
        return {"GET": Interactions.vread}
    return refuse(404, "not-found", "there is nothing at this path")
