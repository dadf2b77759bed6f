"""Whether she may be asked for a consent now: rarely, and not after a no, a wish for silence or a loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Literal

import yaml
from sqlalchemy import Connection, delete, insert, select

from latido.care.idempotency import Write, once_in_transaction
from latido.care.people.pregnancies import PregnancyRecord, all_pregnancies
from latido.care.people.record import PersonRecord, all_people
from latido.care.residents import CONTENT, CURRENT_CONSENT, REMINDERS, is_silent, standing_consent
from latido.care.services import Care
from latido.care.tables import consents

FILE = Path(__file__).resolve().parents[3] / "data" / "reminders" / "asking.yml"
Scope = Literal["reminders", "content"]
# What is kept of a question that is open or was answered without a yes, each as a scope of its own.
Noted = Literal["asked", "later", "refused"]
NOTED: tuple[Noted, ...] = ("asked", "later", "refused")


@dataclass(frozen=True)
class Patience:
    """How long each question rests, by the scope and what came of it; and after a loss."""

    rests: Mapping[tuple[str, Noted], timedelta]
    after_loss: timedelta


@lru_cache(maxsize=1)
def load_patience() -> Patience:
    """The numbers of the data file."""
    given = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    scopes = (REMINDERS, CONTENT)
    rests = {(scope, noted): timedelta(days=int(given[scope][noted])) for scope in scopes for noted in NOTED}
    return Patience(rests, timedelta(days=int(given["after_loss_days"])))


def ask(care: Care, resident: str, scope: Scope, key: str) -> bool:
    """Whether to put the question now; that it was put is kept in the same transaction, so that it is put once."""
    write = Write(key, "ask_consent", {"resident": resident, "scope": scope})

    def work(connection: Connection) -> dict[str, bool]:
        now = care.now()
        may = _may_ask(connection, care, resident, scope, now)
        if may:
            note(connection, resident, scope, "asked", now)
        return {"ask": may}

    return bool(once_in_transaction(care.engine, care.vault, write, care.now, work)[0]["ask"])


def note(connection: Connection, resident: str, scope: str, noted: Noted, now: datetime) -> None:
    """Keep what came of the question, in place of what was kept of it before."""
    forget_notes(connection, resident, scope)
    values = {"resident": resident, "scope": f"{scope}_{noted}", "version": CURRENT_CONSENT, "given_at": now}
    connection.execute(insert(consents).values(values))


def forget_notes(connection: Connection, resident: str, scope: str) -> None:
    """Keep nothing of the question any more: she said yes, or is forgotten."""
    mine = (consents.c.resident == resident, consents.c.scope.in_([f"{scope}_{each}" for each in NOTED]))
    connection.execute(delete(consents).where(*mine))


def _may_ask(connection: Connection, care: Care, resident: str, scope: Scope, now: datetime) -> bool:
    if standing_consent(connection, resident) is None or is_silent(connection, resident):
        return False
    if standing_consent(connection, resident, scope) is not None or _rests(connection, resident, scope, now):
        return False
    people = all_people(connection, care.vault, resident)
    pregnancies = all_pregnancies(connection, care.vault, resident)
    if _lost_lately(people, pregnancies, now - load_patience().after_loss):
        return False
    if scope == REMINDERS:
        return True
    return standing_consent(connection, resident, REMINDERS) is not None and _has_dates(people, pregnancies)


def _rests(connection: Connection, resident: str, scope: str, now: datetime) -> bool:
    names: dict[str, Noted] = {f"{scope}_{each}": each for each in NOTED}
    query = select(consents.c.scope, consents.c.given_at)
    rows = connection.execute(query.where(consents.c.resident == resident, consents.c.scope.in_(list(names))))
    rests = load_patience().rests
    return any(row.given_at + rests[scope, names[row.scope]] > now for row in rows)


def _lost_lately(people: list[PersonRecord], pregnancies: list[PregnancyRecord], since: datetime) -> bool:
    stopped = [each.changed_at for each in people if each.state == "stopped"]
    lost = [each.ended_at for each in pregnancies if each.why == "loss"]
    return any(moment is not None and moment > since for moment in [*stopped, *lost])


def _has_dates(people: list[PersonRecord], pregnancies: list[PregnancyRecord]) -> bool:
    """Whether there is a pregnancy of known weeks or a child of known age: content goes by these."""
    live = {each.role for each in people if each.is_live}
    born = any(each.is_live and each.kind == "child" and each.birth_date for each in people)
    return born or any(each.role in live and each.is_ongoing and each.age for each in pregnancies)
