"""The page of indicators and open data in a real Chromium: on a desk and a phone, light and dark, by link and key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.console.operators import add_operator
from latido.console.routes import Console, routes
from latido.crypto import Vault
from latido.indicators.open_data.publisher import Publisher
from latido.indicators.open_data.routes import open_data_routes
from tests.browser.inside import let_in, press
from tests.browser.test_console import SIZES
from tests.integration.console.indicator_rows import fill
from tests.serving import served

JANUARY = datetime(2027, 1, 5, 12, 0, tzinfo=UTC)
LOUD = re.compile("Content Security Policy|Refused to")


@pytest.fixture
def base(engine: Engine, vault: Vault) -> Iterator[str]:
    fill(engine)
    console = Console(engine, vault, secure_cookies=False, now=lambda: datetime.now(UTC))
    open_data = open_data_routes(Publisher(engine, lambda: JANUARY))
    with served(Starlette(routes=[Mount("/console", routes=routes(console)), *open_data])) as url:
        yield url


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def page(browser: Browser, base: str, engine: Engine, complaints: list[str]) -> Iterator[Page]:
    context = browser.new_context(locale="es-AR")
    with engine.begin() as connection:
        pablo = add_operator(connection, "pablo", "reader")
    let_in(context, f"{base}/console", engine, pablo, datetime.now(UTC))
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{base}/console/indicators")
    expect(page.get_by_role("heading", name="Indicadores", exact=True)).to_be_visible()
    yield page
    context.close()
    assert [line for line in complaints if LOUD.search(line)] == []


def test_both_pages_fit_the_screen_in_light_and_dark(page: Page, base: str) -> None:
    for address in (f"{base}/console/indicators", f"{base}/open-data"):
        page.goto(address)
        for summary in page.locator("main summary").all():
            summary.click()
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto(f"{base}/console/indicators")
    light, dark = (_colours(page, scheme) for scheme in ("light", "dark"))
    assert light != dark and all(len(set(each)) == 2 for each in (light, dark)), "a tile's words stand out of it"


def _colours(page: Page, scheme: str) -> tuple[str, str]:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    tile = page.locator(".ind__tile--3").first
    fills = [tile.locator(part).first.evaluate("each => getComputedStyle(each).fill") for part in ("rect", "text")]
    return fills[0], fills[1]


def test_a_bar_leads_to_its_conversations_also_by_key(page: Page) -> None:
    bar = page.get_by_role("link", name=re.compile("^Mensajes no entendidos, Total: 4,3 %"))
    box = bar.bounding_box()
    assert box and box["width"] > 60 and box["height"] >= 24, "big enough for a finger"
    bar.focus()
    press(page, "Enter")
    expect(page).to_have_url(re.compile(r"/console/\?filter=not_understood&since=2026-11-01&until=2026-11-30$"))


def test_a_month_is_chosen_and_its_line_opens(page: Page) -> None:
    page.locator("#i-prenatal_five summary").click()
    expect(page.locator("#i-prenatal_five .ind__line")).to_be_visible()
    page.get_by_role("navigation", name="Mes").get_by_role("link", name="oct 26").click()
    expect(page.locator("#i-prenatal_five")).to_contain_text("55 %")
    expect(page.get_by_role("link", name="oct 26")).to_have_attribute("aria-current", "true")


def test_anybody_fetches_the_file(page: Page, base: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{base}/open-data")
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Todo, en CSV").click()
    text = fetched.value.path().read_text(encoding="utf-8")
    assert fetched.value.suggested_filename == "latido-indicadores.csv"
    assert "2026-11,prenatal_five,total,,Total,share,false,240,150,0.625" in text
    assert page.context.cookies() == []
