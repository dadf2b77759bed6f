"""The values of the plan: what is known of a resident, and the steps that ought to exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from latido.care.rules.gestation import GestationalAge

GroupKind = Literal["checkup", "vaccine", "study", "appointment", "missed", "content"]
StepName = Literal[
    "book",
    "book_again",
    "tell",
    "confirm",
    "unconfirmed",
    "unreached",
    "release",
    "released",
    "remind",
    "morning",
    "after",
    "offer",
    "overdue",
    "tip",
]
# For the operators, or for Latido itself: nothing is written to her by these.
LISTED: frozenset[StepName] = frozenset(("overdue", "unconfirmed", "unreached", "release"))
AppointmentStatus = Literal["booked", "fulfilled", "arrived", "checked-in", "noshow", "cancelled"]


@dataclass(frozen=True)
class Appointment:
    """An appointment of one of her people as the health service has it now.

    `answer`: hers to a reminder, if any. `booked_at`: when it was made; None when nobody knows. `is_top`: of the class
    that waits least; None: nobody knows. `went`: she told us that she was there, whatever the desk has written.
    `is_ours`: Latido booked it. `was_released`: cancelled because nobody had answered.
    """

    id: str
    service: str
    start: datetime
    status: AppointmentStatus
    place: str
    center_number: int | None = None
    answer: Literal["accepted", "declined", "tentative"] | None = None
    booked_at: datetime | None = None
    is_top: bool | None = None
    went: bool = False
    is_ours: bool = False
    was_released: bool = False


@dataclass(frozen=True)
class Delivery:
    """A message that reached her phone at `at`; `tried_at`: when it was sent, for she may answer before the receipt."""

    tried_at: datetime
    at: datetime
    template: str


@dataclass(frozen=True)
class Reach:
    """Whether messages reach her. `away_since`: WhatsApp does not deliver to her since then.

    By key, of the last words before an appointment: `not_arrived`, sent at that moment and nobody knows more;
    `failed`, refused or undelivered for good since then. `unheard`: the keys of all that failed for good.
    """

    away_since: datetime | None = None
    not_arrived: Mapping[str, datetime] = field(default_factory=dict)
    failed: Mapping[str, datetime] = field(default_factory=dict)
    unheard: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Subject:
    """One of her people, as far as reminders go.

    `anchor` names the pregnancy or child for ever (a corrected date changes nothing in it). `since`: when she told us.
    `age` for a pregnancy, `birth_date` for a child; both None: nothing is due by a calendar, appointments still are.
    `done`: codes of the calendar which are known to have happened (an Encounter, an Immunization, "ya fui").
    """

    role: str
    anchor: str
    service: str
    since: datetime
    given_name: str | None = None
    age: GestationalAge | None = None
    birth_date: date | None = None
    appointments: tuple[Appointment, ...] = ()
    done: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Reader:
    """Who asked for content (tips by week or age), and since when.

    `lost_at`: when she last told of a loss, whomever it was about. `centers`: those near her, by number, nearest first.
    """

    since: datetime
    lost_at: datetime | None = None
    centers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Known:
    """All that the plan of one resident depends on.

    `asked_for`: her own wish for another moment, by step key ("recordame el jueves"). A step not said yet moves to it;
    one that was said is said once more then, under a key of its own (the key, ":" and the day), or not if too late.
    `said`: the keys of the steps that were sent, or refused for good, and when: they are planned no more, and what
    follows keeps its distance from them. `delivered`: of those, the questions whether she comes that reached her phone.
    `wrote_at`: when she last wrote anything to us. `reader`: None where she did not ask for content.
    """

    resident: str
    wants_reminders: bool
    is_silent: bool
    subjects: tuple[Subject, ...]
    asked_for: Mapping[str, datetime] = field(default_factory=dict)
    said: Mapping[str, datetime] = field(default_factory=dict)
    delivered: Mapping[str, Delivery] = field(default_factory=dict)
    wrote_at: datetime | None = None
    reach: Reach = field(default_factory=Reach)
    reader: Reader | None = None


@dataclass(frozen=True)
class Step:
    """One thing to say once. Moments are aware; `due_at` lies outside quiet hours, `not_after` is when it is too late.

    `key` is the natural idempotency key, `group` what clears together, `template` the name of its message
    (data/templates), `variables` what the message says, by name; `is_listed`: for a list, not for her, and then
    without a template. `codes`: all of the calendar that the message speaks of, `code` among them.
    """

    key: str
    group: str
    kind: GroupKind
    name: StepName
    role: str
    service: str
    due_at: datetime
    not_after: datetime
    template: str
    variables: Mapping[str, str] = field(default_factory=dict)
    appointment_id: str | None = None
    code: str | None = None
    is_listed: bool = False
    codes: tuple[str, ...] = ()
