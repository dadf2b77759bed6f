"""Who of those waiting is next, and why the others are not."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latido.care.rules.priority import ORDER, load_rules
from latido.care.rules.waiting import (
    Candidate,
    Released,
    choose_next,
    could_take,
    minutes_to_hold,
    order,
    why_not,
)
from latido.care.rules.waiting_data import WAITING_FILE, BadWaitingRule, load_waiting_rules
from latido.care.services import BUENOS_AIRES

RULES = load_waiting_rules(load_rules().classes)
NOW = datetime(2026, 11, 23, 10, 15, tzinfo=BUENOS_AIRES)
NIGHT = NOW.replace(hour=23)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def slot(after: timedelta = 1 * DAY, center: int = 1) -> Released:
    return Released(f"s{center}-{after}", NOW + after, center)


def one(entry: str = "ana", name: str = "top", weeks: int | None = 24, days: int = 2, **given_) -> Candidate:
    values = {"metres": {1: 700.0, 2: 1500.0}, "last_wrote": NOW - MINUTE} | given_
    return Candidate(entry, name, weeks, NOW - timedelta(days=days), **values)


def reason(candidate: Candidate, where: Released, now: datetime = NOW, free=()) -> str | None:
    found = why_not(candidate, where, RULES, now, free)
    return found.code if found else None


def next_of(*candidates: Candidate, now: datetime = NOW, where: Released | None = None) -> str | None:
    return choose_next(where or slot(), candidates, RULES, now).chosen


def test_class_comes_first_then_weeks_then_waiting_then_distance():
    assert next_of(one("a", "priority", 39, 9), one("b", "top", 10, 0)) == "b"
    assert next_of(one("a", weeks=22, days=9), one("b", weeks=23, days=0)) == "b"
    assert next_of(one("a", days=1), one("b", days=2)) == "b"
    assert next_of(one("a", metres={1: 900.0}), one("b", metres={1: 800.0})) == "b"


def test_unknown_weeks_count_as_the_class_says():
    assert next_of(one("a", "priority", None), one("b", "priority", 11)) == "a"
    assert next_of(one("a", "priority", None), one("b", "priority", 13)) == "b"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"booked": True}, "already_booked"),
        ({"booked_for": NOW + 2 * DAY}, "not_earlier"),
        ({"has_offer": True}, "offer_open"),
        ({"asked": {slot().slot_id: True}}, "declined_this_slot"),
        ({"asked": {slot().slot_id: False}}, "let_this_slot_pass"),
        ({"wanted_center": 2}, "not_wanted_center"),
        ({"metres": {1: 8001.0}}, "too_far"),
        ({"offers_today": 3}, "enough_offers_today"),
        ({"consents": False}, "no_consent"),
        ({"last_wrote": None}, "window_closed"),
        ({"last_wrote": NOW - DAY}, "window_closed"),
    ],
)
def test_each_thing_that_stands_against_an_offer_is_named(change, code):
    assert reason(one(), slot()) is None
    assert reason(replace(one(), **change), slot()) == code
    assert next_of(replace(one("a"), **change), one("b", "routine", 8)) == "b"


def test_who_has_a_late_slot_is_offered_one_that_is_two_days_earlier():
    assert reason(one(booked_for=NOW + 3 * DAY), slot()) is None
    assert reason(one(booked_for=NOW + 3 * DAY - MINUTE), slot()) == "not_earlier"


def test_a_centre_she_named_herself_is_never_too_far():
    assert reason(one(wanted_center=1, metres={1: 15000.0}), slot()) is None
    assert reason(one(wanted_center=1, metres={}), slot()) is None


def test_a_slot_must_leave_her_time_and_lie_within_her_target():
    assert reason(one(), slot(3 * HOUR)) == "too_soon"
    assert reason(one(), slot(4 * HOUR)) is None
    assert reason(one(name="top"), slot(4 * DAY)) == "too_late"
    assert reason(one(name="priority"), slot(4 * DAY)) is None


def test_a_slot_beyond_the_last_week_is_none_for_her_unless_she_is_past_it_already():
    late = one(name="priority", weeks=41)
    assert reason(late, slot(6 * DAY)) is None
    assert reason(late, slot(7 * DAY)) == "after_due"
    assert reason(replace(late, weeks=42), slot(7 * DAY)) is None


def test_the_first_days_are_kept_back_only_while_a_later_slot_would_do():
    early, later, elsewhere = slot(2 * DAY), slot(6 * DAY), slot(6 * DAY, center=3)
    routine = one(name="routine")
    assert reason(routine, early, free=[early, later]) == "kept_back"
    assert reason(routine, early, free=[early, elsewhere]) is None
    assert reason(replace(routine, asked={later.slot_id: True}), early, free=[early, later]) is None
    assert reason(one(), early, free=[early, later]) is None


def test_at_night_the_first_keeps_her_turn_until_the_morning():
    asleep, awake = one("a", last_wrote=NIGHT - HOUR), one("b", "routine", last_wrote=NIGHT - MINUTE)
    assert next_of(asleep, awake, now=NIGHT, where=slot(2 * DAY)) is None
    assert next_of(awake, now=NIGHT, where=slot(2 * DAY)) == "b"
    assert next_of(replace(asleep, last_wrote=NIGHT - MINUTE), awake, now=NIGHT, where=slot(2 * DAY)) == "a"


def test_at_night_a_slot_too_near_to_the_morning_goes_to_who_is_awake():
    soon = slot(NIGHT - NOW + 10 * HOUR)
    asleep, awake = one("a", last_wrote=NIGHT - HOUR), one("b", "routine", last_wrote=NIGHT - MINUTE)
    decision = choose_next(soon, [asleep, awake], RULES, NIGHT)
    assert decision.chosen == "b" and decision.considered[0].reason.code == "too_soon"


@pytest.mark.parametrize("hour", [21, 23, 0, 3, 7])
def test_nobody_asleep_is_written_to_in_quiet_hours(hour):
    now = NOW.replace(hour=hour, minute=30)
    where = Released("s", now + 30 * HOUR, 1)
    assert next_of(one(name="priority", last_wrote=now - HOUR), now=now, where=where) is None


def test_a_near_slot_is_held_for_less_time():
    def minutes(after, name="top", now=NOW):
        return minutes_to_hold(RULES, name, Released("s", now + after, 1), now)

    assert minutes(5 * HOUR) < minutes(20 * HOUR) < minutes(2 * DAY) < minutes(5 * DAY)
    assert minutes(2 * DAY, "routine") <= minutes(2 * DAY, "top")
    evening = NOW.replace(hour=20, minute=30)
    assert evening + timedelta(minutes=minutes(2 * DAY, now=evening)) <= evening.replace(hour=21, minute=0)


def test_what_is_out_of_reach_is_no_use_to_her():
    assert could_take(one(), 1, RULES) and not could_take(one(), 9, RULES)
    assert not could_take(one(wanted_center=2), 1, RULES)


candidates = st.lists(
    st.builds(
        lambda entry, name, weeks, minutes, metres, **more: Candidate(
            entry, name, weeks, NOW - timedelta(minutes=minutes), {1: metres}, **more
        ),
        st.uuids().map(str),
        st.sampled_from(ORDER),
        st.none() | st.integers(0, 43),
        st.integers(0, 60 * 24 * 30),
        st.floats(0, 12000),
        wanted_center=st.sampled_from([None, None, 1, 2]),
        booked=st.sampled_from([False, False, False, True]),
        offers_today=st.integers(0, 4),
        last_wrote=st.sampled_from([None, NOW - DAY, NOW - HOUR, NOW - MINUTE]),
    ),
    unique_by=lambda each: each.entry,
    max_size=12,
)


@given(candidates, st.integers(1, 24 * 9), st.randoms())
def test_the_next_is_the_first_against_whom_nothing_stands_and_all_is_explained(waiting, hours, shuffler):
    where = Released("s", NOW + hours * HOUR, 1)
    decision = choose_next(where, waiting, RULES, NOW)
    assert sorted(each.entry for each in decision.considered) == sorted(each.entry for each in waiting)
    assert [each.rank for each in decision.considered] == list(range(1, len(waiting) + 1))
    open_to_her = [each.entry for each in decision.considered if each.reason is None]
    assert decision.chosen == (open_to_her[0] if open_to_her else None)
    by_entry = {each.entry: each for each in waiting}
    ranked = [by_entry[each.entry] for each in decision.considered]
    for ahead, behind in pairwise(ranked):
        assert ORDER.index(ahead.name) <= ORDER.index(behind.name)
        assert order(ahead, where, RULES, NOW) < order(behind, where, RULES, NOW)
    shuffled = list(waiting)
    shuffler.shuffle(shuffled)
    assert choose_next(where, shuffled, RULES, NOW) == decision


@given(candidates, st.integers(4, 24 * 9))
def test_waiting_longer_or_being_further_along_never_puts_anybody_back(waiting, hours):
    where = Released("s", NOW + hours * HOUR, 1)
    ranks = {each.entry: each.rank for each in choose_next(where, waiting, RULES, NOW).considered}
    for chosen in waiting:
        better = [replace(chosen, since=chosen.since - 2 * DAY)]
        better += [replace(chosen, weeks=chosen.weeks + 1)] if chosen.weeks is not None else []
        for changed in better:
            others = [changed if each is chosen else each for each in waiting]
            again = choose_next(where, others, RULES, NOW)
            assert {each.entry: each.rank for each in again.considered}[chosen.entry] <= ranks[chosen.entry]


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("  - {minutes: 90}", "  - {slot_within_hours: 96, minutes: 90}"),
        ("class: top, minutes: 60", "class: urgent, minutes: 60"),
        ("slot_within_hours: 24, minutes: 30", "slot_within_hours: 24, minutes: 0"),
        ('begin: "19:00"', "begin: 19:00"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused(tmp_path, good, bad):
    text = WAITING_FILE.read_text(encoding="utf-8")
    assert good in text
    changed = tmp_path / "waiting.yml"
    changed.write_text(text.replace(good, bad), encoding="utf-8")
    with pytest.raises(BadWaitingRule):
        load_waiting_rules(RULES.classes, changed)


def test_the_rules_are_dated_and_await_a_clinician():
    assert RULES.clinical_sign_off == "pending" and RULES.version == "2026-11"
    reach = [RULES.terms[name].max_distance_m for name in ORDER]
    assert reach == sorted(reach, reverse=True)
