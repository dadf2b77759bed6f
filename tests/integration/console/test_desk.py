"""What an operator has at hand: saved replies, templates outside the 24 hours, a colleague to pass it on to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, select, update
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.console.routes import Console, routes
from latido.crypto import Vault
from latido.messaging.erasing import forget_log
from latido.messaging.outbox import opened_reply
from latido.messaging.tables import message, message_template, resident, ticket, ticket_event
from latido.messaging.templates.model import definition_of
from latido.messaging.templates.reading import templates
from latido.messaging.tickets import ask_for_person, ticket_state
from tests.integration.console.conftest import Clock, Visitor
from tests.integration.console.insiders import inside, works_here
from tests.integration.console.log import Log, nlu
from tests.integration.console.test_requests import ROSA, does, said
from tests.serving import served

# Who asked not to be written to.
SILENT: set[str] = set()


@pytest.fixture
def base(engine: Engine, vault: Vault, clock: Clock) -> Iterator[str]:
    SILENT.clear()
    console = Console(engine, vault, False, clock.now, may_be_written_to=lambda _, key: key not in SILENT)
    with served(Starlette(routes=[Mount("/console", routes=routes(console))])) as url:
        yield f"{url}/console"


@pytest.fixture
def rosa(log: Log) -> str:
    """A resident in the middle of a booking who asked for a person twenty minutes ago."""
    first = log.receives(ROSA, "quiero hablar con una persona")
    log.answers(first, ["Dejé anotado tu pedido."], nlu=nlu("ask_human", 0.97), active_form="prenatal_form")
    with log.engine.begin() as connection:
        ask_for_person(connection, log.vault, log.key(ROSA), first, "asked", [])
        connection.execute(update(ticket).values(created_at=datetime.now(UTC) - timedelta(minutes=20)))
    return log.key(ROSA)


def other(base: str, engine: Engine, name: str = "marta", role: str = "agent") -> Visitor:
    works_here(engine, name, role)
    return inside(base, engine, name)


def approve(engine: Engine, *names: str, status: str = "approved") -> None:
    """As a push and WhatsApp's approval leave it."""
    for name in names:
        definition = definition_of(templates()[(name, "")])
        values = {"content_name": f"{name}_v1", "name": name, "language": "es_AR", "version": 1, "status": status}
        values |= {"digest": definition.digest, "definition": definition.stored(), "content_sid": f"HX{name}"}
        with engine.begin() as connection:
            connection.execute(
                insert(message_template).values(**values, category="UTILITY", checked_at=datetime.now(UTC))
            )


def shut_window(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(update(resident).values(last_inbound_at=datetime.now(UTC) - timedelta(hours=24, minutes=1)))


def test_the_queue_says_who_waits_for_how_long_and_how_fast_a_person_came(
    agent: Visitor, rosa: str, log: Log, engine: Engine
) -> None:
    log.alerts("danger", log.receives("whatsapp:+5491155670103", "me duele mucho"))
    room = agent.opens("/requests").text
    assert "quien más espera, 20 min" in room and "Urgentes sin ver" in room and "la primera, recién" in room
    assert re.search(r"Primera respuesta, últimas 24 h</dt><dd>—", room)
    does(agent, rosa, "take")
    assert "Sin primera respuesta · 20 min" in agent.opens("/requests").text
    assert "Sin respuesta de una persona desde hace 20 min" in agent.opens(f"/conversations/{rosa}").text
    does(agent, rosa, "write", text="Hola")
    does(agent, rosa, "write", text="¿Seguís ahí?")
    room = agent.opens("/requests").text
    assert re.search(r"Primera respuesta, últimas 24 h</dt><dd>20 min", room) and "1 pedido" in room
    assert "Sin primera respuesta" not in room
    assert "Primera respuesta de una persona:" in agent.opens(f"/conversations/{rosa}").text


def test_the_end_of_the_24_hours_is_counted_down_and_after_it_an_approved_template_goes_once(
    agent: Visitor, rosa: str, log: Log, engine: Engine, vault: Vault
) -> None:
    does(agent, rosa, "take")
    assert "Para escribirle quedan 23 h 59 min" in agent.opens(f"/conversations/{rosa}").text
    assert does(agent, rosa, "template", template="person_writes").status_code == 409, "the window is open"
    shut_window(engine)
    page = agent.opens(f"/conversations/{rosa}").text
    assert "Ventana de 24 horas cerrada" in page and "Todavía no hay plantillas aprobadas" in page
    assert "todavía no aprobó" in does(agent, rosa, "template", template="person_writes").text
    approve(engine, "person_writes", "booked_by_phone")
    approve(engine, "resume", status="paused")
    page = agent.opens(f"/conversations/{rosa}").text
    assert "Nos quedó pendiente contestarte" in page and "template-person_writes" in page
    assert "template-resume" not in page, "not approved"
    assert "todavía no aprobó" in does(agent, rosa, "template", template="booked_by_phone").text, "not for operators"
    assert does(agent, rosa, "template", template="person_writes").status_code == 303
    with engine.connect() as connection:
        queued = connection.execute(select(message).where(message.c.template == "person_writes")).one()
    assert opened_reply(vault, queued.content_sealed).buttons[0].payload == "/resume_flow"
    assert "Ya se le mandó una plantilla" in agent.opens(f"/conversations/{rosa}").text
    assert "ya se le mandó una plantilla" in does(agent, rosa, "template", template="person_writes").text
    log.receives(ROSA, "Seguir")
    assert 'id="composer"' in agent.opens(f"/conversations/{rosa}").text


def live(visitor: Visitor, page: str) -> tuple[int, str, str]:
    """What a page left open is answered: the status, what came, and the page as it would ask again."""
    again = re.search(r'hx-get="/console([^"]+)"', page)
    assert again
    answer = visitor.opens(again[1].replace("&amp;", "&"), **{"HX-Request": "true"})
    return answer.status_code, answer.text, answer.text or page


def test_an_open_page_gets_another_box_when_the_24_hours_end_and_begin(
    agent: Visitor, rosa: str, log: Log, engine: Engine
) -> None:
    does(agent, rosa, "take")
    page = agent.opens(f"/conversations/{rosa}").text
    assert live(agent, page)[0] == 204
    shut_window(engine)
    status, came, page = live(agent, page)
    assert status == 200 and 'data-box="shut" hx-swap-oob="true"' in came and 'id="composer"' not in came
    assert live(agent, page)[0] == 204, "it came once"
    log.receives(ROSA, "acá estoy")
    _, came, page = live(agent, page)
    assert 'data-box="open"' in came and 'id="composer"' in came and 'name="csrf"' in came
    log.receives(ROSA, "hola?")
    status, came, _ = live(agent, page)
    assert status == 200 and 'id="writing"' not in came, "what she types in is left alone"


def test_an_open_page_gets_the_box_of_a_conversation_that_was_passed_on(
    agent: Visitor, base: str, rosa: str, engine: Engine
) -> None:
    marta = other(base, engine)
    hers = marta.opens(f"/conversations/{rosa}").text
    assert 'data-box="none"' in hers
    does(agent, rosa, "take")
    mine = agent.opens(f"/conversations/{rosa}").text
    does(agent, rosa, "pass-on", to="marta")
    assert 'data-box="open"' in live(marta, hers)[1]
    came = live(agent, mine)[1]
    assert 'data-box="none" hx-swap-oob' in came and 'id="composer"' not in came
    does(marta, rosa, "give-back")
    assert 'data-box="none" data-free' in live(agent, mine)[1], "who is still writing may go on"


def test_what_was_written_too_late_is_shown_with_why(agent: Visitor, base: str, rosa: str, engine: Engine) -> None:
    does(agent, rosa, "take")
    shut_window(engine)
    refused = does(agent, rosa, "write", text="¿Podés el martes?")
    assert refused.status_code == 409
    assert re.search(r'id="kept"[^>]*aria-label="Sin enviar">.*¿Podés el martes\?', refused.text, re.DOTALL)
    late = does(other(base, engine), rosa, "write", text="Soy otra")
    assert late.status_code == 409 and "Soy otra" in late.text and 'id="composer"' not in late.text


def test_who_asked_for_silence_or_cannot_be_reached_gets_no_template(agent: Visitor, rosa: str, engine: Engine) -> None:
    does(agent, rosa, "take")
    shut_window(engine)
    approve(engine, "person_writes")
    SILENT.add(rosa)
    assert "pidió que no le escribamos" in does(agent, rosa, "template", template="person_writes").text
    SILENT.clear()
    with engine.begin() as connection:
        connection.execute(update(resident).values(unreachable_since=datetime.now(UTC), unreachable_code=63024))
    assert "no le entrega mensajes" in does(agent, rosa, "template", template="person_writes").text
    with engine.connect() as connection:
        assert connection.execute(select(message.c.id).where(message.c.template.is_not(None))).first() is None


def test_it_is_passed_on_to_a_colleague_with_a_note_and_nothing_is_said(
    agent: Visitor, base: str, rosa: str, engine: Engine, vault: Vault
) -> None:
    marta = other(base, engine)
    works_here(engine, "pedro", "reader")
    does(agent, rosa, "take")
    before = said(engine, vault, rosa)
    page = agent.opens(f"/conversations/{rosa}").text
    assert '<option value="marta">marta (en línea)' in page and "pedro" not in page
    assert "no puede atender" in does(agent, rosa, "pass-on", to="pedro").text
    assert "Ya la tiene esa persona" in does(agent, rosa, "pass-on", to="laura").text
    assert "acortala" in does(agent, rosa, "pass-on", to="marta", note="x" * 401).text
    assert does(agent, rosa, "pass-on", to="marta", note="Falta ver el DNI 30.111.222").status_code == 303
    hers = marta.opens(f"/conversations/{rosa}").text
    assert "La tenés vos" in hers and "la pasó a marta" in hers and "Falta ver el DNI [documento]" in hers
    assert "La tiene marta" in agent.opens(f"/conversations/{rosa}").text
    assert does(agent, rosa, "write", text="yo").status_code == 409
    assert does(marta, rosa, "write", text="sigo yo").status_code == 303
    assert said(engine, vault, rosa) == [*before, "sigo yo"]
    with engine.connect() as connection:
        note = connection.execute(select(ticket_event.c.note_sealed).where(ticket_event.c.kind == "handed_over"))
        assert b"DNI" not in bytes(note.scalar_one())


def test_who_supervises_passes_on_what_a_colleague_has(
    agent: Visitor, base: str, rosa: str, engine: Engine, vault: Vault
) -> None:
    does(agent, rosa, "take")
    before = said(engine, vault, rosa)
    marta, lead = other(base, engine), other(base, engine, "julia", "supervisor")
    assert "Pasar a otra persona" not in marta.opens(f"/conversations/{rosa}").text
    page = lead.opens(f"/conversations/{rosa}").text
    assert 'data-box="others"' in page and 'id="composer"' not in page
    assert '<option value="marta">' in page and '<option value="julia">' in page
    assert '<option value="laura">' not in page, "she has it already"
    assert does(lead, rosa, "pass-on", to="marta", note="Laura terminó su turno").status_code == 303
    assert "La tenés vos" in marta.opens(f"/conversations/{rosa}").text
    assert does(lead, rosa, "pass-on", to="julia").status_code == 303
    assert 'data-box="open"' in lead.opens(f"/conversations/{rosa}").text
    assert said(engine, vault, rosa) == before


def test_it_goes_back_to_the_queue_with_a_note_the_form_kept_and_she_is_told(
    agent: Visitor, base: str, rosa: str, engine: Engine, vault: Vault
) -> None:
    does(agent, rosa, "take")
    assert does(agent, rosa, "pass-on", to="cola", note="Espera que abra el centro").status_code == 303
    assert "Seguís con Latido" in said(engine, vault, rosa)[-1]
    marta = other(base, engine)
    assert "la devolvió" in marta.opens(f"/conversations/{rosa}").text
    does(marta, rosa, "take")
    assert "Espera que abra el centro" in marta.opens(f"/conversations/{rosa}").text
    does(marta, rosa, "close")
    with engine.begin() as connection:
        assert ticket_state(connection, rosa) is None
        assert connection.execute(select(ticket_event.c.note_sealed).distinct()).scalars().all() == [None]


def test_what_is_forgotten_of_her_includes_the_notes(
    agent: Visitor, base: str, rosa: str, engine: Engine, vault: Vault
) -> None:
    does(agent, rosa, "take")
    does(agent, rosa, "pass-on", to="cola", note="algo de su salud")
    with engine.begin() as connection:
        forget_log(connection, vault, rosa)
        assert connection.execute(select(ticket_event.c.note_sealed).distinct()).scalars().all() == [None]


def test_saved_replies_are_filled_for_the_day_and_wait_in_the_box(
    agent: Visitor, rosa: str, engine: Engine, vault: Vault
) -> None:
    does(agent, rosa, "take")
    before = said(engine, vault, rosa)
    page = agent.opens(f"/conversations/{rosa}?reply=hola").text
    box = re.search(r"<textarea id=\"composer\"[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert box and "Soy una persona del equipo" in box[1] and "{" not in box[1]
    assert re.match(r"(Buen día|Buenas tardes|Buenas noches)\.", box[1])
    assert 'data-word="urgencia"' in page
    for step in ("write", "pass-on"):
        assert f'action="/console/conversations/{rosa}/{step}"' in page
    assert said(engine, vault, rosa) == before, "shown, not sent"


def test_an_operator_keeps_her_own_and_who_supervises_the_teams(agent: Visitor, base: str, engine: Engine) -> None:
    def keeps(visitor: Visitor, word: str, text: str, whose: str = "own") -> int:
        fields = {"word": word, "text": text, "whose": whose, "csrf": visitor.csrf("/requests")}
        return visitor.sends("/replies", **fields).status_code

    assert keeps(agent, "/Hola", "Hola, soy yo. Hoy es {hoy}.") == 303
    assert keeps(agent, "equipo", "para todos", "team") == 403
    assert [keeps(agent, word, text) for word, text in (("á", "x"), ("ok", " "), ("ok", "{turno}"))] == [400] * 3
    boss = other(base, engine, "olga", "supervisor")
    assert keeps(boss, "horario", "Atendemos de 8 a 20.", "team") == 303
    mine, hers = agent.opens("/replies").text, boss.opens("/replies").text
    assert "Hola, soy yo. Hoy es" in mine and "Hola, soy yo" not in hers
    assert "Atendemos de 8 a 20" in mine and "Atendemos de 8 a 20" in hers
    agent.sends("/replies/drop", word="hola", whose="own", csrf=agent.csrf("/requests"))
    assert "Hola, soy yo" not in agent.opens("/replies").text and 'id="reply-hola"' in agent.opens("/replies").text
    assert agent.sends("/replies/drop", word="horario", whose="team", csrf=agent.csrf("/requests")).status_code == 403
    audit = boss.opens("/audit").text
    assert "Guardó una respuesta del equipo" in audit
