"""Dates as intervals of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latido.fhir.server.instants import instant_text, interval_of, period_interval


@pytest.mark.parametrize(
    ("text", "low", "length"),
    [
        ("2026", "2026-01-01T03:00:00+00:00", timedelta(days=365)),
        ("2026-12", "2026-12-01T03:00:00+00:00", timedelta(days=31)),
        ("2026-11-26", "2026-11-26T03:00:00+00:00", timedelta(days=1)),
        ("2026-11-26T09:30", "2026-11-26T12:30:00+00:00", timedelta(minutes=1)),
        ("2026-11-26T09:30:00-03:00", "2026-11-26T12:30:00+00:00", timedelta(seconds=1)),
        ("2026-11-26T09:30:00Z", "2026-11-26T09:30:00+00:00", timedelta(seconds=1)),
        ("2026-11-26T09:30:00.5+05:30", "2026-11-26T04:00:00.500000+00:00", timedelta(milliseconds=1)),
    ],
)
def test_what_a_date_covers(text, low, length):
    interval = interval_of(text)
    assert interval is not None
    assert interval.low.isoformat() == low
    assert interval.high - interval.low == length


@pytest.mark.parametrize(
    "text",
    [
        "",
        "26",
        "2026-13",
        "2026-02-30",
        "2026-11-26T25:00:00Z",
        "2026-11-26 09:30:00Z",
        "2026-11-26T09:30:00Z ",
        "0000",
        "20261126",
        "2026-11-26T09:30:00+99:00",
        "٢٠٢٦",
    ],
)
def test_what_is_no_date(text):
    assert interval_of(text) is None


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "9999", "9999-12"])
def test_the_ends_of_time_do_not_overflow(text):
    interval = interval_of(text)
    assert interval is None or interval.low < interval.high


def test_an_open_period_has_no_end():
    interval = period_interval({"start": "2026-11-01"})
    assert interval.low == datetime(2026, 11, 1, 3, tzinfo=UTC)
    assert interval.high.year == 9999


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_an_instant_survives_its_text(moment: datetime):
    interval = interval_of(instant_text(moment))
    assert interval is not None
    assert abs(interval.low - moment) <= timedelta(milliseconds=1)
