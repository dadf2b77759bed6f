"""Nobody is written to at night: not on ordinary days, nor on those on which the clock is changed."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latido.reminders.rules.quiet import Hours, at, day_of, next_allowed

BUENOS_AIRES = ZoneInfo("America/Argentina/Buenos_Aires")
SANTIAGO, MADRID = ZoneInfo("America/Santiago"), ZoneInfo("Europe/Madrid")
ZONES = (BUENOS_AIRES, SANTIAGO, MADRID)
DAY_HOURS = Hours(time(8, 30), time(21))


def moment(words: str, zone: ZoneInfo, fold: int = 0) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=zone, fold=fold)


@pytest.mark.parametrize(
    ("asked", "allowed"),
    [
        ("2026-11-23T10:15", "2026-11-23T10:15"),
        ("2026-11-23T08:29:59", "2026-11-23T08:30"),
        ("2026-11-23T08:30", "2026-11-23T08:30"),
        ("2026-11-23T20:59:59", "2026-11-23T20:59:59"),
        ("2026-11-23T21:00", "2026-11-24T08:30"),
        ("2026-11-30T23:40", "2026-12-01T08:30"),
        ("2026-12-31T22:00", "2027-01-01T08:30"),
        ("2028-02-28T21:30", "2028-02-29T08:30"),
        ("2028-02-29T21:30", "2028-03-01T08:30"),
    ],
)
def test_buenos_aires(asked: str, allowed: str):
    assert next_allowed(moment(asked, BUENOS_AIRES), DAY_HOURS, BUENOS_AIRES) == moment(allowed, BUENOS_AIRES)


def test_the_zone_decides_whatever_zone_the_moment_is_written_in():
    # 21:30 in Buenos Aires, 00:30 of the next day in UTC.
    asked = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)
    assert next_allowed(asked, DAY_HOURS, BUENOS_AIRES) == datetime(2026, 11, 24, 11, 30, tzinfo=UTC)


def test_the_night_the_clock_is_put_forward_is_an_hour_shorter():
    # Santiago, 6 September 2026: midnight is one o'clock.
    asked = moment("2026-09-05T22:00", SANTIAGO)
    allowed = next_allowed(asked, DAY_HOURS, SANTIAGO)
    assert allowed == moment("2026-09-06T08:30", SANTIAGO)
    assert allowed - asked.astimezone(UTC) == timedelta(hours=9, minutes=30)


def test_the_night_the_clock_is_put_back_is_an_hour_longer():
    # Madrid, 25 October 2026: three o'clock is two o'clock once more.
    asked = moment("2026-10-24T22:00", MADRID)
    assert next_allowed(asked, DAY_HOURS, MADRID) - asked.astimezone(UTC) == timedelta(hours=11, minutes=30)


def test_an_opening_that_the_clock_skips_comes_when_it_has_skipped():
    # Madrid, 29 March 2026: there is no half past two.
    hours = Hours(time(2, 30), time(21))
    allowed = next_allowed(moment("2026-03-29T01:59", MADRID), hours, MADRID)
    assert allowed == moment("2026-03-29T03:30", MADRID)
    assert hours.allow(allowed, MADRID)


def test_an_opening_that_comes_twice_is_never_before_what_was_asked():
    # Madrid, 25 October 2026: from two to three there are two hours.
    hours = Hours(time(2, 30), time(21))
    first, second = moment("2026-10-25T02:30", MADRID), moment("2026-10-25T02:30", MADRID, fold=1)
    between = moment("2026-10-25T02:10", MADRID, fold=1)
    assert next_allowed(moment("2026-10-25T02:10", MADRID), hours, MADRID) == first.astimezone(UTC)
    assert next_allowed(between, hours, MADRID) == second.astimezone(UTC)
    assert next_allowed(between, hours, MADRID) - between.astimezone(UTC) == timedelta(minutes=20)


def test_days_and_moments_are_local():
    assert at(date(2026, 11, 23), time(10), BUENOS_AIRES) == datetime(2026, 11, 23, 13, tzinfo=UTC)
    assert day_of(datetime(2026, 11, 24, 2, 59, tzinfo=UTC), BUENOS_AIRES) == date(2026, 11, 23)


clocks = st.times(max_value=time(23, 58)).map(lambda each: each.replace(second=0, microsecond=0))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))


@given(moments, clocks, clocks, st.sampled_from(ZONES))
def test_never_earlier_always_within_hours_and_within_a_day(asked: datetime, one: time, other: time, zone: ZoneInfo):
    opens, closes = min(one, other), max(one, other)
    # Hours shorter than what a clock skips may not exist on that day: nobody has such.
    if datetime.combine(date.min, closes) - datetime.combine(date.min, opens) < timedelta(hours=3):
        return
    hours = Hours(opens, closes)
    allowed = next_allowed(asked, hours, zone)
    assert allowed >= asked
    assert hours.allow(allowed, zone)
    assert allowed - asked <= timedelta(hours=25)
    assert next_allowed(allowed, hours, zone) == allowed
