"""Anything may be sent to `/fhir/R4` over HTTP: it never fails, never hangs, tells errors as it must, loses nothing.

LATIDO_FUZZ_EXAMPLES sets how many requests are tried (2000 without it, and then the same ones every time).
"""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
import uvicorn
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Engine
from starlette.applications import Starlette

from latido.crypto import Vault
from latido.fhir.bundles import update_entry
from latido.fhir.client import FhirClient
from latido.fhir.resources import FHIR_JSON
from latido.fhir.server import FhirServer
from latido.fhir.server.web import routes
from tests.fuzz.fhir_requests import CORPUS, IDS, MARK, Sent, sent
from tests.integration.fhir.conftest import center, slot

EXAMPLES = int(os.environ.get("LATIDO_FUZZ_EXAMPLES", "2000"))
LONGEST_S = 15.0
# Source: https://hl7.org/fhir/R4/valueset-issue-type.html
_CODES = """
invalid structure required value invariant security login unknown expired forbidden suppressed processing not-supported
duplicate multiple-matches not-found deleted too-long code-invalid extension too-costly business-rule conflict transient
lock-error no-store exception timeout incomplete throttled informational
"""
ISSUE_CODES = frozenset(_CODES.split())


@dataclass
class Fuzzed:
    """The server under fire, what must outlive it, and every version it said it had stored."""

    base_url: str
    session: requests.Session
    kept: dict[str, Any]
    acknowledged: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
def fuzzed(engine: Engine, vault: Vault) -> Iterator[Fuzzed]:
    listener = socket.create_server(("127.0.0.1", 0))
    app = Starlette(routes=routes(FhirServer(engine, vault), prefix="/fhir/R4"))
    web = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=web.run, kwargs={"sockets": [listener]})
    thread.start()
    base_url = f"http://127.0.0.1:{listener.getsockname()[1]}/fhir/R4"
    with requests.Session() as session:
        client = FhirClient(base_url, session)
        client.transaction([update_entry(each) for each in _agenda()])
        kept = {kind: client.update(_kept(kind, each)) for kind, each in CORPUS.items()}
        yield Fuzzed(base_url, session, kept)
    web.should_exit = True
    thread.join()
    listener.close()


def _agenda() -> list[dict[str, Any]]:
    return [*center(15, -34.6195, -58.3712), slot("keep-taken"), *(slot(name, index=n) for n, name in enumerate(IDS))]


def _kept(kind: str, resource: dict[str, Any]) -> dict[str, Any]:
    taken = {"slot": [{"reference": "Slot/keep-taken"}]} if kind == "Appointment" else {}
    return resource | taken | {"id": "keep"}


@pytest.mark.timeout(120 if EXAMPLES <= 2000 else 0)
def test_nothing_breaks_it(fuzzed: Fuzzed):
    """Never a 5xx or a hang, every error an OperationOutcome without what was sent, and nothing stored is lost."""

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize="LATIDO_FUZZ_EXAMPLES" not in os.environ,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(sent())
    def fire(request: Sent) -> None:
        answer = _send(fuzzed, request)
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400 and request.method != "HEAD":
            assert answer.headers["Content-Type"].startswith(FHIR_JSON)
            _assert_outcome(answer.json())
            assert MARK not in answer.text
        _remember(fuzzed, answer)

    fire()
    _assert_nothing_lost(fuzzed)


def _send(fuzzed: Fuzzed, request: Sent) -> requests.Response:
    headers = {name: value.encode("latin-1") for name, value in request.headers.items()}
    url = fuzzed.base_url + request.path
    return fuzzed.session.request(
        request.method, url, data=request.body or None, headers=headers, timeout=LONGEST_S, allow_redirects=False
    )


def _assert_outcome(outcome: dict[str, Any]) -> None:
    assert outcome["resourceType"] == "OperationOutcome"
    assert outcome["issue"]
    for issue in outcome["issue"]:
        assert issue.keys() <= {"severity", "code", "diagnostics", "expression"}
        assert issue["severity"] in ("fatal", "error", "warning", "information")
        assert issue["code"] in ISSUE_CODES
        assert issue["diagnostics"].strip()
        assert all(isinstance(each, str) and each for each in issue.get("expression", ["-"]))


def _remember(fuzzed: Fuzzed, answer: requests.Response) -> None:
    """Keep every version that the server says is stored; look into Bundles, whose entries answer for themselves."""
    found = answer.json() if answer.content and answer.status_code < 300 else {}
    entries = found.get("entry", []) if str(found.get("type", "")).endswith("-response") else [{"resource": found}]
    for entry in entries:
        status = entry.get("response", {}).get("status", "200")
        assert not status.startswith("5"), entry
        if "outcome" in entry.get("response", {}):
            _assert_outcome(entry["response"]["outcome"])
        resource = entry.get("resource") or {}
        if "id" in resource and "versionId" in resource.get("meta", {}):
            name = f"{resource['resourceType']}/{resource['id']}/_history/{resource['meta']['versionId']}"
            assert fuzzed.acknowledged.setdefault(name, resource) == resource


def _assert_nothing_lost(fuzzed: Fuzzed) -> None:
    client = FhirClient(fuzzed.base_url, fuzzed.session)
    for kind, resource in fuzzed.kept.items():
        assert client.read(kind, "keep") == resource
    assert len(fuzzed.acknowledged) > EXAMPLES / 30
    for name, resource in fuzzed.acknowledged.items():
        answer = fuzzed.session.get(f"{fuzzed.base_url}/{name}", timeout=LONGEST_S)
        assert json.loads(answer.text) == resource, name
