"""Every address of the console in a real Chromium: nothing fails or is forbidden, and each page fits desk and phone.

The addresses are asked of `routes()` itself, as in tests/integration/console/test_every_page.py: new ones too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine, insert, select, update
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.campaigns import life
from latido.campaigns.desk import Desk
from latido.campaigns.drafts import filled
from latido.campaigns.parts import Campaigns, Limits
from latido.campaigns.policy_data import load_campaign_policy
from latido.console.finding.tables import views
from latido.console.operators import add_operator
from latido.console.routes import Address, Console, routes
from latido.console.tables import operator
from latido.dossier.holdings import CareHoldings
from latido.messaging.tables import message
from latido.reminders.callers import CareForCallers
from latido.reminders.timelines import timeline_for
from latido.retention.seen import retention_seen
from tests.browser.inside import DESK, PHONE, Inside, inside
from tests.integration.campaigns.conftest import draft
from tests.integration.console.indicator_rows import fill
from tests.integration.console.log import Log, nlu
from tests.integration.console.story import tell
from tests.integration.console.test_overdue import listed as listed
from tests.integration.reminders.conftest import Story
from tests.integration.reminders.conftest import ana as ana
from tests.integration.reminders.conftest import bare_care as bare_care
from tests.integration.reminders.conftest import care as care
from tests.integration.reminders.conftest import clock as clock
from tests.integration.reminders.conftest import fhir as fhir
from tests.integration.reminders.conftest import reminders as reminders
from tests.serving import served

pytestmark = pytest.mark.timeout(300)
# Nothing of it is a page: a file that is kept, and what says that there is no such page.
NO_PAGES = {"/export/{file}", "/{anything:path}"}
# Addresses that say more than their pattern: a page of the list further down, a thread at a message, a filter.
MORE = (
    *("/?filter=urgent", "/?q=turno&since=2026-11-01&intent=inform", "/?filter=not_understood&tag=nada"),
    *("/conversations/{resident}?at=1", "/overdue?state=removed", "/indicators?month=2026-10", "/review?queue=pending"),
    *("/audit?action=logged_in", "/conversations/{resident}?reply=hola"),
)
NO_SCROLL = "document.documentElement.scrollWidth <= window.innerWidth"
EMPHASIS = "document.getElementById('main').insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')"


@pytest.fixture
def world(browser: Browser, listed: Story, engine: Engine) -> Iterator[tuple[Inside, list[str]]]:
    """Everybody's console with something on each page, and its addresses."""
    reminders = listed.reminders
    campaigns = Campaigns(reminders, load_campaign_policy(), filled, Limits())
    console = Console(
        engine,
        reminders.care.vault,
        secure_cookies=False,
        now=listed.clock,
        callers=CareForCallers(lambda: reminders.care, lambda: reminders.policy),
        campaigns=Desk(lambda: campaigns),
        timeline_of=lambda resident: timeline_for(reminders, resident),
        holdings=CareHoldings(lambda: reminders.care),
        retention_of=lambda: retention_seen(reminders.care),
    )
    every = routes(console)
    _happened(listed)
    given = {"resident": listed.resident, "role": "self", "service": "prenatal", "view": "dudas", "campaign": "1"}
    patterns = [one.path for one in every if isinstance(one, Address) and "GET" in (one.methods or ())]
    paths = [path for path in (*patterns, *MORE) if path not in NO_PAGES]
    addresses = [re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: given[found[1]], path) for path in paths]
    app = Starlette(routes=[Mount("/console", routes=every)])
    with served(app) as url, inside(browser, f"{url}/console", engine, listed.clock) as them:
        yield them, addresses


def _happened(story: Story) -> None:
    """A morning of conversations, an alert, a request, a campaign, a saved view, figures; and she wrote too."""
    engine, log = story.care.engine, Log(story.care.engine, story.care.vault)
    tell(log, story.clock())
    hers = log.receives("whatsapp:+5491150000000", "kiero un turno")
    log.answers(hers, ["No te entendí."], nlu=nlu("inform", 0.4, ("affirm", 0.35)), flags=["not_understood"])
    fill(engine)
    with engine.begin() as connection:
        add_operator(connection, "berta", "supervisor")
        connection.execute(update(message).where(message.c.id == hers).values(resident=story.resident))
        number = connection.execute(select(operator.c.id)).scalar_one()
        life.write(connection, draft(), number, story.clock())
        query = {"name": "dudas", "operator_id": number, "query": "filter=not_understood", "shared": True}
        connection.execute(insert(views).values(query))


def test_every_page_opens_without_a_complaint_and_fits_desk_and_phone(world: tuple[Inside, list[str]]) -> None:
    them, paths = world
    page, faults = them.enter("ada", "admin"), list[str]()
    for path in paths:
        answer = page.goto(them.base + path)
        assert answer
        if answer.status != 200:
            faults.append(f"{path}: {answer.status}")
        faults += [f"{path}: {each}" for each in (*them.complaints, *_too_wide(page))]
        them.complaints.clear()
    assert faults == []
    assert len(paths) > 30 and {"/overdue/" in path for path in paths} == {True, False}
    page.evaluate(EMPHASIS)
    page.wait_for_function("document.querySelector('p[style]')")
    assert [each for each in them.complaints if "Content Security Policy" in each], "a fault would be heard"
    them.complaints.clear()


def _too_wide(page: Page) -> list[str]:
    """The screens on which the page scrolls sideways, with everything on it unfolded."""
    page.eval_on_selector_all("main details", "all => all.forEach((one) => { one.open = true; })")
    faults = []
    for width, height in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": height})
        if not page.evaluate(NO_SCROLL):
            faults.append(f"wider than {width}")
    return faults
