"""FHIR dates as half-open intervals of time in UTC."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

# What has no zone of its own is local. Buenos Aires is UTC-3 all year (no daylight saving since 2009).
LOCAL = timezone(timedelta(hours=-3))

_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)


@dataclass(frozen=True)
class Interval:
    """From `low`, included, to `high`, excluded."""

    low: datetime
    high: datetime


EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
LATEST = datetime(9999, 12, 30, tzinfo=UTC)


def interval_of(text: str) -> Interval | None:
    """The time that a date, dateTime or instant covers at its precision; None when it is none of them."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    try:
        return _interval(found)
    except (ValueError, OverflowError):
        return None


def _interval(found: re.Match[str]) -> Interval:
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    start = datetime(
        int(year),
        int(month or 1),
        int(day or 1),
        int(hour or 0),
        int(minute or 0),
        int(second or 0),
        int(float(fraction or 0) * 1_000_000),
        _zone(zone),
    )
    low = min(max(start.astimezone(UTC), EARLIEST), LATEST)
    return Interval(low, min(_end(start, found).astimezone(UTC), LATEST + timedelta(days=1)))


def _end(start: datetime, found: re.Match[str]) -> datetime:
    _, month, day, hour, _, second, fraction, _ = found.groups()
    if month is None:
        return start.replace(year=start.year + 1)
    if day is None:
        return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    if hour is None:
        return start + timedelta(days=1)
    if second is None:
        return start + timedelta(minutes=1)
    return start + (timedelta(milliseconds=1) if fraction else timedelta(seconds=1))


def _zone(text: str | None) -> timezone:
    if text is None:
        return LOCAL
    if text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[4:6])))


def period_interval(period: dict[str, str]) -> Interval:
    """The time a Period covers; an end left out is open."""
    start = interval_of(period.get("start", ""))
    end = interval_of(period.get("end", ""))
    return Interval(start.low if start else EARLIEST, end.high if end else LATEST)


def instant_text(moment: datetime) -> str:
    """An instant with milliseconds and zone, as `meta.lastUpdated` has it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
