"""Appointments: the FHIR resource made from a booking, read back, and shown."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast

from latido.care.booking.ledger import attendance_of
from latido.care.booking.patients import birth_date, find_patients, given_name, role_of
from latido.care.errors import Missing
from latido.care.fhir_names import (
    BOOKING,
    CANCELLATION_REASON,
    GESTATIONAL_AGE,
    PRENATAL,
    PRIORITY,
)
from latido.care.rules.gestation import GestationalAge
from latido.care.rules.priority import ORDER, Priority, PriorityClass, RuleSet, reason_text
from latido.care.rules.service_rules import Facts
from latido.care.rules.status import LIVE
from latido.care.services import Care, local
from latido.care.views import Json, center_view
from latido.fhir.bundles import SearchBundle
from latido.fhir.client import FhirClient
from latido.fhir.errors import NotFound
from latido.fhir.resources import Resource
from latido.fhir.together import Search

MISSABLE_FOR = timedelta(days=30)
NO_ANSWER = "needs-action"
CLASS_OF_FHIR_PRIORITY: dict[int, PriorityClass] = {1: "top", 3: "priority", 5: "routine"}


def new_appointment(
    care: Care, booking_key: str, slot: Resource, patient_id: str, priority: Priority, age: GestationalAge | None
) -> Resource:
    """The Appointment that takes `slot`, a free Slot of one of our agendas; its status is still to be set."""
    service, number = care.agendas.service_of(slot), care.agendas.center_of(slot)
    if service is None or number is None:
        raise Missing("the slot belongs to no agenda of Latido")
    location = care.agendas.location_of(number)
    place = [{"actor": {"reference": location}, "status": "accepted"}] if location else []
    appointment: Resource = {
        "resourceType": "Appointment",
        "extension": [priority_extension(priority), *([_age_extension(age)] if age else [])],
        "identifier": [{"system": BOOKING, "value": booking_key}],
        "status": "proposed",
        "serviceType": [care.agendas.service_type(service)],
        "priority": priority.fhir_priority,
        "start": slot["start"],
        "end": slot["end"],
        "slot": [{"reference": f"Slot/{slot['id']}"}],
        "created": local(care.now()),
        "participant": [{"actor": {"reference": f"Patient/{patient_id}"}, "status": "needs-action"}, *place],
    }
    tags = (slot.get("meta") or {}).get("tag")
    return appointment | ({"meta": {"tag": tags}} if tags else {})


def accepted_by(appointment: Resource, patient_id: str) -> Resource:
    """The appointment booked for this Patient, who may be another one than it was held for."""
    others = [each for each in appointment["participant"] if not _is_patient(each)]
    patient = {"actor": {"reference": f"Patient/{patient_id}"}, "status": "accepted"}
    return {**appointment, "status": "booked", "participant": [patient, *others]}


def cancelled(appointment: Resource, reason: str) -> Resource:
    """The appointment ended; `reason` is a code of R4's appointment-cancellation-reason."""
    coding = [{"system": CANCELLATION_REASON, "code": reason}]
    return {**appointment, "status": "cancelled", "cancelationReason": {"coding": coding}}


def booking_key_of(appointment: Resource) -> str | None:
    """The key under which Latido booked it; None when somebody else did."""
    keys = [each["value"] for each in appointment.get("identifier") or [] if each.get("system") == BOOKING]
    return keys[0] if keys else None


def slot_id_of(appointment: Resource) -> str | None:
    """The id of the slot it takes."""
    slots = appointment.get("slot") or []
    return str(slots[0]["reference"]).rsplit("/", 1)[-1] if slots else None


def patient_id_of(appointment: Resource) -> str | None:
    """The id of the Patient it is for."""
    return _actor(appointment, "Patient/")


def find_by_booking_key(fhir: FhirClient, booking_key: str) -> Resource | None:
    """The Appointment made under this key, if there is one."""
    found = fhir.search("Appointment", [("identifier", f"{BOOKING}|{booking_key}")]).matches
    return next((each for each in found if booking_key_of(each) == booking_key), None)


def read_appointment(fhir: FhirClient, appointment_id: str) -> Resource:
    """An Appointment by its id; Missing when there is none."""
    try:
        return fhir.read("Appointment", appointment_id)
    except NotFound:
        raise Missing("no such appointment for this resident") from None


def live_appointments(
    care: Care,
    patient_ids: Sequence[str],
    since: datetime,
    service: str | None = None,
    statuses: Sequence[str] = LIVE,
) -> list[Resource]:
    """The appointments of these Patients from `since` on that still hold (or are of these statuses), earliest first."""
    if not patient_ids:
        return []
    found = care.fhir.search(*appointments_search(patient_ids, since, statuses))
    return appointments_in(care, found, patient_ids, since, service, statuses)


def appointments_search(patient_ids: Collection[str], since: datetime, statuses: Sequence[str] = LIVE) -> Search:
    """The question for the appointments of these Patients."""
    whose = ("patient", ",".join(f"Patient/{each}" for each in patient_ids))
    which = [("status", ",".join(statuses)), ("date", f"ge{local(since)}")]
    return "Appointment", [whose, *which, ("_sort", "date"), ("_count", "50")]


def appointments_in(
    care: Care,
    page: SearchBundle,
    patient_ids: Collection[str],
    since: datetime,
    service: str | None = None,
    statuses: Sequence[str] = LIVE,
) -> list[Resource]:
    """The answer to it, earliest first. A server may ignore a parameter: nobody is shown what is not hers."""
    found = _of_patients(page.matches, patient_ids)
    live = [each for each in found if each["status"] in statuses and datetime.fromisoformat(each["start"]) >= since]
    mine = [each for each in live if service is None or care.agendas.service_of(each) == service]
    return sorted(mine, key=lambda each: datetime.fromisoformat(each["start"]))


def residents_appointments(care: Care, resident: str) -> Json:
    """Her future live appointments, earliest first, and those that may have been missed, whoever they are for."""
    patients = find_patients(care.fhir, resident)
    by_id = {patient["id"]: patient for patient in patients.values()}
    coming = [each for each in live_appointments(care, list(by_id), care.now()) if each["status"] != "pending"]
    missable = _past_but_booked(care, list(by_id))
    answers = attendance_of(care.engine, [each["id"] for each in coming])

    def view(each: Resource) -> Json:
        shown = appointment_view(care, each, by_id.get(patient_id_of(each) or ""), resident)
        return shown | {"attendance": answers.get(each["id"], NO_ANSWER)}

    return {"appointments": [view(each) for each in coming], "missable": [view(each) for each in missable]}


def _past_but_booked(care: Care, patient_ids: Sequence[str]) -> list[Resource]:
    """Of the last 30 days, latest first: their start is past and nobody has said what became of them."""
    if not patient_ids:
        return []
    params = [
        ("patient", ",".join(f"Patient/{each}" for each in patient_ids)),
        ("status", "booked"),
        ("date", f"ge{local(care.now() - MISSABLE_FOR)}"),
        ("date", f"lt{local(care.now())}"),
        ("_sort", "-date"),
        ("_count", "10"),
    ]
    found = _of_patients(care.fhir.search("Appointment", params).matches, patient_ids)
    past = [each for each in found if each["status"] == "booked"]
    return [each for each in past if datetime.fromisoformat(each["start"]) < care.now()]


def _of_patients(appointments: Sequence[Resource], patient_ids: Collection[str]) -> list[Resource]:
    return [each for each in appointments if patient_id_of(each) in patient_ids]


def appointment_view(care: Care, appointment: Resource, patient: Resource | None, resident: str) -> Json:
    """An appointment as the care API shows it."""
    center = care.directory.centers.get(care.agendas.center_of(appointment) or 0)
    role = role_of(patient, resident) if patient else "self"
    return {
        "id": appointment["id"],
        "version": appointment["meta"]["versionId"],
        "status": appointment["status"],
        "service": care.agendas.service_of(appointment),
        "start": local(datetime.fromisoformat(appointment["start"])),
        "end": local(datetime.fromisoformat(appointment["end"])),
        "center": center_view(center, care.directory) if center else None,
        "priority": _priority_view(care, appointment),
        "patient": {
            "for_whom": "self" if role.startswith("self") else "other",
            "given_name": given_name(patient),
            "person": role,
        },
        "attendance": NO_ANSWER,
    }


def priority_of(appointment: Resource, rules: RuleSet) -> Priority:
    """The priority kept on an appointment; the one of its FHIR number when the desk made it."""
    parts = _parts(appointment, PRIORITY)
    reasons = tuple(str(part["valueCode"]) for part in parts if part["url"] == "reasons")
    named = [part["valueCode"] for part in parts if part["url"] == "class" and part["valueCode"] in ORDER]
    by_number = CLASS_OF_FHIR_PRIORITY.get(appointment.get("priority", 5), ORDER[-1])
    name = cast(PriorityClass, named[0]) if named else by_number
    rule, text = rules.classes[name], reason_text(rules, list(reasons))
    return Priority(name, rule.fhir_priority, reasons, text, rule.target_days, rules.version)


def facts_of(appointment: Resource, patient: Resource | None) -> Facts:
    """What the rules may know of the person of an appointment."""
    return Facts(age_of(appointment), birth_date(patient))


def age_of(appointment: Resource) -> GestationalAge | None:
    """The gestational age kept on an appointment, on the day it was told."""
    parts = {part["url"]: part for part in _parts(appointment, GESTATIONAL_AGE)}
    lmp = parts.get("lastMenstrualPeriod")
    try:
        return GestationalAge(
            weeks_min=int(parts["weeksMin"]["valueUnsignedInt"]),
            weeks_max=int(parts["weeksMax"]["valueUnsignedInt"]),
            as_of=date.fromisoformat(parts["asOf"]["valueDate"]),
            source=str(parts["source"]["valueCode"]),
            lmp=date.fromisoformat(lmp["valueDate"]) if lmp else None,
        )
    except (KeyError, ValueError):
        return None


def _parts(appointment: Resource, url: str) -> list[Resource]:
    found = [each.get("extension") or [] for each in appointment.get("extension") or [] if each.get("url") == url]
    return list(found[0]) if found else []


def _priority_view(care: Care, appointment: Resource) -> Json:
    rules = care.rules.get(care.agendas.service_of(appointment) or "", care.rules[PRENATAL])
    kept = priority_of(appointment, rules.priority)
    return {"class": kept.name, "reasons": list(kept.reasons), "reason_text": kept.reason_text}


def priority_extension(priority: Priority) -> Resource:
    """The class, its reasons and the rule set, as an Appointment keeps them."""
    reasons = [{"url": "reasons", "valueCode": reason} for reason in priority.reasons]
    name = {"url": "class", "valueCode": priority.name}
    return {"url": PRIORITY, "extension": [name, *reasons, {"url": "ruleSet", "valueString": priority.rule_set}]}


def _age_extension(age: GestationalAge) -> Resource:
    parts: list[dict[str, Any]] = [
        {"url": "weeksMin", "valueUnsignedInt": age.weeks_min},
        {"url": "weeksMax", "valueUnsignedInt": age.weeks_max},
        {"url": "asOf", "valueDate": age.as_of.isoformat()},
        {"url": "source", "valueCode": age.source},
    ]
    if age.lmp is not None:
        parts.append({"url": "lastMenstrualPeriod", "valueDate": age.lmp.isoformat()})
    return {"url": GESTATIONAL_AGE, "extension": parts}


def _is_patient(participant: Resource) -> bool:
    return "Patient/" in str((participant.get("actor") or {}).get("reference", ""))


def _actor(appointment: Resource, kind: str) -> str | None:
    for participant in appointment.get("participant") or []:
        reference = str((participant.get("actor") or {}).get("reference", ""))
        if kind in reference:
            return reference.rsplit("/", 1)[-1]
    return None
