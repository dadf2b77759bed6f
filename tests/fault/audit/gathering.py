"""Hearing the witnesses: Postgres, the stand-in for Twilio, the FHIR server."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection, Engine, Row, select

import latido.messaging
from latido.care.fhir_names import BOOKING
from latido.care.rules.status import LIVE
from latido.care.tables import bookings
from latido.crypto import Vault
from latido.emulator.client import EmulatorClient
from latido.fhir.client import FhirClient
from latido.fhir.resources import Resource
from latido.fhir.server.seats import capacity
from latido.messaging.tables import alert, message, receipt
from tests.fault.audit.witnesses import (
    Accepted,
    Agenda,
    Appointment,
    Delivery,
    Entry,
    LedgerRow,
    Refused,
    Witnesses,
    Written,
)

TEXTS = Path(latido.messaging.__file__).parent / "texts" / "es_AR.yml"
ENDED_BY_HER = "cancelled"


def gather(
    engine: Engine,
    vault: Vault,
    emulator: EmulatorClient,
    numbers: Collection[str],
    fhir: FhirClient | None = None,
    deliveries: Mapping[str, Delivery] | None = None,
    refused: Sequence[Refused] = (),
    flooder: str | None = None,
) -> Witnesses:
    """What the witnesses say of these phones (`+549…`); without `fhir`, nothing of appointments."""
    keys = {number: vault.resident_key(f"whatsapp:{number}") for number in numbers}
    mine = [each for each in emulator.messages() if each["phone"] in keys]
    with engine.connect() as connection:
        log = _log(connection, keys.values(), [each.sid for each in refused])
        return Witnesses(
            written=[Written(each["sid"], each["phone"], each["seq"]) for each in mine if _is_hers(each)],
            accepted=[_accepted(each) for each in mine if not _is_hers(each)],
            log=[_entry(row) for row in log],
            phones=keys,
            alerts=_alerts(connection),
            receipts=_receipts(connection, [each.sid for each in refused]),
            agenda=_agenda(connection, keys.values(), fhir, log) if fhir else None,
            deliveries=deliveries or {},
            refused=refused,
            flooder=flooder,
        )


def _is_hers(told: Mapping[str, Any]) -> bool:
    return bool(told["direction"] == "inbound")


def _accepted(told: Mapping[str, Any]) -> Accepted:
    return Accepted(told["sid"], told["phone"], told["seq"], told["status"])


def _log(connection: Connection, keys: Collection[str], refused: Sequence[str]) -> list[Row[Any]]:
    """The rows of these residents, and any that has the MessageSid of what was to be refused."""
    mine = message.c.resident.in_(list(keys)) | message.c.provider_sid.in_(refused)
    return list(connection.execute(select(message).where(mine).order_by(message.c.id)))


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        id=row.id,
        resident=row.resident,
        direction=row.direction,
        state=row.state,
        sid=row.provider_sid,
        answers_id=row.answers_id,
        turn=row.created_at,
        answered_at=row.answered_at,
        status=row.status,
        own_words=row.direction == "out" and row.text == _IT_TAKES_LONGER,
        last_error=row.last_error,
        attempts=row.attempts,
        handed_over_at=row.handed_over_at,
    )


_IT_TAKES_LONGER = yaml.safe_load(TEXTS.read_text(encoding="utf-8"))["delayed"].strip()


def _alerts(connection: Connection) -> frozenset[tuple[str, int]]:
    about = select(alert.c.kind, alert.c.message_id).where(alert.c.message_id.is_not(None))
    return frozenset((row.kind, row.message_id) for row in connection.execute(about))


def _receipts(connection: Connection, sids: Sequence[str]) -> frozenset[tuple[str, str]]:
    found = select(receipt.c.provider_sid, receipt.c.status).where(receipt.c.provider_sid.in_(sids))
    return frozenset((row.provider_sid, row.status) for row in connection.execute(found))


def _agenda(connection: Connection, keys: Collection[str], fhir: FhirClient, log: Sequence[Row[Any]]) -> Agenda:
    rows = list(connection.execute(select(bookings)))
    found = [each for page in fhir.search_all("Appointment", [("_count", "200")]) for each in page.matches]
    slots = [each for page in fhir.search_all("Slot", [("_count", "500")]) for each in page.matches]
    return Agenda(
        appointments=[_appointment(each) for each in found],
        capacity={f"Slot/{each['id']}": capacity(each) for each in slots},
        ledger=[LedgerRow(row.booking_key, row.state, row.appointment_id, row.resident in keys) for row in rows],
        promised=_promised(log),
        cancelled=frozenset(row.appointment_id for row in rows if row.ended_why == ENDED_BY_HER),
    )


def _appointment(found: Resource) -> Appointment:
    patient = next(
        (each["actor"]["reference"] for each in found["participant"] if "Patient/" in each["actor"]["reference"]), "?"
    )
    service = found.get("serviceType", [{}])[0].get("coding", [{}])[0].get("code", "?")
    key = next((each["value"] for each in found.get("identifier", []) if each.get("system") == BOOKING), None)
    return Appointment(
        id=found["id"],
        live=found["status"] in LIVE,
        booked=found["status"] == "booked",
        slots=tuple(each["reference"] for each in found.get("slot", [])),
        who=f"{patient} for {service}",
        key=key,
    )


def _promised(log: Sequence[Row[Any]]) -> frozenset[str]:
    """The appointments of which a turn said that they are booked."""
    told = [row.slots or {} for row in log if row.direction == "in"]
    return frozenset(slots["booked_appointment"] for slots in told if slots.get("booked_appointment"))
