"""A campaign written by one operator and approved by another, each in her own browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.integration.campaigns.conftest import Stage
from tests.integration.campaigns.conftest import bare_care as bare_care
from tests.integration.campaigns.conftest import care as care
from tests.integration.campaigns.conftest import clock as clock
from tests.integration.campaigns.conftest import fhir as fhir
from tests.integration.campaigns.conftest import reminders as reminders
from tests.integration.campaigns.conftest import stage as stage
from tests.integration.console.test_campaigns import base as base
from tests.integration.console.visitor import PASSWORD

PATIENCE = 60_000  # a busy machine is no fault of the page


@pytest.fixture
def opens(browser: Browser, base: str) -> Iterator[Callable[[str], Page]]:
    """A browser of one's own, inside as that operator; any error of a script fails the test."""
    errors: list[str] = []
    contexts = []

    def enter(username: str) -> Page:
        context = browser.new_context(viewport={"width": 390, "height": 844}, locale="es-AR")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.goto(f"{base}/login?next=/campaigns")
        page.get_by_label("Usuario").fill(username)
        page.get_by_label("Contraseña").fill(PASSWORD)
        page.get_by_role("button", name="Entrar").click()
        return page

    yield enter
    for context in contexts:
        context.close()
    assert errors == []


def test_one_writes_it_another_approves_and_both_see_it(stage: Stage, opens: Callable[[str], Page]) -> None:
    for number in range(12):
        stage.pregnant(f"r{number}")
    ana, berta = opens("ana"), opens("berta")
    ana.get_by_role("link", name="Nueva campaña").click()
    ana.get_by_label("Nombre, para el equipo").fill("Antigripal")
    ana.get_by_label("Cuándo", exact=True).fill("desde el lunes 30")
    ana.get_by_label("Embarazo: desde la semana").fill("10")
    ana.get_by_label("hasta la semana").fill("30")
    ana.get_by_role("button", name="Ver cómo queda").click()
    expect(ana.get_by_text("Hay un aviso de temporada")).to_be_visible()
    ana.get_by_role("button", name="Guardar").click()
    ana.get_by_role("button", name="Contar ahora").click()
    expect(ana.get_by_text("10 a 14").first).to_be_visible()
    ana.get_by_role("button", name="Proponer").click()
    expect(ana.get_by_text("Espera que la apruebe otra persona.")).to_be_visible()

    berta.reload()
    berta.get_by_role("link", name="Antigripal").click()
    berta.get_by_role("button", name="Aprobar").click()
    expect(berta.get_by_text("Aprobada")).to_be_visible()
    expect(ana.get_by_text("Aprobada")).to_be_visible(timeout=PATIENCE)  # without a reload
    stage.works()
    expect(ana.get_by_text("Avance y resultados")).to_be_visible(timeout=PATIENCE)
    assert ana.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
