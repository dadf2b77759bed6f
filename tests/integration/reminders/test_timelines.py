"""Ana's timeline on a real database and FHIR server: on the command line, and as her own calendar."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import pytest
from click.testing import CliRunner
from PIL import Image
from sqlalchemy import select

from latido.care.errors import HealthServiceUnavailable
from latido.care.rights.erasing import erase
from latido.messaging.pictures.keeping import fetch, open_address
from latido.messaging.pictures.tables import picture
from latido.reminders.calendar.answering import calendar_of
from latido.reminders.command import reminders_group
from latido.reminders.timelines import WhichResident, resident_beginning, timeline_for
from tests.integration.reminders.conftest import Story, at

LMP = date(2026, 7, 6)  # 20 weeks on the day of the stories


def latido(story: Story, *words: str) -> str:
    done = CliRunner().invoke(reminders_group(lambda: story.reminders), words, catch_exceptions=False)
    return str(done.output)


def pictures(story: Story) -> list:
    with story.care.engine.connect() as connection:
        return list(connection.execute(select(picture)))


def test_the_command_tells_what_is_due_booked_and_said(booked: Story) -> None:
    booked.is_pregnant(LMP)
    booked.works(at(28, 12, month=11))
    told = latido(booked, "plan", booked.resident[:8], "--now", "2026-11-28T13:00")
    assert "wants reminders: yes" in told
    assert "self (pregnancy, weeks 20–20)" in told
    assert "prenatal-20" in told and "appointment booked" in told
    assert "reminder confirm" in told
    assert booked.resident not in told


def test_a_key_that_nobody_has_is_said_so(booked: Story) -> None:
    assert "nobody" in latido(booked, "plan", "ffffffffff")
    with pytest.raises(WhichResident):
        resident_beginning(booked.reminders, "%")


def test_her_calendar_has_the_appointment_and_a_picture_that_can_be_fetched_once_sent(booked: Story) -> None:
    booked.is_pregnant(LMP)
    answer = calendar_of(booked.reminders, booked.resident, "SM1:calendar")
    (person,) = answer["people"]
    assert person["heading"].startswith("Embarazo, semana ")
    assert person["lines"][0]["state"] == "booked"
    assert person["lines"][0]["where"].startswith("CeSAC")
    care = booked.care
    token = open_address(care.engine, care.vault, booked.resident, answer["picture"])
    assert token is not None
    drawn = fetch(care.engine, care.vault, token)
    assert drawn is not None
    assert Image.open(io.BytesIO(drawn)).size[0] == 1080


def test_asked_twice_for_one_message_it_is_one_picture(booked: Story) -> None:
    booked.is_pregnant(LMP)
    first, again = (calendar_of(booked.reminders, booked.resident, "SM1:calendar")["picture"] for _ in range(2))
    assert first == again
    assert len(pictures(booked)) == 1


def test_who_said_stop_still_sees_her_calendar(booked: Story) -> None:
    booked.is_pregnant(LMP)
    booked.says_stop()
    answer = calendar_of(booked.reminders, booked.resident, "SM1:calendar")
    assert answer["reminders"] == "off"
    assert answer["people"]
    assert {each.why_not for each in timeline_for(booked.reminders, booked.resident).people[0].items} <= {
        None,
        "silent",
    }


def test_after_a_loss_nothing_is_shown_and_nothing_drawn(booked: Story) -> None:
    booked.is_pregnant(LMP)
    booked.loses_it()
    answer = calendar_of(booked.reminders, booked.resident, "SM1:calendar")
    assert (answer["people"], answer["after_loss"], answer["picture"]) == ([], True, None)
    assert pictures(booked) == []
    booked.takes_back_the_loss()
    back = calendar_of(booked.reminders, booked.resident, "SM2:calendar")
    assert back["people"]
    assert not back["after_loss"]


def test_after_a_birth_it_is_the_babys(booked: Story) -> None:
    booked.is_pregnant(date(2026, 2, 20))
    booked.gives_birth(date(2026, 11, 20))
    answer = calendar_of(booked.reminders, booked.resident, "SM1:calendar")
    headings = [person["heading"] for person in answer["people"]]
    assert [each for each in headings if each.startswith("Bebé de 3 días")]
    assert not [each for each in headings if each.startswith("Embarazo, ")]
    assert "Luz" not in str(answer)


def test_while_the_health_service_is_away_nothing_is_made_up(booked: Story) -> None:
    booked.is_pregnant(LMP)
    with pytest.raises(HealthServiceUnavailable):
        calendar_of(booked.without_fhir().reminders, booked.resident, "SM1:calendar")
    assert "try again" in latido(booked.without_fhir(), "plan", booked.resident[:8])


def test_who_asks_to_be_forgotten_has_no_picture_left(booked: Story) -> None:
    booked.is_pregnant(LMP)
    calendar_of(booked.reminders, booked.resident, "SM1:calendar")
    assert len(pictures(booked)) == 1
    erase(booked.care, booked.resident, "SM2:erase")
    assert pictures(booked) == []


def test_a_resident_of_whom_nothing_is_known_has_an_empty_one(booked: Story) -> None:
    unknown = replace(booked, name="nobody").agrees()
    answer = calendar_of(unknown.reminders, unknown.resident, "SM1:calendar")
    assert (answer["people"], answer["picture"], answer["after_loss"]) == ([], None, False)
