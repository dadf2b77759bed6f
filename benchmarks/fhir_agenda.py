"""A city's agenda for the benchmarks: slots and appointments, made by the server's own row builders, in by COPY."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Engine, Table, text

from latido.crypto import Vault
from latido.database import analyze
from latido.fhir.resources import Resource
from latido.fhir.server import tables
from latido.fhir.server.index_rows import rows_of
from latido.fhir.server.storage import Change, prepare

CENTERS = 50
SERVICES = ("prenatal", "pediatrics", "family-medicine", "nutrition")
SCHEDULES = CENTERS * len(SERVICES)
SLOTS_A_DAY = 20
TODAY = datetime(2026, 11, 23, 12, tzinfo=UTC)
FUTURE_SHARE = 5  # one in five days of the agenda lies ahead
_CHUNK = 20_000
_TABLES = (tables.resource, *tables.INDEX_TABLES, tables.slot_occupancy)


def schedule_id(number: int) -> str:
    """The agenda of one service at one centre."""
    return f"cesac-{number % CENTERS + 1}-{SERVICES[number // CENTERS]}"


def places() -> Iterator[Resource]:
    """The centres on a grid over the city, their services and agendas."""
    for center in range(CENTERS):
        yield {
            "resourceType": "Location",
            "id": f"cesac-{center + 1}",
            "status": "active",
            "name": f"CeSAC N° {center + 1}",
            "position": {"latitude": -34.53 - 0.02 * (center // 7), "longitude": -58.53 + 0.025 * (center % 7)},
        }
    for number in range(SCHEDULES):
        name, center = schedule_id(number), f"Location/cesac-{number % CENTERS + 1}"
        kind = [{"coding": [{"system": "urn:latido:service", "code": SERVICES[number // CENTERS]}]}]
        service: Resource = {"resourceType": "HealthcareService", "id": name, "active": True, "type": kind}
        yield service | {"location": [{"reference": center}]}
        actors = [{"reference": f"HealthcareService/{name}"}, {"reference": center}]
        yield {"resourceType": "Schedule", "id": name, "active": True, "serviceType": kind, "actor": actors}


def start_of(number: int, count: int) -> datetime:
    """When the slot of this number begins: days around today, twenty slots a day on each agenda."""
    place = number // SCHEDULES
    days = count // SCHEDULES // SLOTS_A_DAY + 1
    day = place // SLOTS_A_DAY - (days - days // FUTURE_SHARE)
    return TODAY + timedelta(days=day, minutes=20 * (place % SLOTS_A_DAY))


def slots(count: int) -> Iterator[Resource]:
    """Slots over all agendas; ahead of today every second one is free."""
    for number in range(count):
        start = start_of(number, count)
        free = start > TODAY and _round(number) % 2 == 0
        yield {
            "resourceType": "Slot",
            "id": f"s{number}",
            "status": "free" if free else "busy",
            "schedule": {"reference": f"Schedule/{schedule_id(number % SCHEDULES)}"},
            "serviceType": [{"coding": [{"system": "urn:latido:service", "code": _service(number)}]}],
            "start": start.isoformat(),
            "end": (start + timedelta(minutes=20)).isoformat(),
        }


def appointments(count: int) -> Iterator[Resource]:
    """One appointment a slot: past ones mostly fulfilled, ahead booked where the slot is busy, else cancelled."""
    for number in range(count):
        start = start_of(number, count)
        ahead = "booked" if _round(number) % 2 else "cancelled"
        past = "noshow" if number % 7 == 0 else "fulfilled"
        actors = [f"Patient/p{number % max(count // 5, 1)}", f"Location/cesac-{number % CENTERS + 1}"]
        yield {
            "resourceType": "Appointment",
            "id": f"a{number}",
            "identifier": [{"system": "urn:latido:booking", "value": f"SM{number}:book"}],
            "status": ahead if start > TODAY else past,
            "priority": 3,
            "serviceType": [{"coding": [{"system": "urn:latido:service", "code": _service(number)}]}],
            "slot": [{"reference": f"Slot/s{number}"}],
            "start": start.isoformat(),
            "end": (start + timedelta(minutes=20)).isoformat(),
            "participant": [{"actor": {"reference": each}, "status": "accepted"} for each in actors],
        }


def _round(number: int) -> int:
    return number // SCHEDULES


def _service(number: int) -> str:
    return SERVICES[number % SCHEDULES // CENTERS]


def load(engine: Engine, vault: Vault, resources: Iterable[Resource], first_key: int = 1) -> int:
    """Store new resources, each last changed a little later than the one before; the next free key."""
    key = first_key
    rest = iter(resources)
    while chunk := list(islice(rest, _CHUNK)):
        rows: dict[Table, list[Mapping[str, Any]]] = {table: [] for table in _TABLES}
        for number, resource in enumerate(chunk, key):
            changed = TODAY - timedelta(days=30) + timedelta(milliseconds=number)
            write = prepare(Change(resource), number, vault, changed)
            rows[tables.resource].append(write.row)
            for table in tables.INDEX_TABLES:
                rows[table] += rows_of(table, write.entries)
            if resource["resourceType"] == "Appointment":
                rows[tables.slot_occupancy].append(_occupancy(resource))
        with engine.begin() as connection:
            # The rows are ours and fit: checking each reference to its resource would take most of the time.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            driver = connection.connection.driver_connection
            for table, each in rows.items():
                _copy(driver, table, each)
        key += len(chunk)
    with engine.begin() as connection:
        connection.execute(text("SELECT setval(pg_get_serial_sequence('fhir_resource', 'key'), :key)"), {"key": key})
    return key


@contextmanager
def without_indexes(engine: Engine) -> Iterator[None]:
    """Build the secondary indexes once at the end, and count, which is many times quicker than row by row."""
    indexes = [index for table in _TABLES for index in table.indexes]
    for index in indexes:
        index.drop(engine)
    yield
    for index in indexes:
        index.create(engine)
    analyze(engine)


def _occupancy(appointment: Resource) -> Mapping[str, Any]:
    slot = appointment["slot"][0]["reference"].split("/")[1]
    return {"appointment_id": appointment["id"], "slot_id": slot, "seat": 0, "live": appointment["status"] == "booked"}


def _copy(driver: Any, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    names = list(rows[0])
    with driver.cursor().copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([row[name] for name in names])
