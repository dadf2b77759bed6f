"""`latido reminders`: what is due, what is in its way, a run and its rehearsal."""

from __future__ import annotations

from datetime import date

from click.testing import CliRunner

from latido.reminders.command import reminders_group
from tests.integration.reminders.conftest import Story, at

CONFIRM = at(28, 12, month=11)
AT = ["--now", "2026-11-28T12:00"]


def latido(story: Story, *words: str) -> str:
    done = CliRunner().invoke(reminders_group(lambda: story.reminders), words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_due_lists_what_would_be_said_and_nothing_of_whom(booked: Story) -> None:
    booked.is_pregnant(date(2026, 7, 6))
    booked.plans()
    assert latido(booked, "due", "--now", "2026-11-23T10:20").endswith("0 due\n")
    listed = latido(booked, "due", *AT)
    assert "2026-11-28 11:00" in listed and "confirm" in listed and "due now" in listed
    assert booked.resident[:8] in listed and booked.resident not in listed
    for telling in ("embarazo", "prenatal", "CeSAC", "549"):
        assert telling not in listed


def test_due_says_what_is_in_the_way(booked: Story) -> None:
    booked.plans()
    assert "quiet hours" in latido(booked, "due", "--now", "2026-11-28T22:00")
    assert "too late" in latido(booked, "due", "--now", "2026-11-30T12:00")
    booked.says_stop()
    booked.says_start()
    assert "stale" in latido(booked, "due", *AT)
    booked.works(CONFIRM)
    assert "in the message log" in latido(booked, "due", *AT)


def test_a_moment_that_is_none_is_refused(booked: Story) -> None:
    done = CliRunner().invoke(reminders_group(lambda: booked.reminders), ["due", "--now", "mañana"])
    assert done.exit_code == 2 and "2026-11-23T10:00" in done.output


def test_a_rehearsal_says_what_a_run_would_do_and_writes_nothing(booked: Story) -> None:
    assert "would be queued: 1" in latido(booked, "run", "--dry-run", *AT)
    assert booked.rows() == [] and booked.messages() == [] and booked.stale() > 0
    assert "would be quiet hours: 1" in latido(booked, "run", "--dry-run", "--now", "2026-11-28T22:00")
    assert "the health service does not answer: 1" in latido(booked.without_fhir(), "run", "--dry-run", *AT)


def test_a_run_plans_and_queues(booked: Story) -> None:
    done = latido(booked, "run", *AT)
    assert "planned: 1 residents" in done and "now queued: 1" in done
    assert [row.reminder_id for row in booked.messages("queued")] == [booked.row("confirm").id]
    assert "nothing is due" in latido(booked, "run", *AT)
    assert "would be" not in latido(booked, "run", "--dry-run", *AT)
