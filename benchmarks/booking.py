"""How many bookings a second one web process makes, over HTTP, and how long each takes.

Side by side in one run: the bare FHIR transaction that takes a slot, and what care adds to it (whose it is, one a
window, the ledger, the answer kept for repeats); a hold and its confirmation; a move; the refusal of a taken slot.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import local as thread_local
from typing import Any

import requests

from benchmarks.ports import free_port
from latido.care.agenda.command import import_agenda
from latido.care.places.directory import load_directory
from latido.care.services import BUENOS_AIRES
from latido.crypto import Vault
from latido.database import analyze, create_engine, migrate
from latido.embedded.postgres import EmbeddedPostgres
from latido.fhir.client import FhirClient
from latido.fhir.server import FhirServer
from latido.fhir.transport import IN_PROCESS_BASE, in_process_session

EACH = int(os.environ.get("LATIDO_BENCH_BOOKINGS", "300"))
AT_ONCE = 8
TOKEN = "a-token-for-this-benchmark"
SECRET = "a-secret-for-this-benchmark-of-some-length"
CENTERS = (1, 2, 3, 4, 9, 10, 15, 16)


@dataclass
class Service:
    """The web process under test."""

    port: int
    _sessions: Any = field(default_factory=thread_local)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to one request."""
        if not hasattr(self._sessions, "own"):
            self._sessions.own = requests.Session()
            self._sessions.own.headers["Authorization"] = f"Bearer {TOKEN}"
        answer = self._sessions.own.post(f"http://127.0.0.1:{self.port}{path}", json=body, timeout=30)
        found: dict[str, Any] = answer.json() | {"http": answer.status_code}
        return found


def main() -> None:
    """Run all of it and print one table."""
    with tempfile.TemporaryDirectory(prefix="latido-bench-") as name:
        database = EmbeddedPostgres(Path(name) / "postgres")
        url = database.start()
        process = None
        try:
            slots = _agenda(url)
            port = free_port()
            process = _web(url, Path(name), port)
            _measure(Service(port), slots)
        finally:
            if process is not None:
                process.terminate()
                process.wait(10)
            database.stop()


def _agenda(url: str) -> list[str]:
    migrate(url)
    engine = create_engine(url)
    client = FhirClient(IN_PROCESS_BASE, in_process_session(FhirServer(engine, Vault(SECRET))))
    day = (datetime.now(BUENOS_AIRES) + timedelta(days=3)).date()
    for shift in range(6):
        rows = [f"{number},prenatal,{day + timedelta(days=shift)},08:00,18:00,10" for number in CENTERS]
        import_agenda(
            client, load_directory(), "\n".join(["center,service,date,from,to,minutes", *rows]), datetime.now(UTC)
        )
    analyze(engine)
    found = [slot["id"] for page in client.search_all("Slot", [("_count", "1000")]) for slot in page.matches]
    engine.dispose()
    return found


def _web(url: str, folder: Path, port: int) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "LATIDO_DATABASE_URL": url,
        "LATIDO_REDIS_URL": "redis://127.0.0.1:9",
        "LATIDO_DATA_DIR": str(folder),
        "LATIDO_PORT": str(port),
        "LATIDO_SERVICE_TOKEN": TOKEN,
        "LATIDO_SECRET_KEY": SECRET,
    }
    process = subprocess.Popen([sys.executable, "-m", "latido.cli", "web", "--only", "care,fhir"], env=environment)
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        try:
            requests.get(f"http://127.0.0.1:{port}/healthz", timeout=1)
            return process
        except requests.RequestException:
            time.sleep(0.1)
    raise SystemExit("the web process did not start")


def _measure(service: Service, slots: list[str]) -> None:
    some = iter(slots)

    def take(count: int) -> list[str]:
        return [next(some) for _ in range(count)]

    print(
        f"{AT_ONCE} callers at once, {EACH} of each\n{'what':34}{'a second':>10}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}"
    )
    raw = [(number, slot) for number, slot in enumerate(take(EACH))]
    _run("bare FHIR transaction", service, raw, _bare)
    booked = [(number, slot) for number, slot in enumerate(take(EACH))]
    _run("book at once", service, booked, _book)
    _run("refused: the slot is taken", service, [(number + EACH, slot) for number, slot in booked], _refused)
    held = [(number + 2 * EACH, slot) for number, slot in enumerate(take(EACH))]
    _run("hold, then confirm (two calls)", service, held, _hold_and_confirm)
    moving = [(number + 3 * EACH, slot) for number, slot in enumerate(take(EACH))]
    to = dict(zip((number for number, _ in moving), take(EACH), strict=True))
    ids = {number: _book(service, number, slot)["appointment"]["id"] for number, slot in moving}
    _run("move", service, moving, lambda service, number, _: _move(service, number, ids[number], to[number]))


def _run(
    name: str, service: Service, work: list[tuple[int, str]], call: Callable[[Service, int, str], dict[str, Any]]
) -> None:
    def timed(item: tuple[int, str]) -> float:
        start = time.perf_counter()
        call(service, *item)
        return (time.perf_counter() - start) * 1000

    begun = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        took = sorted(pool.map(timed, work))
    rate = len(work) / (time.perf_counter() - begun)
    cuts = statistics.quantiles(took, n=100)
    print(f"{name:34}{rate:>10.0f}{cuts[49]:>9.1f}{cuts[94]:>9.1f}{cuts[98]:>9.1f}", flush=True)


def _keyed(number: int, step: str, **more: Any) -> dict[str, Any]:
    return {"idempotency_key": f"B{number}:{step}", "resident": f"bench{number}", **more}


def _expect(answer: dict[str, Any], *statuses: int) -> dict[str, Any]:
    if answer["http"] not in statuses:
        raise SystemExit(f"unexpected answer {answer['http']}: {answer.get('error') or answer.get('issue')}")
    return answer


def _bare(service: Service, number: int, slot: str) -> dict[str, Any]:
    start = datetime.strptime(slot.rsplit("-", 1)[-1], "%Y%m%dT%H%M").replace(tzinfo=BUENOS_AIRES)
    span = {"start": start.isoformat(), "end": (start + timedelta(minutes=10)).isoformat()}
    patient = {"actor": {"reference": f"Patient/bench{number}"}, "status": "accepted"}
    appointment = {"resourceType": "Appointment", "status": "booked", "participant": [patient], **span}
    appointment |= {
        "slot": [{"reference": f"Slot/{slot}"}],
        "identifier": [{"system": "urn:bench", "value": str(number)}],
    }
    schedule = {"reference": f"Schedule/{slot.rsplit('-', 1)[0]}"}
    busy = {"resourceType": "Slot", "id": slot, "schedule": schedule, "status": "busy", **span}
    post = {"method": "POST", "url": "Appointment", "ifNoneExist": f"identifier=urn:bench|{number}"}
    put = {"method": "PUT", "url": f"Slot/{slot}", "ifMatch": 'W/"1"'}
    entries = [{"resource": appointment, "request": post}, {"resource": busy, "request": put}]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    return _expect(service.post("/fhir/R4/", bundle), 200)


def _book(service: Service, number: int, slot: str) -> dict[str, Any]:
    return _expect(service.post("/care/v1/appointments", _keyed(number, "book", slot_id=slot)), 201)


def _refused(service: Service, number: int, slot: str) -> dict[str, Any]:
    return _expect(service.post("/care/v1/appointments", _keyed(number, "book", slot_id=slot)), 409)


def _hold_and_confirm(service: Service, number: int, slot: str) -> dict[str, Any]:
    held = _expect(service.post("/care/v1/holds", _keyed(number, "hold", slot_id=slot)), 201)["hold"]["id"]
    return _expect(service.post(f"/care/v1/holds/{held}/confirm", _keyed(number, "confirm")), 200)


def _move(service: Service, number: int, appointment: str, slot: str) -> dict[str, Any]:
    path = f"/care/v1/appointments/{appointment}/reschedule"
    return _expect(service.post(path, _keyed(number, "move", slot_id=slot)), 200)


if __name__ == "__main__":
    main()
