"""Tags and notes on a conversation."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Engine, select

from latido.crypto import Vault
from latido.messaging.erasing import forget_log
from latido.messaging.remarks import notes, tags
from tests.integration.console.conftest import Visitor
from tests.integration.console.insiders import inside, works_here
from tests.integration.console.log import Log
from tests.integration.console.story import ANA
from tests.integration.console.test_rooms import residents_in


@pytest.fixture
def page(log: Log) -> str:
    log.receives(ANA, "hola")
    return f"/conversations/{log.key(ANA)}"


def adds(visitor: Visitor, page: str, what: str, **fields: str) -> str:
    """Send a form of the page; the answer's words, or where it leads."""
    answer = visitor.sends(f"{page}/{what}", csrf=visitor.csrf(page), **fields)
    return answer.headers.get("Location", answer.text)


def number_of(text: str) -> str:
    found = re.search(r'name="replaces" value="(\d+)"', text)
    assert found
    return found[1]


def test_a_tag_is_added_found_by_and_removed(agent: Visitor, log: Log, page: str) -> None:
    assert adds(agent, page, "tags", tag="  Llamar   MAÑANA ").endswith("#remarks")
    assert adds(agent, page, "tags", tag="llamar mañana").endswith("#remarks")
    assert agent.opens(page).text.count('class="tag"') == 1
    assert "llamar mañana</span>" in agent.opens("/").text
    assert residents_in(agent.opens("/?tag=llamar+ma%C3%B1ana").text) == [log.key(ANA)]
    adds(agent, page, "tags/drop", tag="llamar mañana")
    assert residents_in(agent.opens("/?tag=llamar+ma%C3%B1ana").text) == []


def test_what_is_no_tag_is_refused(agent: Visitor, page: str) -> None:
    for tag in ("", "<b>", "x" * 25, "30111222"):
        assert "Una etiqueta tiene hasta 24 letras" in adds(agent, page, "tags", tag=tag)
    for number in range(12):
        adds(agent, page, "tags", tag=f"etiqueta {number}")
    assert "ya tiene 12 etiquetas" in adds(agent, page, "tags", tag="otra")


def test_a_note_keeps_every_wording_and_is_changed_by_its_author_alone(
    agent: Visitor, base: str, engine: Engine, page: str
) -> None:
    adds(agent, page, "notes", text="Pidió que la llamen a la tarde, dni 30.111.222 <b>")
    text = agent.opens(page).text
    assert "a la tarde" in text
    assert "30.111.222" not in text
    assert "&lt;b&gt;" in text
    first = number_of(text)
    adds(agent, page, "notes", text="Mejor a la mañana", replaces=first)
    assert "La nota cambió mientras tanto" in adds(agent, page, "notes", text="otra", replaces=first)
    text = agent.opens(page).text
    assert text.index("Mejor a la mañana") < text.index("Antes decía") < text.index("a la tarde")
    works_here(engine, "marta", "reviewer")
    marta = inside(base, engine, "marta")
    assert "Mejor a la mañana" in marta.opens(page).text
    assert "Solo quien escribió" in adds(marta, page, "notes", text="no", replaces=number_of(text))
    adds(agent, page, "notes", text="", replaces=number_of(text))
    assert "a la mañana" not in agent.opens(page).text
    with engine.connect() as connection:
        assert len(connection.execute(select(notes)).all()) == 3


def test_a_reader_reads_notes_but_adds_nothing(agent: Visitor, reader: Visitor, page: str) -> None:
    adds(agent, page, "notes", text="Ya la llamé")
    assert "Ya la llamé" in reader.opens(page).text
    for what in ("notes", "tags", "tags/drop"):
        assert reader.sends(f"{page}/{what}", csrf=reader.csrf(page), text="x", tag="x").status_code == 403


def test_who_is_forgotten_has_neither(agent: Visitor, log: Log, page: str, engine: Engine, vault: Vault) -> None:
    adds(agent, page, "tags", tag="seguir")
    adds(agent, page, "notes", text="una nota")
    adds(agent, page, "notes", text="otra", replaces=number_of(agent.opens(page).text))
    with engine.begin() as connection:
        forget_log(connection, vault, log.key(ANA))
        assert connection.execute(select(notes)).all() == connection.execute(select(tags)).all() == []


def test_notes_are_sealed(agent: Visitor, page: str, engine: Engine, vault: Vault) -> None:
    adds(agent, page, "notes", text="palabras de salud")
    with engine.connect() as connection:
        [sealed] = connection.execute(select(notes.c.note_sealed)).scalars()
    assert b"salud" not in sealed
    assert vault.open(sealed) == "palabras de salud"
