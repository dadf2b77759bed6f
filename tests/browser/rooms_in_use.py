"""Pictures of the console's rooms after three weeks of made-up residents: `scripts/take_pictures.py` runs this file.

Nothing here is looked for by pytest itself. The residents, a campaign, the figures and the messages come about as in
the tests of those rooms; each picture is taken of the real console.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine, update
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.campaigns.desk import Desk
from latido.campaigns.rules.segment import Segment
from latido.care.services import BUENOS_AIRES
from latido.care.tables import resident_places
from latido.console.review.queue import collect_all
from latido.console.routes import Console, routes
from latido.crypto import Vault
from latido.reminders.callers import CareForCallers
from tests.browser.inside import Inside, inside
from tests.integration.campaigns.conftest import Stage, draft
from tests.integration.campaigns.conftest import bare_care as bare_care
from tests.integration.campaigns.conftest import care as care
from tests.integration.campaigns.conftest import clock as clock
from tests.integration.campaigns.conftest import fhir as fhir
from tests.integration.campaigns.conftest import reminders as reminders
from tests.integration.campaigns.conftest import stage as stage
from tests.integration.console.indicator_rows import fill
from tests.integration.console.log import Log, nlu
from tests.integration.reminders.conftest import Story
from tests.serving import served

OUT = Path(os.environ.get("LATIDO_PICTURES", Path(__file__).resolve().parents[2] / "docs" / "pictures"))
# Where they live, and by how many weeks each is pregnant when we begin.
PLACES = {
    "Barracas": (-34.646, -58.383),
    "La Boca": (-34.635, -58.364),
    "San Telmo": (-34.621, -58.373),
    "Parque Patricios": (-34.637, -58.401),
    "Nueva Pompeya": (-34.651, -58.418),
}
WEEKS = (11, 14, 19, 20, 22, 24, 25, 27, 29, 31, 33, 36, 12, 16, 18, 21, 23, 26, 28, 30)
WHO_MISSES, MORNING_AFTER, DAYS = 3, 2, 16
# How far a notice comes: most are delivered, half of them are read.
RECEIPTS = (("delivered_at",), ("delivered_at", "read_at"), (), ("delivered_at", "read_at"))
BEGIN = datetime(2026, 11, 23, 10, 15, tzinfo=BUENOS_AIRES)
VISITS = [f"cesac-1-prenatal-20261201T11{minute:02}" for minute in (0, 20, 40)]
FLU = draft(name="Antigripal 2026", segment=Segment(weeks=(10, 38)), daily_cap=10, first_day=date(2026, 12, 3))
OPEN_DAY = {
    "what": "taller de lactancia y crianza",
    "day": "jueves 17 de diciembre",
    "time": "de 14 a 16",
    "place": "CeSAC N° 15, Humberto Primo 470",
}
SAID: tuple[tuple[str, dict[str, Any], list[str]], ...] = (
    ("kiero saver si atienden hoi", nlu("out_of_scope", 0.31, ("ask_hours", 0.24)), ["not_understood"]),
    (
        "puedo ir con mi nena o va ella sola con la abuela",
        nlu("ask_workshops", 0.34, ("deny", 0.2)),
        ["not_understood"],
    ),
    ("turno para mi nene o para mi", nlu("book_pediatric", 0.5, ("book_prenatal", 0.4)), []),
    ("es para el control de los dos", nlu("book_prenatal", 0.48, ("book_pediatric", 0.41)), []),
    ("me atendieron re bien, gracias a la obstetra", nlu("give_feedback", 0.97, ("thank", 0.02)), ["feedback"]),
    ("estoy perdiendo sangre", nlu("danger_sign", 0.99, ("greet", 0.01)), ["danger"]),
)
ROOMS = {
    "overdue": "overdue",
    "campaign": "campaigns/1",
    "indicators": "indicators#i-within_15_minutes",
    "review": "review",
}
DESK, PHONE = (1300, 820), (390, 780)
# The first two are kept with the project; the others are drawn as well where LATIDO_PICTURES names another folder.
LOOKS: dict[str, tuple[Literal["light", "dark"], tuple[int, int], str]] = {
    "": ("light", DESK, "marta"),
    "-phone": ("dark", PHONE, "clara"),
    "-dark": ("dark", DESK, "ines"),
    "-phone-light": ("light", PHONE, "sofia"),
}
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def console(browser: Browser, stage: Stage, engine: Engine, vault: Vault) -> Iterator[Inside]:
    """The console, three weeks after twelve residents wrote for the first time."""
    _three_weeks(stage)
    _messages(Log(engine, vault), stage.clock())
    fill(engine)
    parts = stage.campaigns.reminders
    desk = Console(
        engine,
        vault,
        secure_cookies=False,
        now=stage.clock,
        callers=CareForCallers(lambda: parts.care, lambda: parts.policy),
        campaigns=Desk(lambda: stage.campaigns),
    )
    app = Starlette(routes=[Mount("/console", routes=routes(desk))])
    with served(app) as url, inside(browser, f"{url}/console", engine, stage.clock) as them:
        yield them


def _three_weeks(stage: Stage) -> None:
    """Each day some tell of a pregnancy; a campaign goes out; three book and stay away; the reminders go on."""
    waiting = list(enumerate(WEEKS))
    stage.approved(FLU)
    missed: dict[str, Story] = {}
    while stage.clock.now < BEGIN + timedelta(days=DAYS):
        while waiting and (stage.clock.now > BEGIN + timedelta(days=waiting[0][0] // 3)):
            _moves_in(stage, *waiting.pop(0))
        if not missed and len(stage.people) > WHO_MISSES:
            missed = {story.books(slot): story for slot, story in zip(VISITS, stage.people.values(), strict=False)}
        if stage.clock.now.day == MORNING_AFTER:
            for appointment, story in missed.items():
                story.misses(appointment)
        _a_morning(stage)
        stage.clock.now += timedelta(days=1)
    stage.writes(draft(name="Jornada en Barracas", template="campaign_open_day", variables=OPEN_DAY))


def _moves_in(stage: Stage, number: int, weeks: int) -> None:
    name, place = list(PLACES.items())[number % len(PLACES)]
    story = stage.pregnant(hashlib.sha256(bytes([number])).hexdigest()[:16], weeks, place)
    with stage.begin() as connection:
        hers = resident_places.c.resident == story.resident
        connection.execute(update(resident_places).where(hers).values(label=name))


def _a_morning(stage: Stage) -> None:
    """A worker's round, the sender's, and the receipts of what it handed over."""
    anybody = next(iter(stage.people.values()), None)
    stage.round()
    stage.sends()
    if anybody is None:
        return
    anybody.works()
    anybody.sends()
    for row in stage.messages("handed_over"):
        moments = dict.fromkeys(RECEIPTS[row.id % len(RECEIPTS)], stage.clock.now)
        if moments and row.delivered_at is None:
            stage.marks(row.id, status="read" if "read_at" in moments else "delivered", **moments)


def _messages(log: Log, now: datetime) -> None:
    """What residents wrote this morning that somebody should look at."""
    for number, (text, understood, flags) in enumerate(SAID):
        moment = now - timedelta(minutes=50 - 7 * number)
        inbound = log.receives(f"whatsapp:+54911556677{number:02}", text, at=moment)
        log.answers(inbound, ["¿Me lo contás con otras palabras?"], moment, nlu=understood, flags=flags)
    collect_all(log.engine)


def _keep(page: Page, name: str) -> None:
    """The picture, in at most 256 colours: a page of text needs no more, and a clone of the project stays small."""
    page.wait_for_load_state("networkidle")
    OUT.mkdir(parents=True, exist_ok=True)
    drawn = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    drawn.quantize(256, dither=Image.Dither.NONE).save(OUT / f"{name}.png", optimize=True)


def _somebody_calls(console: Inside) -> None:
    """Laura has the second of the list."""
    laura = console.enter("laura", "agent")
    laura.goto(f"{console.base}/overdue")
    laura.locator(".row").nth(1).click()
    laura.get_by_role("button", name="La llamo yo").click()
    laura.wait_for_load_state("networkidle")
    laura.close()


def test_pictures(console: Inside) -> None:
    _somebody_calls(console)
    looks = list(LOOKS.items())
    for ending, (look, size, name) in looks if "LATIDO_PICTURES" in os.environ else looks[:2]:
        page = console.enter(name, "admin", size)
        page.emulate_media(color_scheme=look)
        for room, path in ROOMS.items():
            page.goto(f"{console.base}/{path}")
            _keep(page, f"console-{room}{ending}")
