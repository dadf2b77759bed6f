"""The interactions of FHIR's REST API, each on one connection."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from latido.crypto import Vault
from latido.fhir.resources import Resource, version_of_etag
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
from latido.fhir.server.entries import Entry, answered, response_bundle, written
from latido.fhir.server.history import history, history_bundle, read_history
from latido.fhir.server.operations import OPERATIONS
from latido.fhir.server.request import FhirRequest
from latido.fhir.server.search.page import bundle, revealed, run_search
from latido.fhir.server.search.request import read_parameters, read_search
from latido.fhir.server.steps import Done, Step, read_step
from latido.fhir.server.storage import Stored, find, find_version
from latido.fhir.server.transaction import located, read_transaction
from latido.fhir.server.writes import execute

READING = ("GET", "HEAD")

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
        if request.method == "POST" and request.content is not None:
            refuse(400, "not-supported", "in a Bundle a search is a GET: its url stands in no log")
        form = request.form_body() if request.method == "POST" else ""
        parameters = revealed([*read_parameters(request.query), *read_parameters(form)], self.vault)
        search = read_search(definition, parameters, strict=request.prefers("handling") == "strict")
        page = run_search(self.connection, self.vault, search)
        return json_response(200, bundle(page, search, request.base_url, self.vault))

    def write(self, request: FhirRequest) -> FhirResponse:
        """A create, update or patch, each perhaps conditional."""
        (done,) = execute(self.connection, self.vault, [read_step(request)], self.now)
        return _written(request, done)

    def history(self, request: FhirRequest) -> FhirResponse:
        """The versions of a resource or of a whole type, newest first."""
        kind, *rest = request.segments
        identity = rest[0] if len(rest) == 2 else None
        if identity is not None and find(self.connection, self.vault, (kind, identity)) is None:
            refuse(404, "not-found", f"there is no such {kind}")
        asked = read_history(kind, identity, request.query, strict=request.prefers("handling") == "strict")
        found = history(self.connection, self.vault, asked)
        return json_response(200, history_bundle(found, asked, request.base_url))

    def operation(self, request: FhirRequest) -> FhirResponse:
        """An operation of a type, `POST Type/$name`."""
        kind, name = request.segments
        return OPERATIONS[kind, name.removeprefix("$")].run(self.connection, self.vault, request)

    def transaction(self, request: FhirRequest) -> FhirResponse:
        """All entries or none: first what is written, together, then what is read."""
        entries = read_transaction(request)
        steps = [step for entry in entries if (step := _step(entry)) is not None]
        stored = execute(self.connection, self.vault, steps, self.now)
        done = {step.place: each for step, each in zip(steps, stored, strict=True)}
        minimal = request.prefers("return") in ("minimal", "OperationOutcome")
        answers = [
            written(done[entry.place], request.base_url, minimal) if entry.place in done else self._read_entry(entry)
            for entry in entries
        ]
        return json_response(200, response_bundle("transaction-response", answers))

    def _read_entry(self, entry: Entry) -> Resource:
        with located(f"{entry.place}.request"):
            return answered(Interactions.find(entry.request)(self, entry.request))


def _step(entry: Entry) -> Step | None:
    """The write that an entry of a transaction asks for, None when it reads."""
    with located(f"{entry.place}.request"):
        interaction = Interactions.find(entry.request)
    if interaction is Interactions.write:
        return read_step(entry.request, entry.place, entry.full_url)
    if entry.request.method not in READING:
        refuse(400, "not-supported", "a transaction reads by GET, and writes by POST, PUT and PATCH", entry.place)
    return None


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
    kind, *rest = segments
    if kind not in definitions():
        refuse(404, "not-supported", "is not a resource type of this server")
    return _methods_of_type(kind, rest)


def _methods_of_type(kind: str, rest: list[str]) -> dict[str, Interaction]:
    if not rest:
        return {
            "GET": Interactions.search,
            "POST": Interactions.write,
            "PUT": Interactions.write,
            "PATCH": Interactions.write,
        }
    if rest == ["_search"]:
        return {"POST": Interactions.search}
    if rest == ["_history"]:
        return {"GET": Interactions.history}
    if len(rest) == 1 and (kind, rest[0].removeprefix("$")) in OPERATIONS and rest[0].startswith("$"):
        return {"POST": Interactions.operation}
    if not _ID.fullmatch(rest[0]):
        refuse(404, "not-found", "there is nothing at this path")
    return _methods_of_instance(rest[1:])


def _methods_of_instance(rest: list[str]) -> dict[str, Interaction]:
    if not rest:
        return {"GET": Interactions.read, "PUT": Interactions.write, "PATCH": Interactions.write}
    if rest == ["_history"]:
        return {"GET": Interactions.history}
    if len(rest) == 2 and rest[0] == "_history":
        return {"GET": Interactions.vread}
    return refuse(404, "not-found", "there is nothing at this path")
