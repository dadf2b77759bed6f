"""A check-up's message that failed for good has said nothing of the vaccines and studies it named as well."""

from __future__ import annotations

from datetime import date

from latido.reminders.rules.steps import Known, Reach, Step
from tests.unit.reminders.plan_cases import DAY, at, child, find, known, names, planned, pregnant

# The day after week 32: she told us in its last days, and what was to be said of its check-up failed until it was over.
NOW = at("2026-12-12 13:00")
WOMAN = pregnant(33, on=NOW.date(), since=NOW - 4 * DAY)
WEEK_32, WEEK_34 = (f"r:self:pregnancy-1:prenatal-{week}:book" for week in (32, 34))
FAILED = at("2026-12-11 11:30")
NAMED = ("Antigripal", "Hepatitis B", "Triple bacteriana", "Tercera ecografía", "Repetir análisis")


def whom(unheard: tuple[str, ...] = (WEEK_32,), said: tuple[str, ...] = (WEEK_32,)) -> Known:
    return known(WOMAN, said=dict.fromkeys(said, FAILED), reach=Reach(unheard=frozenset(unheard)))


def told(steps: list[Step]) -> set[str]:
    return {code for step in steps if step.name == "tell" for code in step.codes}


def test_what_may_have_reached_her_is_not_said_again() -> None:
    steps = planned(whom(unheard=()), NOW)
    assert told(steps) == set()
    assert not any(each in find(steps, "book", "prenatal-34").variables["also"] for each in NAMED)


def test_what_failed_is_said_with_the_next_check_up() -> None:
    steps = planned(whom(), NOW)
    assert told(steps) == set()
    assert all(each in find(steps, "book", "prenatal-34").variables["also"] for each in NAMED)
    assert "prenatal-32 book" not in names(steps)


def test_once_said_with_that_one_it_is_not_said_again() -> None:
    later = known(WOMAN, said={WEEK_32: FAILED, WEEK_34: NOW}, reach=Reach(unheard=frozenset((WEEK_32,))))
    assert told(planned(later, NOW + DAY)) == set()


def test_a_message_that_went_before_it_failed_has_not_said_it() -> None:
    early = known(WOMAN, said={WEEK_32: FAILED, WEEK_34: FAILED - DAY}, reach=Reach(unheard=frozenset((WEEK_32,))))
    assert told(planned(early, NOW)) >= {"vaccine-influenza", "vaccine-dtpa", "study-last-labs", "study-third-scan"}


def test_where_the_next_fails_too_it_is_told_by_itself() -> None:
    both = whom(unheard=(WEEK_32, WEEK_34), said=(WEEK_32, WEEK_34))
    assert told(planned(both, NOW)) >= {"vaccine-influenza", "vaccine-dtpa", "study-last-labs", "study-third-scan"}


def test_where_no_check_up_is_near_it_is_told_by_itself_within_days() -> None:
    born, now = date(2026, 8, 1), at("2026-11-27 10:00")
    key = "r:child-1:child-1:well-child-4m:book"
    baby = child(born, since=now - 90 * DAY)
    said = {key: at("2026-11-25 10:00")}
    assert told(planned(known(baby, said=said), now)) == set()
    failed = planned(known(baby, said=said, reach=Reach(unheard=frozenset((key,)))), now)
    tell = find(failed, "tell", "vaccine-4m")
    assert set(tell.codes) == {"vaccine-4m", "vaccine-rotavirus-2"}
    assert tell.due_at == at("2026-12-01 10:00")
