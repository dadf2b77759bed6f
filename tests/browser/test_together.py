"""Two operators at once in a real Chromium: nothing is done twice, and no page left open has to be loaded again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import Engine, select, update
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.console.review.tables import review
from latido.console.routes import Console, routes
from latido.crypto import Vault
from latido.messaging.tables import resident
from latido.messaging.tickets import ask_for_person
from tests.browser.inside import PHONE, Inside, inside
from tests.integration.console.log import Log, nlu
from tests.integration.console.test_desk import approve
from tests.integration.console.test_review import told as told
from tests.serving import served

pytestmark = pytest.mark.timeout(300)
ROSA, IRMA = "whatsapp:+5491155667780", "whatsapp:+5491155667790"
BOX = "Escribirle como persona del equipo"
# Left on a page: it is gone when the page is loaded again.
LEFT_OPEN = "window.leftOpen = true"


@pytest.fixture(scope="module")
def base(schema_engine: Engine, vault: Vault) -> Iterator[str]:
    """One console for these tests."""
    console = Console(schema_engine, vault, secure_cookies=False, now=lambda: datetime.now(UTC))
    with served(Starlette(routes=[Mount("/console", routes=routes(console))])) as url:
        yield f"{url}/console"


@pytest.fixture
def log(engine: Engine, vault: Vault) -> Log:
    return Log(engine, vault)


@pytest.fixture
def them(browser: Browser, base: str, engine: Engine) -> Iterator[Inside]:
    with inside(browser, base, engine) as operators:
        yield operators


@pytest.fixture
def rosa(log: Log) -> str:
    """A resident who asks for a person."""
    first = log.receives(ROSA, "quiero hablar con una persona")
    log.answers(first, ["Dejé anotado tu pedido."], nlu=nlu("ask_human", 0.97))
    with log.engine.begin() as connection:
        ask_for_person(connection, log.vault, log.key(ROSA), first, "asked", [])
    return log.key(ROSA)


def opens(page: Page, address: str) -> Page:
    """The page, left open from here on."""
    page.goto(address)
    page.evaluate(LEFT_OPEN)
    return page


def is_left_open(page: Page) -> bool:
    return bool(page.evaluate("window.leftOpen === true"))


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def test_what_comes_in_shows_in_list_thread_and_title_of_pages_left_open(them: Inside, log: Log, rosa: str) -> None:
    in_list = opens(them.enter("laura"), f"{them.base}/")
    in_thread = opens(them.enter("marta", size=PHONE), f"{them.base}/conversations/{rosa}")
    expect(in_list.locator("a.row")).to_have_count(1)
    new = log.receives(IRMA, "se me rompió la bolsa")
    log.alerts("danger", new)
    log.receives(ROSA, "¿hay alguien ahí?")
    rows = in_list.locator("a.row")
    expect(rows).to_have_count(2)
    expect(rows.first).to_have_attribute("id", f"c-{rosa}")
    expect(in_list.locator(f"#c-{log.key(IRMA)}")).to_contain_text("Signo de alarma")
    expect(in_thread.get_by_text("¿hay alguien ahí?")).to_be_in_viewport()
    for page in (in_list, in_thread):
        expect(page.locator("#alert-count")).to_have_attribute("data-count", "1")
        expect(page).to_have_title(re.compile(r"^(❗ )?\(1\) "))
        expect(page.locator("#sound")).to_have_attribute("data-rang", re.compile(r"\d"))
        assert is_left_open(page)


def test_one_takes_it_and_the_other_cannot_answer_until_it_is_passed_on(them: Inside, log: Log, rosa: str) -> None:
    queue = opens(them.enter("paula"), f"{them.base}/requests")
    laura = opens(them.enter("laura"), f"{them.base}/conversations/{rosa}")
    marta = opens(them.enter("marta", size=PHONE), f"{them.base}/conversations/{rosa}")
    button(laura, "Tomar la conversación").click()
    expect(laura.get_by_label(BOX)).to_be_visible()
    expect(marta.get_by_text("La tiene laura")).to_be_visible()
    expect(queue.get_by_text(re.compile("laura"))).to_be_visible()
    for forbidden in (button(marta, "Tomar la conversación"), button(marta, "Enviar"), button(marta, "Cerrar")):
        expect(forbidden).to_have_count(0)

    laura.get_by_label(BOX).fill("Te cuento que")
    laura.evaluate(LEFT_OPEN)
    elsewhere = laura.context.new_page()
    elsewhere.goto(f"{them.base}/conversations/{rosa}")
    elsewhere.get_by_text("Pasar a otra persona").click()
    elsewhere.get_by_label("A quién").select_option("marta")
    button(elsewhere, "Pasar").click()
    expect(laura.get_by_text("La tiene marta")).to_be_visible()
    expect(button(laura, "Enviar")).to_have_count(0)
    expect(laura.locator("#kept-text")).to_have_text("Te cuento que")
    marta.get_by_label(BOX).fill("Hola, soy otra persona del equipo")
    assert is_left_open(laura) and is_left_open(marta) and is_left_open(queue)
    button(marta, "Enviar").click()
    expect(laura.get_by_text("marta, persona del equipo")).to_be_visible()
    assert is_left_open(laura)


def test_two_who_take_it_in_the_same_moment(them: Inside, rosa: str) -> None:
    laura, marta = (opens(them.enter(name), f"{them.base}/conversations/{rosa}") for name in ("laura", "marta"))
    # As when both press at once: her page has not heard of it yet.
    marta.route("**/conversations/**seen=**", lambda route: route.abort())
    button(laura, "Tomar la conversación").click()
    expect(laura.get_by_text("La tenés vos")).to_be_visible()
    button(marta, "Tomar la conversación").click()
    expect(marta.get_by_role("alert")).to_contain_text("Esta conversación la tiene laura")
    expect(button(marta, "Enviar")).to_have_count(0)
    them.complaints[:] = [each for each in them.complaints if "409" not in each and "ERR_FAILED" not in each]


def test_the_box_gives_way_when_the_24_hours_end_and_comes_back_with_what_was_in_it(
    them: Inside, log: Log, rosa: str, engine: Engine
) -> None:
    approve(engine, "person_writes")
    laura = opens(them.enter("laura"), f"{them.base}/conversations/{rosa}")
    button(laura, "Tomar la conversación").click()
    box = laura.get_by_label(BOX)
    box.fill("Ya lo averiguo /esp")
    laura.evaluate(LEFT_OPEN)
    with engine.begin() as connection:
        connection.execute(update(resident).values(last_inbound_at=datetime.now(UTC) - timedelta(hours=24, minutes=1)))
    expect(laura.get_by_text("Ventana de 24 horas cerrada")).to_be_visible()
    expect(button(laura, "Enviar esta plantilla")).to_be_visible()
    expect(box).to_have_count(0)
    expect(laura.locator("#kept-text")).to_have_text("Ya lo averiguo /esp")
    log.receives(ROSA, "acá estoy")
    expect(box).to_have_value("Ya lo averiguo /esp")
    expect(laura.locator("#kept")).to_be_hidden()
    box.focus()
    box.press("End")
    box.press("Tab")
    expect(box).to_have_value(re.compile("^Ya lo averiguo Dame unos minutos"))
    assert is_left_open(laura)


def test_both_look_at_one_message_of_review_and_each_decides_once(them: Inside, told: Log, engine: Engine) -> None:
    rita, paz = them.enter("rita", "approver"), them.enter("paz", "approver")
    rita.goto(f"{them.base}/review")
    number = int(re.findall(r"/review/(\d+)/", rita.locator(".review__form").get_attribute("action") or "")[0])
    paz.goto(f"{them.base}/review?at={number}")
    expect(paz.get_by_text("Lo está mirando rita")).to_be_visible()
    expect(paz.locator(".review__form")).to_have_count(0)
    with rita.expect_navigation():
        rita.keyboard.press("e")

    rita.goto(f"{them.base}/review?queue=pending&at={number}")
    expect(button(rita, "Aprobar y seguir e")).to_have_count(0)
    paz.goto(f"{them.base}/review?queue=pending&at={number}")
    approves = paz.get_by_role("button", name=re.compile("^Aprobar y seguir"))
    expect(approves).to_be_visible()
    # Rita takes her word back while Paz reads it: what Paz saw is no longer so.
    with rita.expect_navigation():
        rita.keyboard.press("u")
    approves.click()
    expect(paz.get_by_role("alert")).to_contain_text("Alguien decidió algo mientras lo mirabas")
    with engine.connect() as connection:
        state = connection.execute(select(review.c.state).where(review.c.message_id == number)).scalar_one()
    assert state == "new"
    them.complaints[:] = [each for each in them.complaints if "409" not in each]
