"""The doctor visits our own server over real HTTP, and small servers with one fault each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from sqlalchemy import Engine
from starlette.applications import Starlette

from latido.cli import cli
from latido.crypto import Vault
from latido.fhir.bundles import update_entry
from latido.fhir.client import FhirClient
from latido.fhir.doctor import Finding, Report, examine
from latido.fhir.doctor.table import lines
from latido.fhir.server import FhirServer
from latido.fhir.server.web import routes
from tests.integration.fhir.conftest import appointment, center, slot
from tests.integration.fhir_client.loopback import Answer, Asked, bundle, loopback
from tests.serving import free_port, served

R4 = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": [{"mode": "server"}]}


@contextmanager
def embedded(engine: Engine, vault: Vault) -> Iterator[str]:
    """Our own server with a small agenda, over HTTP."""
    with served(Starlette(routes=routes(FhirServer(engine, vault), "/fhir/R4"))) as url:
        client = FhirClient(f"{url}/fhir/R4", requests.Session())
        resources = [*center(15, -34.6195, -58.3712), *center(41, -34.6388, -58.3593)]
        resources += [slot(f"s{index}", index=index) for index in range(6)]
        client.transaction([update_entry(each) for each in resources], minimal=True)
        patient = client.create({"resourceType": "Patient", "active": True})
        client.create(appointment("s1", patient=patient["id"]))
        yield f"{url}/fhir/R4"


def verdicts(report: Report) -> dict[str, str]:
    return {each.subject: each.verdict for each in report.findings}


def test_our_own_server_can_do_what_latido_needs(engine: Engine, vault: Vault) -> None:
    with embedded(engine, vault) as url:
        report = examine(url, requests.Session(), write=True)

    found = verdicts(report)
    assert report.usable
    missing = {subject for subject, verdict in found.items() if verdict != "yes"}
    # What our own server has no need of: it is in the same process, and booked in one transaction.
    assert missing <= {
        "lists $book",
        "lists $hold",
        "lists Subscription",
        "lists patch",
        "lists Patient/$match",
        "If-Match guards patches",
        "takes test data away",
    }


def test_reading_only_writes_nothing(engine: Engine, vault: Vault) -> None:
    with embedded(engine, vault) as url:
        examine(url, requests.Session())
        people = FhirClient(url, requests.Session()).search("Patient", [("identifier", "urn:latido:doctor|")])
    assert people.matches == []


def test_the_command_prints_a_table_and_ends_well(
    engine: Engine, vault: Vault, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with embedded(engine, vault) as url:
        result = CliRunner().invoke(cli, ["fhir", "doctor", url])
    assert result.exit_code == 0, result.output
    assert "Latido can use this server." in result.output
    assert "2 of 50 found" in result.output
    assert "✓ lists transaction" in result.output


class Scripted:
    """A server good enough for the doctor, with the faults that a test puts in."""

    def __init__(self, statement: dict[str, Any] | None = None, **faults: Callable[[Asked], Answer | None]) -> None:
        self.statement = statement or R4
        self.faults = faults

    def __call__(self, asked: Asked) -> Answer:
        for fault in self.faults.values():
            answer = fault(asked)
            if answer is not None:
                return answer
        if asked.path.endswith("/metadata"):
            return Answer(200, self.statement)
        return Answer(200, bundle(self=f"http://here/?{asked.query}"))


def visit(server: Callable[[Asked], Answer], **options: Any) -> Report:
    with loopback(server) as there:
        return examine(f"{there.url}/fhir", requests.Session(), **options)


def finding(report: Report, subject: str) -> Finding:
    return next(each for each in report.findings if each.subject == subject)


def some_slots(asked: Asked) -> Answer | None:
    """Two slots, whatever is asked for: parameters are ignored, and the self link repeats nothing."""
    if not asked.path.endswith("/Slot"):
        return None
    slots = [{"resourceType": "Slot", "id": str(day), "start": f"2026-12-0{day}T09:00:00-03:00"} for day in (1, 2)]
    return Answer(200, bundle(*slots))


def test_without_transaction_it_says_how_latido_books() -> None:
    report = visit(Scripted())
    found = finding(report, "lists transaction")
    assert (report.usable, found.verdict) == (True, "no")
    assert "locked under If-Match" in found.without


def test_a_server_that_says_nothing_is_tried_all_the_same() -> None:
    report = visit(Scripted(statement=bundle()))
    assert report.usable
    assert finding(report, "lists transaction").verdict == "unknown"
    assert finding(report, "FHIR R4 (4.0.1)").verdict == "unknown"
    assert finding(report, "search Slot").verdict == "yes"


def test_near_that_is_ignored_is_noticed() -> None:
    def places(asked: Asked) -> Answer | None:
        everywhere = bundle({"resourceType": "Location", "id": "1"}, self="http://here/Location?_count=5")
        return Answer(200, everywhere) if asked.path.endswith("/Location") else None

    found = finding(visit(Scripted(places=places)), "nearest places (near)")
    assert found.verdict == "no"
    assert "computed by Latido" in found.without


def test_parameters_that_are_ignored_are_noticed() -> None:
    found = verdicts(visit(Scripted(slots=some_slots)))
    assert found["slots of an agenda's place (chain)"] == "no"
    assert found["slots in order (_sort)"] == "no"
    assert found["agendas with slots (_include)"] == "no"
    assert found["refuses unknown parameters when asked"] == "no"


def test_refused_parameters_are_no_fault_of_the_whole() -> None:
    def strict(asked: Asked) -> Answer | None:
        known = {"_count", "identifier", "_sort", "_include", "_lastUpdated"}
        return Answer(400) if set(asked.params) - known else None

    report = visit(Scripted(strict=strict))
    found = verdicts(report)
    assert report.usable
    assert found["slots of an agenda's place (chain)"] == found["nearest places (near)"] == "no"
    assert found["refuses unknown parameters when asked"] == "yes"


def test_somebody_elses_data_for_an_unknown_identifier_rules_it_out() -> None:
    def anybody(asked: Asked) -> Answer | None:
        stranger = {"resourceType": "Patient", "id": "1"}
        return Answer(200, bundle(stranger)) if "Patient" in asked.path else None

    report = visit(Scripted(anybody=anybody))
    assert not report.usable
    assert finding(report, "finds nobody by an unknown identifier").verdict == "no"


def test_a_person_is_never_asked_for_in_a_url() -> None:
    with loopback(Scripted()) as there:
        examine(f"{there.url}/fhir", requests.Session())
        patients = [each for each in there.asked if "/Patient" in each.path]
    assert patients
    assert all(each.path.endswith("/_search") and not each.query for each in patients)


@pytest.mark.parametrize("status", [401, 403])
def test_refused_log_in_rules_it_out_and_names_the_settings(status: int) -> None:
    def refuse(asked: Asked) -> Answer | None:
        return None if asked.path.endswith("/metadata") else Answer(status)

    report = visit(Scripted(refuse=refuse))
    assert not report.usable
    assert "LATIDO_FHIR_CLIENT_ID" in finding(report, "search Slot").without


def test_a_page_of_a_proxy_is_no_fhir_server() -> None:
    report = visit(lambda _: Answer(200, b"<html>Ingrese</html>", {"Content-Type": "text/html"}))
    assert not report.usable
    assert len(report.findings) == 1
    assert "base URL" in report.findings[0].without


def test_nobody_there() -> None:
    report = examine(f"http://127.0.0.1:{free_port()}/fhir", requests.Session())
    assert not report.usable
    assert "cannot be reached" in report.findings[0].detail


@pytest.mark.parametrize("said", ["5.0.0", "4.3.0", "3.0.2"])
def test_another_fhir_is_ruled_out(said: str) -> None:
    report = visit(Scripted(statement=R4 | {"fhirVersion": said}))
    assert not report.usable


def test_links_of_an_inner_address_are_told_and_an_alias_mends_them() -> None:
    def paged(asked: Asked) -> Answer | None:
        if not asked.path.endswith("/Slot"):
            return None
        second = asked.params.get("page") == "2"
        links = {} if second else {"next": "http://inner:8080/fhir/Slot?page=2"}
        return Answer(200, bundle({"resourceType": "Slot", "id": "2" if second else "1"}, **links))

    lost = finding(visit(Scripted(paged=paged)), "next pages")
    assert (lost.verdict, "LATIDO_FHIR_ALIASES" in lost.without) == ("no", True)
    assert finding(visit(Scripted(paged=paged), aliases=["http://inner:8080/fhir"]), "next pages").verdict == "yes"


@pytest.mark.parametrize(("ahead", "verdict"), [(0, "yes"), (300, "no"), (-300, "no")])
def test_clocks_are_compared(ahead: int, verdict: str) -> None:
    here = datetime.now(UTC) - timedelta(seconds=ahead)
    assert finding(visit(Scripted(), now=lambda: here), "clocks agree").verdict == verdict


class Careless:
    """A server that stores what it is given and heeds no condition."""

    def __init__(self) -> None:
        self.stored: dict[str, dict[str, Any]] = {}

    def __call__(self, asked: Asked) -> Answer:
        reference = asked.path.removeprefix("/fhir/")
        if asked.path.endswith("/metadata"):
            return Answer(200, R4 | {"rest": [{"mode": "server", "interaction": [{"code": "transaction"}]}]})
        if asked.method == "DELETE":
            return Answer(204 if self.stored.pop(reference, None) else 404)
        if asked.method in ("PUT", "PATCH") and reference in self.stored:
            return Answer(200, self._put(self.stored[reference]))
        if asked.path == "/fhir/":
            resource = asked.json["entry"][0]["resource"]
            location = self._put({**resource, "id": f"t{len(self.stored)}"})["id"]
            responses = [
                {"response": {"status": "201", "location": f"Patient/{location}"}},
                {"response": {"status": "412"}},
            ]
            return Answer(200, {"resourceType": "Bundle", "type": "transaction-response", "entry": responses})
        if asked.method == "POST" and not asked.path.endswith("/_search"):
            return Answer(201, self._put({**asked.json, "id": f"p{len(self.stored)}"}))
        value = asked.form.get("identifier", "").split("|")[-1] if asked.method == "POST" else "nobody"
        return Answer(200, bundle(*[each for each in self.stored.values() if value in json.dumps(each)]))

    def _put(self, resource: dict[str, Any]) -> dict[str, Any]:
        version = int((resource.get("meta") or {}).get("versionId", "0")) + 1
        meta = {**(resource.get("meta") or {}), "versionId": str(version)}
        self.stored[f"Patient/{resource['id']}"] = {**resource, "meta": meta}
        return self.stored[f"Patient/{resource['id']}"]


def test_writing_shows_what_reading_cannot_and_leaves_nothing() -> None:
    server = Careless()
    report = visit(server, write=True)

    found = verdicts(report)
    assert found["conditional create makes one"] == "no"
    assert found["If-Match guards updates"] == "no"
    assert found["If-Match guards patches"] == "no"
    assert found["transactions are all or nothing"] == "no"
    assert found["takes test data away"] == "yes"
    assert not report.usable
    assert server.stored == {}


def test_the_table_says_what_latido_does_without() -> None:
    report = visit(Scripted(slots=some_slots))
    text = "\n".join(lines(report))
    assert "✗ slots in order (_sort)" in text
    assert "→ Latido orders what it was given" in text
    assert text.endswith("Latido can use this server.")


def test_the_command_fails_where_nobody_listens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["fhir", "doctor", f"http://127.0.0.1:{free_port()}/fhir"])
    assert result.exit_code == 1
    assert "cannot use this server" in result.output


def test_the_command_wants_https_for_a_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LATIDO_FHIR_TOKEN", "s3cret")
    result = CliRunner().invoke(cli, ["fhir", "doctor", "http://fhir.example/R4"])
    assert result.exit_code == 1
    assert "https" in result.output and "s3cret" not in result.output
