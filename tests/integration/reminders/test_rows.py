"""From the plan to the message log and after: each state of a row, and each way from one to another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import func, text, update

from latido.reminders.aligning import opened_variables
from latido.reminders.answering import note_answer, remind_again
from latido.reminders.claiming import claim_due
from latido.reminders.parts import Reminders
from latido.reminders.rules.steps import Known, Step
from latido.reminders.tables import plans, reminder
from tests.integration.reminders.conftest import DAY, HOUR, MINUTE, OTHER, Clock, Story, at

Others = Callable[[str], Story]

FOUR = {"confirm": "pending", "remind": "pending", "morning": "pending", "after": "pending"}
# When `confirm` is due: 72 hours before the visit.
CONFIRM = at(28, 12, month=11)


def queued(booked: Story) -> Story:
    assert booked.works(CONFIRM)["queued"] == 1
    return booked


def test_an_appointment_is_reminded_of_step_by_step(booked: Story) -> None:
    assert booked.plans() == 1
    assert booked.states() == FOUR
    queued(booked)
    assert booked.states() == FOUR | {"confirm": "queued"}
    assert booked.sends() == ["send"]
    assert booked.states() == FOUR | {"confirm": "sent"}
    for moment in (at(30, 12, month=11), at(1, 8), at(2, 11)):
        booked.works(moment)
        booked.sends()
    assert set(booked.states(*FOUR).values()) == {"sent"}
    assert len(booked.said()) == 4 and len(set(booked.said())) == 4


def test_nothing_is_planned_for_who_did_not_ask_for_reminders(reminders: Reminders, clock: Clock) -> None:
    eva = Story(reminders, clock, "eva").agrees(reminders=False)
    eva.is_pregnant(date(2026, 8, 1))
    assert eva.plans() == 1 and eva.rows() == [] and eva.stale() == 0
    clock.now += 2 * DAY
    assert eva.plans() == 0


def test_planning_again_changes_nothing_and_sends_nothing_twice(booked: Story) -> None:
    queued(booked)
    booked.sends()
    before = [(row.key, row.state, row.due_at) for row in booked.rows()]
    for _ in range(3):
        booked.clock.now += DAY / 4
        assert booked.plans() <= 1 and booked.round()["queued"] == 0
    assert [(row.key, row.state, row.due_at) for row in booked.rows()] == before
    assert len(booked.said()) == 1


def test_a_resident_is_planned_again_every_day_even_if_nothing_changed(booked: Story) -> None:
    assert (booked.plans(), booked.plans()) == (1, 0)
    booked.clock.now += DAY
    assert booked.plans() == 1


def test_words_are_sealed_and_kept_only_until_they_stand_in_the_message_log(booked: Story) -> None:
    booked.plans()
    row = booked.row("confirm")
    assert b"CeSAC" not in row.variables_sealed and opened_variables(booked.care.vault, row.variables_sealed)
    assert bytes(queued(booked).row("confirm").variables_sealed) == b""


def test_at_night_it_waits_for_the_morning(booked: Story) -> None:
    booked.plans()
    booked.clock.now = at(28, 22, month=11)
    assert booked.round()["pending"] == 1 and booked.messages() == []
    assert booked.row("confirm").due_at == at(29, 8, 30, month=11)
    assert booked.works(at(29, 8, 31, month=11))["queued"] == 1


def test_taken_back_when_the_night_begins_before_it_was_tried(booked: Story) -> None:
    queued(booked)
    booked.clock.now = at(28, 22, month=11)
    assert booked.sends() == ["withdraw"]
    row = booked.row("confirm")
    assert (row.state, row.message_id) == ("pending", None) and row.due_at > booked.clock.now
    assert booked.works(at(29, 9, month=11))["queued"] == 1
    assert booked.sends() == ["send"] and len(booked.said()) == 1
    assert booked.alerts() == []


def test_too_late_is_not_said_at_all(booked: Story) -> None:
    booked.plans()
    booked.clock.now = at(30, 9, month=11)
    assert booked.round()["expired"] == 1
    assert booked.states() == FOUR | {"confirm": "expired"}
    assert booked.messages() == []


def test_too_late_while_it_waited_to_be_tried(booked: Story) -> None:
    queued(booked)
    booked.clock.now = at(30, 9, month=11)
    assert booked.sends() == ["withdraw"]
    assert booked.states()["confirm"] == "expired" and booked.said() == []


def test_a_worker_that_stops_looking_is_followed_by_another(booked: Story) -> None:
    booked.plans()
    booked.clock.now = CONFIRM
    with booked.care.engine.begin() as connection:
        claims, _ = claim_due(connection, CONFIRM, 10, HOUR)
    assert len(claims) == 1 and booked.round()["queued"] == 0
    booked.lapses()
    assert booked.round()["queued"] == 1 and booked.row("confirm").attempts == 2


def test_a_planner_that_dies_is_followed_by_another(booked: Story) -> None:
    with booked.care.engine.begin() as connection:
        mine = {"lease_until": text("now() + interval '1 hour'"), "lease_token": func.gen_random_uuid()}
        connection.execute(plans.insert().values(resident=booked.resident, **mine))
    assert booked.plans() == 0 and booked.rows() == []
    booked.lapses(plans)
    assert booked.plans() == 1 and booked.states() == FOUR


def test_while_somebody_plans_her_a_due_reminder_and_a_queued_one_wait(booked: Story) -> None:
    queued(booked)
    booked.forgets_plan_time()
    with booked.care.engine.begin() as connection:
        later = {"lease_until": text("now() + interval '1 hour'"), "lease_token": func.gen_random_uuid()}
        connection.execute(update(plans).values(later))
    assert booked.sends() == ["wait"] and booked.states()["confirm"] == "queued"
    booked.lapses(plans)
    assert booked.sends() == ["send"] and booked.states()["confirm"] == "sent"


def test_a_message_refused_for_good_fails_the_reminder_and_tells_the_operators(booked: Story) -> None:
    queued(booked)
    [row] = booked.messages("queued")
    booked.marks(row.id, state="failed", failed_at=func.now(), last_error="63016")
    booked.round()
    assert booked.states()["confirm"] == "failed" and booked.alerts() == ["undelivered"]
    booked.works(booked.clock.now + HOUR)
    assert booked.states()["confirm"] == "failed" and len(booked.messages()) == 1


def test_accepted_and_then_not_delivered_is_noted(booked: Story) -> None:
    queued(booked)
    booked.sends()
    [row] = booked.messages("handed_over")
    booked.marks(row.id, state="failed", failed_at=func.now())
    booked.round()
    assert booked.states()["confirm"] == "failed"


def test_an_unknown_outcome_keeps_it_queued(booked: Story) -> None:
    queued(booked)
    [row] = booked.messages("queued")
    booked.marks(row.id, state="unknown", attempted_at=func.now())
    booked.works(booked.clock.now + MINUTE)
    assert booked.states()["confirm"] == "queued" and len(booked.messages()) == 1
    booked.marks(row.id, state="handed_over", handed_over_at=func.now())
    booked.round()
    assert booked.states()["confirm"] == "sent"


def test_what_may_be_on_its_way_is_not_cancelled_and_never_said_twice(booked: Story) -> None:
    queued(booked)
    [row] = booked.messages("queued")
    booked.marks(row.id, state="unknown", attempted_at=func.now())
    booked.says_stop()
    booked.plans()
    assert booked.states()["confirm"] == "queued"
    booked.marks(row.id, state="handed_over", handed_over_at=func.now())
    booked.says_start()
    for _ in range(2):
        booked.works(booked.clock.now + MINUTE)
    assert booked.states()["confirm"] == "sent" and len(booked.messages()) == 1


def test_no_more_wait_in_the_log_than_it_may_hold(reminders: Reminders, clock: Clock) -> None:
    tight = replace(reminders, limits=replace(reminders.limits, in_log=2))
    stories = [Story(tight, clock, name).agrees() for name in ("ana", "eva", "luz", "mia")]
    for number, story in enumerate(stories):
        story.books(f"cesac-1-prenatal-20261201T11{('00', '20', '40')[number]}" if number < 3 else OTHER)
    ana = stories[0]
    ana.works(at(29, 12, month=11))
    assert len(ana.messages("queued")) == 2
    ana.round()
    assert len(ana.messages("queued")) == 2
    ana.sends()
    ana.round()
    assert len(ana.messages("queued")) == 2 and len(ana.messages()) == 4


def test_when_too_many_are_refused_reminders_pause_and_go_on_later(booked: Story) -> None:
    eager = replace(booked.reminders, limits=replace(booked.reminders.limits, judged_least=3))
    story = Story(eager, booked.clock)
    story.plans()
    bad = {"state": "failed", "changed_at": CONFIRM, "message_id": None}
    with story.care.engine.begin() as connection:
        connection.execute(update(reminder).where(reminder.c.name != "confirm").values(bad))
    assert story.works(CONFIRM)["queued"] == 0
    assert story.alerts() == ["reminders_paused"] and story.states()["confirm"] == "pending"
    assert story.works(CONFIRM + 11 * MINUTE)["queued"] == 1


def test_a_reminder_without_words_fails_and_the_operators_are_told(booked: Story) -> None:
    real = booked.reminders.plan

    def wordless(known: Known, now: datetime) -> Sequence[Step]:
        return [replace(step, variables={}) for step in real(known, now)]

    story = Story(replace(booked.reminders, plan=wordless), booked.clock)
    assert story.works(CONFIRM)["failed"] == 1
    assert story.states()["confirm"] == "failed" and story.alerts() == ["reminder_refused"] and story.messages() == []


def test_a_check_up_nobody_books_ends_on_the_operators_list(ana: Story) -> None:
    ana.is_pregnant(date(2026, 9, 7))
    seen = set()
    for _ in range(60):
        ana.works()
        ana.sends()
        seen |= {(row.name, row.state) for row in ana.rows()}
        ana.clock.now += DAY
    assert ("book", "sent") in seen and ("book_again", "sent") in seen and ("overdue", "listed") in seen
    assert [row for row in ana.messages() if row.state != "handed_over"] == []


def test_listed_until_the_visit_has_happened(ana: Story) -> None:
    ana.is_pregnant(date(2026, 9, 7))
    for _ in range(60):
        ana.works()
        ana.sends()
        if any(row.state == "listed" for row in ana.rows("overdue")):
            break
        ana.clock.now += DAY
    ana.says_stop()
    ana.plans()
    assert {row.state for row in ana.rows("overdue")} <= {"cancelled", "expired"}


def test_her_answer_is_kept_and_her_plan_follows(booked: Story) -> None:
    queued(booked)
    booked.sends()
    row = booked.row("confirm")
    with booked.care.engine.begin() as connection:
        note_answer(connection, booked.resident, row.id, "confirm", booked.clock.now)
    assert booked.row("confirm").answer == "confirm" and booked.stale() == 1


def test_she_asks_to_be_reminded_at_another_moment(booked: Story) -> None:
    queued(booked)
    booked.sends()
    wish = at(29, 15, month=11)
    with booked.care.engine.begin() as connection:
        remind_again(connection, booked.resident, booked.row("confirm").id, wish)
    assert booked.works()["queued"] == 0
    assert [row.due_at for row in booked.rows("confirm") if row.state == "pending"] == [wish]
    assert booked.works(wish)["queued"] == 1
    assert booked.sends() == ["send"] and len(booked.said()) == 2


def failing_for(story: Story, whose: Story) -> Story:
    """The same worker with a plan that breaks on one resident."""
    real = story.reminders.plan

    def breaks(known: Known, now: datetime) -> Sequence[Step]:
        if known.resident == whose.resident:
            raise ZeroDivisionError
        return real(known, now)

    return Story(replace(story.reminders, plan=breaks), story.clock, story.name)


def test_one_faulty_plan_does_not_keep_others_from_being_planned(booked: Story, others: Others) -> None:
    eva = others("eva")
    eva.books(OTHER)
    assert failing_for(eva, booked).plans() == 1
    assert booked.states() == {} and eva.states() == FOUR


def test_one_faulty_check_does_not_keep_others_from_being_reminded(booked: Story, others: Others) -> None:
    eva = others("eva")
    eva.books(OTHER)
    eva.plans()
    eva.clock.now = at(29, 12, month=11)
    assert failing_for(eva, booked).round() == {"queued": 1, "put_off": 1}
    assert booked.states()["confirm"] == "claimed" and eva.states()["confirm"] == "queued"
    booked.lapses()
    assert booked.round()["queued"] == 1
