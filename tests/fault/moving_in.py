"""Thousands of residents at once, as if each had written, agreed and booked: by whole blocks, for the doors are slow.

What stands in the database afterwards is what `book` leaves: the person and her pregnancy, the row of the ledger, and
Patient, Appointment and Slot on the health service, written by its own transactions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from latido.care.agenda.slots import AgendaSlot
from latido.care.booking.appointments import accepted_by, new_appointment
from latido.care.booking.patients import Person
from latido.care.booking.standing import wanted_entry
from latido.care.booking.wish import Booking
from latido.care.fhir_names import RESIDENT
from latido.care.people.pregnancies import tell_pregnancy
from latido.care.people.record import PersonRecord, keep_person
from latido.care.residents import CHAT, CURRENT_CONSENT, REMINDERS
from latido.care.seed import agenda_resources, center_resources, write_changed
from latido.care.services import BUENOS_AIRES, Care
from latido.care.tables import bookings, consents
from latido.fhir.bundles import update_entry
from latido.fhir.resources import Resource
from latido.messaging.tables import resident

SERVICE, ROLE = "prenatal", "self"
LONG = timedelta(minutes=5)
BLOCK = 250


@dataclass(frozen=True)
class Household:
    """One phone, the person behind it, and the time she booked."""

    number: int
    phone: str
    key: str
    slot: AgendaSlot

    @property
    def patient(self) -> str:
        return f"patient-{self.number}"

    @property
    def appointment(self) -> str:
        return f"appointment-{self.number}"

    @property
    def booking(self) -> Booking:
        return Booking(f"SM{self.number}:book", self.key, self.slot.slot_id, SERVICE, Person("self"))


def move_in(care: Care, count: int) -> list[Household]:
    """Residents who wrote just now, want reminders, and booked at the time of `care` what begins in two days or so."""
    times = list(_times(care, count))
    directory = care.directory
    centers = [directory.centers[number] for number in sorted({time.center_number for time in times})]
    write_changed(care.fhir, [each for center in centers for each in center_resources(center, directory)])
    write_changed(care.fhir, [each for center in centers for each in agenda_resources(center, SERVICE)])
    phones = [f"+54911{50_000_000 + number}" for number in range(count)]
    keys = [care.vault.resident_key(f"whatsapp:{phone}") for phone in phones]
    homes = [Household(*each) for each in zip(range(count), phones, keys, times, strict=True)]
    for first in range(0, count, BLOCK):
        _write(care, homes[first : first + BLOCK])
    return homes


def _times(care: Care, count: int) -> Iterator[AgendaSlot]:
    """So many slots, all within the hours in which a confirmation is due and not late."""
    first = (
        (datetime.now(UTC) + timedelta(hours=42)).astimezone(BUENOS_AIRES).replace(minute=0, second=0, microsecond=0)
    )
    in_a_center = [first + LONG * index for index in range(timedelta(hours=26) // LONG)]
    starts = [(center, start) for center in sorted(care.directory.centers) for start in in_a_center]
    if len(starts) < count:
        raise ValueError(f"there are slots for {len(starts)} residents only")
    for center, start in starts[:count]:
        yield AgendaSlot(center, SERVICE, start, start + LONG)


def _write(care: Care, homes: Sequence[Household]) -> None:
    slots = {home.number: home.slot.as_resource() for home in homes}
    on_record = [each for home in homes for each in _on_record(care, home, slots[home.number])]
    care.fhir.transaction([update_entry(each) for each in on_record])
    with care.engine.begin() as connection:
        _rows(connection, care, homes, slots)
        for home in homes:
            person = PersonRecord(ROLE, "adult", care.now())
            keep_person(connection, care.vault, home.key, person, care.now())
            tell_pregnancy(connection, care.vault, home.key, ROLE, None, care.local_now())


def _on_record(care: Care, home: Household, slot: Resource) -> list[Resource]:
    """What the health service has of her."""
    known = {"system": RESIDENT, "value": f"{home.key}:{ROLE}"}
    patient = {"resourceType": "Patient", "id": home.patient, "active": True, "identifier": [known]}
    priority = home.booking.priority_by(care.rules[SERVICE], care.local_now().date())
    appointment = new_appointment(care, home.booking.key, slot, home.patient, priority, None)
    booked = accepted_by({**appointment, "id": home.appointment}, home.patient)
    return [{**slot, "status": "busy"}, patient, booked]


def _rows(connection: Connection, care: Care, homes: Sequence[Household], slots: dict[int, Resource]) -> None:
    """What Latido has of them: that they wrote, what they agreed to, and the ledger."""
    wrote = [_wrote(care, home) for home in homes]
    connection.execute(insert(resident), wrote)
    agreed = {"version": CURRENT_CONSENT, "given_at": care.now()}
    scopes = [{"resident": home.key, "scope": scope, **agreed} for home in homes for scope in (CHAT, REMINDERS)]
    connection.execute(insert(consents), scopes)
    connection.execute(insert(bookings), [_entered(care, home, slots[home.number]) for home in homes])


def _wrote(care: Care, home: Household) -> dict[str, Any]:
    address = care.vault.seal(f"whatsapp:{home.phone}")
    return {"key": home.key, "address_sealed": address, "last_inbound_at": datetime.now(UTC)}


def _entered(care: Care, home: Household, slot: Resource) -> dict[str, Any]:
    entry = wanted_entry(care, home.booking, f"{home.key}:{ROLE}", slot)
    placed = {"state": "booked", "appointment_id": home.appointment, "looked_at": care.now()}
    return {**vars(entry), **placed}
