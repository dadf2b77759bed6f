"""Who belongs to a segment, who may be written to and when, and which numbers may be shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latido.campaigns.policy_data import load_campaign_policy
from latido.campaigns.rules.counts import share, shown
from latido.campaigns.rules.deciding import days_needed, never, not_now
from latido.campaigns.rules.segment import Facts, Match, Person, Segment, SegmentInvalid, match, segment_from

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)
POLICY = load_campaign_policy()
EVA = Person("self", "prenatal", weeks=(20, 21))
LUZ = Person("child-1", "pediatric", birth_date=date(2026, 5, 23))
FACTS = Facts("eva", "yes", False, neighbourhood="barracas", commune=4, people=(EVA, LUZ))


def belongs(segment: Segment, facts: Facts = FACTS, today: date = TODAY) -> Match | None:
    return match(segment, facts, today, POLICY.weeks_known_within)


@pytest.mark.parametrize(
    ("segment", "whom"),
    [
        (Segment(neighbourhoods=("barracas", "boca")), "self"),
        (Segment(neighbourhoods=("boca",)), None),
        (Segment(communes=(4,)), "self"),
        (Segment(communes=(5,)), None),
        (Segment(communes=(4,), neighbourhoods=("boca",)), None),
        (Segment(weeks=(20, 20)), "self"),
        (Segment(weeks=(21, 30)), None),
        (Segment(months=(6, 6)), "child-1"),
        (Segment(months=(0, 5)), None),
        (Segment(weeks=(10, 30), months=(0, 12)), "self"),
        (Segment(weeks=(30, 40), months=(0, 12)), None),
        (Segment(weeks=(30, 40), months=(0, 12), either=True), "child-1"),
        (Segment(weeks=(30, 40), months=(7, 12), either=True), None),
        (Segment(overdue=True), None),
    ],
)
def test_all_that_is_asked_must_hold(segment: Segment, whom: str | None) -> None:
    found = belongs(segment)
    assert (found.role if found else None) == whom


def test_what_is_asked_of_one_person_must_hold_of_the_same_one() -> None:
    overdue_child = replace(FACTS, people=(EVA, replace(LUZ, is_overdue=True)))
    assert belongs(Segment(overdue=True), overdue_child) == Match("child-1", "pediatric")
    assert belongs(Segment(overdue=True, weeks=(10, 30)), overdue_child) is None
    elsewhere = replace(FACTS, people=(replace(EVA, centers=frozenset({1})), LUZ))
    assert belongs(Segment(centers=(1, 2)), elsewhere) == Match("self", "prenatal")
    assert belongs(Segment(centers=(1,), months=(0, 12)), elsewhere) is None


@pytest.mark.parametrize(
    ("weeks", "is_in"),
    [((20, 21), True), ((18, 22), True), ((17, 22), False), ((40, 44), False), ((41, 42), True), ((42, 42), False)],
)
def test_weeks_count_where_they_are_known_well_enough_and_can_still_be(weeks: tuple[int, int], is_in: bool) -> None:
    facts = replace(FACTS, people=(replace(EVA, weeks=weeks),))
    assert (belongs(Segment(weeks=(0, 42)), facts) is not None) is is_in


@pytest.mark.parametrize(
    ("born", "today", "months"),
    [
        (date(2026, 5, 23), date(2026, 11, 22), 5),
        (date(2026, 5, 23), date(2026, 11, 23), 6),
        (date(2024, 2, 29), date(2025, 2, 28), 11),
        (date(2024, 2, 29), date(2025, 3, 1), 12),
        (date(2026, 8, 31), date(2026, 9, 30), 0),
        (date(2026, 8, 31), date(2026, 10, 1), 1),
    ],
)
def test_months_are_completed_ones(born: date, today: date, months: int) -> None:
    facts = replace(FACTS, people=(replace(LUZ, birth_date=born),))
    assert belongs(Segment(months=(months, months)), facts, today) is not None
    assert belongs(Segment(months=(months + 1, 99)), facts, today) is None


def test_nobody_unborn_is_of_an_age() -> None:
    facts = replace(FACTS, people=(replace(LUZ, birth_date=TODAY + timedelta(days=1)), replace(LUZ, birth_date=None)))
    assert belongs(Segment(months=(0, 216)), facts) is None


spans = st.none() | st.tuples(st.integers(0, 20), st.integers(20, 42))
segments = st.builds(
    Segment,
    neighbourhoods=st.lists(st.text(max_size=8), max_size=3).map(tuple),
    communes=st.lists(st.integers(1, 15), max_size=3).map(tuple),
    weeks=spans,
    months=spans,
    either=st.booleans(),
    overdue=st.booleans(),
    centers=st.lists(st.integers(1, 60), max_size=3).map(tuple),
)


@given(segments)
def test_a_segment_is_read_as_it_was_written(segment: Segment) -> None:
    if segment.is_empty:
        with pytest.raises(SegmentInvalid):
            segment_from(segment.as_json())
    else:
        assert segment_from(segment.as_json()) == segment


@given(segments)
def test_another_condition_never_takes_more(segment: Segment) -> None:
    narrower = replace(segment, communes=(4,), overdue=True)
    if belongs(narrower, replace(FACTS, people=(replace(EVA, is_overdue=True),))) and not segment.communes:
        assert belongs(segment, replace(FACTS, people=(replace(EVA, is_overdue=True),)))


@pytest.mark.parametrize(
    ("stored", "field"),
    [
        ({}, "segment"),
        ({"weeks": [30, 10]}, "weeks"),
        ({"months": [0, 999]}, "months"),
        ({"communes": "4"}, "communes"),
    ],
)
def test_a_segment_that_cannot_be_names_its_field(stored: dict[str, Any], field: str) -> None:
    with pytest.raises(SegmentInvalid) as refused:
        segment_from(stored)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, None),
        ({"reminders": "never"}, "no_consent"),
        ({"reminders": "withdrawn"}, "opted_out"),
        ({"is_silent": True}, "silent"),
        ({"is_unreachable": True}, "unreachable"),
        ({"lost_at": NOW - timedelta(days=364)}, "loss"),
        ({"lost_at": NOW - timedelta(days=366)}, None),
        ({"lost_at": NOW, "is_unreachable": True}, "loss"),
    ],
)
def test_who_must_not_be_written_to(changed: dict[str, Any], reason: str | None) -> None:
    assert never(replace(FACTS, **changed), False, POLICY, NOW) == reason


def test_an_invitation_asks_for_its_own_consent() -> None:
    assert never(FACTS, True, POLICY, NOW) == "no_content_consent"
    assert never(replace(FACTS, content=True), True, POLICY, NOW) is None


def test_what_was_said_just_now_or_will_be_soon_comes_first() -> None:
    day = timedelta(days=1)
    assert not_now(FACTS, POLICY, NOW) is None
    assert not_now(replace(FACTS, noticed_at=NOW - 6 * day), POLICY, NOW) == ("recent", NOW + day)
    assert not_now(replace(FACTS, noticed_at=NOW - 7 * day), POLICY, NOW) is None
    assert not_now(replace(FACTS, reminded_at=NOW + 2 * day), POLICY, NOW) == ("recent", NOW + 5 * day)
    both = replace(FACTS, noticed_at=NOW - day, reminded_at=NOW + 2 * day)
    assert not_now(both, POLICY, NOW) == ("recent", NOW + 6 * day)
    assert not_now(replace(FACTS, with_person=True), POLICY, NOW) == ("with_person", NOW + POLICY.retry)
    assert not_now(replace(FACTS, in_danger=True), POLICY, NOW) == ("danger", NOW + POLICY.retry)


@given(st.integers(0, 10**6))
def test_no_number_below_ten_is_shown_and_larger_ones_only_roughly(count: int) -> None:
    seen = shown(count)
    assert seen is None if count < 10 else seen is not None and seen % 5 == 0 and 0 <= count - seen < 5


def test_a_bar_of_a_short_list_says_nothing() -> None:
    assert share(3, 9) is None
    assert [share(part, 40) for part in (0, 20, 40)] == [0, 5, 10]


@pytest.mark.parametrize(("count", "cap", "days"), [(0, 5, 0), (5, 5, 1), (6, 5, 2), (100, 1, 100)])
def test_days_at_the_cap(count: int, cap: int, days: int) -> None:
    assert days_needed(count, cap) == days
