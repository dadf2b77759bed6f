"""What is due to a resident's people on one axis of time: values that the console, a command and a picture show.

They hold no words and no I/O; what they are made from is in latido/reminders/rules/timeline.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

ItemKind = Literal["checkup", "vaccine", "study"]
# missed: its days passed while we knew of her, and no visit is known. unknown: nobody can say whether it happened.
ItemState = Literal["done", "booked", "due", "future", "missed", "unknown"]
VisitState = Literal["booked", "accepted", "declined", "went", "missed", "past"]
Fate = Literal[
    "planned", "on_its_way", "sent", "delivered", "read", "failed", "listed", "withdrawn", "expired"
]  # fmt: skip
WhyNot = Literal[
    "no_consent", "silent", "said", "not_told", "settled", "ended", "waits_turn", "later", "with_another"
]  # fmt: skip
Whose = Literal["pregnancy", "child", "appointments"]


@dataclass(frozen=True)
class Item:
    """A check-up, vaccine or study of the calendar with its days, both included.

    `planned_at`: when she is told of it next; else `why_not` says why no message is planned, where one might be.
    """

    kind: ItemKind
    code: str
    title: str
    first: date
    last: date
    state: ItemState
    appointment_at: datetime | None = None
    planned_at: datetime | None = None
    why_not: WhyNot | None = None


@dataclass(frozen=True)
class Visit:
    """An appointment; `title` of the check-up it is for, empty where that is not known."""

    id: str
    service: str
    start: datetime
    state: VisitState
    place: str
    title: str = ""


@dataclass(frozen=True)
class Note:
    """One reminder: what it is about, and what became of it. `at`: when it was said, or else when it is due.

    `said`: its words as operators may read them; None when nothing was written to her.
    """

    key: str
    kind: str
    name: str
    at: datetime
    fate: Fate
    titles: tuple[str, ...] = ()
    reason: str | None = None
    answer: str | None = None
    answered_at: datetime | None = None
    cleared_by: str | None = None
    said: str | None = None


@dataclass(frozen=True)
class PersonPlan:
    """One of her people. `weeks`: completed, from and to, of a pregnancy; without dates `items` is empty."""

    role: str
    whose: Whose
    weeks: tuple[int, int] | None
    birth_date: date | None
    is_exact: bool
    items: tuple[Item, ...]
    visits: tuple[Visit, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Timeline:
    """All of it at a moment. `after_loss`: somebody was lost, of whom nothing is shown."""

    now: datetime
    wants_reminders: bool
    is_silent: bool
    people: tuple[PersonPlan, ...]
    after_loss: bool = False
    others: tuple[Note, ...] = ()

    def bereaved(self) -> Timeline:
        """The same where a loss was told."""
        return replace(self, after_loss=True)
