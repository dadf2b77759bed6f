"""What identifies a person is unreadable in the database and absent from URLs and logs."""

from __future__ import annotations

import logging

import pytest
import requests
from sqlalchemy import Engine, text

from latido.crypto import Vault
from latido.fhir.client import FhirClient
from latido.fhir.resources import PERSONAL_TYPES
from latido.fhir.server import FhirServer
from latido.fhir.server.definitions import definitions
from latido.fhir.transport import IN_PROCESS_BASE, InProcessAdapter, in_process_session

from .conftest import appointment, patient

SECRETS = ("30111222", "Marisol", "Quispe", "5491155556666", "abc123:self")
DNI = "http://www.renaper.gob.ar/dni|30111222"


def everything_in(engine: Engine) -> str:
    """Every row of every table, as text."""
    tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    with engine.connect() as connection:
        names = list(connection.scalars(text(tables)))
        rows = [row for name in names for row in connection.scalars(text(f'SELECT t::text FROM "{name}" t'))]
    return "\n".join(rows)


def hidden_forms(secret: str) -> list[str]:
    return [secret, secret.encode().hex(), secret[::-1]]


def test_a_person_is_unreadable_at_rest(client: FhirClient, engine: Engine):
    stored = client.create(patient())
    client.update(stored | {"active": True})
    dump = everything_in(engine)
    assert stored["id"] in dump
    for secret in SECRETS:
        for form in hidden_forms(secret):
            assert form not in dump


def test_why_somebody_has_an_appointment_is_unreadable_at_rest(agenda: FhirClient, engine: Engine):
    reason = {"url": "urn:latido:priority", "extension": [{"url": "reasons", "valueCode": "no_checkup_after_20_weeks"}]}
    told = {"extension": [reason], "description": "control de embarazo", "serviceType": [{"text": "prenatal"}]}
    stored = agenda.create(appointment("s1", key="SM7:secret-key") | told)
    agenda.update(stored | {"comment": "llega con la hermana"})
    dump = everything_in(engine)
    assert stored["id"] in dump
    for secret in ("no_checkup", "embarazo", "hermana", "SM7:secret-key", "urn:latido:priority"):
        for form in hidden_forms(secret):
            assert form not in dump
    found = agenda.search("Appointment", [("identifier", "urn:latido:booking|SM7:secret-key"), ("status", "booked")])
    assert [each["comment"] for each in found.matches] == ["llega con la hermana"]


def test_and_can_still_be_found_and_read(client: FhirClient):
    client.update(patient("p1"))
    client.update(patient("p2", dni="28999888"))
    for value in (DNI, "30111222", f"http://renaper.gob.ar/dni|30111222,{DNI}"):
        assert [each["id"] for each in client.search("Patient", [("identifier", value)]).matches] == ["p1"]
    assert client.search("Patient", [("identifier", "http://www.renaper.gob.ar/dni|1")]).matches == []
    assert client.search("Patient", [("phone", "+5491155556666")]).total == 2
    assert client.read("Patient", "p1")["name"][0]["family"] == "Quispe"


def test_another_key_opens_nothing(client: FhirClient, engine: Engine):
    client.update(patient("p1"))
    other = FhirServer(engine, Vault("another secret"))
    assert other.handle("GET", "/Patient/p1", "", {}, b"").status == 500
    stranger = FhirClient(IN_PROCESS_BASE, in_process_session(other))
    assert stranger.search("Patient", [("identifier", DNI)]).matches == []


class Recorder(InProcessAdapter):
    """Keeps the URLs that pass."""

    def __init__(self, server: FhirServer) -> None:
        super().__init__(server)
        self.urls: list[str] = []

    def send(self, request: requests.PreparedRequest, *args: object, **kwargs: object) -> requests.Response:
        self.urls.append(request.url or "")
        return super().send(request)


def test_no_person_in_a_url(server: FhirServer):
    session = requests.Session()
    recorder = Recorder(server)
    session.mount(IN_PROCESS_BASE, recorder)
    client = FhirClient(IN_PROCESS_BASE, session)
    client.search("Patient", [("identifier", DNI)])
    client.search("Appointment", [("patient.identifier", DNI)])
    client.search("Appointment", [("actor:Patient.identifier", DNI)])
    client.search("Condition", [("code", "http://snomed.info/sct|30111222")])
    assert len(recorder.urls) == 4
    assert not any("30111222" in url for url in recorder.urls)


def test_what_the_server_conceals_in_links_the_client_keeps_out_of_urls():
    assert {name for name, each in definitions().items() if each.concealed} <= PERSONAL_TYPES


def test_a_failure_is_logged_without_values(
    agenda: FhirClient, engine: Engine, server: FhirServer, caplog: pytest.LogCaptureFixture
):
    with engine.begin() as connection:
        connection.execute(text("UPDATE fhir_resource SET content = 'broken 30111222' WHERE id = 's1'"))
    with caplog.at_level(logging.DEBUG):
        answer = server.handle("GET", "/Slot", "_id=s1", {}, b"")
    assert answer.status == 500
    assert b"30111222" not in answer.body
    assert "30111222" not in caplog.text


def test_a_refused_booking_tells_nobody_who_has_the_slot(agenda: FhirClient, server: FhirServer):
    agenda.create(appointment("s1", key="first", patient="somebody"))
    body = agenda.read("Slot", "s1")
    assert body["status"] == "free"
    session = in_process_session(server)
    answer = session.post(f"{IN_PROCESS_BASE}/Appointment", json=appointment("s1", key="second"))
    assert answer.status_code == 409
    assert "somebody" not in answer.text
    assert "first" not in answer.text
