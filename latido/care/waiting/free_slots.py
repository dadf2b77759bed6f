"""What is free for those who wait, and the hints that a slot has just become free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, select
from sqlalchemy.dialects.postgresql import insert

from latido.care.rules.waiting import Candidate, Released, could_take
from latido.care.services import Care, local
from latido.care.waiting.tables import releases
from latido.fhir.bundles import SearchBundle
from latido.fhir.resources import Resource

A_PAGE = 500
# Beyond these the later ones wait for the next round.
MOST = 2000


def free_slots(care: Care, service: str, among: Sequence[Candidate]) -> list[Released]:
    """The free slots, earliest first, at centres that are any use to somebody and within the longest target."""
    rules = care.rules[service].waiting
    numbers = [n for n in sorted(care.directory.centers) if any(could_take(one, n, rules) for one in among)]
    if not numbers:
        return []
    now, days = care.local_now(), max(rule.target_days for rule in rules.classes.values())
    when = [
        ("status", "free"),
        ("start", f"ge{local(now + rules.notice)}"),
        ("start", f"lt{local(now + timedelta(days=days))}"),
        ("_sort", "start"),
        ("_count", str(A_PAGE)),
    ]
    searches = care.agendas.slot_searches(numbers, service)
    slots = [slot for one in searches for slot in _slots(care, [*one.params, *when], one.strict)]
    found = {slot["id"]: _released(care, slot, service) for slot in slots}
    return sorted((one for one in found.values() if one), key=lambda one: (one.start, one.slot_id))


def _slots(care: Care, params: list[tuple[str, str]], strict: bool) -> list[Resource]:
    found: list[Resource] = []
    page: SearchBundle | None = care.fhir.search("Slot", params, strict=strict)
    while page is not None and len(found) < MOST:
        found += page.matches
        page = care.fhir.next_page(page)
    return found


def _released(care: Care, slot: Resource, service: str) -> Released | None:
    number = care.agendas.center_of(slot)
    if number is None or care.agendas.service_of(slot) != service:
        return None
    return Released(slot["id"], datetime.fromisoformat(slot["start"]), number)


def note_release(engine: Engine, slot_id: str, now: datetime) -> None:
    """A slot has become free: the next round looks at it, and records also that nobody could take it."""
    row = {"slot_id": slot_id, "released_at": now}
    with engine.begin() as connection:
        connection.execute(insert(releases).values(row).on_conflict_do_update(index_elements=["slot_id"], set_=row))


def hinted(connection: Connection) -> dict[str, datetime]:
    """The slots that became free, and when."""
    return {row.slot_id: row.released_at for row in connection.execute(select(releases))}


def forget_hints(engine: Engine, seen: Mapping[str, datetime]) -> None:
    """Drop hints that were looked at; one that came again meanwhile stays."""
    with engine.begin() as connection:
        for slot_id, moment in seen.items():
            same = (releases.c.slot_id == slot_id, releases.c.released_at == moment)
            connection.execute(delete(releases).where(*same))
