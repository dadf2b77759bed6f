"""The last look before the message log: due reminders are claimed, planned anew, and queued if they still stand."""

from __future__ import annotations

import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, select, update

from latido.care.errors import HealthServiceUnavailable
from latido.experiments.exposing import note_exposure
from latido.messaging.outbox import queue_replies
from latido.messaging.tables import message
from latido.messaging.templates.filling import TemplateUnfit
from latido.messaging.tickets import ticket_state
from latido.reminders.alerting import tell_refused
from latido.reminders.aligning import DROPPED, LET_GO, TOO_LATE, WORDLESS
from latido.reminders.breaking import is_paused
from latido.reminders.claiming import Claim, claim_within, put_off, take_back_lapsed
from latido.reminders.comparing import wording_of
from latido.reminders.parts import Reminders
from latido.reminders.planning import PlanBusy, is_stale, plan_resident
from latido.reminders.rules.steps import Step
from latido.reminders.tables import reminder

log = logging.getLogger(__name__)

SOON = timedelta(seconds=2)
NOT_ANSWERING = "the health service does not answer"
BUSY = "somebody else plans this resident"
CHANGED = "something changed meanwhile"
QUIET = "quiet hours"
NOT_YET = "due later now"
WITH_PERSON = "a person of the team is writing with her"
ON_ITS_WAY = "an earlier message may still arrive"

Outcome = dict[str, Any]


def queue_due(reminders: Reminders) -> Counter[str]:
    """Claim what is due, look once more, queue what stands; returns how many went to which state."""
    care, limits = reminders.care, reminders.limits
    take_back_lapsed(care.engine, care.now())
    if is_paused(reminders):
        return Counter()
    claims, expired = claim_within(care.engine, care.now(), limits.in_log, limits.at_once, limits.lease)
    by_resident = sorted(claims, key=lambda claim: claim.resident)
    checks = [(whose, list(mine)) for whose, mine in groupby(by_resident, lambda claim: claim.resident)]
    outcomes = Counter({"expired": expired} if expired else {})
    if checks:
        with ThreadPoolExecutor(limits.checked_at_once, thread_name_prefix="reminders") as pool:
            for each in pool.map(lambda check: _check(reminders, *check), checks):
                outcomes += each
    return outcomes


def _check(reminders: Reminders, resident: str, claims: list[Claim]) -> Counter[str]:
    """Plan the resident anew and settle her claims by it."""
    engine, limits = reminders.care.engine, reminders.limits
    try:
        with engine.connect() as connection:
            held = ticket_state(connection, resident) == "taken"
        if held:
            put_off(engine, claims, limits.with_person, WITH_PERSON)
            return Counter(put_off=len(claims))
        steps = plan_resident(reminders, resident)
    except PlanBusy:
        put_off(engine, claims, SOON, BUSY)
        return Counter(put_off=len(claims))
    except HealthServiceUnavailable:
        put_off(engine, claims, limits.again_after, NOT_ANSWERING)
        return Counter(put_off=len(claims))
    except Exception:  # one resident's fault must not hold up the others
        log.exception("a reminder could not be checked")
        put_off(engine, claims, limits.again_after, "it could not be checked")
        return Counter(put_off=len(claims))
    return Counter(_decide(reminders, claim, steps.get(claim.key)) for claim in claims)


def _decide(reminders: Reminders, claim: Claim, step: Step | None) -> str:
    """Settle one claim in one transaction, the message with it; returns the row's state."""
    care, now = reminders.care, reminders.care.now()
    mine = (reminder.c.id == claim.id, reminder.c.lease_token == claim.token, reminder.c.state == "claimed")
    with care.engine.begin() as connection:
        row = connection.execute(select(reminder).where(*mine).with_for_update()).first()
        if row is None:  # the plan has just cancelled it, or the lease was over
            return "cancelled"
        outcome = _outcome(reminders, connection, row, step, now)
        if outcome["state"] == "queued" and step is not None:
            outcome = _queue(reminders, connection, row, step, now)
        if outcome["state"] not in ("pending", "listed"):
            outcome["variables_sealed"] = WORDLESS
        connection.execute(
            update(reminder).where(reminder.c.id == claim.id).values(changed_at=now, **LET_GO, **outcome)
        )
    return str(outcome["state"])


def _outcome(reminders: Reminders, connection: Connection, row: Row[Any], step: Step | None, now: datetime) -> Outcome:
    """What becomes of a claimed row, as things are now."""
    if step is None:
        return {**DROPPED}
    if step.not_after <= now:
        return {"state": "expired", "last_reason": TOO_LATE}
    if step.due_at > now:
        return {"state": "pending", "due_at": step.due_at, "last_reason": NOT_YET}
    if is_stale(connection, row.resident):
        return {"state": "pending", "last_reason": CHANGED}
    if step.is_listed:
        return {"state": "listed", "last_reason": None}
    allowed = reminders.allowed_from(step.name, now)
    if allowed > now:
        return {"state": "pending", "due_at": allowed, "last_reason": QUIET}
    if _is_under_way(connection, row.id):
        return {"state": "pending", "due_at": now + SOON, "last_reason": ON_ITS_WAY}
    return {"state": "queued"}


def _is_under_way(connection: Connection, reminder_id: int) -> bool:
    """Whether a message of this reminder may be with her, or on its way: never a second one then."""
    live = message.c.state.in_(("queued", "sending", "unknown", "handed_over"))
    query = select(message.c.id).where(message.c.reminder_id == reminder_id, live).limit(1)
    return connection.execute(query).first() is not None


def _queue(reminders: Reminders, connection: Connection, row: Row[Any], step: Step, now: datetime) -> Outcome:
    """Put the message into the log; words that cannot be made are for the operators."""
    vault = reminders.care.vault
    variant, told = wording_of(reminders, connection, row.resident, step.template, now)
    try:
        reply = reminders.reply(step.template, step.variables, row.id, variant)
    except TemplateUnfit as error:
        log.error("a reminder has no words: %s", error)
        tell_refused(connection, row.resident, row.id, str(error))
        return {"state": "failed", "last_reason": "its template does not fit"}
    if told is not None:  # before the message is there: one that was never said is told apart by having none
        note_exposure(connection, told, row.resident, row.id, now)
    queued = queue_replies(connection, vault, row.resident, None, [reply], reminder_id=row.id)
    return {"state": "queued", "message_id": queued[0], "last_reason": None}
