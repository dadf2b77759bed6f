"""The hours of the day in which somebody may be written to. Pure; the zone is given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Hours:
    """From `opens` until just before `closes`, local time of one day."""

    opens: time
    closes: time

    def allow(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Whether somebody may be written to at that moment."""
        return self.opens <= moment.astimezone(zone).time() < self.closes


def next_allowed(moment: datetime, hours: Hours, zone: ZoneInfo) -> datetime:
    """The first moment within the hours that is not earlier than `moment`; in UTC."""
    local = moment.astimezone(zone)
    if hours.allow(moment, zone):
        return moment.astimezone(UTC)
    day = local.date() if local.time() < hours.opens else local.date() + A_DAY
    first = at(day, hours.opens, zone)
    # The opening comes twice on the day the clock is put back: the second one, if the first is over.
    return first if first >= moment else at(day, hours.opens, zone, fold=1)


def at(day: date, clock: time, zone: ZoneInfo, fold: int = 0) -> datetime:
    """That day at that local time, in UTC; a time the clock skips is as much later as it skips."""
    return datetime.combine(day, clock.replace(fold=fold) if fold else clock, zone).astimezone(UTC)


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """The local day of a moment."""
    return moment.astimezone(zone).date()
