"""What an operator does with a card: takes it, sees the phone, says what came of the call, books, takes it back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection
from starlette.responses import Response

from latido.console.audit.log import record
from latido.console.overdue.callers import CallersRefusal, Whom
from latido.console.overdue.calling import (
    Ended,
    NothingToUndo,
    NotYours,
    claim,
    let_go,
    note_call,
    refuse_if_taken,
    take_back,
)
from latido.console.overdue.cases import find_case
from latido.console.overdue.rooms import show_card, whom_of
from latido.console.overdue.rules import BOOKED, OTHER, Result, load_call_rules
from latido.console.phone.seeing import NoReason, TooMany, note_refusal, see_phone
from latido.console.reading import label
from latido.console.showing import BUENOS_AIRES
from latido.console.visits import Visit

Step = Callable[[Connection, Whom], object]
LONGEST_NOTE = 1000
FARTHEST = timedelta(days=90)
_TOKEN = re.compile(r"[0-9a-f]{32}")
_SLOT = re.compile(r"[A-Za-z0-9.\-]{1,64}")


class Unfinished(Exception):
    """The form lacks something; `reason` is a word of labels.yml."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def take(visit: Visit) -> Response:
    """She calls her, and nobody else does meanwhile."""
    operator_id, now = visit.require_operator().operator_id, visit.console.now()
    return _done(visit, lambda connection, whom: claim(connection, whom, operator_id, load_call_rules(), now))


def leave(visit: Visit) -> Response:
    """She does not call her now."""
    operator_id = visit.require_operator().operator_id
    return _done(visit, lambda connection, whom: let_go(connection, whom, operator_id))


def undo(visit: Visit) -> Response:
    """Her last result is taken back."""
    operator_id, now = visit.require_operator().operator_id, visit.console.now()

    def step(connection: Connection, whom: Whom) -> None:
        take_back(connection, whom, operator_id, _token(visit), load_call_rules(), now)

    return _done(visit, step)


def phone(visit: Visit) -> Response:
    """Show the phone on this one answer, once why and by whom stands in the audit log."""
    console, session, whom = visit.console, visit.require_operator(), whom_of(visit)
    now, reason, words = console.now(), visit.form.get("reason", ""), visit.form.get("words", "")
    try:
        with console.engine.begin() as connection:
            refuse_if_taken(connection, whom, session.operator_id, now)
            rules = load_call_rules()
            seen = see_phone(connection, console.vault, whom.resident, session.operator_id, reason, words, rules)
    except NotYours as refusal:
        return show_card(visit, whom, 409, label("overdue_refusals", "taken").format(holder=refusal.holder))
    except NoReason:
        return show_card(visit, whom, 400, label("overdue_refusals", "no_reason"))
    except TooMany:
        with console.engine.begin() as connection:
            note_refusal(connection, whom.resident, session.operator_id, session.username, now)
        return show_card(visit, whom, 429, label("overdue_refusals", "too_many"))
    return show_card(visit, whom, phone=seen or label("overdue_refusals", "no_phone"))


def result(visit: Visit) -> Response:
    """What came of the call, and what follows from it."""

    def step(connection: Connection, whom: Whom) -> None:
        console, operator_id, now = visit.console, visit.require_operator().operator_id, visit.console.now()
        ended = _ended(visit, whom, now)
        refuse_if_taken(connection, whom, operator_id, now)
        # Care has its own transactions: repeated with the same token they change nothing more.
        _tell_care(visit, whom, ended)
        note_call(connection, console.vault, whom, operator_id, ended, load_call_rules(), now)

    return _done(visit, step)


def book(visit: Visit) -> Response:
    """Book a slot she chose by phone, tell her in writing, and write it down."""

    def step(connection: Connection, whom: Whom) -> None:
        console, operator_id, now = visit.console, visit.require_operator().operator_id, visit.console.now()
        token, slot = _token(visit), visit.form.get("slot", "")
        if not _SLOT.fullmatch(slot):
            raise Unfinished("no_slot")
        refuse_if_taken(connection, whom, operator_id, now)
        case = find_case(connection, console.callers, whom, now)
        overdue = frozenset(due.id for due in case.dues) if case else frozenset[int]()
        booked = console.callers.book(whom, slot, token)
        ended = Ended(token, load_call_rules().results[BOOKED], reminders=overdue)
        if note_call(connection, console.vault, whom, operator_id, ended, load_call_rules(), now):
            told = console.callers.tell_booked(connection, whom, booked)
            at = booked.start.astimezone(BUENOS_AIRES).strftime("%Y-%m-%d %H:%M")
            details = {"when": at, "center": booked.center_number, "told": told}
            record(connection, operator_id, "booked_for_resident", whom.resident, **details)

    return _done(visit, step)


def _done(visit: Visit, step: Step) -> Response:
    """The step in one transaction, then the card; with words when it could not be done."""
    whom = whom_of(visit)
    try:
        with visit.console.engine.begin() as connection:
            step(connection, whom)
    except NotYours as refusal:
        return show_card(visit, whom, 409, label("overdue_refusals", "taken").format(holder=refusal.holder))
    except NothingToUndo:
        return show_card(visit, whom, 409, label("overdue_refusals", "no_undo"))
    except Unfinished as missing:
        return show_card(visit, whom, 400, label("overdue_refusals", missing.reason))
    except CallersRefusal as refusal:
        return show_card(visit, whom, refusal.status, label("overdue_refusals", refusal.reason))
    return visit.redirect(whom.path)


def _ended(visit: Visit, whom: Whom, now: datetime) -> Ended:
    """What the form says; Unfinished when it lacks something."""
    rules, form = load_call_rules(), visit.form
    chosen = rules.results.get(form.get("result", ""))
    if chosen is None:
        raise Unfinished("no_result")
    reason, note = form.get("reason") or None, form.get("note", "").strip()[:LONGEST_NOTE]
    if chosen.asks == "reason" and (reason not in rules.reasons or (reason == OTHER and not note)):
        raise Unfinished("no_why")
    if chosen.does in ("loss", "died") and form.get("sure") != "yes":
        raise Unfinished("not_sure")
    with visit.console.engine.connect() as connection:
        case = find_case(connection, visit.console.callers, whom, now)
    if chosen.does == "cancel" and not (case and case.appointments):
        raise Unfinished("no_appointment")
    kept, again = reason if chosen.asks == "reason" else None, _moment(form.get("again", ""), chosen, now)
    overdue = frozenset(due.id for due in case.dues) if case else frozenset[int]()
    return Ended(_token(visit), chosen, kept, again, note, overdue, case.appointments if case else ())


def _moment(given: str, chosen: Result, now: datetime) -> datetime | None:
    if chosen.asks != "moment":
        return None
    try:
        moment = datetime.fromisoformat(given).replace(tzinfo=BUENOS_AIRES)
    except ValueError:
        raise Unfinished("no_moment") from None
    if not now < moment < now + FARTHEST:
        raise Unfinished("no_moment")
    return moment


def _token(visit: Visit) -> str:
    given = visit.form.get("token", "")
    if not _TOKEN.fullmatch(given):
        raise Unfinished("no_token")
    return given


def _tell_care(visit: Visit, whom: Whom, ended: Ended) -> None:
    callers = visit.console.callers
    if ended.result.does == "confirm":
        callers.confirm(whom, ended.appointments, ended.token)
    elif ended.result.does == "cancel":
        callers.cancel(whom, ended.appointments, ended.token)
    elif ended.result.does == "went":
        callers.went(whom, ended.reminders)
    elif ended.result.does == "loss":
        callers.loss(whom, ended.token)
    elif ended.result.does == "died":
        callers.died(whom, ended.token)
