"""A turn that needs a person writes its ticket with its replies or not at all; then silence may be an answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from starlette.responses import JSONResponse, Response

from latido.messaging.lanes import claim
from latido.messaging.tables import alert, ticket, ticket_event
from latido.messaging.takeover import Takeover
from latido.messaging.tickets import opened_summary
from tests.integration.console.insiders import works_here
from tests.integration.messaging.conftest import ANA, EVA, Inbox, LoopbackBot, echo

SUMMARY = [
    {"label": "journey", "value": "prenatal_form"},
    {"label": "note", "value": "mi dni es 30.111.222"},
    {"label": "dni", "value": "30111222"},
]


def asks(reason: str = "asked") -> Any:
    return lambda body: echo(body, handover={"reason": reason, "summary": SUMMARY}, flags=["wants_person"])


def silence(body: dict[str, Any]) -> Response:
    return JSONResponse({"replies": [], "nlu": {"intent": {"name": "greet", "confidence": 0.9}}})


def tickets(inbox: Inbox) -> list[Any]:
    with inbox.engine.connect() as connection:
        return list(connection.execute(select(ticket).order_by(ticket.c.id)))


def events(inbox: Inbox) -> list[str]:
    with inbox.engine.connect() as connection:
        return list(connection.execute(select(ticket_event.c.kind).order_by(ticket_event.c.id)).scalars())


def is_taken(inbox: Inbox, who: str = ANA) -> None:
    operator = works_here(inbox.engine, "laura", "agent")
    with inbox.engine.begin() as connection:
        Takeover(connection, inbox.vault, datetime.now(UTC)).take(inbox.vault.resident_key(who), operator)


def test_a_turn_that_needs_a_person_opens_a_ticket_with_a_sealed_summary(inbox: Inbox, bot: LoopbackBot) -> None:
    bot.then = [asks()]
    inbox.receives("quiero una persona")
    inbox.works()
    [row] = tickets(inbox)
    assert (row.state, row.reasons, row.message_id) == ("open", ["asked"], inbox.rows("in")[0].id)
    assert opened_summary(inbox.vault, row.summary_sealed) == [
        {"label": "journey", "value": "prenatal_form"},
        {"label": "note", "value": "mi dni es [documento]"},
    ]
    assert inbox.alerts() == ["wants_person"]
    assert events(inbox) == ["opened"]


def test_a_further_request_adds_its_reason_and_no_second_ticket(inbox: Inbox, bot: LoopbackBot) -> None:
    bot.then = [asks(), asks("form_stuck"), asks()]
    for words in ("uno", "dos", "tres"):
        inbox.receives(words)
    inbox.works()
    assert [(row.state, row.reasons) for row in tickets(inbox)] == [("open", ["asked", "form_stuck"])]
    assert events(inbox) == ["opened", "asked_again", "asked_again"]


def test_the_bot_is_told_that_a_person_is_asked_for_and_when_one_is_there(inbox: Inbox, bot: LoopbackBot) -> None:
    bot.then = [asks(), echo, silence]
    inbox.receives("quiero una persona")
    inbox.works()
    inbox.receives("hola")
    inbox.works()
    is_taken(inbox)
    inbox.receives("hola?")
    inbox.receives("hola", who=EVA)
    inbox.works()
    told = [(one["context"]["ticket"], one["context"]["held"]) for one in bot.requests[:3]]
    assert told == [(None, False), ("open", False), ("taken", True)]
    assert bot.requests[3]["context"]["held"] is False


def test_while_a_person_is_there_silence_is_an_answer(inbox: Inbox, bot: LoopbackBot) -> None:
    bot.then = [asks(), silence]
    inbox.receives("quiero una persona")
    inbox.works()
    is_taken(inbox)
    inbox.receives("hola?")
    inbox.works()
    last = inbox.rows("in")[-1]
    assert (last.state, last.nlu["intent"]["name"], last.attempts) == ("answered", "greet", 0)
    assert [row.answers_id for row in inbox.rows("out")].count(last.id) == 0


def test_silence_is_no_answer_when_nobody_has_the_conversation(inbox: Inbox, bot: LoopbackBot) -> None:
    bot.then = [asks(), silence, silence, silence]
    inbox.receives("quiero una persona")
    inbox.works()
    inbox.receives("hola?")
    inbox.works_until_done()
    assert inbox.rows("in")[-1].state == "set_aside"
    assert inbox.replies()[-1] == "apartado: 107"


def test_danger_while_held_is_answered_and_alarms(inbox: Inbox, bot: LoopbackBot) -> None:
    bot.then = [asks(), lambda body: echo(body, flags=["danger"])]
    inbox.receives("quiero una persona")
    inbox.works()
    is_taken(inbox)
    inbox.receives("estoy sangrando")
    inbox.works()
    assert inbox.replies()[-1] == "eco: estoy sangrando"
    assert inbox.rows("in")[-1].urgent
    assert inbox.alerts() == ["wants_person", "danger"]


def test_a_right_asked_for_while_held_is_not_lost(inbox: Inbox, bot: LoopbackBot) -> None:
    bot.then = [asks(), lambda body: JSONResponse({"replies": [], "flags": ["rights"]})]
    inbox.receives("quiero una persona")
    inbox.works()
    is_taken(inbox)
    inbox.receives("BAJA")
    inbox.works()
    assert inbox.alerts() == ["wants_person", "rights"]


def test_she_may_withdraw_it_while_it_waits_and_not_once_somebody_is_there(inbox: Inbox, bot: LoopbackBot) -> None:
    withdraws = lambda body: echo(body, handover={"withdrawn": True})  # noqa: E731
    bot.then = [asks(), withdraws, asks(), withdraws]
    inbox.receives("quiero una persona")
    inbox.receives("ya no")
    inbox.receives("ahora sí")
    inbox.works()
    is_taken(inbox)
    inbox.receives("ya no")
    inbox.works()
    assert [row.state for row in tickets(inbox)] == ["closed", "taken"]
    assert events(inbox) == ["opened", "withdrawn", "opened", "taken"]
    with inbox.engine.connect() as connection:
        seen = connection.execute(select(alert.c.resolved_at).order_by(alert.c.id)).scalars().all()
    assert [moment is not None for moment in seen] == [True, False]


def test_a_worker_that_lost_its_lease_opens_no_ticket(inbox: Inbox, bot: LoopbackBot) -> None:
    bot.then = [asks(), asks()]
    inbox.receives("quiero una persona")
    [stale] = claim(inbox.engine, "turn", 1, 0.0)
    [fresh] = claim(inbox.engine, "turn", 1, 30.0)
    inbox.turns.work(stale)
    assert (tickets(inbox), inbox.replies()) == ([], [])
    inbox.turns.work(fresh)
    assert (len(tickets(inbox)), len(inbox.replies())) == (1, 1)


def test_a_worker_that_dies_at_the_ticket_has_told_her_nothing_either(inbox: Inbox, bot: LoopbackBot) -> None:
    """The database ends the worker's session in the very statement that writes the ticket."""
    with inbox.engine.begin() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$"
            )
        )
        connection.execute(text("CREATE TRIGGER die BEFORE INSERT ON ticket EXECUTE FUNCTION die()"))
    bot.then = [asks(), asks()]
    inbox.receives("quiero una persona")
    try:
        _dies(inbox)
        assert (tickets(inbox), inbox.replies(), inbox.alerts()) == ([], [], [])
        assert inbox.rows("in")[0].state == "received"
    finally:
        with inbox.engine.begin() as connection:
            connection.execute(text("DROP TRIGGER die ON ticket"))
            connection.execute(text("DROP FUNCTION die()"))
    [lease] = claim(inbox.engine, "turn", 1, 30.0)
    inbox.turns.work(lease)
    assert (len(tickets(inbox)), len(inbox.replies()), inbox.alerts()) == (1, 1, ["wants_person"])


def _dies(inbox: Inbox) -> None:
    [lease] = claim(inbox.engine, "turn", 1, 0.0)
    with pytest.raises(OperationalError):
        inbox.turns.work(lease)
