"""Residents who wait, in a few words: they join, slots become free, they are told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from latido.care.booking.patients import Person
from latido.care.places.locate import Near
from latido.care.residents import CHAT, CURRENT_CONSENT, give_consent
from latido.care.rules.gestation import GestationalAge
from latido.care.rules.priority import Answers
from latido.care.services import Care
from latido.care.waiting.free_slots import note_release
from latido.care.waiting.joining import Joining, entries_of, join
from latido.care.waiting.tables import decisions, entries
from latido.messaging.messages import Reply
from latido.messaging.notices import Notices
from latido.messaging.outbox import opened_reply
from latido.messaging.tables import message, resident
from tests.integration.care.conftest import Clock

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# The only slot of tomorrow near Barracas once the others are taken.
SLOT = "cesac-1-prenatal-20261124T0900"
# More than eight kilometres from Barracas.
FAR = 12
TOP = Answers(prior_checkups="none")
BARRACAS = Near(neighbourhood="barracas")


def key(name: str) -> str:
    """A resident's key, as long as real ones."""
    return name.encode().hex().ljust(32, "0")[:32]


@pytest.fixture
def waiting(care: Care, clock: Clock) -> Care:
    """Care that can write to residents, with nothing free."""
    care = replace(
        care,
        messenger=Notices(care.vault),
        released=lambda slot_id: note_release(care.engine, slot_id, clock()),
    )
    for slot in care.fhir.search("Slot", [("status", "free"), ("_count", "200")]).matches:
        care.fhir.update({**slot, "status": "busy-unavailable"})
    return care


def free(care: Care, slot_id: str = SLOT) -> None:
    """The centre's desk opens a slot."""
    care.fhir.update({**care.fhir.read("Slot", slot_id), "status": "free"})


def wrote(care: Care, name: str, at: datetime | None = None) -> None:
    """She wrote to us, just now unless said."""
    moment = care.now() if at is None else at
    values = {"key": key(name), "address_sealed": care.vault.seal("whatsapp:+5491150000000"), "last_inbound_at": moment}
    with care.engine.begin() as connection:
        known = connection.execute(
            update(resident).where(resident.c.key == key(name)).values(last_inbound_at=moment)
        ).rowcount
        if not known:
            connection.execute(resident.insert().values(values))
        give_consent(connection, key(name), CHAT, CURRENT_CONSENT, moment)


def joins(care: Care, name: str, weeks: int | None = 24, answers: Answers = TOP, **more: Any) -> dict[str, Any]:
    """She writes and is put on the list; her entry."""
    wrote(care, name)
    today = care.local_now().date()
    age = None if weeks is None else GestationalAge(weeks, weeks, today)
    given = {"near": BARRACAS} | more
    return join(
        care, Joining(f"SM-{name}:join", key(name), "prenatal", Person("self"), age=age, answers=answers, **given)
    )[0]["entry"]


def told(care: Care, name: str) -> list[Reply]:
    """What was queued for her, in order."""
    query = select(message.c.content_sealed).where(message.c.resident == key(name)).order_by(message.c.id)
    with care.engine.connect() as connection:
        return [opened_reply(care.vault, row.content_sealed) for row in connection.execute(query)]


def all_told(care: Care, *names: str) -> list[int]:
    return [len(told(care, name)) for name in names]


def answer_id(care: Care, name: str, number: int = -1) -> str:
    """What the buttons of her latest offer carry."""
    payload = told(care, name)[number].buttons[0].payload
    assert payload.startswith("/waiting_list_answer")
    return json.loads(payload.removeprefix("/waiting_list_answer"))["waiting_entry"]


def entry_of(care: Care, name: str) -> dict[str, Any] | None:
    found = entries_of(care, key(name))["entries"]
    return found[0] if found else None


def state_of(care: Care, name: str) -> str:
    with care.engine.connect() as connection:
        return connection.execute(
            select(entries.c.state).where(entries.c.resident == key(name)).order_by(entries.c.since.desc())
        ).scalar_one()


def slot_status(care: Care, slot_id: str = SLOT) -> str:
    return care.fhir.read("Slot", slot_id)["status"]


def last_decision(care: Care):
    with care.engine.connect() as connection:
        return connection.execute(select(decisions).order_by(decisions.c.id.desc()).limit(1)).one()
