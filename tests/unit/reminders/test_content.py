"""Content by week and age: only where the dates are known, seldom, never beside what matters more, never in arrears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from latido.care.rules.gestation import GestationalAge
from latido.reminders.content_data import load_content
from latido.reminders.rules.content import Card, Content, Workshop, content_steps, plan_with_content
from latido.reminders.rules.drafts import Frame
from latido.reminders.rules.steps import Known, Reach, Reader, Step, Subject
from tests.unit.reminders.plan_cases import CALENDARS, POLICY, ZONE

CONTENT = load_content()
PACE = CONTENT.pace
A_DAY = timedelta(days=1)
TODAY = date(2026, 11, 23)


def at(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE)


def pregnant(lmp: date, role: str = "self", **fields) -> Subject:
    age = GestationalAge(0, 0, lmp, "lmp", lmp)
    return Subject(role, f"pregnancy-{role}", "prenatal", at(TODAY - 30 * A_DAY), age=age, **fields)


def child(born: date, role: str = "child-1") -> Subject:
    return Subject(role, role, "pediatric", at(born), birth_date=born)


def known(*subjects: Subject, since: date = TODAY - 20 * A_DAY, **fields) -> Known:
    reader = Reader(at(since), **{key: fields.pop(key) for key in ("lost_at", "centers") if key in fields})
    return Known("r", fields.pop("wants_reminders", True), False, subjects, reader=reader, **fields)


def tips(whom: Known, day: date = TODAY, content: Content = CONTENT, others: Sequence[Step] = (), hour: int = 9):
    frame = Frame(whom, POLICY, ZONE, at(day, hour))
    return content_steps(frame, content, others)


def one_card(stage: str = "child", first_day: int = 100, **fields) -> Content:
    return replace(CONTENT, cards=(Card("one", stage, first_day, "Título", "Texto", "Fuente"),), **fields)  # type: ignore[arg-type]


def days(steps: Sequence[Step]) -> list[date]:
    return [step.due_at.astimezone(ZONE).date() for step in steps]


BORN = TODAY - 100 * A_DAY  # the card of day 100 is of today


def test_a_card_comes_on_its_day_at_the_hour_of_the_pace():
    [step] = tips(known(child(BORN)), content=one_card())
    assert step.due_at.astimezone(ZONE) == at(TODAY, PACE.time.hour)
    assert (step.kind, step.name, step.template, step.key) == ("content", "tip", "tip", "r:child-1:child-1:tip-one:tip")
    assert step.variables == {"title": "Título", "text": "Texto", "source": "Fuente"}
    assert step.not_after.astimezone(ZONE).date() == TODAY + PACE.late * A_DAY


def test_nobody_who_did_not_ask_for_it_is_sent_any():
    assert tips(replace(known(child(BORN)), reader=None), content=one_card()) == []


def test_none_while_messages_do_not_reach_her():
    away = known(child(BORN), reach=Reach(away_since=at(TODAY - A_DAY)))
    assert tips(away, content=one_card()) == []
    steps = plan_with_content(away, CALENDARS, POLICY, one_card(), ZONE, at(TODAY))
    assert steps and all(step.is_listed for step in steps)


def test_who_said_yes_today_gets_the_first_one_tomorrow():
    assert days(tips(known(child(BORN), since=TODAY), content=one_card())) == [TODAY + A_DAY]


def test_there_are_no_arrears():
    late = known(child(BORN - PACE.late * A_DAY))
    assert days(tips(late, content=one_card())) == [TODAY]
    assert tips(known(child(BORN - (PACE.late + 1) * A_DAY)), content=one_card()) == []
    assert tips(late, content=one_card(), hour=22) == []  # today it is night, tomorrow too late


def test_a_year_of_cards_is_two_a_month_and_one_a_week_at_most():
    born, seen = date(2026, 1, 1), {}
    said: dict[str, datetime] = {}
    for number in range(370):
        today = born + number * A_DAY
        for step in tips(known(child(born), since=born, said=dict(said)), today):
            if days([step]) == [today]:
                seen[step.key] = today
                said[step.key] = step.due_at
    gaps = [
        (later - earlier).days for earlier, later in zip(list(seen.values()), list(seen.values())[1:], strict=False)
    ]
    assert len(seen) == sum(card.stage == "child" for card in CONTENT.cards)
    assert min(gaps) >= PACE.every


@pytest.mark.parametrize(
    ("age", "count"),
    [
        (GestationalAge(14, 14, TODAY, "weeks", None), 1),
        (GestationalAge(13, 14, TODAY, "weeks", None), 1),
        (GestationalAge(12, 16, TODAY, "months", None), 0),
        (GestationalAge(12, 27, TODAY, "trimester", None), 0),
        (None, 0),
    ],
)
def test_the_weeks_must_be_known_well(age, count):
    subject = replace(pregnant(TODAY), age=age)
    content = one_card("pregnancy", 14 * 7 + 3)
    assert len(tips(known(subject), content=content)) == count


def test_a_corrected_date_sends_the_same_card_no_second_time():
    first = pregnant(TODAY - 98 * A_DAY)
    content = one_card("pregnancy", 98)
    [step] = tips(known(first), content=content)
    corrected = known(pregnant(TODAY - 91 * A_DAY), said={step.key: at(TODAY)})
    assert tips(corrected, TODAY + A_DAY, content) == []


def test_a_corrected_date_moves_what_was_not_sent():
    content = one_card("pregnancy", 98)
    [before] = tips(known(pregnant(TODAY - 90 * A_DAY)), content=content)
    [after] = tips(known(pregnant(TODAY - 80 * A_DAY)), content=content)
    assert before.key == after.key and after.due_at - before.due_at == 10 * A_DAY


def test_a_child_without_a_birth_date_gets_none():
    assert tips(known(replace(child(BORN), birth_date=None)), content=one_card()) == []


def test_twins_share_a_card_also_when_one_of_them_is_spoken_of_no_more():
    both = known(child(BORN), child(BORN, "child-2"))
    [step] = tips(both, content=one_card())
    left = known(child(BORN, "child-2"), said={step.key: at(TODAY)})
    assert tips(left, TODAY + A_DAY, one_card()) == []


def test_a_later_child_gets_the_card_again():
    first = "r:child-1:child-1:tip-one:tip"
    second = known(child(BORN, "child-2"), said={first: at(TODAY - PACE.same_card * A_DAY)})
    assert len(tips(second, content=one_card())) == 1


def test_born_on_29_february():
    born = date(2028, 2, 29)
    content = one_card(first_day=365)
    assert days(tips(known(child(born), since=born), date(2029, 2, 1), content)) == [date(2029, 2, 28)]


def test_a_last_period_on_29_february():
    content = one_card("pregnancy", 280)
    whom = known(pregnant(date(2028, 2, 29)), since=date(2028, 3, 1))
    assert days(tips(whom, date(2028, 12, 1), content)) == [date(2028, 12, 5)]


def test_none_after_41_weeks():
    lmp = TODAY - PACE.pregnancy_ends_on_day * A_DAY
    content = one_card("pregnancy", PACE.pregnancy_ends_on_day - 2)
    assert tips(known(pregnant(lmp)), content=content) == []
    assert len(tips(known(pregnant(lmp + A_DAY)), content=content)) == 1


def test_none_for_a_long_time_after_a_loss_also_of_the_twin():
    lost = known(child(BORN), lost_at=at(TODAY - (PACE.after_loss - 1) * A_DAY))
    assert tips(lost, content=one_card()) == []
    assert len(tips(lost, TODAY + A_DAY, one_card())) == 1


def reminder(day: date, is_listed: bool = False) -> Step:
    moment = at(day, 10)
    return Step(
        "r:x:remind", "r:x", "appointment", "remind", "self", "prenatal", moment, moment, "x", is_listed=is_listed
    )


def test_a_reminder_of_an_appointment_keeps_its_distance():
    soonest = TODAY + (2 + PACE.gap) * A_DAY
    [step] = tips(
        known(child(BORN)), content=one_card(), others=[reminder(TODAY + number * A_DAY) for number in range(3)]
    )
    assert days([step]) == [soonest]


def test_what_stands_on_the_operators_list_keeps_none():
    assert days(tips(known(child(BORN)), content=one_card(), others=[reminder(TODAY, is_listed=True)])) == [TODAY]


def test_what_was_said_yesterday_keeps_its_distance():
    whom = known(child(BORN), said={"r:self:appointment:1:20261126T1230Z:confirm": at(TODAY - A_DAY)})
    assert days(tips(whom, content=one_card())) == [TODAY - A_DAY + PACE.gap * A_DAY]


def test_a_card_that_finds_no_room_is_dropped():
    others = [reminder(TODAY + number * A_DAY) for number in range(PACE.late + 3)]
    assert tips(known(child(BORN)), content=one_card(), others=others) == []


def test_it_is_never_said_before_or_instead_of_a_reminder():
    """The rest of the plan is the same with and without content, for pregnancies and children of every age."""
    for number in range(0, 300, 13):
        whom = known(pregnant(TODAY - number * A_DAY), child(TODAY - number * A_DAY))
        steps = plan_with_content(whom, CALENDARS, POLICY, CONTENT, ZONE, at(TODAY))
        without = plan_with_content(replace(whom, reader=None), CALENDARS, POLICY, CONTENT, ZONE, at(TODAY))
        assert [step for step in steps if step.kind != "content"] == without
        said = {day for step, day in zip(without, days(without), strict=True) if not step.is_listed}
        told = [step for step in steps if step.kind == "content"]
        assert all(abs((day - other).days) >= PACE.gap for day in days(told) for other in said)


def test_content_without_reminders_is_content_alone():
    whom = known(child(BORN), wants_reminders=False)
    steps = plan_with_content(whom, CALENDARS, POLICY, one_card(), ZONE, at(TODAY))
    assert [step.kind for step in steps] == ["content"]
    assert plan_with_content(replace(whom, is_silent=True), CALENDARS, POLICY, one_card(), ZONE, at(TODAY)) == []


WORKSHOP = Workshop(15, TODAY + 5 * A_DAY, "En el CeSAC N° 15 hay un taller.")


@pytest.mark.parametrize(
    ("workshop", "centers", "told"),
    [
        (WORKSHOP, (9, 15), True),
        (WORKSHOP, (9,), False),
        (replace(WORKSHOP, valid_until=TODAY), (15,), False),
        (replace(WORKSHOP, stage="pregnancy"), (15,), False),
        (replace(WORKSHOP, stage="child"), (15,), True),
    ],
)
def test_a_workshop_near_her_is_told_with_the_card(workshop, centers, told):
    [step] = tips(known(child(BORN), centers=centers), content=one_card(workshops=(workshop,)))
    assert step.variables.get("workshop") == (workshop.line if told else None)


def test_what_whatsapp_held_back_comes_no_sooner_than_it_may():
    [step] = tips(known(child(BORN)), content=one_card())
    later = at(TODAY + A_DAY, 15)
    [again] = tips(known(child(BORN), asked_for={step.key: later}), content=one_card())
    assert again.key == step.key and again.due_at == later
    too_late = at(TODAY + (PACE.late + 1) * A_DAY, 15)
    assert tips(known(child(BORN), asked_for={step.key: too_late}), content=one_card()) == []
