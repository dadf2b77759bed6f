"""What an operator does with a conversation: takes it, writes, gives it back, closes it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from starlette.responses import Response

from latido.console.alerts import SEEN, open_alert_count
from latido.console.audit.log import record
from latido.console.desk import QUEUE, colleague_called
from latido.console.pages import live_page
from latido.console.reading import label
from latido.console.replies.rules import provided
from latido.console.roles import may
from latido.console.rooms import key_of, show_thread
from latido.console.sessions import Session
from latido.console.tables import alert_resolution, operator
from latido.console.tickets import requests_of
from latido.console.visits import Visit
from latido.messaging.tables import alert
from latido.messaging.takeover import NotPossible, Takeover

TAKEN, GIVEN_BACK, HANDED_OVER, CLOSED = (
    *("conversation_taken", "conversation_given_back", "conversation_handed_over", "conversation_closed"),
)
Step = Callable[[Takeover, str, Session], str | None]
"""What an operator does; the action that goes into the audit log, None where nothing changed hands."""


def requests_room(visit: Visit) -> Response:
    """Who asks for a person, and who is being attended to by whom."""
    with visit.console.engine.connect() as connection:
        found = requests_of(connection, visit.console.vault, visit.console.now())
        alerts = open_alert_count(connection)
    return live_page(visit, "requests.html", "/requests", alerts, found=found)


def take(visit: Visit) -> Response:
    """The conversation becomes hers; the alerts that asked for a person are seen to."""

    def step(takeover: Takeover, key: str, session: Session) -> str | None:
        taken = takeover.take(key, session.operator_id)
        _seen_to(takeover.connection, key, session.operator_id)
        return TAKEN if taken else None

    return _done(visit, step)


def write(visit: Visit) -> Response:
    """Send what she wrote; a conversation that fell back meanwhile is taken again."""
    text = visit.form.get("text", "").replace("\r\n", "\n")

    def step(takeover: Takeover, key: str, session: Session) -> str | None:
        taken = takeover.take(key, session.operator_id)
        takeover.write(key, session.operator_id, text)
        return TAKEN if taken else None

    return _done(visit, step, draft=text)


def send_template(visit: Visit) -> Response:
    """Outside the 24 hours: an approved template that this installation lets operators send."""
    name = visit.form.get("template", "")

    def step(takeover: Takeover, key: str, session: Session) -> str | None:
        if name not in provided().templates:
            raise NotPossible("no_template")
        if not visit.console.may_be_written_to(takeover.connection, key):
            raise NotPossible("unwanted")
        taken = takeover.take(key, session.operator_id)
        takeover.send_template(key, session.operator_id, name)
        return TAKEN if taken else None

    return _done(visit, step)


def pass_on(visit: Visit) -> Response:
    """To a colleague, who has it from then on, or back to the queue; with a note for whoever is next."""
    to, note = visit.form.get("to", ""), visit.form.get("note", "").replace("\r\n", " ")

    def step(takeover: Takeover, key: str, session: Session) -> str:
        others = may(session.role, "release_others")
        if to == QUEUE:
            takeover.give_back(key, session.operator_id, others, note)
            return GIVEN_BACK
        colleague = colleague_called(takeover.connection, to)
        if colleague is None:
            raise NotPossible("no_colleague")
        takeover.hand_over(key, session.operator_id, colleague, note, others)
        return HANDED_OVER

    return _done(visit, step, to=to if to != QUEUE else None)


def give_back(visit: Visit) -> Response:
    """The bot answers again; the request waits on."""

    def step(takeover: Takeover, key: str, session: Session) -> str:
        takeover.give_back(key, session.operator_id, may(session.role, "release_others"))
        return GIVEN_BACK

    return _done(visit, step)


def close(visit: Visit) -> Response:
    """The request is done with."""

    def step(takeover: Takeover, key: str, session: Session) -> str:
        takeover.close(key, session.operator_id, may(session.role, "release_others"))
        _seen_to(takeover.connection, key, session.operator_id)
        return CLOSED

    return _done(visit, step)


def _done(visit: Visit, step: Step, draft: str = "", to: str | None = None) -> Response:
    """The step in one transaction with its entry in the audit log, then the thread; with words when it could not be."""
    session = visit.require_operator()
    console = visit.console
    try:
        with console.engine.begin() as connection:
            key = key_of(visit, connection)
            action = step(Takeover(connection, console.vault, console.now()), key, session)
            if action:
                record(connection, session.operator_id, action, key, **({"to": to} if to else {}))
    except NotPossible as refusal:
        words = label("refusals", refusal.reason).format(holder=_name_of(visit, refusal.holder))
        return show_thread(visit, status=409, notice=words, draft=draft)
    return visit.redirect(f"/conversations/{key}")


def _name_of(visit: Visit, operator_id: int | None) -> str:
    with visit.console.engine.connect() as connection:
        name = select(operator.c.username).where(operator.c.id == operator_id)
        return connection.execute(name).scalar() or ""


def _seen_to(connection: Connection, key: str, operator_id: int) -> None:
    """Mark the alerts that asked for a person as seen, in her name."""
    open_ones = (alert.c.resident == key, alert.c.kind == "wants_person", alert.c.resolved_at.is_(None))
    seen = update(alert).where(*open_ones).values(resolved_at=func.now()).returning(alert.c.id)
    for (alert_id,) in connection.execute(seen).all():
        noted = upsert(alert_resolution).values(alert_id=alert_id, operator_id=operator_id)
        connection.execute(noted.on_conflict_do_nothing())
        record(connection, operator_id, SEEN, key, kind="wants_person")
