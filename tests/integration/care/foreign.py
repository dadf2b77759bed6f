"""FHIR servers of other makes, standing on the embedded one: without transactions, with leaky ones, with operations."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

import requests

from latido.care.services import Care
from latido.fhir.client import FhirClient
from latido.fhir.server import FhirServer
from latido.fhir.transport import IN_PROCESS_BASE, InProcessAdapter

Answer = tuple[int, dict]
BASE_PATH = urlsplit(IN_PROCESS_BASE).path


class Foreign(InProcessAdapter):
    """The embedded server behind other manners. `calls`: what was asked; `interrupt` may raise before a call."""

    says: dict = {}

    def __init__(self, server: FhirServer) -> None:
        super().__init__(server)
        self.calls: list[str] = []
        self.interrupt: Callable[[str], None] = lambda call: None
        self.afterwards: Callable[[str], None] = lambda call: None

    def send(self, request, *args, **kwargs):
        path = urlsplit(request.url).path.removeprefix(BASE_PATH)
        call = f"{request.method} {path}"
        self.calls.append(call)
        self.interrupt(call)
        answer = self.answered(call, request)
        if answer is None:  # a refusal is an answer too, though `requests` takes it for false
            answer = super().send(request, *args, **kwargs)
        self.afterwards(call)
        return answer

    def answered(self, call, request):
        return response(request, (200, statement(**self.says))) if call == "GET /metadata" else None

    def ask(self, method: str, path: str, headers: dict, resource: dict | None) -> Answer:
        body = json.dumps(resource).encode() if resource is not None else b""
        answer = self._server.handle(method, path, "", headers | {"Content-Type": "application/fhir+json"}, body)
        return answer.status, json.loads(answer.body) if answer.body else {}


class WithoutTransactions(Foreign):
    """Refuses every Bundle."""

    says = {"transaction": False}

    def answered(self, call, request):
        if call == "POST /":
            return response(request, (404, {"resourceType": "OperationOutcome", "issue": [{"code": "not-supported"}]}))
        return super().answered(call, request)


class Leaky(Foreign):
    """Takes transactions, keeps what went well of a failed one, and answers 200 all the same."""

    says = {"transaction": True}

    def answered(self, call, request):
        if call != "POST /":
            return super().answered(call, request)
        entries = [self._one(entry) for entry in json.loads(request.body)["entry"]]
        return response(request, (200, {"resourceType": "Bundle", "type": "transaction-response", "entry": entries}))

    def _one(self, entry: dict) -> dict:
        asked = entry["request"]
        headers = {"If-Match": asked["ifMatch"]} if "ifMatch" in asked else {}
        headers |= {"If-None-Exist": asked["ifNoneExist"]} if "ifNoneExist" in asked else {}
        status, resource = self.ask(asked["method"], asked["url"], headers, entry["resource"])
        kept = {"resource": resource} if status < 400 else {}
        return kept | {"response": {"status": str(status)}}


class WithOperations(WithoutTransactions):
    """Has `$hold` and `$book` as IHE ITI Scheduling describes them, and looks after its slots by itself."""

    says = {"operations": ["hold", "book"]}

    def answered(self, call, request):
        name = call.removeprefix("POST /Appointment/$")
        if name not in ("hold", "book"):
            return super().answered(call, request)
        parameter = json.loads(request.body)["parameter"][0]
        appointment = parameter.get("resource") or self._read(parameter["valueReference"]["reference"])
        return response(request, self._grant(appointment, {"hold": "pending", "book": "booked"}[name]))

    def _read(self, reference: str) -> dict:
        return self.ask("GET", reference, {}, None)[1]

    def _grant(self, appointment: dict, status: str) -> Answer:
        slot = self._read(appointment["slot"][0]["reference"])
        mine = slot["status"] == "busy-tentative" and "id" in appointment
        if slot["status"] != "free" and not mine:
            return 409, {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "conflict"}]}
        tag = {"If-Match": f'W/"{slot["meta"]["versionId"]}"'}
        busy = {**slot, "status": "busy" if status == "booked" else "busy-tentative"}
        taken, _ = self.ask("PUT", f"Slot/{slot['id']}", tag, busy)
        if taken >= 400:
            return 409, {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "conflict"}]}
        method, path = ("PUT", f"Appointment/{appointment['id']}") if "id" in appointment else ("POST", "Appointment")
        _, stored = self.ask(method, path, {}, {**appointment, "status": status})
        entry = [{"resource": stored}]
        return 200, {"resourceType": "Bundle", "type": "searchset", "total": 1, "entry": entry}


def statement(transaction: bool = False, operations: list[str] | None = None) -> dict:
    resource = [{"type": "Appointment", "operation": [{"name": each} for each in operations or []]}, {"type": "Slot"}]
    rest = {"mode": "server", "resource": resource} | (
        {"interaction": [{"code": "transaction"}]} if transaction else {}
    )
    return {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": [rest]}


def on(care: Care, line: Foreign) -> Care:
    """Care on this server, as on any that is not the embedded one."""
    session = requests.Session()
    session.mount(IN_PROCESS_BASE, line)
    return replace(care, fhir=FhirClient(IN_PROCESS_BASE, session), foreign=True)


def response(request, answer: Answer) -> requests.Response:
    """What the server of the test answers."""
    status, content = answer
    found = requests.Response()
    found.status_code = status
    found._content = json.dumps(content).encode()
    found.headers["Content-Type"] = "application/fhir+json"
    found.url, found.request = request.url, request
    return found
