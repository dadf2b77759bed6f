"""Forgetting a resident: what care keeps of her at once, her messages and the dialogue's memory once she was answered.

The order is durable: the row of `care_erasure` is written with the first step, and a worker comes back to it until
nothing is left, whatever dies in between. Doing any step again changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from latido.care.booking.appointments import residents_appointments
from latido.care.errors import CareError
from latido.care.idempotency import Write, once
from latido.care.people.tables import people, pregnancies
from latido.care.residents import CHAT, CONTENT, REMINDERS, end_silence, standing_consent, withdraw_consent
from latido.care.rights.asking import forget_notes
from latido.care.rights.tables import erasures, feedback
from latido.care.rights.texts import load_rights_texts
from latido.care.services import Care
from latido.care.tables import idempotency
from latido.care.views import Json
from latido.care.waiting.answering import leave
from latido.care.waiting.entries import live_entries_of
from latido.care.waiting.tables import entries
from latido.fhir.errors import FhirError
from latido.messaging.erasing import forget_log, forget_number, hold_settled, is_settled, sids_received
from latido.messaging.follow_ups import forget_follow_ups
from latido.messaging.pictures.keeping import forget_pictures

log = logging.getLogger(__name__)

AT_ONCE = 20
Forget = Callable[[str], bool]
"""Makes the dialogue forget a resident; False when it could not be reached."""


def erase(care: Care, resident: str, key: str) -> Json:
    """What was erased and what stays; her appointments still stand. The rest is done when the answer has been sent."""
    write = Write(key, "erase", {"resident": resident})
    return once(care.engine, care.vault, write, care.now, lambda _: _erase(care, resident))[0]


def finish_erasures(care: Care, forget_dialogue: Forget) -> int:
    """Finish what was asked for and can be finished now; returns how many residents were forgotten whole."""
    with care.engine.connect() as connection:
        waiting = select(erasures).where(erasures.c.finished_at.is_(None)).order_by(erasures.c.id).limit(AT_ONCE)
        rows = connection.execute(waiting).all()
    return sum(_finish(care, row, forget_dialogue) for row in rows)


def _erase(care: Care, resident: str) -> Json:
    texts = load_rights_texts()
    with care.engine.begin() as connection:
        connection.execute(insert(erasures).values(resident=resident, asked_at=care.now()))
        forget_at_once(connection, care, resident)
    _leave_waiting_list(care, resident)
    return {"erased": texts.all_of("erased"), "kept": texts.all_of("kept"), "appointments": _standing(care, resident)}


def forget_unasked(connection: Connection, care: Care, resident: str) -> None:
    """As if she had asked for it, in the caller's transaction; `finish_erasures` does the rest."""
    connection.execute(insert(erasures).values(resident=resident, asked_at=care.now()))
    forget_at_once(connection, care, resident)


def forget_at_once(connection: Connection, care: Care, resident: str) -> None:
    """Consents, place, silence, opinions, people and reminders, in the caller's transaction."""
    for scope in (CHAT, REMINDERS, CONTENT):
        withdraw_consent(connection, resident, scope, care.now())
        forget_notes(connection, resident, scope)
    end_silence(connection, resident)
    for table in (feedback, pregnancies, people):
        connection.execute(delete(table).where(table.c.resident == resident))
    forget_follow_ups(connection, resident)
    care.reminders.forget(connection, resident)
    forget_pictures(connection, resident)


def _leave_waiting_list(care: Care, resident: str) -> bool:
    """Off the list, what was held for her to the next one; False when the health service has to be asked again."""
    with care.engine.connect() as connection:
        waiting = live_entries_of(connection, care.vault, resident)
    try:
        for entry in waiting:
            leave(care, entry.id, resident, f"erasure:{entry.id}")
    except (CareError, FhirError) as error:
        log.warning("an erasure waits for the health service: %s", type(error).__name__)
        return False
    return True


def _standing(care: Care, resident: str) -> list[Json] | None:
    """Her appointments that stand; None when the health service cannot say now."""
    try:
        appointments: list[Json] = residents_appointments(care, resident)["appointments"]
    except FhirError:
        return None
    return appointments


def _finish(care: Care, row: Row[Any], forget_dialogue: Forget) -> bool:
    with care.engine.connect() as connection:
        if not is_settled(connection, row.resident):
            return False
    if not _leave_waiting_list(care, row.resident) or not forget_dialogue(row.resident):
        return False
    with care.engine.begin() as connection:
        if not hold_settled(connection, row.resident):  # she wrote again just now, and is answered first
            return False
        _forget_the_rest(connection, care, row.resident)
        done = (erasures.c.resident == row.resident, erasures.c.id <= row.id, erasures.c.finished_at.is_(None))
        connection.execute(update(erasures).where(*done).values(finished_at=care.now()))
    return True


def _forget_the_rest(connection: Connection, care: Care, resident: str) -> None:
    """Her messages, what was answered to her, and what the waiting list still knew of where and how she was."""
    sids = sids_received(connection, resident)
    of_hers = func.split_part(idempotency.c.key, ":", 1).in_(sids)
    connection.execute(delete(idempotency).where(of_hers, idempotency.c.completed_at.is_not(None)))
    over = (entries.c.resident == resident, entries.c.ended_at.is_not(None))
    nothing = {"area": None, "weeks": None, "weeks_as_of": None, "details_sealed": b""}
    connection.execute(update(entries).where(*over).values(nothing))
    care.reminders.forget(connection, resident)
    forget_pictures(connection, resident)
    forget_log(connection, care.vault, resident)
    if standing_consent(connection, resident) is None:  # unless she came back meanwhile and agreed anew
        forget_number(connection, care.vault, resident)
