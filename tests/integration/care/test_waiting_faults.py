"""Processes killed and servers lost while a slot is offered: nothing lost, nobody told twice of one slot."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import requests
from sqlalchemy import select

from latido.care.services import Care
from latido.care.waiting.answering import accept
from latido.care.waiting.offering import offer_released
from latido.care.waiting.tables import offers
from latido.database import create_engine
from latido.fhir.client import FhirClient
from latido.fhir.errors import Conflict
from latido.fhir.server import FhirServer
from latido.fhir.transport import IN_PROCESS_BASE, InProcessAdapter
from latido.messaging.notices import Notices
from tests.integration.care.conftest import Clock
from tests.integration.care.waiting_story import MINUTE, all_told, answer_id, free, joins, key, slot_status, state_of
from tests.integration.care.waiting_story import waiting as waiting


class Line(InProcessAdapter):
    """Reaches the embedded server, but calls `before` and `after` around each transaction."""

    before: Callable[[], None] = staticmethod(lambda: None)
    after: Callable[[], None] = staticmethod(lambda: None)

    def send(self, request, *args, **kwargs):
        transaction = request.method == "POST" and request.url.rstrip("/").endswith("/R4")
        if transaction:
            self.before()
        answer = super().send(request, *args, **kwargs)
        if transaction:
            self.after()
        return answer


class DiesBeforeSaying(Notices):
    """Its process ends when the message is about to be queued."""

    def say(self, *_args):
        os._exit(9)


class DiesAfterSaying(Notices):
    """Its process ends when the message is queued, but not committed."""

    def say(self, *args):
        super().say(*args)
        os._exit(9)


def killed_in_a_round(care: Care, moment: str) -> None:
    """One round in a process that dies at this moment."""
    url = care.engine.url.render_as_string(hide_password=False)
    child = os.fork()
    if child == 0:
        try:
            engine = create_engine(url, pool_size=2)
            line = Line(FhirServer(engine, care.vault))
            if moment in ("before", "after"):
                setattr(line, moment, lambda: os._exit(9))
            session = requests.Session()
            session.mount(IN_PROCESS_BASE, line)
            says = {"saying": DiesBeforeSaying, "said": DiesAfterSaying}.get(moment, Notices)(care.vault)
            offer_released(replace(care, engine=engine, fhir=FhirClient(IN_PROCESS_BASE, session), messenger=says))
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


@pytest.mark.parametrize("moment", ["before", "after", "saying", "said"])
def test_a_worker_killed_while_it_offers_loses_nothing_and_nobody_is_told_twice(
    waiting: Care, clock: Clock, moment: str
) -> None:
    joins(waiting, "ana", 30)
    joins(waiting, "eva", 20)
    free(waiting)
    killed_in_a_round(waiting, moment)
    assert offer_released(waiting) == 0, "another worker waits before it takes the row up"
    clock.now += 2 * MINUTE
    assert offer_released(waiting) == 1
    assert all_told(waiting, "ana", "eva") == [1, 0]
    assert offer_released(waiting) == 0
    assert accept(waiting, answer_id(waiting, "ana"), key("ana"), "SM1")["appointment"]["status"] == "booked"
    assert slot_status(waiting) == "busy"


def test_a_row_taken_up_too_late_passes_the_slot_on(waiting: Care, clock: Clock) -> None:
    joins(waiting, "ana", 30)
    free(waiting)
    killed_in_a_round(waiting, "saying")
    clock.now += 20 * MINUTE
    offer_released(waiting)
    assert all_told(waiting, "ana") == [1], "she was never told, so the same slot may be offered to her again"
    with waiting.engine.connect() as connection:
        states = connection.execute(select(offers.c.state).order_by(offers.c.id)).scalars().all()
    assert states == ["lost", "open"]


def test_a_slot_that_shows_as_free_but_cannot_be_held_is_left_alone_after_some_tries(waiting: Care) -> None:
    joins(waiting, "ana", 30)
    free(waiting)
    line = Line(FhirServer(waiting.engine, waiting.vault))

    def refused() -> None:
        raise Conflict("412 Precondition Failed")

    line.before = refused
    session = requests.Session()
    session.mount(IN_PROCESS_BASE, line)
    shaky = replace(waiting, fhir=FhirClient(IN_PROCESS_BASE, session))
    for _ in range(6):
        assert offer_released(shaky) == 0
    with waiting.engine.connect() as connection:
        assert connection.execute(select(offers.c.state)).scalars().all() == ["lost"] * 3


def test_a_health_service_that_is_away_even_for_reading_stops_no_worker(waiting: Care) -> None:
    joins(waiting, "ana", 30)
    session = requests.Session()
    session.trust_env = False
    assert offer_released(replace(waiting, fhir=FhirClient("http://127.0.0.1:9/fhir", session, (0.5, 0.5)))) == 0


def test_a_health_service_that_is_away_delays_the_offer(waiting: Care, clock: Clock) -> None:
    joins(waiting, "ana", 30)
    free(waiting)
    line = Line(FhirServer(waiting.engine, waiting.vault))

    def refused() -> None:
        raise requests.ConnectionError("nobody answers")

    line.before = refused
    session = requests.Session()
    session.mount(IN_PROCESS_BASE, line)
    assert offer_released(replace(waiting, fhir=FhirClient(IN_PROCESS_BASE, session))) == 0
    assert all_told(waiting, "ana") == [0]
    clock.now += timedelta(minutes=2)
    offer_released(waiting)
    assert all_told(waiting, "ana") == [1] and state_of(waiting, "ana") == "offered"
