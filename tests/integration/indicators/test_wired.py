"""From what residents wrote to the page and the file, through the very parts that the processes run."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path

import requests
from sqlalchemy import Engine, update

from latido.areas import chosen_areas
from latido.care.services import BUENOS_AIRES
from latido.indicators.rounds import count_month
from latido.indicators.rules.figures import Month
from latido.messaging.inbox import store_inbound
from latido.messaging.messages import InboundMessage
from latido.messaging.tables import message
from latido.settings import Settings
from latido.web import create_app
from latido.wiring import Wiring
from tests.integration.console.insiders import inside, works_here
from tests.serving import served

WRITERS = 12


def wiring(engine: Engine, tmp_path: Path) -> Wiring:
    """The parts of one installation, on the test's database, in a demo's haste."""
    url = engine.url.render_as_string(hide_password=False)
    return Wiring(
        Settings(_env_file=None, database_url=url, data_dir=tmp_path, secret_key="x" * 43, indicators_minutes=1.0)
    )


def writes(wired: Wiring, month: Month) -> None:
    """So many residents who write once on the tenth of a month."""
    for number in range(WRITERS):
        sid = f"SM{month.name}{number:02}"
        store_inbound(
            wired.engine, wired.vault, InboundMessage(sid, f"whatsapp:+54911512345{number:02}", "text", "hola")
        )
    tenth = datetime.combine(month.first + timedelta(days=9), datetime.min.time(), BUENOS_AIRES)
    with wired.engine.begin() as connection:
        mine = message.c.provider_sid.like(f"SM{month.name}%")
        connection.execute(update(message).where(mine).values(created_at=tenth))


def test_what_residents_wrote_is_on_the_page_and_in_the_file_once_it_no_longer_changes(
    engine: Engine, tmp_path: Path
) -> None:
    wired = wiring(engine, tmp_path)
    last = Month.of(datetime.now(BUENOS_AIRES).date()).before()
    settled = last.before()
    writes(wired, settled)
    writes(wired, last)
    count_month(wired.care, settled)
    wired.indicator_chore.action()
    works_here(engine, "pablo", "reader")
    app = create_app(chosen_areas(wired, ["console", "open-data"]), engine, "service-token")
    with served(app) as url:
        reader = inside(f"{url}/console", engine, "pablo")
        for month in (last, settled):
            page = reader.opens(f"/indicators?month={month.name}").text
            shown = page.split('id="i-conversations"')[1].split("</section>")[0]
            assert f"<strong>{WRITERS}</strong>" in shown
        file = requests.get(f"{url}/open-data/indicators/conversations.csv", timeout=60)
        lines = list(csv.DictReader(io.StringIO(file.text, newline="")))
        assert [(line["month"], line["hits"]) for line in lines] == [(settled.name, str(WRITERS))]


def test_how_often_the_worker_looks_follows_the_setting(engine: Engine, tmp_path: Path) -> None:
    assert wiring(engine, tmp_path).indicator_chore.every_seconds == 60.0
