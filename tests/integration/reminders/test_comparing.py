"""From the plan to the effect: who is told which wording, what followed, and what stops a wording, on real rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from latido.care.rights.erasing import forget_at_once
from latido.console.audit.tables import audit_entry
from latido.experiments.counting import count_arms
from latido.experiments.data import load_experiments
from latido.experiments.rules.arms import Arm, Decision, Experiment, arm_of
from latido.experiments.rules.judging import Count
from latido.experiments.tables import arms, exposures
from latido.messaging.outbox import opened_reply
from latido.messaging.tables import alert, message, message_template
from latido.messaging.templates.model import definition_of
from latido.messaging.templates.reading import templates
from latido.reminders.answering import note_answer
from latido.reminders.command import reminders_group
from latido.reminders.judging import learn
from latido.reminders.parts import Reminders
from latido.reminders.tables import reminder
from tests.integration.care.waiting_story import key
from tests.integration.console import effects_rows
from tests.integration.reminders.conftest import DAY, HOUR, Story, at

Others = Callable[[str], Story]

SHIPPED = load_experiments()
(EXPERIMENT,) = SHIPPED.all
LMP = date(2026, 9, 7)
SAYS_MORE = "En la visita revisan"
NUMBERS = count(1)


def names_of(arm: str) -> Iterator[str]:
    """Names of residents who fall into this arm."""
    every = (f"{arm}-{number}" for number in count())
    return (name for name in every if arm_of(EXPERIMENT, key(name)).name == arm)


def approve(connection: Connection, variant: str, status: str = "approved") -> None:
    """WhatsApp's answer about a wording of this template."""
    template = templates()[EXPERIMENT.template, variant]
    definition = definition_of(template)
    connection.execute(
        insert(message_template).values(
            content_name=f"{template.label}_v{next(NUMBERS)}",
            name=template.name,
            variant=variant,
            language="es_AR",
            version=1,
            digest=definition.digest,
            definition=definition.stored(),
            content_sid="HX0",
            status=status,
            category="UTILITY",
            checked_at=datetime.now(UTC),
        )
    )


@pytest.fixture
def reminders(reminders: Reminders) -> Reminders:
    """With the experiments that ship, and both wordings approved."""
    with reminders.care.engine.begin() as connection:
        for variant in ("", "b"):
            approve(connection, variant)
    return replace(reminders, experiments=SHIPPED)


def told(story: Story) -> str:
    """She is told of her check-up; returns the text in the message log."""
    story.is_pregnant(LMP)
    story.clock.now += DAY
    assert story.works()["queued"] == 1
    (row,) = [row for row in story.messages("queued") if row.resident == story.resident]
    return opened_reply(story.care.vault, row.content_sealed).text


def arrives(story: Story) -> None:
    """The sender sends it, by the clock of the story."""
    moment = story.clock.now
    for row in story.messages("queued"):
        story.marks(row.id, state="handed_over", handed_over_at=moment, delivered_at=moment)


def due_again(story: Story) -> None:
    """As if the same were due once more."""
    with story.care.engine.begin() as connection:
        connection.execute(update(message).values(reminder_id=None))
        again = {"state": "pending", "message_id": None, "due_at": story.clock.now}
        connection.execute(update(reminder).where(reminder.c.name == "book").values(again))


def exposed(reminders: Reminders) -> list[Row[Any]]:
    with reminders.care.engine.connect() as connection:
        return list(connection.execute(select(exposures).order_by(exposures.c.first_at, exposures.c.resident)))


def counted(reminders: Reminders, experiment: Experiment = EXPERIMENT) -> dict[str, Any]:
    with reminders.care.engine.connect() as connection:
        return dict(count_arms(connection, experiment, reminders.care.now()))


def with_experiment(story: Story, **changed: Any) -> Story:
    only = replace(SHIPPED, all=(replace(EXPERIMENT, **changed),))
    return replace(story, reminders=replace(story.reminders, experiments=only))


@pytest.mark.parametrize("arm", ["a", "b"])
def test_she_is_told_her_arms_wording_and_that_is_kept_with_the_message(others: Others, arm: str) -> None:
    story = others(next(names_of(arm)))
    assert (SAYS_MORE in told(story)) is (arm == "b")
    (kept,) = exposed(story.reminders)
    assert (kept.experiment, kept.resident, kept.arm) == (EXPERIMENT.name, story.resident, arm)
    assert (kept.reminder_id, kept.first_at) == (story.rows("book")[0].id, story.clock.now) and not kept.fell_back


def test_other_templates_have_one_wording_and_no_row(booked: Story) -> None:
    booked.works(at(28, 12, month=11))
    assert len(booked.messages("queued")) == 1 and exposed(booked.reminders) == []


def test_message_and_exposure_are_one_transaction(others: Others) -> None:
    story = others(next(names_of("b")))
    story.is_pregnant(LMP)
    story.clock.now += DAY
    story.plans()
    with story.care.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE reminder_exposure ADD CONSTRAINT no_more CHECK (arm = 'z')")
    try:
        with pytest.raises(IntegrityError):
            story.round()
    finally:
        with story.care.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE reminder_exposure DROP CONSTRAINT no_more")
    assert story.messages() == [] and exposed(story.reminders) == []
    story.lapses()
    assert story.round()["queued"] == 1 and len(exposed(story.reminders)) == len(story.messages("queued")) == 1


def test_without_approval_of_every_wording_all_are_told_the_plain_one_and_nobody_is_compared(others: Others) -> None:
    for arm in ("a", "b"):
        story = others(next(names_of(arm)))
        with story.care.engine.begin() as connection:
            connection.execute(
                update(message_template).where(message_template.c.variant == "b").values(status="paused")
            )
        assert SAYS_MORE not in told(story)
        arrives(story)
    found = counted(story.reminders)
    assert [(found[arm].fell_back, found[arm].queued, found[arm].sent) for arm in "ab"] == [(1, 0, 0), (1, 0, 0)]


def test_told_the_plain_one_for_want_of_approval_she_is_compared_from_the_next_message_on(others: Others) -> None:
    story = others(next(names_of("b")))
    with story.care.engine.begin() as connection:
        connection.execute(delete(message_template).where(message_template.c.variant == "b"))
    told(story)
    arrives(story)
    with story.care.engine.begin() as connection:
        approve(connection, "b")
    due_again(story)
    story.clock.now += HOUR
    story.works()
    (kept,) = exposed(story.reminders)
    assert not kept.fell_back and kept.first_at == story.clock.now


def test_what_was_taken_back_before_it_was_sent_is_no_exposure(others: Others) -> None:
    story = others(next(names_of("b")))
    told(story)
    story.clock.now = at(26, 23, month=11)
    assert story.sends() == ["withdraw"]
    assert (counted(story.reminders)["b"].queued, counted(story.reminders)["b"].sent) == (1, 0)
    assert counted(story.reminders)["b"].refused == Count(0, 0), "taken back is not refused"
    story.works(at(27, 10, month=11))
    (kept,) = exposed(story.reminders)
    assert kept.first_at == at(27, 10, month=11)
    assert story.sends() == ["send"] and counted(story.reminders)["b"].sent == 1


def test_who_lost_a_pregnancy_is_told_the_plain_words_and_never_compared(others: Others) -> None:
    story = others(next(names_of("b")))
    story.is_pregnant(date(2026, 6, 1))
    story.loses_it()
    story.clock.now += 100 * DAY
    story.is_pregnant(date(2026, 12, 20))
    story.clock.now += DAY
    story.works()
    texts = [opened_reply(story.care.vault, row.content_sealed).text for row in story.messages("queued")]
    assert len(texts) == 1 and SAYS_MORE not in texts[0] and exposed(story.reminders) == []


def test_what_followed_is_counted_from_bookings_visits_opt_outs_and_answers(others: Others) -> None:
    a, b = names_of("a"), names_of("b")
    comes, stops, books, silent = (others(next(names)) for names in (b, b, a, a))
    for story in (comes, stops, books, silent):
        told(story)
        arrives(story)
    clock = comes.clock
    clock.now += 2 * HOUR
    visit = comes.books("cesac-1-prenatal-20261201T1100")
    books.books("cesac-1-prenatal-20261202T1100")
    stops.says_stop()
    with comes.care.engine.begin() as connection:
        note_answer(connection, comes.resident, comes.rows("book")[0].id, "book", clock.now)
    learn(comes.reminders)
    clock.now = at(8, 10)
    comes.came(visit)
    learn(comes.reminders)
    found = counted(comes.reminders)
    assert [found[arm].opted_out_so_far for arm in "ab"] == [Count(0, 2), Count(1, 2)]
    assert found["b"].of("attended") == Count(0, 0), "its days are not over: nobody is counted as absent"
    clock.now += 70 * DAY
    found = counted(comes.reminders)
    assert [found[arm].of("booked") for arm in "ab"] == [Count(1, 2), Count(1, 2)]
    assert [found[arm].of("attended") for arm in "ab"] == [Count(0, 2), Count(1, 2)]
    assert [found[arm].of("delivered") for arm in "ab"] == [Count(2, 2), Count(2, 2)]
    assert [found[arm].of("answered") for arm in "ab"] == [Count(0, 2), Count(1, 2)]


def test_refused_and_not_delivered_are_counted_apart_from_what_was_sent(others: Others) -> None:
    b = names_of("b")
    refused, undelivered = others(next(b)), others(next(b))
    for story in (refused, undelivered):
        told(story)
        (row,) = [row for row in story.messages("queued") if row.resident == story.resident]
        sent = {"handed_over_at": story.clock.now} if story is undelivered else {}
        story.marks(row.id, state="failed", failed_at=story.clock.now, last_error="63016", **sent)
    found = counted(refused.reminders)["b"]
    assert (found.sent, found.refused, found.of("delivered").hits) == (1, Count(2, 2), 0)


def test_sent_as_the_plain_template_after_all_is_told_of(others: Others) -> None:
    story = others(next(names_of("b")))
    told(story)
    (row,) = story.messages("queued")
    with story.care.engine.connect() as connection:
        plain = connection.execute(select(message_template.c.content_name).where(message_template.c.variant == ""))
        story.marks(row.id, sent_as=plain.scalar_one())
    arrives(story)
    found = counted(story.reminders)["b"]
    assert (found.sent, found.sent_plain) == (1, 1)


def test_what_she_did_after_its_days_counts_for_nothing(others: Others) -> None:
    late = others(next(names_of("a")))
    told(late)
    arrives(late)
    late.clock.now += (EXPERIMENT.days["opted_out"] + 1) * DAY
    late.says_stop()
    found = counted(late.reminders)["a"]
    assert found.of("opted_out") == Count(0, 1) and found.opted_out_so_far == Count(0, 1)


def test_a_booking_for_somebody_else_is_not_what_was_asked(others: Others) -> None:
    story = others(next(names_of("a")))
    told(story)
    arrives(story)
    with story.care.engine.begin() as connection:
        connection.execute(update(reminder).values(role="child-1", service="pediatric"))
    story.clock.now += HOUR
    story.books()
    learn(story.reminders)
    (kept,) = exposed(story.reminders)
    assert kept.booked_at is None


def test_a_health_service_that_does_not_answer_is_asked_again(others: Others) -> None:
    story = others(next(names_of("a")))
    told(story)
    arrives(story)
    story.clock.now += 8 * DAY
    learn(story.without_fhir().reminders)
    (kept,) = exposed(story.reminders)
    assert kept.looked_at is None
    learn(story.reminders)
    (kept,) = exposed(story.reminders)
    assert kept.looked_at == story.clock.now


def test_forgetting_leaves_a_number_and_nothing_of_her(others: Others) -> None:
    story = others(next(names_of("b")))
    told(story)
    arrives(story)
    with story.care.engine.begin() as connection:
        forget_at_once(connection, story.care, story.resident)
    assert exposed(story.reminders) == []
    found = counted(story.reminders)["b"]
    assert (found.forgotten, found.sent) == (1, 1)
    assert found.opted_out_so_far == found.of("opted_out") == Count(1, 1)


def fill(story: Story, arm: str, people: int, opted_out: int, booked: int) -> None:
    effects_rows.fill(story.care.engine, story.clock.now - 100 * DAY, arm, people, opted_out, booked)


def judged(story: Story) -> Row[Any] | None:
    for _ in range(2):  # looking again tells nobody a second time
        learn(story.reminders)
    with story.care.engine.connect() as connection:
        return connection.execute(select(arms).where(arms.c.arm == "b")).first()


def told_operators(story: Story) -> list[tuple[str, str]]:
    with story.care.engine.connect() as connection:
        entries = connection.execute(select(audit_entry.c.action, audit_entry.c.details).order_by(audit_entry.c.id))
        assert all(entry.details["experiment"] == EXPERIMENT.name for entry in entries.all())
        found = connection.execute(select(alert.c.kind, alert.c.detail).order_by(alert.c.id))
        return [(row.kind, row.detail) for row in found]


def test_a_wording_after_which_more_opt_out_is_stopped_and_told_to_nobody_else(others: Others) -> None:
    story = others(next(names_of("b")))
    fill(story, "a", 600, opted_out=6, booked=200)
    fill(story, "b", 600, opted_out=40, booked=300)
    stopped = judged(story)
    assert stopped is not None and stopped.stopped_why == "opted_out" and stopped.stopped_at == story.clock.now
    ((kind, words),) = told_operators(story)
    assert kind == "variant_stopped" and "b" in words and "Efectos" in words
    assert SAYS_MORE not in told(story)
    assert story.resident not in [row.resident for row in exposed(story.reminders)]


def test_a_better_wording_is_proposed_and_goes_on_as_it_was(others: Others) -> None:
    story = others(next(names_of("b")))
    fill(story, "a", 600, opted_out=6, booked=180)
    fill(story, "b", 600, opted_out=6, booked=240)
    proposed = judged(story)
    assert proposed is not None and proposed.stopped_at is None and proposed.proposed_at == story.clock.now
    ((kind, words),) = told_operators(story)
    assert kind == "variant_proposed" and "dos personas" in words
    assert SAYS_MORE in told(story)
    plain = others(next(names_of("a")))
    assert SAYS_MORE not in told(plain), "nothing is adopted by itself"


def test_too_few_or_alike_nothing_is_said(others: Others) -> None:
    story = others("ana")
    fill(story, "a", 150, opted_out=0, booked=10)
    fill(story, "b", 150, opted_out=30, booked=100)
    assert judged(story) is None and told_operators(story) == []


def test_what_two_persons_adopted_is_told_to_everybody_and_compared_no_more(others: Others) -> None:
    decided = Decision("b", True, ("Ana Paz", "Eva Luna"), date(2026, 11, 1))
    story = with_experiment(others(next(names_of("a"))), decision=decided)
    assert SAYS_MORE in told(story) and exposed(story.reminders) == []


def test_changed_shares_leave_who_was_told_where_she_was(others: Others) -> None:
    story = others(next(names_of("b")))
    told(story)
    arrives(story)
    now_all_plain = with_experiment(story, arms=(Arm("a", 1_000_000_000), Arm("b", 1)))
    due_again(story)
    now_all_plain.works(story.clock.now + HOUR)
    (again,) = story.messages("queued")
    assert SAYS_MORE in opened_reply(story.care.vault, again.content_sealed).text


def test_the_command_shows_the_effect_with_its_uncertainty_and_hides_small_numbers(others: Others) -> None:
    story = others("ana")
    fill(story, "a", 600, opted_out=6, booked=180)
    fill(story, "b", 600, opted_out=20, booked=240)
    group = reminders_group(lambda: story.reminders)
    said = CliRunner().invoke(group, ["effects", "--experiment", EXPERIMENT.name])
    assert said.exit_code == 0, said.output
    assert "30.0% (26.5% to 33.8%) of 600" in said.output and "40.0% (36.2% to 44.0%) of 600" in said.output
    assert "+10.0 (+4.6 to +15.3)" in said.output and "not corrected for looking often" in said.output
    (plain, b) = [line for line in said.output.splitlines() if "opted_out " in line]
    assert "hidden (< 10)" in plain and "3.3%" in b and "points" not in b and "+" not in b
    assert story.resident[:8] not in said.output
    unknown = CliRunner().invoke(group, ["effects", "--experiment", "no_such"])
    assert unknown.exit_code == 1 and EXPERIMENT.name in unknown.output
