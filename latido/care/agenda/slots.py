"""Agenda times as values, their FHIR Slots, and how they reach the server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from latido.care.fhir_names import DEMO, ORIGIN, SERVICE, SLOT, agenda_id
from latido.care.places.directory import Directory
from latido.care.seed import agenda_resources, in_batches, write_changed
from latido.care.services import local
from latido.fhir.bundles import update_entry
from latido.fhir.client import FhirClient
from latido.fhir.resources import Resource

SLOTS_PER_TRANSACTION = 500
# The most that is stored as one; a file with more is split by who sends it.
LARGEST_IMPORT = 4000
SLOTS_PER_PAGE = 1000
SCHEDULES_PER_SEARCH = 15


@dataclass(frozen=True, order=True)
class AgendaSlot:
    """A time somebody can be seen at a centre; instants are aware. `line`: where the file says so."""

    center_number: int
    service: str
    start: datetime
    end: datetime
    line: int = 0

    @property
    def agenda(self) -> str:
        """The id of its Schedule."""
        return agenda_id(self.center_number, self.service)

    @property
    def slot_id(self) -> str:
        """Its id: the same time at the same agenda is the same slot, however often it is imported."""
        return f"{self.agenda}-{self.start.strftime('%Y%m%dT%H%M')}"

    def as_resource(self, demo: bool = False) -> Resource:
        """The free FHIR Slot."""
        return {
            "resourceType": "Slot",
            "id": self.slot_id,
            **({"meta": {"tag": [{"system": ORIGIN, "code": DEMO}]}} if demo else {}),
            "identifier": [{"system": SLOT, "value": self.slot_id}],
            "serviceType": [{"coding": [{"system": SERVICE, "code": self.service}]}],
            "schedule": {"reference": f"Schedule/{self.agenda}"},
            "status": "free",
            "start": local(self.start),
            "end": local(self.end),
        }


@dataclass(frozen=True)
class Clash:
    """A slot that cannot be stored because the server holds another one at that time."""

    slot: AgendaSlot
    stored_id: str


@dataclass(frozen=True)
class Report:
    """What became of an agenda. With clashes nothing was stored."""

    created: int = 0
    kept: int = 0
    clashes: tuple[Clash, ...] = ()


def store_agenda(
    fhir: FhirClient,
    directory: Directory,
    slots: Sequence[AgendaSlot],
    demo: bool = False,
    per_transaction: int = SLOTS_PER_TRANSACTION,
) -> Report:
    """Store what is new; slots that are there stay as they are, booked or free. Any clash refuses the whole.

    With more new slots than go into one transaction, an interruption leaves a part: repeat it to complete it.
    """
    stored = _stored_slots(fhir, slots)
    clashes = _clashes(slots, stored)
    if clashes:
        return Report(clashes=tuple(clashes))
    known = {resource["id"] for resource in stored}
    new = [slot for slot in slots if slot.slot_id not in known]
    if new:
        _ensure_agendas(fhir, directory, new)
    for batch in in_batches((slot.as_resource(demo) for slot in new), per_transaction):
        fhir.transaction([update_entry(resource) for resource in batch], minimal=True)
    return Report(created=len(new), kept=len(slots) - len(new))


def _ensure_agendas(fhir: FhirClient, directory: Directory, slots: Iterable[AgendaSlot]) -> None:
    wanted = sorted({(slot.center_number, slot.service) for slot in slots})
    write_changed(
        fhir,
        [resource for number, service in wanted for resource in agenda_resources(directory.centers[number], service)],
    )


def _stored_slots(fhir: FhirClient, slots: Sequence[AgendaSlot]) -> list[Resource]:
    """What the server holds for these agendas in this span of time."""
    if not slots:
        return []
    agendas = sorted({slot.agenda for slot in slots})
    since, until = min(slot.start for slot in slots), max(slot.end for slot in slots)
    # R4 has no search by end: a slot that began within the day before may still overlap.
    span = [("start", f"ge{local(since.replace(hour=0, minute=0))}"), ("start", f"lt{local(until)}")]
    found: list[Resource] = []
    for first in range(0, len(agendas), SCHEDULES_PER_SEARCH):
        some = ",".join(f"Schedule/{each}" for each in agendas[first : first + SCHEDULES_PER_SEARCH])
        for page in fhir.search_all("Slot", [("schedule", some), *span, ("_count", str(SLOTS_PER_PAGE))]):
            found.extend(page.matches)
    return found


def _clashes(slots: Sequence[AgendaSlot], stored: Sequence[Resource]) -> list[Clash]:
    by_agenda: dict[str, list[tuple[datetime, datetime, str]]] = {}
    for resource in stored:
        if resource["status"] != "entered-in-error":
            times = (datetime.fromisoformat(resource["start"]), datetime.fromisoformat(resource["end"]))
            agenda = resource["schedule"]["reference"].rsplit("/", 1)[-1]
            by_agenda.setdefault(agenda, []).append((*times, resource["id"]))
    return [
        Clash(slot, stored_id)
        for slot in slots
        for start, end, stored_id in by_agenda.get(slot.agenda, [])
        if start < slot.end and slot.start < end and (start, end) != (slot.start, slot.end)
    ]
