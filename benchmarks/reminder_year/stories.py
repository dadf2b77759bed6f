"""What each life amounts to for a judge: when she may be written to, about whom, and what happened. Plain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from benchmarks.reminder_year.diary import Diary, Fact


@dataclass
class Spans:
    """When something holds: from each beginning until the end that follows it."""

    spans: list[list[datetime | None]] = field(default_factory=list)

    def begin(self, at: datetime) -> None:
        """It holds from now on, if it did not."""
        if not self.spans or self.spans[-1][1] is not None:
            self.spans.append([at, None])

    def end(self, at: datetime) -> None:
        """It holds no more, if it did."""
        if self.spans and self.spans[-1][1] is None:
            self.spans[-1][1] = at

    def hold(self, at: datetime, until: datetime | None = None) -> bool:
        """Whether it holds at that moment, or from then until the other."""
        return any(_begins(span) <= at and (span[1] is None or (until or at) < span[1]) for span in self.spans)


def _begins(span: list[datetime | None]) -> datetime:
    return span[0] or datetime.min


@dataclass
class Subject:
    """A pregnancy or a child she told of. `dating`: from when on which day zero was known (None: nobody knows)."""

    role: str
    service: str
    told: datetime
    alive: Spans
    dating: list[tuple[datetime, date | None]]
    exact: list[tuple[datetime, bool]]

    def zero(self, at: datetime) -> date | None:
        """The day its calendar counts from, as it was known then."""
        known = [begins for since, begins in self.dating if since <= at]
        return known[-1] if known else None

    def is_exact(self, at: datetime) -> bool:
        """Whether the week was known then, not just a range."""
        return [exact for since, exact in self.exact if since <= at][-1]


@dataclass
class Appointment:
    """One she made. `ended` and `why` when it was cancelled, moved, or noted as missed."""

    id: str
    role: str
    service: str
    start: datetime
    booked: datetime
    ended: datetime | None = None
    why: str = ""
    accepted: datetime | None = None

    def stands(self, at: datetime) -> bool:
        """Whether it was made by then, and neither cancelled nor moved."""
        return self.booked <= at and (self.ended is None or at < self.ended)

    def is_missed(self, at: datetime) -> bool:
        """Whether it was known by then that she did not come."""
        return self.why == "noshow" and self.ended is not None and self.ended <= at


@dataclass(frozen=True)
class Seen:
    """A visit that happened, known from `at` on."""

    at: datetime
    role: str
    service: str
    start: datetime


Dated = TypeVar("Dated", Appointment, Seen)


@dataclass
class Story:
    """One resident."""

    number: int
    wants: Spans = field(default_factory=Spans)
    wants_content: Spans = field(default_factory=Spans)
    reachable: Spans = field(default_factory=Spans)
    subjects: list[Subject] = field(default_factory=list)
    appointments: dict[str, Appointment] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    went: list[tuple[datetime, str, tuple[str, ...]]] = field(default_factory=list)
    again: dict[str, datetime] = field(default_factory=dict)
    losses: list[datetime] = field(default_factory=list)

    def subject(self, role: str, service: str) -> Subject | None:
        """Hers of that role, if she told of it."""
        found = [each for each in self.subjects if (each.role, each.service) == (role, service)]
        return found[-1] if found else None

    def is_done(self, role: str, code: str, at: datetime) -> bool:
        """Whether she had said by then that it was done."""
        return any(since <= at and whose == role and code in codes for since, whose, codes in self.went)


def stories(diary: Diary) -> dict[int, Story]:
    """Every resident's story, by her number."""
    found: dict[int, Story] = {}
    for fact in sorted(diary.facts, key=lambda each: each.at):
        _tell(found.setdefault(fact.resident, Story(fact.resident)), fact)
    return found


def _tell(story: Story, fact: Fact) -> None:
    if fact.what in ("pregnant", "corrected", "child"):
        _told_of(story, fact)
    elif fact.what in ("born", "lost", "lost_taken_back"):
        _ended(story, fact)
    elif "appointment" in fact.data:
        _appointment(story, fact)
    elif fact.what == "visited":
        data = fact.data
        story.seen.append(Seen(fact.at, data["role"], data["service"], data["start"]))
    elif fact.what == "went":
        story.went.append((fact.at, fact.data["role"], tuple(fact.data["codes"])))
    elif fact.what == "asked_again":
        story.again[fact.data["step"]] = fact.data["moment"]
    else:
        _about_writing(story, fact)


def _about_writing(story: Story, fact: Fact) -> None:
    if fact.what == "agrees":
        story.reachable.begin(fact.at)
    if fact.what == "starts" or (fact.what == "agrees" and fact.data["reminders"]):
        story.wants.begin(fact.at)
    if fact.what == "agrees" and fact.data["content"]:
        story.wants_content.begin(fact.at)
    if fact.what in ("stops", "forgotten"):
        story.wants.end(fact.at)
        story.wants_content.end(fact.at)
    if fact.what == "unreachable":
        story.reachable.end(fact.at)
    if fact.what == "reachable":
        story.reachable.begin(fact.at)


def _told_of(story: Story, fact: Fact) -> None:
    role, begins, exact = fact.data["role"], fact.data["begins"], fact.data.get("is_exact", True)
    if fact.what == "corrected":
        subject = story.subject(role, "prenatal")
        if subject is not None:
            subject.dating.append((fact.at, begins))
            subject.exact.append((fact.at, exact))
        return
    service = "prenatal" if fact.what == "pregnant" else "pediatric"
    alive = Spans()
    alive.begin(fact.at)
    story.subjects.append(Subject(role, service, fact.at, alive, [(fact.at, begins)], [(fact.at, exact)]))


def _ended(story: Story, fact: Fact) -> None:
    if fact.what == "lost":
        story.losses.append(fact.at)
    elif fact.what == "lost_taken_back":
        story.losses.clear()
    subject = story.subject(fact.data["role"], "prenatal")
    if subject is not None:
        (subject.alive.begin if fact.what == "lost_taken_back" else subject.alive.end)(fact.at)


def _appointment(story: Story, fact: Fact) -> None:
    data = fact.data
    if fact.what == "booked":
        made = Appointment(data["appointment"], data["role"], data["service"], data["start"], fact.at)
        story.appointments[made.id] = made
        return
    appointment = story.appointments[data["appointment"]]
    if fact.what == "accepted":
        appointment.accepted = fact.at
    else:
        appointment.ended, appointment.why = fact.at, fact.what


def of_hers(these: Iterable[Dated], role: str, service: str) -> list[Dated]:
    """The appointments or visits of one person and service."""
    return [each for each in these if (each.role, each.service) == (role, service)]
