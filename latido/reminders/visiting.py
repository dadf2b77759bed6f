"""Visits and vaccines on the health service's record, whoever wrote them down."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from latido.care.mapping.agenda_map import codings_of
from latido.care.services import BUENOS_AIRES, Care
from latido.fhir.errors import NotFound, Refused
from latido.fhir.resources import Resource
from latido.fhir.together import Search
from latido.reminders.record_data import load_record_codes
from latido.reminders.rules.recorded import Dose
from latido.reminders.rules.steps import Appointment

log = logging.getLogger(__name__)

# Longer than any line of the calendar that a dose may settle.
DOSES_SINCE = timedelta(days=400)
# A server that keeps none of them: its appointments say who came.
KEPT_NOWHERE = (NotFound, Refused)
A_CODE = re.compile(r"[0-9A-Za-z.\-]{1,24}")
_TOLD: set[str] = set()
"""The unknown codes of which this process has spoken already."""


def visits(care: Care, role_by_id: Mapping[str, str], since: datetime) -> Iterator[tuple[str, Appointment]]:
    """Encounters that are over, with the role of whose they are: a visit without an appointment counts as well."""
    if role_by_id:
        try:
            found = care.fhir.search(*visits_search(list(role_by_id), since)).matches
        except KEPT_NOWHERE:
            return
        yield from visits_in(care, found, role_by_id)


def visits_search(patient_ids: Collection[str], since: datetime) -> Search:
    """The question for the encounters of these Patients that are over."""
    params = [("status", "finished"), ("date", f"ge{since.date().isoformat()}"), ("_count", "50")]
    return "Encounter", [_whose(patient_ids), *params]


def visits_in(
    care: Care, found: Sequence[Resource], role_by_id: Mapping[str, str]
) -> Iterator[tuple[str, Appointment]]:
    """The answer to it, each with the role of whose it is."""
    for resource in found:
        service = _service_of(care, resource)
        role = role_by_id.get(_patient_of(resource, "subject"))
        begun = str((resource.get("period") or {}).get("start", ""))
        if service and role and resource.get("status") == "finished" and len(begun) > len("2026-11-23"):
            yield role, Appointment(resource["id"], service, datetime.fromisoformat(begun), "fulfilled", "")


def doses_search(patient_ids: Collection[str], today: date) -> Search:
    """The question for what was given to these Patients lately."""
    params = [("status", "completed"), ("date", f"ge{(today - DOSES_SINCE).isoformat()}"), ("_count", "100")]
    return "Immunization", [_whose(patient_ids), *params]


def doses_in(resources: Sequence[Resource], role_by_id: Mapping[str, str]) -> dict[str, list[Dose]]:
    """The answer to it, by role. A dose whose codes nobody knows is none, and the log counts it."""
    found: dict[str, list[Dose]] = {}
    unknown: list[Dose] = []
    for resource in resources:
        role, day = role_by_id.get(_patient_of(resource, "patient")), _day(resource)
        if role is None or day is None or resource.get("status") != "completed":
            continue
        dose = Dose(frozenset(codings_of(resource, "vaccineCode")), day)
        (found.setdefault(role, []) if load_record_codes().vaccines_in(dose) else unknown).append(dose)
    _tell_unknown(unknown)
    return found


def _whose(patient_ids: Collection[str]) -> tuple[str, str]:
    return "patient", ",".join(f"Patient/{each}" for each in patient_ids)


def _service_of(care: Care, encounter: Resource) -> str | None:
    """By our own or the city's service code, else by the codes of visits."""
    said = [*codings_of(encounter), *codings_of(encounter, "type")]
    return care.agendas.service_of(encounter) or load_record_codes().service_of(said)


def _patient_of(resource: Resource, key: str) -> str:
    return str((resource.get(key) or {}).get("reference", "")).rsplit("/", 1)[-1]


def _day(immunization: Resource) -> date | None:
    """The day in the city; one that is known by month or year only is no day."""
    said = str(immunization.get("occurrenceDateTime", ""))
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return None
    return moment.astimezone(BUENOS_AIRES).date() if moment.tzinfo else moment.date()


def _tell_unknown(unknown: Sequence[Dose]) -> None:
    """One line for codes that were not seen before: codes and a count, and nothing of whose they are."""
    codes = {code for dose in unknown for _, code in dose.codings if A_CODE.fullmatch(code)} - _TOLD
    if codes:
        _TOLD.update(codes)
        log.info("%d doses settle nothing: record_codes.yml lacks %s", len(unknown), ", ".join(sorted(codes)))
