"""The overdue list in a real Chromium: from the list to a booked appointment, two operators at once, and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from latido.console.operators import add_operator
from tests.browser.inside import let_in
from tests.integration.care.conftest import clock as clock
from tests.integration.console.test_overdue import PHONE, has_agenda, path_of
from tests.integration.console.test_overdue import ana as ana
from tests.integration.console.test_overdue import bare_care as bare_care
from tests.integration.console.test_overdue import base as base
from tests.integration.console.test_overdue import care as care
from tests.integration.console.test_overdue import fhir as fhir
from tests.integration.console.test_overdue import listed as listed
from tests.integration.console.test_overdue import reminders as reminders
from tests.integration.reminders.conftest import Story
from tests.seeded import Clock

DESK, SMALL = (1440, 900), (390, 844)
Enters = Callable[[str, tuple[int, int]], Page]


@pytest.fixture
def enters(browser: Browser, base: str, engine: Engine, clock: Clock) -> Iterator[Enters]:
    contexts, complaints = [], list[str]()

    def enter(name: str, size: tuple[int, int]) -> Page:
        with engine.begin() as connection:
            number = add_operator(connection, name, "agent")
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="es-AR")
        let_in(context, base, engine, number, clock())
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{base}/overdue")
        expect(page.get_by_role("heading", name="Búsqueda activa")).to_be_visible()
        return page

    yield enter
    for context in contexts:
        context.close()
    assert complaints == []


def test_from_the_list_to_a_booked_appointment(listed: Story, enters: Enters) -> None:
    has_agenda(listed)
    laura = enters("laura", DESK)
    laura.locator(".row").click()
    laura.get_by_role("button", name="La llamo yo").click()
    laura.get_by_text("Ver el teléfono").click()
    laura.get_by_role("button", name="Mostrar").click()
    expect(laura.get_by_text(PHONE)).to_be_visible()
    assert "5000" not in laura.url and "5000" not in laura.title()
    laura.get_by_text("Sacarle un turno").click()
    laura.get_by_label("CeSAC (vacío").fill("1")
    laura.get_by_role("button", name="Buscar horarios").click()
    expect(laura.get_by_text(PHONE)).to_have_count(0)
    laura.locator(".slot").first.click()
    laura.get_by_role("button", name="Reservar este turno").click()
    expect(laura.get_by_text("La ubiqué y sacó turno").first).to_be_visible()
    assert len(listed.appointments()) == 1


def test_the_form_asks_only_what_the_result_needs(listed: Story, enters: Enters) -> None:
    laura = enters("laura", DESK)
    laura.goto(laura.url + path_of(listed).removeprefix("/overdue"))
    laura.get_by_text("Qué pasó con el llamado").click()
    why, when, sure = (
        laura.get_by_label("Por qué no"),
        laura.get_by_label("Cuándo volver"),
        laura.get_by_label("Lo confirmé"),
    )
    for result, shown in (("will_come", None), ("refused", why), ("call_back", when), ("loss", sure)):
        laura.get_by_label("Resultado").select_option(result)
        for field in (why, when, sure):
            expect(field).to_be_visible(visible=field is shown)


def test_who_looks_at_the_same_list_sees_that_somebody_calls(listed: Story, enters: Enters) -> None:
    laura, marta = enters("laura", DESK), enters("marta", SMALL)
    laura.locator(".row").click()
    laura.get_by_role("button", name="La llamo yo").click()
    expect(marta.get_by_text("La llama laura")).to_be_visible(timeout=60_000)
    marta.locator(".row").click()
    expect(marta.get_by_role("button", name="La llamo yo")).to_have_count(0)


def test_on_a_phone_the_filters_are_folded_until_they_are_wanted(listed: Story, enters: Enters) -> None:
    page = enters("laura", SMALL)
    wanted = page.get_by_label("Por qué")
    expect(page.locator(".row").first).to_be_in_viewport()
    expect(wanted).to_be_hidden()
    page.get_by_text("Filtrar la lista").click()
    wanted.select_option("missed")
    page.get_by_role("button", name="Filtrar").click()
    expect(page).to_have_url(re.compile("kind=missed"))
    expect(wanted).to_be_visible()


def test_on_a_desk_the_filters_are_always_there(listed: Story, enters: Enters) -> None:
    page = enters("laura", DESK)
    expect(page.get_by_label("Por qué")).to_be_visible()
    expect(page.get_by_text("Filtrar la lista")).to_be_hidden()


@pytest.mark.parametrize("size", [DESK, SMALL])
def test_no_page_is_wider_than_the_screen(listed: Story, enters: Enters, base: str, size: tuple[int, int]) -> None:
    has_agenda(listed)
    page = enters("laura", size)
    for path in ("/overdue", path_of(listed), f"{path_of(listed)}?offers=1&center=1"):
        page.goto(base + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], path
