"""A child is born: the pregnancy closes, the children are known, and nothing prenatal is said any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from latido.care.fhir_names import PRENATAL
from latido.care.idempotency import Write
from latido.care.life_course.children import find_or_add, refuse_impossible
from latido.care.life_course.standing import appointments_of, may_be_pregnant
from latido.care.life_course.telling import adult, told, view
from latido.care.people.pregnancies import PregnancyRecord, end_pregnancies, ongoing
from latido.care.people.stopped import is_stopped
from latido.care.services import Care
from latido.care.views import Json
from latido.care.waiting.stopping import Stopped, give_back, stop_waiting

# Born earlier than this, a child is not of the pregnancy that is known: that one goes on.
EARLIEST_WEEKS = 20


@dataclass(frozen=True)
class Birth:
    """What she tells. `mother` None: the only pregnancy known, if there is one; `names`: one a child, None unnamed."""

    key: str
    resident: str
    mother: str | None
    born_on: date
    names: tuple[str | None, ...]

    def fingerprint(self) -> Json:
        """What makes two requests the same."""
        born = self.born_on.isoformat()
        return {"resident": self.resident, "mother": self.mother, "born": born, "names": list(self.names)}


def tell(care: Care, birth: Birth) -> tuple[Json, bool]:
    """Mother, children, whether a pregnancy closed, and her prenatal appointments that still stand (null: unknown)."""
    write = Write(birth.key, "birth", birth.fingerprint())
    stopped: list[Stopped] = []
    answer, first = told(care, write, birth.resident, lambda connection: _tell(care, connection, birth, stopped))
    if first:
        give_back(care, stopped)
    mother = answer["mother"]
    roles = [mother["id"]] if mother else []
    return answer | {"appointments": appointments_of(care, birth.resident, {PRENATAL: roles})}, first


def _tell(care: Care, connection: Connection, birth: Birth, stopped: list[Stopped]) -> Json:
    refuse_impossible(birth.born_on, care.local_now().date())
    mother = _mother(care, connection, birth)
    closed = _close(care, connection, birth, mother, stopped) if mother else False
    children: list[str] = []
    for name in birth.names:
        person, _ = find_or_add(care, connection, birth.resident, name, birth.born_on, others=children)
        children.append(person.role)
    return {
        "mother": view(care, connection, birth.resident, mother) if mother else None,
        "children": [view(care, connection, birth.resident, role) for role in children],
        "pregnancy_closed": closed,
    }


def _mother(care: Care, connection: Connection, birth: Birth) -> str | None:
    if birth.mother is not None:
        return adult(care, connection, birth.resident, birth.mother).role
    pregnant = may_be_pregnant(care, connection, birth.resident)
    return adult(care, connection, birth.resident, pregnant[0]).role if len(pregnant) == 1 else None


def _close(care: Care, connection: Connection, birth: Birth, mother: str, stopped: list[Stopped]) -> bool:
    resident = birth.resident
    known = ongoing(connection, care.vault, resident).get(mother)
    if known is not None and known.age is not None and known.age.latest_on(birth.born_on) < EARLIEST_WEEKS:
        return False
    if known is None and is_stopped(connection, resident, mother, PRENATAL):
        return False
    ending = known or PregnancyRecord(mother, care.now())
    end_pregnancies(connection, care.vault, resident, [ending], "birth", care.now())
    stopped.extend(stop_waiting(care, connection, resident, [mother], PRENATAL))
    return known is not None
