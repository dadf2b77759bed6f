"""What is said by the calendars: one thing at a time until it is settled, and nothing after a loss, a birth or a no."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from latido.care.rules.gestation import GestationalAge

from .plan_cases import (
    DAY,
    HOUR,
    MESSAGES,
    NOW,
    VACCINES_AND_STUDIES,
    ZONE,
    at,
    child,
    find,
    in_utc,
    known,
    local_day,
    names,
    planned,
    pregnant,
    pregnant_about,
    table,
    visit,
)


def test_a_pregnancy_of_twenty_weeks_and_five_days():
    assert table(planned(pregnant(20, 5))) == [
        "24/11 08:30 prenatal-20 book",
        "27/11 08:30 prenatal-20 overdue",
        "01/12 10:00 prenatal-20 book_again",
        "04/12 10:00 prenatal-24 book",
        "11/12 10:00 prenatal-24 book_again",
        "16/12 10:00 study-glucose tell",
        "22/12 08:30 prenatal-24 overdue",
        "30/12 10:00 prenatal-28 book",
        "06/01 10:00 prenatal-28 book_again",
        "12/01 08:30 prenatal-28 overdue",
        "13/01 10:00 study-last-labs tell",
        "20/01 10:00 prenatal-30 book",
    ]


def test_a_newborn():
    born = child(date(2026, 11, 22))
    assert table(planned(born, NOW))[:8] == [
        "24/11 08:30 well-child-first-days book",
        "27/11 08:30 well-child-first-days overdue",
        "27/11 10:00 well-child-first-days book_again",
        "30/11 10:00 well-child-7-14d book",
        "03/12 10:00 well-child-7-14d book_again",
        "05/12 08:30 well-child-7-14d overdue",
        "12/12 10:00 well-child-1m book",
        "19/12 10:00 well-child-1m book_again",
    ]


def test_what_a_step_is_and_says():
    step = find(planned(pregnant(20, 5)), "book", "prenatal-20")
    assert (step.key, step.group) == ("r:self:pregnancy-1:prenatal-20:book", "r:self:pregnancy-1:prenatal-20")
    assert (step.kind, step.role, step.service, step.template) == ("checkup", "self", "prenatal", "checkup_book")
    assert (step.due_at, step.not_after) == (in_utc("2026-11-24 08:30"), in_utc("2026-12-01 21:00"))
    assert (step.code, step.codes, step.appointment_id, step.is_listed) == (
        "prenatal-20",
        ("prenatal-20",),
        None,
        False,
    )
    assert step.variables == {
        "who": "",
        "what": "Control de la semana 20",
        "day": "hasta el 1 de diciembre",
        "also": "COVID-19, Hepatitis B, Antigripal, Ecografía morfológica y Triple bacteriana",
    }


def test_a_child_is_named_and_the_vaccines_of_the_day_are_said_with_the_check_up():
    steps = planned(child(date(2026, 10, 1)))
    step = find(steps, "book", "well-child-2m")
    assert step.variables == {
        "who": "Ana",
        "what": "Control de los 2 meses",
        "day": "hasta el 31 de diciembre",
        "also": "Vacunas de los 2 meses y Rotavirus, primera",
    }
    assert not [each for each in steps if each.name == "tell" and "vaccine-2m" in each.codes]


def test_vaccines_are_told_by_themselves_once_the_check_up_has_its_appointment_or_was_done():
    baby = child(date(2026, 10, 1))
    booked = replace(baby, appointments=(visit("2026-12-09 11:00", service="pediatric"),))
    for subject in (booked, replace(baby, done=frozenset({"well-child-2m"}))):
        step = find(planned(subject), "tell", "vaccine-2m")
        assert (step.kind, step.template, step.codes) == (
            "vaccine",
            "vaccine_tell",
            ("vaccine-2m", "vaccine-rotavirus-1"),
        )
        assert local_day(step.due_at) == date(2026, 12, 1)
        # Until the first of them is over; what is still open after that is told then.
        assert local_day(step.not_after) == date(2026, 12, 31)
        assert step.variables["what"] == "Vacunas de los 2 meses y Rotavirus, primera"


def test_vaccines_said_with_a_check_up_are_not_told_again_after_its_visit():
    baby, key = child(date(2026, 10, 1)), "r:child-1:child-1:well-child-2m:book"
    went = replace(baby, appointments=(visit("2026-12-09 11:00", "fulfilled", "pediatric"),))
    later = at("2026-12-10 10:00")
    assert "vaccine-2m tell" in names(planned(known(went), later))
    assert "vaccine-2m tell" not in names(planned(known(went, said={key: at("2026-12-01 10:00")}), later))


def test_after_a_corrected_date_the_second_message_waits_for_its_new_window():
    key = "r:self:pregnancy-1:prenatal-28:book"
    corrected = pregnant(23, since=at("2026-11-01 10:00"))  # told of as further on, when the first message went
    steps = planned(known(corrected, said={key: at("2026-11-20 10:00")}))
    assert local_day(find(steps, "book_again", "prenatal-28").due_at) >= date(2026, 12, 14) - 3 * DAY


def test_a_message_that_went_out_the_day_before_is_not_taken_to_have_spoken_of_the_vaccines():
    # On the last day of her first month; the vaccines of the second are the check-up's that begins with them.
    baby, key = child(date(2026, 9, 24)), "r:child-1:child-1:well-child-1m:book"
    assert "Vacunas" not in find(planned(baby), "book", "well-child-1m").variables["also"]
    booked = replace(baby, appointments=(visit("2026-12-02 11:00", service="pediatric"),))
    steps = planned(known(booked, said={key: NOW}), NOW + HOUR)
    assert find(steps, "tell", "vaccine-2m").codes == ("vaccine-2m", "vaccine-rotavirus-1")


def test_a_vaccine_that_is_over_is_left_out_and_the_other_one_keeps_the_key():
    went = child(date(2026, 9, 15), since=at("2026-09-20 10:00"), done=frozenset({"well-child-2m", "well-child-3m"}))
    before, after = at("2026-12-14 10:00"), at("2026-12-20 10:00")
    both, left = (find(planned(went, now), "tell", "vaccine-2m") for now in (before, after))
    assert both.key == left.key
    assert (both.codes, left.codes) == (("vaccine-2m", "vaccine-rotavirus-1"), ("vaccine-rotavirus-1",))
    assert left.variables["what"] == "Rotavirus, primera"


def test_a_vaccine_that_was_given_is_not_told():
    steps = planned(pregnant(33, done=frozenset({"vaccine-rsv", "prenatal-34"})))
    assert "vaccine-rsv tell" not in names(steps) and "vaccine-rsv" not in {
        code for each in steps for code in each.codes
    }


def test_studies_are_told_as_studies():
    step = find(planned(pregnant(22, since=NOW - 60 * DAY)), "tell", "study-last-labs")
    assert (step.kind, step.template, step.variables["what"]) == ("study", "study_tell", "Repetir análisis")


def test_the_next_check_up_waits_while_the_one_before_can_still_be_booked():
    open_one = planned(pregnant(20, 5))
    assert local_day(find(open_one, "book", "prenatal-24").due_at) > date(2026, 12, 1)
    settled = planned(pregnant(20, 5, done=frozenset({"prenatal-20"})))
    assert local_day(find(settled, "book", "prenatal-24").due_at) == date(2026, 11, 24)


def test_book_again_comes_days_after_the_first_was_really_said():
    woman = pregnant(20, since=NOW - 30 * DAY, done=VACCINES_AND_STUDIES | {"prenatal-20"})
    first = find(planned(woman), "book", "prenatal-24")
    said_late = known(woman, said={first.key: at("2026-12-03 12:00")})
    steps = planned(said_late, at("2026-12-04 09:00"))
    assert "prenatal-24 book" not in names(steps)
    assert find(steps, "book_again", "prenatal-24").due_at == in_utc("2026-12-10 10:00")


def test_overdue_is_for_the_operators_towards_the_end_of_the_window():
    step = find(planned(pregnant(20, since=NOW - 60 * DAY)), "overdue", "prenatal-20")
    assert (step.is_listed, step.template) == (True, "")
    # The window ends on 6 December; a week before it.
    assert (step.due_at, step.not_after) == (in_utc("2026-11-29 08:30"), in_utc("2026-12-13 21:00"))


def test_what_was_done_or_has_an_appointment_is_not_to_be_booked():
    woman = pregnant(20, since=NOW - 60 * DAY)
    for subject in (
        replace(woman, done=frozenset({"prenatal-20"})),
        replace(woman, appointments=(visit("2026-11-20 11:00", "fulfilled"),)),
        replace(woman, appointments=(visit("2026-11-23 09:00", "checked-in"),)),
        replace(woman, appointments=(visit("2026-12-01 11:00"),)),
        replace(woman, appointments=(visit("2026-12-01 11:00", answer="accepted"),)),
        replace(woman, appointments=(visit("2026-11-20 11:00"),)),
    ):
        assert not [each for each in names(planned(subject)) if each.startswith("prenatal-20")], subject


def test_what_was_cancelled_or_declined_is_to_be_booked():
    woman = pregnant(20, since=NOW - 60 * DAY)
    for appointment in (visit("2026-12-01 11:00", "cancelled"), visit("2026-12-01 11:00", answer="declined")):
        steps = planned(replace(woman, appointments=(appointment,)))
        assert find(steps, "book", "prenatal-20")
        assert not [each for each in steps if each.appointment_id]


def test_an_appointment_of_another_service_settles_nothing():
    woman = pregnant(20, since=NOW - 60 * DAY, appointments=(visit("2026-12-01 11:00", service="pediatric"),))
    steps = planned(woman)
    assert find(steps, "book", "prenatal-20")
    assert find(steps, "confirm").code is None and find(steps, "confirm").variables["what"] == "Control"


def test_an_appointment_a_few_days_after_the_window_is_early_enough():
    # The window of week 20 ends on 6 December.
    woman = pregnant(20, since=NOW - 60 * DAY)
    soon = replace(woman, appointments=(visit("2026-12-13 11:00"),))
    late = replace(woman, appointments=(visit("2026-12-14 11:00"),))
    assert "prenatal-20 book" not in names(planned(soon))
    assert "prenatal-20 book" in names(planned(late))
    assert find(planned(soon), "confirm").code == find(planned(late), "confirm").code == "prenatal-24"


def test_an_appointment_between_two_windows_is_for_the_next():
    # From the 15th day to the month nothing is due; this is the 28th.
    baby = child(date(2026, 11, 1), appointments=(visit("2026-11-29 11:00", service="pediatric"),))
    steps = planned(baby)
    assert find(steps, "confirm").code == "well-child-1m"
    assert "well-child-1m book" not in names(steps)


def test_twins_have_steps_of_their_own_some_days_apart():
    twins = [child(date(2026, 9, 1), role=f"child-{number}", name=name) for number, name in ((1, "Ana"), (2, "Bruno"))]
    steps = planned(known(*twins))
    books = [(each.variables["who"], each.code, local_day(each.due_at)) for each in steps if each.name == "book"][:2]
    # Both could be written to on the 24th.
    assert books == [("Ana", "well-child-2m", date(2026, 11, 24)), ("Bruno", "well-child-2m", date(2026, 11, 27))]
    days = [local_day(each.due_at) for each in steps if each.name in MESSAGES]
    assert all(later - earlier >= 3 * DAY for earlier, later in pairwise(days))


def test_a_pregnancy_and_a_child_keep_their_distance_too():
    steps = planned(known(pregnant(20), child(date(2025, 11, 20))))
    days = [local_day(each.due_at) for each in steps if each.name in MESSAGES]
    assert {each.role for each in steps} == {"self", "child-1"}
    assert all(later - earlier >= 3 * DAY for earlier, later in pairwise(days))


def test_what_was_said_keeps_others_at_a_distance():
    woman = pregnant(20, since=NOW - 60 * DAY)
    said = {"r:child-1:child-1:well-child-2m:book": at("2026-11-22 10:00")}
    assert local_day(find(planned(known(woman, said=said)), "book", "prenatal-20").due_at) == date(2026, 11, 25)
    reminded = {"r:child-1:appointment:a9:20261123T1400Z:remind": at("2026-11-22 10:00")}
    assert local_day(find(planned(known(woman, said=reminded)), "book", "prenatal-20").due_at) == date(2026, 11, 23)


def test_a_wish_for_another_day_is_kept_and_nothing_moves_it():
    woman = pregnant(20, since=NOW - 60 * DAY)
    step = find(planned(woman), "book", "prenatal-20")
    wish = at("2026-11-26 09:15")
    steps = planned(known(woman, asked_for={step.key: wish}))
    assert find(steps, "book", "prenatal-20").due_at == wish
    by_night = planned(known(woman, asked_for={step.key: at("2026-11-26 23:00")}))
    assert find(by_night, "book", "prenatal-20").due_at == at("2026-11-27 08:30")
    too_late = planned(known(woman, asked_for={step.key: step.not_after + DAY}))
    assert find(too_late, "book", "prenatal-20").due_at == step.due_at


def test_what_was_said_is_said_once_more_when_she_asks_for_it():
    woman = pregnant(20, since=NOW - 60 * DAY, done=VACCINES_AND_STUDIES)
    key = "r:self:pregnancy-1:prenatal-20:book"
    said, wish = {key: at("2026-11-23 10:05")}, at("2026-11-26 10:00")
    steps = planned(known(woman, said=said, asked_for={key: wish}))
    again = find(steps, "book", "prenatal-20")
    assert (again.key, again.due_at, again.group) == (f"{key}:20261126", wish, "r:self:pregnancy-1:prenatal-20")
    # What comes some days after it counts from then.
    assert local_day(find(steps, "book_again", "prenatal-20").due_at) == date(2026, 12, 3)
    later = known(woman, said=said | {again.key: wish}, asked_for={key: wish})
    assert "prenatal-20 book" not in names(planned(later, at("2026-11-27 10:00")))
    # And once more after that one.
    third = replace(later, asked_for={key: wish, again.key: at("2026-11-30 10:00")})
    assert find(planned(third, at("2026-11-27 10:00")), "book", "prenatal-20").key == f"{key}:20261126:20261130"


def test_a_corrected_date_keeps_the_keys():
    woman = pregnant(20, since=NOW - 60 * DAY)
    before = {each.key: each.due_at for each in planned(woman)}
    lmp = NOW.date() - timedelta(weeks=19, days=4)
    corrected = replace(woman, age=GestationalAge(19, 19, NOW.date(), "ultrasound", lmp))
    after = {each.key: each.due_at for each in planned(corrected)}
    assert set(after) >= {key for key in before if "prenatal-20" in key or "prenatal-24" in key}
    glucose = "r:self:pregnancy-1:study-glucose:tell"
    assert after[glucose] - before[glucose] == 3 * DAY
    first, other = (child(date(2026, 9, day), done=VACCINES_AND_STUDIES | {"well-child-2m"}) for day in (3, 6))
    assert {each.key for each in planned(first)} == {each.key for each in planned(other)}


def test_an_inexact_pregnancy_names_neither_weeks_nor_dates_and_the_middle_decides():
    steps = planned(pregnant_about(18, 22))
    assert steps
    words = " ".join(value for each in steps for value in each.variables.values())
    assert "semana" not in words and "hasta" not in words and "entre" not in words
    assert find(steps, "book", "prenatal-20").variables["what"] == "Control del embarazo"
    # The middle of 16 June and 20 July is 3 July: 20 weeks and 3 days.
    middle = planned(pregnant(20, 3))
    assert [(each.key, each.due_at) for each in steps] == [(each.key, each.due_at) for each in middle]


def test_a_pregnancy_known_to_the_week_names_the_week_but_no_dates():
    subject = replace(pregnant(20), age=GestationalAge(20, 20, NOW.date(), "weeks"))
    variables = find(planned(subject), "book", "prenatal-20").variables
    assert (variables["what"], variables["day"]) == ("Control de la semana 20", "")


def test_nothing_is_said_by_the_calendar_from_42_weeks_on_but_of_appointments():
    last = pregnant(41, 6, since=NOW - 30 * DAY)
    assert "prenatal-41 book" in names(planned(last))
    over = pregnant(42, since=NOW - 30 * DAY)
    assert planned(over) == []
    booked = replace(over, appointments=(visit("2026-11-26 11:00"),))
    assert {each.kind for each in planned(booked)} == {"appointment"}


def test_a_subject_of_whom_no_date_is_known_has_only_its_appointments():
    subject = replace(pregnant(20), age=None)
    assert planned(subject) == []
    assert {each.kind for each in planned(replace(subject, appointments=(visit("2026-12-01 11:00"),)))} == {
        "appointment"
    }


def test_who_said_no_or_is_silent_has_no_steps_at_all():
    woman = pregnant(20, appointments=(visit("2026-12-01 11:00"), visit("2026-11-20 11:00", "noshow", id="a2")))
    assert planned(known(woman))
    assert planned(known(woman, wants_reminders=False)) == []
    assert planned(known(woman, is_silent=True)) == []


def test_after_a_loss_nothing_is_left_and_after_a_birth_only_the_childs():
    child_of_hers = child(date(2025, 5, 23))
    both = known(pregnant(30), child_of_hers)
    assert {each.role for each in planned(both)} == {"self", "child-1"}
    assert {each.role for each in planned(replace(both, subjects=(child_of_hers,)))} == {"child-1"}
    assert planned(replace(both, subjects=())) == []


def test_a_premature_baby_follows_its_birth_date():
    # Born at 30 weeks: the pregnancy is gone, whatever it would have had due.
    steps = planned(child(NOW.date() - DAY))
    assert steps and not [each for each in steps if each.service == "prenatal"]
    assert find(steps, "book", "well-child-first-days")


def test_a_baby_of_a_leap_day():
    baby = child(date(2028, 2, 29), since=at("2028-03-01 10:00"), done=frozenset({"vaccine-influenza-baby"}))
    # Its year is complete on 28 February 2029, the next check-up's time begins with 15 months.
    year = find(planned(baby, at("2029-02-24 10:00")), "book", "well-child-12m")
    assert (local_day(year.due_at), local_day(year.not_after)) == (date(2029, 2, 28), date(2029, 5, 28))
    assert year.variables["also"] == "Vacunas del año"
    went = replace(baby, done=baby.done | {"well-child-11m"})
    assert local_day(find(planned(went, at("2029-02-17 10:00")), "book", "well-child-12m").due_at) == date(2029, 2, 18)


def test_weeks_across_a_leap_day():
    # 1 January 2028 and eighteen weeks: 6 May, with the 29 February between.
    woman = pregnant(8, 3, on=date(2028, 2, 29), since=at("2028-02-29 10:00"), done=frozenset({"prenatal-16"}))
    assert woman.age is not None and woman.age.lmp == date(2028, 1, 1)
    assert local_day(find(planned(woman, at("2028-04-20 10:00")), "book", "prenatal-20").due_at) == date(2028, 4, 26)


def test_months_end():
    # Born on the 31st: a month on 30 September, two on 31 October, three on 30 November.
    steps = planned(child(date(2026, 8, 31), since=at("2026-09-01 10:00")), at("2026-10-31 09:00"))
    assert local_day(find(steps, "book", "well-child-2m").not_after) == date(2026, 11, 29)
    assert local_day(find(steps, "book", "well-child-3m").due_at) == date(2026, 11, 30)


def test_after_an_outage_what_still_serves_is_said_and_the_rest_is_not():
    woman = pregnant(20, since=NOW - 60 * DAY)
    first = find(planned(woman), "book", "prenatal-20")
    # It was due on 11 November, longer ago than the look-back limit: it counts from now.
    assert first.due_at == NOW
    by_night = find(planned(woman, at("2026-11-23 23:00")), "book", "prenatal-20")
    assert by_night.due_at == at("2026-11-24 08:30")
    # The window ended on 6 December.
    assert "prenatal-20 book" not in names(planned(woman, at("2026-12-06 21:00")))
    assert "prenatal-20 overdue" in names(planned(woman, at("2026-12-07 10:00")))
    assert not [each for each in names(planned(woman, at("2026-12-14 10:00"))) if each.startswith("prenatal-20")]


def test_a_moment_that_passed_a_short_while_ago_stays():
    baby = child(date(2026, 10, 1), since=at("2026-10-02 10:00"), done=frozenset({"well-child-1m"}))
    due = find(planned(baby, at("2026-11-01 10:00")), "book", "well-child-2m").due_at
    assert due == in_utc("2026-11-21 10:00")
    assert find(planned(baby, due + 48 * HOUR), "book", "well-child-2m").due_at == due
    assert find(planned(baby, due + 49 * HOUR), "book", "well-child-2m").due_at == due + 49 * HOUR


def test_nothing_lies_beyond_the_horizon():
    steps = planned(pregnant(10))
    assert steps and max(each.due_at for each in steps) <= NOW + 60 * DAY
    assert {local_day(each.due_at, ZONE) for each in steps}


def test_the_maternitys_check_up_is_not_told():
    assert not [each for each in planned(child(NOW.date())) if each.code == "well-child-discharge"]
