"""The cards to read, held against the days on which each may be sent, and against whatever else was said near it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from benchmarks.reminder_year.diary import Diary, Heard
from benchmarks.reminder_year.stories import Story
from benchmarks.reminder_year.wrongs import DAY, Violation, local_day

CONTENT = Path(__file__).resolve().parents[2] / "data" / "content"
FILES = (("prenatal", "pregnancy.yml"), ("pediatric", "baby.yml"))
BEFORE_A_VISIT = ("confirm", "remind", "morning")


@dataclass(frozen=True)
class Card:
    """For whom, and from which day of the pregnancy or of life on."""

    service: str
    first_day: int


def wrong_tips(diary: Diary, stories: dict[int, Story]) -> Iterator[Violation]:
    """Everything about a card that was shown and should not have been, or not then."""
    shown: dict[int, list[Heard]] = {}
    for heard in sorted((each for each in diary.heard if each.is_shown), key=lambda each: each.at):
        shown.setdefault(heard.resident, []).append(heard)
    for resident, said in shown.items():
        for tip in (each for each in said if each.name == "tip"):
            for what in (*_of_its_days(stories[resident], tip), *_of_its_neighbours(stories[resident], tip, said)):
                yield Violation(resident, tip.at, what, tip.step.split(":")[-2])


def _of_its_days(story: Story, tip: Heard) -> Iterator[str]:
    card, day = cards().get(tip.step.split(":")[-2].removeprefix("tip-")), local_day(tip.at)
    subject = story.subject(tip.role, tip.service)
    zero: date | None = subject.zero(tip.at) if subject else None
    if card is None or card.service != tip.service or zero is None:
        yield "a card for somebody else, or for dates that nobody knows"
        return
    since = (day - zero).days
    if not card.first_day <= since <= card.first_day + pace()["late_days"]:
        yield f"a card of day {card.first_day} on day {since}"
    if tip.service == "prenatal" and since >= pace()["pregnancy_ends_on_day"]:
        yield "a card after 41 weeks"
    if any(lost <= tip.at and day < local_day(lost) + pace()["after_loss_days"] * DAY for lost in story.losses):
        yield "a card within months of a loss"


def _of_its_neighbours(story: Story, tip: Heard, said: Sequence[Heard]) -> Iterator[str]:
    """What was said before it; and what follows it, where that was to be foreseen: a visit that was booked by then."""
    day, every, gap = local_day(tip.at), pace()["every_days"] * DAY, pace()["gap_days"] * DAY
    for other in said:
        apart = local_day(other.at) - day
        if other.name == "tip":
            if other.at < tip.at and -apart < every:
                yield "a card so soon after another"
        elif other.at <= tip.at and -apart < gap:
            yield f"a card so soon after {other.name}"
        elif other.at > tip.at and apart < gap and _was_foreseen(story, other, tip.at):
            yield f"a card so soon before {other.name}"


def _was_foreseen(story: Story, other: Heard, moment: datetime) -> bool:
    appointment = story.appointments.get(other.appointment or "")
    return other.name in BEFORE_A_VISIT and appointment is not None and appointment.booked < moment


@cache
def cards() -> dict[str, Card]:
    """Every card by its id."""
    found: dict[str, Card] = {}
    for service, name in FILES:
        for row in yaml.safe_load((CONTENT / name).read_text(encoding="utf-8"))["cards"]:
            found[row["id"]] = Card(service, 7 * row["from_week"] if "from_week" in row else row["from_day"])
    return found


@cache
def pace() -> dict[str, Any]:
    """The numbers of data/content/pace.yml as they stand there."""
    content: dict[str, Any] = yaml.safe_load((CONTENT / "pace.yml").read_text(encoding="utf-8"))
    return content
