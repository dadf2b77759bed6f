"""Whatever changes while a reminder is planned, claimed or queued: nothing is sent that no longer holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime

import pytest

from latido.reminders.claiming import claim_due
from latido.reminders.queuing import queue_due
from latido.reminders.rules.steps import Known, Step
from tests.integration.reminders.conftest import HOUR, OTHER, VISIT, Story, at

CONFIRM = at(28, 12, month=11)
# 38 weeks on the 23rd of November.
LMP = date(2026, 3, 2)

Change = Callable[[Story, str], None]

CHANGES: dict[str, Change] = {
    "loss": lambda ana, _: ana.loses_it(),
    "birth": lambda ana, _: ana.gives_birth(ana.care.local_now().date()),
    "stop": lambda ana, _: ana.says_stop(),
    "moved": lambda ana, appointment: str(ana.moves(appointment)) and None,
    "cancelled": lambda ana, appointment: ana.cancels(appointment),
    "came": lambda ana, appointment: ana.came(appointment),
    "cancelled at the desk": lambda ana, appointment: ana.desk_sets(appointment, "cancelled"),
    "moved at the desk": lambda ana, appointment: ana.desk_moves(appointment),
    "missed": lambda ana, appointment: ana.desk_sets(appointment, "noshow"),
}


@pytest.fixture
def expecting(ana: Story) -> tuple[Story, str]:
    """Ana at 38 weeks with an appointment; only its reminders are looked at."""
    ana.is_pregnant(LMP)
    appointment = ana.books(VISIT)
    ana.plans()
    assert ana.states()["confirm"] == "pending"
    ana.clock.now = CONFIRM
    return ana, appointment


def about(ana: Story) -> list[str]:
    """What was said of the appointment as it was first booked."""
    keys = {row.id: row for row in ana.rows() if ":20261201T1400Z:" in row.key}
    return [keys[row.reminder_id].name for row in ana.messages("handed_over") if row.reminder_id in keys]


@pytest.mark.parametrize("change", CHANGES)
def test_while_it_is_pending(expecting: tuple[Story, str], change: str) -> None:
    ana, appointment = expecting
    CHANGES[change](ana, appointment)
    ana.round()
    ana.sends()
    ana.works()
    ana.sends()
    assert about(ana) == [] and row_of(ana).state in ("cancelled", "expired")


def row_of(ana: Story):
    """The row of the first appointment's confirmation."""
    [row] = [row for row in ana.rows("confirm") if ":20261201T1400Z:" in row.key]
    return row


@pytest.mark.parametrize("change", CHANGES)
def test_while_it_is_claimed(expecting: tuple[Story, str], change: str) -> None:
    ana, appointment = expecting
    claimed = row_of(ana).id
    with ana.care.engine.begin() as connection:
        claims, _ = claim_due(connection, CONFIRM, 10, HOUR)
    assert claimed in {claim.id for claim in claims}
    CHANGES[change](ana, appointment)
    ana.works()
    ana.lapses()
    ana.works()
    ana.sends()
    assert about(ana) == [] and row_of(ana).state == "cancelled"


@pytest.mark.parametrize("change", CHANGES)
def test_while_it_is_being_checked(expecting: tuple[Story, str], change: str) -> None:
    """The change is committed after all was read and before the message would be queued."""
    ana, appointment = expecting
    real, changed = ana.reminders.plan, []

    def plan_then_change(known: Known, now: datetime) -> Sequence[Step]:
        steps = real(known, now)
        if not changed:
            changed.append(CHANGES[change](ana, appointment))
        return steps

    queue_due(replace(ana.reminders, plan=plan_then_change))
    ana.forgets_plan_time()
    ana.sends()
    assert changed and about(ana) == []
    ana.works()
    ana.sends()
    assert about(ana) == [] and row_of(ana).state == "cancelled"


@pytest.mark.parametrize("change", CHANGES)
def test_while_it_is_queued(expecting: tuple[Story, str], change: str) -> None:
    ana, appointment = expecting
    ana.round()
    assert row_of(ana).state == "queued"
    CHANGES[change](ana, appointment)
    ana.clock.now += HOUR
    ana.sends()
    assert about(ana) == [] and row_of(ana).state == "cancelled"
    ana.works()
    ana.sends()
    assert about(ana) == []


@pytest.mark.parametrize("change", ["loss", "stop"])
def test_a_mistake_taken_back_has_it_said_after_all_once(expecting: tuple[Story, str], change: str) -> None:
    ana, appointment = expecting
    ana.round()
    CHANGES[change](ana, appointment)
    ana.sends()
    ana.takes_back_the_loss() if change == "loss" else ana.says_start()
    ana.works()
    ana.sends()
    ana.works()
    assert about(ana) == ["confirm"] and ana.sends() == []


def test_a_moved_appointment_is_reminded_of_at_its_new_time(expecting: tuple[Story, str]) -> None:
    ana, appointment = expecting
    ana.round()
    ana.sends()
    assert about(ana) == ["confirm"]
    ana.moves(appointment, OTHER)
    for moment in (at(30, 12, month=11), at(1, 12), at(2, 8)):
        ana.works(moment)
        ana.sends()
    names = {row.id: (row.name, row.due_at.day) for row in ana.rows() if row.kind == "appointment"}
    said = [names[row.reminder_id] for row in ana.messages("handed_over") if row.reminder_id in names]
    assert said == [("confirm", 28), ("remind", 1), ("morning", 2)]
