"""An operator takes a conversation, writes in it and gives it back; two of them do not have it at once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from latido.crypto import Vault
from latido.messaging.outbox import opened_reply
from latido.messaging.tables import alert, message, resident, ticket, ticket_event
from latido.messaging.takeover import let_go_of_idle
from latido.messaging.tickets import ask_for_person, ticket_state
from tests.integration.console.conftest import Clock, Visitor
from tests.integration.console.insiders import inside, works_here
from tests.integration.console.log import Log, nlu

ROSA = "whatsapp:+5491155670101"
EVA = "whatsapp:+5491155670102"
LIVE = {"HX-Request": "true"}
SUMMARY = [
    {"label": "journey", "value": "prenatal_form"},
    {"label": "question", "value": "age_band"},
    {"label": "gestational_age", "value": {"weeks_min": 18, "weeks_max": 22}},
    {"label": "danger", "value": ["danger"]},
    {"label": "dni", "value": "30111222"},
]


@pytest.fixture
def rosa(log: Log) -> str:
    """A resident in the middle of a booking who asked for a person."""
    first = log.receives(ROSA, "quiero hablar con una persona")
    log.answers(first, ["Dejé anotado tu pedido."], nlu=nlu("ask_human", 0.97), active_form="prenatal_form")
    log.alerts("wants_person", first)
    asks(log, ROSA, first)
    return log.key(ROSA)


def asks(log: Log, address: str, message_id: int, reason: str = "asked") -> None:
    with log.engine.begin() as connection:
        ask_for_person(connection, log.vault, log.key(address), message_id, reason, SUMMARY)


@pytest.fixture
def other(base: str, engine: Engine) -> Visitor:
    """Another operator who may attend to residents."""
    return _inside(base, engine, "marta", "agent")


def _inside(base: str, engine: Engine, name: str, role: str) -> Visitor:
    works_here(engine, name, role)
    return inside(base, engine, name)


def does(visitor: Visitor, key: str, step: str, **fields: str) -> Any:
    return visitor.sends(f"/conversations/{key}/{step}", csrf=visitor.csrf("/requests"), **fields)


def said(engine: Engine, vault: Vault, key: str) -> list[str]:
    """What was queued for her outside of any turn, oldest first."""
    ours = (message.c.resident == key, message.c.direction == "out", message.c.answers_id.is_(None))
    with engine.connect() as connection:
        rows = connection.execute(select(message.c.content_sealed).where(*ours).order_by(message.c.id)).scalars()
        return [opened_reply(vault, sealed).text for sealed in rows]


def audit(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(select(ticket_event.c.kind).order_by(ticket_event.c.id)).scalars())


def state(engine: Engine, key: str) -> str | None:
    with engine.connect() as connection:
        return ticket_state(connection, key)


def test_the_room_shows_who_waits_why_and_what_for(agent: Visitor, rosa: str) -> None:
    room = agent.opens("/requests").text
    assert rosa in room
    assert "Pidió una persona" in room and "Turno prenatal" in room and "quiero hablar con una persona" in room


def test_the_urgent_come_first_then_a_loss_then_the_longest_wait(agent: Visitor, rosa: str, log: Log) -> None:
    loss = log.receives(EVA, "necesito hablar con alguien")
    asks(log, EVA, loss, "loss")
    danger = log.receives("whatsapp:+5491155670103", "me sigue doliendo mucho")
    asks(log, "whatsapp:+5491155670103", danger)
    log.alerts("danger", danger)
    room = agent.opens("/requests").text
    places = [room.index(f"r-{log.key(who)}") for who in ("whatsapp:+5491155670103", EVA, ROSA)]
    assert places == sorted(places)


def test_the_card_says_where_she_is_and_names_nobody(agent: Visitor, rosa: str, engine: Engine) -> None:
    page = agent.opens(f"/conversations/{rosa}").text
    assert "Espera una persona" in page and "Turno prenatal" in page and "Se frenó en" in page
    assert "signo de alarma" in page
    assert "30111222" not in page
    with engine.connect() as connection:
        sealed = connection.execute(select(ticket.c.summary_sealed)).scalar_one()
    assert b"prenatal_form" not in bytes(sealed)


def test_she_takes_it_writes_and_gives_it_back(
    agent: Visitor, rosa: str, log: Log, engine: Engine, vault: Vault
) -> None:
    assert does(agent, rosa, "take").status_code == 303
    assert state(engine, rosa) == "taken"
    page = agent.opens(f"/conversations/{rosa}").text
    assert "La tenés vos" in page and "Escribirle como persona" in page
    assert does(agent, rosa, "write", text="Hola Rosa, soy Laura.\r\n¿Qué necesitás?").status_code == 303
    assert "laura, persona del equipo" in agent.opens(f"/conversations/{rosa}").text
    assert does(agent, rosa, "give-back").status_code == 303
    assert state(engine, rosa) == "open"
    taken, written, back = said(engine, vault, rosa)
    assert "persona del equipo" in taken and "107" in taken
    assert written == "Hola Rosa, soy Laura.\n¿Qué necesitás?"
    assert back.startswith("Seguís con Latido")
    assert audit(engine) == ["opened", "taken", "wrote", "given_back"]


def test_the_way_back_to_an_open_journey_is_offered_and_only_then(
    agent: Visitor, rosa: str, log: Log, engine: Engine, vault: Vault
) -> None:
    does(agent, rosa, "take")
    does(agent, rosa, "give-back")
    eva = log.receives(EVA, "hola")
    log.answers(eva, ["¡Hola!"], nlu=nlu("greet", 0.99), slots={"open_form": None})
    does(agent, log.key(EVA), "take")
    does(agent, log.key(EVA), "give-back")
    with engine.connect() as connection:
        newest = select(message).where(message.c.direction == "out", message.c.answers_id.is_(None))
        rows = list(connection.execute(newest.order_by(message.c.id)))
    offered = {row.resident: opened_reply(vault, row.content_sealed).buttons for row in rows}
    assert [(one.title, one.payload) for one in offered[rosa]] == [("Seguir donde estaba", "/resume_flow")]
    assert offered[log.key(EVA)] == ()


def test_taking_it_sees_to_the_alert_that_asked_for_a_person(agent: Visitor, rosa: str, engine: Engine) -> None:
    does(agent, rosa, "take")
    with engine.connect() as connection:
        assert connection.execute(select(alert.c.resolved_at)).scalar_one() is not None
    assert "la vio laura" in agent.opens("/alerts").text


def test_who_comes_second_is_told_who_has_it(
    agent: Visitor, other: Visitor, rosa: str, engine: Engine, vault: Vault
) -> None:
    does(agent, rosa, "take")
    refused = does(other, rosa, "take")
    assert refused.status_code == 409
    assert "Esta conversación la tiene laura" in refused.text
    refused = does(other, rosa, "write", text="yo también")
    assert refused.status_code == 409
    assert "yo también" in refused.text, "what she wrote must not be lost"
    assert does(other, rosa, "give-back").status_code == 409
    assert does(other, rosa, "close").status_code == 409
    assert len(said(engine, vault, rosa)) == 1


def test_of_two_operators_at_once_one_gets_it(
    agent: Visitor, other: Visitor, rosa: str, engine: Engine, vault: Vault
) -> None:
    tokens = {one: one.csrf("/requests") for one in (agent, other)}
    go, answers = threading.Barrier(2), list[int]()

    def takes(one: Visitor) -> None:
        go.wait()
        answers.append(one.sends(f"/conversations/{rosa}/take", csrf=tokens[one]).status_code)

    threads = [threading.Thread(target=takes, args=(one,)) for one in (agent, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [303, 409]
    assert len(said(engine, vault, rosa)) == 1
    assert audit(engine).count("taken") == 1


def test_a_supervisor_may_give_back_what_another_one_has(agent: Visitor, base: str, rosa: str, engine: Engine) -> None:
    does(agent, rosa, "take")
    boss = _inside(base, engine, "olga", "supervisor")
    assert "La tiene laura" in boss.opens(f"/conversations/{rosa}").text
    assert does(boss, rosa, "give-back").status_code == 303
    assert state(engine, rosa) == "open"


def test_a_reader_reads_and_does_nothing(reader: Visitor, rosa: str, engine: Engine, vault: Vault) -> None:
    page = reader.opens(f"/conversations/{rosa}").text
    assert "Turno prenatal" in page and "Tomar la conversación" not in page
    for step in ("take", "write", "give-back", "close"):
        token = reader.csrf("/requests")
        assert reader.sends(f"/conversations/{rosa}/{step}", csrf=token, text="x").status_code == 403
    assert said(engine, vault, rosa) == []


@pytest.mark.parametrize("step", ["take", "write", "give-back", "close"])
def test_without_our_own_form_nothing_happens(
    agent: Visitor, stranger: Visitor, rosa: str, engine: Engine, step: str
) -> None:
    assert agent.sends(f"/conversations/{rosa}/{step}", text="x").status_code == 403
    assert stranger.sends(f"/conversations/{rosa}/{step}", text="x").status_code == 303  # to the log-in
    assert state(engine, rosa) == "open"


def test_outside_the_24_hours_nothing_is_written_and_she_is_told_why(
    agent: Visitor, rosa: str, engine: Engine, vault: Vault
) -> None:
    does(agent, rosa, "take")
    with engine.begin() as connection:
        connection.execute(update(resident).values(last_inbound_at=datetime.now(UTC) - timedelta(hours=24, minutes=1)))
    page = agent.opens(f"/conversations/{rosa}").text
    assert "más de 24 horas" in page and 'id="composer"' not in page
    refused = does(agent, rosa, "write", text="¿seguís ahí?")
    assert refused.status_code == 409 and "WhatsApp no deja" in refused.text
    does(agent, rosa, "give-back")
    assert len(said(engine, vault, rosa)) == 1
    assert audit(engine) == ["opened", "taken", "given_back"]


@pytest.mark.parametrize(("text", "why"), [("  \n ", "está vacío"), ("x" * 1601, "más de 1600")])
def test_an_empty_or_endless_message_is_not_sent(
    agent: Visitor, rosa: str, engine: Engine, vault: Vault, text: str, why: str
) -> None:
    does(agent, rosa, "take")
    assert why in does(agent, rosa, "write", text=text).text
    assert len(said(engine, vault, rosa)) == 1


def test_closing_ends_it_and_a_new_request_opens_another(
    agent: Visitor, rosa: str, log: Log, engine: Engine, vault: Vault
) -> None:
    assert does(agent, rosa, "close").status_code == 303
    assert state(engine, rosa) is None
    assert "quedó cerrado" in said(engine, vault, rosa)[-1]
    asks(log, ROSA, log.receives(ROSA, "otra vez quiero una persona"))
    assert state(engine, rosa) == "open"
    assert does(agent, rosa, "close").status_code == 303
    assert does(agent, rosa, "close").status_code == 409


def test_an_operator_may_take_a_conversation_nobody_asked_for(
    agent: Visitor, log: Log, engine: Engine, vault: Vault
) -> None:
    log.receives(EVA, "estoy con mucho dolor")
    assert does(agent, log.key(EVA), "take").status_code == 303
    assert state(engine, log.key(EVA)) == "taken"
    assert "La tomó el equipo" in agent.opens("/requests").text


def test_after_an_hour_of_silence_it_goes_back_to_the_assistant(
    agent: Visitor, rosa: str, engine: Engine, vault: Vault
) -> None:
    does(agent, rosa, "take")
    assert let_go_of_idle(engine, vault, timedelta(minutes=60)) == 0
    with engine.begin() as connection:
        connection.execute(update(ticket).values(operator_at=datetime.now(UTC) - timedelta(minutes=61)))
    assert let_go_of_idle(engine, vault, timedelta(minutes=60)) == 1
    assert let_go_of_idle(engine, vault, timedelta(minutes=60)) == 0
    assert state(engine, rosa) == "open"
    assert "sigue anotado" in said(engine, vault, rosa)[-1]
    assert audit(engine)[-1] == "timed_out"
    assert does(agent, rosa, "write", text="perdón, acá estoy").status_code == 303
    assert state(engine, rosa) == "taken"


def test_a_word_of_the_operator_keeps_it(agent: Visitor, clock: Clock, rosa: str, engine: Engine, vault: Vault) -> None:
    clock.moved = timedelta(minutes=-50)
    does(agent, rosa, "take")
    clock.moved = timedelta(minutes=-5)
    does(agent, rosa, "write", text="un minuto")
    assert let_go_of_idle(engine, vault, timedelta(minutes=30)) == 0
    assert state(engine, rosa) == "taken"


def test_the_room_shows_who_has_it_and_that_she_wrote_since(
    agent: Visitor, rosa: str, log: Log, engine: Engine
) -> None:
    does(agent, rosa, "take")
    assert "Sin contestar" not in agent.opens("/requests").text
    log.receives(ROSA, "hola?")
    room = agent.opens("/requests").text
    assert "La tiene laura" in room and "Sin contestar" in room


def test_polling_brings_the_card_up_to_date(agent: Visitor, other: Visitor, rosa: str) -> None:
    path = f"/conversations/{rosa}"
    assert "Espera una persona" in agent.opens(path, **LIVE).text
    does(other, rosa, "take")
    piece = agent.opens(path, **LIVE).text
    assert 'id="beside"' in piece and "La tiene marta" in piece


def test_nobody_that_never_wrote_can_be_taken(agent: Visitor, engine: Engine) -> None:
    assert does(agent, "0" * 32, "take").status_code == 404
    with engine.connect() as connection:
        assert connection.execute(select(ticket.c.id)).first() is None
