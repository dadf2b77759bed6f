"""How long it takes to find what is near a point: centres, hospitals, early-childhood centres.

Twice: computed from the seed, which is what care does, and asked of the embedded FHIR server, as others may.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine

from latido.care.places.directory import Directory, load_directory
from latido.care.places.geocoder import Address
from latido.care.places.geometry import Point
from latido.care.places.locate import Locator, Near
from latido.care.seed import seed_places
from latido.crypto import Vault
from latido.database import analyze, create_engine
from latido.embedded.postgres import EmbeddedPostgres
from latido.fhir.client import FhirClient
from latido.fhir.server import FhirServer
from latido.fhir.transport import IN_PROCESS_BASE, in_process_session
from latido.schema import metadata

COMPUTED_ROUNDS = 2_000
FHIR_ROUNDS = 150
T = TypeVar("T")
BABY_DAYS = 60
WITHIN_KM = 5
NAMES = ("barracas", "por la 1 11 14", "vivo en baraccas", "villa 31", "estoy en la zona de villa del parque")
TYPES = ("health-center", "hospital", "maternity", "cpi", "cedi")


class NoAddresses:
    """Names alone are looked up: no address service is asked."""

    def find(self, address: str) -> tuple[Address, ...]:
        """Nothing."""
        return ()


def main() -> None:
    """Time it over points across the city, and print one table."""
    directory = load_directory()
    print(f"{'what':44}{'of':>5}{'p50 ms':>10}{'p99 ms':>10}   budget")
    _computed(directory)
    with tempfile.TemporaryDirectory(prefix="latido-bench-") as name:
        server = EmbeddedPostgres(Path(name) / "postgres")
        engine = create_engine(server.start())
        try:
            _asked(directory, engine)
        finally:
            engine.dispose()
            server.stop()


def _computed(directory: Directory) -> None:
    points = _points(COMPUTED_ROUNDS)
    centers, hospitals, childhood = directory.centers, directory.hospitals, directory.childhood_centres
    locator = Locator(directory, NoAddresses())
    _row("3 nearest centres", len(centers), points, directory.nearest)
    _row("3 nearest with prenatal care", len(centers), points, lambda point: directory.nearest(point, "prenatal"))
    _row(
        "2 nearest hospitals with a maternity", len(hospitals), points, lambda at: directory.nearest_hospitals(at, True)
    )
    _row("3 nearest CPI or CEDI", len(childhood), points, directory.nearest_childhood_centres)
    _row(
        "3 nearest CPI or CEDI for a baby",
        len(childhood),
        points,
        lambda at: directory.nearest_childhood_centres(at, BABY_DAYS),
    )
    names = [NAMES[number % len(NAMES)] for number in range(COMPUTED_ROUNDS)]
    _row("a place by its name", len(directory.neighbourhoods), names, lambda said: locator.locate(Near(text=said)))


def _asked(directory: Directory, engine: Engine) -> None:
    metadata.create_all(engine)
    fhir = FhirClient(IN_PROCESS_BASE, in_process_session(FhirServer(engine, Vault("benchmark"))))
    started = time.perf_counter()
    written = seed_places(fhir, directory)
    first = time.perf_counter() - started
    started = time.perf_counter()
    seed_places(fhir, directory)
    again = time.perf_counter() - started
    analyze(engine)
    locations = len(directory.centers) + len(directory.hospitals) + len(directory.childhood_centres)
    for kind in TYPES:
        what = f"FHIR Location?near, {WITHIN_KM} km, type {kind}"
        _row(what, locations, _points(FHIR_ROUNDS), partial(_near, fhir, kind), "")
    print(f"seeding {written} resources: first {first * 1000:.0f} ms, again {again * 1000:.0f} ms")


def _near(fhir: FhirClient, kind: str, point: Point) -> None:
    near = f"{point.latitude:.5f}|{point.longitude:.5f}|{WITHIN_KM}|km"
    fhir.search("Location", [("near", near), ("type", f"urn:latido:place-type|{kind}"), ("_count", "3")])


def _points(count: int) -> list[Point]:
    return [Point(-34.55 - 0.14 * n / count, -58.36 - 0.14 * n / count) for n in range(count)]


def _row(what: str, of: int, given: Sequence[T], find: Callable[[T], object], budget: str = "1 ms") -> None:
    find(given[0])
    spent = []
    for each in given:
        started = time.perf_counter()
        find(each)
        spent.append((time.perf_counter() - started) * 1000)
    print(
        f"{what:44}{of:>5}{statistics.median(spent):>10.3f}{statistics.quantiles(spent, n=100)[98]:>10.3f}   {budget}"
    )


if __name__ == "__main__":
    main()
