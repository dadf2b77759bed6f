"""Saved replies and the sound of an urgent alert, in a real Chromium."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect
from sqlalchemy import Engine, func, select

from latido.messaging.tables import message
from tests.browser.test_hand_over import DESK, PHONE, Enters, enters, log  # noqa: F401 - fixtures
from tests.integration.console.log import Log
from tests.integration.console.story import ANA, FLOR

SLOW = 60_000
HIDE = "Object.defineProperty(document, 'hidden', {{get: () => {}, configurable: true}})"


def sent(engine: Engine) -> int:
    with engine.connect() as connection:
        mine = (message.c.direction == "out", message.c.answers_id.is_(None), message.c.text.contains("averiguo"))
        return int(connection.execute(select(func.count()).select_from(message).where(*mine)).scalar_one())


def take(page: Page, log: Log) -> None:  # noqa: F811 - the fixture's value
    page.goto(f"/console/conversations/{log.key(ANA)}")
    page.get_by_role("button", name="Tomar la conversación").click()
    expect(page.get_by_text("La tenés vos")).to_be_visible(timeout=SLOW)
    page.wait_for_load_state()  # what is clicked or typed before the page's scripts have run is lost


def test_a_saved_reply_is_put_in_the_box_and_sent_by_hand_only(
    enters: Enters,  # noqa: F811
    log: Log,  # noqa: F811
    engine: Engine,
) -> None:
    page = enters("laura", DESK)
    take(page, log)
    box = page.get_by_label("Escribirle como persona del equipo")
    page.get_by_role("link", name="/espera").click()
    expect(box).to_have_value("Dame unos minutos que lo averiguo y te contesto por acá.")
    assert sent(engine) == 0
    box.fill("")
    box.press_sequentially("Ana, /urg")
    expect(page.locator("#canned [data-word]:visible")).to_have_count(1)
    box.press("Tab")
    assert box.input_value().startswith("Ana, Si es una urgencia, llamá al *107*")
    expect(page.locator("#canned [data-word='hola']")).to_be_visible()
    box.fill("")
    box.press_sequentially("1/2 /espera ")
    expect(box).to_have_value("1/2 Dame unos minutos que lo averiguo y te contesto por acá.")
    page.get_by_role("button", name="Enviar").click()
    expect(page.get_by_text("laura, persona del equipo")).to_be_visible(timeout=SLOW)
    assert sent(engine) == 1


def test_a_colleague_takes_over_with_the_note(
    enters: Enters,  # noqa: F811
    log: Log,  # noqa: F811
) -> None:
    laura, marta = enters("laura", DESK), enters("marta", PHONE)
    take(laura, log)
    laura.get_by_text("Pasar a otra persona").click()
    laura.get_by_label("A quién").select_option(label="marta (en línea)")
    laura.get_by_label("Nota para quien sigue").fill("Quiere ir a la tarde")
    laura.get_by_role("button", name="Pasar", exact=True).click()
    expect(laura.get_by_text("La tiene marta")).to_be_visible(timeout=SLOW)
    marta.goto(f"/console/conversations/{log.key(ANA)}")
    expect(marta.get_by_text("Quiere ir a la tarde")).to_be_visible()
    expect(marta.get_by_role("button", name="Enviar")).to_be_in_viewport()
    assert marta.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


def test_an_urgent_alert_sounds_once_for_who_wants_it_and_marks_the_title(
    enters: Enters,  # noqa: F811
    log: Log,  # noqa: F811
) -> None:
    page = enters("laura", DESK)
    toggle = page.locator("#sound")
    expect(toggle).to_have_attribute("data-state", "off")
    toggle.click()
    # Only once the file is played it says so: it came, and the policy lets it.
    expect(toggle).to_have_attribute("data-state", "on", timeout=SLOW)
    expect(toggle).to_have_attribute("aria-pressed", "true")
    first = toggle.get_attribute("data-rang")
    log.alerts("danger", log.receives(FLOR, "se me rompió la bolsa"))
    expect(toggle).not_to_have_attribute("data-rang", first or "", timeout=SLOW)
    rang = toggle.get_attribute("data-rang")
    assert rang and rang != first
    page.reload()
    expect(toggle).to_have_attribute("aria-pressed", "true")
    assert toggle.get_attribute("data-rang") is None, "heard already"
    # As in a window that is out of sight, where an hour passes in a moment.
    page.evaluate(HIDE.format("true"))
    page.evaluate("Date.now = () => performance.now() * 1000")
    log.alerts("danger", log.receives(FLOR, "y me duele mucho"))
    expect(page).to_have_title(re.compile(r"❗ \("), timeout=SLOW)
    page.evaluate(HIDE.format("false"))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert page.title().startswith("(")
    toggle.click()
    expect(toggle).to_have_attribute("aria-pressed", "false")
