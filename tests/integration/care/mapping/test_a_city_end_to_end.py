"""Offers, holds, bookings and the desk on a city's server: signed log-in, its own ids and codes, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from latido.care.booking.book import book
from latido.care.booking.cancel import cancel
from latido.care.booking.hold import confirm, hold
from latido.care.booking.move import reschedule
from latido.care.booking.offers import Request, offer
from latido.care.booking.patients import Person
from latido.care.booking.wish import Booking
from latido.care.desk.ledger_entry import correct_ledger
from latido.care.desk.round import watch_desk
from latido.care.desk.texts import load_texts
from latido.care.errors import AlreadyBooked, SlotTaken
from latido.care.mapping.found_names import FoundNames
from latido.care.mapping.map_file import load_map
from latido.care.places.locate import Near
from latido.care.residents import CURRENT_CONSENT, give_consent
from latido.care.services import BUENOS_AIRES, Care, create_care
from latido.crypto import Vault
from latido.fhir.bundles import update_entry
from latido.fhir.city import city_client
from latido.fhir.client import FhirClient
from latido.fhir.keys import jwks, make_key
from latido.fhir.server import FhirServer
from latido.fhir.transport import IN_PROCESS_BASE, in_process_session
from latido.messaging.notices import Notices
from latido.messaging.outbox import opened_reply
from latido.messaging.tables import message, resident
from latido.settings import Settings
from tests.integration.care.conftest import Clock
from tests.integration.fhir_client.authorization import CLIENT_ID, City
from tests.integration.fhir_client.loopback import Answer, Asked, Loopback, loopback

ANA, EVA = "a" * 32, "e" * 32
SNOMED = "http://snomed.info/sct"
PRENATAL = {"coding": [{"system": SNOMED, "code": "424441002"}]}
MAP = """
center_system: https://salud.example/cesac
services:
  prenatal: ["http://snomed.info/sct|424441002"]
"""


class CityServer(City):
    """The embedded server in the city's place, behind the city's log-in."""

    server: FhirServer

    def _guarded(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization", "").removeprefix("Bearer ") not in self.valid:
            return Answer(401)
        base, path = f"{self.url}/fhir", asked.path.removeprefix("/fhir")
        found = self.server.handle(asked.method, path, asked.query, asked.headers, asked.body, base)
        headers = {name: value for name, value in found.headers.items() if name.lower() != "content-length"}
        return Answer(found.status, found.body, headers)


def resources(now: datetime) -> list[dict[str, Any]]:
    """Two centres; one names its service on the Schedule, the other on each Slot."""
    found: list[dict[str, Any]] = []
    for name, number in (("norte", 1), ("sur", 16)):
        identifier = [{"system": "https://salud.example/cesac", "value": str(number)}]
        found.append({"resourceType": "Location", "id": name, "status": "active", "identifier": identifier})
    on_schedule = {"actor": [{"reference": "Location/norte"}], "serviceType": [PRENATAL]}
    found.append({"resourceType": "Schedule", "id": "agenda-1", **on_schedule})
    found.append({"resourceType": "Schedule", "id": "agenda-2", "actor": [{"reference": "Location/sur"}]})
    for index in range(6):
        start = (
            (now + timedelta(days=2 + index))
            .astimezone(BUENOS_AIRES)
            .replace(hour=10, minute=0, second=0, microsecond=0)
        )
        times = {"start": start.isoformat(), "end": (start + timedelta(minutes=20)).isoformat()}
        north = {"schedule": {"reference": "Schedule/agenda-1"}, **times}
        south = {"schedule": {"reference": "Schedule/agenda-2"}, **times, "serviceType": [PRENATAL]}
        other = south | {"serviceType": [{"coding": [{"system": SNOMED, "code": "394814009"}]}]}
        for name, slot in (("n", north), ("s", south), ("x", other)):
            found.append({"resourceType": "Slot", "id": f"{name}{index}", "status": "free", **slot})
    return found


@pytest.fixture
def there(engine: Engine, vault: Vault, tmp_path: Path) -> Iterator[tuple[CityServer, Loopback, Settings]]:
    key = make_key(tmp_path / "key.pem")
    city = CityServer(jwks([key]))
    city.server = FhirServer(engine, vault)
    desk = FhirClient(IN_PROCESS_BASE, in_process_session(city.server))
    desk.transaction([update_entry(each) for each in resources(datetime.now(UTC))], minimal=True)
    (tmp_path / "map.yml").write_text(MAP, encoding="utf-8")
    with loopback(city) as served:
        city.url = served.url
        settings = Settings(
            _env_file=None,
            fhir_url=f"{served.url}/fhir",
            fhir_client_id=CLIENT_ID,
            fhir_private_key_file=tmp_path / "key.pem",
            fhir_map=tmp_path / "map.yml",
        )
        yield city, served, settings


@pytest.fixture
def care(engine: Engine, vault: Vault, clock: Clock, there: tuple[CityServer, Loopback, Settings]) -> Care:
    clock.now = datetime.now(UTC)
    settings = there[2]
    fhir = city_client(settings.fhir_url or "", settings)
    care = create_care(engine, vault, fhir, "http://127.0.0.1:9", clock)
    agendas = FoundNames(fhir, load_map(settings.fhir_map), care.directory.centers)
    with engine.begin() as connection:
        for key in (ANA, EVA):
            sealed = vault.seal("whatsapp:+5491150000000")
            connection.execute(resident.insert().values(key=key, address_sealed=sealed, last_inbound_at=clock.now))
            give_consent(connection, key, "chat", CURRENT_CONSENT, clock.now)
    return replace(care, agendas=agendas, foreign=True, messenger=Notices(vault))


def offered(care: Care, **wish: Any) -> list[dict[str, Any]]:
    return offer(care, Request(ANA, "prenatal", near=Near(neighbourhood="barracas"), limit=3, **wish))["slots"]


def booking(slot_id: str, key: str = "SM1:book", who: str = ANA) -> Booking:
    return Booking(key, who, slot_id, "prenatal", Person("self"))


def test_slots_of_both_kinds_of_agenda_are_offered(care: Care) -> None:
    found = offered(care) + offered(care, center_number=16) + offered(care, center_number=1)
    assert {each["slot_id"][0] for each in found} == {"n", "s"}
    assert {(each["slot_id"][0], each["center"]["number"]) for each in found} == {("n", 1), ("s", 16)}


def test_a_hold_becomes_a_booking_in_the_city_words(care: Care, there: tuple[CityServer, Loopback, Settings]) -> None:
    slot_id = offered(care, center_number=16)[0]["slot_id"]
    held = hold(care, booking(slot_id))[0]
    found = confirm(care, held["hold"]["id"], ANA, "SM2:confirm")
    assert found["appointment"]["status"] == "booked"
    assert found["appointment"]["center"]["number"] == 16
    stored = care.fhir.read("Appointment", held["hold"]["id"])
    assert {(each["system"], each["code"]) for each in stored["serviceType"][0]["coding"]} == {
        (SNOMED, "424441002"),
        ("urn:latido:service", "prenatal"),
    }
    assert "Location/sur" in [each["actor"]["reference"] for each in stored["participant"]]
    assert care.fhir.read("Slot", slot_id)["status"] == "busy"


def test_a_slot_is_taken_once(care: Care) -> None:
    slot_id = offered(care)[0]["slot_id"]
    book(care, booking(slot_id))
    with pytest.raises(SlotTaken) as refused:
        book(care, booking(slot_id, "SM9:book", EVA))
    assert refused.value.offers["slots"]


def test_an_appointment_of_the_desk_counts_as_hers(care: Care) -> None:
    """It carries the city's code alone, and stands in the way of a second one all the same."""
    first = book(care, booking("n0"))[0]["appointment"]["id"]
    cancel(care, first, ANA, "SM2:cancel")
    stored = care.fhir.read("Appointment", first)
    desk_made = {name: stored[name] for name in ("resourceType", "participant")}
    times = {name: care.fhir.read("Slot", "n2")[name] for name in ("start", "end")}
    care.fhir.create({**desk_made, **times, "status": "booked", "serviceType": [PRENATAL]})
    with pytest.raises(AlreadyBooked):
        book(care, booking("s1", "SM3:book"))


def test_what_the_desk_does_reaches_her_and_what_latido_does_does_not(care: Care, clock: Clock) -> None:
    def watch() -> list[str]:
        for _ in range(2):
            watch_desk(care, load_texts(), correct_ledger)
            clock.now += timedelta(seconds=20)
        with care.engine.connect() as connection:
            sealed = connection.execute(select(message.c.content_sealed).order_by(message.c.id)).scalars().all()
        return [opened_reply(care.vault, each).text for each in sealed]

    watch()
    first = book(care, booking("n0"))[0]["appointment"]["id"]
    second = reschedule(care, first, ANA, "s3", "SM2:move")["appointment"]["id"]
    assert watch() == []
    stored = care.fhir.read("Appointment", second)
    care.fhir.update({**stored, "status": "cancelled"}, if_match=stored["meta"]["versionId"])
    (told,) = watch()
    assert "quedó cancelado" in told and "CeSAC N° 16" in told


def test_a_token_that_was_revoked_does_not_stop_a_booking(
    care: Care, there: tuple[CityServer, Loopback, Settings]
) -> None:
    slot_id = offered(care)[0]["slot_id"]
    there[0].revoke_all()
    assert book(care, booking(slot_id))[0]["appointment"]["status"] == "booked"
    assert len(there[0].issued) == 2


def test_a_city_that_is_away_is_no_failure_of_the_round(
    care: Care, there: tuple[CityServer, Loopback, Settings], caplog: pytest.LogCaptureFixture
) -> None:
    there[0].failures = [Answer(503)] * 20
    watch_desk(care, load_texts(), correct_ledger)
    assert "could not be read now" in caplog.text
    assert ANA not in caplog.text
