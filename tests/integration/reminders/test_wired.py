"""As it is wired for a process: the worker's chores plan and queue, and the sender asks before it sends."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from latido.experiments.data import load_experiments
from latido.reminders.tables import plans, reminder
from latido.settings import Settings
from latido.wiring import Wiring
from tests.integration.reminders.conftest import Story, at


@pytest.fixture
def wiring(booked: Story, schema_engine: Engine, tmp_path: Path) -> Wiring:
    url = schema_engine.url.render_as_string(hide_password=False)
    settings = Settings(
        database_url=url,
        redis_url="redis://127.0.0.1:9",
        data_dir=tmp_path,
        secret_key="a secret for tests only",
        twilio_account_sid="AC" + "de" * 16,
        twilio_auth_token="emulator-for-tests",
        twilio_whatsapp_from="whatsapp:+5491150500147",
        reminders_in_log=3,
    )
    return Wiring(settings)


def test_the_chores_plan_and_look_at_what_is_due(wiring: Wiring, booked: Story) -> None:
    assert wiring.reminders.limits.in_log == 3
    chores = {chore.name: chore for chore in wiring.reminder_chores}
    assert {"reminder plans", "reminders", "reminder effects"} <= set(chores)
    assert booked.stale() > 0
    chores["reminder plans"].action()
    assert booked.stale() == 0
    chores["reminders"].action()
    chores["reminder effects"].action()
    assert wiring.reminders.experiments is load_experiments()
    wiring.engine.dispose()


def test_the_sender_asks_about_a_reminder_before_it_sends_it(wiring: Wiring, booked: Story) -> None:
    booked.works(at(28, 12, month=11))
    booked.says_stop()
    sender = wiring.send_work.work.__self__
    with booked.care.engine.begin() as connection:
        connection.execute(update(plans).values(planned_at=None))
        connection.execute(update(reminder).values(not_after=at(1, 12, month=12).replace(year=2040)))
    [row] = booked.messages("queued")
    assert sender.still_wanted(row.reminder_id) == "withdraw"
    # Whatever the hour is: at night it would be taken back all the same, but not cancelled.
    assert booked.states()["confirm"] in ("cancelled", "pending")
    wiring.engine.dispose()
