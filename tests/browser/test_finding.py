"""Finding conversations and moving among them in a real Chromium: keys, filters, views, notes."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.inside import press, write
from tests.browser.test_console import base, complaints, log, page
from tests.integration.console.log import Log
from tests.integration.console.story import ANA, BETTY, EVA, GABI

__all__ = ["base", "complaints", "log", "page"]


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def test_keys_go_through_the_list_and_the_thread(page: Page, log: Log) -> None:
    press(page, "j")
    assert focused(page) == f"c-{log.key(GABI)}"
    press(page, "j")
    assert focused(page) == f"c-{log.key(EVA)}"
    press(page, "k")
    assert focused(page) == f"c-{log.key(GABI)}"
    press(page, "?")
    expect(page.get_by_role("dialog")).to_be_visible()
    press(page, "?")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.goto(page.url + f"conversations/{log.key(ANA)}")
    for _ in range(4):
        press(page, "k")
    expect(page.locator(".turn.at")).to_contain_text("nunca me controlé")
    expect(page.locator(".turn.at")).to_be_in_viewport()
    press(page, "Control+k")
    press(page, "n")
    assert focused(page) == "new-note"
    write(page, "jk?/")
    expect(page.locator("#new-note")).to_have_value("jk?/")
    expect(page.locator(".turn.at")).to_contain_text("nunca me controlé")
    page.get_by_role("button", name="Anotar").click()
    expect(page.get_by_text("Notas del equipo (1)")).to_be_visible()
    press(page, "/")
    expect(page.locator("#find")).to_be_focused()


def test_a_search_becomes_a_view(page: Page, log: Log) -> None:
    press(page, "/")
    write(page, "kontrol envarasada")
    press(page, "Enter")
    expect(page.locator(".row")).to_have_count(1)
    expect(page.locator(".row")).to_have_attribute("id", f"c-{log.key(ANA)}")
    page.get_by_text("Guardar como vista").click()
    page.get_by_label("Nombre corto").fill("Embarazo")
    page.get_by_label("Para todo el equipo").check()
    page.get_by_role("button", name="Guardar").click()
    expect(page).to_have_url(re.compile(r"view=embarazo$"))
    expect(page.get_by_role("link", name="embarazo", exact=True)).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name=re.compile("Quitar el filtro")).click()
    expect(page.locator(".row")).to_have_count(7)


def test_filters_fit_a_phone(page: Page, log: Log) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_text("Más filtros").click()
    page.get_by_label("Intención").select_option("ask_workshops")
    page.get_by_role("button", name="Filtrar").click()
    expect(page.locator(".row")).to_have_attribute("id", f"c-{log.key(BETTY)}")
    page.get_by_text("Más filtros").click()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
