"""May she be asked for her consent to reminders or content: once, seldom, never where it would hurt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from latido.care.rights.asking import NOTED, load_patience
from latido.care.tables import consents
from latido.messaging.notices import Notices
from tests.integration.care.conftest import Api, served

CONSENT = {"idempotency_key": "SM1:consent", "version": "2026-11", "scope": "chat"}
AGE = {"weeks_min": 20, "weeks_max": 20, "source": "weeks"}


class Resident:
    """Ana, as the dialogue speaks of her; every call is a message of its own."""

    def __init__(self, api, clock, key: str) -> None:
        self.api, self.clock, self.key, self.messages = api, clock, key, 1

    def posts(self, path: str, **body):
        self.messages += 1
        return self.api.post(f"/residents/{self.key}/{path}", {"idempotency_key": f"SM{self.messages}:x", **body})

    def is_asked(self, scope: str = "reminders") -> bool:
        answer = self.posts("ask", scope=scope)
        assert answer.status_code == 200
        return bool(answer.json()["ask"])

    def says(self, answer: str, scope: str = "reminders"):
        answered = self.posts("reminders", answer=answer, scope=scope)
        assert answered.status_code == 200
        return answered.json()

    def days_later(self, days: int) -> None:
        self.clock.now += timedelta(days=days, minutes=1)


@pytest.fixture
def api(bare_care) -> Iterator[Api]:
    with served(replace(bare_care, messenger=Notices(bare_care.vault))) as api:
        yield api


@pytest.fixture
def ana(api, clock, vault) -> Resident:
    ana = Resident(api, clock, vault.resident_key("whatsapp:+5491151234567"))
    api.post(f"/residents/{ana.key}/consent", CONSENT)
    return ana


def test_she_is_asked_once(ana):
    assert ana.is_asked()
    assert not ana.is_asked()


def test_the_same_message_again_has_the_same_answer(api, ana):
    body = {"idempotency_key": "SM9:ask", "scope": "reminders"}
    asked = [api.post(f"/residents/{ana.key}/ask", body).json()["ask"] for _ in range(2)]
    assert asked == [True, True]


def test_nobody_is_asked_who_has_not_agreed_to_the_chat(api, vault):
    key = vault.resident_key("whatsapp:+5491150000000")
    answer = api.post(f"/residents/{key}/ask", {"idempotency_key": "SM1:ask", "scope": "reminders"})
    assert answer.json() == {"ask": False}


@pytest.mark.parametrize(("answer", "noted"), [("later", "later"), ("refused", "refused"), (None, "asked")])
@pytest.mark.parametrize("scope", ["reminders", "content"])
def test_the_question_rests_as_long_as_the_data_say(ana, answer, noted, scope):
    ana.posts("pregnancies", person="self", gestational_age=AGE)
    if scope == "content":
        ana.says("in")
    assert ana.is_asked(scope)
    if answer:
        ana.says(answer, scope)
    rest = load_patience().rests[scope, noted].days
    ana.days_later(rest - 1)
    assert not ana.is_asked(scope)
    ana.days_later(1)
    assert ana.is_asked(scope)


def test_who_has_reminders_is_not_asked_for_them(ana):
    ana.says("in")
    ana.days_later(400)
    assert not ana.is_asked()


def test_who_said_baja_is_asked_for_nothing(ana):
    ana.posts("pregnancies", person="self", gestational_age=AGE)
    ana.says("in")
    ana.says("in", "content")
    left = ana.says("out")
    assert left["reminders"] == {"consent": None} and left["content"] == {"consent": None}
    ana.days_later(400)
    assert not ana.is_asked() and not ana.is_asked("content")


def test_content_is_asked_for_only_after_a_yes_to_reminders_and_where_dates_are_known(ana):
    ana.posts("pregnancies", person="self", gestational_age=None)
    assert not ana.is_asked("content")
    ana.says("in")
    assert not ana.is_asked("content")
    ana.posts("pregnancies", person="self", gestational_age=AGE)
    assert ana.is_asked("content")


def test_no_more_content_leaves_the_reminders(ana):
    ana.says("in")
    assert ana.says("in", "content")["content"]["consent"]["version"] == "2026-11"
    left = ana.says("out", "content")
    assert left["reminders"]["consent"] and left["content"] == {"consent": None}


def test_content_may_be_had_without_reminders(ana):
    asked_for = ana.says("in", "content")
    assert asked_for["content"]["consent"] and asked_for["reminders"] == {"consent": None}


@pytest.mark.parametrize("of", ["pregnancy", "unknown"])
def test_nothing_is_asked_for_a_long_time_after_a_loss(ana, of):
    ana.posts("pregnancies", person="self", gestational_age=AGE)
    assert ana.posts("losses", of=of, person=None).status_code == 201
    ana.days_later(load_patience().after_loss.days - 1)
    assert not ana.is_asked()
    ana.days_later(1)
    assert ana.is_asked()


def test_a_child_that_died_is_a_loss_too(ana):
    ana.posts("children", given_name="Luca", birth_date="2026-09-01")
    ana.posts("losses", of="child", person="child-1")
    assert not ana.is_asked()


def test_a_loss_told_by_mistake_stands_in_no_way(ana):
    ana.posts("pregnancies", person="self", gestational_age=AGE)
    ana.posts("losses", of="pregnancy", person="self")
    ana.posts("losses/undo")
    assert ana.is_asked()


def test_what_she_said_when_asked_is_erased_with_her_data(ana, bare_care):
    ana.is_asked()
    ana.says("refused", "content")
    ana.posts("erase")
    with bare_care.engine.connect() as connection:
        noted = [f"{scope}_{each}" for scope in ("reminders", "content") for each in NOTED]
        assert not connection.execute(select(consents).where(consents.c.scope.in_(noted))).all()


def test_what_she_is_told_of_her_data_names_the_content(api, ana):
    ana.says("in", "content")
    told = str(api.get(f"/residents/{ana.key}/data").json())
    assert "Pediste que te mande consejos el 23 de noviembre de 2026." in told


def test_free_slots_only_is_no_answer_about_content(ana):
    assert ana.posts("reminders", answer="waiting_list_only", scope="content").status_code == 400
    assert ana.posts("ask", scope="chat").status_code == 400
