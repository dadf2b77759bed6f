"""The health service answers with errors, or not at all, when a reminder is checked: it waits, and is said once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from latido.fhir.client import FhirClient
from tests.integration.reminders.conftest import HOUR, MINUTE, Story, at
from tests.serving import served

CONFIRM = at(28, 12, month=11)
over = threading.Event()


def broken(_: Request) -> Response:
    return PlainTextResponse("broken", 500)


def silent(_: Request) -> Response:
    """Takes the request and says nothing for as long as the test lasts."""
    over.wait(120)
    return PlainTextResponse("too late", 500)


@pytest.fixture(params=[broken, silent], ids=["500", "silence"])
def ailing(request: pytest.FixtureRequest, booked: Story) -> Iterator[Story]:
    """Ana's story while the health service is ill."""
    over.clear()
    with served(Starlette(routes=[Route("/fhir/{rest:path}", request.param, methods=["GET", "POST"])])) as url:
        session = requests.Session()
        session.trust_env = False
        ill = FhirClient(f"{url}/fhir", session, (2.0, 0.3))
        yield replace(booked, reminders=replace(booked.reminders, care=replace(booked.care, fhir=ill)))
        over.set()


def test_at_the_check_it_waits_and_is_said_once_when_the_service_is_well(booked: Story, ailing: Story) -> None:
    booked.plans()
    ailing.works(CONFIRM)
    assert booked.messages() == []
    assert booked.states()["confirm"] in ("pending", "claimed")
    booked.lapses()
    booked.works(CONFIRM + MINUTE)
    assert booked.sends() == ["send"]
    assert (booked.states()["confirm"], len(booked.said())) == ("sent", 1)


def test_just_before_the_attempt_it_waits(booked: Story, ailing: Story) -> None:
    booked.works(CONFIRM)
    booked.clock.now += MINUTE
    assert ailing.sends() == ["wait"]
    assert booked.said() == [] and booked.states()["confirm"] == "queued"


def test_ill_for_too_long_it_is_not_said_late(booked: Story, ailing: Story) -> None:
    booked.plans()
    ailing.works(CONFIRM)
    last = booked.row("confirm").not_after
    booked.lapses()
    booked.works(last + HOUR)
    assert booked.states()["confirm"] == "expired" and booked.said() == []
