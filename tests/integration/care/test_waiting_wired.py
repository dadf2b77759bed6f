"""The waiting list as the worker runs it: what wiring puts together offers, tells and hears of released slots."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from latido.care.agenda.command import import_agenda
from latido.care.booking.book import book
from latido.care.booking.cancel import cancel
from latido.care.booking.patients import Person
from latido.care.booking.wish import Booking
from latido.care.rules.priority import Answers
from latido.care.seed import center_resources, write_changed
from latido.care.services import BUENOS_AIRES
from latido.care.waiting.joining import Joining, join
from latido.care.waiting.tables import releases
from latido.crypto import Vault
from latido.messaging.lanes import claim
from latido.settings import Settings
from latido.wiring import Wiring
from tests.integration.care.waiting_story import all_told, key, wrote

TOMORROW = datetime.now(BUENOS_AIRES).date() + timedelta(days=1)
SLOT = f"cesac-1-prenatal-{TOMORROW:%Y%m%d}T1700"


@pytest.fixture
def wiring(engine: Engine, vault: Vault, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Wiring:
    for name in ("LATIDO_FHIR_URL", "LATIDO_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    url = engine.url.render_as_string(hide_password=False)
    settings = Settings(database_url=url, redis_url=redis_url, service_token="t", secret_key="k", _env_file=None)
    return Wiring(settings)


def test_a_cancelled_slot_reaches_who_waits(wiring: Wiring) -> None:
    care = wiring.care
    write_changed(care.fhir, [*center_resources(care.directory.centers[1], care.directory)])
    agenda = f"center,service,date,from,to,minutes\n1,prenatal,{TOMORROW},17:00,17:20,20\n"
    import_agenda(care.fhir, care.directory, agenda, care.now())
    made = book(care, Booking("SM1", key("eva"), SLOT, "prenatal", Person("self")))[0]["appointment"]
    wrote(care, "ana")
    join(
        care,
        Joining("SM2", key("ana"), "prenatal", Person("self"), center_number=1, answers=Answers("none", "under_15")),
    )
    cancel(care, made["id"], key("eva"), "SM3")
    with wiring.engine.connect() as connection:
        assert connection.execute(select(releases.c.slot_id)).scalars().all() == [SLOT]
    assert claim(wiring.engine, "send", 1, 10.0) == []
    wiring.waiting_chore.action()
    assert all_told(care, "ana") == [1], "in the last ten minutes she wrote, so she is told at any hour"
    assert [lease.resident for lease in claim(wiring.engine, "send", 1, 10.0)] == [key("ana")]
    with wiring.engine.connect() as connection:
        assert connection.execute(select(releases)).all() == []
