"""Schedules: hand-computed dates, and what holds for every pregnancy and every baby."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latido.care.rules.calendar import Age, Calendar, Planned, plan
from latido.care.rules.calendar_data import (
    BadCalendar,
    load_pediatric_calendar,
    load_prenatal_calendar,
    read_age,
)
from latido.care.rules.gestation import GestationalAge, age_by_last_period
from latido.care.rules.growth import completed_months, months_after, years_after

PRENATAL, PEDIATRIC = load_prenatal_calendar(), load_pediatric_calendar()
TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)


def by_code(calendar: Calendar, begins: date | tuple[date, date], today: date = TODAY) -> dict[str, Planned]:
    both = begins if isinstance(begins, tuple) else (begins, begins)
    return {each.code: each for each in plan(calendar, both, today)}


def of_state(items: dict[str, Planned], kind: str, state: str) -> list[str]:
    return [code for code, each in items.items() if (each.kind, each.state) == (kind, state)]


def test_a_pregnancy_by_its_last_period():
    # 20 weeks and 5 days on the day.
    items = by_code(PRENATAL, date(2026, 7, 1))
    assert (items["prenatal-20"].first, items["prenatal-20"].last) == (date(2026, 11, 4), date(2026, 12, 1))
    assert (items["study-strep-swab"].first, items["study-strep-swab"].last) == (date(2027, 3, 3), date(2027, 3, 23))
    assert (items["vaccine-rsv"].first, items["vaccine-rsv"].last) == (date(2027, 2, 10), date(2027, 3, 16))
    assert items["vaccine-dtpa"].first == date(2026, 11, 18)
    assert of_state(items, "checkup", "now") == ["prenatal-20"]
    assert of_state(items, "checkup", "next") == []
    assert of_state(items, "study", "now") == ["study-anatomy-scan"]
    assert of_state(items, "checkup", "past") == ["prenatal-first", "prenatal-16"]
    assert items["prenatal-first"].detail == "Si no fuiste, sacá el próximo."
    assert items["study-first-scan"].detail == "Si no te lo hiciste, preguntá en tu próximo control."


def test_a_pregnancy_of_two_weeks_has_its_first_check_up_next():
    items = by_code(PRENATAL, TODAY - timedelta(days=14))
    assert of_state(items, "checkup", "next") == ["prenatal-first"]
    assert of_state(items, "study", "next") == ["study-first-labs"]
    assert items["prenatal-first"].first == TODAY + timedelta(days=14)


def test_at_42_weeks_nothing_is_left_to_announce():
    items = by_code(PRENATAL, TODAY - timedelta(weeks=42))
    assert {each.state for each in items.values()} == {"past"}
    assert of_state(by_code(PRENATAL, TODAY - timedelta(weeks=42) + DAY), "checkup", "now") == ["prenatal-41"]


def test_a_range_of_weeks_gives_ranges_that_hold_for_each_day_of_it():
    # Five months, told today: 18 to 22 completed weeks.
    age = GestationalAge(18, 22, TODAY, "months")
    assert age.last_period == (date(2026, 6, 16), date(2026, 7, 20))
    assert age.due == (date(2027, 3, 23), date(2027, 4, 26))
    items = by_code(PRENATAL, age.last_period)
    assert (items["prenatal-20"].first, items["prenatal-20"].last) == (date(2026, 10, 20), date(2026, 12, 20))
    assert of_state(items, "checkup", "now") == ["prenatal-20"]
    # It is past only when it surely is.
    assert items["study-anatomy-scan"].state == "now" and items["vaccine-dtpa"].state == "now"


def test_a_baby_of_the_31st_has_months_cut_to_their_end():
    items = by_code(PEDIATRIC, date(2026, 8, 31))
    assert (items["well-child-1m"].first, items["well-child-1m"].last) == (date(2026, 9, 30), date(2026, 10, 30))
    assert (items["well-child-6m"].first, items["well-child-6m"].last) == (date(2027, 2, 28), date(2027, 3, 30))
    assert (items["vaccine-rotavirus-1"].first, items["vaccine-rotavirus-1"].last) == (
        date(2026, 10, 31),
        date(2026, 12, 14),
    )
    assert items["vaccine-rotavirus-2"].last == date(2027, 2, 27)


def test_a_baby_of_a_leap_day():
    items = by_code(PEDIATRIC, date(2028, 2, 29), date(2028, 3, 1))
    assert items["well-child-12m"].first == date(2029, 2, 28)
    assert items["well-child-24m"].first == date(2030, 2, 28)
    assert of_state(items, "checkup", "now") == ["well-child-discharge"]


def test_a_baby_born_today():
    items = by_code(PEDIATRIC, TODAY)
    assert of_state(items, "checkup", "now") == ["well-child-discharge"]
    assert of_state(items, "vaccine", "now") == ["vaccine-birth"]
    assert of_state(items, "study", "now") == ["study-hearing"]
    assert (items["study-heel-prick"].first, items["study-heel-prick"].last) == (TODAY + DAY, TODAY + 7 * DAY)


def test_between_two_check_ups_the_later_one_is_next():
    items = by_code(PEDIATRIC, TODAY - 20 * DAY)
    assert of_state(items, "checkup", "next") == ["well-child-1m"]
    # What begins on the same day is told together.
    assert of_state(items, "vaccine", "next") == ["vaccine-2m", "vaccine-rotavirus-1"]


def test_at_18_months():
    items = by_code(PEDIATRIC, date(2025, 5, 23))
    assert of_state(items, "checkup", "now") == ["well-child-18m"]
    assert of_state(items, "vaccine", "now") == [
        "vaccine-influenza-baby",
        "vaccine-mmr-2",
        "vaccine-pentavalent-booster",
    ]
    past = items["vaccine-15m"]
    assert (past.state, past.detail) == ("past", "En el vacunatorio miran el carnet y te dicen cómo seguir.")


@pytest.mark.parametrize(
    ("born", "first"),
    [(date(2024, 7, 1), date(2025, 10, 1)), (date(2024, 6, 30), date(2029, 6, 30))],
)
def test_the_second_triple_viral_depends_on_the_birth_date(born: date, first: date):
    second = [each for each in plan(PEDIATRIC, (born, born), TODAY) if each.code == "vaccine-mmr-2"]
    assert [each.first for each in second] == [first]


@settings(deadline=None)
@given(st.integers(0, 44 * 7))
def test_one_check_up_of_a_known_pregnancy_is_ever_now(days: int):
    items = by_code(PRENATAL, TODAY - timedelta(days=days))
    now = of_state(items, "checkup", "now")
    assert len(now) == (1 if 28 <= days < 42 * 7 else 0)
    for each in items.values():
        assert each.first <= each.last
        assert (each.state == "now") == (each.first <= TODAY <= each.last)
        assert (each.state == "past") == (each.last < TODAY)


@settings(deadline=None)
@given(st.integers(0, 44 * 7), st.integers(0, 60), st.integers(0, 60))
def test_a_range_holds_whatever_day_of_it_was_the_true_one(days: int, width: int, inside: int):
    earliest = TODAY - timedelta(days=days)
    latest = earliest + timedelta(days=width)
    true = earliest + timedelta(days=min(inside, width))
    ranged, exact = by_code(PRENATAL, (earliest, latest)), by_code(PRENATAL, true)
    for code, each in exact.items():
        assert ranged[code].first <= each.first <= each.last <= ranged[code].last
        if each.kind != "checkup" and ranged[code].state == "past":
            assert each.state == "past"
    assert len(of_state(ranged, "checkup", "now")) <= 1


@settings(deadline=None)
@given(st.dates(date(2000, 1, 1), date(2040, 12, 31)), st.integers(0, 900))
def test_a_baby_s_items_are_in_order_and_no_two_check_ups_overlap(born: date, days: int):
    today = born + timedelta(days=days)
    items = plan(PEDIATRIC, (born, born), today)
    assert [each.first for each in items] == sorted(each.first for each in items)
    checkups = [each for each in items if each.kind == "checkup"]
    assert all(one.last < other.first for one, other in pairwise(checkups))
    current = [each for each in checkups if each.state in ("now", "next")]
    assert len(current) == (1 if today < months_after(born, 27) else 0)
    assert len({each.code for each in items}) == len(items)


@settings(deadline=None)
@given(st.dates(date(2000, 1, 1), date(2040, 12, 31)), st.integers(0, 400))
def test_months_after_and_completed_months_agree(born: date, months: int):
    there = months_after(born, months)
    assert (there.year * 12 + there.month) - (born.year * 12 + born.month) == months
    assert there.day <= born.day and (there.day == born.day or (there + DAY).day == 1)
    assert completed_months(born, there) == months
    assert completed_months(born, there - DAY) == max(0, months - 1)


def test_years_after_a_leap_day():
    assert years_after(date(2008, 2, 29), 18) == date(2026, 2, 28)


def test_a_last_period_of_today_and_of_44_weeks_ago_are_believed_and_no_other():
    assert age_by_last_period(TODAY, TODAY).weeks_max == 0
    assert age_by_last_period(TODAY - timedelta(weeks=44), TODAY).weeks_max == 44
    for wrong in (TODAY + DAY, TODAY - timedelta(weeks=44) - DAY):
        with pytest.raises(ValueError, match="once more"):
            age_by_last_period(wrong, TODAY)


@pytest.mark.parametrize("calendar", [PRENATAL, PEDIATRIC], ids=["prenatal", "pediatric"])
def test_what_she_reads_fits_a_list_and_every_calendar_says_where_it_is_from(calendar: Calendar):
    for each in calendar.items:
        assert len(each.title) <= 24 and len(each.detail or "") <= 72, each.code
    assert all(len(words) <= 72 for words in calendar.past.values())
    assert set(calendar.past) == {"checkup", "study", "vaccine"}
    assert all(source["name"] and source["as_of"] for source in calendar.sources)


def test_the_official_counts_are_counts_and_the_calendars_are_denser():
    assert (PRENATAL.official_minimum, PEDIATRIC.official_minimum) == (5, 7)
    first_year = [each for each in by_code(PEDIATRIC, TODAY).values() if each.first < years_after(TODAY, 1)]
    assert sum(each.kind == "checkup" for each in first_year) > 7
    assert sum(each.kind == "checkup" for each in PRENATAL.items) > 5


@pytest.mark.parametrize("words", ["", "2w", "m", "two months", "2 m"])
def test_an_age_that_is_none_is_refused(words: str):
    with pytest.raises(BadCalendar):
        read_age(words)


def test_an_age_in_months_and_days():
    assert read_age("3m15d") == Age(3, 15) and read_age("7d") == Age(0, 7)


def test_better_knowledge_stays():
    exact = GestationalAge(20, 20, TODAY, "ultrasound")
    rough = GestationalAge(18, 22, TODAY, "months")
    weeks = GestationalAge(21, 21, TODAY, "weeks")
    assert exact.better_of(rough) == exact.better_of(weeks) == exact.better_of(None) == exact
    assert rough.better_of(weeks) == weeks and weeks.better_of(exact) == exact
