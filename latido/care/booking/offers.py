"""Offering free slots: the nearest centres' agendas, in the order the priority rules give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from latido.care.booking.appointments import patient_id_of, priority_of, read_appointment
from latido.care.booking.patients import Person, find_patients
from latido.care.booking.whose import whose
from latido.care.errors import GeocoderDown, Invalid, Missing
from latido.care.fhir_names import PRENATAL
from latido.care.people.pregnancies import ongoing
from latido.care.places.directory import Center
from latido.care.places.geometry import Point, distance_m
from latido.care.places.locate import Near
from latido.care.residents import remembered_place
from latido.care.rules.gestation import GestationalAge
from latido.care.rules.offers import Choice, FreeSlot, choose, opens_for
from latido.care.rules.priority import ORDER, Answers, ClassRule, Priority
from latido.care.rules.service_rules import Facts
from latido.care.services import Care, local
from latido.care.views import Json, center_view
from latido.fhir.resources import Resource

# Enough for some days of the nearest centres; "more" goes on from the last one shown.
SLOTS_READ = 200
NOON = 12
# A resident far from every free agenda is still shown one, within the city.
CENTERS_ASKED = 50


@dataclass(frozen=True)
class Request:
    """What offers depend on. `person`: for whom, where that is said.

    `priority`, or that of the appointment it `replaces`, stands in for the answers. `day` and `part` ("morning",
    "afternoon") leave only the slots of that local day and half of the day: among them the order is the usual one.
    """

    resident: str
    service: str
    near: Near | None = None
    center_number: int | None = None
    person: Person | None = None
    age: GestationalAge | None = None
    answers: Answers = field(default_factory=Answers)
    priority: Priority | None = None
    replaces: str | None = None
    after: datetime | None = None
    day: date | None = None
    part: str | None = None
    exclude_centers: tuple[int, ...] = ()
    limit: int = 3


def offer(care: Care, request: Request) -> Json:
    """The free slots that suit, with the priority they were chosen by."""
    priority = request.priority or _priority(care, request)
    rule = care.rules[request.service].priority.classes[priority.name]
    origin = _origin(care, request)
    now = care.local_now()
    free = _free_slots(care, request, rule, _centers(care, request, origin), now)
    choice = choose(free, rule, now, request.limit, _above(care, request.service, priority))
    if request.day is not None:
        choice = replace(choice, slots=tuple(sorted(choice.slots, key=lambda slot: (slot.distance_m, slot.start))))
    return {"priority": priority_view(priority), **_choice_view(care, choice, distances_known=origin is not None)}


def _above(care: Care, service: str, priority: Priority) -> list[ClassRule]:
    """The rules of the higher classes, the next higher first."""
    classes = care.rules[service].priority.classes
    return [classes[name] for name in reversed(ORDER[: ORDER.index(priority.name)])]


def _priority(care: Care, request: Request) -> Priority:
    if request.replaces is None:
        return care.rules[request.service].priority_on(care.local_now().date(), _facts(care, request), request.answers)
    appointment = read_appointment(care.fhir, request.replaces)
    hers = {patient["id"] for patient in find_patients(care.fhir, request.resident).values()}
    if patient_id_of(appointment) not in hers:
        raise Missing("no such appointment for this resident")
    return priority_of(appointment, care.rules[request.service].priority)


def _facts(care: Care, request: Request) -> Facts:
    """What the rules may know of the person: as said now, else as told before."""
    if request.service != PRENATAL:
        person = request.person or Person("self")
        return whose(care, request.resident, request.service, person, find_patients(care.fhir, request.resident)).facts
    role = request.person.role if request.person else None
    if request.age is not None or role is None:
        return Facts(request.age)
    with care.engine.connect() as connection:
        told = ongoing(connection, care.vault, request.resident).get(role)
    return Facts(told.age if told else None)


def priority_view(priority: Priority) -> Json:
    """A priority as the care API shows it."""
    return {
        "class": priority.name,
        "fhir_priority": priority.fhir_priority,
        "reasons": list(priority.reasons),
        "reason_text": priority.reason_text,
        "target_days": priority.target_days,
        "rule_set": priority.rule_set,
    }


def _origin(care: Care, request: Request) -> Point | None:
    """Where she is: as said now, else as remembered, else unknown (a centre's number is enough)."""
    if request.near is None:
        with care.engine.connect() as connection:
            place = remembered_place(connection, request.resident)
        return place.point if place else None
    located = care.locator.locate(request.near)
    if located.status == "geocoder_unavailable":
        raise GeocoderDown("the address service does not answer: use a pin, a neighbourhood or a centre's number")
    if located.place is None:
        raise Missing(f"near is {located.status}: search places first")
    return located.place.point


def _centers(care: Care, request: Request, origin: Point | None) -> list[tuple[Center, float]]:
    """The centres to look at with their distance in metres (0 when nobody knows from where), nearest first."""
    if request.center_number is not None:
        center = care.directory.centers.get(request.center_number)
        if center is None:
            raise Missing("no centre has this number")
        return [(center, distance_m(origin, center.point) if origin else 0.0)]
    if origin is None:
        raise Invalid("say near or center_number: no place is remembered for this resident")
    ranked = care.directory.nearest(origin, request.service, limit=CENTERS_ASKED)
    return [(center, metres) for center, metres in ranked if center.number not in request.exclude_centers]


def _free_slots(
    care: Care, request: Request, rule: ClassRule, centers: Sequence[tuple[Center, float]], now: datetime
) -> list[FreeSlot]:
    """Free slots at the nearest centres that have any: within the target and not kept back, else any."""
    rules = care.rules[request.service].priority
    earliest = now + timedelta(hours=rules.min_notice_hours)
    if request.after is not None:
        earliest = max(earliest, request.after + timedelta(seconds=1))
    if request.day is not None:
        earliest = max(earliest, datetime.combine(request.day, time.min, now.tzinfo))
    target = now + timedelta(days=rule.target_days)
    horizon = now + timedelta(days=rules.horizon_days)
    windows = [(max(earliest, opens_for(rule, now)), target), (earliest, horizon)]
    for group in _groups(centers, rule.centers, request.day is not None or request.part is not None):
        for since, until in windows:
            found = _search(care, request, group, since, until) if group and since < until else []
            if found:
                return found
    return []


def _groups(
    centers: Sequence[tuple[Center, float]], nearest: int, wished: bool
) -> Iterator[Sequence[tuple[Center, float]]]:
    """The nearest centres, then all others; where few slots suit a wish, those somewhat farther before the far ones."""
    cuts = [0, nearest, 2 * nearest, 4 * nearest] if wished else [0, nearest]
    for start, end in zip(cuts, [*cuts[1:], len(centers)], strict=True):
        yield centers[start:end]


def _is_wished(request: Request, start: datetime) -> bool:
    """Whether a slot is of the day and half of the day that was asked for (`start` with the city's offset)."""
    if request.day is not None and start.date() != request.day:
        return False
    return request.part is None or (start.hour < NOON) == (request.part == "morning")


def _search(
    care: Care, request: Request, centers: Sequence[tuple[Center, float]], since: datetime, until: datetime
) -> list[FreeSlot]:
    metres = {center.number: distance for center, distance in centers}
    when = [
        ("status", "free"),
        ("start", f"ge{local(since)}"),
        ("start", f"lt{local(until)}"),
        ("_sort", "start"),
        ("_count", str(SLOTS_READ)),
    ]
    found: dict[str, FreeSlot] = {}
    for one in care.agendas.slot_searches(list(metres), request.service):
        for slot in care.fhir.search("Slot", [*one.params, *when], strict=one.strict).matches:
            free = _free_slot(care, slot, request.service, metres)
            wished = free is not None and _is_wished(request, free.start.astimezone(since.tzinfo))
            if free is not None and wished and since <= free.start < until:
                found[free.slot_id] = free
    return sorted(found.values(), key=lambda each: each.start)


def _free_slot(care: Care, slot: Resource, service: str, metres: dict[int, float]) -> FreeSlot | None:
    """The slot as the rules see it; None when it is not what was asked for: servers may ignore a parameter."""
    number = care.agendas.center_of(slot)
    if number not in metres or slot["status"] != "free" or care.agendas.service_of(slot) != service:
        return None
    return FreeSlot(
        slot_id=slot["id"],
        version=slot["meta"]["versionId"],
        start=datetime.fromisoformat(slot["start"]),
        end=datetime.fromisoformat(slot["end"]),
        center_number=number,
        distance_m=metres[number],
    )


def _choice_view(care: Care, choice: Choice, distances_known: bool) -> Json:
    return {
        "slots": [_slot_view(care, slot, distances_known) for slot in choice.slots],
        "more": choice.more,
        "within_target": choice.within_target,
    }


def _slot_view(care: Care, slot: FreeSlot, distance_known: bool) -> Json:
    center = care.directory.centers[slot.center_number]
    return {
        "slot_id": slot.slot_id,
        "version": slot.version,
        "start": local(slot.start),
        "end": local(slot.end),
        "center": center_view(center, care.directory, slot.distance_m if distance_known else None),
    }
