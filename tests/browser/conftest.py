"""The phone page in a real Chromium, against a real emulator and a bridge that answers like a small Latido."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.unit.emulator.stage import ACCOUNT, TOKEN, Received, Stage, staged

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
BUTTONS = {"body": "¿Te busco un *turno*?", "actions": [{"title": "Sí", "id": "op-1"}, {"title": "No", "id": "op-2"}]}
TIMES = {
    "body": "Estos son los primeros.",
    "button": "Ver horarios",
    "items": [
        {"id": "h-1", "item": "jueves 26, 9:30", "description": "CeSAC 16, a 9 minutos"},
        {"id": "h-2", "item": "viernes 27, 8:00"},
    ],
}
PLACE = {"latitude": -34.6512, "longitude": -58.3772, "label": "CeSAC N° 16", "address": "Osvaldo Cruz 2055"}


# A busy machine is no fault of a page.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)


# Playwright keeps an event loop running in this thread while it lives: no longer than this folder, for the tests after.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("LATIDO_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if not path:
        pytest.skip("no chromium: install it, or name it in LATIDO_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def shared_stage() -> Iterator[Stage]:
    with staged() as stage:
        stop = threading.Event()
        answering = threading.Thread(target=_answer_everything, args=(stage, stop), daemon=True)
        answering.start()
        yield stage
        stop.set()
        answering.join(5)


@pytest.fixture
def stage(shared_stage: Stage) -> Stage:
    shared_stage.emulator.reset()
    return shared_stage


@pytest.fixture
def page(browser: Browser, stage: Stage) -> Iterator[Page]:
    """The phone page on a desk screen; the test fails on any script error."""
    yield from _opened(browser, stage, {"width": 1440, "height": 900})


@pytest.fixture
def small_page(browser: Browser, stage: Stage) -> Iterator[Page]:
    """The phone page on a phone."""
    yield from _opened(browser, stage, {"width": 390, "height": 844}, has_touch=True)


def _opened(browser: Browser, stage: Stage, viewport: dict[str, int], **options: bool) -> Iterator[Page]:
    context = browser.new_context(viewport=viewport, locale="es-AR", **options)
    page, errors = context.new_page(), list[str]()
    page.set_default_timeout(PATIENCE)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(stage.config.base_url)
    page.locator(".phone").first.wait_for()
    yield page
    context.close()
    assert errors == []


def _answer_everything(stage: Stage, stop: threading.Event) -> None:
    """Answer each inbound webhook once, in order."""
    done = 0
    while not stop.is_set():
        received = stage.bridge.at("/inbound")
        if len(received) > done:
            _answer(stage, received[done])
            done += 1
            continue
        with stage.bridge.arrived:
            stage.bridge.arrived.wait(0.05)


def _answer(stage: Stage, received: Received) -> None:
    form, to = received.form, received.form["From"].removeprefix("whatsapp:")
    if "silencio" in form["Body"]:
        return
    if "Latitude" in form:
        stage.sends(to, content_sid=_content(stage, {"twilio/location": PLACE}))
    elif "turno" in form["Body"]:
        stage.sends(to, content_sid=_content(stage, {"twilio/quick-reply": BUTTONS}))
    elif form.get("ButtonPayload") == "op-1":
        stage.sends(to, content_sid=_content(stage, {"twilio/list-picker": TIMES}))
    else:
        said = form.get("ListId") or form.get("MediaContentType0") or form["Body"]
        stage.sends(to, body=f"*Leído*: {said} https://latido.example/x")


def _content(stage: Stage, types: dict[str, object]) -> str:
    body = {"language": "es_AR", "types": types}
    answer = requests.post(f"{stage.config.base_url}/v1/Content", json=body, auth=(ACCOUNT, TOKEN), timeout=5)
    sid: str = answer.json()["sid"]
    return sid
