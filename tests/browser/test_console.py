"""The console in a real Chromium: it stays up to date by itself, opens threads at their end, and fits a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.console.operators import add_operator, operator_called, set_password
from latido.console.routes import Console, routes
from latido.crypto import Vault
from tests.browser.inside import let_in
from tests.integration.console.log import Log
from tests.integration.console.story import ANA, DORA, FLOR, GABI, tell
from tests.serving import served

PASSWORD = "una contraseña larga"
SIZES = [(1440, 900), (390, 844)]


@pytest.fixture
def log(engine: Engine, vault: Vault) -> Log:
    written = Log(engine, vault)
    tell(written, datetime.now(UTC))
    return written


@pytest.fixture
def base(log: Log, engine: Engine, vault: Vault) -> Iterator[str]:
    with engine.begin() as connection:
        add_operator(connection, "laura", "agent")
    console = Console(engine, vault, secure_cookies=False, now=lambda: datetime.now(UTC))
    with served(Starlette(routes=[Mount("/console", routes=routes(console))])) as url:
        yield f"{url}/console"


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained about: scripts that failed, things the policy forbids."""
    return []


@pytest.fixture
def page(browser: Browser, base: str, engine: Engine, complaints: list[str]) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    with engine.connect() as connection:
        laura = operator_called(connection, "laura")
    let_in(context, base, engine, laura, datetime.now(UTC))
    opened = context.new_page()
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    opened.goto(f"{base}/")
    expect(opened.get_by_role("heading", name="Conversaciones")).to_be_visible()
    yield opened
    context.close()
    assert complaints == []


def logs_in(page: Page) -> None:
    page.get_by_label("Usuario").fill("laura")
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.get_by_role("button", name="Entrar").click()


def test_the_list_and_the_count_of_alerts_follow_the_log(page: Page, log: Log) -> None:
    expect(page.locator(".row").first).to_have_attribute("id", f"c-{log.key(GABI)}")
    expect(page).to_have_title("(4) Conversaciones · Latido")
    page.locator(f"#c-{log.key(ANA)}").focus()
    log.alerts("danger", log.receives(FLOR, "se me rompió la bolsa"))
    expect(page.locator(".row").first).to_have_attribute("id", f"c-{log.key(FLOR)}")
    expect(page.locator("#alert-count")).to_have_attribute("data-count", "5")
    expect(page).to_have_title("(5) Conversaciones · Latido")
    assert page.evaluate("document.activeElement.id") == f"c-{log.key(ANA)}"


def test_the_thread_opens_at_its_end_and_stays_there_as_it_grows(page: Page, log: Log) -> None:
    page.locator(f"#c-{log.key(ANA)}").click()
    expect(page.get_by_text("CeSAC N° 1, Av. Vélez Sarsfield")).to_be_in_viewport()
    page.locator("details").last.locator("summary").click()
    new = log.receives(ANA, "¿y qué tengo que llevar?")
    expect(page.get_by_text("¿y qué tengo que llevar?")).to_be_in_viewport()
    log.answers(new, ["Llevá tu documento si tenés, y los estudios que tengas."])
    expect(page.get_by_text("Llevá tu documento")).to_be_in_viewport()
    expect(page.locator("details[open]")).to_have_count(1)


def test_who_reads_further_up_is_not_moved(page: Page, log: Log, base: str) -> None:
    page.goto(f"{base}/conversations/{log.key(ANA)}")
    first = page.get_by_text("estoy embarazada de 5 meses")
    first.scroll_into_view_if_needed()
    before = first.bounding_box()
    log.receives(ANA, "un mensaje más")
    expect(page.get_by_text("un mensaje más")).to_be_attached()
    after = first.bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) < 2


def test_from_the_alert_to_its_message_and_back_to_mark_it_seen(page: Page, log: Log) -> None:
    page.get_by_role("link", name="Alertas").click()
    page.locator(".alert__link").first.click()
    expect(page).to_have_url(re.compile(rf"/conversations/{log.key(DORA)}\?at=\d+#m-\d+$"))
    expect(page.get_by_text("estoy sangrando mucho")).to_be_in_viewport()
    page.go_back()
    page.get_by_role("button", name="Visto: Signo de alarma").click()
    expect(page.get_by_text("la vio laura")).to_be_visible()
    expect(page.locator("#alert-count")).to_have_attribute("data-count", "3")


def test_a_session_that_ended_leads_to_the_log_in_by_itself(
    page: Page, base: str, engine: Engine, complaints: list[str]
) -> None:
    set_password(engine, "laura", PASSWORD)
    expect(page.get_by_role("button", name="Entrar")).to_be_visible()
    complaints[:] = [line for line in complaints if "401" not in line]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_no_page_is_wider_than_the_screen(page: Page, log: Log, base: str, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    for path in ("/", "/alerts", "/waiting-list", "/effects", "/indicators", f"/conversations/{log.key(ANA)}"):
        page.goto(base + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scripts", [False, True])
def test_logging_in_and_working_needs_no_scripts(
    browser: Browser, base: str, log: Log, engine: Engine, scripts: bool
) -> None:
    set_password(engine, "laura", PASSWORD)
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    page.goto(f"{base}/alerts")
    logs_in(page)
    page.get_by_role("button", name="Visto: Pide una persona").click()
    expect(page.get_by_text("la vio laura")).to_be_visible()
    page.goto(f"{base}/conversations/{log.key(ANA)}")
    expect(page.get_by_text("CeSAC N° 1, Av. Vélez Sarsfield")).to_be_in_viewport()
    context.close()
