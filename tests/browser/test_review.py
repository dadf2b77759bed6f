"""Review in a real Chromium: a message a key, two operators at once, and nothing typed is taken for a key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, select
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.console.operators import add_operator
from latido.console.review.tables import review
from latido.console.routes import Console, routes
from latido.crypto import Vault
from tests.browser.inside import let_in, press, write
from tests.integration.console.log import Log
from tests.integration.console.test_review import told as told
from tests.serving import served

Enters = Callable[[str, str], Page]


@pytest.fixture
def log(engine: Engine, vault: Vault) -> Log:
    return Log(engine, vault)


@pytest.fixture
def enters(browser: Browser, engine: Engine, vault: Vault, told: Log) -> Iterator[Enters]:
    contexts, complaints = [], list[str]()
    console = Console(engine, vault, secure_cookies=False, now=lambda: datetime.now(UTC))
    with served(Starlette(routes=[Mount("/console", routes=routes(console))])) as url:

        def enter(name: str, role: str) -> Page:
            with engine.begin() as connection:
                number = add_operator(connection, name, role)
            context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="es-AR")
            let_in(context, f"{url}/console", engine, number, datetime.now(UTC))
            contexts.append(context)
            page = context.new_page()
            page.set_default_timeout(60_000)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(f"{url}/console/review")
            expect(page.get_by_role("heading", name="Revisión")).to_be_visible()
            return page

        yield enter
        for context in contexts:
            context.close()
    assert complaints == []


def said(page: Page) -> str:
    """The message that is looked at."""
    return page.locator('.review__said[aria-current="true"] .review__text').inner_text()


def row_of(engine: Engine, page: Page) -> int:
    action = page.locator(".review__form").get_attribute("action") or ""
    found = re.search(r"/review/(\d+)/", action)
    assert found
    return int(found[1])


def goes_on(page: Page, key: str) -> None:
    """Press a key that leads to another page and wait for it."""
    with page.expect_navigation():
        press(page, key)


def test_a_day_of_review_with_the_keyboard_alone(enters: Enters, engine: Engine) -> None:
    rita = enters("rita", "reviewer")
    first, text = row_of(engine, rita), said(rita)
    press(rita, "i")
    write(rita, "agradéce")
    expect(rita.locator("#review-intent option")).to_have_count(1)
    press(rita, "Enter")
    goes_on(rita, "e")
    assert said(rita) != text
    goes_on(rita, "f")
    expect(rita.get_by_text("con bandera", exact=True)).to_be_visible()
    press(rita, "t")
    press(rita, "ControlOrMeta+a")
    write(rita, "jerga, off")  # letters that are keys elsewhere
    goes_on(rita, "Enter")
    expect(rita.locator(".review__why .badge", has_text="jerga")).to_be_visible()
    second = row_of(engine, rita)
    goes_on(rita, "j")
    third = row_of(engine, rita)
    goes_on(rita, "k")
    assert row_of(engine, rita) == second != third
    goes_on(rita, "o")
    goes_on(rita, "u")
    with engine.connect() as connection:
        found = {row.message_id: row for row in connection.execute(select(review))}
    assert (found[first].state, found[first].intent) == ("pending", "thank")
    assert (found[second].state, found[second].flagged, found[second].tags) == ("new", True, ["jerga", "off"])


def test_marking_a_datum_with_the_keyboard(enters: Enters) -> None:
    rita = enters("rita", "reviewer")
    press(rita, "w")
    press(rita, "ControlOrMeta+a")
    write(rita, "estoy por once")
    for _ in range(4):
        press(rita, "Shift+ArrowLeft")
    press(rita, "Escape")
    press(rita, "a")
    press(rita, "Enter")
    expect(rita.locator("#review-wording")).to_have_value("estoy por [once](neighbourhood)")


def test_help_opens_and_modifiers_are_left_to_the_browser(enters: Enters) -> None:
    rita = enters("rita", "reviewer")
    before = said(rita)
    press(rita, "?")
    expect(rita.locator("#review-help")).to_have_attribute("open", "")
    press(rita, "?")
    expect(rita.locator("#review-help")).not_to_have_attribute("open", "")
    press(rita, "Control+e")
    press(rita, "Alt+o")
    assert said(rita) == before


def test_two_at_once_have_another_message_each_and_the_second_one_approves(enters: Enters, engine: Engine) -> None:
    rita, paz = enters("rita", "reviewer"), enters("paz", "approver")
    assert said(rita) != said(paz)
    decided = row_of(engine, rita)
    goes_on(rita, "e")
    paz.get_by_role("link", name=re.compile("^Para aprobar")).click()
    expect(paz.get_by_role("button", name=re.compile("Aprobar y seguir"))).to_be_visible()
    goes_on(paz, "e")
    expect(paz.get_by_text("No queda nada por mirar acá.")).to_be_visible()
    with engine.connect() as connection:
        state = connection.execute(select(review.c.state).where(review.c.message_id == decided)).scalar_one()
    assert state == "applied"
