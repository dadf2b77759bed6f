"""What the witnesses say, as plain values: nothing here knows where it was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Written:
    """A resident's message as Twilio has it. `seq`: its place on her screen."""

    sid: str
    phone: str
    seq: int


@dataclass(frozen=True)
class Delivery:
    """When a message was written and when the bridge said that it has it (monotonic seconds; None: never)."""

    began: float
    acknowledged: float | None


@dataclass(frozen=True)
class Accepted:
    """A message of Latido's that Twilio took. `seq`: its place on her screen, 0 when it was never shown."""

    sid: str
    phone: str
    seq: int
    status: str


@dataclass(frozen=True)
class Entry:
    """A row of the message log. `turn`: when the transaction that wrote it began, the same for all of one turn.

    `own_words`: it says that an answer takes longer, which is none.
    """

    id: int
    resident: str
    direction: str
    state: str
    sid: str | None
    answers_id: int | None
    turn: datetime
    answered_at: datetime | None = None
    status: str | None = None
    own_words: bool = False
    last_error: str | None = None
    attempts: int = 0
    handed_over_at: datetime | None = None


@dataclass(frozen=True)
class Appointment:
    """An Appointment of the FHIR server. `key`: the booking it was made by; `who`: patient and service."""

    id: str
    live: bool
    booked: bool
    slots: tuple[str, ...]
    who: str
    key: str | None


@dataclass(frozen=True)
class LedgerRow:
    """A row of Latido's own ledger of bookings. `ours`: of one of the residents who are audited."""

    key: str
    state: str
    appointment: str | None
    ours: bool = True


@dataclass(frozen=True)
class Agenda:
    """What the FHIR server says, beside the ledger and what residents were told. `capacity`: of slots, by reference."""

    appointments: Sequence[Appointment]
    capacity: Mapping[str, int]
    ledger: Sequence[LedgerRow] = ()
    promised: frozenset[str] = frozenset()
    cancelled: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Refused:
    """A webhook that must not enter, and what the bridge answered (None: it was down, which is a refusal, too)."""

    sid: str
    kind: str
    status: int | None


@dataclass(frozen=True)
class Witnesses:
    """All that is heard after a run. `phones` have their resident's key; `flooder` wrote more than she should."""

    written: Sequence[Written]
    accepted: Sequence[Accepted]
    log: Sequence[Entry]
    phones: Mapping[str, str]
    alerts: frozenset[tuple[str, int]] = frozenset()
    receipts: frozenset[tuple[str, str]] = frozenset()
    agenda: Agenda | None = None
    deliveries: Mapping[str, Delivery] = field(default_factory=dict)
    refused: Sequence[Refused] = ()
    flooder: str | None = None
