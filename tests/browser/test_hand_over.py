"""Taking a conversation in a real Chromium: what is being written survives the news, and all of it fits a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, select
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.console.operators import add_operator
from latido.console.routes import Console, routes
from latido.crypto import Vault
from latido.messaging.tables import message
from latido.messaging.tickets import ask_for_person
from tests.browser.inside import let_in
from tests.integration.console.log import Log
from tests.integration.console.story import ANA, DORA, tell
from tests.serving import served

DESK, PHONE = (1440, 900), (390, 844)
SUMMARY = [
    {"label": "journey", "value": "prenatal_form"},
    {"label": "question", "value": "age_band"},
    {"label": "gestational_age", "value": {"weeks_min": 18, "weeks_max": 22, "source": "months"}},
    {"label": "place", "value": "Barracas"},
    {"label": "danger", "value": ["danger"]},
]
Enters = Callable[[str, tuple[int, int]], Page]


@pytest.fixture
def log(engine: Engine, vault: Vault) -> Log:
    """A morning's log, with two residents who ask for a person."""
    written = Log(engine, vault)
    tell(written, datetime.now(UTC))
    with engine.begin() as connection:
        for who, reason in ((ANA, "form_stuck"), (DORA, "asked")):
            key = written.key(who)
            theirs = select(message.c.id).where(message.c.resident == key, message.c.direction == "in")
            last = connection.execute(theirs.order_by(message.c.id.desc())).scalars().first()
            assert last is not None
            ask_for_person(connection, vault, key, last, reason, SUMMARY)
    return written


@pytest.fixture
def enters(browser: Browser, log: Log, engine: Engine, vault: Vault) -> Iterator[Enters]:
    """An operator of this name opens the console on a screen of this size; no script may fail."""
    complaints: list[str] = []
    console = Console(engine, vault, secure_cookies=False, now=lambda: datetime.now(UTC))
    with served(Starlette(routes=[Mount("/console", routes=routes(console))])) as url:

        def enter(name: str, size: tuple[int, int]) -> Page:
            with engine.begin() as connection:
                number = add_operator(connection, name, "agent")
            context = browser.new_context(viewport={"width": size[0], "height": size[1]}, base_url=url)
            let_in(context, f"{url}/console", engine, number, datetime.now(UTC))
            page = context.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto("/console/requests")
            expect(page.get_by_role("heading", name="Pedidos")).to_be_visible()
            return page

        yield enter
        for context in browser.contexts:
            context.close()
    assert complaints == []


def test_what_is_being_written_survives_what_comes_in(enters: Enters, log: Log) -> None:
    page = enters("laura", DESK)
    page.locator(f"#r-{log.key(ANA)}").click()
    page.get_by_role("button", name="Tomar la conversación").click()
    expect(page.get_by_text("La tenés vos")).to_be_visible()
    box = page.get_by_label("Escribirle como persona del equipo")
    box.fill("Hola, te estoy leyendo")
    log.receives(ANA, "¿hay alguien?")
    expect(page.get_by_text("¿hay alguien?")).to_be_visible()
    assert box.input_value() == "Hola, te estoy leyendo"
    page.get_by_role("button", name="Enviar").click()
    expect(page.get_by_text("laura, persona del equipo")).to_be_visible()
    assert page.get_by_label("Escribirle como persona del equipo").input_value() == ""


def test_the_card_of_another_operator_follows_by_itself(enters: Enters, log: Log) -> None:
    laura, marta = enters("laura", DESK), enters("marta", PHONE)
    for page in (laura, marta):
        page.goto(f"/console/conversations/{log.key(DORA)}")
    laura.get_by_role("button", name="Tomar la conversación").click()
    expect(marta.get_by_text("La tiene laura")).to_be_visible()
    expect(marta.get_by_role("button", name="Tomar la conversación")).to_have_count(0)
    laura.get_by_role("button", name="Cerrar").click()
    expect(marta.get_by_role("button", name="Tomar la conversación")).to_be_visible()


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_nothing_is_wider_than_the_screen_and_the_box_stays_in_view(
    enters: Enters, log: Log, size: tuple[int, int]
) -> None:
    page = enters("laura", size)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    page.goto(f"/console/conversations/{log.key(ANA)}")
    page.get_by_role("button", name="Tomar la conversación").click()
    expect(page.get_by_role("button", name="Enviar")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Devolver al asistente")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
