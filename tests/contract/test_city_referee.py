"""Latido on an independent FHIR server, which gives its own ids and says nothing of itself: from offers to the desk."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import requests
from sqlalchemy import Engine, select

from latido.care.booking.book import book
from latido.care.booking.hold import confirm, hold
from latido.care.booking.offers import Request, offer
from latido.care.booking.patients import Person
from latido.care.booking.wish import Booking
from latido.care.desk.ledger_entry import correct_ledger
from latido.care.desk.round import watch_desk
from latido.care.desk.texts import load_texts
from latido.care.errors import SlotTaken
from latido.care.mapping.found_names import FoundNames
from latido.care.mapping.map_file import MapFile
from latido.care.mapping.probe import map_probe
from latido.care.residents import CURRENT_CONSENT, give_consent
from latido.care.services import BUENOS_AIRES, Care, create_care
from latido.crypto import Vault
from latido.fhir.client import FhirClient
from latido.fhir.doctor import examine
from latido.messaging.notices import Notices
from latido.messaging.outbox import opened_reply
from latido.messaging.tables import message, resident

NAMES = MapFile.model_validate(
    {"center_system": "https://salud.example/cesac", "services": {"prenatal": ["https://salud.example/tipos|OBS"]}}
)


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ana() -> str:
    """A resident whom the server, which outlives a test, has never seen."""
    return uuid.uuid4().hex


@pytest.fixture
def eva() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def city(referee_url: str, engine: Engine, vault: Vault, clock: Clock, ana: str, eva: str) -> Care:
    """Care on the referee, with one centre that has three slots; two residents who have just written."""
    fhir = FhirClient(referee_url, requests.Session())
    identifier = [{"system": "https://salud.example/cesac", "value": "15"}]
    place = fhir.create({"resourceType": "Location", "status": "active", "identifier": identifier})
    agenda = fhir.create(
        {
            "resourceType": "Schedule",
            "serviceType": [{"coding": [{"system": "https://salud.example/tipos", "code": "OBS"}]}],
            "actor": [{"reference": f"Location/{place['id']}"}],
        }
    )
    for day in range(2, 5):
        start = (
            (clock.now + timedelta(days=day))
            .astimezone(BUENOS_AIRES)
            .replace(hour=9, minute=0, second=0, microsecond=0)
        )
        times = {"start": start.isoformat(), "end": (start + timedelta(minutes=20)).isoformat()}
        schedule = {"reference": f"Schedule/{agenda['id']}"}
        fhir.create({"resourceType": "Slot", "schedule": schedule, "status": "free", **times})
    with engine.begin() as connection:
        for key in (ana, eva):
            sealed = vault.seal("whatsapp:+5491150000000")
            connection.execute(resident.insert().values(key=key, address_sealed=sealed, last_inbound_at=clock.now))
            give_consent(connection, key, "chat", CURRENT_CONSENT, clock.now)
    care = create_care(engine, vault, fhir, "http://127.0.0.1:9", clock)
    agendas = FoundNames(fhir, NAMES, [15])
    return replace(care, agendas=agendas, foreign=True, messenger=Notices(vault))


def wish(slot_id: str, key: str, who: str) -> Booking:
    return Booking(f"{who}:{key}", who, slot_id, "prenatal", Person("self"))


def first_slot(care: Care, who: str) -> str:
    found = offer(care, Request(who, "prenatal", center_number=15, limit=3))["slots"]
    assert {each["center"]["number"] for each in found} == {15}
    return str(found[0]["slot_id"])


def test_a_hold_is_confirmed_and_the_slot_is_hers_alone(city: Care, ana: str, eva: str) -> None:
    slot_id = first_slot(city, ana)
    held = hold(city, wish(slot_id, "SM1:hold", ana))[0]
    with pytest.raises(SlotTaken):
        book(city, wish(slot_id, "SM9:book", eva))
    booked = confirm(city, held["hold"]["id"], ana, f"{ana}:confirm")["appointment"]
    assert (booked["status"], booked["center"]["number"]) == ("booked", 15)
    assert city.fhir.read("Slot", slot_id)["status"] == "busy"
    assert slot_id not in {
        each["slot_id"] for each in offer(city, Request(eva, "prenatal", center_number=15, limit=3))["slots"]
    }


def test_the_desk_cancels_and_she_is_told(city: Care, clock: Clock, ana: str) -> None:
    def watch() -> None:
        watch_desk(city, load_texts(), correct_ledger)
        clock.now += timedelta(seconds=20)

    watch()
    appointment_id = book(city, wish(first_slot(city, ana), "SM1:book", ana))[0]["appointment"]["id"]
    watch()
    stored = city.fhir.read("Appointment", appointment_id)
    city.fhir.update({**stored, "status": "cancelled"}, if_match=stored["meta"]["versionId"])
    for _ in range(3):
        watch()
    with city.engine.connect() as connection:
        sealed = connection.execute(select(message.c.content_sealed)).scalars().all()
    (told,) = [opened_reply(city.vault, each).text for each in sealed]
    assert "quedó cancelado" in told


def test_the_doctor_sees_what_this_server_is_known_for(city: Care, referee_url: str) -> None:
    probe = map_probe(NAMES, [15, 16])
    report = examine(referee_url, requests.Session(), write=True, more=[probe])
    found = {each.subject: each.verdict for each in report.findings}
    assert report.usable
    assert found["FHIR R4 (4.0.1)"] == "unknown"
    assert found["nearest places (near)"] == "no"
    assert found["conditional create makes one"] == found["If-Match guards updates"] == "yes"
    assert found["If-Match guards patches"] == "no"
    assert found["agendas: prenatal"] == "yes"
    assert found["takes test data away"] == "yes"
