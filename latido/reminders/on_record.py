"""What the health service's record holds of a resident's people, asked for in as few calls as its server allows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from latido.care.booking.appointments import appointments_in, appointments_search
from latido.care.booking.patients import patients_in, patients_search
from latido.care.services import Care
from latido.fhir.bundles import SearchBundle
from latido.fhir.resources import Resource
from latido.fhir.together import Found, Search
from latido.reminders.rules.recorded import Dose
from latido.reminders.rules.steps import Appointment
from latido.reminders.visiting import KEPT_NOWHERE, doses_in, doses_search, visits_in, visits_search

# As long as a pregnancy: a visit clears the check-up into whose dates it fell, however long ago.
SINCE = timedelta(days=300)


@dataclass(frozen=True)
class OnRecord:
    """Whose Patients they are, their appointments, and their visits and doses by role."""

    role_by_id: Mapping[str, str]
    appointments: Sequence[Resource] = ()
    visits: Sequence[tuple[str, Appointment]] = ()
    doses: Mapping[str, Sequence[Dose]] = field(default_factory=dict)


def read_record(care: Care, resident: str, statuses: Sequence[str]) -> OnRecord:
    """All of it as it is now; raises a FhirError.

    Who her people are is asked every time. With those of last time their appointments are asked for in the same call;
    the answers count only if they are still the same.
    """
    since, guessed = care.now() - SINCE, care.patient_ids.of(resident)
    first, *theirs = care.fhir.search_together([patients_search(resident), *_theirs(care, guessed, since, statuses)])
    role_by_id = {each["id"]: role for role, each in patients_in(_page(first), resident).items()}
    if role_by_id.keys() != guessed:
        care.patient_ids.keep(resident, role_by_id.keys())
        theirs = care.fhir.search_together(_theirs(care, role_by_id.keys(), since, statuses)) if role_by_id else []
    if not theirs:
        return OnRecord({})
    booked, visited, given = theirs
    return OnRecord(
        role_by_id,
        appointments_in(care, _page(booked), role_by_id.keys(), since, statuses=statuses),
        list(visits_in(care, _matches(visited), role_by_id)),
        doses_in(_matches(given), role_by_id),
    )


def _theirs(care: Care, patient_ids: Collection[str], since: datetime, statuses: Sequence[str]) -> list[Search]:
    if not patient_ids:
        return []
    ids = sorted(patient_ids)
    return [
        appointments_search(ids, since, statuses),
        visits_search(ids, since),
        doses_search(ids, care.local_now().date()),
    ]


def _page(found: Found) -> SearchBundle:
    if isinstance(found, SearchBundle):
        return found
    raise found


def _matches(found: Found) -> Sequence[Resource]:
    """Nothing where the server keeps none of them."""
    return [] if isinstance(found, KEPT_NOWHERE) else _page(found).matches
