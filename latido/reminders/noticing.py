"""What a desk writes down of a visit or a vaccine makes the plan of whoever it is about stale: asked for every minute.

Appointments are followed by latido/care/desk. A server that keeps neither visits nor vaccines is asked all the same.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from latido.care.desk.judging import instant
from latido.care.desk.reading import FURTHEST_AHEAD, LEASE, OVERLAP, PAGE, residents_of
from latido.care.desk.record import advance_mark, give_back_mark, take_mark
from latido.care.mapping.agenda_map import relative
from latido.care.services import Care, local
from latido.fhir.errors import FhirError, NotFound, Refused
from latido.fhir.resources import Resource, reference_to
from latido.reminders.parts import Reminders
from latido.reminders.planning import mark_stale

log = logging.getLogger(__name__)

# By kind, where it says whose it is.
PATIENT_IN: Mapping[str, str] = {"Encounter": "subject", "Immunization": "patient"}
REMEMBERED = 10_000


class Noticing:
    """Keeps in mind which versions were noticed: what was changed just before the mark is read more than once."""

    def __init__(self, reminders: Reminders) -> None:
        self._reminders = reminders
        self._seen: dict[tuple[str, str], None] = {}

    def round(self) -> int:
        """Mark as stale whoever a visit or vaccine was written down of; returns how many, 0 while others are at it."""
        noticed = 0
        for kind in PATIENT_IN:
            try:
                noticed += self._read(kind)
            except (NotFound, Refused):
                log.debug("the health service keeps no %s", kind)
            except FhirError as error:
                log.warning("what desks wrote down could not be read now: %s", type(error).__name__)
                break
        return noticed

    def _read(self, kind: str) -> int:
        care, name = self._reminders.care, f"record:{kind}"
        now = care.now()
        mark = take_mark(care.engine, now - OVERLAP, now, LEASE, name)
        if mark is None:
            return 0
        try:
            return self._read_since(care, kind, mark, name)
        finally:
            give_back_mark(care.engine, name)

    def _read_since(self, care: Care, kind: str, mark: datetime, name: str) -> int:
        params = [("_lastUpdated", f"gt{local(mark - OVERLAP)}"), ("_sort", "_lastUpdated"), ("_count", PAGE)]
        noticed, highest = 0, mark
        for page in care.fhir.search_all(kind, params):
            # A server may ignore the parameter: then all that it ever kept would be news.
            fresh = [each for each in page.matches if _updated(each, mark) > mark - OVERLAP]
            noticed += self._mark(care, kind, [each for each in fresh if _version(each) not in self._seen])
            highest = max([highest, *(_updated(each, mark) for each in fresh)])
        advance_mark(care.engine, min(highest, care.now() + FURTHEST_AHEAD), name)
        return noticed

    def _mark(self, care: Care, kind: str, resources: Sequence[Resource]) -> int:
        patients = {relative((each.get(PATIENT_IN[kind]) or {}).get("reference")) for each in resources}
        whose = residents_of(care.fhir, [each for each in patients if each is not None])
        residents = {each.resident for each in whose.values()}
        with care.engine.begin() as connection:
            for resident in sorted(residents):
                mark_stale(connection, resident)
        self._remember(_version(each) for each in resources)
        return len(residents)

    def _remember(self, versions: Iterable[tuple[str, str]]) -> None:
        self._seen.update(dict.fromkeys(versions))
        for oldest in list(self._seen)[: max(len(self._seen) - REMEMBERED, 0)]:
            del self._seen[oldest]


def _updated(resource: Resource, otherwise: datetime) -> datetime:
    return instant((resource.get("meta") or {}).get("lastUpdated")) or otherwise


def _version(resource: Resource) -> tuple[str, str]:
    meta = resource.get("meta") or {}
    return reference_to(resource), str(meta.get("versionId") or meta.get("lastUpdated"))
