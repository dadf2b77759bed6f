"""A loss: everything about it stops at once, in one transaction; and it was a mistake: what stopped stands again."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection

from latido.care.errors import Missing
from latido.care.fhir_names import PEDIATRIC, PRENATAL
from latido.care.idempotency import Write
from latido.care.life_course.standing import appointments_of, may_be_pregnant
from latido.care.life_course.telling import roles_in_use, told
from latido.care.life_course.texts import load_life_course_texts
from latido.care.people.pregnancies import PregnancyRecord, all_pregnancies, end_pregnancies, ongoing, resume
from latido.care.people.record import SELF, all_people, set_person_state
from latido.care.people.stopped import is_stopped
from latido.care.people.views import people_view
from latido.care.residents import standing_consent
from latido.care.services import Care
from latido.care.views import Json
from latido.care.waiting.stopping import Stopped, give_back, stop_waiting

ALERT = "loss"
UNDO_FOR = timedelta(days=30)
Of = Literal["pregnancy", "child", "unknown"]


@dataclass(frozen=True)
class Loss:
    """What she tells. `role` None: it is not clear whose, so all that may be meant stops."""

    key: str
    resident: str
    of: Of
    role: str | None = None

    def fingerprint(self) -> Json:
        """What makes two requests the same."""
        return {"resident": self.resident, "of": self.of, "person": self.role}


@dataclass(frozen=True)
class _Meant:
    """Whose pregnancies and which children stop."""

    pregnant: tuple[str, ...] = ()
    children: tuple[str, ...] = ()


def tell(care: Care, loss: Loss) -> tuple[Json, bool]:
    """Who was stopped, and the appointments of theirs that still stand (null: unknown). Needs no consent.

    Missing when the person named is not one of hers.
    """
    write = Write(loss.key, "loss", loss.fingerprint())
    stopped: list[Stopped] = []
    answer, first = told(care, write, loss.resident, lambda at: _tell(care, at, loss, stopped), needs_consent=False)
    if first:
        give_back(care, stopped)
    standing = {PRENATAL: answer["pregnant"], PEDIATRIC: answer["children"]}
    names = answer["pregnant"] + answer["children"]
    return {"stopped": names, "appointments": appointments_of(care, loss.resident, standing)}, first


def undo(care: Care, resident: str, key: str) -> Json:
    """Her people, with what the last loss stopped standing again, for 30 days; the waiting list stays left."""
    write = Write(key, "loss_undo", {"resident": resident})

    def work(connection: Connection) -> Json:
        _undo(care, connection, resident)
        return {"people": people_view(care, connection, resident)}

    return told(care, write, resident, work, needs_consent=False)[0]


def _tell(care: Care, connection: Connection, loss: Loss, stopped: list[Stopped]) -> Json:
    meant, now, stop_id = _meant(care, connection, loss), care.now(), uuid.uuid4().hex
    _end(care, connection, loss.resident, meant.pregnant, now, stop_id)
    set_person_state(connection, loss.resident, meant.children, "stopped", now, stop_id)
    stopped += stop_waiting(care, connection, loss.resident, meant.pregnant, PRENATAL)
    stopped += stop_waiting(care, connection, loss.resident, meant.children)
    texts = load_life_course_texts()
    subject = f"loss:{loss.resident}:{care.local_now():%Y-%m-%d}"
    care.messenger.alert(connection, loss.resident, ALERT, subject, texts["loss_alert"])
    return {"pregnant": list(meant.pregnant), "children": list(meant.children)}


def _end(
    care: Care, connection: Connection, resident: str, roles: Collection[str], now: datetime, stop_id: str
) -> None:
    """End their pregnancies; one we were not told of is kept as ended, if anything may be kept of her."""
    known = ongoing(connection, care.vault, resident)
    untold = [role for role in roles if role not in known and not is_stopped(connection, resident, role, PRENATAL)]
    may_keep = standing_consent(connection, resident) is not None
    ending = [known[role] for role in roles if role in known]
    ending += [PregnancyRecord(role, now) for role in untold if may_keep]
    end_pregnancies(connection, care.vault, resident, ending, "loss", now, stop_id)


def _meant(care: Care, connection: Connection, loss: Loss) -> _Meant:
    known = [each for each in all_people(connection, care.vault, loss.resident) if each.state != "forgotten"]
    kinds = {each.role: each.kind for each in known}
    if loss.role is not None:
        if loss.role not in {SELF, *kinds, *roles_in_use(connection, loss.resident)}:
            raise Missing("no such person for this resident")
        is_child = kinds.get(loss.role) == "child"
        return _Meant(children=(loss.role,)) if is_child else _Meant(pregnant=(loss.role,))
    children = tuple(each.role for each in known if each.kind == "child" and each.is_live)
    if loss.of == "child" and children:
        return _Meant(children=children)
    return _Meant(pregnant=tuple(may_be_pregnant(care, connection, loss.resident)) or (SELF,))


def _undo(care: Care, connection: Connection, resident: str) -> None:
    now = care.now()
    ended = [each for each in all_pregnancies(connection, care.vault, resident) if each.why == "loss"]
    people = [each for each in all_people(connection, care.vault, resident) if each.state == "stopped"]
    moments = {each.stop_id: each.ended_at for each in ended if each.ended_at}
    moments |= {each.stop_id: each.changed_at for each in people if each.changed_at}
    recent = [(moment, stop_id) for stop_id, moment in moments.items() if stop_id and moment >= now - UNDO_FOR]
    if not recent:
        return
    last = max(recent)[1]
    resume(connection, care.vault, resident, [each for each in ended if each.stop_id == last])
    set_person_state(connection, resident, [each.role for each in people if each.stop_id == last], "live", now, None)
