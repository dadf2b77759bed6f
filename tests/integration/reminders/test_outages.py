"""The health service away, workers away for a week, and two workers at once."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import insert, select, update

from latido.messaging.tables import message, resident
from latido.reminders.claiming import claim_due
from latido.reminders.queuing import queue_due
from latido.reminders.rules.steps import Known, Step
from latido.reminders.tables import plans, reminder
from tests.integration.reminders.conftest import DAY, HOUR, Story, at

CONFIRM = at(28, 12, month=11)
MANY = 300
A_WEEK = 7 * DAY


def test_while_the_health_service_is_away_a_due_reminder_waits(booked: Story) -> None:
    booked.plans()
    away = booked.without_fhir()
    assert away.works(CONFIRM) == {"put_off": 1} and away.messages() == []
    assert booked.states()["confirm"] == "claimed"
    booked.lapses()
    assert booked.works()["queued"] == 1


def test_while_the_health_service_is_away_a_queued_reminder_waits(booked: Story) -> None:
    booked.works(CONFIRM)
    booked.clock.now += HOUR
    assert booked.without_fhir().sends() == ["wait"] and booked.said() == []
    assert booked.sends() == ["send"]


def test_while_the_health_service_is_away_nobody_is_planned_and_nothing_is_cancelled(booked: Story) -> None:
    booked.plans()
    booked.says_stop()
    booked.says_start()
    assert booked.without_fhir().plans() == 0 and booked.stale() > 0
    assert booked.states()["confirm"] == "pending"
    booked.lapses(plans)
    assert booked.plans() == 1 and booked.stale() == 0


def test_a_loss_reaches_her_reminders_even_while_the_health_service_is_away(booked: Story) -> None:
    booked.works(CONFIRM)
    booked.loses_it()
    booked.clock.now += HOUR
    assert booked.without_fhir().sends() in (["wait"], ["withdraw"]) and booked.said() == []


def test_after_a_week_without_workers_nothing_stale_is_said(booked: Story) -> None:
    booked.plans()
    booked.works(at(1, 12) + A_WEEK)
    booked.sends()
    assert booked.said() == []
    assert set(booked.states().values()) <= {"expired", "cancelled"}


def test_two_workers_queue_each_reminder_once(booked: Story) -> None:
    story = crowd(booked)
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: drain(story), range(2)))
    with story.care.engine.connect() as connection:
        said = connection.execute(select(message.c.reminder_id).where(message.c.direction == "out")).scalars().all()
        states = Counter(connection.execute(select(reminder.c.state)).scalars())
    assert len(said) == len(set(said)) == MANY
    assert states == {"queued": MANY} and sum(done) == MANY


def test_claims_of_many_at_once_never_overlap(booked: Story) -> None:
    story, barrier = crowd(booked), threading.Barrier(4)

    def claims() -> list[int]:
        barrier.wait(120)
        found: list[int] = []
        for _ in range(20):
            with story.care.engine.begin() as connection:
                found += [claim.id for claim in claim_due(connection, CONFIRM, 17, HOUR)[0]]
        return found

    with ThreadPoolExecutor(4) as pool:
        claimed = [each for future in [pool.submit(claims) for _ in range(4)] for each in future.result()]
    assert len(claimed) == len(set(claimed)) == MANY


def crowd(story: Story) -> Story:
    """Many residents with a reminder each that is due; their plan is that reminder, as a stand-in for their lives."""
    keys = [f"{number:032x}" for number in range(MANY)]
    sealed = story.care.vault.seal("whatsapp:+5491150000000")
    step = {"role": "self", "group_key": "g", "kind": "appointment", "name": "confirm", "service": "prenatal"}
    when = {"due_at": CONFIRM - HOUR, "not_after": CONFIRM + DAY, "created_at": CONFIRM, "changed_at": CONFIRM}
    words = {"template": "appointment_confirm", "variables_sealed": b"", "codes": [], "state": "pending"}
    with story.care.engine.begin() as connection:
        connection.execute(insert(resident), [{"key": key, "address_sealed": sealed} for key in keys])
        rows = [{"key": f"{key}:confirm", "resident": key, **step, **when, **words} for key in keys]
        connection.execute(insert(reminder), rows)
        connection.execute(update(reminder).where(reminder.c.resident == story.resident).values(state="cancelled"))
    story.clock.now = CONFIRM

    def plan(known: Known, now: object) -> list[Step]:
        due, last = CONFIRM - HOUR, CONFIRM + timedelta(days=1)
        about = {"day": "lunes 1", "time": "11:00", "what": "Control", "place": "CeSAC 1"}
        return [
            Step(
                f"{known.resident}:confirm", "g", "appointment", "confirm", "self", "prenatal", due, last,
                "appointment_confirm", about,
            )
        ]  # fmt: skip

    limits = replace(story.reminders.limits, in_log=MANY, at_once=7)
    return Story(replace(story.reminders, plan=plan, limits=limits), story.clock)


def drain(story: Story) -> int:
    """Queue until nothing is due any more; returns how many this worker queued."""
    queued = 0
    for _ in range(MANY):
        outcomes = queue_due(story.reminders)
        queued += outcomes["queued"]
        if not outcomes:
            break
    return queued
