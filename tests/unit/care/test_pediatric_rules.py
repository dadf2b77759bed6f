"""Whose check-up comes first among children, what is the same visit, and who waits before whom."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latido.care.rules.calendar_data import BadCalendar
from latido.care.rules.child_windows import load_child_windows
from latido.care.rules.gestation import UNKNOWN_WINDOW
from latido.care.rules.growth import months_after
from latido.care.rules.priority import ORDER, PEDIATRIC_RULES_FILE, Answers, load_rules
from latido.care.rules.service_rules import Facts, load_service_rules
from latido.care.rules.waiting import Candidate, Released, choose_next
from latido.care.services import BUENOS_AIRES

RULES = load_service_rules()["pediatric"]
WINDOWS = load_child_windows()
TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 10, 15, tzinfo=BUENOS_AIRES)
DAY = timedelta(days=1)


def of_age(days: int, prior: str | None = None, **more: str) -> tuple[str, tuple[str, ...]]:
    answers = Answers(prior_checkups=prior, **more)
    found = RULES.priority_on(TODAY, Facts(birth_date=TODAY - timedelta(days=days)), answers)
    return found.name, found.reasons


@pytest.mark.parametrize(
    ("days", "prior", "expected"),
    [
        (0, None, ("top", ("newborn_first_week",))),
        (6, "some", ("top", ("newborn_first_week",))),
        (7, None, ("top", ("newborn_second_week",))),
        (14, "undisclosed", ("top", ("newborn_second_week",))),
        (15, None, ("priority", ("under_two_months",))),
        (15, "none", ("top", ("no_checkup_in_the_first_months", "under_two_months"))),
        (61, None, ("routine", ())),
        (90, "none", ("top", ("no_checkup_in_the_first_months",))),
        (91, "none", ("priority", ("no_checkup_yet",))),
        (365, "overdue", ("priority", ("overdue_in_the_first_year",))),
        (366, "overdue", ("routine", ())),
        (3000, "none", ("priority", ("no_checkup_yet",))),
        (3000, "some", ("routine", ())),
    ],
)
def test_the_class_of_a_child(days: int, prior: str | None, expected: tuple[str, tuple[str, ...]]):
    assert of_age(days, prior) == expected


def test_what_a_family_tells_of_health_and_birth_counts():
    assert of_age(200, conditions="yes") == ("priority", ("health_condition",))
    assert of_age(200, history="yes") == ("priority", ("birth_history",))
    assert of_age(400, history="yes") == ("routine", ())


def test_a_newborn_s_target_is_the_visit_of_the_first_days():
    newborn = RULES.priority_on(TODAY, Facts(birth_date=TODAY), Answers())
    assert (newborn.target_days, newborn.fhir_priority) == (3, 1)
    assert newborn.reason_text.startswith("Te damos prioridad porque recién nació")
    assert load_rules(PEDIATRIC_RULES_FILE).clinical_sign_off == "pending"


@settings(deadline=None)
@given(st.integers(0, 18 * 365), st.sampled_from([None, "none", "some", "overdue", "undisclosed"]))
def test_the_younger_of_two_alike_is_never_in_a_lower_class(days: int, prior: str | None):
    older = ORDER.index(of_age(days + 30, prior)[0])
    younger = ORDER.index(of_age(days, prior)[0])
    assert younger <= older


def test_pregnancy_s_rules_do_not_ask_for_a_birth_date_nor_a_child_s_for_weeks():
    prenatal = load_service_rules()["prenatal"]
    child = Facts(birth_date=TODAY)
    assert prenatal.priority_on(TODAY, child, Answers()).reasons == ()
    assert RULES.windows.window_of(Facts(), TODAY) == prenatal.windows.window_of(child, TODAY) == UNKNOWN_WINDOW


@pytest.mark.parametrize(
    ("born", "day", "window"),
    [
        (date(2026, 11, 23), date(2026, 11, 23), "d0"),
        (date(2026, 11, 23), date(2026, 11, 29), "d0"),
        (date(2026, 11, 23), date(2026, 11, 30), "d7"),
        (date(2026, 8, 31), date(2026, 9, 29), "d7"),
        (date(2026, 8, 31), date(2026, 9, 30), "m1"),
        (date(2024, 2, 29), date(2025, 2, 27), "m11"),
        (date(2024, 2, 29), date(2025, 2, 28), "m12"),
        (date(2020, 1, 1), date(2026, 11, 23), "m72"),
        (date(2026, 11, 25), date(2026, 11, 23), "d0"),
    ],
)
def test_the_window_of_a_day(born: date, day: date, window: str):
    assert WINDOWS.window_of(born, day) == window


@settings(deadline=None)
@given(st.dates(date(2010, 1, 1), date(2026, 11, 23)), st.integers(0, 6000), st.integers(0, 400))
def test_windows_follow_one_another(born: date, days: int, later: int):
    one, other = born + timedelta(days=days), born + timedelta(days=days + later)
    same = WINDOWS.window_of(born, one) == WINDOWS.window_of(born, other)
    assert same or later > 0
    assert WINDOWS.clash(WINDOWS.window_of(born, one), one, WINDOWS.window_of(born, other), other) == (
        same or later < WINDOWS.min_between.days
    )


def test_monthly_visits_of_the_first_year_are_each_a_window():
    born = date(2026, 1, 31)
    windows = [WINDOWS.window_of(born, months_after(born, month)) for month in range(1, 13)]
    assert windows == [f"m{month}" for month in range(1, 13)]


def test_an_unknown_birth_date_clashes_with_everything():
    assert WINDOWS.clash(UNKNOWN_WINDOW, TODAY, "m2", TODAY + 60 * DAY)


def test_windows_that_do_not_rise_are_refused(tmp_path):
    file = tmp_path / "bad.yml"
    file.write_text("booking_windows: {begins_at: [0d, 2m, 1m], min_days_between: 3}")
    with pytest.raises(BadCalendar, match="rise"):
        load_child_windows(file)


def waits(entry: str, age_days: int, since: datetime = NOW, name: str = "priority") -> Candidate:
    return Candidate(entry, name, None, since, {1: 100.0}, last_wrote=NOW, age_days=age_days)  # type: ignore[arg-type]


@settings(deadline=None)
@given(st.lists(st.integers(0, 6000), min_size=1, max_size=8, unique=True))
def test_of_children_alike_the_youngest_is_offered_the_slot(ages: list[int]):
    slot = Released("slot", NOW + 5 * DAY, 1)
    decision = choose_next(slot, [waits(str(age), age) for age in ages], RULES.waiting, NOW)
    assert decision.chosen == str(min(ages))
    assert [each.age_days for each in decision.considered] == sorted(ages)


def test_class_comes_before_age_and_age_before_the_wait():
    slot = Released("slot", NOW + 2 * DAY, 1)
    older_top = waits("top", 80, name="top")
    long_waiting = waits("long", 50, NOW - 20 * DAY)
    younger = waits("young", 20)
    ranked = choose_next(slot, [long_waiting, younger, older_top], RULES.waiting, NOW).considered
    assert [each.entry for each in ranked] == ["top", "young", "long"]
