"""Searches of the FHIR server over a million Slots and a million Appointments, as the health service makes them.

Each is asked many times with other values, through the server's core (no HTTP), so that most pages come from storage
as they would on a busy day, not from one warm spot.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from benchmarks.fhir_agenda import (
    CENTERS,
    SCHEDULES,
    TODAY,
    appointments,
    load,
    places,
    schedule_id,
    slots,
    without_indexes,
)
from latido.crypto import Vault
from latido.database import create_engine
from latido.embedded.postgres import EmbeddedPostgres
from latido.fhir.resources import Resource
from latido.fhir.server import FhirServer
from latido.fhir.server.answers import parse
from latido.schema import metadata

Ask = Callable[[Random, int], str]


def _day(days: int) -> str:
    return (TODAY + timedelta(days=days)).date().isoformat()


def _week(random: Random) -> str:
    first = random.randint(1, 30)
    return f"start=ge{_day(first)}&start=lt{_day(first + 7)}"


def _schedule(random: Random) -> str:
    return schedule_id(random.randrange(SCHEDULES))


def _point(random: Random) -> str:
    return f"{random.uniform(-34.69, -34.54):.5f}|{random.uniform(-58.52, -58.36):.5f}"


SEARCHES: Mapping[str, Ask] = {
    "free slots of an agenda in a week": lambda r, n: (
        f"Slot?status=free&schedule=Schedule/{_schedule(r)}&{_week(r)}&_sort=start&_count=9"
    ),
    "… of three agendas": lambda r, n: (
        f"Slot?status=free&schedule={','.join(f'Schedule/{_schedule(r)}' for _ in range(3))}&{_week(r)}"
        "&_sort=start&_count=9"
    ),
    "… by schedule.actor, with the schedules": lambda r, n: (
        f"Slot?status=free&schedule.actor=HealthcareService/{_schedule(r)}&{_week(r)}"
        "&_sort=start&_count=9&_include=Slot:schedule"
    ),
    "… of a centre, all its services": lambda r, n: (
        f"Slot?status=free&schedule.actor=Location/cesac-{r.randint(1, CENTERS)}&{_week(r)}&_sort=start&_count=9"
    ),
    "… within 3 km (schedule.actor near)": lambda r, n: (
        f"Slot?status=free&schedule.actor:Location.near={_point(r)}|3|km&{_week(r)}&_sort=start&_count=9"
    ),
    "… of a service anywhere": lambda r, n: (
        f"Slot?status=free&service-type=urn:latido:service|prenatal&{_week(r)}&_sort=start&_count=9"
    ),
    "slots of an agenda, latest first": lambda r, n: f"Slot?schedule=Schedule/{_schedule(r)}&_sort=-start&_count=20",
    "future appointments of a patient": lambda r, n: (
        f"Appointment?patient=Patient/p{r.randrange(n // 5)}&status=pending,booked&date=ge{_day(0)}&_sort=date"
    ),
    "all appointments of a patient": lambda r, n: f"Appointment?patient=Patient/p{r.randrange(n // 5)}&_sort=-date",
    "appointments of a slot": lambda r, n: f"Appointment?slot=Slot/s{r.randrange(n)}",
    "appointment by identifier": lambda r, n: f"Appointment?identifier=urn:latido:booking|SM{r.randrange(n)}:book",
    "appointments of a day at a centre": lambda r, n: (
        f"Appointment?date={_day(r.randint(-60, 20))}&location=Location/cesac-{r.randint(1, CENTERS)}&_sort=date"
    ),
    "what has changed since (_lastUpdated)": lambda r, n: (
        f"Appointment?_lastUpdated=gt{_changed(r, n)}&_sort=_lastUpdated&_count=50"
    ),
    "newest changes first": lambda r, n: "Appointment?_sort=-_lastUpdated&_count=50",
    "count of an agenda's free slots": lambda r, n: (
        f"Slot?status=free&schedule=Schedule/{_schedule(r)}&{_week(r)}&_summary=count"
    ),
    "count of all slots": lambda r, n: "Slot?_summary=count",
    "near, 3 km": lambda r, n: f"Location?near={_point(r)}|3|km&status=active",
    "near, all centres by distance": lambda r, n: f"Location?near={_point(r)}",
    "read": lambda r, n: f"Slot/s{r.randrange(n)}",
    "history of an appointment": lambda r, n: f"Appointment/a{r.randrange(n)}/_history",
}


def _changed(random: Random, count: int) -> str:
    return (TODAY - timedelta(days=30) + timedelta(milliseconds=count + random.randrange(count))).isoformat()[:23] + "Z"


def main() -> None:
    """Load, ask, and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000, help="slots, and as many appointments")
    parser.add_argument("--rounds", type=int, default=60, help="times that each search is asked")
    parser.add_argument("--url", help="a database loaded before (kept); default: a new one, removed afterwards")
    options = parser.parse_args()
    if options.url:
        _measure(FhirServer(create_engine(options.url), Vault("benchmark")), options.count, options.rounds)
        return
    with tempfile.TemporaryDirectory(prefix="latido-bench-") as name:
        postgres = EmbeddedPostgres(Path(name) / "postgres")
        try:
            server = _loaded(postgres.start(), options.count)
            _measure(server, options.count, options.rounds)
        finally:
            postgres.stop()


def _loaded(url: str, count: int) -> FhirServer:
    engine, vault = create_engine(url), Vault("benchmark")
    metadata.create_all(engine)
    started = time.perf_counter()
    with without_indexes(engine):
        key = load(engine, vault, places())
        key = load(engine, vault, slots(count), key)
        load(engine, vault, appointments(count), key)
    print(f"FHIR: {count:,} slots and {count:,} appointments loaded in {time.perf_counter() - started:.0f} s\n")
    return FhirServer(engine, vault)


def _measure(server: FhirServer, count: int, rounds: int) -> None:
    print("| search | p50, ms | p95, ms | found |\n|---|---|---|---|")
    random = Random(7)
    for name, ask in SEARCHES.items():
        _print(name, [_ask(server, ask(random, count)) for _ in range(rounds)])
    _print("page 200 of all slots by start, by its link", _walk(server, "Slot?_sort=start&_count=200"))
    _print("page 200 of all appointments, by its link", _walk(server, "Appointment?_count=200"))


def _ask(server: FhirServer, url: str) -> tuple[float, Resource]:
    path, _, query = url.partition("?")
    started = time.perf_counter()
    answer = server.handle("GET", f"/{path}", query, {}, b"")
    spent = time.perf_counter() - started
    if answer.status != 200:
        raise SystemExit(f"{url} answers {answer.status}")
    return spent, parse(answer.body)


def _walk(server: FhirServer, url: str) -> list[tuple[float, Resource]]:
    """The last of two hundred pages, one after the other."""
    asked = []
    for _ in range(200):
        asked.append(_ask(server, url))
        link = next(each["url"] for each in asked[-1][1]["link"] if each["relation"] == "next")
        url = f"{urlsplit(link).path.rsplit('/', 1)[-1]}?{urlsplit(link).query}"
    return asked[-20:]


def _print(name: str, asked: list[tuple[float, Resource]]) -> None:
    points = statistics.quantiles([spent * 1000 for spent, _ in asked], n=20, method="inclusive")
    found = statistics.median(_count(each) for _, each in asked)
    print(f"| {name} | {points[9]:.1f} | {points[18]:.1f} | {found:,.0f} |", flush=True)


def _count(found: Resource) -> int:
    """How many resources an answer brings, or only counts."""
    return int(found.get("total", len(found.get("entry", [])))) if found["resourceType"] == "Bundle" else 1


if __name__ == "__main__":
    main()
