"""What goes wrong in a simulated year, drawn from its seed: outages of hours and days, and Twilio's single faults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from benchmarks.reminder_year.diary import Diary, Outage
from benchmarks.reminder_year.town import Town

HOUR = timedelta(hours=1)
# What is away, for how many hours at the least and at the most.
KINDS = (("health service", 2, 30), ("Twilio", 1, 14), ("workers", 2, 40), ("workers", 48, 110), ("Twilio", 1, 6))
EVERY_DAYS = (11, 26)
TWILIO_AWAY = ("server_error", "too_many_requests", "reset")
LOST_ANSWERS = ("reset_after_accepting", "error_after_accepting", "timeout_after_accepting")


@dataclass(frozen=True)
class Moment:
    """At `at`, `what` begins ("on") or ends, or single faults are put before Twilio's next calls (`wanted`)."""

    at: datetime
    what: str
    on: bool = True
    wanted: dict[str, Any] | None = None


def outages(seed: int, start: datetime, days: int) -> list[Outage]:
    """The outages of a year, never two at once."""
    dice, found, at = Random(f"outages:{seed}"), list[Outage](), start + timedelta(days=9)
    number = dice.randrange(len(KINDS))
    while at < start + timedelta(days=days - 12):
        what, least, most = KINDS[number % len(KINDS)]
        found.append(Outage(what, at, at + dice.randrange(least, most + 1) * HOUR))
        number += 1
        at = found[-1].ends + timedelta(days=dice.randrange(*EVERY_DAYS), hours=dice.randrange(24))
    return found


def moments(seed: int, start: datetime, days: int, these: list[Outage]) -> list[Moment]:
    """All of it, in order of time."""
    found = [each for one in these for each in (Moment(one.begins, one.what), Moment(one.ends, one.what, False))]
    return sorted(found + list(_single(seed, start, days)), key=lambda each: each.at)


def _single(seed: int, start: datetime, days: int) -> Iterator[Moment]:
    """Answers that are lost after Twilio took the message, receipts lost, doubled, shuffled, and WhatsApp's limits."""
    dice = Random(f"faults:{seed}")
    for number in range(3, days - 3):
        at = start + timedelta(days=number, hours=dice.choice((0, 1, 3, 7)))
        if dice.random() < 0.45:
            kind = dice.choices(LOST_ANSWERS, (5, 5, 1))[0]
            yield Moment(at, kind, wanted={"rest": {"kind": kind, "times": dice.randrange(1, 4), "hold_seconds": 3.0}})
        if dice.random() < 0.08:
            code = dice.choice((63018, 63018, 63049))
            yield Moment(at + HOUR, f"code {code}", wanted={"fail_code": code, "fail_times": dice.randrange(1, 3)})
        if dice.random() < 0.2:
            receipts = dice.choice(({"lose": ["sent", "delivered"]}, {"duplicates": 1}, {"shuffle": True}))
            yield Moment(at, f"receipts: {next(iter(receipts))}", wanted=receipts)
            off = {"lose": [], "duplicates": 0, "shuffle": False}
            yield Moment(at + 8 * HOUR, "receipts: as ever", False, wanted=off)


class Faults:
    """Switches them on and off in a town."""

    def __init__(self, town: Town, diary: Diary, days: int) -> None:
        self._town, self._diary = town, diary
        diary.outages = outages(diary.seed, diary.start, days)
        self._left = moments(diary.seed, diary.start, days, diary.outages)
        self._dice = Random(f"which:{diary.seed}")
        self.workers_away = self._twilio_away = False

    def next_at(self) -> datetime | None:
        """When the next one comes."""
        return self._left[0].at if self._left else None

    def until(self, now: datetime) -> None:
        """All that has come by now."""
        while self._left and self._left[0].at <= now:
            self._apply(self._left.pop(0))

    def _apply(self, moment: Moment) -> None:
        if moment.wanted is not None:
            self._single(moment, moment.wanted)
        elif moment.what == "workers":
            self.workers_away = moment.on
        elif moment.what == "health service":
            self._town.fhir.is_away = moment.on
        else:
            self._twilio_away = moment.on
            kind = self._dice.choice(TWILIO_AWAY)
            self._town.phones.faults(rest={"kind": kind, "times": None} if moment.on else None)

    def _single(self, moment: Moment, wanted: dict[str, Any]) -> None:
        if "rest" in wanted and self._twilio_away:
            return
        self._town.phones.faults(**wanted)
        if moment.on:
            self._diary.faults[moment.what] += 1
