"""Windows of a pregnancy: one appointment each."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latido.care.rules.gestation import UNKNOWN_WINDOW, GestationalAge, load_windows

TODAY = date(2026, 11, 23)
WINDOWS = load_windows()


@pytest.mark.parametrize(
    ("weeks", "days_on", "window"),
    [
        (8, 0, "w0"),
        (12, 6, "w0"),
        (12, 7, "w13"),
        (18, 0, "w16"),
        (22, 14, "w24"),
        (36, 0, "w36"),
        (36, 7, "w37"),
        (43, 0, "w41"),
    ],
)
def test_the_window_goes_by_the_weeks_on_the_day_of_the_appointment(weeks, days_on, window):
    age = GestationalAge(weeks, weeks, TODAY)
    assert WINDOWS.window_of(age, TODAY + timedelta(days=days_on)) == window


def test_of_a_range_the_upper_bound_counts_and_nobody_knows_is_a_window_of_its_own():
    assert WINDOWS.window_of(GestationalAge(18, 22, TODAY), TODAY) == "w20"
    assert WINDOWS.window_of(None, TODAY) == UNKNOWN_WINDOW


def test_unknown_weeks_clash_with_everything_and_neighbouring_days_too():
    later = TODAY + timedelta(days=40)
    assert WINDOWS.clash(UNKNOWN_WINDOW, TODAY, "w20", later)
    assert WINDOWS.clash("w16", TODAY, "w20", TODAY + timedelta(days=5))
    assert not WINDOWS.clash("w16", TODAY, "w20", TODAY + timedelta(days=6))
    assert WINDOWS.clash("w16", TODAY, "w16", TODAY + timedelta(days=20))


@given(st.integers(0, 42), st.integers(0, 300))
def test_a_window_never_goes_back_as_days_pass(weeks, days):
    age = GestationalAge(weeks, weeks, TODAY)
    first, second = (WINDOWS.window_of(age, TODAY + timedelta(days=each)) for each in (days, days + 1))
    assert int(first[1:]) <= int(second[1:])


@pytest.mark.parametrize("weeks", ["[1, 13]", "[0, 13, 13]", "[0, 20, 13]", "[]"])
def test_windows_that_do_not_rise_from_zero_are_refused(tmp_path, weeks):
    file = tmp_path / "windows.yml"
    file.write_text(f"begins_at_week: {weeks}\nmin_days_between: 6\n")
    with pytest.raises(ValueError, match="rise from 0"):
        load_windows(file)
