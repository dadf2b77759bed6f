"""Segments read from what Latido and the health service keep, and who of them may be written to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text, update

from latido.campaigns.preview import count
from latido.campaigns.rules.segment import Segment
from latido.care.errors import HealthServiceUnavailable
from latido.messaging.tables import danger_follow_up, message, resident
from latido.settings import Settings
from latido.wiring import Wiring
from tests.integration.campaigns.conftest import PALERMO, TODAY, Stage, draft
from tests.integration.reminders.conftest import Story


def counted(stage: Stage, segment: Segment, content: bool = False) -> tuple[int, int, int, dict[str, int]]:
    found = count(stage.campaigns, segment, content)
    return found.belong, found.may, found.later, found.why_not


def test_places_are_those_last_told_and_children_count_by_their_months(stage: Stage) -> None:
    stage.pregnant("eva")
    stage.pregnant("flor", place=PALERMO)
    stage.someone("gabi", place=None)
    luz = stage.pregnant("hilda", 39)
    luz.gives_birth(TODAY - timedelta(days=1))
    stage.clock.now += timedelta(days=40)
    assert counted(stage, Segment(neighbourhoods=("barracas",)))[0] == 2
    assert counted(stage, Segment(communes=(14,)))[0] == 1
    assert counted(stage, Segment(months=(1, 1)))[0] == 1
    assert counted(stage, Segment(months=(0, 0)))[0] == 0
    assert counted(stage, Segment(weeks=(10, 30), communes=(4,)))[0] == 1


def test_why_some_may_not_be_written_to(stage: Stage) -> None:
    everybody = Segment(communes=(4,))
    for name in ("baja", "pérdida", "muda", "bien"):
        stage.pregnant(name)
    stage.someone("nunca", reminders=False)
    stage.people["baja"].says_stop()
    stage.people["pérdida"].loses_it()
    with stage.begin() as connection:
        muda = resident.c.key == stage.people["muda"].resident
        connection.execute(update(resident).where(muda).values(unreachable_since=stage.clock(), unreachable_code=63024))
    assert counted(stage, everybody) == (5, 1, 0, {"opted_out": 1, "loss": 1, "unreachable": 1, "no_consent": 1})
    assert counted(stage, everybody, content=True)[3]["no_content_consent"] == 2


def test_after_a_loss_another_pregnancy_is_heeded_again(stage: Stage) -> None:
    eva = stage.pregnant("eva")
    eva.loses_it()
    assert counted(stage, Segment(weeks=(0, 42)))[0] == 0
    stage.clock.now += timedelta(days=120)
    eva.is_pregnant(stage.clock().date() - timedelta(weeks=9))
    assert counted(stage, Segment(weeks=(0, 42))) == (1, 1, 0, {})


def test_overdue_until_it_is_booked(stage: Stage) -> None:
    eva, flor = stage.pregnant("eva", 14), stage.pregnant("flor", 14)
    overdue = Segment(overdue=True, weeks=(10, 30))
    stage.plans()
    assert counted(stage, overdue)[0] == 0  # nobody asked them to book anything yet
    stage.clock.now += timedelta(hours=26)
    eva.works()
    assert eva.sends() == ["send", "send"]
    assert counted(stage, overdue)[:3] == (2, 2, 2)
    stage.approved(draft(segment=overdue))
    assert stage.works() == []
    eva.books()
    stage.clock.now += timedelta(days=3, hours=1)
    stage.works()
    assert stage.states()["eva"] == ("skipped", "left")
    assert stage.states()["flor"][0] in ("sent", "pending")
    assert flor.rows("overdue")[0].state == "pending"


def test_the_centre_is_that_of_the_next_appointment_and_nobody_guesses_it(stage: Stage) -> None:
    eva = stage.pregnant("eva")
    stage.pregnant("flor")
    booked = eva.books()
    assert counted(stage, Segment(centers=(1,)))[0] == 1
    assert counted(stage, Segment(centers=(16,)))[0] == 0
    number = stage.approved(draft(segment=Segment(centers=(1,), weeks=(10, 30))))
    stage.round()
    assert len([row for row in stage.messages("queued") if row.campaign_recipient_id]) == 1
    eva.cancels(booked)
    assert stage.sends() == ["withdraw"]
    assert stage.states()["eva"] == ("skipped", "left")
    assert stage.state(number) in ("running", "done")


def test_while_the_health_service_is_away_nothing_is_counted_begun_or_sent(stage: Stage) -> None:
    eva = stage.pregnant("eva")
    eva.books()
    number = stage.approved(draft(segment=Segment(centers=(1,), weeks=(10, 30))))
    here, away = stage.campaigns, replace(stage.campaigns, reminders=eva.without_fhir().reminders)
    stage.campaigns = away
    with pytest.raises(HealthServiceUnavailable):
        count(stage.campaigns, Segment(centers=(1,)), False)
    stage.round()
    assert stage.state(number) == "approved"
    stage.campaigns = here
    stage.round()
    stage.campaigns = away
    assert stage.sends() == ["wait"]
    stage.campaigns = here
    assert stage.sends() == ["send"]


def waits_for_a_person(stage: Stage, story: Story) -> None:
    with stage.begin() as connection:
        connection.execute(text("DELETE FROM ticket"))
        head = {"resident": story.resident, "direction": "in", "kind": "text", "state": "answered"}
        sealed = {"content_sealed": stage.campaigns.care.vault.seal("{}")}
        number = connection.execute(insert(message).values(**head, **sealed).returning(message.c.id)).scalar_one()
        ticket = "INSERT INTO ticket (resident, reasons, summary_sealed, message_id) VALUES (:r, '{asked}', '', :m)"
        connection.execute(text(ticket), {"r": story.resident, "m": number})


def told_of_danger(stage: Stage, story: Story) -> None:
    waits_for_a_person(stage, story)
    with stage.begin() as connection:
        connection.execute(text("DELETE FROM ticket"))
        number = connection.execute(text("SELECT max(id) FROM message")).scalar_one()
        told: dict[str, Any] = {"resident": story.resident, "message_id": number, "due_at": stage.clock()}
        connection.execute(insert(danger_follow_up).values(**told))


@pytest.mark.parametrize(("happens", "reason"), [(waits_for_a_person, "with_person"), (told_of_danger, "danger")])
def test_who_needs_a_person_or_told_of_danger_gets_it_later(stage: Stage, happens: Any, reason: str) -> None:
    eva = stage.pregnant("eva")
    stage.approved(draft())
    stage.round()
    happens(stage, eva)
    assert stage.sends() == ["withdraw"]
    assert stage.states()["eva"] == ("pending", reason)
    with stage.begin() as connection:
        connection.execute(text("DELETE FROM ticket"))
        connection.execute(text("DELETE FROM danger_follow_up"))
    stage.clock.now += timedelta(hours=2)
    assert stage.works() == ["send"]


def test_a_reminder_that_is_planned_comes_first(stage: Stage) -> None:
    eva = stage.pregnant("eva", 14)
    stage.plans()
    due = [row.due_at for row in eva.rows("book", "tell") if row.due_at < stage.clock() + timedelta(days=3)]
    assert due
    assert counted(stage, Segment(weeks=(10, 30)))[2] == 1
    stage.approved(draft())
    assert stage.works() == []
    assert stage.states()["eva"] == ("pending", "recent")


def test_it_is_wired_into_workers_and_the_sender(stage: Stage, schema_engine: Engine, tmp_path: Path) -> None:
    stage.pregnant("eva")
    settings = Settings(
        database_url=schema_engine.url.render_as_string(hide_password=False),
        redis_url="redis://127.0.0.1:9",
        data_dir=tmp_path,
        secret_key="a secret for tests only",
        twilio_account_sid="AC" + "de" * 16,
        twilio_auth_token="emulator-for-tests",
        twilio_whatsapp_from="whatsapp:+5491150500147",
        reminders_in_log=3,
    )
    wiring = Wiring(settings)
    assert wiring.campaigns.limits.in_log == 1
    wiring.campaign_chore.action()
    stage.approved(draft())
    stage.round()
    [row] = stage.messages("queued")
    stage.people["eva"].says_stop()
    assert wiring.send_work.work.__self__.still_invited(row.campaign_recipient_id) == "withdraw"
    assert [each.name for each in wiring.console.campaigns.every()] == ["Antigripal"]
    wiring.engine.dispose()
