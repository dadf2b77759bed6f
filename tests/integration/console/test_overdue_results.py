"""Calls about an appointment that stands, a booking that was cut short, and what is seen to before a call."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from latido.console.overdue.callers import Whom
from latido.console.overdue.tables import calls
from latido.reminders.callers import CareForCallers
from latido.reminders.parts import Reminders
from tests.integration.console.test_overdue import Enters, does, has_agenda, path_of
from tests.integration.console.test_overdue import ana as ana
from tests.integration.console.test_overdue import bare_care as bare_care
from tests.integration.console.test_overdue import base as base
from tests.integration.console.test_overdue import care as care
from tests.integration.console.test_overdue import clock as clock
from tests.integration.console.test_overdue import enters as enters
from tests.integration.console.test_overdue import fhir as fhir
from tests.integration.console.test_overdue import listed as listed
from tests.integration.console.test_overdue import reminders as reminders
from tests.integration.reminders.conftest import Story
from tests.integration.reminders.conftest import booked as booked
from tests.integration.reminders.test_unconfirmed import ASKED, asked


@pytest.fixture
def silent(booked: Story) -> Story:
    """Ana, who does not say whether she comes to her appointment."""
    asked(booked)
    booked.works(ASKED + timedelta(hours=25))
    assert booked.row("unconfirmed").state == "listed"
    return booked


def test_who_says_on_the_phone_that_she_comes_has_confirmed(silent: Story, enters: Enters) -> None:
    laura, path = enters(), path_of(silent)
    assert "No confirmó el turno" in laura.opens("/overdue?kind=unconfirmed").text
    assert does(laura, path, "result", result="will_come").status_code == 303
    silent.works()
    assert silent.row("unconfirmed").state == "cancelled" and len(silent.appointments()) == 1
    assert "contestó, o ya se resolvió lo de su turno" in laura.opens(path).text


def test_who_says_that_she_does_not_come_frees_her_slot(silent: Story, enters: Enters, engine: Engine) -> None:
    laura, path = enters(), path_of(silent)
    assert "cancelar su turno" in laura.opens(path).text
    for _ in range(2):
        assert does(laura, path, "result", result="gives_up", token="7" * 32).status_code == 303
    assert silent.appointments() == []
    with engine.connect() as connection:
        assert len(connection.execute(select(calls)).all()) == 1


def test_only_a_standing_appointment_can_be_cancelled(listed: Story, enters: Enters) -> None:
    laura, path = enters(), path_of(listed)
    assert "cancelar su turno" not in laura.opens(path).text
    refused = does(laura, path, "result", result="gives_up")
    assert refused.status_code == 400 and "No tiene un turno que cancelar" in refused.text


def test_a_booking_whose_call_was_not_written_down_is_finished_by_the_same_form(
    listed: Story, enters: Enters, engine: Engine, reminders: Reminders
) -> None:
    has_agenda(listed)
    laura, path, token = enters(), path_of(listed), "8" * 32
    slot = re.findall(r'name="slot" value="([^"]+)"', laura.opens(f"{path}?offers=1&center=1").text)[0]
    callers = CareForCallers(lambda: reminders.care, lambda: reminders.policy)
    callers.book(Whom(listed.resident, "self", "prenatal"), slot, token)  # and then the process died
    assert laura.sends(f"{path}/book", csrf=laura.csrf(path), token=token, slot=slot).status_code == 303
    assert len(listed.appointments()) == 1
    assert len([row for row in listed.messages() if row.template == "booked_by_phone"]) == 1
    with engine.connect() as connection:
        assert list(connection.execute(select(calls.c.result)).scalars()) == ["booked"]


def test_what_is_grave_is_seen_to_before_she_is_called(listed: Story, enters: Enters) -> None:
    with listed.care.engine.begin() as connection:
        listed.care.messenger.alert(connection, listed.resident, "danger_call", "follow-up:1", "")
    assert "Antes de llamarla, mirá sus" in enters().opens(path_of(listed)).text
