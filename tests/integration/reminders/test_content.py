"""Content from consent to message: sent once to who asked for it, and never after a birth, a loss or a no."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, update

from latido.care.rights.reminders import ReminderAnswer, set_reminders
from latido.care.services import BUENOS_AIRES
from latido.reminders.breaking import judge
from latido.reminders.coming import first_of
from latido.reminders.content_data import load_content
from latido.reminders.knowing import known_of
from latido.reminders.parts import Reminders
from latido.reminders.policy_data import load_policy
from latido.reminders.rules.content import plan_with_content
from latido.reminders.rules.plan import plan
from latido.reminders.rules.steps import Known
from latido.reminders.tables import reminder
from latido.reminders.talking import told
from tests.integration.reminders.conftest import DAY, Story, at

CONTENT = load_content()
CARD = next(card for card in CONTENT.cards if card.id == "preg_rest")
# The card of week 14 is of Wednesday the 25th.
LAST_PERIOD = date(2026, 11, 25) - timedelta(days=CARD.first_day)
CARD_DAY = at(25, 11, month=11)


@pytest.fixture
def reminders(reminders: Reminders) -> Reminders:
    policy, calendars = load_policy(), reminders.care.calendars
    return replace(
        reminders, plan=lambda known, now: plan_with_content(known, calendars, policy, CONTENT, BUENOS_AIRES, now)
    )


@pytest.fixture
def reader(reminders: Reminders, clock) -> Story:
    """Ana, 13 weeks pregnant, who wants content and no reminders: nothing else is in its way."""
    reader = Story(reminders, clock).agrees(reminders=False)
    reader.is_pregnant(LAST_PERIOD)
    answers(reader, "in")
    return reader


def answers(story: Story, answer: ReminderAnswer) -> None:
    set_reminders(story.care, story.resident, answer, story.fresh(), "content")


def tips(story: Story) -> list[str]:
    return [row.state for row in story.rows("tip") if row.due_at <= story.clock.now + 2 * DAY]


def test_a_card_is_sent_once(reader: Story) -> None:
    reader.works(CARD_DAY)
    assert reader.sends() == ["send"]
    [said] = reader.said()
    assert CARD.text in said and CARD.source in said
    reader.works(CARD_DAY + DAY)
    assert reader.sends() == [] and tips(reader) == ["sent"]


def test_outside_the_window_it_is_a_template_that_names_nothing(reader: Story) -> None:
    reader.works(CARD_DAY)
    [queued] = reader.messages("queued")
    assert reader.rows("tip")[0].template == "tip"
    found = told(reader.reminders, reader.resident, queued.reminder_id)
    assert (found["kind"], found["name"], found["now"]) == ("content", "tip", "stands")
    assert [button["title"] for button in found["message"]["buttons"]] == ["No quiero más", "Otra cosa"]


@pytest.mark.parametrize("change", ["content", "baja", "loss", "birth"])
def test_what_is_queued_is_withdrawn(reader: Story, change: str) -> None:
    reader.works(CARD_DAY)
    changes = {
        "content": lambda: answers(reader, "out"),
        "baja": reader.says_stop,
        "loss": reader.loses_it,
        "birth": lambda: reader.gives_birth(date(2026, 11, 24)),
    }
    # A birth so early is of another pregnancy: it is told of one that is far along.
    if change == "birth":
        reader.is_pregnant(LAST_PERIOD - timedelta(weeks=20))
    changes[change]()
    assert reader.sends() == ["withdraw"] and reader.said() == []
    assert tips(reader)[:1] == ["cancelled"]


def test_after_a_birth_the_cards_are_the_childs(reader: Story) -> None:
    reader.is_pregnant(LAST_PERIOD - timedelta(weeks=22))
    reader.gives_birth(date(2026, 11, 20))
    reader.works(CARD_DAY)
    assert {row.role for row in reader.rows("tip") if row.state == "pending"} == {"child-1"}


def test_no_cards_after_no_more_until_she_asks_again(reader: Story) -> None:
    answers(reader, "out")
    reader.works(CARD_DAY)
    assert tips(reader) == []
    answers(reader, "in")
    reader.works(CARD_DAY + DAY)
    assert [row.state for row in reader.rows("tip")][:1] == ["queued"]


def test_reminders_go_on_when_content_ends(reader: Story) -> None:
    reader.says_start()
    reader.books()
    answers(reader, "out")
    reader.plans()
    assert {row.kind for row in reader.rows() if row.state == "pending"} >= {"appointment"}
    assert reader.rows("tip") == []


def test_what_is_promised_is_what_the_plan_holds(reader: Story) -> None:
    assert first_of(reader.reminders, reader.resident, "reminders") is None
    first = first_of(reader.reminders, reader.resident, "content")
    assert first is not None and datetime.fromisoformat(first["moment"]) == CARD_DAY
    reader.says_start()
    reader.books()
    first = first_of(reader.reminders, reader.resident, "reminders")
    soonest = min(
        (step for step in reader.reminders.plan(known(reader), reader.clock.now) if step.kind != "content"),
        key=lambda step: step.due_at,
    )
    assert first is not None and (first["kind"], first["name"]) == (soonest.kind, soonest.name)
    assert datetime.fromisoformat(first["moment"]) == soonest.due_at


def known(story: Story) -> Known:
    return known_of(story.care, story.resident)


def test_who_said_no_to_everything_is_promised_nothing(reader: Story) -> None:
    reader.says_stop()
    assert first_of(reader.reminders, reader.resident, "content") is None
    assert first_of(reader.reminders, reader.resident, "reminders") is None


def test_without_content_the_plan_is_as_ever(reader: Story) -> None:
    answers(reader, "out")
    reader.says_start()
    now, policy = reader.clock.now, load_policy()
    assert reader.reminders.plan(known(reader), now) == plan(
        known(reader), reader.care.calendars, policy, BUENOS_AIRES, now
    )


def withheld(story: Story) -> None:
    """Twilio took the newest message, and Meta withheld it as marketing."""
    story.sends()
    story.marks(story.messages("handed_over")[-1].id, state="failed", failed_at=func.now(), error_code=63049)
    story.round()


def test_what_meta_withheld_comes_a_day_later_once_and_alarms_nobody(reader: Story) -> None:
    reader.works(CARD_DAY)
    withheld(reader)
    reader.works(CARD_DAY + timedelta(hours=1))
    assert reader.messages("queued") == [] and tips(reader) == ["pending"]
    reader.works(CARD_DAY + timedelta(hours=26))
    assert reader.sends() == ["send"] and reader.alerts() == []


def test_marketing_that_is_withheld_holds_up_no_reminder(reader: Story) -> None:
    reader.works(CARD_DAY)
    reader.sends()
    with reader.care.engine.begin() as connection:
        limits = replace(reader.reminders.limits, judged_least=1)
        connection.execute(update(reminder).where(reminder.c.name == "tip").values(state="failed"))
        assert judge(connection, replace(reader.reminders, limits=limits)) is None
        connection.execute(update(reminder).where(reminder.c.name == "tip").values(kind="checkup"))
        assert judge(connection, replace(reader.reminders, limits=limits)) is not None
